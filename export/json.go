package export

import (
	"bytes"
	"encoding/json"
	"io"
	"iter"

	"github.com/tagroll/tagroll"
)

// jsonSummary is the end of the document that WriteJSON writes.
type jsonSummary struct {
	Total       int           `json:"total"`
	Successful  int           `json:"successful"`
	NeedsReview int           `json:"needs_review"`
	Drafts      int           `json:"drafts"` // of needs_review
	Failed      int           `json:"failed"`
	Pending     int           `json:"pending"`
	Calls       int           `json:"calls"`
	Retries     int           `json:"retries"`
	Usage       tagroll.Usage `json:"usage"`
}

func (s *jsonSummary) add(r tagroll.Result) {
	s.Total++
	switch r.Status {
	case tagroll.StatusSuccessful:
		s.Successful++
	case tagroll.StatusNeedsReview:
		s.NeedsReview++
		if r.Draft() {
			s.Drafts++
		}
	case tagroll.StatusFailed:
		s.Failed++
	case tagroll.StatusPending:
		s.Pending++
	}
	s.Calls += r.Calls
	s.Retries += r.Retries
	s.Usage = s.Usage.Add(r.Usage)
}

// WriteJSON writes every result into one JSON document, indented for people, and returns how many:
//
//	{"photos": [...], "summary": {"total": 2, "successful": 1, ...}}
//
// A photo has the form of a line of [WriteJSONLines]. The summary counts photos by
// status and adds up calls and usage; it comes last since the results are not held in
// memory. An error of w is a *tagroll.Error with CodeWriteFailed or CodeDiskFull.
func WriteJSON(w io.Writer, results iter.Seq[tagroll.Result]) (photos int, err error) {
	var summary jsonSummary
	e := newJSONEncoder()
	e.encoder.SetIndent("    ", "  ")
	before := "{\n  \"photos\": [\n    "
	for r := range results {
		text, err := e.encode(r, r.Photo.Label())
		if err != nil {
			return summary.Total, err
		}
		if _, err := io.WriteString(w, before); err != nil {
			return summary.Total, writeError("", err)
		}
		if _, err := w.Write(bytes.TrimSpace(text)); err != nil {
			return summary.Total, writeError("", err)
		}
		summary.add(r)
		before = ",\n    "
	}
	between := "\n  ],\n  \"summary\": "
	if summary.Total == 0 {
		between = "{\n  \"photos\": [],\n  \"summary\": "
	}
	e.encoder.SetIndent("  ", "  ")
	text, err := e.encode(summary, "")
	if err != nil {
		return summary.Total, err
	}
	_, err = io.WriteString(w, between+string(bytes.TrimSpace(text))+"\n}\n")
	return summary.Total, writeError("", err)
}

// jsonEncoder sets values as JSON apart from the writer, so that an error of the writer is
// told from one of the encoding.
type jsonEncoder struct {
	buffer  bytes.Buffer
	encoder *json.Encoder
}

func newJSONEncoder() *jsonEncoder {
	e := &jsonEncoder{}
	e.encoder = json.NewEncoder(&e.buffer)
	e.encoder.SetEscapeHTML(false)
	return e
}

// encode returns the value's text and a line feed, which are valid until the next call. label is
// the photo's.
func (e *jsonEncoder) encode(value any, label string) ([]byte, error) {
	e.buffer.Reset()
	if err := e.encoder.Encode(value); err != nil {
		return nil, &tagroll.Error{Code: tagroll.CodeInternal, Stage: tagroll.StageExport, Photo: label,
			Message: "the result could not be set as JSON; please report this", Err: err}
	}
	return e.buffer.Bytes(), nil
}
