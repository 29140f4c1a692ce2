package web

import (
	"encoding/csv"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tagroll/tagroll/queue"
	"github.com/tagroll/tagroll/wording"
)

func TestBatchOfPhotos(t *testing.T) {
	s := newSite(t)
	a := s.send("/api/v1/batches", append([]part{{field: "agencies", content: "adobe-stock"}}, photos("a.jpg", "review.jpg", "refused.jpg")...))
	b := s.created(a)
	if a.Header.Get("Location") != "/api/v1/batches/"+b.ID || b.Token == "" || b.ClosedAt == nil || b.Progress.Total != 3 {
		t.Errorf("the answer is %s %v", a.body, a.Header)
	}
	b = s.ended(b.ID)
	if b.Token != "" {
		t.Error("the token is shown again")
	}
	p := b.Progress
	if b.State != "completed" || p.Successful != 1 || p.NeedsReview != 1 || p.Failed != 1 || p.Completed != 3 || b.ExpiresAt == nil {
		t.Errorf("the batch ended as %+v", b)
	}
	photos := *b.Photos
	if photos[0].Metadata.Title != "Title of a.jpg" || photos[1].State != queue.PhotoNeedsReview || photos[1].Findings[0].Rule != "title-too-long" ||
		photos[2].Error.Code != "refused" || photos[0].TakenAt == nil || photos[0].Bytes != int64(len("photo a.jpg")) {
		t.Errorf("the photos are %+v", photos)
	}

	image := s.get(photos[0].Image)
	if string(image.body) != "small photo a.jpg" || image.Header.Get("Content-Type") != "image/jpeg" ||
		!strings.Contains(image.Header.Get("Cache-Control"), "private") {
		t.Errorf("the image is %q %v", image.body, image.Header)
	}
	if again := s.get(photos[0].Image, "If-None-Match", image.Header.Get("ETag")); again.StatusCode != http.StatusNotModified {
		t.Errorf("the image is sent again: %s", again.Status)
	}

	var list struct{ Batches []batchView }
	later := s.newBatch("b.jpg")
	s.get("/api/v1/batches").into(t, &list)
	if len(list.Batches) != 2 || list.Batches[0].ID != later.ID || list.Batches[0].Photos != nil {
		t.Errorf("the list is %+v", list)
	}

	if a := s.do("DELETE", "/api/v1/batches/"+b.ID, nil); a.StatusCode != http.StatusNoContent {
		t.Errorf("deleting: %s %s", a.Status, a.body)
	}
	wantProblem(t, s.get("/api/v1/batches/"+b.ID), codeNotFound)
	wantProblem(t, s.get(photos[0].Image), codeNotFound)
}

func TestOpenBatch(t *testing.T) {
	s := newSite(t)
	b := s.openBatch()
	path := "/api/v1/batches/" + b.ID
	if b.State != "open" || b.Photos == nil || len(*b.Photos) != 0 {
		t.Errorf("the new batch is %+v", b)
	}
	var added struct{ Photos []photoView }
	parts := []part{{field: "id", content: "mine"}, {field: "head", content: "the original says"}, {"photos", "a.jpg", "photo 1"}, {"photos", "b.jpg", "photo 2"}}
	a := s.send(path+"/photos", parts)
	a.into(t, &added)
	if a.StatusCode != http.StatusCreated || len(added.Photos) != 2 || added.Photos[0].ID != "mine" || added.Photos[1].Filename != "b.jpg" {
		t.Fatalf("%s %s", a.Status, a.body)
	}
	stored, err := s.node.Get(t.Context(), b.ID)
	if err != nil || stored.Photos[0].Facts.Title != "the original says" || stored.Photos[1].Facts.Title != "" {
		t.Errorf("the head was not used: %+v %v", stored, err)
	}

	// Sent again: nothing changes, and the bytes are not even looked at.
	s.until(b.ID, func(b batchView) bool { return b.Progress.Completed == 2 })
	again := s.send(path+"/photos", []part{{field: "id", content: "mine"}, {"photos", "other.jpg", "panic"}})
	again.into(t, &added)
	if again.StatusCode != http.StatusCreated || len(added.Photos) != 1 || added.Photos[0].Filename != "a.jpg" || added.Photos[0].State != queue.PhotoSuccessful {
		t.Errorf("sent again: %s %s", again.Status, again.body)
	}

	s.post(path+"/close", "")
	if b = s.ended(b.ID); b.State != "completed" || b.Progress.Total != 2 {
		t.Errorf("the batch ended as %+v", b)
	}
	if a := s.post(path+"/close", ""); a.StatusCode != http.StatusOK {
		t.Errorf("closing again: %s", a.Status)
	}
	if a := s.send(path+"/photos", photos("late.jpg")); a.StatusCode != http.StatusCreated {
		t.Errorf("adding to a batch that has ended: %s", a.Status)
	}
	if b = s.batch(b.ID); b.State != "open" || b.ExpiresAt != nil {
		t.Errorf("it is not open again: %+v", b)
	}
	s.post(path+"/cancel", "")
	wantProblem(t, s.send(path+"/photos", photos("later.jpg")), codeBatchClosed)
}

