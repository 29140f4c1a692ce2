package browsertest

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// another opens a second tab of the same session, as a person does with a middle click.
func (b *tab) another(address string) *tab {
	b.Helper()
	ctx, cancel := chromedp.NewContext(b.ctx)
	b.Cleanup(cancel)
	second := &tab{TB: b.TB, ctx: ctx, address: b.address}
	second.start(1280, 900, address)
	return second
}

// titles are the titles that the server has, by the photos' names.
func (b *tab) titles(batch string) map[string]string {
	b.Helper()
	return get[map[string]string](b, fmt.Sprintf(`fetch('/api/v1/batches/%s').then((r) => r.json())
		.then((batch) => Object.fromEntries(batch.photos.map((p) => [p.filename, p.metadata?.title ?? ''])))`, batch))
}

// batchID is the batch on show.
func (b *tab) batchID() string {
	b.Helper()
	return get[string](b, `location.hash.slice(1)`)
}

// A batch that is gone is said to be gone at once, and what is shown can still be saved: deleted in
// another tab, or elsewhere, which the next edit shows.
func TestGone(t *testing.T) {
	needBrowser(t)
	t.Parallel()
	b := described(t, 3)
	b.tolerate = "404"
	second := b.another(b.address + "/#" + b.batchID())
	second.wait("it shows the batch as well", `document.querySelectorAll('.card.done').length === 3`)
	b.write(card("IMG_0002.jpg")+" textarea.title", "Kept, \"whatever\" happens")
	get[int](b, `fetch('/api/v1/batches/' + location.hash.slice(1), {method: 'DELETE'}).then((r) => r.status)`)
	b.press(kb.Tab)
	b.wait("the page says so", `document.querySelector('.notice.problem')?.innerText.includes('no longer on the server')`)
	dir := t.TempDir()
	b.downloadsTo(dir)
	_, csv := b.took(dir, ".notice.problem button.primary")
	if !strings.HasPrefix(csv, "Filename,Title,Keywords,Category,Releases\r\n") || !strings.Contains(csv, `IMG_0002.jpg,"Kept, ""whatever"" happens",`) || strings.Count(csv, "\r\n") != 4 {
		t.Errorf("the CSV holds\n%s", csv)
	}
	_, text := b.took(dir, ".notice.problem button:nth-of-type(2)")
	var rows []struct {
		Filename, Title, Category string
		Keywords                  []string
	}
	if err := json.Unmarshal([]byte(text), &rows); err != nil || len(rows) != 3 || rows[1].Title != `Kept, "whatever" happens` || len(rows[1].Keywords) < 5 {
		t.Errorf("the JSON holds %v\n%s", err, text)
	}
	if n := b.nodes(".status.failed"); n != 0 {
		t.Errorf("%d photos say that they are not saved, beside the notice", n)
	}

	// A batch that a tab deletes is gone in the others at once.
	first := b.another(b.address)
	first.drop(copies(t, 1)...)
	first.finished()
	other := b.another(b.address + "/#" + first.batchID())
	other.tolerate = "404"
	other.wait("it shows the batch", `document.querySelectorAll('.card.done').length === 1`)
	first.click(".wordmark")
	// A picture that is still loading would be asked for when it is gone.
	first.wait("its picture is there", `document.querySelector('.recent-row img').complete`)
	first.click(".recent-row button")
	other.wait("the other tab says so", `document.querySelector('.notice.problem')?.innerText.includes('no longer on the server')`)
	second.tolerate = "404"
}

