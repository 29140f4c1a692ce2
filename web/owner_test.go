package web

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/queue"
)

// patch sends JSON with PATCH.
func (s *site) patch(path string, body any, headers ...string) answer {
	s.t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		s.t.Fatal(err)
	}
	return s.do("PATCH", path, bytes.NewReader(text), append(headers, "Content-Type", "application/json")...)
}

type object = map[string]any

func TestBulkEdit(t *testing.T) {
	s := newSite(t)
	b := s.ended(s.newBatch("a.jpg", "b.jpg", "refused.jpg").ID)
	path := "/api/v1/batches/" + b.ID + "/photos"
	photos := *b.Photos
	var edits []object
	for _, p := range photos {
		edits = append(edits, object{"id": p.ID, "etag": p.ETag, "title": "A quiet harbour at dawn"})
	}
	stale := slices.Clone(edits)
	stale[1] = object{"id": photos[1].ID, "etag": `"1"`, "title": "other"}
	document := wantProblem(t, s.patch(path, stale), codeChanged)
	conflicts := document["conflicts"].([]any)
	if len(conflicts) != 1 || conflicts[0].(object)["id"] != photos[1].ID || conflicts[0].(object)["photo"] == nil {
		t.Errorf("conflicts: %v", conflicts)
	}
	if now := s.batch(b.ID); now.Revision != b.Revision {
		t.Error("something was changed although there was a conflict")
	}
	var done editedView
	a := s.patch(path, edits)
	if a.into(t, &done); a.StatusCode != http.StatusOK || len(done.Photos) != 2 || len(done.Skipped) != 1 || done.Skipped[0].ID != photos[2].ID {
		t.Fatalf("%s %s", a.Status, a.body)
	}
	now := s.batch(b.ID)
	for i, p := range *now.Photos {
		if i < 2 && (p.Metadata.Title != "A quiet harbour at dawn" || !slices.Equal(p.EditedFields, []string{"title"})) {
			t.Errorf("%+v", p)
		}
	}
	if p := (*now.Photos)[2]; p.State != "failed" || p.Error == nil || p.Error.Code != tagroll.CodeRefused {
		t.Errorf("a bulk change made of a failed photo: %+v", p)
	}
	byHand := []object{{"id": photos[2].ID, "etag": "*", "by_hand": true, "title": "By hand", "keywords": []string{"a", "b", "c", "d", "e"}}}
	if a := s.patch(path, byHand); a.StatusCode != http.StatusOK || (*s.batch(b.ID).Photos)[2].State == "failed" {
		t.Errorf("%s %s", a.Status, a.body)
	}
	for _, bad := range []struct {
		code string
		body any
	}{
		{codeBadRequest, []object{}},
		{codeBadRequest, object{}},
		{codeBadRequest, []object{{"id": "x", "etag": "*", "title": "t"}, {"id": "x", "etag": "*", "title": "t"}}},
		{codePreconditionRequired, []object{{"id": photos[0].ID, "title": "t"}}},
		{codeInvalidMetadata, []object{{"id": photos[0].ID, "etag": "*", "title": strings.Repeat("t", 1001)}}},
		{codeChanged, []object{{"id": "nobody", "etag": "*", "title": "t"}}},
	} {
		wantProblem(t, s.patch(path, bad.body), bad.code)
	}
}

func TestBatchIsNamed(t *testing.T) {
	s := newSite(t)
	b := s.created(s.send("/api/v1/batches", append([]part{{field: "name", content: " Lisbon,\n May "}, {field: "context", content: "old trams"}}, photos("a.jpg")...)))
	if b.Name != "Lisbon, May" || b.Context != "old trams" {
		t.Errorf("%q, %q", b.Name, b.Context)
	}
	path := "/api/v1/batches/" + b.ID
	s.ended(b.ID)
	var now batchView
	a := s.patch(path, object{"name": "Åre — winter 2026"})
	if a.into(t, &now); now.Name != "Åre — winter 2026" || now.Context != "old trams" {
		t.Errorf("%s %s", a.Status, a.body)
	}
	if got := s.get(path + "/export/json").Header.Get("Content-Disposition"); !strings.Contains(got, "Are-winter-2026") {
		t.Errorf("exported as %q", got)
	}
	if a.into(t, &now); now.DownloadName != "Are-winter-2026" {
		t.Errorf("its downloads are called %q", now.DownloadName)
	}
	wantProblem(t, s.patch(path, object{"name": strings.Repeat("n", 201)}), codeInvalidMetadata)
	wantProblem(t, s.patch(path, object{}), codeBadRequest)
	if b := s.created(s.post("/api/v1/batches", `{"name":"n","context":"c"}`)); b.Name != "n" || b.Context != "c" {
		t.Errorf("%+v", b)
	}
}