func TestCancelAndRetry(t *testing.T) {
	s := newSite(t)
	b := s.newBatch("slow.jpg", "refused.jpg", "review.jpg")
	path := "/api/v1/batches/" + b.ID
	s.until(b.ID, func(b batchView) bool { return b.Progress.Processing == 1 && b.Progress.Completed == 2 })
	var cancelled batchView
	s.post(path+"/cancel", "").into(t, &cancelled)
	if cancelled.State != "cancelled" || cancelled.Progress.Pending != 1 {
		t.Errorf("cancelled: %+v", cancelled)
	}
	close(s.hold)

	var retried struct {
		Retried int
		Batch   batchView
	}
	a := s.do("POST", path+"/retry", nil)
	a.into(t, &retried)
	if a.StatusCode != http.StatusOK || retried.Retried != 2 || retried.Batch.State != "processing" {
		t.Errorf("retry: %s %s", a.Status, a.body)
	}
	b = s.ended(b.ID)
	if b.Progress.Successful != 1 || b.Progress.Failed != 1 || (*b.Photos)[1].Attempts != 2 {
		t.Errorf("after the retry: %+v", b)
	}
	// By name, what needs review is tried again as well.
	if a := s.post(path+"/retry", `{"photos":["`+(*b.Photos)[2].ID+`"]}`); a.StatusCode != http.StatusOK {
		t.Errorf("retry of a photo in review: %s %s", a.Status, a.body)
	}
	s.ended(b.ID)

	good := s.newBatch("a.jpg")
	s.ended(good.ID)
	wantProblem(t, s.post("/api/v1/batches/"+good.ID+"/retry", "{}"), codeNothingToRetry)
	wantProblem(t, s.post("/api/v1/batches/"+good.ID+"/retry", `{"photos":["unknown"]}`), codeNotFound)
}

