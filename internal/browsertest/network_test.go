package browsertest

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"
)

// Where events do not come through, the page asks.
func TestPolling(t *testing.T) {
	needBrowser(t)
	t.Parallel()
	b := open(t, serve(t, []string{"--latency", "100ms"}, nil), 1280, 900)
	get[bool](b, `(() => {
		window.EventSource = class extends EventTarget {
			static CLOSED = 2;
			readyState = 2;
			constructor() {
				super();
				setTimeout(() => this.onerror?.());
			}
			close() {}
		};
		return true;
	})()`)
	b.drop(copies(t, 3)...)
	b.finished()
}

// A connection that breaks in the middle costs nothing: uploads and edits go on when it is back.
func TestLostConnection(t *testing.T) {
	needBrowser(t)
	t.Parallel()
	b := open(t, serve(t, nil, nil), 1280, 900)
	get[bool](b, `(() => {
		// The line breaks after the batch was made and before the first photo has left.
		const send = XMLHttpRequest.prototype.send;
		window.broken = true;
		XMLHttpRequest.prototype.send = function (body) {
			if (window.broken) setTimeout(() => this.onerror());
			else send.call(this, body);
		};
		return true;
	})()`)
	b.drop(copies(t, 3)...)
	b.wait("the page says so", `document.querySelector('.progress')?.innerText.includes('no connection')`)
	get[bool](b, `!(window.broken = false) && dispatchEvent(new Event('online'))`)
	b.finished()
	if n := b.nodes(".card.done"); n != 3 {
		t.Errorf("%d of 3 photos arrived", n)
	}

	// A batch that was done is not, while more photos wait for the connection.
	get[bool](b, `window.broken = true`)
	b.drop(copies(t, 4)...)
	b.wait("the page says what waits", `document.querySelector('.progress:not(.over)')?.innerText.includes('4 photos to send · no connection') && !document.title.startsWith('Done')`)
	get[bool](b, `!(window.broken = false) && dispatchEvent(new Event('online'))`)
	b.wait("the others are described", `document.querySelectorAll('.card.done').length === 7 && document.title.startsWith('Done')`)
}

// A limit is told with the time when it resets, and the photos wait.
func TestLimit(t *testing.T) {
	needBrowser(t)
	t.Parallel()
	b := open(t, serve(t, nil, []string{"--limit-photos-per-hour", "2"}), 1280, 900)
	b.tolerate = "429"
	b.drop(copies(t, 4)...)
	b.wait("the limit is named", `/It goes on by itself in \d+:\d\d/.test(document.querySelector('.notice.limit')?.innerText)`)
	b.wait("what is allowed is done, and the others wait", `document.querySelectorAll('.card.done').length === 2 && document.querySelectorAll('.card.waiting').length === 2`)
}

// A provider that allows no calls for a while is told with the time when the batch goes on.
func TestPausedByProvider(t *testing.T) {
	needBrowser(t)
	t.Parallel()
	b := open(t, serve(t, []string{"--fault", "429:retry-after=600"}, nil), 1280, 900)
	b.drop(copies(t, 1)...)
	b.wait("the pause is named", `/The provider allows no more calls.*goes on by itself in \d+:\d\d/.test(document.querySelector('.notice.limit')?.innerText)`)
}

// Large photos are made small before they are sent, and still carry what their headers say.
func TestSmallCopies(t *testing.T) {
	needBrowser(t)
	t.Parallel()
	b := open(t, serve(t, nil, nil), 1280, 900)
	get[bool](b, `(() => {
		window.sent = 0;
		const append = FormData.prototype.append;
		FormData.prototype.append = function (name, value, ...rest) {
			if (value instanceof Blob) window.sent += value.size;
			append.call(this, name, value, ...rest);
		};
		return true;
	})()`)
	photos := []string{large(t, "DSC_2071.jpg")}
	info, err := os.Stat(photos[0])
	if err != nil {
		t.Fatal(err)
	}
	b.drop(photos...)
	b.finished()
	if sent := get[int64](b, `window.sent`); sent == 0 || sent*4 > info.Size() {
		t.Errorf("%d bytes were sent for a photo of %d", sent, info.Size())
	}
	photo := get[map[string]any](b, `fetch('/api/v1/batches/' + location.hash.slice(1)).then((r) => r.json()).then((batch) => batch.photos[0])`)
	if photo["filename"] != filepath.Base(photos[0]) || photo["width"] != float64(1024) {
		t.Errorf("the server has %v, %v wide", photo["filename"], photo["width"])
	}
	if photo["taken_at"] == nil {
		t.Error("the date of the original did not arrive")
	}

	// The switch sends originals.
	b.click(".describer")
	b.click(".dialog [role=switch]")
	b.click(".dialog [aria-label=Close]")
	get[bool](b, `!(window.sent = 0)`)
	b.drop(large(t, "IMG_0977.jpg"))
	b.wait("it is added to the batch", `document.querySelectorAll('.card.done').length === 2`)
	if sent := get[int64](b, `window.sent`); sent < info.Size()/2 {
		t.Errorf("%d bytes were sent although originals were asked for", sent)
	}
}

// What the browser cannot decode goes as it is, and gets its picture from the server.
func TestOriginalWhereItMust(t *testing.T) {
	needBrowser(t)
	t.Parallel()
	b := open(t, serve(t, nil, nil), 1280, 900)
	path := filepath.Join(t.TempDir(), "scan.tif")
	if err := os.WriteFile(path, tiff(600, 400), 0o600); err != nil {
		t.Fatal(err)
	}
	b.drop(path)
	b.finished()
	b.wait("the server's picture is shown", `document.querySelector('.card img')?.naturalWidth === 600`)
}

// tiff is an uncompressed grey TIFF.
func tiff(width, height int) []byte {
	entries := [][4]uint32{ // tag, type (3: short, 4: long), count, value
		{256, 4, 1, uint32(width)}, {257, 4, 1, uint32(height)}, {258, 3, 1, 8}, {259, 3, 1, 1}, {262, 3, 1, 1},
		{273, 4, 1, 8}, {277, 3, 1, 1}, {278, 4, 1, uint32(height)}, {279, 4, 1, uint32(width * height)},
	}
	le := binary.LittleEndian
	file := append([]byte("II*\x00"), le.AppendUint32(nil, uint32(8+width*height))...)
	for i := range width * height {
		file = append(file, byte(i%width*255/width))
	}
	file = le.AppendUint16(file, uint16(len(entries)))
	for _, e := range entries {
		file = le.AppendUint16(le.AppendUint16(file, uint16(e[0])), uint16(e[1]))
		file = le.AppendUint32(le.AppendUint32(file, e[2]), e[3])
	}
	return le.AppendUint32(file, 0)
}
