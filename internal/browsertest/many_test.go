package browsertest

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	cdpio "github.com/chromedp/cdproto/io"
	"github.com/chromedp/cdproto/performance"
	"github.com/chromedp/cdproto/tracing"
	"github.com/chromedp/chromedp"
)

// Five hundred photos are dropped, sent and described while somebody scrolls through them; they are
// all there after a reload, and can be changed and selected. How long the page's tasks took is
// logged; BenchmarkThousand measures it.
func TestFiveHundred(t *testing.T) {
	needBrowser(t)
	tasks, _ := workThrough(t, 500)
	t.Logf("%d tasks, the longest: %v", len(tasks), tasks[:8])
}

// A thousand photos: the processor time in which the page shows what a key or a click has changed,
// in the middle, and that of its longest task from the drop to the end:
//
//	go test ./internal/browsertest -run '^$' -bench Thousand -benchtime 1x
func BenchmarkThousand(b *testing.B) {
	needBrowser(b)
	for b.Loop() {
		tasks, felt := workThrough(b, 1000)
		b.ReportMetric(float64(tasks[0].Microseconds())/1000, "longest-task-ms")
		for what, took := range felt {
			b.ReportMetric(float64(took.Microseconds())/1000, strings.ReplaceAll(what, " ", "-")+"-ms")
		}
	}
}

// workThrough drops photos, scrolls while they are described, types and selects. It returns the
// processor times of the page's tasks, longest first, and those of actions, in the middle.
func workThrough(t testing.TB, photos int) (tasks []time.Duration, felt map[string]time.Duration) {
	b := open(t, serve(t, nil, []string{"-c", "50"}), 1280, 900)
	stop := b.trace()
	b.drop(tinies(t, photos)...)
	b.wait("all cards are there", fmt.Sprintf(`document.querySelectorAll('.card').length === %d`, photos))
	for range 20 {
		get[float64](b, `new Promise((done) => { scrollBy(0, 700); requestAnimationFrame(() => requestAnimationFrame(() => done(scrollY))); })`)
	}
	for part := range photos / 100 { // each hundred has its time, on a busy machine as well
		b.wait("a hundred more are described", fmt.Sprintf(`document.querySelectorAll('.card.done').length > %d`, part*100))
	}
	b.finished()
	b.do(chromedp.Reload())
	b.wait("all cards are back", fmt.Sprintf(`document.querySelectorAll('.card').length === %d`, photos))

	felt = map[string]time.Duration{
		"typing": b.felt("typing", `(() => {
			const field = document.querySelector('.card textarea.title');
			field.focus();
			return () => {
				field.value += 'x';
				field.dispatchEvent(new InputEvent('input', {bubbles: true}));
			};
		})()`),
		"select one": b.felt("selecting one", `(() => {
			let i = 0;
			return () => document.querySelectorAll('.select-box input')[i++].click();
		})()`),
		"select all": b.felt("selecting all, or none", `(() => {
			document.activeElement.blur();
			let on = false;
			return () => dispatchEvent(new KeyboardEvent('keydown', (on = !on) ? {key: 'a', ctrlKey: true, bubbles: true, cancelable: true} : {key: 'Escape', bubbles: true, cancelable: true}));
		})()`),
	}
	b.wait("the last Escape has reached all", `document.querySelectorAll('.card.selected').length === 0`)
	if tasks = stop(); len(tasks) < 2*photos {
		t.Fatalf("only %d tasks were recorded", len(tasks))
	}
	return tasks, felt
}

// felt does something a dozen times and returns the processor time that the page took for it in the
// middle, until what it changed was painted. make is the expression of a function that returns the
// action.
func (b *tab) felt(what, make string) time.Duration {
	b.Helper()
	call(b, performance.Enable, performance.EnableParams{TimeDomain: performance.EnableTimeDomainThreadTicks})
	busy := func() time.Duration {
		for _, m := range call(b, performance.GetMetrics, cdp.Empty{}).Metrics {
			if m.Name == "TaskDuration" {
				return time.Duration(m.Value * float64(time.Second))
			}
		}
		b.Fatal("the browser does not say how long tasks took")
		return 0
	}
	const painted = `new Promise((done) => { // the end of the next frame
		const channel = new MessageChannel();
		channel.port1.onmessage = () => done(true);
		requestAnimationFrame(() => channel.port2.postMessage(0));
	})`
	get[bool](b, fmt.Sprintf(`(window.act = %s, true)`, make))
	times := []time.Duration{}
	for range 12 {
		get[bool](b, `new Promise((done) => setTimeout(() => done(true), 50))`)
		before := busy()
		get[bool](b, `(act(), `+painted+`)`)
		times = append(times, busy()-before)
	}
	slices.Sort(times)
	b.Logf("%s: %v in the middle, %v at most", what, times[len(times)/2], times[len(times)-1])
	return times[len(times)/2]
}

