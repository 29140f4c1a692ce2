package terminal

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/tagroll/tagroll"
)

// screenOf returns a screen that writes to a buffer as to a terminal of so many columns.
func screenOf(mode string, columns int) (*Screen, *bytes.Buffer) {
	var out bytes.Buffer
	return &Screen{out: &out, mode: mode, width: func() int { return columns }, resumes: true}, &out
}

func TestBar(t *testing.T) {
	p := tagroll.Progress{
		Total: 45, Completed: 34, Successful: 33, NeedsReview: 1, Processing: 5, Pending: 6,
		Elapsed: 7 * time.Second, Remaining: 2 * time.Second,
	}
	paused := p
	paused.Limiter.PausedFor, paused.Remaining = 61*time.Second, 2*time.Hour
	for _, test := range []struct {
		columns int
		p       tagroll.Progress
		want    string
	}{
		{120, p, " ███████████████░░░░░  34/45   33 ok · 1 review · 5 in flight · 4.9/s · 0:02 left"},
		{80, p, " ███████░░░  34/45   33 ok · 1 review · 5 in flight · 4.9/s · 0:02 left"},
		{70, p, " ███████░░░  34/45   33 ok · 1 review · 5 in flight · 0:02 left"},
		{60, p, " ███████░░░  34/45   33 ok · 1 review · 0:02 left"},
		{40, p, " 34/45   33 ok · 1 review · 0:02 left"},
		{36, p, " ███████░░░  34/45   0:02 left"},
		{25, p, " 34/45   0:02 left"},
		{12, p, " 34/45   0…"},
		{120, paused, " ███████████████░░░░░  34/45   33 ok · 1 review · rate limit: on in 1:01 · 2:00:00 left"},
		{80, tagroll.Progress{Total: 3, Processing: 3}, " ░░░░░░░░░░░░░░░░░░░░  0/3   0 ok · 3 in flight"},
		{80, tagroll.Progress{}, " ░░░░░░░░░░░░░░░░░░░░  0/0   0 ok"},
	} {
		c, _ := screenOf("bar", test.columns)
		got := c.bar(test.p)
		if got != test.want {
			t.Errorf("at %d columns:\n%q, want\n%q", test.columns, got, test.want)
		}
		if Width(got) >= test.columns {
			t.Errorf("%q takes %d of %d columns", got, Width(got), test.columns)
		}
		c.colour = true
		if coloured := c.bar(test.p); sgr.ReplaceAllString(coloured, "") != test.want {
			t.Errorf("in colour the line is another: %q", coloured)
		}
	}
}

func TestCounts(t *testing.T) {
	for _, test := range []struct {
		p    tagroll.Progress
		want string
	}{
		{tagroll.Progress{Total: 9, Completed: 9, Successful: 9, Reused: 9, Elapsed: time.Second}, "9/9   9 ok"},
		{tagroll.Progress{Total: 9, Completed: 4, Successful: 1, NeedsReview: 1, Failed: 2, Pending: 5, Elapsed: time.Minute}, "4/9   1 ok · 1 review · 2 failed · 4/min"},
		// Why calls wait is said, but not the usual gap between two of them.
		{tagroll.Progress{Total: 9, Pending: 9, Limiter: tagroll.LimiterState{PausedFor: 50 * time.Second, PausedBy: tagroll.PausedByProvider}}, "0/9   0 ok · provider asks to wait: on in 0:50"},
		{tagroll.Progress{Total: 9, Pending: 9, Limiter: tagroll.LimiterState{PausedFor: 50 * time.Second, PausedBy: "tokens"}}, "0/9   0 ok · token limit: on in 0:50"},
		{tagroll.Progress{Total: 9, Processing: 9, Limiter: tagroll.LimiterState{PausedFor: 2 * time.Second, CallsPerMinute: 30}}, "0/9   0 ok · 9 in flight"},
		// With auto many photos wait to be called.
		{tagroll.Progress{Total: 99, Processing: 99, Limiter: tagroll.LimiterState{InFlight: 12, Window: 13}}, "0/99   0 ok · 12 in flight"},
		// What a stopped batch had left is not said any more.
		{tagroll.Progress{Total: 9, Completed: 4, Successful: 4, Pending: 5, Elapsed: 2 * time.Second, Remaining: time.Minute, Limiter: tagroll.LimiterState{PausedFor: time.Minute}, Done: true}, "4/9   4 ok · 2.0/s"},
	} {
		if got := counts(test.p, detailAll); got != test.want {
			t.Errorf("%q, want %q", got, test.want)
		}
	}
}