// The files of a batch without a name are called after its first photo.
func TestDownloadName(t *testing.T) {
	taken := tagroll.Facts{Taken: time.Date(2026, 5, 14, 23, 0, 0, 0, time.UTC)}
	for _, c := range []struct {
		name   string
		photos []queue.Photo
		want   string
	}{
		{"Lisbon, May", []queue.Photo{{Name: "IMG_1.jpg"}}, "Lisbon-May"},
		{"", []queue.Photo{{Name: "IMG 1.jpg", Facts: taken}, {Name: "IMG 2.jpg"}}, "tagroll-2026-05-14-IMG-1"},
		{"東京", []queue.Photo{{Name: "IMG_1.jpg"}}, "tagroll-IMG_1"},
		{"", []queue.Photo{{Name: "東京.jpg"}}, "tagroll"},
		{"", nil, "tagroll"},
	} {
		b := queue.Snapshot{Batch: queue.Batch{Name: c.name}, Photos: c.photos}
		if got := downloadName(b); got != c.want {
			t.Errorf("the downloads of %q are called %q, want %q", c.name, got, c.want)
		}
	}
}

func TestEndMoves(t *testing.T) {
	s := newSite(t)
	b := s.ended(s.newBatch("a.jpg").ID)
	a := s.post("/api/v1/batches/"+b.ID+"/extend", "")
	var now batchView
	if a.into(t, &now); a.StatusCode != http.StatusOK || now.ExpiresAt.Sub(*b.ExpiresAt).Minutes() != 60 {
		t.Errorf("%s: from %v to %v", a.Status, b.ExpiresAt, now.ExpiresAt)
	}
}

func TestStatusPages(t *testing.T) {
	s := newSite(t)
	var names []string
	for i := range 7 {
		names = append(names, fmt.Sprintf("IMG_%d.jpg", i))
	}
	b := s.ended(s.newBatch(names...).ID)
	path := "/api/v1/batches/" + b.ID
	var got []string
	pages := 0
	for next := path + "?limit=3"; next != ""; pages++ {
		var page batchView
		s.get(next).into(t, &page)
		for _, p := range *page.Photos {
			got = append(got, p.Filename)
		}
		next = page.Next
	}
	if !slices.Equal(got, names) || pages != 3 {
		t.Errorf("%d pages with %v", pages, got)
	}
	first, second := (*b.Photos)[0], (*b.Photos)[1]
	s.patch(path+"/photos", []object{{"id": second.ID, "etag": "*", "title": "A new title for this one"}})
	if a := s.do("DELETE", path+"/photos/"+first.ID, nil); a.StatusCode != http.StatusNoContent {
		t.Errorf("removing: %s", a.Status)
	}
	var since batchView
	s.get(fmt.Sprintf("%s?since=%d", path, b.Revision)).into(t, &since)
	if len(*since.Photos) != 1 || (*since.Photos)[0].ID != second.ID || !slices.Equal(*since.Removed, []string{first.ID}) {
		t.Errorf("since %d: %+v, removed %v", b.Revision, since.Photos, since.Removed)
	}
	var without batchView
	if s.get(path+"?photos=false").into(t, &without); without.Photos != nil || without.Progress.Total != 6 {
		t.Errorf("%+v", without)
	}
	for _, bad := range []string{"since=x", "limit=0", "limit=x", "photos=x", "after=nobody", "since=1&after=a"} {
		wantProblem(t, s.get(path+"?"+bad), codeBadRequest)
	}
	wantProblem(t, s.get(path+"/photos/"+first.ID), codeNotFound)
}

