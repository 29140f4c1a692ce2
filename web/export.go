package web

import (
	"fmt"
	"io"
	"iter"
	"mime"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/unicode/norm"

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

// exportBatch answers with a file, without the photos that are not done.
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
	partial, err := boolParameter(r, "partial")
	if err != nil {
		return err
	}
	review, err := boolParameter(r, "include_review")
	if err != nil {
		return err
	}
	rename, err := boolParameter(r, "rename_duplicates")
	if err != nil {
		return err
	}
	if !hasEnded(b) && !partial {
		return refuse(codeBatchUnfinished, "The batch has not ended: wait, or ask for ?partial=true to get what is done.").
			with("progress", s.viewBatch(b, false).Progress)
	}
	options := export.Options{IncludeReview: review, Time: s.Now(), Stem: downloadName(b)}
	var body io.WriteCloser
	rows := results(b, rename)
	if s.formats[i].Name == export.FormatXMP {
		rows, options.Beside = withRAW(rows), hasRAW
	}
	_, err = s.formats[i].Download(rows, options, func(a export.Attachment) io.Writer {
		h := w.Header()
		h.Set("Content-Type", a.MediaType)
		h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": a.Name}))
		h.Set("Cache-Control", "no-store")
		if body = (plainBody{w}); !strings.Contains(a.MediaType, "zip") {
			body = compressed(w)
		}
		return body
	})
	if body != nil && err == nil {
		err = body.Close()
	}
	return err
}

// boolParameter reads a parameter of the query that is true or false; absent is false.
func boolParameter(r *http.Request, name string) (bool, error) {
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

// results returns the results of the photos that are done, in the order of the batch. If rename is
// set, photos whose name an earlier one has get a name of their own.
func results(b queue.Snapshot, rename bool) iter.Seq[tagroll.Result] {
	names := make([]string, len(b.Photos))
	for i := range b.Photos {
		names[i] = b.Photos[i].Name
	}
	if rename {
		names = distinctNames(names)
	}
	return func(yield func(tagroll.Result) bool) {
		for i := range b.Photos {
			if b.Photos[i].Result == nil {
				continue
			}
			r := *b.Photos[i].Result
			if names[i] != b.Photos[i].Name {
				r.Photo.Name = names[i]
			}
			if b.Brief.Editorial {
				r.Details = withEditorial(r.Details)
			}
			if !yield(r) {
				return
			}
		}
	}
}

// hasRAW reports whether a photo has a RAW file too, whose sidecar has the name of both.
func hasRAW(photo tagroll.Photo) bool { return len(photo.Partners) > 0 }

// withRAW adds the results of RAW files to those of their photos, for sidecars.
func withRAW(results iter.Seq[tagroll.Result]) iter.Seq[tagroll.Result] {
	return func(yield func(tagroll.Result) bool) {
		for r := range results {
			if !yield(r) {
				return
			}
			for _, name := range r.Photo.Partners {
				raw := r
				raw.Photo.Name, raw.Photo.Partners = name, nil
				if !yield(raw) {
					return
				}
			}
		}
	}
}

// withEditorial returns details that mark a photo as editorial.
func withEditorial(d *tagroll.Details) *tagroll.Details {
	marked := tagroll.Details{Editorial: true}
	if d != nil {
		marked = d.Over(marked)
	}
	return &marked
}

// distinctNames gives each name that an earlier one equals a number, as file managers do:
// "IMG_1.jpg", "IMG_1-2.jpg". Case does not count. The first of equal names stays as it is.
func distinctNames(names []string) []string {
	key := func(name string) string { return strings.ToLower(norm.NFC.String(name)) }
	taken := make(map[string]bool, len(names))
	for _, name := range names {
		taken[key(name)] = true
	}
	seen := make(map[string]bool, len(names))
	distinct := slices.Clone(names)
	for i, name := range names {
		if !seen[key(name)] {
			seen[key(name)] = true
			continue
		}
		ext := path.Ext(name)
		for n := 2; ; n++ {
			other := fmt.Sprintf("%s-%d%s", strings.TrimSuffix(name, ext), n, ext)
			if !taken[key(other)] {
				taken[key(other)], distinct[i] = true, other
				break
			}
		}
	}
	return distinct
}

// downloadName is what the files of a batch are called, before the name of the format: as its owner
// calls it, or else after the first photo, "tagroll-2026-05-14-IMG_0412", which tells the files of
// two shoots apart.
func downloadName(b queue.Snapshot) string {
	if stem := stemOf(b.Name); stem != "" {
		return stem
	}
	parts := []string{"tagroll"}
	if len(b.Photos) > 0 {
		first := b.Photos[0]
		if !first.Facts.Taken.IsZero() {
			parts = append(parts, first.Facts.Taken.Format(time.DateOnly))
		}
		if stem := stemOf(strings.TrimSuffix(first.Name, path.Ext(first.Name))); stem != "" {
			parts = append(parts, stem)
		}
	}
	return strings.Join(parts, "-")
}

// stemOf makes of a name the beginning of a file name: plain ASCII without spaces, as
// agencies want file names. It is empty if nothing is left.
func stemOf(name string) string {
	var stem strings.Builder
	for _, r := range norm.NFKD.String(name) {
		switch {
		case 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z', '0' <= r && r <= '9', r == '_', r == '-':
			stem.WriteRune(r)
		case unicode.Is(unicode.Mn, r): // the accent of the letter before
		default:
			if text := stem.String(); text != "" && !strings.HasSuffix(text, "-") {
				stem.WriteByte('-')
			}
		}
		if stem.Len() >= maxStem {
			break
		}
	}
	return strings.Trim(stem.String(), "-_")
}

// maxStem bounds a file name that is made of another name.
const maxStem = 60
