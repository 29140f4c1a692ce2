package browsertest

import (
	"fmt"
	"slices"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// What is asked of the words goes to the server with the batch; photos that look alike lie on a
// stack and get one set of facts; releases and the place of a photo are stored; what it all costs
// can be read. axe-core finds nothing against any of it.
func TestShoot(t *testing.T) {
	needBrowser(t)
	t.Parallel()
	b := open(t, serve(t, nil, nil), 1440, 900)
	b.axe()
	b.click(".options summary")
	b.write(".wishes .row label:nth-of-type(1) input", "10")
	b.write(".wishes .row label:nth-of-type(2) input", "20")
	b.write(".wishes .context:nth-of-type(1) input", "azores, sea")
	b.write(".wishes .context:nth-of-type(2) input", "azores")
	b.wait("the contradiction is said", `document.querySelector('.wishes [role=alert]')?.innerText.includes('“azores”')`)
	b.write(".wishes .context:nth-of-type(2) input", "sky")
	b.look("wishes")

	// What the chosen agency does not take is refused before a photo is sent, with the way out.
	b.tolerate = "422"
	b.click(".wishes .row:last-of-type .check input")
	b.drop(named(t)...)
	b.wait("the refusal says what to do", `/takes no editorial photos.*drop the photos again/.test(document.querySelector('.toast.problem')?.innerText) && document.querySelector('.wishes') !== null`)
	if n := b.posted(); n != 0 {
		t.Errorf("%d photos were sent", n)
	}
	b.click(".options summary")
	b.click(".wishes .row:last-of-type .check input")

	photos := copies(t, 10) // eight different ones, the first two twice
	b.drop(photos...)
	b.finished()
	batch := b.batchID()
	of := func(expression string) string {
		return fmt.Sprintf(`fetch('/api/v1/batches/%s').then((r) => r.json()).then((batch) => %s)`, batch, expression)
	}
	b.waitFor("the wishes came with the batch", of(`[batch.brief.keywords.min, batch.brief.keywords.max, ...batch.brief.keywords.require, ...batch.brief.keywords.ban]`), []any{10, 20, "azores", "sea", "sky"})
	b.waitFor("each photo has the keywords", of(`batch.photos.every((p) => p.metadata.keywords.length <= 20 && p.metadata.keywords.slice(0, 2).join() === 'azores,sea')`), true)

	// A stack is one photo, and what is done to it is done to all of it.
	b.click(".toolbar .stacks")
	b.wait("the stacks are closed", `document.querySelectorAll('.card').length === 8`)
	b.click(card("IMG_0001.jpg") + " .card-head")
	b.wait("both are selected", `document.querySelector('.selection-head strong')?.innerText === '2 photos selected'`)
	b.click(".panel-details summary")
	b.write(".panel-details .details-text:nth-of-type(1) input", "MR Ana, MR Luis")
	b.press(kb.Tab)
	b.waitFor("both have the releases", of(`batch.photos.filter((p) => p.details?.model_releases?.join() === 'MR Ana,MR Luis').map((p) => p.filename)`), []string{"IMG_0001.jpg", "IMG_0009.jpg"})
	b.look("stacks")
	b.press(kb.Escape)
	b.press(kb.Escape)
	b.click(card("IMG_0002.jpg") + " .alike")
	b.wait("the stack is open", `document.querySelectorAll('.card').length === 9`)

	// The details of one photo, typed and left at once.
	b.click(card("IMG_0003.jpg") + " .picture-button")
	b.click(".preview .details summary")
	b.write(".preview .details-text:nth-of-type(4) input", "Ponta Delgada")
	b.press(kb.Tab)
	b.look("details")
	b.press(kb.Escape)
	b.waitFor("the place is stored", of(`batch.photos.find((p) => p.filename === 'IMG_0003.jpg').details.place.city`), "Ponta Delgada")

	b.click(".cost summary")
	rows := get[[]string](b, `[...document.querySelectorAll('.cost dt')].map((e) => e.innerText)`)
	for _, want := range []string{"Calls", "Tokens", "input", "output", "1,000 photos"} {
		if !slices.Contains(rows, want) {
			t.Errorf("the cost has no row %q: %q", want, rows)
		}
	}
	b.look("cost")
	b.press(kb.Escape)
	b.wait("it is put away", `!document.querySelector('.cost').open`)
	if height := get[float64](b, `document.querySelector('.toolbar').offsetHeight`); height > 50 {
		t.Errorf("the tools take %v px: more than one row", height)
	}

	// A phone has no room for the cost in its head: the tools lead to it, and to the shoot.
	b.do(chromedp.EmulateViewport(375, 667))
	if part := get[float64](b, `(document.querySelector('.top').offsetHeight + document.querySelector('.head').offsetHeight) / innerHeight`); part >= 0.2 {
		t.Errorf("the bars take %.3f of a phone's screen", part)
	}
	if wide := get[int](b, `document.querySelector('.toolbar').scrollWidth - innerWidth`); wide > 0 {
		t.Errorf("%d px of the tools lie beside a phone's screen", wide)
	}
	b.click(".toolbar .fold")
	b.click(".toolbar .tools .narrow-only button:last-child")
	b.wait("the cost is told", `document.querySelector('.dialog .cost h3')?.innerText.startsWith('Cost of this batch: $')`)
	b.escape()
	b.click(".toolbar .tools .narrow-only button")
	b.write("#batch-name", "Ponta Delgada")
	b.click(".dialog button.primary")
	b.waitFor("the name is stored", of(`batch.name`), "Ponta Delgada")
	b.wait("the dialog is closed", `document.querySelector('dialog') === null`)
}
