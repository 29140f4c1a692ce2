package web

import (
	"reflect"
	"strings"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/agency"
	"github.com/tagroll/tagroll/queue"
	"github.com/tagroll/tagroll/wording"
)

// briefBody is what a batch's owner asks of its photos' words, beyond what the agencies ask. The
// command has the same as flags; see tagroll help words.
type briefBody struct {
	Title    *tagroll.TitleBrief   `json:"title,omitempty"`
	Keywords *tagroll.KeywordBrief `json:"keywords,omitempty"`
	// What the words are written in: a code such as de, or an English name. Default: English.
	Language string `json:"language,omitempty"`
	// The fields that are written: title, description, keywords, category. Default: all.
	Only []string `json:"only,omitempty"`
	// What becomes of words that the file has. Default: use.
	Existing *existingBody `json:"existing,omitempty"`
	// For news and reports: names are allowed, and descriptions begin with place and date.
	Editorial bool `json:"editorial,omitempty"`
}

// existingBody is what becomes of the words that the file has, for each field: use (told to the
// model), keep, merge (kept, keywords added), replace, or skip photos that have all of them.
type existingBody struct {
	Title       tagroll.Existing `json:"title,omitempty"`
	Description tagroll.Existing `json:"description,omitempty"`
	Keywords    tagroll.Existing `json:"keywords,omitempty"`
}

// check tidies the brief and refuses one that cannot be followed. It may be nil.
func (b *briefBody) check() error {
	if b == nil {
		return nil
	}
	brief := b.brief()
	if err := wording.Check(&brief); err != nil {
		return cannotFollow(err)
	}
	*b = *bodyOf(brief)
	return nil
}

// rulesOf returns whose rules count for a batch; none if they are not known any more.
func (s *Server) rulesOf(b queue.Snapshot) agency.Set {
	rules, _ := chosen(s.Agencies, b.Agencies)
	if b.Brief.Editorial {
		if editorial, err := rules.Editorial(); err == nil {
			return editorial
		}
	}
	return rules
}

// cannotFollow refuses a brief for the reasons in err, one a line.
func cannotFollow(err error) *problem {
	reasons := strings.ReplaceAll(err.Error(), "\n", "; ")
	return &problem{code: codeInvalidMetadata, detail: "The brief cannot be followed: " + reasons + ".", err: err}
}

// followable refuses a brief that one of the agencies can never meet: an editorial batch for one
// that takes no such photos, or more keywords than it takes.
func (s *Server) followable(b tagroll.Brief, agencies []string) error {
	set, _ := chosen(s.Agencies, agencies)
	if b.Editorial {
		if _, err := set.Editorial(); err != nil {
			message := tagroll.AsError(err).Message
			return &problem{code: codeInvalidMetadata, detail: message + ".", err: err}
		}
	}
	if err := wording.CheckFor(b, set); err != nil {
		return cannotFollow(err)
	}
	return nil
}

func (b *briefBody) brief() tagroll.Brief {
	brief := tagroll.Brief{Language: b.Language, Only: b.Only, Editorial: b.Editorial}
	if e := b.Existing; e != nil {
		brief.Existing = map[string]tagroll.Existing{}
		for field, policy := range map[string]tagroll.Existing{wording.Title: e.Title, wording.Description: e.Description, wording.Keywords: e.Keywords} {
			if policy != "" {
				brief.Existing[field] = policy
			}
		}
	}
	if b.Title != nil {
		brief.Title = *b.Title
	}
	if b.Keywords != nil {
		brief.Keywords = *b.Keywords
	}
	return brief
}

func bodyOf(b tagroll.Brief) *briefBody {
	body := &briefBody{Language: b.Language, Only: b.Only, Editorial: b.Editorial}
	if e := b.Existing; len(e) > 0 {
		body.Existing = &existingBody{Title: e[wording.Title], Description: e[wording.Description], Keywords: e[wording.Keywords]}
	}
	if b.Title != (tagroll.TitleBrief{}) {
		body.Title = &b.Title
	}
	if !reflect.ValueOf(b.Keywords).IsZero() {
		body.Keywords = &b.Keywords
	}
	return body
}

// viewBrief is the view of a brief; nil for one that asks nothing.
func viewBrief(b tagroll.Brief) *briefBody {
	b.Context = ""
	if b.Version() == "" {
		return nil
	}
	return bodyOf(b)
}
