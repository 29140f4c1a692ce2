package browsertest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// storedWords is an expression: the keywords that the server has of a photo, as text.
func storedWords(batch, name string) string {
	return fmt.Sprintf(`fetch('/api/v1/batches/%s').then((r) => r.json()).then((batch) => batch.photos.find((p) => p.filename === %q).metadata.keywords.join())`, batch, name)
}

// Cells of a spreadsheet come with a picture of them: the text goes into the field, and no photo is
// added. A picture alone is one.
func TestPasteFromSpreadsheet(t *testing.T) {
	needBrowser(t)
	t.Parallel()
	b := described(t, 1)
	paste := func(selector string, withText bool) bool {
		return get[bool](b, fmt.Sprintf(`(async () => {
			const data = new DataTransfer();
			if (%v) {
				data.setData('text/plain', 'harbour\tboat');
				data.setData('text/html', '<table><tr><td>harbour<td>boat</table>');
			}
			const canvas = document.createElement('canvas');
			canvas.getContext('2d').fillRect(0, 0, 30, 30);
			const picture = await new Promise((done) => canvas.toBlob(done));
			data.items.add(new File([picture], 'image.png', {type: 'image/png'}));
			const field = document.querySelector(%s);
			field.focus();
			const event = new ClipboardEvent('paste', {clipboardData: data, bubbles: true, cancelable: true});
			field.dispatchEvent(event);
			return event.defaultPrevented;
		})()`, withText, quoted(selector)))
	}
	if paste(card("IMG_0001.jpg")+" textarea.title", true) {
		t.Error("the browser may not put the text of the cells into the title")
	}
	if !paste(card("IMG_0001.jpg")+" .adder input", true) {
		t.Error("keywords with a tab between are not taken apart")
	}
	b.waitFor("both words are keywords", strings.Replace(storedWords(b.batchID(), "IMG_0001.jpg"), ".join()", ".slice(-2).join()", 1), "harbour,boat")
	if n := b.nodes(".card"); n != 1 {
		t.Fatalf("the picture of the cells was taken for a photo: %d cards", n)
	}
	if !paste(card("IMG_0001.jpg")+" textarea.title", false) {
		t.Error("a picture alone is not taken")
	}
	b.wait("it is added", `document.querySelectorAll('.card').length === 2`)
}

// What is typed and not finished is kept, whatever the person does next: a keyword without its
// comma, one that is being edited, the batch's name.
func TestHalfTyped(t *testing.T) {
	needBrowser(t)
	t.Parallel()
	b := described(t, 2)
	batch := b.batchID()
	has := func(name, word string) string {
		return strings.Replace(storedWords(batch, name), ".join()", fmt.Sprintf(".includes(%q)", word), 1)
	}
	add := func(selector, word string) {
		b.focus(selector + " .adder input")
		b.press(word)
	}
	// On to the next photo in the large view.
	b.click(".picture-button")
	add(".preview", "lighthouse keeper")
	b.press("j", kb.ModifierCtrl)
	b.wait("the next photo is shown", `document.querySelector('dialog.preview .filename').textContent === 'IMG_0002.jpg'`)
	b.waitFor("the word of the first is stored", has("IMG_0001.jpg", "lighthouse keeper"), true)
	b.press(kb.Escape)
	b.wait("the large view is closed", `document.querySelector('dialog') === null`)

	// Back to the list, in the middle of a new name and of a keyword.
	b.focus(".batch-name")
	b.press("a", kb.ModifierCtrl)
	b.press("Half a name")
	get[string](b, `location.hash = ''`)
	b.wait("the list is there", `document.querySelector('.recent-row') !== null`)
	b.waitFor("the name is stored", fmt.Sprintf(`fetch('/api/v1/batches/%s').then((r) => r.json()).then((batch) => batch.name)`, batch), "Half a name")
	get[string](b, fmt.Sprintf(`location.hash = %q`, batch))
	b.wait("the photos are back", `document.querySelectorAll('.card textarea').length >= 2`)
	add(card("IMG_0002.jpg"), "half a keyword")
	get[string](b, `location.hash = ''`)
	b.waitFor("the keyword is stored", has("IMG_0002.jpg", "half a keyword"), true)

	// A chip that is being edited.
	get[string](b, fmt.Sprintf(`location.hash = %q`, batch))
	b.wait("the photos are back", `document.querySelectorAll('.card textarea').length >= 2`)
	b.focus(card("IMG_0002.jpg") + " .word")
	b.press(kb.Enter)
	b.wait("it can be edited", `document.activeElement.matches('.rewrite')`)
	b.press("a", kb.ModifierCtrl)
	b.press("edited halfway")
	get[string](b, `location.hash = ''`)
	b.waitFor("what it became is stored", has("IMG_0002.jpg", "edited halfway"), true)
}

