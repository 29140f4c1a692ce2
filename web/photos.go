package web

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/agency"
	"github.com/tagroll/tagroll/queue"
	"github.com/tagroll/tagroll/wording"
)

// What an edit may hold beside a title, far beyond what any agency takes.
const (
	maxDescription = 5000 // characters
	maxKeyword     = 200  // characters
)

// photo returns the photo of the path if its batch is the visitor's.
func (s *Server) photo(r *http.Request, v visitor) (queue.Snapshot, queue.Photo, error) {
	b, err := s.open(r, v)
	if err != nil {
		return b, queue.Photo{}, err
	}
	i := slices.IndexFunc(b.Photos, func(p queue.Photo) bool { return p.ID == r.PathValue("photo") })
	if i < 0 {
		return b, queue.Photo{}, errNotFound
	}
	return b, b.Photos[i], nil
}

func (s *Server) getPhoto(w http.ResponseWriter, r *http.Request, v visitor) error {
	b, p, err := s.photo(r, v)
	if err != nil {
		return err
	}
	if notModified(w, r, etag(p.Revision), "private, no-cache") {
		return nil
	}
	return writeJSON(w, http.StatusOK, s.viewPhoto(b.Batch, p))
}

// getImage answers with the small JPEG. It never changes, but it can be deleted.
func (s *Server) getImage(w http.ResponseWriter, r *http.Request, v visitor) error {
	_, p, err := s.photo(r, v)
	if err != nil {
		return err
	}
	if p.Width == 0 {
		return errNotFound
	}
	// The browser asks again before each use, so that it does not show an image that was
	// deleted.
	if notModified(w, r, `"image"`, "private, no-cache") {
		return nil
	}
	image, err := s.Node.Image(r.Context(), r.PathValue("id"), p.ID)
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "image/jpeg")
	h.Set("Content-Length", strconv.Itoa(len(image)))
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	w.Write(image) // nobody is left to tell
	return nil
}

// edit is what a client wants to change of a photo's metadata.
type edit struct {
	Title *string `json:"title,omitempty"`
	// For agencies that want one.
	Description *string   `json:"description,omitempty"`
	Keywords    *[]string `json:"keywords,omitempty"`
	// One of the service's categories; empty for none.
	Category *string `json:"category,omitempty"`
	// Details take the place of all that were there.
	Details *detailsView `json:"details,omitempty"`
}

// detailsView is what agencies ask of a photo beside its words; it goes into their columns.
type detailsView struct {
	// Names of model releases.
	ModelReleases []string `json:"model_releases,omitempty"`
	// Names of property releases.
	PropertyReleases []string `json:"property_releases,omitempty"`
	// For news and reports only.
	Editorial bool `json:"editorial,omitempty"`
	// Not for everybody's eyes.
	Mature bool `json:"mature,omitempty"`
	// Who has the rights.
	Copyright string `json:"copyright,omitempty"`
	// Where it was taken; it counts before the file's.
	Place *tagroll.Place `json:"place,omitempty"`
}

// Bounds of details, far beyond what any agency takes.
const (
	maxReleases = 50
	maxRelease  = 200 // characters
)

// check refuses details that no agency would take.
func (d *detailsView) check() error {
	if d == nil {
		return nil
	}
	if len(d.ModelReleases) > maxReleases || len(d.PropertyReleases) > maxReleases {
		return refuse(codeInvalidMetadata, "There are more than %d releases.", maxReleases)
	}
	for _, text := range slices.Concat(d.ModelReleases, d.PropertyReleases, []string{d.Copyright}) {
		if utf8.RuneCountInString(text) > maxRelease {
			return refuse(codeInvalidMetadata, "The name of a release or of an owner is longer than %d characters.", maxRelease)
		}
	}
	if p := d.Place; p != nil {
		for _, text := range []*string{&p.Location, &p.City, &p.Region, &p.Country} {
			if *text = tidyText(*text, true); utf8.RuneCountInString(*text) > maxRelease {
				return refuse(codeInvalidMetadata, "A name of the place is longer than %d characters.", maxRelease)
			}
		}
	}
	return nil
}

// apply gives a result these details; texts for single columns of an agency stay.
func (d *detailsView) apply(result *tagroll.Result) {
	if d == nil {
		return
	}
	var all tagroll.Details
	if result.Details != nil {
		all = *result.Details
	}
	all.ModelReleases, all.PropertyReleases = d.ModelReleases, d.PropertyReleases
	all.Editorial, all.Mature, all.Copyright, all.Place = d.Editorial, d.Mature, d.Copyright, tagroll.Place{}
	if d.Place != nil {
		all.Place = *d.Place
	}
	result.Details = nil
	if !all.IsZero() {
		result.Details = &all
	}
}