// Leaving within a second of a bulk change loses nothing.
func TestLeaveAfterBulkChange(t *testing.T) {
	needBrowser(t)
	t.Parallel()
	const photos = 300
	b := open(t, serve(t, nil, []string{"-c", "50"}), 1280, 900)
	b.drop(tinies(t, photos)...)
	for part := range 6 { // each of them has its time
		b.wait("some more are described", fmt.Sprintf(`document.querySelectorAll('.card.done').length > %d`, part*photos/6))
	}
	b.finished()
	batch := b.batchID()
	b.click(`.toolbar button:has(.wide-only)`)
	b.write("#replace-find", "i")
	b.write("#replace-with", "ï")
	b.click(".dialog .check:nth-of-type(3) input") // within words, too
	b.wait("there are places", `/Found \d/.test(document.querySelector('.dialog [role=status]').textContent)`)
	want := 0
	for _, title := range b.titles(batch) {
		if strings.Contains(title, "i") {
			want++
		}
	}
	if want < photos/2 {
		t.Fatalf("only %d titles would change", want)
	}
	b.click(".dialog button.primary")
	get[string](b, `location.hash = ''`)
	b.waitFor("every title is stored", fmt.Sprintf(`fetch('/api/v1/batches/%s').then((r) => r.json())
		.then((batch) => batch.photos.filter((p) => p.metadata?.title.includes('ï')).length)`, batch), want)
}

// What was changed while the server could not be reached is kept: through Back, and through a
// reload.
func TestEditsWhileOffline(t *testing.T) {
	needBrowser(t)
	t.Parallel()
	b := described(t, 2)
	b.tolerate = "" // nothing reaches the network, so that the browser has nothing to report
	batch := b.batchID()
	const offline = `(() => {
		const real = window.fetch;
		window.fetch = (address, options) => (options?.method === 'PATCH' ? Promise.reject(new TypeError('offline')) : real(address, options));
		return true;
	})()`
	get[bool](b, offline)
	b.write(card("IMG_0001.jpg")+" textarea.title", "Written while offline")
	b.press(kb.Tab)

	// What cannot be done without the server says so, and nothing that was typed for it is
	// lost.
	b.click(".progress-actions .primary")
	b.click(".formats button.primary")
	b.wait("the download says why it waits for nothing", `document.querySelector('.dialog .notice.problem')?.innerText.includes('cannot be reached') && !document.querySelector('.formats button').disabled`)
	b.escape()
	b.click(`.progress-actions [title^="What the describer"]`)
	b.write("#context-text", "Levada walk with Rui")
	b.click(".dialog button.primary")
	b.wait("the reason is told beside the text", `document.querySelector('.dialog .toast')?.innerText.includes('cannot be reached') && document.querySelector('#context-text').value === 'Levada walk with Rui'`)
	b.escape()
	b.axe()
	b.look("offline")
	b.write(".batch-name", "Named while offline")
	b.press(kb.Enter)
	b.wait("the name is kept", `document.querySelector('.toasts').innerText.includes('The name is not saved yet, and the page keeps trying')`)

	b.write(card("IMG_0002.jpg")+" textarea.title", "Typed and left at once")
	get[string](b, `location.hash = ''`)
	b.wait("the list is there", `document.querySelector('.recent-row') !== null`)
	if got := b.titles(batch)["IMG_0001.jpg"]; got == "Written while offline" {
		t.Fatal("the server was reached")
	}
	b.do(chromedp.Reload())
	title := func(name string) string {
		return fmt.Sprintf(`fetch('/api/v1/batches/%s').then((r) => r.json()).then((batch) => batch.photos.find((p) => p.filename === %q).metadata.title)`, batch, name)
	}
	b.waitFor("the first is stored", title("IMG_0001.jpg"), "Written while offline")
	b.waitFor("the second is stored", title("IMG_0002.jpg"), "Typed and left at once")
	b.waitFor("the name is stored", fmt.Sprintf(`fetch('/api/v1/batches/%s').then((r) => r.json()).then((batch) => batch.name)`, batch), "Named while offline")
}

// A photo that is dropped within a second of typing costs no word, and neither does a browser that
// dies then.
func TestDropWhileTyping(t *testing.T) {
	needBrowser(t)
	t.Parallel()
	b := described(t, 2)
	batch := b.batchID()
	photos := copies(t, 3)
	b.write(card("IMG_0001.jpg")+" textarea.title", "Typed and then dropped")
	b.drop(photos[2])
	title := func(name string) string {
		return fmt.Sprintf(`fetch('/api/v1/batches/%s').then((r) => r.json()).then((batch) => batch.photos.find((p) => p.filename === %q).metadata.title)`, batch, name)
	}
	b.waitFor("the title is stored", title("IMG_0001.jpg"), "Typed and then dropped")

	// What a tab could not send goes on in a tab that was there before it ended.
	second := b.another(b.address)
	second.wait("the list is there", `document.querySelector('.recent-row') !== null`)
	get[bool](b, `Boolean(window.fetch = () => Promise.reject(new TypeError('offline')))`)
	b.write(card("IMG_0002.jpg")+" textarea.title", "Typed in a tab that ends")
	b.press(kb.Tab)
	b.wait("it is not saved", `document.querySelector('.status.saving') !== null`)
	get[bool](second, `dispatchEvent(new Event('focus'))`)
	get[string](b, `location.href = 'about:blank'`)
	second.waitFor("the other tab has sent it", title("IMG_0002.jpg"), "Typed in a tab that ends")
}

