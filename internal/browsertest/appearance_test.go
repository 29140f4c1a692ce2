package browsertest

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// This file's name comes first: its tests take the longest, and tests begin in the order of files.

// Every state of the page, in both themes: axe-core must find nothing against it. With -update each
// is kept as a picture in docs/screenshots, which docs/page.md shows.
func TestStates(t *testing.T) {
	needBrowser(t)
	t.Parallel()
	b := open(t, serve(t, []string{"--fault", "refusal:n=3", "--fault", "brand-title:n=7,n=8,n=9,n=10,n=11"}, nil), 1280, 860)
	b.axe()
	b.look("start")
	b.look("start-phone", 320, 640)

	notes := filepath.Join(t.TempDir(), "notes.pdf")
	if err := os.WriteFile(notes, []byte("%PDF-1.7 and no photo"), 0o600); err != nil {
		t.Fatal(err)
	}
	b.drop(append(named(t), notes)...)
	b.finished()
	b.wait("every picture is there", `[...document.querySelectorAll('.card img')].filter((i) => i.getBoundingClientRect().top < 800).every((i) => i.complete)`)
	b.look("refused")
	b.click(".refused button")
	b.wait("one is to review and one failed", `document.querySelectorAll('.card.review, .card.failed').length >= 2`)
	b.look("results")
	b.look("results-phone", 320, 900)
	b.look("results-tablet", 768, 1024)
	b.look("results-wide", 2560, 1440)
	b.click(".chips .more")
	b.press(kb.ArrowLeft)
	b.look("keywords")

	b.click(`.toolbar .segments [aria-pressed=false]:has(svg)`)
	b.wait("the table is there", `document.querySelector('tbody textarea') !== null`)
	b.look("table")
	b.look("table-phone", 320, 700)
	b.click(`.toolbar .segments [aria-pressed=false]:has(svg)`)
	b.wait("the cards are back", `document.querySelector('.card textarea') !== null`)

	b.click(".picture-button")
	b.wait("the picture is there", `document.querySelector('.preview img')?.complete`)
	b.look("preview")
	b.look("preview-phone", 320, 800)
	b.escape()

	b.click(".progress-actions .primary")
	b.look("download")
	b.escape()
	b.click(`.toolbar button:has(.wide-only)`)
	b.write("#replace-find", "the")
	b.look("replace")
	b.escape()
	b.click(".card.done .select-box input")
	b.look("selected")
	b.look("selected-phone", 320, 800)
	b.click(".selection button")
	b.write("#apply-text", "Madeira, levada walk")
	b.look("apply")
	b.look("apply-phone", 320, 640)
	b.click(".dialog button.primary")
	b.wait("undo is offered", `document.querySelector('.toast button') !== null`)
	b.look("undo")
	b.click(`.toolbar [aria-label^="Steps"]`)
	b.look("steps")
	b.escape()
	b.click(`.toolbar [title="What can be fixed with one click"]`)
	b.look("fix")
	b.escape()
	b.click(".selection button.again")
	b.look("again")
	b.escape()
	b.press(kb.Escape)
	b.click(`.progress-actions [title^="What the describer"]`)
	b.look("context")
	b.escape()
	b.press("?")
	b.look("keys")
	b.escape()
	b.focus(".card")
	b.press("s")
	b.look("seen")
	b.click(".cost summary")
	b.look("cost")
	b.press(kb.Escape)
	b.tolerate = "422"
	b.write(".card.done textarea.title", strings.Repeat("a title ", 130))
	b.press(kb.Tab)
	b.wait("the server refuses it", `document.querySelector('.card .unsaved') !== null`)
	b.look("not-saved")
	b.press("z", kb.ModifierCtrl)
	b.wait("the old title is saved, and nothing says otherwise", `document.querySelector('.card .unsaved, .status.saving') === null && !document.querySelector('.toasts').innerText.includes('longer than')`)
	b.write(".search", "there is no such word")
	b.wait("nothing fits", `document.querySelector('.nothing') !== null`)
	b.look("nothing")
	b.press(kb.Escape)
	b.wait("the photos are back", `document.querySelectorAll('.card').length >= 8`)
	if wide := get[int](b, `window.widest`); wide > 0 {
		t.Errorf("for a moment the page was %d px wider than the window", wide)
	}
	b.click(".describer")
	b.look("about")
	b.escape()
	b.click(".wordmark")
	b.wait("the batch is listed", `document.querySelector('.recent-row') !== null`)
	b.look("recent")
}

// The states of a batch that is under way.
func TestStatesUnderWay(t *testing.T) {
	needBrowser(t)
	t.Parallel()
	b := open(t, serve(t, []string{"--latency", "1h", "--fault", "500:first=1"}, []string{"-c", "3", "--timeout", "2h"}), 1280, 860)
	b.axe()
	b.drop(named(t)...)
	b.wait("some are described and all pictures there", `document.querySelectorAll('.card.describing').length === 3 && document.querySelectorAll('.card img').length === 8`)
	b.look("describing")
	b.click(".progress-actions button")
	b.wait("the batch is cancelled", `document.title.startsWith('Cancelled')`)
	b.look("cancelled")

	// An open batch whose page was closed; then one that is gone.
	get[string](b, `fetch('/api/v1/batches', {method: 'POST', body: '{}', headers: {'Content-Type': 'application/json'}}).then((r) => r.json()).then((batch) => {
		localStorage.setItem('tagroll-unsent', JSON.stringify({batch: batch.id, names: [['a', 'IMG_0977.jpg'], ['b', 'dandelion.jpg']]}));
		return location.hash = batch.id;
	})`)
	b.wait("what is missing is named", `document.querySelector('.notice.limit') !== null`)
	b.look("missing")
	b.tolerate = "404"
	get[string](b, `location.hash = 'there-is-no-such-batch'`)
	b.wait("the page says so", `document.querySelector('.notice.problem') !== null`)
	b.look("gone")
	get[bool](b, `dispatchEvent(new DragEvent('dragenter', {dataTransfer: (() => { const d = new DataTransfer(); d.items.add(new File(['x'], 'x.jpg')); return d; })(), bubbles: true}))`)
	b.wait("the veil is there", `document.querySelector('.veil') !== null`)
	b.look("dragging")
}