// Back closes a dialog and stays in the batch. What was written about the shoot and not saved is
// there again, also after a reload; so is what was written for the next batch.
func TestBackInDialog(t *testing.T) {
	needBrowser(t)
	t.Parallel()
	b := open(t, serve(t, nil, nil), 1280, 900)
	b.write(".options .context textarea", "Carnival in Loulé")
	b.do(chromedp.Reload())
	b.wait("the text for the next batch is still there", `document.querySelector('.options .context textarea')?.value === 'Carnival in Loulé'`)
	b.drop(copies(t, 1)...)
	b.finished()
	batch := b.batchID()
	for _, selector := range []string{".progress-actions .primary", ".describer", `.toolbar button:has(.wide-only)`} {
		b.click(selector)
		b.wait("the dialog is open", `document.querySelector('dialog[open]') !== null`)
		get[bool](b, `(history.back(), true)`)
		b.wait("Back has closed it", `document.querySelector('dialog') === null && document.querySelectorAll('.card').length === 1`)
		if id := b.batchID(); id != batch {
			t.Fatalf("after Back in the dialog of %s the address names %q", selector, id)
		}
	}
	b.click(`.progress-actions [title^="What the describer"]`)
	if got := get[string](b, `document.querySelector('#context-text').value`); got != "Carnival in Loulé" {
		t.Errorf("the batch's context is %q", got)
	}
	b.write("#context-text", "Carnival in Loulé, February")
	get[bool](b, `(history.back(), true)`)
	b.wait("Back has closed it", `document.querySelector('dialog') === null`)
	b.do(chromedp.Reload())
	b.wait("the photos are back", `document.querySelectorAll('.card.done').length === 1`)
	b.click(`.progress-actions [title^="What the describer"]`)
	b.wait("the text is there, and called unsaved", `document.querySelector('#context-text').value === 'Carnival in Loulé, February' && document.querySelector('.dialog .notice').innerText.includes('not saved')`)
	b.click(".dialog button.primary")
	b.waitFor("it is stored", fmt.Sprintf(`fetch('/api/v1/batches/%s').then((r) => r.json()).then((batch) => batch.context)`, batch), "Carnival in Loulé, February")
	b.wait("the dialog is closed", `document.querySelector('dialog') === null`)
	// Now Back leaves, and for the next batch nothing is written.
	get[bool](b, `(history.back(), true)`)
	b.click(".wordmark")
	b.wait("the next batch has no text", `document.querySelector('.options .context textarea')?.value === ''`)
}

// Photos are removed while they are on their way: none of them comes back, and the batch ends.
func TestRemoveWhileSending(t *testing.T) {
	needBrowser(t)
	t.Parallel()
	b := open(t, serve(t, nil, nil), 1280, 900)
	get[bool](b, `(() => {
		// After the first photo the line holds everything back.
		const send = XMLHttpRequest.prototype.send;
		window.held = [];
		XMLHttpRequest.prototype.send = function (body) {
			if (body.get('photos').name < 'IMG_0002') send.call(this, body);
			else window.held.push(() => send.call(this, body));
		};
		window.goOn = () => {
			XMLHttpRequest.prototype.send = send;
			window.held.splice(0).forEach((one) => one());
			return true;
		};
		return true;
	})()`)
	b.drop(copies(t, 8)...)
	b.wait("one is described, four are on their way and three wait", `document.querySelectorAll('.card.done').length === 1 && window.held.length >= 3`)
	kept := get[string](b, `document.querySelector('.card.done').ariaLabel`)
	b.press("a", kb.ModifierCtrl)
	b.click(card(kept) + " .select-box input")
	b.wait("all but one are selected", `document.querySelector('.selection').innerText.includes('7 photos selected')`)
	b.click(".selection button.remove-photos")
	b.wait("they are gone", `document.querySelectorAll('.card').length === 1`)
	get[bool](b, `window.goOn()`)
	b.finished()
	b.waitFor("the server has the one", `fetch('/api/v1/batches/' + location.hash.slice(1)).then((r) => r.json()).then((batch) => batch.state + batch.photos.length)`, "completed1")
	if n := b.nodes(".card"); n != 1 {
		t.Errorf("%d cards are shown: removed photos have come back", n)
	}
	// One that was removed can be dropped again.
	b.drop(copies(t, 2)[1])
	b.wait("it is here again", `document.querySelectorAll('.card.done').length === 2`)
}

// Two tabs mark photos of two batches as seen: neither forgets the marks of the other.
func TestSeenInTwoTabs(t *testing.T) {
	needBrowser(t)
	t.Parallel()
	b := described(t, 2)
	second := b.another(b.address)
	second.drop(copies(t, 1)...)
	second.finished()
	mark := func(b *tab, name string) {
		b.focus(card(name))
		b.press("s")
		b.wait("it is marked", fmt.Sprintf(`document.querySelector(%s).classList.contains('seen')`, quoted(card(name))))
	}
	mark(b, "IMG_0001.jpg")
	mark(second, "IMG_0001.jpg")
	mark(b, "IMG_0002.jpg")
	for _, one := range []*tab{b, second} {
		want := one.nodes(".card")
		one.do(chromedp.Reload())
		one.wait("the photos are back", fmt.Sprintf(`document.querySelectorAll('.card.done').length === %d`, want))
		one.wait("all are seen", fmt.Sprintf(`document.querySelectorAll('.card.seen').length === %d`, want))
	}
}

