package web

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/agency"
	"github.com/tagroll/tagroll/queue"
)

// What a person says beside the words goes into the agencies' columns, and stays when only words
// are edited.
func TestEditDetails(t *testing.T) {
	s := newSite(t)
	b := s.newBatch("a.jpg")
	b = s.until(b.ID, func(b batchView) bool { return b.Progress.Completed == 1 })
	path := "/api/v1/batches/" + b.ID + "/photos/" + (*b.Photos)[0].ID
	patch := func(body string) answer {
		return s.do("PATCH", path, strings.NewReader(body), "If-Match", "*", "Content-Type", "application/json")
	}
	var edited photoView
	patch(`{"details":{"model_releases":["MR Ana","MR Luis"],"editorial":true}}`).into(t, &edited)
	if edited.Details == nil || len(edited.Details.ModelReleases) != 2 || !edited.Details.Editorial || edited.Metadata.Title == "" {
		t.Fatalf("got %+v", edited)
	}
	patch(`{"title":"Red fox in snow"}`).into(t, &edited)
	if edited.Details == nil || edited.Metadata.Title != "Red fox in snow" {
		t.Errorf("after an edit of the title: %+v", edited)
	}
	csv := s.get("/api/v1/batches/" + b.ID + "/export/adobe-stock?partial=true&include_review=true")
	if csv.StatusCode != http.StatusOK || !strings.Contains(string(csv.body), `,"MR Ana, MR Luis"`) {
		t.Errorf("the CSV is %s", csv.body)
	}
	csv = s.get("/api/v1/batches/" + b.ID + "/export/shutterstock?partial=true&include_review=true")
	if !strings.Contains(string(csv.body), ",No,No,Yes") {
		t.Errorf("Shutterstock's CSV is %s", csv.body)
	}
	patch(`{"details":{"editorial":true,"place":{"city":" Lisbon ","country":"Portugal"}}}`).into(t, &edited)
	if p := edited.Details.Place; p == nil || p.City != "Lisbon" || p.Country != "Portugal" {
		t.Errorf("the place is %+v", p)
	}
	if o := edited.Origins; o == nil || o.Place != "user" || o.Editorial != "user" {
		t.Errorf("the origins are %+v", o)
	}
	if edited.Dateline != "" {
		t.Errorf("Adobe Stock takes no dateline, and there is %q", edited.Dateline)
	}
	csv = s.get("/api/v1/batches/" + b.ID + "/export/pond5?partial=true&include_review=true")
	if !strings.Contains(string(csv.body), ",Lisbon,,Portugal,") {
		t.Errorf("Pond5's CSV is %s", csv.body)
	}
	edited = photoView{}
	patch(`{"details":{}}`).into(t, &edited)
	if edited.Details != nil {
		t.Errorf("emptied details are %+v", edited.Details)
	}
	wantProblem(t, patch(`{"details":{"copyright":"`+strings.Repeat("x", 201)+`"}}`), codeInvalidMetadata)
	wantProblem(t, patch(`{"details":{"model_releases":[`+strings.Repeat(`"r",`, 50)+`"r"]}}`), codeInvalidMetadata)
	wantProblem(t, patch(`{"details":{"place":{"city":"`+strings.Repeat("x", 201)+`"}}}`), codeInvalidMetadata)
	wantProblem(t, patch(`{"details":{"price":"3"}}`), codeBadRequest)
}

// An edit of one text leaves the others to the letter, such as a required keyword with its capital.
func TestEditLeavesOtherTexts(t *testing.T) {
	adobe, err := agency.Lookup("adobe-stock")
	if err != nil {
		t.Fatal(err)
	}
	result := tagroll.Result{Metadata: &tagroll.Metadata{Title: "Boats", Keywords: []string{"Azores", "sea", "boat", "harbor", "anchor"}}}
	title := "Boats  at anchor"
	edit{Title: &title}.apply(&result, "a.jpg", "", agency.Set{adobe})
	if m := result.Metadata; m.Title != "Boats at anchor" || m.Keywords[0] != "Azores" {
		t.Errorf("after an edit of the title: %+v", m)
	}
	keywords := []string{"Azores", "Azores", " sea "}
	edit{Keywords: &keywords}.apply(&result, "a.jpg", "", agency.Set{adobe})
	if m := result.Metadata; m.Title != "Boats at anchor" || len(m.Keywords) != 2 || m.Keywords[1] != "sea" {
		t.Errorf("after an edit of the keywords: %+v", m)
	}
}

// The page writes the dateline of an editorial photo into its file, as the command does.
// Beside the place that a person names stands the file's, which counts again when theirs is taken
// back.
func TestFilePlace(t *testing.T) {
	s := &Server{}
	porto, lisbon := tagroll.Place{City: "Porto"}, tagroll.Place{City: "Lisbon"}
	p := queue.Photo{Added: time.Now(), Facts: tagroll.Facts{Place: lisbon}, Result: &tagroll.Result{Metadata: &tagroll.Metadata{}, Details: &tagroll.Details{Place: porto}}}
	if v := s.viewPhoto(queue.Batch{}, p); *v.PlaceNames != porto || v.FilePlace == nil || *v.FilePlace != lisbon {
		t.Errorf("the places are %v and %v", v.PlaceNames, v.FilePlace)
	}
	p.Result.Details = nil
	if v := s.viewPhoto(queue.Batch{}, p); *v.PlaceNames != lisbon || v.FilePlace != nil {
		t.Errorf("without a person's place the places are %v and %v", v.PlaceNames, v.FilePlace)
	}
}

func TestDateline(t *testing.T) {
	p := queue.Photo{ID: "1", Name: "a.jpg", Added: time.Now(),
		Facts:  tagroll.Facts{Place: tagroll.Place{City: "Lisbon", Country: "Portugal"}, Taken: time.Date(2026, 5, 14, 0, 0, 0, 0, time.UTC)},
		Result: &tagroll.Result{Metadata: &tagroll.Metadata{Title: "Tram"}}}
	s := newSite(t)
	if v := s.viewPhoto(queue.Batch{Agencies: []string{"shutterstock"}}, p); v.Dateline != "" {
		t.Errorf("a photo that is not editorial has the dateline %q", v.Dateline)
	}
	v := s.viewPhoto(queue.Batch{Agencies: []string{"shutterstock"}, Brief: tagroll.Brief{Editorial: true}}, p)
	if want := "Lisbon, Portugal - May 14 2026: "; v.Dateline != want {
		t.Errorf("the dateline is %q, want %q", v.Dateline, want)
	}
	if o := v.Origins; o == nil || o.Place != "file" || o.Date != "file" || o.Editorial != "user" {
		t.Errorf("the origins are %+v", o)
	}
}
