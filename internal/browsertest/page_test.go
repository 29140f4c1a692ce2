package browsertest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	cdpruntime "github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// tab is one page of the browser, in a session of its own.
type tab struct {
	testing.TB
	ctx     context.Context
	address string

	mu       sync.Mutex
	requests []*network.Request
	troubles []string // errors that the page or the browser reported
	tolerate string   // what such an error may contain
}

// open shows the page at an address in a fresh session. Requests to another host, uncaught errors
// and refusals by the Content-Security-Policy fail the test.
func open(t testing.TB, address string, width, height int64) *tab {
	t.Helper()
	ctx, cancel := chromedp.NewContext(chrome, chromedp.WithNewBrowserContext())
	t.Cleanup(cancel)
	b := &tab{TB: t, ctx: ctx, address: address}
	b.start(width, height, address)
	return b
}

// start loads an address and waits until the page can be used.
func (b *tab) start(width, height int64, address string) {
	b.Helper()
	if err := chromedp.Listen(b.ctx, b.listen); err != nil { // opens the tab
		b.Fatal(err)
	}
	call(b, network.Enable, network.EnableParams{})
	call(b, log.Enable, cdp.Empty{})
	call(b, page.Enable, page.EnableParams{})
	b.do(chromedp.EmulateViewport(width, height), chromedp.Navigate(address))
	b.wait("the page is ready", `document.querySelector('.options label, .batch') !== null`)
	b.Cleanup(b.check)
}

func (b *tab) listen(event any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		b.requests = append(b.requests, e.Request)
	case *cdpruntime.EventExceptionThrown:
		trouble := e.ExceptionDetails.Text
		if e.ExceptionDetails.Exception != nil {
			trouble += " " + e.ExceptionDetails.Exception.Description
		}
		b.troubles = append(b.troubles, trouble)
	case *page.EventJavascriptDialogOpening:
		// A question is answered with yes. Not from here: this runs where the browser's
		// messages are read.
		go chromedp.Call(b.ctx, page.HandleJavaScriptDialog, page.HandleJavaScriptDialogParams{Accept: true})
	case *log.EventEntryAdded:
		if e.Entry.Level == log.EntryLevelError {
			b.troubles = append(b.troubles, e.Entry.Text+" "+e.Entry.URL)
		}
	}
}

// check looks at what the page did behind the scenes.
func (b *tab) check() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, r := range b.requests {
		if u, err := url.Parse(r.URL); err == nil && u.Scheme != "blob" && u.Scheme != "data" && !strings.HasPrefix(r.URL, b.address) {
			b.Errorf("the page asked another host: %s", r.URL)
		}
	}
	for _, trouble := range b.troubles {
		// A server on a busy machine may fail to store a change in time. The page sends it
		// again, and tests look at what is stored in the end.
		// An upload that is under way when the batch is cancelled may be refused before the
		// browser has ended it.
		if (strings.Contains(trouble, "status of 503") || strings.Contains(trouble, "status of 409")) && strings.HasSuffix(trouble, "/photos") {
			continue
		}
		if b.tolerate == "" || !strings.Contains(trouble, b.tolerate) {
			b.Errorf("the browser reported: %s", trouble)
		}
	}
}

// do runs actions; any failure ends the test.
func (b *tab) do(actions ...chromedp.Action[chromedp.Void]) {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, actions...); err != nil {
		b.Fatalf("%v\nThe page shows:\n%s", err, b.text())
	}
}

// call sends a command of the protocol to the page.
func call[P, R any](b *tab, command cdp.Command[P, R], params P) R {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	result, err := chromedp.Call(ctx, command, params)
	if err != nil {
		b.Fatal(err)
	}
	return result
}

// text is what the page shows and where the keyboard is, for the message of a failure.
func (b *tab) text() string {
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	text, err := chromedp.Run(ctx, chromedp.Evaluate[string](`(() => {
		const e = document.activeElement;
		return document.body.innerText.slice(0, 3000) + '\nThe keyboard is on ' + e?.cloneNode().outerHTML + (e?.value === undefined ? '' : ' with ' + JSON.stringify(e.value));
	})()`))
	if err != nil {
		return err.Error()
	}
	return text
}

// wait waits until an expression is true in the page. One that fails is not true yet.
func (b *tab) wait(what, expression string) {
	b.Helper()
	poll := chromedp.Poll[chromedp.Void]("(() => { try { return Boolean("+expression+"); } catch { return false; } })()",
		chromedp.WithPollingTimeout(patience), chromedp.WithPollingInterval(pollEvery))
	if err := chromedp.Do(b.ctx, poll); err != nil {
		b.Fatalf("waiting until %s: %v\nThe page shows:\n%s", what, err, b.text())
	}
}

