//go:build unix

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"syscall"
	"time"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/compress"
)

// formats are sharp's names for what package compress reads.
var formats = map[string]tagroll.Format{
	"jpeg": tagroll.FormatJPEG, "png": tagroll.FormatPNG, "webp": tagroll.FormatWebP,
	"tiff": tagroll.FormatTIFF, "gif": tagroll.FormatGIF, "heif": tagroll.FormatAVIF, "avif": tagroll.FormatAVIF,
}

// compressOnce is the other process: it does with package compress what sharp.js does with sharp.
func compressOnce(args []string, runs int) error {
	if len(args) != 4 {
		return fmt.Errorf("%d arguments for a child, want 4", len(args))
	}
	data, err := os.ReadFile(args[0])
	if err != nil {
		return err
	}
	orientation, err := strconv.Atoi(args[2])
	if err != nil {
		return err
	}
	var m measurement
	for i := range runs {
		before, start := processorTime(), time.Now()
		small, err := compress.Compress(context.Background(), data, formats[args[3]], compress.Options{Orientation: orientation})
		if err != nil {
			return err
		}
		m.MS = append(m.MS, ms(time.Since(start)))
		m.CPU = append(m.CPU, ms(processorTime()-before))
		if i == 0 {
			if err := os.WriteFile(args[1], small.JPEG, 0o600); err != nil {
				return err
			}
		}
	}
	m.PeakKB = peakKB()
	return json.NewEncoder(os.Stdout).Encode(m)
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

func usage() (u syscall.Rusage) {
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err) // it has no way to fail with these arguments
	}
	return u
}

func processorTime() time.Duration {
	u := usage()
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// peakKB is the largest resident size so far. The unit differs.
func peakKB() int {
	peak := int(usage().Maxrss)
	if runtime.GOOS == "darwin" {
		peak >>= 10
	}
	return peak
}
