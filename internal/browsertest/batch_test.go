package browsertest

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// A photographer's whole way: drop, watch, mend, try again, download.
func TestBatch(t *testing.T) {
	needBrowser(t)
	t.Parallel()
	address := serve(t, []string{"--latency", "300ms", "--fault", "refusal:n=7"}, nil)
	b := open(t, address, 1280, 900)
	b.drop(copies(t, 20)...)
	b.wait("a thumbnail is there", `document.querySelector('.card img') !== null`)
	b.wait("the bar counts", `document.querySelector('[role=progressbar]').ariaValueMax === '20'`)
	b.finished()
	b.wait("the tab's title counts", `document.title === 'Done: 19 of 20 · tagroll'`)

	// The one that failed says why, and is tried again.
	b.wait("the reason is shown", `document.querySelector('.card.failed .failure p').textContent.length > 10`)
	b.click(".card.failed .retry")
	b.wait("the photo is described", `document.querySelectorAll('.card.done').length === 20`)

	// A title: the field is left, the text is saved, and the server's answer is shown.
	title := card("IMG_0002.jpg") + " textarea.title"
	b.write(title, "Two  dogs wait at a window")
	b.press(kb.Tab)
	b.wait("the title is tidied by the server", fmt.Sprintf(`document.querySelector(%s).value === 'Two dogs wait at a window'`, quoted(title)))

	// Keywords: the first one goes to the third place, by keyboard alone.
	words := fmt.Sprintf(`[...document.querySelectorAll(%s)].map((e) => e.textContent)`, quoted(card("IMG_0002.jpg")+" .word"))
	before := get[[]string](b, words)
	b.focus(card("IMG_0002.jpg") + " .word")
	b.press(kb.ArrowRight, kb.ModifierAlt)
	b.press(kb.ArrowRight, kb.ModifierAlt)
	after := get[[]string](b, words)
	if after[2] != before[0] || after[0] != before[1] || after[1] != before[2] {
		t.Errorf("moving the first of %v twice gave %v", before[:4], after[:4])
	}
	if focus := get[string](b, `document.activeElement.textContent`); focus != before[0] {
		t.Errorf("the focus is on %q, not on the keyword that moved, %q", focus, before[0])
	}
	b.press(kb.Delete)
	b.wait("the keyword is gone", fmt.Sprintf(`![...document.querySelectorAll(%s)].some((e) => e.textContent === %s)`, quoted(card("IMG_0002.jpg")+" .word"), quoted(before[0])))
	// A word that no list of English has is marked, as a field marks it.
	b.focus(card("IMG_0002.jpg") + " .adder input")
	b.press("moutain,mountain,")
	b.wait("one of two is marked", fmt.Sprintf(`((marked) => marked.includes('moutain') && !marked.includes('mountain'))([...document.querySelectorAll(%s)].map((e) => e.innerText.trim()))`, quoted(card("IMG_0002.jpg")+" .misspelt")))
	b.wait("everything is saved", `document.querySelector('.status.saving') === null`)

	// The file that is downloaded is the one that the API gives.
	dir := t.TempDir()
	b.downloadsTo(dir)
	name, file := b.download(dir, ".formats button.primary")
	if !strings.HasSuffix(name, ".csv") || strings.Contains(name, " ") {
		t.Errorf("the file is called %q", name)
	}
	api := get[string](b, `fetch('/api/v1/batches/' + location.hash.slice(1) + '/export/adobe-stock').then((r) => r.text())`)
	if file != api {
		t.Errorf("the downloaded file differs from the API's:\n%s\n%s", file, api)
	}
	if !strings.Contains(file, "IMG_0002.jpg,Two dogs wait at a window,") || strings.Count(file, "\r\n") != 21 {
		t.Errorf("the file lacks what was written:\n%s", file)
	}
}

// download opens the dialog, clicks a button in it and returns the file that comes.
func (b *tab) download(dir, button string) (name, text string) {
	b.Helper()
	b.click(".progress-actions .primary")
	return b.took(dir, button)
}

