package web

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/queue"
)

// What a batch's texts may hold.
const (
	maxBatchName = 200  // characters
	maxContext   = 4000 // characters
)

// batchTexts is what a client says of a batch; nil leaves a text as it is.
type batchTexts struct {
	// What the owner calls the batch, at most 200 characters.
	Name *string `json:"name,omitempty"`
	// What the describer should know of the shoot, at most 4,000 characters.
	Context *string `json:"context,omitempty"`
	// What is asked of the words. It takes the place of the whole brief.
	Brief *briefBody `json:"brief,omitempty"`
}

// check tidies the texts and refuses texts that are too long.
func (t *batchTexts) check() error {
	for _, text := range []struct {
		of      *string
		what    string
		most    int
		oneLine bool
	}{{t.Name, "name", maxBatchName, true}, {t.Context, "context", maxContext, false}} {
		if text.of == nil {
			continue
		}
		*text.of = tidyText(*text.of, text.oneLine)
		if utf8.RuneCountInString(*text.of) > text.most {
			return refuse(codeInvalidMetadata, "The %s is longer than %d characters.", text.what, text.most)
		}
	}
	return t.Brief.check()
}

// over returns a brief with what is said put in place of what was.
func (t *batchTexts) over(b tagroll.Brief) tagroll.Brief {
	if t.Brief != nil {
		context := b.Context
		b = t.Brief.brief()
		b.Context = context
	}
	if t.Context != nil {
		b.Context = *t.Context
	}
	return b
}

// tidyText removes control characters and space around a text. Line breaks stay unless it is one
// line.
func tidyText(text string, oneLine bool) string {
	text = strings.ReplaceAll(strings.ToValidUTF8(text, "\uFFFD"), "\r\n", "\n")
	if oneLine {
		text = strings.Join(strings.Fields(text), " ")
	}
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t' || r == '\r':
			if r == '\t' {
				return ' '
			}
			return '\n'
		case unicode.IsControl(r) || isBidiControl(r):
			return -1
		}
		return r
	}, text))
}

// changeBatch renames a batch, or changes what is said of the shoot and asked of the words.
func (s *Server) changeBatch(w http.ResponseWriter, r *http.Request, v visitor) error {
	b, err := s.open(r, v)
	if err != nil {
		return err
	}
	var wanted batchTexts
	if err := s.readJSON(w, r, &wanted, false); err != nil {
		return err
	}
	if wanted == (batchTexts{}) {
		return refuse(codeBadRequest, "Send at least one of name, context and brief.")
	}
	if err := wanted.check(); err != nil {
		return err
	}
	if err := s.followable(wanted.over(b.Brief), b.Agencies); err != nil {
		return err
	}
	return s.change(w, r, v, func(ctx context.Context, b string) (queue.Snapshot, error) {
		change := queue.BatchChange{Name: wanted.Name}
		if wanted.Brief != nil || wanted.Context != nil {
			change.Brief = wanted.over
		}
		return s.Node.Change(ctx, b, change)
	})
}

// extendBatch keeps a batch for an hour longer.
func (s *Server) extendBatch(w http.ResponseWriter, r *http.Request, v visitor) error {
	return s.change(w, r, v, s.Node.Extend)
}

// continueBatch goes on with the photos of a cancelled batch that were not described, and lets more
// be added.
func (s *Server) continueBatch(w http.ResponseWriter, r *http.Request, v visitor) error {
	b, err := s.open(r, v)
	if err != nil {
		return err
	}
	if err := s.mayRetry(r.Context(), v, againOf(b, []string{})); err != nil {
		return err
	}
	cancelled := b.State == queue.StateCancelled
	n, b, err := s.Node.Retry(r.Context(), b.ID, []string{})
	if err != nil {
		return err
	}
	if n == 0 && !cancelled {
		return refuse(codeNothingToRetry, "Nothing of this batch was left undone: there is nothing to continue.")
	}
	return writeJSON(w, http.StatusOK, retriedView{Retried: n, Batch: s.viewBatch(b, true)})
}

// retriedView is the answer to a retry: how many photos are taken again.
type retriedView struct {
	Retried int       `json:"retried"`
	Batch   batchView `json:"batch"`
}

// describedAgainView is the answer to "describe again".
type describedAgainView struct {
	Retried int `json:"retried"`
	// Before are the photos as they were, so that the step can be undone.
	Before []photoView `json:"before"`
	Batch  batchView   `json:"batch"`
}

// describeRequest names the photos to describe again.
type describeRequest struct {
	// IDs, at least one.
	Photos []string `json:"photos"`
	// Whether texts that a person wrote are replaced as well. Default: they are kept.
	Overwrite bool `json:"overwrite,omitempty"`
}

// describeAgain has photos described anew, good ones included.
func (s *Server) describeAgain(w http.ResponseWriter, r *http.Request, v visitor) error {
	if _, err := s.open(r, v); err != nil {
		return err
	}
	var wanted describeRequest
	if err := s.readJSON(w, r, &wanted, false); err != nil {
		return err
	}
	if len(wanted.Photos) == 0 {
		return refuse(codeBadRequest, "Name the photos: send their ids as photos.")
	}
	b, err := s.open(r, v) // the body may have taken its time
	if err != nil {
		return err
	}
	if err := s.mayRetry(r.Context(), v, describable(b, wanted.Photos)); err != nil {
		return err
	}
	before, b, err := s.Node.DescribeAgain(r.Context(), b.ID, wanted.Photos, wanted.Overwrite)
	if err != nil {
		return err
	}
	if len(before) == 0 {
		return refuse(codeNothingToRetry, "None of these photos can be described again: their images are not there, or they are under way.")
	}
	view := describedAgainView{Retried: len(before), Before: make([]photoView, len(before)), Batch: s.viewBatch(b, true)}
	for i, p := range before {
		view.Before[i] = s.viewPhoto(b.Batch, p)
	}
	return writeJSON(w, http.StatusOK, view)
}

// describable counts the photos of which describing them again makes calls.
func describable(b queue.Snapshot, ids []string) (n int) {
	named := make(map[string]bool, len(ids))
	for _, id := range ids {
		named[id] = true
	}
	for _, p := range b.Photos {
		if named[p.ID] && p.Result != nil && p.Width > 0 {
			n++
		}
	}
	if b.State == queue.StateCancelled {
		n += againOf(b, []string{})
	}
	return n
}

// removePhoto takes a photo out of its batch.
func (s *Server) removePhoto(w http.ResponseWriter, r *http.Request, v visitor) error {
	b, p, err := s.photo(r, v)
	if err != nil {
		return err
	}
	if err := s.Node.RemovePhoto(r.Context(), b.ID, p.ID); err != nil && !errors.Is(err, queue.ErrNotFound) {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// mayRetry refuses calls for photos that were counted before, if the visitor has made too many of
// them or the server has spent its budget.
func (s *Server) mayRetry(ctx context.Context, v visitor, photos int) error {
	if err := s.withinBudget(); err != nil {
		return err
	}
	if err := s.limits.retry(v, photos, s.Now()); err != nil {
		return err
	}
	return s.takeToday(ctx, photos)
}
