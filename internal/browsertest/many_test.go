package browsertest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	cdpio "github.com/chromedp/cdproto/io"
	"github.com/chromedp/cdproto/tracing"
	"github.com/chromedp/chromedp"
)

// feltAsHalt is the length from which a task of the page's own thread is felt.
const feltAsHalt = 200 * time.Millisecond

// Five hundred photos: the page stays awake while they are dropped, sent and described, and
// somebody scrolls through them. Tasks are measured in processor time, which says what the page
// does and not what else the machine has to do.
func TestFiveHundred(t *testing.T) {
	needBrowser(t)
	b := open(t, serve(t, nil, []string{"-c", "50"}), 1280, 900)
	stop := b.trace()
	b.drop(tinies(t, 500)...)
	b.wait("all cards are there", `document.querySelectorAll('.card').length === 500`)
	for range 20 {
		get[float64](b, `new Promise((done) => { scrollBy(0, 700); requestAnimationFrame(() => requestAnimationFrame(() => done(scrollY))); })`)
	}
	for part := range 5 { // each hundred has its time, on a busy machine as well
		b.wait("a hundred more are described", fmt.Sprintf(`document.querySelectorAll('.card.done').length > %d`, part*100))
	}
	b.finished()
	b.do(chromedp.Reload())
	b.wait("all cards are back", `document.querySelectorAll('.card').length === 500`)

	b.felt("typing", `(() => {
		const field = document.querySelector('.card textarea.title');
		field.focus();
		return () => {
			field.value += 'x';
			field.dispatchEvent(new InputEvent('input', {bubbles: true}));
		};
	})()`)
	b.felt("selecting one", `(() => {
		let i = 0;
		return () => document.querySelectorAll('.select-box input')[i++].click();
	})()`)
	b.felt("selecting all, or none", `(() => {
		document.activeElement.blur();
		let on = false;
		return () => dispatchEvent(new KeyboardEvent('keydown', (on = !on) ? {key: 'a', ctrlKey: true, bubbles: true, cancelable: true} : {key: 'Escape', bubbles: true, cancelable: true}));
	})()`)

	tasks := stop()
	if len(tasks) < 1000 {
		t.Fatalf("only %d tasks were recorded", len(tasks))
	}
	t.Logf("%d tasks, the longest: %v", len(tasks), tasks[:8])
	if tasks[0] > feltAsHalt {
		t.Errorf("a task of %v held the page", tasks[0])
	}
}

// felt does something a dozen times and logs how long it took until what it changes was painted.
// That time depends on what else the machine has to do and is no test; the tasks of the page are,
// which the trace records meanwhile. make is the expression of a function that returns the action.
func (b *tab) felt(what, make string) {
	b.Helper()
	times := get[[]float64](b, fmt.Sprintf(`(async () => {
		const act = %s;
		const times = [];
		for (let i = 0; i < 12; i++) {
			const start = performance.now();
			act();
			await new Promise((done) => { // the end of the next frame
				const channel = new MessageChannel();
				channel.port1.onmessage = done;
				requestAnimationFrame(() => channel.port2.postMessage(0));
			});
			times.push(performance.now() - start);
			await new Promise((done) => setTimeout(done, 50));
		}
		return times.sort((a, b) => a - b);
	})()`, make))
	middle := time.Duration(times[len(times)/2] * float64(time.Millisecond))
	b.Logf("%s: %v in the middle, %.0f ms at most", what, middle.Round(time.Millisecond), times[len(times)-1])
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
		TransferMode: tracing.StartTransferModeReturnAsStream,
		TraceConfig:  &tracing.TraceConfig{IncludedCategories: []string{"toplevel"}, ExcludedCategories: []string{"*"}},
	})
	return func() []time.Duration {
		b.Helper()
		call(b, tracing.End, cdp.Empty{})
		var done *tracing.EventTracingComplete
		select {
		case done = <-complete:
		case <-time.After(patience):
			b.Fatal("the browser did not hand out its trace")
		}
		var text bytes.Buffer
		for {
			part := call(b, cdpio.Read, cdpio.ReadParams{Handle: done.Stream, Size: 1 << 22})
			text.Write(part.Data)
			if part.EOF {
				break
			}
		}
		times, err := mainThreadTasks(text.Bytes())
		if err != nil {
			b.Fatal(err)
		}
		return times
	}
}

// mainThreadTasks finds the tasks of pages' main threads in a trace (the Trace Event Format of
// Chromium).
func mainThreadTasks(trace []byte) ([]time.Duration, error) {
	var recorded struct {
		TraceEvents []struct {
			Name     string `json:"name"`
			PID, TID int64
			TDur     int64 // µs of processor time
			Args     struct {
				Name string `json:"name"`
			} `json:"args"`
		} `json:"traceEvents"`
	}
	if err := json.Unmarshal(trace, &recorded); err != nil {
		return nil, fmt.Errorf("reading the trace of %d bytes: %w", len(trace), err)
	}
	type thread struct{ pid, tid int64 }
	main := make(map[thread]bool)
	for _, e := range recorded.TraceEvents {
		if e.Name == "thread_name" && e.Args.Name == "CrRendererMain" {
			main[thread{e.PID, e.TID}] = true
		}
	}
	var times []time.Duration
	for _, e := range recorded.TraceEvents {
		if strings.HasSuffix(e.Name, "RunTask") && main[thread{e.PID, e.TID}] {
			times = append(times, time.Duration(e.TDur)*time.Microsecond)
		}
	}
	slices.Sort(times)
	slices.Reverse(times)
	return times, nil
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
