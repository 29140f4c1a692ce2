package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"os"
	"strings"
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

// maxProblems bounds the table of failures at the end; all of them are in the JSON lines.
const maxProblems = 20

// screen tells how the run is going. It is also where log records are written.
type screen struct {
	out    io.Writer
	mode   string // bar, plain, json or none
	colour bool
	width  func() int

	mu       sync.Mutex
	line     string // the moving line as it stands, without its end
	lastLine time.Time
	problems []tagroll.Result
	reviews  bool // --include-review
	failed   bool // the error that ends the run was told
}

func newScreen(p *program, s *runSettings) *screen {
	c := &screen{out: p.stderr, mode: s.progress, reviews: s.includeReview, width: func() int { return 80 }}
	file, isFile := p.stderr.(*os.File)
	terminal := isFile && term.IsTerminal(int(file.Fd())) && p.getenv("TERM") != "dumb"
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
	options := &slog.HandlerOptions{Level: s.logLevel}
	if s.logFormat == "json" || c.mode == "json" {
		return slog.New(slog.NewJSONHandler(c, options))
	}
	return slog.New(slog.NewTextHandler(c, options))
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
	if info.Remote {
		c.say("Describing %s with %s.", count(photos, "photo"), info.Model)
		return
	}
	c.say("Describing with the built-in describer (no OPENAI_API_KEY): looks, camera facts and\n" +
		"keywords already in the files. It does not recognise subjects. See: tagroll help providers")
}

// stopping says that Ctrl-C was understood.
func (c *screen) stopping() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.say("Stopping: calls are ended and what is done is written. Ctrl-C again exits at once.")
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
		if now := time.Now(); now.Sub(c.lastLine) >= plainEvery && !p.Done {
			c.lastLine = now
			c.say("%s", counts(p))
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
	if len(c.problems) < maxProblems {
		c.problems = append(c.problems, r)
	}
	if c.mode == "plain" {
		c.say("%s  %s: %s", label(r.Status), r.Photo.Label(), printable(r.Error.Message))
	}
}

// bar draws the moving line.
func (c *screen) bar(p tagroll.Progress) string {
	text := counts(p)
	const length = 20
	if c.width() < len([]rune(text))+length+4 {
		return " " + shorten(text, c.width()-2)
	}
	filled := 0
	if p.Total > 0 {
		filled = length * p.Completed / p.Total
	}
	return " " + c.paint("36", strings.Repeat("█", filled)) + c.paint("2", strings.Repeat("░", length-filled)) + "  " + text
}

// counts says in words how far the batch is.
func counts(p tagroll.Progress) string {
	parts := []string{fmt.Sprintf("%d ok", p.Successful)}
	if p.Failed > 0 {
		parts = append(parts, fmt.Sprintf("%d failed", p.Failed))
	}
	if p.NeedsReview > 0 {
		parts = append(parts, fmt.Sprintf("%d review", p.NeedsReview))
	}
	parts = append(parts, fmt.Sprintf("%d in flight", p.Processing))
	if p.Elapsed > 0 && p.Completed > p.Reused {
		parts = append(parts, fmt.Sprintf("%.1f/s", float64(p.Completed-p.Reused)/p.Elapsed.Seconds()))
	}
	if p.PausedFor > time.Second {
		parts = append(parts, "rate limit: "+clockTime(p.PausedFor))
	}
	if p.Remaining > 0 {
		parts = append(parts, clockTime(p.Remaining)+" left")
	}
	return fmt.Sprintf("%d/%d   %s", p.Completed, p.Total, strings.Join(parts, " · "))
}

// end tells how the run ended: the summary and what needs attention.
func (c *screen) end(p tagroll.Progress, w written, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.clear()
	if c.mode == "json" {
		c.failLocked(err)
		c.event("summary", summaryEvent(p, w))
		return
	}
	c.say("%s", summaryLine(p, w))
	c.table(p)
	for _, name := range w.unmatched {
		c.say("  %s  %s  its name cannot stand in a CSV as it is: rename the file", c.paint("33", "note  "), name)
	}
}

// fail writes the event of an error that ends the run, once.
func (c *screen) fail(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.failLocked(err)
}

func (c *screen) failLocked(err error) {
	if _, exit := errors.AsType[exitError](err); exit || err == nil || c.failed {
		return
	}
	c.failed = true
	c.event("error", tagroll.AsError(err))
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

// summaryLine is the one line that says it all.
func summaryLine(p tagroll.Progress, w written) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s in %s", count(p.Completed, "photo"), seconds(p.Elapsed))
	if s := p.Speedup(); s >= 1.05 {
		fmt.Fprintf(&b, ", %.1f times faster than one by one", s)
	}
	if p.Reused > 0 {
		fmt.Fprintf(&b, ", %d of them known from an earlier run", p.Reused)
	}
	if p.Usage.CostUSD > 0 {
		fmt.Fprintf(&b, ", about $%.4f", p.Usage.CostUSD)
	}
	if len(w.files) > 0 {
		fmt.Fprintf(&b, " → %s (%s)", strings.Join(w.files, ", "), count(w.rows, "row"))
	}
	return b.String()
}

// table lists what needs a person's attention, and what to do.
func (c *screen) table(p tagroll.Progress) {
	width := 0
	for _, r := range c.problems {
		width = max(width, min(len([]rune(printable(r.Photo.Label()))), 40))
	}
	for _, r := range c.problems {
		name := printable(r.Photo.Label())
		hint := ""
		if r.Status == tagroll.StatusNeedsReview && !c.reviews && r.Metadata != nil {
			hint = "; see --include-review"
		}
		c.say("  %s  %-*s  %s%s", c.paint(colourOf(r.Status), fmt.Sprintf("%-6s", label(r.Status))), width, name, printable(r.Error.Message), hint)
	}
	if more := p.Failed + p.NeedsReview - len(c.problems); more > 0 {
		c.say("  and %d more: --format jsonl writes all of them", more)
	}
	if p.Pending > 0 {
		c.say("  %s not tried", count(p.Pending, "photo"))
	}
	if p.Failed+p.NeedsReview+p.Pending > 0 {
		c.say("Run the same command again to try only these.")
	}
}

func label(s tagroll.Status) string {
	if s == tagroll.StatusNeedsReview {
		return "review"
	}
	return string(s)
}

func colourOf(s tagroll.Status) string {
	if s == tagroll.StatusNeedsReview {
		return "33"
	}
	return "31"
}

// paint puts text into a colour (ECMA-48 SGR), where colours are wanted.
func (c *screen) paint(sgr, text string) string {
	if !c.colour || text == "" {
		return text
	}
	return "\x1b[" + sgr + "m" + text + "\x1b[0m"
}

// printable takes away what a terminal would obey: names and messages come from outside.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r >= 0x7f && r < 0xa0 {
			return '?'
		}
		return r
	}, s)
}

func shorten(s string, width int) string {
	if r := []rune(s); len(r) > width && width > 1 {
		return string(r[:width-1]) + "…"
	}
	return s
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// clockTime writes a duration as minutes and seconds, or hours as well.
func clockTime(d time.Duration) string {
	s := int(math.Ceil(d.Seconds()))
	if s >= 3600 {
		return fmt.Sprintf("%d:%02d:%02d", s/3600, s/60%60, s%60)
	}
	return fmt.Sprintf("%d:%02d", s/60, s%60)
}

// seconds writes how long something took.
func seconds(d time.Duration) string {
	if d < time.Minute {
		return fmt.Sprintf("%.1f s", d.Seconds())
	}
	return clockTime(d) + " min"
}