// waitFor waits until an expression, which may be a promise, has a value.
func (b *tab) waitFor(what, expression string, value any) {
	b.Helper()
	want, err := json.Marshal(value)
	if err != nil {
		b.Fatal(err)
	}
	got := get[string](b, fmt.Sprintf(`(async () => {
		let got;
		for (const end = Date.now() + %d; Date.now() < end;) {
			const asked = Date.now();
			got = JSON.stringify(await (%s));
			if (got === %s) break;
			// No question takes more than half of the time: what is waited for needs
			// the rest.
			await new Promise((resolve) => setTimeout(resolve, Math.max(%d, Date.now() - asked)));
		}
		return got ?? 'undefined';
	})()`, inPage.Milliseconds(), expression, quoted(string(want)), pollEvery.Milliseconds()))
	if got != string(want) {
		b.Fatalf("waiting until %s: there is %s, not %s\nThe page shows:\n%s", what, got, want, b.text())
	}
}

// get evaluates an expression, which may be a promise.
func get[T any](b *tab, expression string) T {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	value, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		b.Fatalf("%s: %v\nThe page shows:\n%s", expression, err, b.text())
	}
	return value
}

// click clicks the middle of the first element that fits, once a person could.
func (b *tab) click(selector string) {
	b.Helper()
	x, y := b.place(selector, `r.left + r.width / 2`)
	b.mouse(input.DispatchMouseEventTypeMousePressed, x, y, 0)
	b.mouse(input.DispatchMouseEventTypeMouseReleased, x, y, 0)
}

// place is where the first element that fits can be clicked: it is scrolled into view, may be used,
// stands still from one frame to the next, and nothing lies over it there. across is the expression
// of the place's x, where r is the element's box.
func (b *tab) place(selector, across string) (x, y float64) {
	b.Helper()
	at := get[[]float64](b, fmt.Sprintf(`(async () => {
		const frame = () => new Promise((done) => { requestAnimationFrame(done); setTimeout(done, 100); });
		let [why, last] = ['', ''];
		for (const end = performance.now() + %d; performance.now() < end; await frame()) {
			const element = document.querySelector(%s);
			const before = last;
			last = '';
			if (!element || element.matches(':disabled')) {
				why = element ? 'is out of use' : 'is not there';
				continue;
			}
			element.scrollIntoViewIfNeeded();
			const r = element.getClientRects()[0];
			last = JSON.stringify(r);
			if (!r || last !== before) {
				why = r ? 'moves' : 'has no size';
				continue;
			}
			const [x, y] = [%s, r.top + r.height / 2];
			const over = document.elementFromPoint(x, y);
			if (over && (element.contains(over) || over.closest('label')?.control === element)) return [x, y];
			why = 'lies under ' + over?.cloneNode().outerHTML;
			element.scrollIntoView({block: 'center', behavior: 'instant'});
		}
		throw new Error('it ' + why);
	})()`, inPage.Milliseconds(), quoted(selector), across))
	return at[0], at[1]
}

// focus gives the keyboard to the first element that fits, once there is one that takes it.
func (b *tab) focus(selector string) {
	b.Helper()
	b.wait(selector+" has the focus", fmt.Sprintf(`(() => {
		const element = document.querySelector(%s);
		element.scrollIntoViewIfNeeded();
		element.focus();
		return document.activeElement === element;
	})()`, quoted(selector)))
}

// choose sets a select, as a person does.
func (b *tab) choose(selector, value string) {
	b.Helper()
	b.wait(selector+" is set", fmt.Sprintf(`(() => {
		const element = document.querySelector(%s);
		element.value = %s;
		return element.value === %[2]s && element.dispatchEvent(new Event('change', {bubbles: true}));
	})()`, quoted(selector), quoted(value)))
}

// press types keys, with modifiers, where the focus is. A key and its character are one event, as a
// keyboard's are: sent apart, a key that moves the focus writes into the field that has it then.
func (b *tab) press(keys string, modifiers ...kb.Modifier) {
	b.Helper()
	var held int64
	for _, m := range modifiers {
		held |= int64(m)
	}
	for _, r := range keys {
		events := kb.Encode(r)
		down, up := events[0], events[len(events)-1]
		if writes := len(events) == 3; writes && held&^int64(kb.ModifierShift) == 0 {
			down.Text, down.UnmodifiedText = events[1].Text, events[1].UnmodifiedText
		}
		down.Modifiers |= held
		up.Modifiers |= held
		call(b, input.DispatchKeyEvent, *down)
		call(b, input.DispatchKeyEvent, *up)
	}
}

// write replaces the text of a field, as a person does.
func (b *tab) write(selector, text string) {
	b.Helper()
	b.focus(selector)
	b.press("a", kb.ModifierCtrl)
	b.press(kb.Delete)
	call(b, input.InsertText, input.InsertTextParams{Text: text})
}

