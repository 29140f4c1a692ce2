package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/cmd/tagroll/terminal"
)

// The outcomes of a file in the report of tagroll embed.
const (
	outcomeWritten   = "written"
	outcomeUnchanged = "unchanged" // it said so already
	outcomeSidecar   = "sidecar"   // its metadata is beside it
	outcomeRestored  = "restored"
	outcomeFailed    = "failed"
)

// embeddedFile is what became of a photo, or of a result that belongs to none.
type embeddedFile struct {
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

// embedReport is what tagroll embed --json writes.
type embedReport struct {
	Files   []*embeddedFile `json:"files"`
	Summary embedCounts     `json:"summary"`
	// Error is what stopped the command before all files were written.
	Error *tagroll.Error `json:"error,omitempty"`

	byFile map[string]*embeddedFile
}

type embedCounts struct {
	Written   int `json:"written"`
	Unchanged int `json:"unchanged"`
	Sidecars  int `json:"sidecars"` // written, beside photos of whatever outcome
	Restored  int `json:"restored,omitempty"`
	Failed    int `json:"failed"`
}

// of returns the entry of a file, a new one if there is none. A nil report has a new one each time,
// which nobody reads.
func (r *embedReport) of(file string) *embeddedFile {
	if r == nil {
		return new(embeddedFile)
	}
	if r.byFile == nil {
		r.byFile = make(map[string]*embeddedFile)
	}
	if r.byFile[file] == nil {
		r.byFile[file] = &embeddedFile{File: file, Outcome: outcomeSidecar}
		r.Files = append(r.Files, r.byFile[file])
	}
	return r.byFile[file]
}

// failed notes why a file was not written.
func (r *embedReport) failed(file string, err error) {
	one := r.of(file)
	e := tagroll.AsError(err)
	one.Outcome, one.Code, one.Message = outcomeFailed, e.Code, cmp.Or(e.Message, err.Error())
}

// beside notes a sidecar of a file.
func (r *embedReport) beside(file, sidecar string) {
	if one := r.of(file); !slices.Contains(one.Sidecars, sidecar) {
		one.Sidecars = append(one.Sidecars, sidecar)
	}
}

// write writes the report, with what stopped the command, if anything did.
func (r *embedReport) write(p *program, stopped error) error {
	r.Files = append([]*embeddedFile{}, r.Files...) // [] rather than null
	if stopped != nil {
		r.Error = tagroll.AsError(stopped)
	}
	text, err := json.MarshalIndent(r, "", "  ")
	if err == nil {
		_, err = fmt.Fprintln(p.stdout, string(text))
	}
	return err
}

// reportEmbedding tells what became of the files, for people or for programs.
func (p *program) reportEmbedding(e *embedder, stopped error) error {
	if e.report != nil {
		e.report.Summary = embedCounts{Written: e.embedded, Unchanged: e.same, Sidecars: e.beside, Failed: e.failed}
		return e.report.write(p, stopped)
	}
	for _, note := range e.notes {
		fmt.Fprintln(p.stderr, terminal.Printable(note))
	}
	summary := e.summary()
	if summary == "" && stopped == nil {
		summary = "nothing to write: no result is for a photo that was named"
	}
	if summary != "" {
		fmt.Fprintln(p.stderr, terminal.Printable(summary))
	}
	return nil
}
