package embedding

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/embed"
	"github.com/tagroll/tagroll/intake"
)

// photoWrite is the writing of one photo.
type photoWrite struct {
	photo   tagroll.Photo
	fields  embed.Fields
	target  string // the photo, or its copy
	outcome embed.Outcome
	err     error
}

// Write begins to write a result into its photo, and beside the photo's other files. A few photos
// are written at once; Finish waits for them. Its error is one that would meet every photo, a full
// disk; an earlier photo may have met it.
func (e *Writer) Write(photo tagroll.Photo, r tagroll.Result, o embed.Options) error {
	w := &photoWrite{photo: photo, fields: e.fields(r)}
	o.NoBackup = e.NoBackup
	do := func() {}
	if w.target, w.err = e.targetOf(photo.Path); w.err == nil {
		e.sweep(filepath.Dir(w.target))
		if e.photos {
			do = e.alone(w.target, func() { w.outcome, w.err = e.writePhoto(w, o) })
		}
	}
	e.photoWrites.add(do, func() { e.written(w) })
	return e.stopped
}

// Refuse is Fail, in the order of the photos.
func (e *Writer) Refuse(photo string, err error) {
	e.photoWrites.add(func() {}, func() { e.written(&photoWrite{photo: tagroll.Photo{Path: photo}, err: err}) })
}

// Finish waits for all that was begun. It returns what stopped the writing, nil if nothing did.
func (e *Writer) Finish() error {
	e.photoWrites.wait()
	e.sidecarWrites.wait()
	return e.stopped
}

// sweep rids a folder of what a killed run left, once.
func (e *Writer) sweep(folder string) {
	if !e.swept[folder] {
		e.swept[folder] = true
		embed.Sweep(folder)
	}
}

// alone makes a write wait for an earlier one that writes the same file: two links may lead to it.
func (e *Writer) alone(target string, do func()) func() {
	if real, err := filepath.EvalSymlinks(target); err == nil {
		target = real
	}
	before, done := e.targets[target], make(chan struct{})
	e.targets[target] = done
	return func() {
		defer close(done)
		if before != nil {
			<-before
		}
		do()
	}
}

func (e *Writer) writePhoto(w *photoWrite, o embed.Options) (embed.Outcome, error) {
	if e.folder == "" {
		return embed.File(w.photo.Path, w.fields, o)
	}
	return embed.Copy(w.photo.Path, w.target, w.fields, o)
}

// written begins the sidecars of a photo that was written, or was refused.
func (e *Writer) written(w *photoWrite) {
	style, refused := e.Sidecar, tagroll.CodeOf(w.err) == tagroll.CodeCannotEmbed
	if e.stops(w.err) || e.stopped != nil && w.err != nil {
		return
	}
	var sidecars []*sidecarWrite
	if refused && style == NoSidecar {
		style = "adobe"
	}
	if e.stopped == nil && (w.err == nil || refused) {
		sidecars = e.sidecarsOf(w, style)
	}
	e.sidecarWrites.add(func() {
		for _, s := range sidecars {
			if s.outcome, s.err = embed.SidecarFile(s.path, w.fields); s.err != nil {
				return
			}
		}
	}, func() { e.account(w, sidecars) })
}

// account counts a photo and its sidecars, and tells what went wrong.
func (e *Writer) account(w *photoWrite, sidecars []*sidecarWrite) {
	photo := w.photo.Path
	switch {
	case w.err == nil && e.photos:
		e.count(photo, w.target, w.outcome)
	case w.err == nil:
	case tagroll.CodeOf(w.err) == tagroll.CodeCannotEmbed:
		one := e.report.Of(photo)
		one.Code, one.Message = tagroll.CodeCannotEmbed, tagroll.AsError(w.err).Message
		if intake.IsRAW(photo) {
			e.raws++ // hundreds of them would be hundreds of notes
		} else {
			e.note(photo, one.Message+"; its metadata is in a sidecar")
		}
	default:
		e.Fail(photo, w.err)
		return
	}
	for _, s := range sidecars {
		if s.note != "" {
			e.note(photo, s.note)
		}
		switch {
		case e.stops(s.err):
			return
		case s.err != nil:
			e.Fail(photo, s.err)
			return // the others were not begun
		}
		e.report.beside(photo, s.path)
		if s.outcome.Changed {
			e.beside++
		}
		if s.outcome.Backup != "" {
			e.kept++
		}
	}
}

// stops reports whether an error would meet every photo, and keeps the first one.
func (e *Writer) stops(err error) bool {
	code := tagroll.CodeOf(err)
	if code != tagroll.CodeDiskFull && code != tagroll.CodeJournalFailed {
		return false
	}
	if e.stopped == nil {
		e.stopped = err
	}
	return true
}

// sidecarWrite is the writing of one sidecar.
type sidecarWrite struct {
	path, note string // note says why the name is another than usual
	outcome    embed.Outcome
	err        error
}

// sidecarsOf are a photo's own sidecar, if there is a style, and those of its partners.
func (e *Writer) sidecarsOf(w *photoWrite, style string) []*sidecarWrite {
	var sidecars []*sidecarWrite
	if style != NoSidecar {
		sidecars = append(sidecars, e.sidecarOf(w.photo.Path, w.target, style))
	}
	if style = e.Sidecar; style == NoSidecar {
		style = "adobe"
	}
	for _, name := range w.photo.Partners {
		target, err := e.targetOf(filepath.Join(filepath.Dir(w.photo.Path), name))
		if err != nil {
			break // it was said of the photo
		}
		sidecars = append(sidecars, e.sidecarOf(w.photo.Path, target, style))
	}
	return sidecars
}

// sidecarOf is a photo's sidecar, under the name that programs of the style look for. Where another
// photo of this run has that name, the sidecar gets the longer one.
func (e *Writer) sidecarOf(photo, target, style string) *sidecarWrite {
	s := &sidecarWrite{path: target + ".xmp"}
	if style == "adobe" {
		s.path = strings.TrimSuffix(target, filepath.Ext(target)) + ".xmp"
		if upper := strings.TrimSuffix(s.path, ".xmp") + ".XMP"; isThere(upper) && !isThere(s.path) {
			s.path = upper
		}
		if other, taken := e.sidecars[s.path]; taken && other != photo {
			s.path = target + ".xmp"
			s.note = fmt.Sprintf("its sidecar is %s, since %s has the usual name", filepath.Base(s.path), filepath.Base(other))
		}
	}
	e.sidecars[s.path] = photo
	return s
}
