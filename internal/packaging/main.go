// Command packaging writes what a release holds beside the program: the licences of everything that
// is in it, the list of its parts (an SBOM in CycloneDX's form), and the completions for shells.
//
//	go run ./internal/packaging DIR
//
// The same source gives the same files on any day: nothing in them depends on the clock or the
// machine.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// platforms are the systems that a release is built for; some modules are in the program on one
// only.
var platforms = []string{"linux/amd64", "linux/arm64", "darwin/amd64", "darwin/arm64", "windows/amd64", "windows/arm64"}

// module is a Go module that is part of the program.
type module struct{ Path, Version, Dir string }

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: go run ./internal/packaging DIR")
		os.Exit(2)
	}
	if err := run(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "packaging:", err)
		os.Exit(1)
	}
}

func run(dir string) error {
	if err := os.MkdirAll(filepath.Join(dir, "completions"), 0o755); err != nil {
		return err
	}
	modules, err := modules()
	if err != nil {
		return err
	}
	texts, err := licences(modules)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "LICENSES.txt"), texts, 0o644); err != nil {
		return err
	}
	bom, err := sbom(modules)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "sbom.cdx.json"), bom, 0o644); err != nil {
		return err
	}
	for shell, name := range map[string]string{"bash": "tagroll.bash", "zsh": "_tagroll", "fish": "tagroll.fish", "powershell": "tagroll.ps1"} {
		script, err := output(nil, "go", "run", "./cmd/tagroll", "completion", shell)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, "completions", name), script, 0o644); err != nil {
			return err
		}
	}
	return nil
}

func output(env []string, name string, args ...string) ([]byte, error) {
	c := exec.Command(name, args...)
	c.Env = append(os.Environ(), env...)
	c.Stderr = os.Stderr
	out, err := c.Output()
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", name, strings.Join(args, " "), err)
	}
	return out, nil
}

// modules returns the modules of which a package is in the program, on any platform, in order.
func modules() ([]module, error) {
	found := make(map[string]module)
	for _, platform := range platforms {
		system, arch, _ := strings.Cut(platform, "/")
		list, err := output([]string{"GOOS=" + system, "GOARCH=" + arch, "CGO_ENABLED=0"},
			"go", "list", "-deps", "-f", "{{with .Module}}{{if not .Main}}{{.Path}}\t{{.Version}}\t{{.Dir}}{{end}}{{end}}", "./cmd/tagroll")
		if err != nil {
			return nil, err
		}
		for line := range strings.Lines(string(list)) {
			if parts := strings.Split(strings.TrimSpace(line), "\t"); len(parts) == 3 {
				found[parts[0]] = module{parts[0], parts[1], parts[2]}
			}
		}
	}
	var all []module
	for _, path := range slices.Sorted(maps.Keys(found)) {
		all = append(all, found[path])
	}
	return all, nil
}

// ours are the licences of what is in the program without being a module: of Go's own library, of
// the decoders in WebAssembly, of the places, of the page's scripts.
var ours = []struct{ title, pattern string }{
	{"tagroll", "LICENSE"},
	{"decoders of HEIC and AVIF", "compress/heif/wasm/LICENSE*"},
	{"places", "place/NOTICE.md"},
	{"scripts of the page", "web/page/static/js/vendor/*LICENSE*"},
}

// licences joins the licences of all parts. A part without one is an error.
func licences(modules []module) ([]byte, error) {
	var b bytes.Buffer
	add := func(title string, files []string) error {
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				return err
			}
			fmt.Fprintf(&b, "%s\n%s (%s)\n\n%s\n\n", strings.Repeat("=", 80), title, filepath.Base(file), bytes.TrimSpace(bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n"))))
		}
		return nil
	}
	for _, one := range ours {
		files, err := filepath.Glob(one.pattern)
		if err != nil {
			return nil, err
		}
		if err := add(one.title, files); err != nil {
			return nil, err
		}
	}
	root, err := output(nil, "go", "env", "GOROOT")
	if err != nil {
		return nil, err
	}
	goLicence := filepath.Join(strings.TrimSpace(string(root)), "LICENSE")
	if _, err := os.Stat(goLicence); errors.Is(err, fs.ErrNotExist) {
		goLicence = "/usr/share/doc/golang-go/copyright" // where Debian's Go has it
	}
	if err := add("Go's library", []string{goLicence}); err != nil {
		return nil, err
	}
	for _, m := range modules {
		files, err := licencesOf(m.Dir)
		if err != nil {
			return nil, err
		}
		if len(files) == 0 {
			return nil, fmt.Errorf("%s %s has no licence", m.Path, m.Version)
		}
		if err := add(m.Path+" "+m.Version, files); err != nil {
			return nil, err
		}
	}
	return b.Bytes(), nil
}

// licencesOf returns the files of a folder that hold licences and notices, in order.
func licencesOf(dir string) (files []string, err error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		name := strings.ToUpper(e.Name())
		for _, beginning := range []string{"LICENSE", "LICENCE", "COPYING", "NOTICE"} {
			if !e.IsDir() && strings.HasPrefix(name, beginning) {
				files = append(files, filepath.Join(dir, e.Name()))
				break
			}
		}
	}
	return files, nil
}

// sbom lists the modules in CycloneDX's form.
func sbom(modules []module) ([]byte, error) {
	type component struct {
		Type    string `json:"type"`
		Name    string `json:"name"`
		Version string `json:"version,omitempty"`
		PURL    string `json:"purl"`
	}
	type document struct {
		Format      string               `json:"bomFormat"`
		SpecVersion string               `json:"specVersion"`
		Version     int                  `json:"version"`
		Metadata    map[string]component `json:"metadata"`
		Components  []component          `json:"components"`
	}
	d := document{Format: "CycloneDX", SpecVersion: "1.6", Version: 1, Metadata: map[string]component{
		"component": {Type: "application", Name: "tagroll", PURL: "pkg:golang/github.com/tagroll/tagroll"},
	}}
	for _, m := range modules {
		d.Components = append(d.Components, component{"library", m.Path, m.Version, "pkg:golang/" + m.Path + "@" + m.Version})
	}
	text, err := json.MarshalIndent(d, "", "  ")
	return append(text, '\n'), err
}