// A second tab is a second view: it does not take the batch of the first for its own, and does not
// offer to end what the first one is sending.
func TestSecondTab(t *testing.T) {
	needBrowser(t)
	t.Parallel()
	b := open(t, serve(t, nil, nil), 1280, 900)
	get[bool](b, `(() => {
		// From the second photo on, nothing gets through.
		const send = XMLHttpRequest.prototype.send;
		XMLHttpRequest.prototype.send = function (body) {
			if (body.get('photos').name < 'IMG_0002') send.call(this, body);
		};
		return true;
	})()`)
	b.drop(copies(t, 4)...)
	b.wait("one is described", `document.querySelectorAll('.card.done').length === 1`)

	start := b.another(b.address)
	start.wait("the batches are listed", `document.querySelector('.recent-row') !== null`)
	if hash := start.batchID(); hash != "" {
		t.Errorf("the second tab opened the batch of the first: %s", hash)
	}
	second := b.another(b.address + "/#" + b.batchID())
	second.wait("it says who is sending", `document.querySelector('.notices')?.innerText.includes('Another tab of this browser is sending')`)
	if text := get[string](second, `document.querySelector('.notices').innerText`); strings.Contains(text, "Finish without") || strings.Contains(text, "not sent before") {
		t.Errorf("the second tab offers to end the batch:\n%s", text)
	}
	// When the first tab is closed, its photos are missing, and now the second one says so.
	get[string](b, `location.href = 'about:blank'`)
	second.wait("what is missing is named", `document.querySelector('.notice.limit')?.innerText.includes('IMG_0002.jpg')`)
}

// downloadsTo has the browser put this session's downloads into a folder.
func (b *tab) downloadsTo(dir string) {
	b.Helper()
	events := true
	_, err := chromedp.CallBrowser(b.ctx, browser.SetDownloadBehavior, browser.SetDownloadBehaviorParams{Behavior: browser.SetDownloadBehaviorBehaviorAllowAndName,
		BrowserContextID: chromedp.FromContext(b.ctx).BrowserContextID, DownloadPath: dir, EventsEnabled: &events})
	if err != nil {
		b.Fatal(err)
	}
}

// took clicks a button and returns the file that comes.
func (b *tab) took(dir, button string) (name, text string) {
	b.Helper()
	type file struct{ guid, name string }
	done := make(chan file, 1)
	names := make(map[string]string) // by the download
	err := chromedp.ListenBrowser(b.ctx, func(event any) {
		switch e := event.(type) {
		case *browser.EventDownloadWillBegin:
			names[e.GUID] = e.SuggestedFilename
		case *browser.EventDownloadProgress:
			// The browser tells of the downloads of all sessions: this one's are in its
			// folder, each under its GUID.
			_, err := os.Stat(filepath.Join(dir, e.GUID))
			if err != nil || names[e.GUID] == "" || e.State != browser.DownloadProgressStateCompleted {
				return
			}
			select {
			case done <- file{e.GUID, names[e.GUID]}:
			default:
			}
		}
	})
	if err != nil {
		b.Fatal(err)
	}
	b.click(button)
	select {
	case got := <-done:
		content, err := os.ReadFile(filepath.Join(dir, got.guid))
		if err != nil {
			b.Fatal(err)
		}
		return got.name, string(content)
	case <-time.After(patience):
		b.Fatalf("no file came\nThe page shows:\n%s", b.text())
	}
	return "", ""
}