// A page that is loaded anew in the middle finds its batch, and the batch ends as if nothing had
// happened.
func TestReloadHalfway(t *testing.T) {
	needBrowser(t)
	t.Parallel()
	b := open(t, serve(t, []string{"--latency", "500ms"}, []string{"-c", "2"}), 1280, 900)
	b.drop(copies(t, 12)...)
	b.wait("some are done", `document.querySelectorAll('.card.done').length >= 2 && document.querySelectorAll('.card.uploading').length === 0 && !document.body.innerText.includes('to send')`)
	b.do(chromedp.Reload())
	b.wait("all photos are back", `document.querySelectorAll('.card').length === 12`)
	b.finished()
	b.wait("pictures come from the server", `[...document.querySelectorAll('.card img')].some((i) => i.complete && i.naturalWidth > 0 && i.src.includes('/image'))`)
	if n := b.posted(); n != 12 {
		t.Errorf("%d uploads for 12 photos", n)
	}
	// The address without the batch lists it, with the time of its end.
	b.click(".wordmark")
	b.wait("the batch is listed", `document.querySelector('.recent-row')?.innerText.includes('deleted in')`)
	b.click(".recent-row a")
	b.wait("it opens", `document.querySelectorAll('.card.done').length === 12`)
}

// A page that is left when all photos have arrived, just before it could say so, says it when it
// comes back: the batch is finished without a question.
func TestReloadBeforeClosing(t *testing.T) {
	needBrowser(t)
	t.Parallel()
	b := open(t, serve(t, nil, nil), 1280, 900)
	get[bool](b, `(() => {
		const real = window.fetch;
		window.fetch = (address, options) => String(address).endsWith('/close') ? new Promise(() => {}) : real(address, options);
		return true;
	})()`)
	b.drop(copies(t, 3)...)
	b.wait("all are described", `document.querySelectorAll('.card.done').length === 3`)
	b.do(chromedp.Reload())
	b.finished()
	if got := get[bool](b, `document.querySelector('.notice.limit') !== null`); got {
		t.Error("the page asks what to do with photos that have all arrived")
	}
}

// Photos that had not been sent when the page was closed are named, and are the only ones that are
// sent when the folder is dropped again.
func TestReloadWhileSending(t *testing.T) {
	needBrowser(t)
	t.Parallel()
	b := open(t, serve(t, nil, nil), 1280, 900)
	photos := copies(t, 6)
	// A slow line: from the fourth photo on, nothing gets through.
	get[bool](b, `(() => {
		const send = XMLHttpRequest.prototype.send;
		XMLHttpRequest.prototype.send = function (body) {
			if (body.get('photos').name < 'IMG_0004') send.call(this, body);
		};
		return true;
	})()`)
	b.drop(photos...)
	b.wait("three photos are described", `document.querySelectorAll('.card.done').length === 3`)
	b.do(chromedp.Reload())
	b.wait("what is missing is named", `document.querySelector('.notice.limit')?.innerText.includes('IMG_0004.jpg, IMG_0005.jpg and IMG_0006.jpg')`)
	b.drop(photos...)
	b.finished()
	if n := b.nodes(".card.done"); n != 6 {
		t.Errorf("%d photos are described, not 6", n)
	}
	if n := b.posted(); n != 6 {
		t.Errorf("%d uploads for 6 photos: what had arrived was sent again", n)
	}
}

// Cancel ends the batch; what is done stays and can be downloaded.
func TestCancel(t *testing.T) {
	needBrowser(t)
	t.Parallel()
	b := open(t, serve(t, []string{"--fault", "hang:n=2"}, []string{"-c", "1", "--timeout", "1h"}), 1280, 900)
	b.drop(copies(t, 12)...)
	b.wait("one is done", `document.querySelectorAll('.card.done').length >= 1`)
	b.click(".progress-actions button")
	b.wait("the batch is cancelled", `document.title.startsWith('Cancelled') && document.querySelectorAll('.card.stopped').length > 0`)
	b.wait("the result can be had", `document.querySelector('.progress-actions .primary') !== null`)
}

