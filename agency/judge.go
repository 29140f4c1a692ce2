package agency

import (
	"slices"
	"strings"

	"github.com/tagroll/tagroll"
)

// Judge checks the metadata of a result that a person or the engine has changed, and sets Findings,
// Status and Error accordingly: successful without an error among the findings, otherwise needs
// review. The result must have metadata.
func (s Set) Judge(r *tagroll.Result) {
	r.Findings = s.Check(r.Photo.Name, *r.Metadata)
	if f, needed := Unreleased(*r); needed && !s.forEditorial() {
		r.Findings = append(r.Findings, f)
	}
	r.Raw, r.Error, r.Status = "", tagroll.ReviewError(r.Findings), tagroll.StatusSuccessful
	if r.Error != nil {
		r.Status = tagroll.StatusNeedsReview
		r.Error.Photo, r.Error.Stage = r.Photo.Name, tagroll.StageValidate
	}
}

// Accept returns an earlier result as that of a photo, its words in the form that these agencies
// take. It reports false if the result has no words, or if the words break a rule.
func (s Set) Accept(photo tagroll.Photo, r tagroll.Result) (tagroll.Result, bool) {
	if r.Metadata == nil {
		return r, false
	}
	m := s.Normalize(*r.Metadata)
	r.Photo, r.Metadata, r.Findings = photo, &m, s.Check(photo.Name, m)
	return r, !tagroll.HasErrors(r.Findings)
}

// Unreleased returns the finding that a photo needs a release that nobody has named: the model has
// seen people or property that may be recognised, and the photo is not for news and reports. It
// reports false if none is needed. No agency's rule finds this, hence the finding's source is what
// the photographer wants ("brief"). A release that is named goes into the agencies' columns; that
// one is needed does not.
func Unreleased(r tagroll.Result) (f tagroll.Finding, needed bool) {
	if r.Metadata == nil {
		return f, false
	}
	var d tagroll.Details
	if r.Details != nil {
		d = *r.Details
	}
	if d.Editorial {
		return f, false
	}
	released := map[string]bool{
		tagroll.RecognizablePeople:   len(d.ModelReleases) > 0,
		tagroll.RecognizableProperty: len(d.PropertyReleases) > 0,
	}
	what := slices.DeleteFunc(slices.Clone(r.Metadata.Recognizable), func(what string) bool { return released[what] })
	if len(what) == 0 {
		return f, false
	}
	return tagroll.Finding{
		Agency: "brief", Field: "release", Severity: tagroll.SeverityWarning, Rule: "release-needed",
		Message: strings.Join(what, " and ") + " may be recognised: name a release, or send the photo as editorial",
	}, true
}

// forEditorial reports whether the rules are those for photos for news and reports.
func (s Set) forEditorial() bool {
	return slices.ContainsFunc(s, func(a *Agency) bool { return a.forEditorial })
}
