//go:build unix

package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/tagroll/tagroll/openaitest"
)

// notRun are the beginnings of the commands that the test cannot run, with the reason.
var notRun = []struct{ command, reason string }{
	{"go ", "builds or tests the project itself, as .ci/run does"},
	{"CGO_ENABLED=0 go ", "builds the project itself, as .ci/run does"},
	{".ci/run", "runs this test"},
	{"sudo ", "installs a release, which TestSnapshot of internal/deploytest looks through"},
	{"tar ", "unpacks a release"},
	{"sha256sum ", "checks a release"},
	{"tagroll completion powershell", "PowerShell is not here"},
	{"ollama pull", "Ollama is not here; --provider ollama runs against the stand-in"},
}

// notRunPages are the pages whose commands are measurements that take minutes.
var notRunPages = []string{"../../docs/benchmarks.md"}

// before are the commands that a page takes for granted.
var before = map[string][]string{
	"help/check.txt":      {"tagroll run -o adobe.csv shoot/"},
	"help/export.txt":     {"tagroll run shoot/", "tagroll run -f jsonl shoot/"},
	"../../docs/embed.md": {"tagroll run -f jsonl shoot/"},
}

// longAgo is when the file of the last run was written.
var longAgo = time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)

// programs are the first words by which a line of a block is known as a command.
var programs = []string{"tagroll", "curl", "find", "unzip", "exiftool", "ollama", "nats-server", "go", "head", "jq", ".ci/run", "sudo", "tar", "sha256sum"}

// Every command in a block of the documents and the help pages runs, page by page and in the order
// of the page. What the commands name is there: photos, tables, keys, a model, a nats-server.
func TestDocumentsRun(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"bash", "curl", "jq", "unzip", "exiftool"} {
		if _, err := exec.LookPath(name); err != nil {
			if os.Getenv("TAGROLL_TEST_ALL") != "" {
				t.Fatalf("%s is not here: .ci/run installs it", name)
			}
			t.Skipf("%s is not here", name)
		}
	}
	pages := documents(t)
	help, err := filepath.Glob("help/*.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range help {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		pages[path] = string(text)
	}
	bin := filepath.Dir(commandFile(t))
	var mu sync.Mutex
	left := make(map[string]bool) // which rows of notRun are of use
	count := 0
	t.Run("pages", func(t *testing.T) {
		for path, text := range pages {
			commands := commandsOf(path, text)
			if len(commands) == 0 || slices.Contains(notRunPages, path) {
				continue
			}
			t.Run(strings.TrimPrefix(path, "../../"), func(t *testing.T) {
				t.Parallel()
				f := newReader(t, bin)
				for _, line := range before[path] {
					f.follow(t, shownCommand{line: line})
				}
				for _, c := range commands {
					i := slices.IndexFunc(notRun, func(n struct{ command, reason string }) bool { return strings.HasPrefix(c.line, n.command) })
					mu.Lock()
					if i >= 0 {
						left[notRun[i].command] = true
					} else {
						count++
					}
					mu.Unlock()
					if i < 0 {
						f.follow(t, c)
					}
				}
			})
		}
	})
	for _, n := range notRun {
		if !left[n.command] {
			t.Errorf("no document has a command %q any more", n.command)
		}
	}
	if count < 90 {
		t.Errorf("only %d commands were run", count)
	}
}

// shownCommand is a command of a document, and in which of its blocks it stands.
type shownCommand struct {
	line  string
	block int
}

var (
	continued  = regexp.MustCompile(`\\\n *`) // a command that goes on in the next line
	aside      = regexp.MustCompile(`   +.*$| +#.*$`)
	assignment = regexp.MustCompile(`^[A-Z_]+=\S*$`)
	setting    = regexp.MustCompile(`^export |^[A-Z]+=\$\(`) // for all commands that follow
	inline     = regexp.MustCompile("`(tagroll [a-z-][^`]*/[^`]*)`")
)

