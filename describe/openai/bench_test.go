package openai_test

import (
	"bytes"
	"encoding/base64"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/tagroll/tagroll/describe/describetest"
	"github.com/tagroll/tagroll/describe/openai"
)

// BenchmarkDescribe is what a call takes on this side, with an image of 300 KB as a
// data URL and a provider on the same machine that answers at once.
func BenchmarkDescribe(b *testing.B) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		reply(http.StatusOK, completion(content))(w, r)
	}))
	b.Cleanup(s.Close)
	d, err := openai.New(openai.Config{BaseURL: s.URL})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(d.CloseIdleConnections)
	r := describetest.Request(1)
	r.URL = "data:image/jpeg;base64," + base64.StdEncoding.EncodeToString(bytes.Repeat([]byte("tagroll"), 300<<10/7))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := d.Describe(b.Context(), r); err != nil {
			b.Fatal(err)
		}
	}
}
