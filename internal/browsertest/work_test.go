package browsertest

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// selected are the names of the photos whose cards are marked as selected.
func (b *tab) selected() string {
	b.Helper()
	return get[string](b, `[...document.querySelectorAll('.card.selected')].map((e) => e.ariaLabel.replace(/^IMG_000|\.jpg$/g, '')).join('')`)
}

// clickCard presses on a place of a card that is no control, with the modifiers of
// input.DispatchMouseEvent: 2 is Ctrl, 8 is Shift.
func (b *tab) clickCard(name string, modifiers int64) {
	b.Helper()
	x, y := b.place(card(name)+" .card-head", `r.left + 3`)
	b.mouse(input.DispatchMouseEventTypeMousePressed, x, y, modifiers)
	b.mouse(input.DispatchMouseEventTypeMouseReleased, x, y, modifiers)
}

func (b *tab) mouse(kind input.DispatchMouseEventType, x, y float64, modifiers int64) {
	b.Helper()
	clicks := int64(1)
	call(b, input.DispatchMouseEvent, input.DispatchMouseEventParams{Type: kind, X: x, Y: y, Button: input.MouseButtonLeft, Buttons: 1, ClickCount: clicks, Modifiers: modifiers})
}

// Photos are selected as in a file manager, and the panel changes their texts together.
func TestSelection(t *testing.T) {
	needBrowser(t)
	t.Parallel()
	b := described(t, 6)
	for _, step := range []struct {
		name      string
		modifiers int64
		want      string
	}{
		{"IMG_0002.jpg", 0, "2"}, {"IMG_0004.jpg", 8, "234"}, {"IMG_0006.jpg", 2, "2346"}, {"IMG_0003.jpg", 2, "246"}, {"IMG_0005.jpg", 0, "5"},
	} {
		b.clickCard(step.name, step.modifiers)
		if got := b.selected(); got != step.want {
			t.Fatalf("after a click on %s with modifiers %d the photos %q are selected, not %q", step.name, step.modifiers, got, step.want)
		}
	}
	b.press("a", kb.ModifierCtrl)
	b.wait("all are selected", `document.querySelectorAll('.card.selected').length === 6`)
	b.press(kb.Escape)
	b.wait("none is selected", `document.querySelectorAll('.card.selected').length === 0 && document.querySelector('.selection') === null`)

	// A frame over the first row, from the margin.
	corner := get[[]float64](b, `(() => {
		scrollTo(0, 0);
		const cards = [...document.querySelectorAll('.card')].map((e) => e.getBoundingClientRect());
		const row = cards.filter((r) => r.top === cards[0].top);
		return [cards[0].left - 8, cards[0].top + 20, row.at(-1).left + 20, cards[0].top + 60, row.length];
	})()`)
	b.mouse(input.DispatchMouseEventTypeMousePressed, corner[0], corner[1], 0)
	b.mouse(input.DispatchMouseEventTypeMouseMoved, corner[2], corner[3], 0)
	b.mouse(input.DispatchMouseEventTypeMouseReleased, corner[2], corner[3], 0)
	b.wait("the row is selected", fmt.Sprintf(`document.querySelectorAll('.card.selected').length === %d && document.querySelector('.frame') === null`, int(corner[4])))
	b.press(kb.Escape)

	// What is selected but hidden is said.
	b.clickCard("IMG_0001.jpg", 0)
	b.clickCard("IMG_0002.jpg", 2)
	b.write(".search", "IMG_0002")
	b.wait("one is hidden", `document.querySelector('.selection').innerText.includes('1 of them hidden by the filter')`)
	b.press(kb.Escape)
	b.wait("all are shown", `document.querySelectorAll('.card').length === 6`)

	// A keyword for both, taken away from both, and text in front of their titles.
	title := b.saved("IMG_0002.jpg", "title")
	b.focus(".selection .adder input")
	b.press("zebra crossing,")
	b.wait("both have it", `[...document.querySelectorAll('.selection .chip.lead')].some((e) => e.innerText.trim() === 'zebra crossing')`)
	b.idle()
	for _, name := range []string{"IMG_0001.jpg", "IMG_0002.jpg"} {
		if got := b.saved(name, "keywords"); !strings.Contains(got, `"zebra crossing"`) {
			t.Errorf("%s has the keywords %s", name, got)
		}
	}
	b.click(`.selection [aria-label="Remove zebra crossing from 2 photos"]`)
	b.write(`.selection [aria-label="Text in front of each title"]`, "Madeira:")
	b.press(kb.Enter)
	b.idle()
	if got := b.saved("IMG_0002.jpg", "title"); got != `"Madeira: `+title[1:] {
		t.Errorf("the title is %s, and was %s", got, title)
	}
	if got := b.saved("IMG_0001.jpg", "keywords"); strings.Contains(got, "zebra") {
		t.Errorf("the keyword is still there: %s", got)
	}

	// The steps can be seen, survive a reload, and each goes back by itself: here the first of
	// three.
	b.do(chromedp.Reload())
	b.wait("the photos are back", `document.querySelectorAll('.card.done').length === 6`)
	b.click(`.toolbar [aria-label^="Steps"]`)
	steps := get[[]string](b, `[...document.querySelectorAll('.step-list li > span')].map((e) => e.textContent)`)
	if len(steps) != 3 || !strings.HasPrefix(steps[0], "Titles of 2 photos") {
		t.Fatalf("the steps are %q", steps)
	}
	b.click(`.step-list li:first-child button`)
	b.escape()
	b.idle()
	if got := b.saved("IMG_0002.jpg", "title"); got != title {
		t.Errorf("after undo the title is %s, not %s", got, title)
	}
}