func TestStatusIsCompressed(t *testing.T) {
	s := newSite(t)
	var names []string
	for i := range 40 {
		names = append(names, fmt.Sprintf("IMG_%d.jpg", i))
	}
	b := s.ended(s.newBatch(names...).ID)
	plain := s.get("/api/v1/batches/"+b.ID, "Accept-Encoding", "identity")
	packed := s.get("/api/v1/batches/"+b.ID, "Accept-Encoding", "br;q=1, gzip")
	if plain.Header.Get("Content-Encoding") != "" || packed.Header.Get("Content-Encoding") != "gzip" || packed.Header.Get("Vary") != "Accept-Encoding" {
		t.Fatalf("%v\n%v", plain.Header, packed.Header)
	}
	z, err := gzip.NewReader(bytes.NewReader(packed.body))
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(z)
	var one, two batchView
	if json.Unmarshal(text, &one); err != nil || len(packed.body)*4 > len(text) {
		t.Errorf("%d bytes of %d, %v", len(packed.body), len(text), err)
	}
	if json.Unmarshal(plain.body, &two); len(*one.Photos) != len(*two.Photos) {
		t.Error("they differ")
	}
	if a := s.get("/api/v1/batches/"+b.ID, "Accept-Encoding", "gzip;q=0"); a.Header.Get("Content-Encoding") != "" {
		t.Error("compressed for a client that does not want it")
	}
	if a := s.get("/api/v1/batches/"+b.ID+"/export/json", "Accept-Encoding", "gzip"); a.Header.Get("Content-Encoding") != "gzip" {
		t.Errorf("the export: %v", a.Header)
	}
}

func TestOrderIsTheSenders(t *testing.T) {
	s := newSite(t)
	b := s.openBatch()
	path := "/api/v1/batches/" + b.ID
	for _, p := range []string{"3", "1", "2"} {
		parts := append([]part{{field: "position", content: p}}, photos("IMG_"+p+".jpg")...)
		if a := s.send(path+"/photos", parts); a.StatusCode != http.StatusCreated {
			t.Fatalf("%s %s", a.Status, a.body)
		}
	}
	s.send(path+"/photos", photos("img_2.JPG"))
	s.post(path+"/close", "")
	b = s.ended(b.ID)
	var names []string
	for _, p := range *b.Photos {
		names = append(names, p.Filename)
	}
	if !slices.Equal(names, []string{"IMG_1.jpg", "IMG_2.jpg", "IMG_3.jpg", "img_2.JPG"}) {
		t.Errorf("in the order %v", names)
	}
	if len(b.Duplicates) != 1 || b.Duplicates[0].Filename != "IMG_2.jpg" || len(b.Duplicates[0].Photos) != 2 {
		t.Errorf("duplicates: %+v", b.Duplicates)
	}
	csv := string(s.get(path + "/export/adobe-stock").body)
	if i, j, k := strings.Index(csv, "IMG_1.jpg"), strings.Index(csv, "IMG_2.jpg"), strings.Index(csv, "IMG_3.jpg"); i < 0 || j < i || k < j {
		t.Errorf("exported as\n%s", csv)
	}
	for _, bad := range []string{"0", "-1", "x", "1.5", ""} {
		wantProblem(t, s.send("/api/v1/batches", append([]part{{field: "position", content: bad}}, photos("a.jpg")...)), codeBadRequest)
	}
}

func TestCancelledBatchContinues(t *testing.T) {
	s := newSite(t)
	b := s.newBatch("slow.jpg", "refused.jpg", "a.jpg")
	path := "/api/v1/batches/" + b.ID
	s.until(b.ID, func(b batchView) bool { return b.Progress.Completed == 2 && b.Progress.Processing == 1 })
	s.post(path+"/cancel", "")
	s.ended(b.ID)
	close(s.hold)
	a := s.post(path+"/continue", "")
	var retried retriedView
	if a.into(t, &retried); a.StatusCode != http.StatusOK || retried.Retried != 1 {
		t.Fatalf("%s %s", a.Status, a.body)
	}
	b = s.until(b.ID, func(b batchView) bool { return b.State == "completed" })
	if b.Progress.Successful != 2 || b.Progress.Failed != 1 || (*b.Photos)[1].Attempts != 1 {
		t.Errorf("%+v", b.Progress)
	}
	wantProblem(t, s.post(path+"/continue", ""), codeNothingToRetry)

	// Where all that had arrived was described, more can be added again.
	b = s.created(s.post("/api/v1/batches", "{}"))
	path = "/api/v1/batches/" + b.ID
	s.send(path+"/photos", photos("a.jpg"))
	s.until(b.ID, func(b batchView) bool { return b.Progress.Completed == 1 })
	s.post(path+"/cancel", "")
	if a := s.post(path+"/continue", ""); a.StatusCode != http.StatusOK {
		t.Errorf("%s %s", a.Status, a.body)
	}
	s.send(path+"/photos", photos("b.jpg"))
	s.post(path+"/close", "")
	s.until(b.ID, func(b batchView) bool { return b.State == "completed" && b.Progress.Successful == 2 })
}

