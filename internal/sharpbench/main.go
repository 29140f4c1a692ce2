//go:build unix

// Command sharpbench compares package compress with sharp, the image library of the Node world,
// photo by photo: time, processor time, peak memory, size of the result, and how like the exact
// result it is. With -generated it compares only the latter, on JPEGs of every kind of subsampling,
// orientation and coding and of odd sizes, and fails if sharp's are better anywhere.
//
//	go run ./internal/sharpbench [-rounds 3] [-runs 5] -sharp FOLDER PHOTO...
//	go run ./internal/sharpbench -generated -sharp FOLDER
//
// FOLDER is where npm has installed sharp; scripts/bench-sharp sees to that. Each
// program works in a process of its own, in turns, so that what else the machine does meets
// both alike; the best of all runs counts.
package main

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
)

//go:embed sharp.js
var sharpScript []byte

// measurement is what one process did with one photo, as it prints it.
type measurement struct {
	Orientation int       `json:"orientation"` // sharp only: by EXIF
	Format      string    `json:"format"`      // sharp only
	MS          []float64 `json:"ms"`          // by run
	CPU         []float64 `json:"cpu"`         // milliseconds, by run
	PeakKB      int       `json:"peak_kb"`     // of the process
}

func main() {
	rounds := flag.Int("rounds", 3, "how often each program is started on a photo")
	runs := flag.Int("runs", 5, "how often a program compresses the photo each time")
	sharpDir := flag.String("sharp", "", "the `folder` in which sharp is installed")
	generatedSet := flag.Bool("generated", false, "compare what becomes of generated JPEGs of every kind instead of photos")
	child := flag.Bool("child", false, "compress one photo, given as PHOTO OUTPUT ORIENTATION FORMAT (for its own use)")
	flag.Parse()
	err := error(nil)
	switch {
	case *child:
		err = compressOnce(flag.Args(), *runs)
	case *generatedSet && *sharpDir != "" && flag.NArg() == 0:
		err = compareGenerated(*sharpDir)
	case *sharpDir == "" || flag.NArg() == 0:
		flag.Usage()
		os.Exit(2)
	default:
		err = compare(*sharpDir, flag.Args(), *rounds, *runs)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "sharpbench:", err)
		os.Exit(1)
	}
}

// compare prints a line of a Markdown table for each photo.
func compare(sharpDir string, photos []string, rounds, runs int) error {
	tmp, err := os.MkdirTemp("", "sharpbench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	script := filepath.Join(tmp, "sharp.js")
	if err := os.WriteFile(script, sharpScript, 0o600); err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	// A process's peak memory begins with that of its parent, so all of them come before
	// anything large happens here.
	all := make([]struct{ theirs, ours measurement }, len(photos))
	for i, photo := range photos {
		if photo, err = filepath.Abs(photo); err != nil {
			return err
		}
		photos[i] = photo
		theirs, ours := &all[i].theirs, &all[i].ours
		for range rounds {
			if err := run(theirs, sharpDir, "node", script, photo, outputs(tmp, i)[0], strconv.Itoa(runs)); err != nil {
				return fmt.Errorf("%s: sharp: %w", photo, err)
			}
			if err := run(ours, ".", self, "-child", "-runs", strconv.Itoa(runs), photo, outputs(tmp, i)[1], strconv.Itoa(theirs.Orientation), theirs.Format); err != nil {
				return fmt.Errorf("%s: tagroll: %w", photo, err)
			}
		}
	}
	fmt.Println("| photo | kind | ms sharp | ms tagroll | CPU sharp | CPU tagroll | CPU ratio | MB sharp | MB tagroll | SSIM sharp | SSIM tagroll | KB sharp | KB tagroll |")
	fmt.Println("|---|---|---|---|---|---|---|---|---|---|---|---|---|")
	for i, photo := range photos {
		line, err := judge(photo, all[i].theirs, all[i].ours, outputs(tmp, i))
		if err != nil {
			return fmt.Errorf("%s: %w", photo, err)
		}
		fmt.Println(line)
	}
	return nil
}

// outputs are where sharp and tagroll write what they make of photo i.
func outputs(dir string, i int) [2]string {
	return [2]string{filepath.Join(dir, fmt.Sprintf("%d-sharp.jpg", i)), filepath.Join(dir, fmt.Sprintf("%d-tagroll.jpg", i))}
}

// run starts a process and adds what it measured to m.
func run(m *measurement, dir, name string, args ...string) error {
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	var problem bytes.Buffer
	cmd.Stderr = &problem
	out, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("%w: %s", err, problem.Bytes())
	}
	var one measurement
	if err := json.Unmarshal(out, &one); err != nil {
		return err
	}
	m.Orientation, m.Format = one.Orientation, one.Format
	m.MS, m.CPU = append(m.MS, one.MS...), append(m.CPU, one.CPU...)
	m.PeakKB = max(m.PeakKB, one.PeakKB)
	return nil
}

// judge makes the line of a photo.
func judge(photo string, theirs, ours measurement, outputs [2]string) (string, error) {
	exact, kind, err := exactResult(photo, theirs.Orientation, theirs.Format)
	if err != nil {
		return "", err
	}
	var scores [2]string
	var sizes [2]int64
	for i, name := range outputs {
		info, err := os.Stat(name)
		if err != nil {
			return "", err
		}
		sizes[i] = info.Size()
		scores[i] = "-"
		if exact != nil {
			score, err := compareFile(exact, name)
			if err != nil {
				return "", err
			}
			scores[i] = fmt.Sprintf("%.4f", score)
		}
	}
	cpu := [2]float64{slices.Min(theirs.CPU), slices.Min(ours.CPU)}
	return fmt.Sprintf("| %s | %s | %.1f | %.1f | %.1f | %.1f | **%.2f** | %d | %d | %s | %s | %.1f | %.1f |",
		filepath.Base(photo), kind, slices.Min(theirs.MS), slices.Min(ours.MS), cpu[0], cpu[1], cpu[1]/cpu[0],
		theirs.PeakKB>>10, ours.PeakKB>>10, scores[0], scores[1], float64(sizes[0])/1000, float64(sizes[1])/1000), nil
}