// The keyboard alone: one tab stop, arrows between cards, Enter in and Escape out, on to the next,
// the large view with the focus in the same field.
func TestKeyboard(t *testing.T) {
	needBrowser(t)
	t.Parallel()
	b := described(t, 4)
	const focus = `document.activeElement.closest('[data-photo]')?.ariaLabel + ' ' + (document.activeElement.dataset.field ?? document.activeElement.tagName)`
	if n := get[int](b, `[...document.querySelectorAll('.grid *')].filter((e) => e.tabIndex >= 0 && e.matches('article, button, input, textarea, select')).length`); n != 1 {
		t.Errorf("%d tab stops in the grid, not one", n)
	}
	b.focus(card("IMG_0001.jpg"))
	b.press(kb.ArrowRight)
	b.wait("the second card has the focus", focus+` === 'IMG_0002.jpg ARTICLE'`)
	b.press(" ")
	b.wait("it is selected", `document.querySelector('.card.selected')?.ariaLabel === 'IMG_0002.jpg'`)
	b.press(kb.Escape)
	b.press(kb.Enter)
	b.wait("its title has the focus", focus+` === 'IMG_0002.jpg title'`)
	b.press(kb.Enter, kb.ModifierCtrl)
	b.wait("the next title has the focus, and the first is seen", focus+` === 'IMG_0003.jpg title' && document.querySelector('.card.seen').ariaLabel === 'IMG_0002.jpg'`)
	b.press(kb.Escape)
	b.wait("the card has it", focus+` === 'IMG_0003.jpg ARTICLE'`)

	// Keywords from one to another.
	want := b.saved("IMG_0003.jpg", "keywords")
	b.press("c")
	b.press(kb.ArrowLeft)
	b.press("v")
	b.idle()
	var missing []string
	for word := range strings.SplitSeq(strings.Trim(want, "[]"), ",") {
		if !strings.Contains(b.saved("IMG_0002.jpg", "keywords"), word) {
			missing = append(missing, word)
		}
	}
	if len(missing) > 0 {
		t.Errorf("pasting left out %v", missing)
	}

	// The large view.
	b.press("o")
	b.wait("it is open", `document.querySelector('dialog.preview .filename')?.textContent === 'IMG_0002.jpg'`)
	b.focus(".preview-texts textarea.title")
	b.press("j", kb.ModifierCtrl)
	b.wait("the next photo has the focus in the same field", `document.querySelector('dialog.preview .filename').textContent === 'IMG_0003.jpg' && document.activeElement.matches('.preview-texts textarea.title')`)
	b.focus(".preview .zoom")
	b.press("j")
	b.wait("the next one is shown", `document.querySelector('dialog.preview .filename').textContent === 'IMG_0004.jpg'`)
	b.press("z")
	b.wait("it is pixel for pixel", `(() => { const i = document.querySelector('.large.full img'); return i && i.complete && i.getBoundingClientRect().width === i.naturalWidth; })()`)
	get[bool](b, `(history.back(), true)`)
	b.wait("Back has closed it, at the card of the photo", `document.querySelector('dialog') === null && location.hash.length > 1 && `+focus+` === 'IMG_0004.jpg ARTICLE'`)
	// What goes with its own button leaves the keyboard near where it was.
	b.press("/")
	b.press("no such word")
	b.wait("nothing is found", `document.querySelector('.nothing button') !== null && document.querySelector('.search').value === 'no such word'`)
	b.focus(".nothing button")
	b.press(kb.Enter)
	b.wait("a card has the focus, and nothing is searched for", `document.activeElement.matches('.card') && document.querySelector('.search').value === ''`)
	b.press("v")
	b.press("=")
	b.wait("a step can be taken back", `document.querySelector('.toast button:not([aria-label])')?.innerText === 'Undo'`)
	b.focus(".toast button:not([aria-label])")
	b.press(kb.Enter)
	b.wait("the step is taken back, and the keyboard is on a message", `document.querySelector('.toasts').innerText.includes('undone') && document.activeElement.closest('.toast') !== null`)
	b.focus(card("IMG_0004.jpg"))
	b.press("?")
	b.wait("the keys are listed", `document.querySelector('.key-list')?.innerText.includes('Ctrl Enter')`)
	b.escape()
}

// What the rules have against a photo is mended with a button, for one and for all.
func TestFindings(t *testing.T) {
	needBrowser(t)
	t.Parallel()
	b := described(t, 3, "--fault", "brand-title")
	before := b.nodes(".card.review")
	if before != 3 {
		t.Fatalf("%d photos are to review", before)
	}
	findings := b.nodes(card("IMG_0001.jpg") + " .findings li")
	b.click(card("IMG_0001.jpg") + " .fix")
	b.wait("it has one finding less", fmt.Sprintf(`document.querySelectorAll(%s).length < %d`, quoted(card("IMG_0001.jpg")+" .findings li"), findings))
	b.click(`.toolbar [title="What can be fixed with one click"]`)
	b.wait("the others are counted", `document.querySelector('.fixes')?.innerText.includes('photo')`)
	for range 12 {
		if b.nodes(".fixes button") == 0 {
			break
		}
		n := get[string](b, `document.querySelector('.fixes').innerText`)
		b.click(".fixes button")
		b.wait("it is mended", fmt.Sprintf(`document.querySelector('.fixes')?.innerText !== %s`, quoted(n)))
	}
	b.escape()
	b.wait("all are right", `document.querySelectorAll('.card.done').length === 3`)
	if names := get[[]string](b, `[...document.querySelectorAll('.card textarea.title')].map((e) => e.value)`); slices.ContainsFunc(names, func(n string) bool { return strings.Contains(n, "Coca") }) {
		t.Errorf("the titles still name a brand: %q", names)
	}
}