func TestSummaryLine(t *testing.T) {
	results := Written{Files: []string{"tagroll.csv"}, Rows: 43}
	for _, test := range []struct {
		p    tagroll.Progress
		w    Written
		want string
	}{
		{tagroll.Progress{Completed: 45, Successful: 43, Elapsed: 9300 * time.Millisecond, Average: 992 * time.Millisecond}, results, "45 photos in 9.3 s, 4.8 times faster than one by one → tagroll.csv (43 rows)"},
		{tagroll.Progress{Completed: 1, Elapsed: time.Second, Average: time.Second}, Written{Files: []string{"a.csv", "a\n.jsonl"}, Rows: 1}, "1 photo in 1.0 s → a.csv, a?.jsonl (1 row)"},
		{tagroll.Progress{Completed: 9, Failed: 9, Elapsed: time.Second, Average: time.Second}, Written{}, "9 photos in 1.0 s"},
		{tagroll.Progress{Completed: 9, Reused: 9}, results, "9 photos in 0.0 s, all known from an earlier run → tagroll.csv (43 rows)"},
		{tagroll.Progress{Completed: 9, Reused: 2, Elapsed: time.Minute, Usage: tagroll.Usage{CostUSD: 0.00123}}, Written{}, "9 photos in 1:00 min, 2 of them known from an earlier run, about $0.0012"},
		{tagroll.Progress{Completed: 22, Pending: 82, Elapsed: 2 * time.Hour}, results, "22 of 104 photos in 2:00:00 h → tagroll.csv (43 rows)"},
	} {
		if got := summaryLine(test.p, test.w); got != test.want {
			t.Errorf("%q, want\n%q", got, test.want)
		}
	}
}

// What auto would have saved is a line of the summary and a field of its event, and neither without
// evidence.
func TestAutoIsRecommended(t *testing.T) {
	p := tagroll.Progress{Total: 60, Completed: 60, Successful: 60, Elapsed: 50100 * time.Millisecond, WithAuto: 20400 * time.Millisecond, Done: true}
	const line = "The provider had room: -c auto would have taken about 20 s instead of 50 s."
	for mode, want := range map[string]string{"plain": line, "json": `"auto_seconds":20.4`} {
		for _, evidence := range []bool{true, false} {
			p := p
			if !evidence {
				p.WithAuto = 0
			}
			c, out := screenOf(mode, 120)
			c.End(p, Written{}, nil)
			if got := strings.Contains(out.String(), want); got != evidence {
				t.Errorf("%s, evidence %t: %q", mode, evidence, out)
			}
		}
	}
}

// The event holds what the limiter knows, in the same words as the API.
func TestProgressEvent(t *testing.T) {
	c, out := screenOf("json", 80)
	c.Progress(tagroll.Progress{Total: 9, Remaining: -1, Limiter: tagroll.LimiterState{
		PausedFor: 50 * time.Second, PausedUntil: time.Date(2026, 11, 27, 14, 32, 0, 0, time.UTC), PausedBy: tagroll.PausedByProvider,
		InFlight: 12, Window: 16, CallsPerMinute: 119.96, SpentUSD: 0.01,
	}})
	for _, want := range []string{
		`"limiter":{"paused_until":"2026-11-27T14:32:00Z","paused_by":"retry_after","in_flight":12,"waiting":0,"window":16,"calls_per_minute":120,"refused":0,"spent_usd":0.01,"reserved_usd":0}`,
		`"paused_seconds":50`, `"estimated_seconds_remaining":null`,
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%s is missing in %s", want, out)
		}
	}
}