// What is not a photo is left out before anything is sent, with a reason for each.
func TestRefused(t *testing.T) {
	needBrowser(t)
	t.Parallel()
	b := open(t, serve(t, nil, []string{"--max-bytes", "1"}), 1280, 900)
	dir := t.TempDir()
	write := func(name string, content []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	large := append([]byte("\xff\xd8\xff\xe0"), make([]byte, 1<<20)...)
	b.drop(write("notes.pdf", []byte("%PDF-1.7 but no photo at all, really")), write("empty.jpg", nil), write("DSC1.NEF", []byte("MM\x00*some raw data, which is long")),
		write("large.jpg", large), write("IMG.xmp", []byte("<x/>")), write("fake.jpg", []byte("this is text with the name of a photo")))
	b.wait("every refusal is listed", `document.querySelectorAll('.refused li').length === 5`)
	text := get[string](b, `document.querySelector('.refused').textContent`)
	for _, want := range []string{"notes.pdf Not an image", "empty.jpg The file is empty", "DSC1.NEF A raw file", "large.jpg 1.0 MB is more than the 1 MB", "fake.jpg Not an image", "1 file beside them"} {
		if !strings.Contains(text, want) {
			t.Errorf("the refusals lack %q:\n%s", want, text)
		}
	}
	if n := b.posted(); n != 0 || get[string](b, `location.hash`) != "" {
		t.Errorf("%d uploads of files that are no photos", n)
	}
}

// A folder is opened, with what lies in its folders; the same photo in two of them is sent once.
func TestFolder(t *testing.T) {
	needBrowser(t)
	t.Parallel()
	b := open(t, serve(t, nil, nil), 1280, 900)
	photos := copies(t, 3)
	dir := filepath.Dir(photos[0])
	if err := os.MkdirAll(filepath.Join(dir, "selects", "best"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(photos[2], filepath.Join(dir, "selects", "best", "IMG_0003.jpg")); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"IMG_0001.NEF", "IMG_0001.xmp", "selects/IMG_0003.XMP", "selects/best/IMG_0003.thm", ".DS_Store", "IMG_0001.wav", "MVI_0004.MOV", "IMG_0005.NEF", "IMG_0005.wav"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("MM\x00*what lies beside photos on a card"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	b.drop(dir)
	b.wait("what becomes of the raw file is said", `document.querySelector('.toasts')?.innerText.includes('1 raw file was left out: the photo of the same name is described.')`)
	if text := get[string](b, `document.querySelector('.refused').innerText`); !strings.Contains(text, "2 files were left out, and 6 files beside them that are not photos") || !strings.Contains(text, "MVI_0004.MOV A video") || !strings.Contains(text, "IMG_0005.NEF A raw file") {
		t.Errorf("what was left out is told as\n%s", text)
	}
	b.finished()
	if names := get[string](b, `[...document.querySelectorAll('.card .filename')].map((e) => e.textContent).sort().join()`); names != "IMG_0001.jpg,IMG_0002.jpg,IMG_0003.jpg" {
		t.Errorf("the folder gave %s", names)
	}
}

// A photo that the model will not describe is described by hand, and then counts like any other.
func TestByHand(t *testing.T) {
	needBrowser(t)
	t.Parallel()
	b := open(t, serve(t, []string{"--fault", "refusal"}, nil), 1280, 900)
	b.drop(copies(t, 1)...)
	b.finished()
	b.click(".failure .quiet")
	b.write("textarea.title", "Mountain above autumn larches")
	b.focus(".adder input")
	b.press("mountain, larch, autumn, forest, meadow, ")
	b.choose(".card select", "Landscapes")
	b.wait("the photo is done", `document.querySelector('.card.done') !== null && document.title.startsWith('Done: 1 photo')`)
}
