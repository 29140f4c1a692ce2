package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"os"
	"regexp"
	"sync"
	"time"

	"golang.org/x/term"

	"github.com/tagroll/tagroll"
)

// What a person is told, and how:
//
//   - Everything is written to standard error; standard output is for results only.
//   - On a terminal one line at the bottom moves (bar). Whatever else is written, log
//     records included, goes above it.
//   - Elsewhere a line is written when something went wrong, and otherwise at most
//     every few seconds (plain), or every event is a JSON object on a line of its own (json).
//   - At the end: one line of summary, then a line for each photo that needs a person's
//     attention, then what to do.
//   - Colour only on a terminal, and not if NO_COLOR is set.

// plainEvery is the time between two lines of plain progress.
const plainEvery = 5 * time.Second

// screen tells how the run is going. It is also where log records are written.
type screen struct {
	out    io.Writer
	mode   string // bar, plain, json or none
	colour bool
	width  func() int

	mu       sync.Mutex
	line     string // the moving line as it stands, without its end
	lastLine time.Time
	problems problems
	reviews  bool   // --include-review
	chosen   bool   // the describer was chosen by --provider
	server   string // where the model is asked, if not at OpenAI
	resumes  bool   // there is a journal: the same command goes on where this one ended
	told     bool   // the error that ends the run was told
}

func newScreen(p *program, s *runSettings) *screen {
	c := &screen{
		out: p.stderr, mode: s.progress, width: func() int { return 80 },
		reviews: s.includeReview, chosen: s.providerGiven, server: hostOf(s.baseURL),
	}
	file, isFile := p.stderr.(*os.File)
	terminal := isFile && term.IsTerminal(int(file.Fd())) && p.getenv("TERM") != "dumb" && obeysSequences(file)
	if terminal {
		c.width = func() int {
			if w, _, err := term.GetSize(int(file.Fd())); err == nil && w > 20 {
				return w
			}
			return 80
		}
	}
	if c.mode == "auto" {
		c.mode = "plain"
		if terminal {
			c.mode = "bar"
		}
	}
	c.colour = terminal && p.getenv("NO_COLOR") == "" && c.mode != "json"
	return c
}

// newLogger returns the logger of the run: above the moving line, and as JSON
// where the progress is JSON, so that every line can be parsed.
func newLogger(c *screen, s *runSettings) *slog.Logger {
	flags := s.logFlags
	if c.mode == "json" {
		flags.logFormat = "json"
	}
	return flags.logger(c)
}

// Write writes above the moving line. It makes screen the log's writer.
func (c *screen) Write(text []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.above(string(text))
	return len(text), nil
}

// above writes whole lines above the moving one. The caller holds the lock.
func (c *screen) above(text string) {
	if c.line == "" {
		io.WriteString(c.out, text)
		return
	}
	io.WriteString(c.out, "\r\x1b[K"+text+c.line)
}

// say writes a line for a person.
func (c *screen) say(format string, args ...any) {
	if c.mode == "json" || c.mode == "none" {
		return
	}
	c.above(fmt.Sprintf(format, args...) + "\n")
}

// event writes a JSON object with its type on a line.
func (c *screen) event(kind string, fields any) {
	var text bytes.Buffer
	enc := json.NewEncoder(&text)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(fields); err != nil {
		return // nothing that is not ours is ever encoded
	}
	c.out.Write(append([]byte(`{"type":"`+kind+`",`), bytes.TrimPrefix(text.Bytes(), []byte("{"))...))
}

// begin says who describes the photos.
func (c *screen) begin(info tagroll.DescriberInfo, photos int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.mode == "json" {
		c.event("start", struct {
			Total     int                   `json:"total"`
			Describer tagroll.DescriberInfo `json:"describer"`
		}{photos, info})
		return
	}
	c.lastLine = time.Now()
	switch {
	case info.Remote && c.server != "":
		c.say("Describing %s with %s at %s.", count(photos, "photo"), printable(info.Model), c.server)
	case info.Remote:
		c.say("Describing %s with %s.", count(photos, "photo"), printable(info.Model))
	default:
		why := " (no OPENAI_API_KEY)"
		if c.chosen {
			why = ""
		}
		c.say("Describing with the built-in describer%s: looks, camera facts and\n"+
			"keywords already in the files. It does not recognise subjects. See: tagroll help providers", why)
	}
}