func TestClockTime(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0:00", time.Millisecond: "0:01", 59 * time.Second: "0:59", 59*time.Second + 1: "1:00",
		time.Hour - time.Second: "59:59", time.Hour: "1:00:00", 100*time.Hour + 61*time.Second: "100:01:01",
	} {
		if got := clockTime(d); got != want {
			t.Errorf("%v is %q, want %q", d, got, want)
		}
	}
}

func TestPrintable(t *testing.T) {
	for s, want := range map[string]string{
		"a b.jpg":                 "a b.jpg",
		"a\x1b[2J\r\n\x07\x7f":    "a?[2J????",
		"\u009b31m":               "?31m",
		"gpj.\u202egnp":           "gpj.?gnp",
		"a\u2028b\u00a0c":         "a b c",
		"\xff.jpg":                "\ufffd.jpg",
		"👩\u200d👧 e\u0301 日本.jpg": "👩\u200d👧 e\u0301 日本.jpg",
	} {
		if got := Printable(s); got != want {
			t.Errorf("%q becomes %q, want %q", s, got, want)
		}
	}
}

func TestCells(t *testing.T) {
	for s, want := range map[string]int{"": 0, "abc": 3, "日本.jpg": 8, "e\u0301": 1, "█░·…": 4, "🦊": 2} {
		if got := Width(s); got != want {
			t.Errorf("%q takes %d cells, want %d", s, got, want)
		}
	}
	for _, test := range []struct {
		s         string
		room      int
		end, path string
	}{
		{"shoot/a.jpg", 11, "shoot/a.jpg", "shoot/a.jpg"},
		{"shoot/a.jpg", 6, "shoot…", "…a.jpg"},
		{"日本日本.jpg", 9, "日本日本…", "…日本.jpg"},
		{"日本日本.jpg", 8, "日本日…", "…本.jpg"},
	} {
		if got := shorten(test.s, test.room); got != test.end || Width(got) > test.room {
			t.Errorf("shorten %q to %d: %q, want %q", test.s, test.room, got, test.end)
		}
		if got := shortenPath(test.s, test.room); got != test.path || Width(got) > test.room {
			t.Errorf("shortenPath %q to %d: %q, want %q", test.s, test.room, got, test.path)
		}
	}
}

// failedWith is the result of a photo that failed.
func failedWith(name string, code tagroll.Code, message string) tagroll.Result {
	return tagroll.Result{Photo: tagroll.Photo{Name: name}, Status: tagroll.StatusFailed, Error: &tagroll.Error{Code: code, Message: message}}
}

func TestEnding(t *testing.T) {
	review := tagroll.Result{
		Photo: tagroll.Photo{Name: "日本.jpg"}, Status: tagroll.StatusNeedsReview, Metadata: &tagroll.Metadata{},
		Error: &tagroll.Error{Code: tagroll.CodeInvalidAnswer, Message: `the title names a brand ("Nikon")`},
	}
	c, out := screenOf("bar", 80)
	down := func(i int) tagroll.Result {
		return failedWith(fmt.Sprintf("IMG_%04d.jpg", i), tagroll.CodeNetwork, "the server cannot be reached")
	}
	p := tagroll.Progress{Completed: 14, Failed: 9, NeedsReview: 1, Successful: 4, Elapsed: 2 * time.Second}
	p.Finished = []tagroll.Result{review, failedWith("evil\x1b[2J\n.jpg", tagroll.CodeCorruptImage, "the JPEG ends at 31%: export it again from the original, and look whether its card is full")}
	for i := range 8 {
		p.Finished = append(p.Finished, down(i))
	}
	c.Progress(p)
	out.Reset()
	c.line = ""
	c.End(p, Written{Files: []string{"tagroll.csv"}, Rows: 4, Unmatched: []string{"=x\n.jpg"}}, nil)
	want := `14 photos in 2.0 s → tagroll.csv (4 rows)
  1 review  日本.jpg       the title names a brand ("Nikon"); see
                           --include-review
  1 failed  evil?[2J?.jpg  the JPEG ends at 31%: export it again from the
                           original, and look whether its card is full
  8 failed  IMG_0000.jpg   the server cannot be reached
            IMG_0001.jpg
            IMG_0002.jpg
            IMG_0003.jpg
            IMG_0004.jpg
            and 3 more
  note  =x?.jpg: no CSV can hold this name as it is, so the agency will not
        find the photo: rename the file
Run the same command again to try only these.
`
	if got := out.String(); got != want {
		t.Errorf("the ending is\n%s\nwant\n%s", got, want)
	}
}