// drop drops files onto the middle of the window.
func (b *tab) drop(paths ...string) {
	b.Helper()
	data := &input.DragData{Items: []*input.DragDataItem{}, Files: paths, DragOperationsMask: 1}
	for _, kind := range []input.DispatchDragEventType{input.DispatchDragEventTypeDragEnter, input.DispatchDragEventTypeDragOver, input.DispatchDragEventTypeDrop} {
		call(b, input.DispatchDragEvent, input.DispatchDragEventParams{Type: kind, X: 400, Y: 300, Data: data})
	}
}

// finished waits until the batch has ended, and every card says so.
func (b *tab) finished() {
	b.Helper()
	b.wait("the batch is done", `document.querySelector('.progress.over') !== null && document.title.startsWith('Done') && document.querySelector('.card:is(.waiting, .uploading, .describing)') === null`)
}

// posted is how many uploads of photos the page has begun so far.
func (b *tab) posted() (requests int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, r := range b.requests {
		if r.Method == "POST" && strings.HasSuffix(r.URL, "/photos") {
			requests++
		}
	}
	return requests
}

// card is the selector of a photo's card.
func card(name string) string { return fmt.Sprintf(`.card[aria-label=%q]`, name) }

// copies puts n files into a new folder: the example photos again and again, each under a name of
// its own.
func copies(t *testing.T, n int) []string {
	t.Helper()
	var sources [][]byte
	for _, name := range []string{"DSC_2071.jpg", "IMG_0412.jpg", "IMG_0977.jpg", "dandelion.jpg", "fig-in-red-bowl.jpg", "forest-stream.jpg", "living-room.jpg", "mountain-path.jpg"} {
		photo, err := os.ReadFile(filepath.Join("..", "..", "examples", "photos", name))
		if err != nil {
			t.Fatal(err)
		}
		sources = append(sources, photo)
	}
	dir := t.TempDir()
	var paths []string
	for i := range n {
		path := filepath.Join(dir, fmt.Sprintf("IMG_%04d.jpg", i+1))
		if err := os.WriteFile(path, sources[i%len(sources)], 0o600); err != nil {
			t.Fatal(err)
		}
		paths = append(paths, path)
	}
	return paths
}

// tinies makes n small photos, each of another colour.
func tinies(t testing.TB, n int) []string {
	t.Helper()
	dir := t.TempDir()
	var paths []string
	for i := range n {
		m := image.NewRGBA(image.Rect(0, 0, 96, 64))
		for p := range 96 * 64 {
			m.SetRGBA(p%96, p/96, color.RGBA{uint8(i * 7), uint8(i / 3), uint8(p / 64), 255})
		}
		var photo bytes.Buffer
		if err := jpeg.Encode(&photo, m, nil); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, fmt.Sprintf("tiny-%04d.jpg", i+1))
		if err := os.WriteFile(path, photo.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		paths = append(paths, path)
	}
	return paths
}

// quoted is a Go string as a JavaScript one.
func quoted(text string) string {
	q, _ := json.Marshal(text) // a string can always be encoded
	return string(q)
}

// nodes returns how many elements fit a selector.
func (b *tab) nodes(selector string) int {
	b.Helper()
	return get[int](b, fmt.Sprintf(`document.querySelectorAll(%s).length`, quoted(selector)))
}

// large is an example photo, made 4000 pixels wide and a few megabytes heavy, with the header of
// the original before its pixels: what a camera writes.
func large(t *testing.T, name string) string {
	t.Helper()
	original, err := os.ReadFile(filepath.Join("..", "..", "examples", "photos", name))
	if err != nil {
		t.Fatal(err)
	}
	small, err := jpeg.Decode(bytes.NewReader(original))
	if err != nil {
		t.Fatal(err)
	}
	const width, height = 4000, 2600
	m := image.NewRGBA(image.Rect(0, 0, width, height))
	from := small.Bounds()
	for y := range height {
		for x := range width {
			m.Set(x, y, small.At(from.Min.X+x*from.Dx()/width, from.Min.Y+y*from.Dy()/height))
			// The noise of a sensor, which makes camera files as large as they are.
			m.Pix[m.PixOffset(x, y)] ^= uint8((x*7919 + y*104729) >> 3 & 15)
		}
	}
	var pixels bytes.Buffer
	if err := jpeg.Encode(&pixels, m, &jpeg.Options{Quality: 92}); err != nil {
		t.Fatal(err)
	}
	// The application segments of the original, then everything after the new file's first
	// marker.
	end := 2
	for original[end] == 0xff && original[end+1] >= 0xe0 && original[end+1] <= 0xef {
		end += 2 + int(original[end+2])<<8 + int(original[end+3])
	}
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, append(original[:end:end], pixels.Bytes()[2:]...), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