// hostOf is the host of a base URL as a person would name the server; never what
// else an address may hold, such as a password.
func hostOf(baseURL string) string {
	u, err := url.Parse(baseURL)
	if err != nil {
		return ""
	}
	return printable(u.Host)
}

// stopping says that Ctrl-C was understood.
func (c *screen) stopping() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.say("Stopping: calls are ended, what is done is written.\nCtrl-C again exits at once.")
}

// progress is the batch's OnProgress.
func (c *screen) progress(p tagroll.Progress) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, r := range p.Finished {
		c.finished(r)
	}
	switch c.mode {
	case "json":
		c.event("progress", progressEvent(p))
	case "bar":
		c.line = c.bar(p)
		io.WriteString(c.out, "\r\x1b[K"+c.line)
	case "plain":
		if now := time.Now(); now.Sub(c.lastLine) >= plainEvery || p.Done {
			c.lastLine = now
			c.say("%s", counts(p, detailAll))
		}
	}
}

// finished tells of a single photo.
func (c *screen) finished(r tagroll.Result) {
	if c.mode == "json" {
		c.event("photo", r)
	}
	if r.Status == tagroll.StatusSuccessful {
		return
	}
	message := printable(r.Error.Message)
	if c.mode == "plain" {
		c.say("%s  %s: %s", label(r.Status), printable(r.Photo.Label()), message)
	}
	if r.Status == tagroll.StatusNeedsReview && !c.reviews && r.Metadata != nil {
		message += "; see --include-review"
	}
	c.problems.add(r, message)
}

// end tells how the run ended: the summary, what needs attention and what to do.
func (c *screen) end(p tagroll.Progress, w written, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.clear()
	if c.mode == "json" {
		c.tell(err)
		c.event("summary", summaryEvent(p, w))
		return
	}
	c.say("%s", c.wrap(summaryLine(p, w), 0))
	c.table(p, err)
	for _, name := range w.unmatched {
		c.say("  %s  %s", c.paint("33", "note"), c.wrap(printable(name)+": no CSV can hold this name as it is, so the agency will not find the photo: rename the file", 8))
	}
	for _, name := range w.renamed {
		c.say("  %s  %s", c.paint("33", "note"), c.wrap(printable(name)+": its sidecar has another name, because the usual one is taken or not safe: put it beside the photo by hand", 8))
	}
	c.tell(err)
	c.advice(p, err)
}

// fail tells the error that ends the run, if it was not told before. It reports whether
// that is done; if not, the command's end has to tell it.
func (c *screen) fail(err error) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.clear()
	if _, usage := errors.AsType[*usageError](err); usage && c.mode != "json" {
		return false // it is told together with where to read on
	}
	c.tell(err)
	return c.told
}

// tell tells the error that ends the run, once. Where nothing is shown it is left to
// the command's end. The caller holds the lock.
func (c *screen) tell(err error) {
	if _, exit := errors.AsType[exitError](err); exit || err == nil || c.told || c.mode == "none" {
		return
	}
	c.told = true
	if c.mode == "json" {
		c.event("error", tagroll.AsError(err))
		return
	}
	c.say("%s", complaint(err))
}

// close takes the moving line away.
func (c *screen) close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.clear()
}

func (c *screen) clear() {
	if c.line != "" {
		io.WriteString(c.out, "\r\x1b[K")
		c.line = ""
	}
}

// sgr is what paint adds.
var sgr = regexp.MustCompile(`\x1b\[[0-9]*m`)

// paint puts text into a colour (ECMA-48 SGR), where colours are wanted.
func (c *screen) paint(code, text string) string {
	if !c.colour || text == "" {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}