func TestDescribeAgain(t *testing.T) {
	s := newSite(t)
	b := s.ended(s.newBatch("a.jpg", "empty.jpg").ID)
	path := "/api/v1/batches/" + b.ID
	id := (*b.Photos)[0].ID
	s.patch(path+"/photos/"+id, object{"title": "A title that a person wrote"}, "If-Match", "*")
	a := s.post(path+"/describe", `{"photos":["`+id+`"]}`)
	var again describedAgainView
	if a.into(t, &again); a.StatusCode != http.StatusOK || again.Retried != 1 || again.Before[0].Metadata.Title != "A title that a person wrote" {
		t.Fatalf("%s %s", a.Status, a.body)
	}
	p := (*s.ended(b.ID).Photos)[0]
	if p.Attempts != 2 || p.Metadata.Title != "A title that a person wrote" || p.State != "successful" {
		t.Errorf("%+v", p)
	}
	s.post(path+"/describe", `{"photos":["`+id+`"],"overwrite":true}`)
	if p := (*s.ended(b.ID).Photos)[0]; p.Metadata.Title != "Title of a.jpg" || p.EditedFields != nil {
		t.Errorf("%+v", p)
	}
	wantProblem(t, s.post(path+"/describe", `{"photos":["nobody"]}`), codeNotFound)
	wantProblem(t, s.post(path+"/describe", `{"photos":[]}`), codeBadRequest)
}

// A person's JSON with a mistake in it is refused instead of doing half of what it says.
func TestJSONIsReadStrictly(t *testing.T) {
	s := newSite(t)
	b := s.ended(s.newBatch("a.jpg").ID)
	path := "/api/v1/batches/" + b.ID + "/photos/" + (*b.Photos)[0].ID
	for _, body := range []string{
		`{"Title":"x"}`, `{"TITLE":"x"}`, `{"title":"x","titel":"y"}`, `{"title":"x","title":"y"}`,
		"{\"title\":\"caf\xe9\"}", `{"title":"\ud800"}`, `{"title":"\udc00x"}`, `{"title":"\ud83d\u0041"}`, `{"title":"x"} {}`, `[]`, `{"keywords":["a",null]}`,
	} {
		a := s.do("PATCH", path, strings.NewReader(body), "Content-Type", "application/json", "If-Match", "*")
		wantProblem(t, a, codeBadRequest)
	}
	for _, body := range []string{`{"title":"caf\u00e9 \ud83d\ude00 \\ud800"}`, `{"title":"日本"}`} {
		a := s.do("PATCH", path, strings.NewReader(body), "Content-Type", "application/json", "If-Match", "*")
		if a.StatusCode != http.StatusOK {
			t.Errorf("%s: %s", body, a.Status)
		}
	}
	// What is wrong is said in words of the API, and not in those of the program.
	for body, want := range map[string]string{
		`{"titel":"a"}`:          `there is no member "titel" here`,
		`{"title":7}`:            `a number stands in the member "title"`,
		`{"title":1e9999}`:       `a number stands in the member "title"`,
		`{"keywords":{"a":1}}`:   `an object stands in the member "keywords"`,
		`{"keywords":[["fox"]]}`: `an array stands in the member "keywords"`,
	} {
		a := s.do("PATCH", path, strings.NewReader(body), "Content-Type", "application/json", "If-Match", "*")
		if detail, _ := wantProblem(t, a, codeBadRequest)["detail"].(string); !strings.Contains(detail, want) {
			t.Errorf("%s: %s", body, detail)
		}
	}
	many := `[{"id":"x","etag":"*","title":"t","ID":"y"}]`
	wantProblem(t, s.do("PATCH", "/api/v1/batches/"+b.ID+"/photos", strings.NewReader(many), "Content-Type", "application/json"), codeBadRequest)
}