func TestEdit(t *testing.T) {
	s := newSite(t)
	b := s.newBatch("a.jpg", "refused.jpg", "slow.jpg")
	b = s.until(b.ID, func(b batchView) bool { return b.Progress.Completed == 2 && b.Progress.Processing == 1 })
	photos := *b.Photos
	path := func(i int) string { return "/api/v1/batches/" + b.ID + "/photos/" + photos[i].ID }
	patch := func(i int, body string, headers ...string) answer {
		return s.do("PATCH", path(i), strings.NewReader(body), append(headers, "Content-Type", "application/json")...)
	}

	wantProblem(t, patch(0, `{"title":"New"}`), codePreconditionRequired)
	a := patch(0, `{"title":"  A   red fox. ","category":"plants & flowers"}`, "If-Match", photos[0].ETag)
	var edited photoView
	a.into(t, &edited)
	if a.StatusCode != http.StatusOK || edited.Metadata.Title != "A red fox" || edited.Metadata.Category != "Plants and Flowers" ||
		len(edited.Metadata.Keywords) != 5 || edited.EditedAt == nil || edited.ETag == photos[0].ETag || a.Header.Get("ETag") != edited.ETag {
		t.Errorf("%s %s", a.Status, a.body)
	}
	stale := wantProblem(t, patch(0, `{"title":"Other"}`, "If-Match", photos[0].ETag), codeChanged)
	if now := stale["photo"].(map[string]any); now["etag"] != edited.ETag || now["metadata"].(map[string]any)["title"] != "A red fox" {
		t.Errorf("the problem holds %v", now)
	}
	// A list of tags, a weak one, and any.
	if a := patch(0, `{"title":"Fox"}`, "If-Match", `"1", `+edited.ETag); a.StatusCode != http.StatusOK {
		t.Errorf("one of two: %s", a.Status)
	}
	wantProblem(t, patch(0, `{"title":"Fox"}`, "If-Match", "W/"+s.get(path(0)).Header.Get("ETag")), codeChanged)
	a = patch(0, `{"category":"","keywords":[]}`, "If-Match", "*")
	a.into(t, &edited)
	if edited.State != queue.PhotoNeedsReview || edited.Metadata.Category != "" || edited.Metadata.Keywords == nil || edited.Error == nil {
		t.Errorf("without keywords: %s %s", a.Status, a.body)
	}

	// A failed photo is filled in by hand.
	edited = photoView{}
	a = patch(1, `{"title":"By hand","keywords":["a cat","b","c","d","e","f"],"category":"Animals"}`, "If-Match", "*")
	a.into(t, &edited)
	if a.StatusCode != http.StatusOK || edited.State != queue.PhotoSuccessful || edited.Error != nil || edited.Metadata.Keywords[0] != "a cat" {
		t.Errorf("by hand: %s %s", a.Status, a.body)
	}
	wantProblem(t, patch(2, `{"title":"Too early"}`, "If-Match", "*"), codePhotoUnfinished)

	for body, code := range map[string]string{
		`{}`:                        codeBadRequest,
		`{"title":"x","rating":5}`:  codeBadRequest,
		`{"title":"x"} {}`:          codeBadRequest,
		`[]`:                        codeBadRequest,
		``:                          codeBadRequest,
		`{"title":7}`:               codeBadRequest,
		`{"category":"Spaceships"}`: codeInvalidMetadata,
		`{"title":"` + strings.Repeat("x", wording.MaxTitle+1) + `"}`: codeInvalidMetadata,
		`{"keywords":["` + strings.Repeat("x", maxKeyword+1) + `"]}`:  codeInvalidMetadata,
		`{"title":"` + strings.Repeat("x", maxJSON) + `"}`:            codeRequestTooLarge,
	} {
		wantProblem(t, patch(0, body, "If-Match", "*"), code)
	}
	wantProblem(t, s.do("PATCH", path(0), strings.NewReader("title=x"), "If-Match", "*", "Content-Type", "application/x-www-form-urlencoded"), codeUnsupportedMediaType)
	close(s.hold)
}

