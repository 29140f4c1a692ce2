// Package terminal tells a person, or a script, how a run of tagroll is going: the moving bar,
// plain lines, JSON events, the summary at the end and the messages of errors. It draws and words;
// what is drawn is decided elsewhere.
//
// The rules:
//   - Everything is written to standard error; standard output is for results only.
//   - On a terminal one line at the bottom moves (bar). Whatever else is written, log
//     records included, goes above it.
//   - Elsewhere a line is written when something went wrong, and otherwise at most
//     every few seconds (plain), or every event is a JSON object on a line of its own (json).
//   - At the end: one line of summary, then a line for each photo that needs a person's
//     attention, then what to do.
//   - Without progress (none) nothing is written unless something went wrong: why it did.
//   - Colour only on a terminal, and not if NO_COLOR is set.
package terminal

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"os"
	"regexp"
	"strings"
	"sync"
	"time"

	"golang.org/x/term"

	"github.com/tagroll/tagroll"
)

// plainEvery is the time between two lines of plain progress.
const plainEvery = 5 * time.Second

// Screen tells how the run is going. It is also where log records are written.
type Screen struct {
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
	server   string // where the model is asked
	resumes  bool   // there is a journal: the same command goes on where this one ended
	// Photos with the same picture as another one of the batch, the first of them.
	twins    []string
	twinning int  // how many there are
	told     bool // the error that ends the run was told
}

// Config says what a screen shows, and where.
type Config struct {
	// Out is where everything is written: standard error.
	Out io.Writer
	// Mode is "auto", "bar", "plain", "json" or "none". Default: "auto", which is the bar on a
	// terminal and plain lines elsewhere.
	Mode string
	// Getenv reads TERM and NO_COLOR. Default: neither is set.
	Getenv func(string) string
	// IncludeReview is whether photos that need review are written all the same.
	IncludeReview bool
	// Chosen is whether the user chose the describer. If not, the screen says why it is this
	// one.
	Chosen bool
	// Server is the host of the model. Default: it is not named.
	Server string
}

// New returns the screen of a run.
func New(config Config) *Screen {
	c := &Screen{
		out: config.Out, mode: config.Mode, width: func() int { return 80 },
		reviews: config.IncludeReview, chosen: config.Chosen, server: config.Server,
	}
	getenv := config.Getenv
	if getenv == nil {
		getenv = func(string) string { return "" }
	}
	file, isFile := c.out.(*os.File)
	terminal := isFile && term.IsTerminal(int(file.Fd())) && getenv("TERM") != "dumb" && obeysSequences(file)
	if terminal {
		c.width = func() int {
			if w, _, err := term.GetSize(int(file.Fd())); err == nil && w > 20 {
				return w
			}
			return 80
		}
	}
	if c.mode == "auto" || c.mode == "" {
		c.mode = "plain"
		if terminal {
			c.mode = "bar"
		}
	}
	c.colour = terminal && getenv("NO_COLOR") == "" && c.mode != "json"
	return c
}

// JSON reports whether every line is to be a JSON object.
func (c *Screen) JSON() bool { return c.mode == "json" }

// Resumes tells the screen that there is a journal: the same command goes on where this run ends.
func (c *Screen) Resumes() { c.resumes = true }

// Write writes above the moving line. It makes Screen the log's writer.
func (c *Screen) Write(text []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.above(string(text))
	return len(text), nil
}

// above writes whole lines above the moving one. The caller holds the lock.
func (c *Screen) above(text string) {
	if c.line == "" {
		io.WriteString(c.out, text)
		return
	}
	io.WriteString(c.out, "\r\x1b[K"+text+c.line)
}

// say writes a line for a person.
func (c *Screen) say(format string, args ...any) {
	if c.mode == "json" || c.mode == "none" {
		return
	}
	c.above(fmt.Sprintf(format, args...) + "\n")
}

// event writes a JSON object with its type on a line.
func (c *Screen) event(kind string, fields any) {
	var text bytes.Buffer
	enc := json.NewEncoder(&text)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(fields); err != nil {
		return // nothing that is not ours is ever encoded
	}
	c.out.Write(append([]byte(`{"type":"`+kind+`",`), bytes.TrimPrefix(text.Bytes(), []byte("{"))...))
}

// Begin writes which describer is at work.
func (c *Screen) Begin(info tagroll.DescriberInfo, photos int) {
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
		c.say("Describing %s with %s at %s.", Count(photos, "photo"), Printable(info.Model), c.server)
	case info.Remote:
		c.say("Describing %s with %s.", Count(photos, "photo"), Printable(info.Model))
	default:
		why := " (no OPENAI_API_KEY)"
		if c.chosen {
			why = ""
		}
		c.say("Describing with the built-in describer%s: looks, camera facts and\n"+
			"keywords already in the files. It does not recognise subjects. See: tagroll help providers", why)
	}
}

// Notice tells, before or during the work, what the user should know once a run: a sentence of its
// own, or the event "notice". It may be called from any goroutine.
func (c *Screen) Notice(line string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.mode == "json" {
		c.event("notice", struct {
			Message string `json:"message"`
		}{line})
		return
	}
	c.say("Note: %s.", Printable(line))
}

// HostOf is the host of a base URL as a person would name the server; never what
// else an address may hold, such as a password.
func HostOf(baseURL string) string {
	u, err := url.Parse(baseURL)
	if err != nil {
		return ""
	}
	return Printable(u.Host)
}

