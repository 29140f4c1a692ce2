package agency

import (
	"strings"

	"github.com/tagroll/tagroll"
)

// Judge checks the metadata of a result that a person or the engine has changed, and sets Findings,
// Status and Error accordingly: successful without an error among the findings, otherwise needs
// review. The result must have metadata.
func (s Set) Judge(r *tagroll.Result) {
	r.Findings = s.Check(r.Photo.Name, *r.Metadata)
	r.Raw, r.Error, r.Status = "", nil, tagroll.StatusSuccessful
	if !tagroll.HasErrors(r.Findings) {
		return
	}
	r.Status = tagroll.StatusNeedsReview
	var wrong []string
	for _, f := range r.Findings {
		if f.Severity == tagroll.SeverityError {
			wrong = append(wrong, f.Message)
		}
	}
	r.Error = &tagroll.Error{
		Code: tagroll.CodeInvalidAnswer, Message: strings.Join(wrong, "; "), Photo: r.Photo.Name, Stage: tagroll.StageValidate,
	}
}
