package openaitest_test

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"image"
	"image/gif"
	"image/png"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tagroll/tagroll/openaitest"
)

func encoded(t testing.TB, write func(*bytes.Buffer, image.Image) error) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := write(&b, image.NewGray(image.Rect(0, 0, 40, 30))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// webpPixel is a lossless WebP image of one pixel.
var webpPixel = []byte("RIFF\x1a\x00\x00\x00WEBPVP8L\x0d\x00\x00\x00\x2f\x00\x00\x00\x10\x07\x10\x11\x11\x88\x88\xfe\x07\x00")

func TestDataURLs(t *testing.T) {
	s, client := inProcess(t, openaitest.Config{MaxImageBytes: 100_000})
	good := photo(t, 1)
	b64 := base64.StdEncoding.EncodeToString
	pngData := encoded(t, func(b *bytes.Buffer, i image.Image) error { return png.Encode(b, i) })
	gifData := encoded(t, func(b *bytes.Buffer, i image.Image) error { return gif.Encode(b, i, nil) })
	for _, c := range []struct {
		name, url, code string
	}{
		{"jpeg", dataURL(good), ""},
		{"jpg", "data:image/jpg;base64," + b64(good), ""},
		{"png", "data:image/png;base64," + b64(pngData), ""},
		{"gif", "data:image/gif;base64," + b64(gifData), ""},
		{"webp", "data:image/webp;base64," + b64(webpPixel), ""},
		{"wrong type", "data:image/png;base64," + b64(good), "invalid_image_format"},
		{"no image type", "data:text/plain;base64," + b64(good), "invalid_image_format"},
		{"not an image", "data:image/jpeg;base64," + b64([]byte("hello")), "invalid_image_format"},
		{"cut off", "data:image/jpeg;base64," + b64(good[:len(good)/2]), "image_parse_error"},
		{"header only", "data:image/jpeg;base64," + b64(good[:10]), "image_parse_error"},
		{"not base64", "data:image/jpeg;base64,????", "invalid_base64"},
		{"unpadded", "data:image/png;base64," + strings.TrimRight(b64(append(pngData, make([]byte, 3-len(pngData)%3+1)...)), "="), "invalid_base64"},
		{"line breaks", "data:image/jpeg;base64," + b64(good)[:40] + "\n" + b64(good)[40:], "invalid_base64"},
		{"not encoded", "data:image/jpeg," + string(good[:0]), "invalid_image_url"},
		{"no comma", "data:image/jpeg;base64", "invalid_image_url"},
		{"empty", "data:image/jpeg;base64,", "invalid_base64"},
		{"other scheme", "ftp://127.0.0.1/a.jpg", "invalid_image_url"},
		{"file", "file:///etc/hostname", "invalid_image_url"},
		{"too large", dataURL(append(bytes.Clone(good), make([]byte, 100_000)...)), "image_too_large"},
	} {
		r := post(t, client, base, body(c.url))
		if c.code == "" {
			r.metadata(t)
			continue
		}
		if r.status != 400 || deref(r.failure(t).Code) != c.code || deref(r.failure(t).Param) != "messages[1].content[1].image_url" {
			t.Errorf("%s: %d %s, want %s", c.name, r.status, r.body, c.code)
		}
	}
	// The files jpeg and jpg are the same bytes.
	if st := s.Stats(); len(st.Images) != 4 || st.Leaks != 0 {
		t.Errorf("images %v, leaks %d", st.Images, st.Leaks)
	}
}

// withSegments puts marker segments behind a JPEG's first marker.
func withSegments(jpeg []byte, segments ...string) []byte {
	out := bytes.Clone(jpeg[:2])
	for _, s := range segments {
		out = append(out, 0xFF, s[0])
		out = binary.BigEndian.AppendUint16(out, uint16(len(s)+1))
		out = append(out, s[1:]...)
	}
	return append(out, jpeg[2:]...)
}

func TestMetadataLeaksAreSeen(t *testing.T) {
	const tiff = "MM\x00\x2a\x00\x00\x00\x08\x00\x01"
	for _, c := range []struct {
		name    string
		segment string
		want    openaitest.ImageStats
		leaks   int
	}{
		{"exif", "\xe1Exif\x00\x00" + tiff + "\x01\x12\x00\x03\x00\x00\x00\x01\x00\x01\x00\x00", openaitest.ImageStats{EXIF: true}, 1},
		{"gps", "\xe1Exif\x00\x00" + tiff + "\x88\x25\x00\x04\x00\x00\x00\x01\x00\x00\x00\x1a", openaitest.ImageStats{EXIF: true, GPS: true}, 1},
		{"xmp", "\xe1http://ns.adobe.com/xap/1.0/\x00<x/>",
			openaitest.ImageStats{XMP: true}, 1},
		{"iptc", "\xedPhotoshop 3.0\x00", openaitest.ImageStats{IPTC: true}, 1},
		{"icc", "\xe2ICC_PROFILE\x00\x01\x01", openaitest.ImageStats{ICC: true}, 0},
		{"comment", "\xfehello", openaitest.ImageStats{}, 0},
	} {
		s, client := inProcess(t, openaitest.Config{})
		data := withSegments(photo(t, 1), c.segment)
		post(t, client, base, body(dataURL(data))).metadata(t)
		st := s.Stats()
		want := c.want
		want.Format, want.Bytes, want.Width, want.Height, want.Calls, want.Successes = "jpeg", len(data), 96, 64, 1, 1
		for _, got := range st.Images {
			if got != want {
				t.Errorf("%s: %+v, want %+v", c.name, got, want)
			}
		}
		if st.Leaks != c.leaks || len(st.Images) != 1 {
			t.Errorf("%s: %d leaks in %d images", c.name, st.Leaks, len(st.Images))
		}
	}
}

func TestDownloads(t *testing.T) {
	good := photo(t, 1)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /good", func(w http.ResponseWriter, r *http.Request) { w.Write(good) })
	mux.HandleFunc("GET /text", func(w http.ResponseWriter, r *http.Request) { w.Write([]byte("hello")) })
	mux.HandleFunc("GET /empty", func(w http.ResponseWriter, r *http.Request) {})
	mux.HandleFunc("GET /large", func(w http.ResponseWriter, r *http.Request) { w.Write(make([]byte, 100_001)) })
	mux.HandleFunc("GET /cut", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "99999")
		w.Write(good)
	})
	mux.HandleFunc("GET /once", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/good", http.StatusFound) })
	mux.HandleFunc("GET /loop", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/loop", http.StatusFound) })
	mux.HandleFunc("GET /away", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "http://203.0.113.1/a.jpg", http.StatusFound)
	})
	files := httptest.NewServer(mux)
	defer files.Close()
	s, err := openaitest.Start(openaitest.Config{MaxImageBytes: 100_000})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	failures := 0
	for _, c := range []struct{ url, code, says string }{
		{files.URL + "/good", "", ""},
		{files.URL + "/once", "", ""},
		{files.URL + "/missing", "invalid_image_url", "status code: 404"},
		{files.URL + "/empty", "invalid_image_url", "empty"},
		{files.URL + "/loop", "failed_to_download_image", "redirects"},
		{files.URL + "/cut", "failed_to_download_image", "EOF"},
		{files.URL + "/away", "failed_to_download_image", "loopback"},
		{"http://203.0.113.1/a.jpg", "failed_to_download_image", "loopback"},
		{"http://127.0.0.1:1/a.jpg", "failed_to_download_image", "127.0.0.1:1"},
		{files.URL + "/large", "image_too_large", "maximum"},
		{files.URL + "/text", "invalid_image_format", "unsupported"},
	} {
		r := post(t, client, s.URL(), body(c.url))
		if c.code == "" {
			r.metadata(t)
			continue
		}
		if c.code == "invalid_image_url" || c.code == "failed_to_download_image" {
			failures++
		}
		if f := r.failure(t); r.status != 400 || deref(f.Code) != c.code || !strings.Contains(f.Message, c.says) {
			t.Errorf("%s: %d %s, want %s with %q", c.url, r.status, r.body, c.code, c.says)
		}
	}
	if st := s.Stats(); st.Downloads != 11 || st.DownloadFailures != failures {
		t.Errorf("%d downloads, %d failed, want 11 and %d", st.Downloads, st.DownloadFailures, failures)
	}
}

func TestDownloadTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		never := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
		_, client := inProcess(t, openaitest.Config{
			DownloadTimeout: 5 * time.Second, DownloadTransport: openaitest.NewTransport(never),
		})
		began := time.Now()
		r := post(t, client, base, body("https://photos.test/a.jpg"))
		if f := r.failure(t); r.status != 400 ||
			f.Message != "Timeout while downloading https://photos.test/a.jpg." ||
			deref(f.Code) != "invalid_image_url" {
			t.Errorf("%d %s", r.status, r.body)
		}
		if took := time.Since(began); took != 5*time.Second {
			t.Errorf("after %v", took)
		}
	})
}

// TestCloseEndsDownloads closes a server in the middle of a download.
func TestCloseEndsDownloads(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		never := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
		s, client := inProcess(t, openaitest.Config{DownloadTimeout: time.Hour, DownloadTransport: openaitest.NewTransport(never)})
		began := time.Now()
		done := make(chan reply)
		go func() { done <- post(t, client, base, body("https://photos.test/a.jpg")) }()
		synctest.Wait()
		go func() {
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		}()
		<-done
		if took := time.Since(began); took != 0 {
			t.Errorf("after %v", took)
		}
	})
}
