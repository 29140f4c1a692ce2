package web

import (
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/queue"
)

// editManyBytes bounds the body of a bulk edit: so much, and so much more for each photo of the
// batch.
const (
	editManyBytes = 64 << 10
	editOneBytes  = 8 << 10
)

// photoEdit is one element of a bulk edit.
type photoEdit struct {
	// The photo's.
	ID string `json:"id"`
	// The photo's, or "*" to overwrite whatever is there.
	ETag string `json:"etag"`
	edit
	// Says that a person wrote this for the photo itself. Only then a failed photo counts as
	// described; otherwise a bulk edit leaves failed photos failed.
	ByHand bool `json:"by_hand,omitempty"`
}

// skippedView is a photo that a bulk edit has left as it was.
type skippedView struct {
	ID     string `json:"id"`
	Code   string `json:"code"`
	Detail string `json:"detail"`
}

// conflictView is a photo because of which a bulk edit was refused.
type conflictView struct {
	ID     string `json:"id"`
	Code   string `json:"code"`
	Detail string `json:"detail"`
	// The photo as it is now; absent if there is none.
	Photo *photoView `json:"photo,omitempty"`
}

// editedView is the answer to a bulk edit that was made.
type editedView struct {
	Photos  []photoView   `json:"photos"`
	Skipped []skippedView `json:"skipped"`
	// Of the batch after the edit.
	Revision uint64 `json:"revision"`
}

// editPhotos changes many photos: all of them, or none and the conflicts are listed.
func (s *Server) editPhotos(w http.ResponseWriter, r *http.Request, v visitor) error {
	b, err := s.open(r, v)
	if err != nil {
		return err
	}
	var wanted []photoEdit
	if err := s.readJSONUpTo(w, r, &wanted, false, editManyBytes+editOneBytes*int64(len(b.Photos))); err != nil {
		return err
	}
	if b, err = s.open(r, v); err != nil { // the body may have taken its time
		return err
	}
	edits, skipped, err := s.checkEdits(b, wanted)
	if err != nil {
		return err
	}
	edited, failures, err := s.Node.EditMany(r.Context(), b.ID, edits)
	if err != nil {
		return err
	}
	views := make([]photoView, len(edited))
	revision := b.Revision
	for i, p := range edited {
		views[i] = s.viewPhoto(b.Batch, p)
		revision = max(revision, p.Revision)
	}
	if failures != nil {
		return s.conflicts(r, v, failures).with("photos", views)
	}
	return writeJSON(w, http.StatusOK, editedView{Photos: views, Skipped: skipped, Revision: revision})
}

// checkEdits refuses what cannot be metadata, and leaves out failed photos that nobody wrote
// anything for.
func (s *Server) checkEdits(b queue.Snapshot, wanted []photoEdit) (edits []queue.PhotoEdit, skipped []skippedView, err error) {
	if len(wanted) == 0 {
		return nil, nil, refuse(codeBadRequest, "The array is empty: send at least one photo.")
	}
	rules := s.rulesOf(b)
	photos := make(map[string]*queue.Photo, len(b.Photos))
	for i := range b.Photos {
		photos[b.Photos[i].ID] = &b.Photos[i]
	}
	skipped = []skippedView{}
	seen := make(map[string]bool, len(wanted))
	for _, e := range wanted {
		if !queue.ValidID(e.ID) || seen[e.ID] {
			return nil, nil, refuse(codeBadRequest, "Each element names a photo by its id, and no photo twice.").with("id", e.ID)
		}
		seen[e.ID] = true
		revision, ok := revisionOf(e.ETag)
		if !ok {
			return nil, nil, refuse(codePreconditionRequired, `Each element has the photo's etag, or "*" to overwrite whatever is there.`).with("id", e.ID)
		}
		category, err := e.check()
		if err != nil {
			return nil, nil, problemOf(err).with("id", e.ID)
		}
		p := photos[e.ID]
		if p != nil && p.State == queue.PhotoFailed && !e.ByHand && (p.Result == nil || p.Result.Metadata == nil) {
			skipped = append(skipped, skippedView{e.ID, "photo_failed", "This photo has failed and stays so: describe it again, or write its texts by hand."})
			continue
		}
		name := ""
		if p != nil {
			name = p.Name
		}
		edits = append(edits, queue.PhotoEdit{Photo: e.ID, Revision: revision, Change: func(result *tagroll.Result) error {
			e.apply(result, name, category, rules)
			return nil
		}})
	}
	return edits, skipped, nil
}

// conflicts is the problem of a bulk edit that could not be made whole.
func (s *Server) conflicts(r *http.Request, v visitor, failures []queue.EditFailure) *problem {
	b, err := s.open(r, v)
	if err != nil {
		return problemOf(err)
	}
	views := make([]conflictView, 0, len(failures))
	worst := refuse(codeChanged, "Some photos have changed meanwhile: look at them again.")
	for _, f := range failures {
		p := problemOf(f.Err)
		if !errors.Is(f.Err, queue.ErrChanged) && !errors.Is(f.Err, queue.ErrNotFound) && !errors.Is(f.Err, queue.ErrUnfinished) {
			worst = p
		}
		view := conflictView{ID: f.Photo, Code: p.code, Detail: p.detail}
		if i := slices.IndexFunc(b.Photos, func(p queue.Photo) bool { return p.ID == f.Photo }); i >= 0 {
			now := s.viewPhoto(b.Batch, b.Photos[i])
			view.Photo = &now
		}
		views = append(views, view)
	}
	return worst.with("conflicts", views)
}

// revisionOf reads a photo's etag; zero stands for "*".
func revisionOf(tag string) (revision uint64, ok bool) {
	if tag == "*" {
		return 0, true
	}
	text, found := strings.CutPrefix(tag, `"`)
	text, end := strings.CutSuffix(text, `"`)
	revision, err := strconv.ParseUint(text, 10, 64)
	return revision, found && end && err == nil && revision > 0
}
