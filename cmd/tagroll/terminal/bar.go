package terminal

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/tagroll/tagroll"
)

// detail is how much the moving line says; the least important goes first where the
// terminal is narrow.
type detail int

const (
	detailTime   detail = iota // how far, and how much longer
	detailCounts               // what became of the photos
	detailFlight               // and how many are under way
	detailAll                  // and how fast it goes
)

// layouts are the forms of the moving line from the widest to the narrowest.
var layouts = []struct {
	bar    int // cells
	detail detail
}{{20, detailAll}, {10, detailAll}, {10, detailFlight}, {10, detailCounts}, {0, detailCounts}, {10, detailTime}, {0, detailTime}}

// bar draws the moving line. It never fills the terminal's last column, where some
// terminals would begin a new line.
func (c *Screen) bar(p tagroll.Progress) string {
	room := c.width() - 1
	for _, l := range layouts {
		text := counts(p, l.detail)
		if l.bar == 0 {
			text = " " + text
		} else {
			filled := 0
			if p.Total > 0 {
				filled = l.bar * p.Completed / p.Total
			}
			text = " " + c.paint("36", strings.Repeat("█", filled)) + c.paint("2", strings.Repeat("░", l.bar-filled)) + "  " + text
		}
		if Width(sgr.ReplaceAllString(text, "")) <= room {
			return text
		}
	}
	return shorten(" "+counts(p, detailTime), room)
}

// counts says in words how far the batch is.
func counts(p tagroll.Progress, d detail) string {
	var parts []string
	add := func(from detail, format string, args ...any) {
		if d >= from {
			parts = append(parts, fmt.Sprintf(format, args...))
		}
	}
	if p.Successful > 0 || p.Drafts == 0 {
		add(detailCounts, "%d ok", p.Successful)
	}
	if p.Drafts > 0 {
		add(detailCounts, "%s", Count(p.Drafts, "draft"))
	}
	if reviews := p.NeedsReview - p.Drafts; reviews > 0 {
		add(detailCounts, "%d review", reviews)
	}
	if p.Failed > 0 {
		add(detailCounts, "%d failed", p.Failed)
	}
	if p.Limiter.Paused() && !p.Done {
		// A pause stands where else the speed does, and takes nearly the same room: the
		// line keeps its form when a pause begins or ends.
		add(detailTime, "%s: on in %s", pauseWords(p.Limiter.PausedBy), clockTime(p.Limiter.PausedFor))
	} else {
		flight := p.Processing
		if p.Limiter.Window > 0 {
			flight = p.Limiter.InFlight // with auto many photos wait to be called
		}
		if flight > 0 {
			add(detailFlight, "%d in flight", flight)
		}
		if p.Elapsed > 0 && p.Completed > p.Reused {
			add(detailAll, "%s", rate(float64(p.Completed-p.Reused)/p.Elapsed.Seconds()))
		}
	}
	if p.Remaining > 0 && !p.Done {
		add(detailTime, "%s left", clockTime(p.Remaining))
	}
	return strings.TrimRight(fmt.Sprintf("%d/%d   %s", p.Completed, p.Total, strings.Join(parts, " · ")), " ")
}

// pauseWords names what a pause waits for.
func pauseWords(by tagroll.PauseReason) string {
	switch by {
	case tagroll.PausedByProvider:
		return "provider asks to wait"
	case tagroll.PauseReason(tagroll.UnitTokens), tagroll.PauseReason(tagroll.UnitInputTokens), tagroll.PauseReason(tagroll.UnitOutputTokens):
		return "token limit"
	}
	return "rate limit"
}

// rate writes photos per second, or per minute where that says more.
func rate(perSecond float64) string {
	if perSecond < 0.95 {
		return fmt.Sprintf("%.0f/min", perSecond*60)
	}
	return fmt.Sprintf("%.1f/s", perSecond)
}

// clockTime writes a duration, rounded up, as minutes and seconds, or hours as well.
func clockTime(d time.Duration) string {
	s := int(math.Ceil(d.Seconds()))
	if s >= 3600 {
		return fmt.Sprintf("%d:%02d:%02d", s/3600, s/60%60, s%60)
	}
	return fmt.Sprintf("%d:%02d", s/60, s%60)
}
