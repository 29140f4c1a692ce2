package browsertest

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// names are the file names on show, in their order.
func (b *tab) names() string {
	b.Helper()
	return get[string](b, `[...document.querySelectorAll('.card')].map((e) => e.ariaLabel).join()`)
}

// A batch is the person's: its name, its order, what is added to it after it was done, and what is
// removed.
func TestOwnBatch(t *testing.T) {
	needBrowser(t)
	t.Parallel()
	b := open(t, serve(t, nil, nil), 1280, 900)
	photos := copies(t, 4)
	b.drop(photos[2], photos[0], photos[1])
	b.finished()
	if got := b.names(); got != "IMG_0003.jpg,IMG_0001.jpg,IMG_0002.jpg" {
		t.Errorf("dropped as 3, 1, 2 the photos are shown as %s", got)
	}
	b.write(".batch-name", "Levada walk, Madeira")
	b.press(kb.Enter)
	batch := b.batchID()
	b.waitFor("the name is stored", fmt.Sprintf(`fetch('/api/v1/batches/%s').then((r) => r.json()).then((batch) => batch.name)`, batch), "Levada walk, Madeira")

	// A finished batch takes more, and ends again.
	b.drop(photos[3])
	b.wait("the fourth is described and the batch done", `document.querySelectorAll('.card.done').length === 4 && document.querySelector('.progress.over') !== null`)
	if id := b.batchID(); id != batch {
		t.Fatalf("the photo went into the new batch %s", id)
	}
	b.do(chromedp.Reload())
	b.wait("all are back", `document.querySelectorAll('.card.done').length === 4`)
	if got := b.names(); got != "IMG_0003.jpg,IMG_0001.jpg,IMG_0002.jpg,IMG_0004.jpg" {
		t.Errorf("after a reload the photos are shown as %s", got)
	}
	csv := get[string](b, fmt.Sprintf(`fetch('/api/v1/batches/%s/export/adobe-stock').then(async (r) => r.headers.get('Content-Disposition') + '\n' + await r.text())`, batch))
	if !strings.Contains(csv, "Levada") || strings.Index(csv, "IMG_0003") > strings.Index(csv, "IMG_0001") {
		t.Errorf("the export is\n%s", csv)
	}
	b.choose(".sorting select", "name")
	b.wait("they are sorted by name", `[...document.querySelectorAll('.card')].map((e) => e.ariaLabel).join() === 'IMG_0001.jpg,IMG_0002.jpg,IMG_0003.jpg,IMG_0004.jpg'`)

	b.click(card("IMG_0002.jpg") + " .select-box input")
	b.click(".selection button.remove-photos")
	b.wait("it is gone", `document.querySelectorAll('.card').length === 3`)
	b.waitFor("on the server as well", fmt.Sprintf(`fetch('/api/v1/batches/%s').then((r) => r.json()).then((batch) => batch.photos.length)`, batch), 3)
	b.click(".wordmark")
	b.wait("the batch is listed by its name and pictures", `document.querySelector('.recent-row strong')?.textContent === 'Levada walk, Madeira' && document.querySelectorAll('.recent-row img').length === 3`)
}

// Two files of one name are told before the download.
func TestSameNames(t *testing.T) {
	needBrowser(t)
	t.Parallel()
	b := open(t, serve(t, nil, nil), 1280, 900)
	photos := copies(t, 2)
	dir := filepath.Join(filepath.Dir(photos[0]), "other")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(photos[1], filepath.Join(dir, "IMG_0001.jpg")); err != nil {
		t.Fatal(err)
	}
	b.drop(filepath.Dir(dir)) // as a folder: Chromium gives files of one name other names
	b.wait("both are described", `document.querySelectorAll('.card.done').length === 2`)
	b.finished()
	b.click(".progress-actions .primary")
	b.wait("the name is told", `document.querySelector('.dialog .notice.limit')?.innerText.includes('IMG_0001.jpg')`)
	dir = t.TempDir()
	b.downloadsTo(dir)
	if _, csv := b.took(dir, ".formats button.primary"); strings.Count(csv, "IMG_0001.jpg,") != 2 {
		t.Errorf("nothing was asked for, and the file is\n%s", csv)
	}
	b.click(".dialog .check input")
	if _, csv := b.took(dir, ".formats button.primary"); !strings.Contains(csv, "IMG_0001.jpg,") || !strings.Contains(csv, "IMG_0001-2.jpg,") {
		t.Errorf("with numbers the file is\n%s", csv)
	}
}

// Cancel says what it keeps, and can be gone on from.
func TestContinue(t *testing.T) {
	needBrowser(t)
	t.Parallel()
	b := open(t, serve(t, []string{"--fault", "hang:n=2"}, []string{"-c", "1", "--timeout", "1h"}), 1280, 900)
	get[bool](b, `(() => {
		window.confirm = (text) => Boolean(window.asked = text);
		return true;
	})()`)
	b.drop(copies(t, 8)...)
	b.wait("one is done and all are sent", `document.querySelectorAll('.card.done').length >= 1 && document.querySelectorAll('.card.uploading').length === 0 && !document.body.innerText.includes('to send')`)
	b.click(".progress-actions .cancel")
	b.wait("the batch is cancelled", `document.title.startsWith('Cancelled') && document.querySelectorAll('.card.stopped').length > 0`)
	if asked := get[string](b, `window.asked`); !strings.Contains(asked, "stay") || !strings.Contains(asked, "will not be described") {
		t.Errorf("the question was %q", asked)
	}
	b.click(".progress-actions .continue")
	b.finished()
	if n := b.nodes(".card.done"); n != 8 {
		t.Errorf("%d of 8 photos are described", n)
	}
}

