package terminal

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/tagroll/tagroll"
)

// Bounds of the table at the end; every photo is in the JSON lines.
const (
	maxGroups = 20 // causes that are told apart
	maxNames  = 5  // photos that are named for each
	maxName   = 40 // cells of a photo's name
)

// Written is what became of a run's outputs.
type Written struct {
	Free      bool // the model's price is known to be nothing
	Files     []string
	Rows      int      // of the first output
	Unmatched []string // photos whose CSV row has another name
	Renamed   []string // photos whose sidecar has another name
	// SameNames are the names that several photos have, where an agency tells photos by names.
	SameNames []SameName
	// Groups are photos that look alike, by their labels, two and more in a group.
	Groups [][]string
	// HeldBack are those of the pending photos that the same command leaves out again.
	HeldBack int
	// Notes are what else a person should know of the files, a sentence each.
	Notes []string

	// Joined is how many RAW files belong to a photo of the same name, Previews how many photos
	// are previews of vector graphics or videos.
	Joined, Previews int

	Embedded, Sidecars int // photos that hold their metadata, sidecars that were written
	// Embedding is the same in words; empty if nothing was to be written into photos.
	Embedding string
}

// SameName is a name that several photos have.
type SameName struct {
	Name   string   `json:"name"`
	Photos []string `json:"photos"` // their labels
}

// problem is one cause why photos need a person's attention.
type problem struct {
	status  tagroll.Status
	message string
	names   []string // the first of them, Printable
	photos  int
}

// problems are the causes in the order in which they were met. Without a bound a batch of
// a hundred thousand photos that all fail would fill the memory and the screen.
type problems struct {
	groups []*problem
	beyond int // photos of causes that did not fit
}

func (ps *problems) add(r tagroll.Result, message string) {
	name := shortenPath(Printable(r.Photo.Label()), maxName)
	for _, p := range ps.groups {
		if p.status == r.Status && p.message == message {
			p.photos++
			if len(p.names) < maxNames {
				p.names = append(p.names, name)
			}
			return
		}
	}
	if len(ps.groups) == maxGroups {
		ps.beyond++
		return
	}
	ps.groups = append(ps.groups, &problem{r.Status, message, []string{name}, 1})
}

// Unsolved is a photo that is not successful, as a journal knows it.
type Unsolved struct {
	Photo   string         `json:"photo"`
	Status  tagroll.Status `json:"status"`
	Code    tagroll.Code   `json:"code"`
	Message string         `json:"message"`
}

// Table lists photos that are not successful, a cause at a time.
func Table(w io.Writer, list []Unsolved) {
	c := &Screen{out: w, mode: "plain", width: func() int { return 80 }}
	for _, u := range list {
		c.problems.add(tagroll.Result{Photo: tagroll.Photo{Name: u.Photo}, Status: u.Status}, Printable(u.Message))
	}
	c.table(tagroll.Progress{}, nil)
}

// summaryLine is the one line that says it all.
func summaryLine(p tagroll.Progress, w Written) string {
	var b strings.Builder
	if p.Pending > 0 {
		fmt.Fprintf(&b, "%d of ", p.Completed)
	}
	fmt.Fprintf(&b, "%s in %s", Count(p.Completed+p.Pending, "photo"), seconds(p.Elapsed))
	if s := p.Speedup(); s >= 1.05 && p.Successful+p.NeedsReview > p.Reused {
		fmt.Fprintf(&b, ", %.1f times faster than one by one", s)
	}
	switch {
	case p.Reused > 0 && p.Reused == p.Completed:
		b.WriteString(", all known from an earlier run")
	case p.Reused > 0:
		fmt.Fprintf(&b, ", %d of them known from an earlier run", p.Reused)
	}
	if p.Cached > 0 {
		fmt.Fprintf(&b, ", %d of them known by their picture at no cost", p.Cached)
	}
	switch {
	case p.Drafts > 0 && p.Drafts == p.Completed:
		b.WriteString(", drafts that no model has looked at")
	case p.Drafts > 0:
		fmt.Fprintf(&b, ", %s that no model has looked at", Count(p.Drafts, "draft"))
	}
	if p.Usage.CostUSD > 0 {
		fmt.Fprintf(&b, ", about $%.4f", p.Usage.CostUSD)
		b.WriteString(costDetails(p))
	}
	if len(w.Files) > 0 {
		fmt.Fprintf(&b, " → %s (%s)", Printable(strings.Join(w.Files, ", ")), Count(w.Rows, "row"))
	}
	return b.String()
}

// described is how many photos were described in this run, and not known before.
func described(p tagroll.Progress) int { return p.Completed - p.Reused - p.Cached }

// costDetails says what a thousand photos would cost, and how much of the prompts the provider had
// in its cache, once there are enough photos to say so.
func costDetails(p tagroll.Progress) string {
	const enough = 20
	if described(p) < enough {
		return ""
	}
	text := fmt.Sprintf(" ($%.2f for a thousand", perThousand(p.Usage, described(p)))
	if p.Usage.CachedTokens > 0 {
		text += fmt.Sprintf(", %d%% of the input from the provider's cache", 100*p.Usage.CachedTokens/max(1, p.Usage.InputTokens))
	}
	return text + ")"
}

// autoLine says what -c auto would have saved; empty if the provider did not show that it has room.
func autoLine(p tagroll.Progress) string {
	if p.WithAuto == 0 {
		return ""
	}
	return fmt.Sprintf("The provider had room: -c auto would have taken about %s instead of %s.", wholeSeconds(p.WithAuto), wholeSeconds(p.Elapsed))
}

