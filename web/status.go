package web

import (
	"net/http"
	"net/url"
	"slices"
	"sort"
	"strconv"

	"github.com/tagroll/tagroll/queue"
)

// selection says which photos of a batch a client wants to see.
type selection struct {
	none    bool   // no photo at all
	since   uint64 // only what is newer than this revision, in the order of the changes
	isSince bool
	after   string // ID of the photo before the first one
	limit   int    // zero is no limit
}

// selectionOf reads the query of a status request.
func selectionOf(r *http.Request) (sel selection, err error) {
	query := r.URL.Query()
	with, err := boolParameter(r, "photos")
	if err != nil {
		return sel, err
	}
	sel.none = query.Has("photos") && !with
	if text := query.Get("since"); text != "" {
		if sel.since, err = strconv.ParseUint(text, 10, 64); err != nil {
			return sel, refuse(codeBadRequest, "The parameter since is a revision.")
		}
		sel.isSince = true
	}
	if text := query.Get("limit"); text != "" {
		if sel.limit, err = strconv.Atoi(text); err != nil || sel.limit < 1 {
			return sel, refuse(codeBadRequest, "The parameter limit is a number of photos, 1 or more.")
		}
	}
	sel.after = query.Get("after")
	if sel.after != "" && (sel.isSince || !queue.ValidID(sel.after)) {
		return sel, refuse(codeBadRequest, "The parameter after is the id of a photo, and does not go with since.")
	}
	return sel, nil
}

// apply returns the wanted photos, and the query of the next page; empty if this one is the last.
func (sel selection) apply(b queue.Snapshot) (photos []queue.Photo, removed []string, next string, err error) {
	photos = b.Photos
	switch {
	case sel.none:
		return nil, nil, "", nil
	case sel.isSince:
		photos = nil
		for _, p := range b.Photos {
			if p.Changed() > sel.since {
				photos = append(photos, p)
			}
		}
		sort.Slice(photos, func(i, j int) bool { return photos[i].Changed() < photos[j].Changed() })
		removed = []string{}
		for _, p := range b.Removed {
			if p.Revision > sel.since {
				removed = append(removed, p.ID)
			}
		}
	case sel.after != "":
		i := slices.IndexFunc(photos, func(p queue.Photo) bool { return p.ID == sel.after })
		if i < 0 {
			return nil, nil, "", refuse(codeBadRequest, "The photo of the parameter after is not there any more: begin with the first page.")
		}
		photos = photos[i+1:]
	}
	if sel.limit == 0 || len(photos) <= sel.limit {
		return photos, removed, "", nil
	}
	n := sel.limit
	for sel.isSince && n < len(photos) && photos[n].Changed() == photos[n-1].Changed() {
		n++ // the next page begins behind a revision
	}
	if n == len(photos) {
		return photos, removed, "", nil
	}
	photos = photos[:n]
	last := photos[len(photos)-1]
	query := url.Values{"limit": {strconv.Itoa(sel.limit)}}
	if sel.isSince {
		query.Set("since", strconv.FormatUint(last.Changed(), 10))
	} else {
		query.Set("after", last.ID)
	}
	return photos, removed, query.Encode(), nil
}

// getBatch answers with a weak validator: two answers with the same one may differ in their
// estimates.
func (s *Server) getBatch(w http.ResponseWriter, r *http.Request, v visitor) error {
	b, err := s.open(r, v)
	if err != nil {
		return err
	}
	sel, err := selectionOf(r)
	if err != nil {
		return err
	}
	photos, removed, next, err := sel.apply(b)
	if err != nil {
		return err
	}
	if notModified(w, r, "W/"+etag(b.Revision), "private, no-cache") {
		return nil
	}
	view := s.viewBatch(b, false)
	if !sel.none {
		views := make([]photoView, len(photos))
		for i := range photos {
			views[i] = s.viewPhoto(b.Batch, photos[i])
		}
		view.Photos = &views
		view.Duplicates = duplicateNames(b.Photos)
	}
	if removed != nil {
		view.Removed = &removed
	}
	if next != "" {
		view.Next = s.BasePath + "/api/v1/batches/" + b.ID + "?" + next
	}
	return writeJSON(w, http.StatusOK, view)
}