// Where several service tiers have served, the cost is told for each.
func TestCostByTier(t *testing.T) {
	p := tagroll.Progress{
		Completed: 4, Successful: 4, Calls: 4, Usage: tagroll.Usage{InputTokens: 400, CostUSD: 0.004, Tier: "mixed"},
		CostByTier: map[string]float64{"flex": 0.00200000001, "default": 0.002},
	}
	c, out := screenOf("plain", 80)
	c.Progress(p)
	c.End(p, Written{}, nil)
	if got := out.String(); !strings.Contains(got, ", tier default $0.0020, tier flex $0.0020\n") {
		t.Errorf("the ending is\n%s", got)
	}
	c, out = screenOf("json", 80)
	c.Progress(p)
	c.End(p, Written{}, nil)
	if got := out.String(); !strings.Contains(got, `"cost_by_tier_usd":{"default":0.002,"flex":0.002}`) {
		t.Errorf("the events are\n%s", got)
	}
}

// What ended the run is said once, below the photos, and followed by what to do.
func TestEndingByAnError(t *testing.T) {
	c, out := screenOf("plain", 80)
	c.finished(failedWith("a.jpg", tagroll.CodeInvalidAPIKey, "the key\x07 is wrong"))
	out.Reset()
	err := &tagroll.Error{Code: tagroll.CodeInvalidAPIKey, Message: "the key\x07 is wrong"}
	c.End(tagroll.Progress{Completed: 1, Failed: 1, Pending: 3, Elapsed: time.Second}, Written{}, err)
	want := `1 of 4 photos in 1.0 s
  1 failed  a.jpg  for the reason below
  3 not tried
tagroll: the key? is wrong
Then run the same command again: what is done is not asked twice.
`
	if got := out.String(); got != want {
		t.Errorf("the ending is\n%s\nwant\n%s", got, want)
	}
	if c.Fail(err); out.String() != want {
		t.Errorf("the error was told again:\n%s", out)
	}
}

// However many photos fail, and for however many reasons, the table has an end.
func TestProblemsAreBounded(t *testing.T) {
	c, out := screenOf("none", 80)
	for i := range 10_000 {
		c.finished(failedWith("x.jpg", tagroll.CodeInternal, fmt.Sprint("reason ", i%50)))
	}
	c.mode = "plain"
	c.table(tagroll.Progress{}, nil)
	if n := strings.Count(out.String(), "\n"); n > maxGroups*(maxNames+1)+1 {
		t.Errorf("the table has %d lines", n)
	}
	if !strings.HasSuffix(out.String(), "  and 6000 more: --format jsonl writes all of them\n") {
		t.Errorf("it ends with %q", out.String()[max(out.Len()-100, 0):])
	}
}

// Whatever is written goes above the moving line, which is there again afterwards.
func TestAboveTheLine(t *testing.T) {
	c, out := screenOf("bar", 80)
	c.Progress(tagroll.Progress{Total: 2, Completed: 1, Successful: 1, Pending: 1})
	line := c.line
	out.Reset()
	if _, err := c.Write([]byte("a record\n")); err != nil {
		t.Fatal(err)
	}
	if want := "\r\x1b[Ka record\n" + line; out.String() != want {
		t.Errorf("%q, want %q", out, want)
	}
	out.Reset()
	c.Close()
	c.Close()
	if out.String() != "\r\x1b[K" {
		t.Errorf("closed by %q", out)
	}
}
