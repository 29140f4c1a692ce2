package browsertest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// described opens a page with n described photos.
func described(t *testing.T, n int, simulate ...string) *tab {
	t.Helper()
	b := open(t, serve(t, simulate, nil), 1280, 900)
	b.drop(copies(t, n)...)
	b.finished()
	return b
}

// saved is what the server has of a photo's field, as JSON.
func (b *tab) saved(name, field string) string {
	b.Helper()
	return get[string](b, fmt.Sprintf(`fetch('/api/v1/batches/' + location.hash.slice(1)).then((r) => r.json())
		.then((batch) => JSON.stringify(batch.photos.find((p) => p.filename === %s).metadata[%s]))`, quoted(name), quoted(field)))
}

// idle waits until every edit is saved.
func (b *tab) idle() {
	b.Helper()
	b.wait("everything is saved", `document.querySelector('.status.saving') === null`)
}

// What was changed can be taken back, and put back, for one photo and for many at once.
func TestUndo(t *testing.T) {
	needBrowser(t)
	t.Parallel()
	b := described(t, 4)
	before := b.saved("IMG_0001.jpg", "title")
	field := card("IMG_0001.jpg") + " textarea.title"
	b.write(field, "Mountain above larches")
	b.press(kb.Tab)
	b.idle()
	if got := b.saved("IMG_0001.jpg", "title"); got != `"Mountain above larches"` {
		t.Fatalf("the server has %s", got)
	}
	b.press("z", kb.ModifierCtrl)
	b.wait("the old title is shown", fmt.Sprintf(`JSON.stringify(document.querySelector(%s).value) === %s`, quoted(field), quoted(before)))
	b.idle()
	if got := b.saved("IMG_0001.jpg", "title"); got != before {
		t.Errorf("after undo the server has %s", got)
	}
	b.click(`.toolbar [aria-label^="Redo:"]`)
	b.idle()
	if got := b.saved("IMG_0001.jpg", "title"); got != `"Mountain above larches"` {
		t.Errorf("after redo the server has %s", got)
	}
}

// Keywords and a category for several photos, then a word replaced everywhere, each taken back as
// one step.
func TestManyAtOnce(t *testing.T) {
	needBrowser(t)
	t.Parallel()
	b := described(t, 4)
	before := b.saved("IMG_0004.jpg", "keywords")
	b.click(card("IMG_0001.jpg") + " .select-box input")
	b.click(card("IMG_0002.jpg") + " .select-box input")
	b.click(".selection button")
	b.write("#apply-text", "Madeira, levada walk")
	b.choose(".dialog select", "Travel")
	b.click(".dialog button.primary")
	b.idle()
	for _, name := range []string{"IMG_0001.jpg", "IMG_0002.jpg"} {
		first := get[string](b, fmt.Sprintf(`[...document.querySelectorAll(%s)].slice(0, 2).map((e) => e.textContent.toLowerCase()).join()`, quoted(card(name)+" .word")))
		if first != "madeira,levada walk" || b.saved(name, "category") != `"Travel"` {
			t.Errorf("%s has %s first and category %s", name, first, b.saved(name, "category"))
		}
	}
	if got := b.saved("IMG_0004.jpg", "keywords"); got != before {
		t.Errorf("a photo that was not selected has %s", got)
	}

	b.click(".selection button.quiet") // clear
	b.click(`.toolbar button:has(.wide-only)`)
	b.write("#replace-find", "MADEIRA")
	b.write("#replace-with", "Azores")
	b.wait("the places are counted", `document.querySelector('.dialog [role=status]').textContent === 'Found 2 times in 2 photos.'`)
	b.click(".dialog button.primary")
	b.focus(".toast button") // which stays for as long as it has the focus
	b.idle()
	first := fmt.Sprintf(`document.querySelector(%s).textContent.toLowerCase()`, quoted(card("IMG_0002.jpg")+" .word"))
	if got := get[string](b, first); got != "azores" {
		t.Errorf("the first keyword is %q", got)
	}
	b.click(".toast button") // undo
	b.wait("the replacement is taken back", first+` === 'madeira'`)
	b.press("z", kb.ModifierCtrl)
	b.wait("the keywords are taken back", fmt.Sprintf(`![...document.querySelectorAll(%s)].some((e) => /madeira/i.test(e.textContent))`, quoted(".word")))
}