func TestExport(t *testing.T) {
	s := newSite(t)
	b := s.newBatch("a.jpg", "review.jpg", "refused.jpg", "slow.jpg")
	path := "/api/v1/batches/" + b.ID + "/export/"
	s.until(b.ID, func(b batchView) bool { return b.Progress.Completed == 3 })
	unfinished := wantProblem(t, s.get(path+"adobe-stock"), codeBatchUnfinished)
	if unfinished["progress"].(map[string]any)["completed"] != 3.0 {
		t.Errorf("the problem is %v", unfinished)
	}
	rows := func(query string) []string {
		t.Helper()
		a := s.get(path + "adobe-stock" + query)
		if a.StatusCode != http.StatusOK || a.Header.Get("Content-Disposition") != "attachment; filename=tagroll-2026-02-27-a-adobe-stock.csv" {
			t.Fatalf("%s %v %s", a.Status, a.Header, a.body)
		}
		all, err := csv.NewReader(strings.NewReader(string(a.body))).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, row := range all[1:] {
			names = append(names, row[0])
		}
		return names
	}
	if got := rows("?partial=true"); !slices.Equal(got, []string{"a.jpg"}) {
		t.Errorf("what is done: %v", got)
	}
	close(s.hold)
	s.ended(b.ID)
	if got := rows(""); !slices.Equal(got, []string{"a.jpg", "slow.jpg"}) {
		t.Errorf("without review: %v", got)
	}
	if got := rows("?include_review=1"); !slices.Equal(got, []string{"a.jpg", "review.jpg", "slow.jpg"}) {
		t.Errorf("with review: %v", got)
	}
	for format, kind := range map[string]string{"jsonl": "application/jsonl", "json": "application/json", "xmp": "application/zip"} {
		if a := s.get(path + format); a.StatusCode != http.StatusOK || a.Header.Get("Content-Type") != kind || len(a.body) == 0 {
			t.Errorf("%s: %s %v", format, a.Status, a.Header)
		}
	}
	unknown := wantProblem(t, s.get(path+"docx"), codeUnknownFormat)
	if formats := unknown["formats"].([]any); !slices.Contains(formats, any("adobe-stock")) || !slices.Contains(formats, any("xmp")) {
		t.Errorf("the formats are %v", formats)
	}
	wantProblem(t, s.get(path+"json?partial=perhaps"), codeBadRequest)
}

func TestBatchValidator(t *testing.T) {
	s := newSite(t)
	b := s.newBatch("a.jpg")
	s.ended(b.ID)
	a := s.get("/api/v1/batches/" + b.ID)
	tag := a.Header.Get("ETag")
	if a := s.get("/api/v1/batches/"+b.ID, "If-None-Match", `"other", `+tag); a.StatusCode != http.StatusNotModified || len(a.body) > 0 {
		t.Errorf("nothing changed: %s", a.Status)
	}
	if a := s.get("/api/v1/batches/"+b.ID, "If-None-Match", `W/"1"`); a.StatusCode != http.StatusOK {
		t.Errorf("with another validator: %s", a.Status)
	}
	if a := s.do("HEAD", "/api/v1/batches/"+b.ID, nil); a.StatusCode != http.StatusOK || a.Header.Get("ETag") != tag || len(a.body) > 0 {
		t.Errorf("HEAD: %s %v", a.Status, a.Header)
	}
}

func TestMethodsAndPaths(t *testing.T) {
	s := newSite(t)
	for _, path := range []string{"/api", "/api/", "/api/v1", "/api/v1/batch", "/api/v1/batches/", "/api/v1/batches/x/y", "/api/v2/batches", "/api/v1/batches/%2e%2e%2f/photos/x"} {
		if path == "/api" {
			continue // the page's
		}
		wantProblem(t, s.get(path), codeNotFound)
	}
	a := s.do("PUT", "/api/v1/batches", strings.NewReader("x"))
	wantProblem(t, a, codeMethodNotAllowed)
	if allow := a.Header.Get("Allow"); allow != "GET, HEAD, OPTIONS, POST" {
		t.Errorf("Allow is %q", allow)
	}
	if a := s.do("OPTIONS", "/api/v1/batches/x", nil); a.StatusCode != http.StatusNoContent || a.Header.Get("Allow") != "DELETE, GET, HEAD, OPTIONS, PATCH" {
		t.Errorf("OPTIONS: %s %v", a.Status, a.Header)
	}
	if a := s.do("HEAD", "/api/v1/nothing", nil); a.StatusCode != http.StatusNotFound {
		t.Errorf("HEAD: %s", a.Status)
	}
	if a := s.get("/"); a.StatusCode != http.StatusNotFound {
		t.Errorf("without a page: %s", a.Status)
	}
	if a := s.get("/healthz"); a.StatusCode != http.StatusOK {
		t.Errorf("healthz: %s", a.Status)
	}
}