// trace records the tasks of pages' main threads until stop is called, which returns their
// processor times, longest first.
func (b *tab) trace() (stop func() []time.Duration) {
	b.Helper()
	complete := make(chan *tracing.EventTracingComplete, 1)
	err := chromedp.Listen(b.ctx, func(event any) {
		if e, ok := event.(*tracing.EventTracingComplete); ok {
			complete <- e
		}
	})
	if err != nil {
		b.Fatal(err)
	}
	call(b, tracing.Start, tracing.StartParams{
		TransferMode: tracing.StartTransferModeReturnAsStream, StreamCompression: tracing.StreamCompressionGzip,
		TraceConfig: &tracing.TraceConfig{IncludedCategories: []string{"toplevel"}, ExcludedCategories: []string{"*"}},
	})
	return func() []time.Duration {
		b.Helper()
		call(b, tracing.End, cdp.Empty{})
		var done *tracing.EventTracingComplete
		select {
		case done = <-complete:
		case <-time.After(2 * patience):
			b.Fatal("the browser did not hand out its trace")
		}
		var packed bytes.Buffer
		for {
			part := call(b, cdpio.Read, cdpio.ReadParams{Handle: done.Stream, Size: 1 << 22})
			packed.Write(part.Data)
			if part.EOF {
				break
			}
		}
		trace, err := gzip.NewReader(&packed)
		if err != nil {
			b.Fatal(err)
		}
		times, err := mainThreadTasks(trace)
		if err != nil {
			b.Fatal(err)
		}
		return times
	}
}

// mainThreadTasks finds the tasks of pages' main threads in a trace (the Trace Event Format of
// Chromium, which writes an event a line, and first the threads' names). Most events are none of
// them, and a trace is a hundred megabytes: only what may be one is decoded.
func mainThreadTasks(trace io.Reader) (times []time.Duration, err error) {
	var main [][]byte // what the events of such a thread hold
	lines := bufio.NewScanner(trace)
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		line := bytes.TrimSuffix(lines.Bytes(), []byte(","))
		isName := bytes.Contains(line, []byte(`"CrRendererMain"`))
		isTask := func() bool {
			return slices.ContainsFunc(main, func(tid []byte) bool { return bytes.Contains(line, tid) }) && bytes.Contains(line, []byte(`RunTask"`))
		}
		if !isName && !isTask() {
			continue
		}
		var e struct {
			TID  int64
			TDur int64 // µs of processor time
		}
		if err := json.Unmarshal(line, &e); err != nil {
			return nil, fmt.Errorf("reading the trace: %w\n%s", err, line)
		}
		if isName {
			main = append(main, fmt.Appendf(nil, `"tid":%d,`, e.TID))
		} else {
			times = append(times, time.Duration(e.TDur)*time.Microsecond)
		}
	}
	slices.Sort(times)
	slices.Reverse(times)
	return times, lines.Err()
}

// The time from the click on a link to the first paint, and until the page answers, each the median
// of all runs:
//
//	go test ./internal/browsertest -run '^$' -bench FirstPaint -benchtime 20x
func BenchmarkFirstPaint(b *testing.B) {
	needBrowser(b)
	address := serve(b, nil, nil)
	var paint, ready []float64
	for b.Loop() {
		page := open(b, address, 1280, 900) // in a session of its own, with an empty cache
		times := get[[]float64](page, `[performance.getEntriesByName('first-paint')[0].startTime, performance.getEntriesByType('mark')[0].startTime]`)
		paint, ready = append(paint, times[0]), append(ready, times[1])
	}
	slices.Sort(paint)
	slices.Sort(ready)
	b.ReportMetric(paint[len(paint)/2], "paint-ms")
	b.ReportMetric(ready[len(ready)/2], "ready-ms")
}
