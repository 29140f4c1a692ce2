package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/tagroll/tagroll/settings"
)

// documents returns the pages for people, by their paths.
func documents(t *testing.T) map[string]string {
	t.Helper()
	texts := make(map[string]string)
	add := func(path string) {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		texts[path] = string(text)
	}
	for _, name := range []string{"README.md", "CONTRIBUTING.md", "SECURITY.md"} {
		add("../../" + name)
	}
	err := filepath.WalkDir("../../docs", func(path string, entry fs.DirEntry, err error) error {
		if err == nil && filepath.Ext(path) == ".md" {
			add(path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return texts
}

// shown is a command of tagroll in a code block or between backquotes.
var shown = regexp.MustCompile("(?m)^(?:    |   +|\\$ )*\\$? ?(tagroll [a-z-].*(?:\\\\\n.*)*)$|`(tagroll [a-z-][^`]*)`")

// Every command in the documents is one that tagroll takes, with flags and values that it knows.
func TestCommandsInDocuments(t *testing.T) {
	checked := 0
	for path, text := range documents(t) {
		for _, found := range shown.FindAllStringSubmatch(text, -1) {
			line := found[1] + found[2]
			args, ok := words(line)
			if !ok || len(args) < 2 || strings.Contains(line, "…") || strings.Contains(line, "...") {
				continue // a sentence, or a form to be filled in
			}
			c, known := lookupCommand(args[1])
			if !known {
				continue // prose, such as "tagroll is at"
			}
			if c.settings == nil {
				continue
			}
			checked++
			err := newProgram().dispatch(context.Background(), append(args[1:], "--help"))
			if err != nil && !errors.Is(err, settings.ErrHelp) {
				t.Errorf("%s: %s: %v", path, line, err)
			}
		}
	}
	if checked < 40 {
		t.Errorf("only %d commands were found", checked)
	}
}

// words splits a command as a shell does, up to a pipe, a redirection or a comment.
func words(line string) (list []string, ok bool) {
	line = strings.ReplaceAll(line, "\\\n", " ")
	var word strings.Builder
	quote, begun := rune(0), false
	end := func() {
		if begun {
			list = append(list, word.String())
			word.Reset()
			begun = false
		}
	}
	for _, c := range line {
		switch {
		case quote != 0 && c == quote:
			quote = 0
		case quote != 0:
			word.WriteRune(c)
		case c == '"' || c == '\'':
			quote, begun = c, true
		case c == ' ':
			end()
		case c == '|' || c == '>' || c == '&' || c == '#' || c == ';':
			if c == '>' && word.String() == "2" {
				begun = false
			}
			end()
			return list, quote == 0
		default:
			word.WriteRune(c)
			begun = true
		}
	}
	end()
	return list, quote == 0
}

var link = regexp.MustCompile(`\]\(([^)#\s]+)(?:#[^)\s]*)?\)`)

// Every link and picture of the documents leads to a file that is there.
func TestLinksInDocuments(t *testing.T) {
	for path, text := range documents(t) {
		for _, found := range link.FindAllStringSubmatch(text, -1) {
			if target := found[1]; !strings.Contains(target, "://") {
				if _, err := os.Stat(filepath.Join(filepath.Dir(path), filepath.FromSlash(target))); err != nil {
					t.Errorf("%s leads to %s, which is not there", path, target)
				}
			}
		}
	}
}

// The tutorial is followed word for word, in a fresh home with the photographs of the examples.
func TestTutorial(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Log("the tutorial's blocks are for a Unix shell")
		return
	}
	text, err := os.ReadFile("../../docs/tutorial.md")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.CopyFS(filepath.Join(dir, "shoot"), os.DirFS("../../examples/photos")); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(dir, "shoot", "README.md")); err != nil {
		t.Fatal(err)
	}
	var script strings.Builder
	script.WriteString("set -euo pipefail\ntrap 'kill $(jobs -p) 2>/dev/null || true' EXIT\n")
	address := freePort(t)
	blocks := regexp.MustCompile("(?ms)^```sh\n(.*?)^```").FindAllStringSubmatch(string(text), -1)
	for _, block := range blocks {
		commands := strings.ReplaceAll(block[1], "127.0.0.1:8089", address)
		script.WriteString(commands)
		// A person takes as long to read on.
		if strings.HasSuffix(strings.TrimSpace(commands), "&") {
			script.WriteString("for i in $(seq 600); do (exec 3<>/dev/tcp/" + strings.Replace(address, ":", "/", 1) + ") 2>/dev/null && break; sleep 0.1; done\n")
		}
	}
	if len(blocks) < 8 {
		t.Fatalf("the tutorial has %d blocks", len(blocks))
	}
	c := exec.CommandContext(t.Context(), "bash", "-c", script.String())
	c.Dir = dir
	c.Env = []string{"HOME=" + dir, "PATH=" + filepath.Dir(commandFile(t)) + string(os.PathListSeparator) + os.Getenv("PATH")}
	out, err := c.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, name := range []string{"tagroll.csv", "shutterstock.csv", "sidecars.zip", "described/dandelion.jpg"} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Size() == 0 {
			t.Errorf("%s was not made (%v)\n%s", name, err, out)
		}
	}
	if !strings.Contains(string(out), "9 photos in") {
		t.Errorf("the run says\n%s", out)
	}
	// README.md shows the beginning of the same file.
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range regexp.MustCompile(`(?m)^    ((?:dandelion|DSC_2071)\.jpg,.*)$`).FindAllStringSubmatch(string(readme), 2) {
		if !strings.Contains(string(out), "\n"+row[1]) {
			t.Errorf("README.md shows %s, the run says\n%s", row[1], out)
		}
	}
}

// Every row of the page on security names tests, and those tests are there.
func TestSecurityNamesItsTests(t *testing.T) {
	text, err := os.ReadFile("../../docs/security.md")
	if err != nil {
		t.Fatal(err)
	}
	row := regexp.MustCompile(`(?m)^\| [^|]+ \| [^|]+ \| [^|]+ \| ([^|]+) \|$`)
	named := regexp.MustCompile("`([a-z/]+)` ((?:Test|Fuzz)[A-Za-z]+)")
	rows := 0
	for _, cells := range row.FindAllStringSubmatch(string(text), -1) {
		if cells[1] == "test" {
			continue
		}
		rows++
		tests := named.FindAllStringSubmatch(cells[1], -1)
		if len(tests) == 0 {
			t.Errorf("a row names no test: %s", cells[0])
		}
		for _, one := range tests {
			if !hasTest(t, one[1], one[2]) {
				t.Errorf("package %s has no %s", one[1], one[2])
			}
		}
	}
	if rows < 15 {
		t.Errorf("only %d rows were found", rows)
	}
}

// hasTest reports whether a package of the project has a test.
func hasTest(t *testing.T, pkg, name string) bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("../..", filepath.FromSlash(pkg), "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(text), "func "+name+"(") {
			return true
		}
	}
	return false
}

// ports are those that freePort has given out.
var ports sync.Map

// freePort is an address that nobody listens on now. The port is below those that systems give to
// connections and listeners that ask for any, so that none of them takes the port before its
// server does, or while that is started again.
func freePort(t *testing.T) string {
	t.Helper()
	for range 1000 {
		address := fmt.Sprintf("127.0.0.1:%d", 20000+rand.IntN(12000))
		if _, given := ports.LoadOrStore(address, true); given {
			continue
		}
		if l, err := net.Listen("tcp", address); err == nil {
			l.Close()
			return address
		}
	}
	t.Fatal("no port is free")
	return ""
}
