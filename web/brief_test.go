package web

import (
	"reflect"
	"strings"
	"testing"

	"github.com/tagroll/tagroll"
)

const wishes = `{"title":{"max":60,"prefix":"Lisbon: ","case":"sentence"},"keywords":{"min":20,"max":30,"require":["Lisbon "," "],"ban":["tourist"]},
	"language":"de-AT","only":["title","keywords"],"existing":{"title":"keep","keywords":"use"},"editorial":true}`

// What an owner asks of the words reaches the engine as the command's flags would, tidied,
// whichever way it came.
func TestBrief(t *testing.T) {
	s := newSite(t)
	want := tagroll.Brief{
		Context:  "old trams",
		Title:    tagroll.TitleBrief{Max: 60, Prefix: "Lisbon: "},
		Keywords: tagroll.KeywordBrief{Min: 20, Max: 30, Require: []string{"Lisbon"}, Ban: []string{"tourist"}},
		Language: "German", Only: []string{"title", "keywords"}, Editorial: true,
		Existing: map[string]tagroll.Existing{"title": tagroll.ExistingKeep},
	}
	for name, a := range map[string]answer{
		"as JSON":       s.post("/api/v1/batches", `{"agencies":["pond5"],"context":"old trams","brief":`+wishes+`}`),
		"beside photos": s.send("/api/v1/batches", append([]part{{field: "agencies", content: "pond5"}, {field: "context", content: "old trams"}, {field: "brief", content: wishes}}, photos("a.jpg")...)),
	} {
		b := s.created(a)
		stored, err := s.node.Get(t.Context(), b.ID)
		if err != nil || !reflect.DeepEqual(stored.Brief, want) {
			t.Errorf("%s: the brief is %+v (%v)", name, stored.Brief, err)
		}
		if b.Brief == nil || b.Brief.Language != "German" || b.Brief.Existing.Title != "keep" || b.Context != "old trams" {
			t.Errorf("%s: the answer is %s", name, a.body)
		}
	}
}

// A new brief takes the place of the old one and leaves the context, and the other way round.
func TestBriefIsChanged(t *testing.T) {
	s := newSite(t)
	b := s.created(s.post("/api/v1/batches", `{"agencies":["pond5"],"context":"old trams","brief":`+wishes+`}`))
	path := "/api/v1/batches/" + b.ID
	var now batchView
	a := s.patch(path, object{"brief": object{"language": "fr"}})
	if a.into(t, &now); now.Context != "old trams" || now.Brief == nil || now.Brief.Language != "French" || now.Brief.Keywords != nil {
		t.Errorf("%s %s", a.Status, a.body)
	}
	now = batchView{}
	a = s.patch(path, object{"context": "new trams"})
	if a.into(t, &now); now.Context != "new trams" || now.Brief == nil || now.Brief.Language != "French" {
		t.Errorf("%s %s", a.Status, a.body)
	}
	now = batchView{}
	a = s.patch(path, object{"brief": object{}})
	if a.into(t, &now); now.Context != "new trams" || now.Brief != nil {
		t.Errorf("%s %s", a.Status, a.body)
	}
}

func TestBriefIsRefused(t *testing.T) {
	s := newSite(t)
	for brief, code := range map[string]string{
		`{"keywords":{"min":30,"max":20}}`:                          codeInvalidMetadata,
		`{"keywords":{"max":-1}}`:                                   codeInvalidMetadata,
		`{"keywords":{"max":201}}`:                                  codeInvalidMetadata,
		`{"keywords":{"require":["dog"],"ban":["Dogs"]}}`:           codeInvalidMetadata,
		`{"keywords":{"max":1,"require":["dog","cat"]}}`:            codeInvalidMetadata,
		`{"keywords":{"ban":["` + strings.Repeat("x", 501) + `"]}}`: codeInvalidMetadata,
		`{"title":{"max":5,"prefix":"Lisbon: "}}`:                   codeInvalidMetadata,
		`{"title":{"case":"upper"}}`:                                codeInvalidMetadata,
		`{"language":"Klingon"}`:                                    codeInvalidMetadata,
		`{"only":["everything"]}`:                                   codeInvalidMetadata,
		`{"existing":{"title":"burn"}}`:                             codeInvalidMetadata,
		`{"others":["Old tram"]}`:                                   codeBadRequest,
		`{"context":"twice"}`:                                       codeBadRequest,
		`{"keywords":{"requires":["dog"]}}`:                         codeBadRequest,
		`{"existing":{"category":"keep"}}`:                          codeBadRequest,
	} {
		wantProblem(t, s.post("/api/v1/batches", `{"brief":`+brief+`}`), code)
	}
	late := append(photos("a.jpg"), part{field: "brief", content: `{}`})
	wantProblem(t, s.send("/api/v1/batches", late), codeBadRequest)
}

// A batch that is editorial has the mark in its agencies' columns, without an edit of each photo.
func TestEditorialBatch(t *testing.T) {
	s := newSite(t)
	b := s.created(s.send("/api/v1/batches", append([]part{{field: "brief", content: `{"editorial":true}`}, {field: "agencies", content: "shutterstock"}}, photos("a.jpg")...)))
	s.ended(b.ID)
	csv := s.get("/api/v1/batches/" + b.ID + "/export/shutterstock?include_review=true")
	if !strings.Contains(string(csv.body), ",No,No,Yes") {
		t.Errorf("Shutterstock's CSV is %s", csv.body)
	}
	wantProblem(t, s.post("/api/v1/batches", `{"agencies":["adobe-stock","shutterstock"],"brief":{"editorial":true}}`), codeInvalidMetadata)
	other := s.created(s.post("/api/v1/batches", `{"agencies":["adobe-stock"]}`))
	wantProblem(t, s.patch("/api/v1/batches/"+other.ID, object{"brief": object{"editorial": true}}), codeInvalidMetadata)
}