func TestEngineThatCannotStore(t *testing.T) {
	var engine *broken
	s := newSite(t, breakable(&engine))
	s.ended(s.newBatch("a.jpg").ID) // the engine takes batches
	open := s.openBatch()
	if a := s.get("/readyz"); a.StatusCode != http.StatusOK {
		t.Errorf("ready: %s %s", a.Status, a.body)
	}
	engine.fails(errFull)
	for _, a := range []answer{s.send("/api/v1/batches", photos("a.jpg")), s.post("/api/v1/batches", "{}")} {
		wantProblem(t, a, codeUnavailable)
		if a.Header.Get("Retry-After") == "" {
			t.Error("Retry-After is missing")
		}
	}
	// What was accepted before the disk was full stays and is listed.
	a := s.send("/api/v1/batches/"+open.ID+"/photos", photos("a.jpg", "unlucky.jpg"))
	listed := wantProblem(t, a, codeUnavailable)["photos"].([]any)
	if len(listed) != 1 || listed[0].(map[string]any)["filename"] != "a.jpg" {
		t.Errorf("the problem lists %v", listed)
	}
	if a := s.get("/readyz"); a.StatusCode != http.StatusServiceUnavailable || !strings.Contains(string(a.body), "not available") {
		t.Errorf("not ready: %s %s", a.Status, a.body)
	}
	// Of a batch that cannot be made whole, nothing stays.
	engine.failsAdding(errFull)
	wantProblem(t, s.send("/api/v1/batches", photos("b.jpg", "unlucky.jpg", "c.jpg")), codeUnavailable)
	if list := s.list(); len(list) != 2 {
		t.Errorf("there are %d batches, want the two from before", len(list))
	}
	engine.failsAdding(nil)
	s.newBatch("b.jpg", "unlucky.jpg")
}

func (s *site) list() []batchView {
	s.t.Helper()
	var list struct{ Batches []batchView }
	s.get("/api/v1/batches").into(s.t, &list)
	return list.Batches
}

func TestStoredBytes(t *testing.T) {
	s := newSite(t, func(c *Config) { c.Limits.StoredBytes = 1 })
	b := s.get("/readyz")
	if b.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("a full store is ready: %s %s", b.Status, b.body)
	}
	a := s.send("/api/v1/batches", photos("a.jpg"))
	wantProblem(t, a, codeUnavailable)
	if a.Header.Get("Retry-After") != "60" {
		t.Errorf("Retry-After is %q", a.Header.Get("Retry-After"))
	}
}

func TestLogHoldsNoSecrets(t *testing.T) {
	page := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "page") })
	var seen []Request
	s := newSite(t, func(c *Config) {
		c.Temp, c.Page = page, page
		c.Observe = func(r Request) { seen = append(seen, r) }
	})
	b := s.newBatch("secret name.jpg")
	s.get("/t/TEMPORARYTOKEN")
	s.get("/api/v1/batches/"+b.ID+"?token=QUERYSECRET", "Authorization", "Bearer "+b.Token)
	log := s.log.String()
	for _, secret := range []string{"TEMPORARYTOKEN", "QUERYSECRET", b.Token} {
		if strings.Contains(log, secret) {
			t.Errorf("the log holds %s:\n%s", secret, log)
		}
	}
	for line := range strings.Lines(log) {
		if strings.Contains(line, "secret name") && !strings.Contains(line, "level=DEBUG") {
			t.Errorf("a file name above level debug: %s", line)
		}
	}
	if !strings.Contains(log, "batch="+b.ID) || !strings.Contains(log, "route=/t/{token}") {
		t.Errorf("the log lacks something:\n%s", log)
	}
	if len(seen) != 3 || seen[0].Route != "/api/v1/batches" || seen[0].Status != 201 || seen[0].Duration <= 0 || seen[0].Duration > time.Minute {
		t.Errorf("observed: %+v", seen)
	}
}