// The state of a batch that a limit holds, with the built-in describer.
func TestStatesLimit(t *testing.T) {
	needBrowser(t)
	t.Parallel()
	b := open(t, process(t, "serve", "--listen", "127.0.0.1:0", "--data-dir", t.TempDir(), "--provider", "offline", "--limit-photos-per-hour", "3"), 1280, 860)
	b.tolerate = "429"
	b.axe()
	b.look("built-in")
	b.drop(named(t)...)
	b.wait("the limit is named", `document.querySelector('.notice.limit') !== null && document.querySelectorAll('.card.draft, .card.review').length === 3`)
	b.look("limit")
}

// escape closes the dialog that is open.
func (b *tab) escape() {
	b.Helper()
	b.press(kb.Escape)
	b.wait("the dialog is closed", `document.querySelector('dialog') === null`)
}

// named returns the example photos.
func named(t *testing.T) []string {
	t.Helper()
	dir, err := filepath.Abs(filepath.Join("..", "..", "examples", "photos"))
	if err != nil {
		t.Fatal(err)
	}
	paths, err := filepath.Glob(filepath.Join(dir, "*.jpg"))
	if err != nil || len(paths) != 8 {
		t.Fatal(paths, err)
	}
	return paths
}

// axe loads axe-core into the page. It comes by the debugger's way, which the
// Content-Security-Policy does not bar. Motion is switched off by the person's preference, so that
// no colour is looked at half-way.
func (b *tab) axe() {
	b.Helper()
	call(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-reduced-motion", Value: "reduce"}}})
	source, err := os.ReadFile(filepath.Join("testdata", "axe.min.js"))
	if err != nil {
		b.Fatal(err)
	}
	get[bool](b, string(source)+"\n;typeof axe === 'object'")
	// How much wider than the window the page has ever been, also before it was painted.
	get[bool](b, `(() => {
		window.widest = 0;
		new MutationObserver(() => {
			window.widest = Math.max(window.widest, document.documentElement.scrollWidth - innerWidth);
		}).observe(document.body, {childList: true, subtree: true});
		return true;
	})()`)
}

// look checks a state in both themes, and with -update takes its pictures. size is width and height
// where they differ from the window's.
func (b *tab) look(name string, size ...int64) {
	b.Helper()
	if len(size) == 2 {
		b.do(chromedp.EmulateViewport(size[0], size[1]))
		defer b.do(chromedp.EmulateViewport(1280, 860))
	}
	for _, theme := range []string{"dark", "light"} {
		get[bool](b, fmt.Sprintf(`(() => {
			document.documentElement.dataset.theme = %q;
			return new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(true))));
		})()`, theme))
		if wide := get[int](b, `document.documentElement.scrollWidth - innerWidth`); wide > 0 {
			b.Errorf("%s, %s: the page is %d px wider than the window", name, theme, wide)
		}
		if wide := get[int](b, `Math.max(0, ...[...document.querySelectorAll('dialog[open], .selection')].map((e) => e.scrollWidth - e.clientWidth))`); wide > 0 {
			b.Errorf("%s, %s: a dialog or the panel has %d px beside what is seen", name, theme, wide)
		}
		// What lies behind an open dialog is inert, and was looked at without it.
		violations := get[[]violation](b, `axe.run(document.querySelector('dialog[open]') ?? document, `+rules[theme]+`).then((r) => r.passes.length < 1 ? [{id: 'axe', help: 'hardly a rule was applied', nodes: []}] : r.violations.map((v) =>
			({id: v.id, help: v.help, nodes: v.nodes.slice(0, 4).map((n) => n.html.slice(0, 200) + ' — ' + n.failureSummary)})))`)
		for _, v := range violations {
			b.Errorf("%s, %s: %s (%s)\n\t%s", name, theme, v.ID, v.Help, strings.Join(v.Nodes, "\n\t"))
		}
		// The light theme of a few is enough of pictures; it is checked everywhere.
		if *update && (theme == "dark" || slices.Contains([]string{"start", "results", "selected", "table", "preview", "about", "missing", "results-phone"}, name)) {
			b.picture(name + "-" + theme)
		}
	}
	get[string](b, `document.documentElement.dataset.theme = 'dark'`)
}

// rules are what axe-core applies: everything it has, and in the second theme what depends on
// colours.
var rules = map[string]string{"dark": `{resultTypes: ['violations']}`, "light": `{resultTypes: ['violations'], runOnly: ['color-contrast']}`}

type violation struct {
	ID    string   `json:"id"`
	Help  string   `json:"help"`
	Nodes []string `json:"nodes"`
}

// picture keeps what the window shows.
func (b *tab) picture(name string) {
	b.Helper()
	quality := int64(50)
	shot := call(b, page.CaptureScreenshot, page.CaptureScreenshotParams{Format: page.CaptureScreenshotFormatWebp, Quality: &quality})
	dir := filepath.Join("..", "..", "docs", "screenshots")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		b.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name+".webp"), shot.Data, 0o644); err != nil {
		b.Fatal(err)
	}
}
