package embedding

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"

	"github.com/tagroll/tagroll"
)

// The outcomes of a file in the report of tagroll embed.
const (
	OutcomeWritten   = "written"
	OutcomeUnchanged = "unchanged" // it said so already
	OutcomeSidecar   = "sidecar"   // its metadata is beside it
	OutcomeRestored  = "restored"
	OutcomeFailed    = "failed"
)

// File is what became of a photo, or of a result that belongs to none.
type File struct {
	File    string `json:"file"`
	Outcome string `json:"outcome"`
	// Copy is the path of the copy that holds the metadata, Backup that of the photo as it was.
	Copy     string   `json:"copy,omitempty"`
	Backup   string   `json:"backup,omitempty"`
	Sidecars []string `json:"sidecars,omitempty"`
	// Code and Message say why the file failed, or got a sidecar instead.
	Code    tagroll.Code `json:"code,omitempty"`
	Message string       `json:"message,omitempty"`
}

// Report is what tagroll embed --json writes.
type Report struct {
	Files   []*File `json:"files"`
	Summary Counts  `json:"summary"`
	// Error is what stopped the command before all files were written.
	Error *tagroll.Error `json:"error,omitempty"`

	byFile map[string]*File
}

// Counts are the numbers of files by what became of them.
type Counts struct {
	Written   int `json:"written"`
	Unchanged int `json:"unchanged"`
	Sidecars  int `json:"sidecars"` // written, beside photos of whatever outcome
	Restored  int `json:"restored,omitempty"`
	Failed    int `json:"failed"`
}

// Of returns the entry of a file, a new one if there is none. A nil report has a new one each time,
// which nobody reads.
func (r *Report) Of(file string) *File {
	if r == nil {
		return new(File)
	}
	if r.byFile == nil {
		r.byFile = make(map[string]*File)
	}
	if r.byFile[file] == nil {
		r.byFile[file] = &File{File: file, Outcome: OutcomeSidecar}
		r.Files = append(r.Files, r.byFile[file])
	}
	return r.byFile[file]
}

// Failed notes why a file was not written.
func (r *Report) Failed(file string, err error) {
	one := r.Of(file)
	e := tagroll.AsError(err)
	one.Outcome, one.Code, one.Message = OutcomeFailed, e.Code, cmp.Or(e.Message, err.Error())
}

// beside notes a sidecar of a file.
func (r *Report) beside(file, sidecar string) {
	if one := r.Of(file); !slices.Contains(one.Sidecars, sidecar) {
		one.Sidecars = append(one.Sidecars, sidecar)
	}
}

// Write writes the report as JSON, with what stopped the command, if anything did.
func (r *Report) Write(to io.Writer, stopped error) error {
	r.Files = append([]*File{}, r.Files...) // [] rather than null
	if stopped != nil {
		r.Error = tagroll.AsError(stopped)
	}
	text, err := json.MarshalIndent(r, "", "  ")
	if err == nil {
		_, err = fmt.Fprintln(to, string(text))
	}
	return err
}