// commandsOf returns the commands of a page: those of its blocks, and those within sentences that
// name a path. In a block whose commands begin with "$ " the other lines are what is answered.
func commandsOf(path, text string) (list []shownCommand) {
	indent := "    "
	if filepath.Ext(path) == ".txt" {
		indent = "  "
	}
	text = continued.ReplaceAllString(text, "")
	block, fence, prompted := 0, "", false
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\n")
		if rest, ok := strings.CutPrefix(line, "```"); ok {
			if fence == "" {
				fence = rest + "?" // a fence without a language is one, too
			} else {
				fence = ""
			}
			block++
			continue
		}
		shown := fence == "sh?" || fence == "" && strings.HasPrefix(line, indent)
		if !shown {
			if strings.TrimSpace(line) != "" {
				block, prompted = block+1, false
			}
			if fence == "" && indent == "    " {
				for _, found := range inline.FindAllStringSubmatch(line, -1) {
					list = append(list, shownCommand{found[1], block})
				}
			}
			continue
		}
		line = strings.TrimSpace(line)
		if rest, ok := strings.CutPrefix(line, "$ "); ok {
			line, prompted = rest, true
		} else if prompted {
			continue
		}
		line = aside.ReplaceAllString(line, "")
		words := slices.DeleteFunc(strings.Fields(line), assignment.MatchString)
		if len(words) > 0 && slices.Contains(programs, words[0]) || setting.MatchString(line) {
			list = append(list, shownCommand{line, block})
		}
	}
	return list
}

// reader is somebody who follows a page, command by command.
type reader struct {
	dir, bin, nats, simulated, fetched string
	api                                *openaitest.Server
	hasNATS                            bool
	set                                []string // lines that set variables for all that follow
	servers                            []*served
	block                              int // of the servers
}