// Keywords are pasted as a list, typed with commas, written anew and dragged.
func TestKeywords(t *testing.T) {
	needBrowser(t)
	t.Parallel()
	b := described(t, 1)
	adder := card("IMG_0001.jpg") + " .adder input"
	get[bool](b, fmt.Sprintf(`(() => {
		const input = document.querySelector(%s);
		const data = new DataTransfer();
		data.setData('text', 'Pasted one, pasted two;pasted three');
		input.focus();
		return input.dispatchEvent(new ClipboardEvent('paste', {clipboardData: data, bubbles: true, cancelable: true}));
	})()`, quoted(adder)))
	has := func(word string) string {
		return fmt.Sprintf(`[...document.querySelectorAll('.word')].some((e) => e.textContent.toLowerCase() === %s)`, quoted(word))
	}
	b.wait("the list is there", has("pasted one")+" && "+has("pasted two")+" && "+has("pasted three"))
	b.focus(adder)
	b.press("typed,")
	b.wait("what was typed is there", has("typed"))

	// The last one is written anew, by Enter.
	b.press(kb.Backspace)
	b.press(kb.Enter)
	b.wait("the chip is a field", `document.activeElement.matches('.rewrite')`)
	b.press("written anew")
	b.press(kb.Enter)
	b.wait("the word is another", has("written anew")+" && !"+has("typed"))

	// The third chip is dragged onto the first.
	words := `[...document.querySelectorAll('.word')].slice(0, 3).map((e) => e.textContent)`
	before := get[[]string](b, words)
	b.do(chromedp.DragAndDrop(chromedp.JSPath(`document.querySelectorAll('.word')[2]`), chromedp.JSPath(`document.querySelectorAll('.word')[0]`)))
	b.wait("the third is the first", fmt.Sprintf(`document.querySelector('.word').textContent === %s`, quoted(before[2])))
	b.idle()

	// A thousand at once are more than a photo can have: what fits is kept, the rest is told.
	get[bool](b, fmt.Sprintf(`(() => {
		const input = document.querySelector(%s);
		const data = new DataTransfer();
		data.setData('text', Array.from({length: 1000}, (_, i) => 'word ' + i).join('\n'));
		input.focus();
		return input.dispatchEvent(new ClipboardEvent('paste', {clipboardData: data, bubbles: true, cancelable: true}));
	})()`, quoted(adder)))
	b.wait("the rest is told", `/at most 200 keywords: 8\d\d keywords were left out/.test(document.querySelector('.toasts').innerText)`)
	b.wait("all that fit are shown", `document.querySelectorAll('.word').length === 200`)
	b.idle()
	b.waitFor("they are stored", strings.Replace(storedWords(b.batchID(), "IMG_0001.jpg"), ".join()", ".length", 1), 200)
}

// What another window has changed is not lost without a word, and a field in which somebody types
// is left alone.
func TestChangedElsewhere(t *testing.T) {
	needBrowser(t)
	t.Parallel()
	b := described(t, 2)
	b.tolerate = "412" // the browser reports the refusal that the page then deals with
	field := card("IMG_0001.jpg") + " textarea.title"
	const patch = `fetch('/api/v1/batches/' + location.hash.slice(1)).then((r) => r.json()).then((batch) =>
		fetch('/api/v1/batches/' + batch.id + '/photos/' + batch.photos.find((p) => p.filename === 'IMG_0001.jpg').id,
			{method: 'PATCH', headers: {'If-Match': '*', 'Content-Type': 'application/json'}, body: JSON.stringify({title: 'Written in another window'})})).then((r) => r.ok)`
	b.focus(field)
	b.press("I am typing ")
	get[bool](b, patch)
	b.press("here")
	if got := get[string](b, fmt.Sprintf(`document.querySelector(%s).value`, quoted(field))); !strings.Contains(got, "I am typing here") {
		t.Errorf("the field in focus holds %q", got)
	}
	b.press(kb.Tab)
	b.wait("the person is told", `document.querySelector('.toasts').innerText.includes('changed elsewhere')`)
	b.idle()
	if got := b.saved("IMG_0001.jpg", "title"); !strings.Contains(got, "I am typing here") {
		t.Errorf("the server has %s", got)
	}
}

// Two tabs on the same photos: what both write is kept or said, and one step back brings the
// other's text. A photo that one describes again takes what the other types.
func TestTwoTabs(t *testing.T) {
	needBrowser(t)
	t.Parallel()
	b := described(t, 2)
	batch := b.batchID()
	second := b.another(b.address + "/#" + batch)
	b.tolerate, second.tolerate = "412", "412"
	second.wait("it shows the batch as well", `document.querySelectorAll('.card.done').length === 2`)
	title := card("IMG_0001.jpg") + " textarea.title"
	const storedTitle = `fetch('/api/v1/batches/%s').then((r) => r.json()).then((batch) => batch.photos.find((p) => p.filename === '%s').metadata.title)`

	b.write(title, "I write")
	b.idle()
	second.wait("it shows that", fmt.Sprintf(`document.querySelector(%s).value === 'I write'`, quoted(title)))
	second.write(title, "They write")
	second.press(kb.Tab)
	second.idle()
	b.press(" on")
	b.press(kb.Tab)
	b.wait("the person is told", `document.querySelector('.toasts')?.innerText.includes('IMG_0001.jpg was also changed elsewhere')`)
	b.waitFor("what was typed last is stored", fmt.Sprintf(storedTitle, batch, "IMG_0001.jpg"), "I write on")
	b.idle()
	b.click(`.toolbar [aria-label^="Undo:"]`)
	b.waitFor("one step back is the other's text", fmt.Sprintf(storedTitle, batch, "IMG_0001.jpg"), "They write")

	adder := card("IMG_0001.jpg") + " .adder input"
	b.focus(adder)
	b.press("alpha,")
	b.idle()
	second.focus(adder)
	second.press("beta,")
	second.idle()
	b.press("gamma,")
	b.idle()
	second.press("delta,")
	second.idle()
	b.waitFor("the keywords of both are stored", strings.Replace(storedWords(batch, "IMG_0001.jpg"), ".join()", ".filter((word) => ['alpha', 'beta', 'gamma', 'delta'].includes(word)).length", 1), 4)

	b.write(card("IMG_0002.jpg")+" textarea.title", "Typed while the other tab describes it again")
	again := fmt.Sprintf(`fetch('/api/v1/batches/%s').then((r) => r.json()).then((batch) => fetch('/api/v1/batches/%[1]s/describe', {method: 'POST', headers: {'Content-Type': 'application/json'},
		body: JSON.stringify({photos: [batch.photos.find((p) => p.filename === 'IMG_0002.jpg').id], overwrite: true})})).then((r) => r.status)`, batch)
	get[int](second, again)
	b.press(kb.Tab)
	b.waitFor("it is stored", fmt.Sprintf(storedTitle, batch, "IMG_0002.jpg"), "Typed while the other tab describes it again")
}