// Stopping says that Ctrl-C was understood, and how long calls under way may take.
func (c *Screen) Stopping(grace time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.say("Stopping: no further photo is begun, calls under way may end for up to %d s, and what is done is written.\nCtrl-C again exits at once.", int(grace.Seconds()))
}

// Progress is the batch's OnProgress.
func (c *Screen) Progress(p tagroll.Progress) {
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
func (c *Screen) finished(r tagroll.Result) {
	if c.mode == "json" {
		c.event("photo", r)
	}
	if r.SameAs != "" && !r.Reused {
		if c.twinning++; len(c.twins) < maxNames {
			c.twins = append(c.twins, r.Photo.Label()+" is the same picture as "+r.SameAs)
		}
	}
	if r.Status == tagroll.StatusSuccessful || r.Draft() {
		return
	}
	message := Printable(r.Error.Message)
	if c.mode == "plain" {
		c.say("%s  %s: %s", label(r.Status), Printable(r.Photo.Label()), message)
	}
	if r.Status == tagroll.StatusNeedsReview && !c.reviews && r.Metadata != nil {
		message += "; see --include-review"
	}
	c.problems.add(r, message)
}

// End tells how the run ended: the summary, what needs attention and what to do.
func (c *Screen) End(p tagroll.Progress, w Written, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.clear()
	if c.mode == "json" {
		c.tell(err)
		c.event("summary", summaryEvent(p, w))
		return
	}
	if c.mode == "none" {
		if p.Failed+p.NeedsReview-p.Drafts+p.Pending > 0 || err != nil {
			// Without progress, the reason of a failure is still wanted.
			c.mode = "plain"
			c.table(p, err)
			c.tell(err)
		}
		return
	}
	c.say("%s", c.wrap(summaryLine(p, w), 0))
	if line := usageLine(p, w.Free); line != "" {
		c.say("  %s", c.wrap(line, 2))
	}
	if line := autoLine(p); line != "" {
		c.say("  %s", c.wrap(line, 2))
	}
	if w.Embedding != "" {
		c.say("%s", c.wrap(Printable(w.Embedding), 0))
	}
	c.table(p, err)
	for _, name := range w.Unmatched {
		c.say("  %s  %s", c.paint("33", "note"), c.wrap(Printable(name)+": no CSV can hold this name as it is, so the agency will not find the photo: rename the file", 8))
	}
	for _, name := range w.Renamed {
		c.say("  %s  %s", c.paint("33", "note"), c.wrap(Printable(name)+": its sidecar has another name, because the usual one is taken, belongs to a RAW file beside it or is not safe: put it beside the photo by hand", 8))
	}
	for i, twin := range c.twins {
		more := ""
		if i == len(c.twins)-1 && c.twinning > len(c.twins) {
			more = fmt.Sprintf("; so it is with %d more", c.twinning-len(c.twins))
		}
		c.note("%s, which was described once for both%s", twin, more)
	}
	for _, same := range w.SameNames {
		c.note("%s have the name %s (%s), and the agency tells photos by their names: rename one, or use --rename-duplicates",
			Count(len(same.Photos), "photo"), same.Name, listed(same.Photos))
	}
	for _, note := range w.Notes {
		c.note("%s", note)
	}
	c.tell(err)
	c.advice(p, w, err)
}

// Note tells of a file or result that a person should know of, in the form of the notes at the end,
// or as the event "note".
func (c *Screen) Note(text string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.mode == "json" {
		c.event("note", struct {
			Message string `json:"message"`
		}{text})
		return
	}
	c.note("%s", text)
}

// note says a line that begins with a mark. The caller holds the lock.
func (c *Screen) note(format string, args ...any) {
	c.say("  %s  %s", c.paint("33", "note"), c.wrap(Printable(fmt.Sprintf(format, args...)), 8))
}

// listed names a few and counts the others.
func listed(names []string) string {
	if len(names) <= maxNames {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:maxNames], ", "), len(names)-maxNames)
}

// Fail tells the error that ends the run, if it was not told before.
func (c *Screen) Fail(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.clear()
	c.tell(err)
}

// tell tells the error that ends the run, once. The caller holds the lock.
func (c *Screen) tell(err error) {
	if err == nil || c.told {
		return
	}
	c.told = true
	if c.mode == "json" {
		c.event("error", tagroll.AsError(err))
		return
	}
	c.above(ErrorText(err) + "\n")
}

// ErrorEvent writes an error as the event that a run with JSON progress writes.
func ErrorEvent(w io.Writer, err error) {
	(&Screen{out: w, mode: "json"}).event("error", tagroll.AsError(err))
}

// ErrorText writes an error for a person: every line, and nothing that a terminal
// would obey, since a provider or a file name may have put words into it.
func ErrorText(err error) string {
	lines := strings.Split(err.Error(), "\n")
	for i, line := range lines {
		lines[i] = "tagroll: " + Printable(line)
	}
	return strings.Join(lines, "\n")
}

// Close takes the moving line away.
func (c *Screen) Close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.clear()
}

func (c *Screen) clear() {
	if c.line != "" {
		io.WriteString(c.out, "\r\x1b[K")
		c.line = ""
	}
}

// sgr is what paint adds.
var sgr = regexp.MustCompile(`\x1b\[[0-9]*m`)

// paint puts text into a colour (ECMA-48 SGR), where colours are wanted.
func (c *Screen) paint(code, text string) string {
	if !c.colour || text == "" {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}