// newReader makes a folder with what the documents name.
func newReader(t *testing.T, bin string) *reader {
	f := &reader{dir: t.TempDir(), bin: bin, nats: freePort(t), simulated: freePort(t), fetched: freePort(t)}
	f.api = startServer(t, openaitest.Config{Models: []string{"gpt-6-luna", "llava", "qwen2.5vl:7b", "qwen/qwen2.5-vl-7b"}})
	write := func(name, text string) {
		t.Helper()
		path := filepath.Join(f.dir, name)
		err := os.MkdirAll(filepath.Dir(path), 0o700)
		if err == nil {
			err = os.WriteFile(path, []byte(text), 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for i, name := range []string{
		"shoot/IMG_1.jpg", "shoot/IMG_2.jpg", "SHOOT/IMG_3.jpg", "archive/2025/IMG_4.jpg", "extra.png", "marathon/IMG_5.jpg",
		"inbox/IMG_6.jpg", "Pictures/export/IMG_7.jpg", "examples/photos/dandelion.jpg",
	} {
		write(name, string(picture(name, 96, 64, i)))
	}
	write("extra.csv", "Filename,Editorial\nIMG_1.jpg,no\n")
	write("more.csv", "Filename,Country\nIMG_1.jpg,Portugal\n")
	write("edited.csv", "Filename,Title,Keywords,Category,Releases\nIMG_1.jpg,A calm sea,\"sea, Sea , calm, water, blue, sky\",11,\n")
	write("last.csv", "Filename,Title\n")
	for _, name := range []string{".config/tagroll/key", "etc/api-key"} {
		write(name, "sk-test\n")
	}
	write("run/nobody", "")
	mine, err := os.ReadFile("../../agency/data/rules/dreamstime.json")
	if err != nil {
		t.Fatal(err)
	}
	write("mine.json", strings.Replace(string(mine), `"dreamstime"`, `"mine"`, 1))
	if err := os.Chtimes(filepath.Join(f.dir, "last.csv"), longAgo, longAgo); err != nil {
		t.Fatal(err)
	}
	return f
}

// here puts what is on this machine in the place of what a reader has.
func (f *reader) here(line string) string {
	pairs := []string{
		"http://localhost:11434/v1", f.api.URL(), "http://localhost:9000/v1", f.api.URL(),
		"127.0.0.1:8089", f.simulated, "OPENAI_API_KEY=sk-...", "OPENAI_API_KEY=sk-test",
		"https://photos.example.com", "http://" + f.fetched,
		"--temp-listen :8787", "--temp-listen " + f.fetched,
		"10.0.0.5:4222", f.nats, "--replicas 3", "--replicas 1",
		"--listen :8080", "--listen 127.0.0.1:0",
		"/run/tagroll/", filepath.Join(f.dir, "run") + "/", "/etc/tagroll/", filepath.Join(f.dir, "etc") + "/",
		"--latency 4s,0.35", "--latency 20ms",
	}
	if len(f.servers) > 0 {
		pairs = append(pairs, "http://127.0.0.1:8080", f.servers[0].url)
	}
	return strings.NewReplacer(pairs...).Replace(line)
}

// follow runs a command. One that serves runs on until the next block with such commands.
func (f *reader) follow(t *testing.T, c shownCommand) {
	t.Helper()
	line := f.here(c.line)
	if strings.Contains(line, f.nats) && !f.hasNATS || strings.HasPrefix(line, "nats-server") {
		if !f.hasNATS {
			startNATS(t, f.nats, t.TempDir())
		}
		f.hasNATS = true
	}
	args, _ := words(line)
	switch {
	case setting.MatchString(line):
		f.set = append(f.set, line)
		return
	case args[0] == "nats-server":
		return
	case args[0] == "tagroll" && slices.Contains([]string{"serve", "worker", "simulate"}, args[1]):
		f.serve(t, c, args[1:])
		return
	}
	script := strings.Join(append([]string{"set -euo pipefail"}, append(slices.Clone(f.set), line)...), "\n")
	b := exec.CommandContext(t.Context(), "bash", "-c", script)
	b.Dir = f.dir
	b.Env = []string{"HOME=" + f.dir, "PATH=" + f.bin + string(os.PathListSeparator) + os.Getenv("PATH"), "TAGROLL_BASE_URL=" + f.api.URL()}
	out, err := b.CombinedOutput()
	var exit *exec.ExitError
	// Photos of a few pixels are too small for every agency; one model was told to send few
	// words.
	some := strings.HasPrefix(line, "tagroll check") || strings.Contains(line, "standin-few-keywords")
	if some && errors.As(err, &exit) && exit.ExitCode() == exitIncomplete {
		return
	}
	if err != nil {
		t.Errorf("%s\n%v\n%s", line, err, out)
	}
}

// serve starts a command that serves, with a home of its own, and waits until it is ready.
func (f *reader) serve(t *testing.T, c shownCommand, args []string) {
	t.Helper()
	if f.block != c.block {
		f.end(t)
		f.block = c.block
	}
	listen := "--listen=127.0.0.1:0"
	if args[0] == "simulate" {
		listen = "--listen=" + f.simulated
	}
	if !slices.Contains(args, "--listen") {
		args = append(args, listen)
	}
	if args[0] != "simulate" {
		args = append(args, "--base-url", f.api.URL())
	}
	s := startProcess(t, t.TempDir(), args...)
	f.servers = append(f.servers, s)
	if args[0] == "serve" {
		if err := newProgram().serve(t.Context(), []string{"--check", s.url}); err != nil {
			t.Errorf("%s: %v", c.line, err)
		}
	}
}

// end ends all that serves, as Ctrl-C does.
func (f *reader) end(t *testing.T) {
	t.Helper()
	for _, s := range f.servers {
		if err := s.Process.Signal(syscall.SIGINT); err != nil {
			t.Error(err)
		}
		<-s.ended
		if code := s.ProcessState.ExitCode(); code != 0 && code != exitInterrupted {
			t.Errorf("%q ends with %d\n%s", s.Args[1:], code, s.log)
		}
	}
	f.servers = nil
}