// A browser without room keeps nothing: leaving with an unsaved edit asks, and the page says that
// it must stay open.
func TestNoRoom(t *testing.T) {
	needBrowser(t)
	t.Parallel()
	b := described(t, 1)
	get[bool](b, `(() => {
		IDBObjectStore.prototype.put = () => {
			throw new DOMException('The disk is full.', 'QuotaExceededError');
		};
		Storage.prototype.setItem = IDBObjectStore.prototype.put;
		const real = window.fetch;
		window.fetch = (address, options) => (window.offline && options?.method === 'PATCH' ? Promise.reject(new TypeError('offline')) : real(address, options));
		return (window.offline = true);
	})()`)
	b.write(card("IMG_0001.jpg")+" textarea.title", "There is no room for this")
	b.press(kb.Tab)
	b.wait("it says so", `[...document.querySelectorAll('.toast')].some((e) => e.innerText.includes('Keep this page open'))`)
	asks := `(() => {
		const event = new Event('beforeunload', {cancelable: true});
		dispatchEvent(event);
		return event.defaultPrevented;
	})()`
	if !get[bool](b, asks) {
		t.Error("the page may be closed without a question, though nothing keeps the edit")
	}
	get[bool](b, `!(window.offline = false) && dispatchEvent(new Event('online'))`)
	b.idle()
	if got := b.saved("IMG_0001.jpg", "title"); got != `"There is no room for this"` {
		t.Errorf("the title is %s", got)
	}
	if get[bool](b, asks) {
		t.Error("the page asks although everything is saved")
	}
}

// A computer whose clock is hours off neither says that a batch ends nor that it has ended.
func TestWrongClock(t *testing.T) {
	needBrowser(t)
	t.Parallel()
	b := open(t, serve(t, nil, []string{"--keep", "2h"}), 1280, 900)
	get[bool](b, `(() => {
		const right = Date.now;
		Date.now = () => right() + 5 * 3600 * 1000;
		return true;
	})()`)
	b.drop(copies(t, 1)...)
	b.finished()
	b.wait("the end is told by this computer's clock", fmt.Sprintf(`document.querySelector('.progress time')?.textContent.endsWith(new Date(Date.parse(document.querySelector('.progress time').dateTime) + %d).toLocaleTimeString([], {hour: '2-digit', minute: '2-digit'}))`, 5*3600*1000))
	if n := b.nodes(".notices .notice"); n != 0 {
		t.Errorf("there is a notice: %s", get[string](b, `document.querySelector('.notices').innerText`))
	}
	b.click(".wordmark")
	b.wait("two hours are left", `document.querySelector('.recent-row')?.innerText.includes('deleted in 2 hours')`)
}

// A server that was upgraded while a tab was open has a newer page: that is said, nothing is
// reloaded by itself, and what writes into photos is there already.
func TestUpgradedServer(t *testing.T) {
	needBrowser(t)
	t.Parallel()
	b := described(t, 1)
	b.wait("what writes into photos is loaded", `performance.getEntriesByType('resource').some((e) => e.name.endsWith('/js/embed/jpeg.js'))`)
	look := `(() => {
		const [real, now] = [window.fetch, Date.now];
		window.fetch = async (address, options) => {
			if (address !== './') return real(address, options);
			const text = await (await real(address, options)).text();
			// After the page has read it.
			queueMicrotask(() => setTimeout(() => window.looks++));
			if (!window.newer) return new Response(text);
			return new Response(text.replaceAll(
				/assets\/[0-9a-f]{16}\//g, 'assets/0123456789abcdef/'));
		};
		window.looks = 0;
		window.look = (minutes) => {
			Date.now = () => now() + minutes * 60 * 1000;
			document.dispatchEvent(new Event('visibilitychange'));
			return true;
		};
		return true;
	})()`
	get[bool](b, look)
	get[bool](b, `window.look(11)`)
	b.wait("it has looked", `window.looks === 1`)
	if n := b.nodes(".notices .notice"); n != 0 {
		t.Fatalf("there is nothing newer, and the page says %q", get[string](b, `document.querySelector('.notices').innerText`))
	}
	get[bool](b, `(window.newer = true) && window.look(30)`)
	b.wait("it says so", `document.querySelector('.notices')?.innerText.includes('newer version')`)
	if text := get[string](b, `document.querySelector('.notices .notice button').innerText`); text != "Reload" {
		t.Errorf("the button says %q", text)
	}
	b.axe()
	b.look("newer")
	b.do(chromedp.Reload())
	b.wait("it is the page of the server", `document.querySelectorAll('.card.done').length === 1 && document.querySelector('.notices .notice') === null`)
}
