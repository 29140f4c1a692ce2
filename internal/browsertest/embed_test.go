package browsertest

import (
	"archive/zip"
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"github.com/tagroll/tagroll/intake"
)

// Photos are downloaded with their texts in them: every program finds the texts, the picture is the
// same to the bit, and so is what else the file held.
func TestPhotosWithTexts(t *testing.T) {
	needBrowser(t)
	t.Parallel()
	b := open(t, serve(t, nil, nil), 1280, 900)
	// What was dropped can be written to by the browser's own handles, here of its private
	// folder, for which it asks nobody.
	paths := named(t)[:2] // one of them has XMP and IPTC of its own
	for _, path := range paths {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		get[bool](b, fmt.Sprintf(`(async () => {
			const handle = await (await navigator.storage.getDirectory()).getFileHandle(%s, {create: true});
			const copy = await handle.createWritable();
			await copy.write(Uint8Array.from(atob(%s), (c) => c.charCodeAt(0)));
			await copy.close();
			window.dropped = {...window.dropped, [handle.name]: {handle, file: await handle.getFile()}};
			return true;
		})()`, quoted(filepath.Base(path)), quoted(base64.StdEncoding.EncodeToString(content))))
	}
	get[bool](b, `(() => {
		const real = DataTransferItem.prototype.getAsFile;
		DataTransferItem.prototype.getAsFile = function () {
			return window.dropped[real.call(this).name].file;
		};
		DataTransferItem.prototype.getAsFileSystemHandle = function () {
			return Promise.resolve(window.dropped[real.call(this).name].handle);
		};
		return true;
	})()`)
	b.drop(paths...)
	b.finished()
	name := filepath.Base(paths[0])
	b.write(card(name)+" textarea.title", "A café by the sea & a <boat>")
	b.press(kb.Tab)
	b.idle()
	b.click(".progress-actions .primary")
	dir := t.TempDir()
	b.downloadsTo(dir)
	archive, text := b.took(dir, ".originals .archive")
	files, err := zip.NewReader(bytes.NewReader([]byte(text)), int64(len(text)))
	if err != nil || len(files.File) != 2 {
		t.Fatalf("%s: %v", archive, err)
	}
	b.click(".originals .write-back")
	b.wait("both are written", `document.querySelector('.originals [role=status]')?.innerText === '2 photos written.'`)
	for i, f := range files.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		with, err := io.ReadAll(r) // checks the sum as well
		if err != nil {
			t.Fatal(err)
		}
		before, err := os.ReadFile(paths[i])
		if err != nil {
			t.Fatal(err)
		}
		if same := get[bool](b, fmt.Sprintf(`(async () => {
			const folder = await navigator.storage.getDirectory();
			const bytes = new Uint8Array(await (await (await folder.getFileHandle(%s)).getFile()).arrayBuffer());
			return btoa(bytes.reduce((text, byte) => text + String.fromCharCode(byte), '')) === %s;
		})()`, quoted(f.Name), quoted(base64.StdEncoding.EncodeToString(with)))); !same {
			t.Errorf("%s: what was written back is not what is in the archive", f.Name)
		}
		scan := []byte{0xff, 0xda}
		if !bytes.HasSuffix(with, before[bytes.LastIndex(before, scan):]) {
			t.Errorf("%s: the picture is another", f.Name)
		}
		facts, err := intake.Inspect(with, intake.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		old, err := intake.Inspect(before, intake.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		if f.Name == name && facts.Title != "A café by the sea & a <boat>" {
			t.Errorf("%s: the title is %q", f.Name, facts.Title)
		}
		if want := get[[]string](b, `fetch('/api/v1/batches/' + location.hash.slice(1)).then((r) => r.json()).then((batch) => batch.photos.find((p) => p.filename === `+quoted(f.Name)+`).metadata.keywords)`); !slices.Equal(facts.Keywords, want) {
			t.Errorf("%s: the keywords are %q, not %q", f.Name, facts.Keywords, want)
		}
		if facts.PlaceByPosition {
			t.Errorf("%s: the names of its position, %v, are not in it", f.Name, old.Place)
		}
		if !facts.Taken.Equal(old.Taken) || facts.Place != old.Place || facts.Orientation != old.Orientation {
			t.Errorf("%s: the file said %v, %v, and says %v, %v", f.Name, old.Taken, old.Place, facts.Taken, facts.Place)
		}
	}
	// Where the browser may not write, or there is no room, each file stays as it was.
	for reason, broken := range map[string]string{
		"is not allowed to write": `FileSystemFileHandle.prototype.createWritable = () => Promise.reject(new DOMException('no', 'NotAllowedError'))`,
		"The disk is full":        `FileSystemFileHandle.prototype.createWritable = () => Promise.resolve({write: () => Promise.reject(new DOMException('full', 'QuotaExceededError')), abort: () => Promise.reject(new Error('gone'))})`,
	} {
		get[bool](b, `(() => {
			window.real ??= FileSystemFileHandle.prototype.createWritable;
			`+broken+`;
			return true;
		})()`)
		b.click(".originals .write-back")
		b.wait("both are named with the reason", fmt.Sprintf(`((text) => text?.includes(%s) && text.includes(' and '))(document.querySelector('.originals .problem')?.innerText)`, quoted(reason)))
	}
	get[bool](b, `Boolean(FileSystemFileHandle.prototype.createWritable = window.real)`)
	b.click(".originals .write-back")
	b.wait("both are written again", `document.querySelector('.originals [role=status]')?.innerText === '2 photos written.'`)
	// A file that somebody has changed since is left alone.
	get[bool](b, fmt.Sprintf(`(async () => {
		const copy = await window.dropped[%s].handle.createWritable();
		await copy.write('other');
		await copy.close();
		return true;
	})()`, quoted(name)))
	b.click(".originals .write-back")
	b.wait("the change is said", `document.querySelector('.originals .problem')?.innerText.includes('Was it moved or changed?')`)
	if text := get[string](b, fmt.Sprintf(`window.dropped[%s].handle.getFile().then((file) => file.text())`, quoted(name))); text != "other" {
		t.Errorf("the changed file holds %.40q", text)
	}
}
