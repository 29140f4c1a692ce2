package web

import (
	"io"
	"iter"
	"mime"
	"net/http"
	"slices"
	"strconv"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/agency"
	"github.com/tagroll/tagroll/export"
	"github.com/tagroll/tagroll/queue"
)

// formatsOf returns the CSVs of the agencies that can be chosen, and the formats that are no
// agency's.
func formatsOf(agencies agency.Set) []export.Format {
	var formats []export.Format
	for _, a := range agencies {
		if !a.Embedded() {
			formats = append(formats, export.AgencyFormat(a))
		}
	}
	for _, f := range export.Formats() {
		if f.Agency == nil {
			formats = append(formats, f)
		}
	}
	return formats
}

// exportBatch answers with a file. Photos that are not done are left out of it.
func (s *Server) exportBatch(w http.ResponseWriter, r *http.Request, v visitor) error {
	b, err := s.open(r, v)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(s.formats, func(f export.Format) bool { return f.Name == r.PathValue("format") })
	if i < 0 {
		var names []string
		for _, f := range s.formats {
			names = append(names, f.Name)
		}
		return refuse(codeUnknownFormat, "There is no format of this name.").with("formats", names)
	}
	partial, err := flag(r, "partial")
	if err != nil {
		return err
	}
	review, err := flag(r, "include_review")
	if err != nil {
		return err
	}
	if !hasEnded(b) && !partial {
		return refuse(codeBatchUnfinished, "The batch has not ended: wait, or ask for ?partial=true to get what is done.").
			with("progress", s.viewBatch(b, false).Progress)
	}
	options := export.Options{IncludeReview: review, Time: s.Now()}
	_, err = s.formats[i].Download(results(b), options, func(a export.Attachment) io.Writer {
		h := w.Header()
		h.Set("Content-Type", a.MediaType)
		h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": a.Name}))
		h.Set("Cache-Control", "no-store")
		return w
	})
	return err
}

// flag reads a parameter of the query that is true or false; absent is false.
func flag(r *http.Request, name string) (bool, error) {
	text := r.URL.Query().Get(name)
	if text == "" {
		return false, nil
	}
	value, err := strconv.ParseBool(text)
	if err != nil {
		return false, refuse(codeBadRequest, "The parameter %s is true or false.", name)
	}
	return value, nil
}

// results are those of the photos that are done, in order of arrival.
func results(b queue.Snapshot) iter.Seq[tagroll.Result] {
	return func(yield func(tagroll.Result) bool) {
		for i := range b.Photos {
			if r := b.Photos[i].Result; r != nil && !yield(*r) {
				return
			}
		}
	}
}