// Continue also sends what was on its way, or waited to be sent, when the batch was cancelled.
func TestContinueSendsTheRest(t *testing.T) {
	needBrowser(t)
	t.Parallel()
	b := open(t, serve(t, nil, nil), 1280, 900)
	get[bool](b, `(() => {
		// From the third photo on, nothing gets through.
		const send = XMLHttpRequest.prototype.send;
		window.held = true;
		XMLHttpRequest.prototype.send = function (body) {
			if (!window.held || body.get('photos').name < 'IMG_0003') send.call(this, body);
		};
		return true;
	})()`)
	b.drop(copies(t, 5)...) // a page sends four at a time
	b.wait("two are done", `document.querySelectorAll('.card.done').length === 2`)
	b.click(".progress-actions .cancel")
	b.wait("the batch is cancelled", `document.title.startsWith('Cancelled') && document.querySelectorAll('.card.stopped').length === 3`)
	get[bool](b, `!(window.held = false)`)
	b.click(".progress-actions .continue")
	b.finished()
	if n := b.nodes(".card.done"); n != 5 {
		t.Errorf("%d of 5 photos are described", n)
	}
}

// Describing again keeps what was written by hand, and can be taken back.
func TestDescribeAgain(t *testing.T) {
	needBrowser(t)
	t.Parallel()
	b := described(t, 2)
	const byHand = `"Written by hand"`
	b.write(card("IMG_0001.jpg")+" textarea.title", "Written by hand")
	b.press(kb.Tab)
	b.idle()
	b.click(card("IMG_0001.jpg") + " .select-box input")
	b.click(card("IMG_0002.jpg") + " .select-box input")
	b.click(".selection button.again")
	b.wait("it says that hand-written texts stay", `document.querySelector('.dialog').innerText.includes('1 photo has edited texts')`)
	b.click(".dialog button.primary")
	b.wait("the step is offered", `document.querySelector('.toast')?.innerText.includes('described again')`)
	b.finished()
	b.wait("both are described", `document.querySelectorAll('.card.done').length === 2`)
	if got := b.saved("IMG_0001.jpg", "title"); got != byHand {
		t.Errorf("the title is %s now", got)
	}

	// If that is asked for, the text is replaced, and comes back with one step.
	b.click(".selection button.again")
	b.click(".dialog .check input")
	b.click(".dialog button.primary")
	b.waitFor("it is replaced", `fetch('/api/v1/batches/' + location.hash.slice(1)).then((r) => r.json()).then((batch) => {
		const photo = batch.photos.find((p) => p.filename === 'IMG_0001.jpg');
		return photo.state !== 'pending' && photo.state !== 'processing' && photo.metadata.title !== 'Written by hand';
	})`, true)
	title := fmt.Sprintf(`document.querySelector(%s).value`, quoted(card("IMG_0001.jpg")+" textarea.title"))
	b.wait("the page shows it", `document.querySelectorAll('.card.done').length === 2 && `+title+` !== 'Written by hand'`)
	b.click(`.toolbar [aria-label^="Undo:"]`)
	b.wait("the title is back", title+` === 'Written by hand'`)
	b.idle()
	if got := b.saved("IMG_0001.jpg", "title"); got != byHand {
		t.Errorf("after undo the title is %s", got)
	}
}

// The end of a batch's time is told, and another hour is one click away; then the page says that it
// is over.
func TestExpiry(t *testing.T) {
	needBrowser(t)
	t.Parallel()
	b := open(t, serve(t, nil, []string{"--keep", "9m"}), 1280, 900)
	b.drop(copies(t, 1)...)
	b.finished()
	b.wait("the end is told", `document.querySelector('.notice.limit')?.innerText.includes('deleted soon')`)
	b.axe()
	b.look("ending")
	b.click(".notice.limit .primary")
	b.wait("it has more time", `document.querySelector('.notice.limit') === null`)
	kept := get[float64](b, `fetch('/api/v1/batches/' + location.hash.slice(1)).then((r) => r.json()).then((batch) => (Date.parse(batch.expires_at) - Date.now()) / 60000)`)
	if kept < 60 {
		t.Errorf("the batch is kept for %.1f minutes", kept)
	}
}

// Photos that nobody looked at are drafts wherever they are counted.
func TestDrafts(t *testing.T) {
	needBrowser(t)
	t.Parallel()
	b := open(t, process(t, "serve", "--listen", "127.0.0.1:0", "--data-dir", t.TempDir(), "--provider", "offline"), 1280, 900)
	b.drop(copies(t, 2)...)
	b.wait("the batch has ended", `document.querySelector('.progress.over') !== null && document.title.startsWith('Drafts: 2') && document.querySelectorAll('.card.draft').length === 2`)
	text := get[string](b, `document.querySelector('.progress').innerText + ' ' + document.title + ' ' + [...document.querySelectorAll('.card .status')].map((e) => e.innerText).join()`)
	if strings.Contains(text, "Done") || !strings.Contains(strings.ToLower(text), "draft") {
		t.Errorf("the page says %q", text)
	}
	if !slices.Contains(get[[]string](b, `[...document.querySelectorAll('.segment.done')].map((e) => e.innerText.replace(/\s+/g, ' ').trim())`), "Drafts 2") {
		t.Errorf("the filter is called %q", get[[]string](b, `[...document.querySelectorAll('.segment')].map((e) => e.innerText.trim())`))
	}
}