// wholeSeconds writes about how long something took.
func wholeSeconds(d time.Duration) string {
	if d < time.Minute {
		return fmt.Sprintf("%.0f s", d.Seconds())
	}
	return seconds(d)
}

// usageLine says what the calls took, by kind, and what a thousand such photos cost; empty if none
// was answered. free is whether the price is known to be nothing. Where several service tiers have
// served, it has the cost at each.
func usageLine(p tagroll.Progress, free bool) string {
	u := p.Usage
	switch {
	case u.InputTokens+u.OutputTokens > 0:
	case p.Calls > 0 && p.Successful > p.Reused+p.Cached:
		return "The server does not say how many tokens its answers took, so what they cost is not known."
	default:
		return ""
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%d tokens in", u.InputTokens)
	var kinds []string
	if u.CachedTokens > 0 {
		kinds = append(kinds, fmt.Sprintf("%d%% from the provider's cache", 100*u.CachedTokens/max(1, u.InputTokens)))
	}
	if u.CacheWriteTokens > 0 {
		kinds = append(kinds, fmt.Sprintf("%d written to the cache", u.CacheWriteTokens))
	}
	if len(kinds) > 0 {
		fmt.Fprintf(&b, " (%s)", strings.Join(kinds, ", "))
	}
	fmt.Fprintf(&b, ", %d out", u.OutputTokens)
	if u.ReasoningTokens > 0 {
		fmt.Fprintf(&b, " (%d of them reasoning)", u.ReasoningTokens)
	}
	if price := perThousand(u, described(p)); price > 0 {
		fmt.Fprintf(&b, ", $%.2f for a thousand photos", price)
	}
	if u.CostUSD == 0 && !free {
		b.WriteString(", at a price that is not known")
	}
	if len(p.CostByTier) > 1 {
		for _, tier := range slices.Sorted(maps.Keys(p.CostByTier)) {
			fmt.Fprintf(&b, ", tier %s $%.4f", Printable(tier), p.CostByTier[tier])
		}
	} else if u.Tier != "" && u.Tier != "default" {
		fmt.Fprintf(&b, ", tier %s", Printable(u.Tier))
	}
	return b.String()
}

// table lists what needs a person's attention, a cause at a time. The error that ended the
// run follows below it and is not said twice. The caller holds the lock.
func (c *Screen) table(p tagroll.Progress, ended error) {
	if ended != nil {
		for _, g := range c.problems.groups {
			if g.message == Printable(tagroll.AsError(ended).Message) {
				g.message = "for the reason below"
			}
		}
	}
	number, name := 1, 0
	for _, g := range c.problems.groups {
		number = max(number, len(fmt.Sprint(g.photos)))
		for _, n := range g.names {
			name = max(name, Width(n))
		}
	}
	indent := strings.Repeat(" ", 2+number+1+6+2)
	for _, g := range c.problems.groups {
		c.say("  %*d %s  %s  %s", number, g.photos, c.paint(colourOf(g.status), fmt.Sprintf("%-6s", label(g.status))),
			pad(g.names[0], name), c.wrap(g.message, len(indent)+name+2))
		for _, n := range g.names[1:] {
			c.say("%s%s", indent, n)
		}
		if more := g.photos - len(g.names); more > 0 {
			c.say("%sand %d more", indent, more)
		}
	}
	if c.problems.beyond > 0 {
		c.say("  and %d more: --format jsonl writes all of them", c.problems.beyond)
	}
	if p.Pending > 0 {
		c.say("  %d not tried", p.Pending)
	}
}

// wrap breaks a message between words where it would pass the terminal's edge, and goes on
// in the column in which it began; below its beginning if there is no room for that.
func (c *Screen) wrap(message string, column int) string {
	const least = 24 // cells for a column of words
	room := c.width() - 1 - column
	if c.mode != "bar" || Width(message) <= room {
		return message
	}
	var b strings.Builder
	if room < least {
		column = 4
		room = c.width() - 1 - column
		b.WriteString("\n" + strings.Repeat(" ", column))
	}
	used := 0
	for i, word := range strings.Fields(message) {
		switch w := Width(word); {
		case i == 0:
			used = w
		case used+1+w > room:
			b.WriteString("\n" + strings.Repeat(" ", column))
			used = w
		default:
			b.WriteString(" ")
			used += 1 + w
		}
		b.WriteString(word)
	}
	return b.String()
}

// advice says what to do about a batch that is not complete. The caller holds the lock.
func (c *Screen) advice(p tagroll.Progress, w Written, err error) {
	rest := p.Failed + p.NeedsReview - p.Drafts + p.Pending - w.HeldBack
	switch {
	case !c.resumes:
	case err != nil && tagroll.CodeOf(err) == tagroll.CodeCancelled:
		c.say("Run the same command again to go on.")
	case err != nil:
		c.say("Then run the same command again: what is done is not asked twice.")
	case rest == 1:
		c.say("Run the same command again to try only this one.")
	case rest > 1:
		c.say("Run the same command again to try only these.")
	case p.Reused > 0 && p.Reused == p.Completed && w.Embedding == "":
		c.say("Nothing was left to do. To describe the photos anew: --fresh")
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

// Count writes a number of things: "1 photo", "2 photos".
func Count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// seconds writes how long something took.
func seconds(d time.Duration) string {
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%.1f s", d.Seconds())
	case d < time.Hour:
		return clockTime(d) + " min"
	}
	return clockTime(d) + " h"
}