// viewDetails is the view of a result's details; nil if there are none.
func viewDetails(d *tagroll.Details) *detailsView {
	if d == nil {
		return nil
	}
	v := &detailsView{ModelReleases: d.ModelReleases, PropertyReleases: d.PropertyReleases, Editorial: d.Editorial, Mature: d.Mature, Copyright: d.Copyright}
	v.Place = viewPlace(d.Place)
	return v
}

// editPhoto changes metadata as a person wants them. Only their form is mended; what the agencies
// have against them is said, and decides between successful and needs_review.
func (s *Server) editPhoto(w http.ResponseWriter, r *http.Request, v visitor) error {
	b, p, err := s.photo(r, v)
	if err != nil {
		return err
	}
	revision, err := s.expected(r, b, p)
	if err != nil {
		return err
	}
	var wanted edit
	if err := s.readJSON(w, r, &wanted, false); err != nil {
		return err
	}
	category, err := wanted.check()
	if err != nil {
		return err
	}
	rules := s.rulesOf(b)
	p, err = s.Node.Edit(r.Context(), b.ID, p.ID, revision, func(result *tagroll.Result) error {
		wanted.apply(result, p.Name, category, rules)
		return nil
	})
	if err != nil {
		failure := problemOf(err)
		if failure.code == codeChanged {
			if _, now, err := s.photo(r, v); err == nil {
				return failure.with("photo", s.viewPhoto(b.Batch, now))
			}
		}
		return failure
	}
	w.Header().Set("ETag", etag(p.Revision))
	return writeJSON(w, http.StatusOK, s.viewPhoto(b.Batch, p))
}

// expected returns the revision that If-Match demands; zero for any.
func (s *Server) expected(r *http.Request, b queue.Snapshot, p queue.Photo) (uint64, error) {
	headers := r.Header.Values("If-Match")
	if len(headers) == 0 {
		return 0, refuse(codePreconditionRequired, "Send If-Match with the photo's etag, so that nobody's change is lost; If-Match: * overwrites whatever is there.")
	}
	tags, any := entityTags(headers)
	switch {
	case any:
		return 0, nil
	case !slices.Contains(tags, etag(p.Revision)):
		return 0, errChanged.with("photo", s.viewPhoto(b.Batch, p))
	}
	return p.Revision, nil
}

// check refuses what cannot be metadata, and finds the category.
func (e edit) check() (tagroll.Category, error) {
	if e.Title == nil && e.Description == nil && e.Keywords == nil && e.Category == nil && e.Details == nil {
		return "", refuse(codeBadRequest, "Send at least one of title, description, keywords, category and details.")
	}
	if err := e.Details.check(); err != nil {
		return "", err
	}
	if e.Title != nil && utf8.RuneCountInString(*e.Title) > wording.MaxTitle {
		return "", refuse(codeInvalidMetadata, "The title is longer than %d characters.", wording.MaxTitle)
	}
	if e.Description != nil && utf8.RuneCountInString(*e.Description) > maxDescription {
		return "", refuse(codeInvalidMetadata, "The description is longer than %d characters.", maxDescription)
	}
	if e.Keywords != nil {
		if len(*e.Keywords) > wording.MaxKeywords {
			return "", refuse(codeInvalidMetadata, "There are more than %d keywords.", wording.MaxKeywords)
		}
		for _, k := range *e.Keywords {
			if utf8.RuneCountInString(k) > maxKeyword {
				return "", refuse(codeInvalidMetadata, "A keyword is longer than %d characters.", maxKeyword)
			}
		}
	}
	if e.Category == nil || strings.TrimSpace(*e.Category) == "" {
		return "", nil
	}
	category, ok := tagroll.ParseCategory(*e.Category)
	if !ok {
		return "", refuse(codeInvalidMetadata, "There is no category of this name.").with("categories", tagroll.Categories())
	}
	return category, nil
}

// apply changes a result, mends the form and judges it anew.
func (e edit) apply(result *tagroll.Result, name string, category tagroll.Category, rules agency.Set) {
	var m tagroll.Metadata
	if result.Metadata != nil {
		m = *result.Metadata
	}
	var wanted tagroll.Metadata
	if e.Title != nil {
		wanted.Title = *e.Title
	}
	if e.Description != nil {
		wanted.Description = *e.Description
	}
	if e.Keywords != nil {
		wanted.Keywords = slices.Clone(*e.Keywords)
	}
	// What was not edited stays to the letter: a required keyword may have its capital.
	wanted = rules.Tidy(wanted)
	if e.Title != nil {
		m.Title = wanted.Title
	}
	if e.Description != nil {
		m.Description = wanted.Description
	}
	if e.Keywords != nil {
		m.Keywords = wanted.Keywords
	}
	if e.Category != nil {
		m.Category = category
	}
	e.Details.apply(result)
	result.Metadata, result.Photo.Name = &m, name
	rules.Judge(result)
}
