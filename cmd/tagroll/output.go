package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/agency"
	"github.com/tagroll/tagroll/cmd/tagroll/terminal"
	"github.com/tagroll/tagroll/export"
	"github.com/tagroll/tagroll/intake"
	"github.com/tagroll/tagroll/settings"
)

// defaultName is the result's name without its extension.
const defaultName = "tagroll"

// outputFlags say which results are written, in what form, and where.
type outputFlags struct {
	out           string
	formats       []string
	includeReview bool
	force         bool
	pair          string
}

// add declares the flags; in is which files may hold those that make sense for more than one run.
func (s *outputFlags) add(set *settings.Set, in settings.Files) {
	set.Add(settings.Setting{
		Name: "out", Short: "o", Group: groupResults, Arg: "FILE", In: settings.NoFile, Value: settings.Text(&s.out, ""),
		Default: defaultName + ".csv",
		Help:    "where the result goes; - is standard output; a folder takes it under its usual name",
	}, settings.Setting{
		Name: "format", Short: "f", Group: groupResults, Arg: "NAME", In: in,
		Value: settings.List(&s.formats, defaultFormat()), Choices: formatChoices(),
		Help: `the CSV of an agency, such as adobe-stock or shutterstock (see tagroll agencies); xmp: a ZIP archive of XMP sidecars for
			Lightroom and others; json or jsonl: everything that is known, as one document or one photo
			a line; may be given several times`,
	}, includeReviewSetting(&s.includeReview, in), pairSetting(&s.pair), settings.Setting{
		Name: "force", Group: groupResults, In: settings.NoFile, Value: settings.Switch(&s.force),
		Help: "also replace a file that is no result of tagroll's; it is kept as .bak",
	})
}

// includeReviewSetting declares --include-review.
func includeReviewSetting(value *bool, in settings.Files) settings.Setting {
	return settings.Setting{
		Name: "include-review", Group: groupResults, In: in, Value: settings.Switch(value),
		Help: "also write photos that still break a rule of the agency",
	}
}

// defaultFormat is the CSV of the agency whose rules count where none is named.
func defaultFormat() string { return agency.Default()[0].Info().Name }

// output is one file to be written.
type output struct {
	format string
	path   string // "-" is standard output
}

// planOutputs says which format goes where.
func planOutputs(s *runSettings) ([]output, error) {
	return planFiles("run", s.out, s.formats, s.format)
}

// planFiles says for a command which format goes where: the first to out, each further one
// beside it, under the same name with another extension.
func planFiles(command, out string, formats []string, lookup func(string) (export.Format, error)) ([]output, error) {
	extension := func(name string) string {
		f, err := lookup(name)
		if err != nil {
			return "" // flags are checked before
		}
		return f.Extension
	}
	first := out
	if first == "" {
		first = defaultName + extension(formats[0])
	}
	if strings.HasSuffix(first, "/") || strings.HasSuffix(first, string(filepath.Separator)) {
		// A slash at the end means a folder.
		if err := os.MkdirAll(first, 0o777); err != nil {
			return nil, &usageError{command, fmt.Errorf("--out %s: %w", first, err)}
		}
	}
	if info, err := os.Stat(first); err == nil && info.IsDir() {
		first = filepath.Join(first, defaultName+extension(formats[0]))
	}
	for i, format := range formats {
		if slices.Contains(formats[:i], format) {
			return nil, &usageError{command, fmt.Errorf("--format %s is given twice", format)}
		}
	}
	if first == "-" && len(formats) > 1 {
		return nil, &usageError{command, errors.New("--out - takes one format only: standard output is one file")}
	}
	taken := map[string]bool{foldPath(first): true} // some file systems tell no capitals apart
	outputs := []output{{formats[0], first}}
	stem := strings.TrimSuffix(first, filepath.Ext(first))
	for _, format := range formats[1:] {
		path := stem + extension(format)
		if taken[foldPath(path)] {
			path = stem + "-" + format + extension(format)
		}
		taken[foldPath(path)] = true
		outputs = append(outputs, output{format, path})
	}
	return outputs, nil
}

// checkExtension finds out whether a result file is named after another form than it would have:
// tagroll run -o x.json writes a CSV unless --format says otherwise, which nobody means.
func checkExtension(out string, formats []string) error {
	ext := strings.ToLower(filepath.Ext(out))
	if ext == "" || out == "-" {
		return nil
	}
	// What is there is looked at later.
	if _, err := os.Lstat(out); err != nil && intake.HasPhotoName(out) {
		name := "a name of its own"
		if f, err := export.LookupFormat(formats[0]); err == nil {
			name = strings.TrimSuffix(out, filepath.Ext(out)) + f.Extension
		}
		return fmt.Errorf("--out %s is named as a photo: name the result %s (a shell makes of -o *.jpg the name of the first photo)", out, name)
	}
	first, err := export.LookupFormat(formats[0])
	if err != nil || first.Extension == ext {
		return nil
	}
	var named []string
	for _, name := range export.FormatNames() {
		if f, err := export.LookupFormat(name); err == nil && f.Extension == ext {
			named = append(named, name)
		}
	}
	if len(named) == 0 {
		return nil // an extension of the user's own
	}
	return fmt.Errorf("--out %s is named after another form than %s: for that form write -f %s, or name the file %s",
		out, formats[0], named[0], strings.TrimSuffix(out, filepath.Ext(out))+first.Extension)
}

// checkOutputs finds out before the first paid call whether the results can be
// written, and that none of them would replace what is not ours.
func (r *runner) checkOutputs() error {
	if err := r.checkApart(); err != nil {
		return err
	}
	for _, o := range r.outputs {
		if o.path == "-" {
			continue
		}
		if info, err := os.Stat(o.path); err == nil {
			for _, photo := range r.photos {
				if there, err := os.Stat(photo.Path); err == nil && os.SameFile(info, there) {
					return &usageError{"run", fmt.Errorf("--out %s is one of the photos: name another file", o.path)}
				}
			}
		}
		if err := checkOutput(o, &r.settings.agencyFlags, r.settings.force); err != nil {
			return err
		}
		f, err := export.Create(o.path)
		if err != nil {
			return err
		}
		if err := f.Abort(); err != nil {
			return err
		}
	}
	return nil
}

// checkOutput finds out whether an output may take the place of what is there. A folder, a device
// or a pipe is no name for one.
func checkOutput(o output, agencies *agencyFlags, force bool) error {
	format, err := agencies.format(o.format)
	if err != nil || o.path == "-" {
		return err
	}
	err = (&export.Guard{Force: force}).Check(o.path, format)
	if info, statErr := os.Stat(o.path); err != nil && statErr == nil && !info.Mode().IsRegular() {
		return refused("out", err)
	}
	return err
}

// checkApart refuses a run whose journal and outputs are one file, by whatever spelling.
func (r *runner) checkApart() error {
	path := r.journalPath()
	if path == "" {
		return nil
	}
	for _, o := range r.outputs {
		if o.path == "-" {
			continue
		}
		for _, p := range []string{path, path + ".lock"} {
			if sameFile(o.path, p) {
				return &usageError{"run", fmt.Errorf("--out and --journal both lead to %s: name another file for one of them", o.path)}
			}
		}
	}
	return nil
}

// sameFile reports whether two paths lead to one file, or would on a file system that tells
// neither capitals nor composed characters apart.
func sameFile(a, b string) bool {
	infoA, errA := os.Stat(a)
	infoB, errB := os.Stat(b)
	if errA == nil && errB == nil {
		return os.SameFile(infoA, infoB)
	}
	return foldPath(a) == foldPath(b)
}

func foldPath(path string) string {
	if absolute, err := filepath.Abs(path); err == nil {
		path = absolute
	}
	return strings.ToLower(norm.NFC.String(path))
}

// write writes every output. Where no photo succeeded a file that is there stays as it is.
func (r *runner) write(last tagroll.Progress) (w terminal.Written, err error) {
	if r.spared > 0 {
		w.Notes = append(w.Notes, fmt.Sprintf("%s keep what a model said of them in an earlier run; --provider offline replaces it by drafts", terminal.Count(r.spared, "photo")))
	}
	for i, o := range r.outputs {
		format, err := r.settings.format(o.format)
		if err != nil {
			return w, err
		}
		reviews := r.settings.includeReview || format.KeepsAll()
		if _, err := os.Lstat(o.path); err == nil && last.Successful+last.Drafts == 0 && (!reviews || last.NeedsReview == 0) {
			w.Notes = append(w.Notes, "no photo succeeded, so "+o.path+" stays as it is")
			continue
		}
		summary, err := r.writeOne(o, format, &w)
		if err != nil {
			return w, err
		}
		if i == 0 {
			w.Rows = summary.Rows
		}
		w.Files = append(w.Files, summary.Files...)
		if o.format == export.FormatXMP {
			w.Renamed = append(w.Renamed, summary.Unmatched...)
		} else {
			w.Unmatched = append(w.Unmatched, summary.Unmatched...)
		}
	}
	return w, nil
}

func (r *runner) writeOne(o output, format export.Format, w *terminal.Written) (summary export.Summary, err error) {
	rows, err := r.rowsOf(o, format)
	if err != nil {
		return summary, err
	}
	guard := rows.guard(w)
	options := export.Options{
		IncludeReview: r.settings.includeReview, Details: r.details, Complete: func() error { return rows.failed },
		Guard: guard, Folder: r.folderInArchive(), Beside: besideRAW(),
	}
	write := func(to io.Writer) (err error) {
		summary, err = format.Write(to, rows.all(), options)
		return errors.Join(err, rows.failed)
	}
	switch {
	case o.path == "-":
		err = write(r.stdout)
	case format.Agency != nil:
		summary, err = export.WriteCSVFiles(o.path, format.Agency, rows.all(), options)
	default:
		err = guard.WriteFile(o.path, format, write)
		summary.Files = []string{o.path}
	}
	if err == nil {
		rows.tell(w)
	}
	return summary, err
}

// folderInArchive returns the folder of a photo's sidecar: the photo's own below the one that all
// photos have in common.
func (r *runner) folderInArchive() func(tagroll.Photo) string {
	foldersOf := func(photo tagroll.Photo) []string {
		return strings.Split(filepath.ToSlash(filepath.Dir(intake.PathOf(photo.ID))), "/")
	}
	var common []string
	for i, photo := range r.photos {
		folders := foldersOf(photo)
		if i == 0 {
			common = folders
		}
		n := 0
		for n < min(len(common), len(folders)) && common[n] == folders[n] {
			n++
		}
		common = common[:n]
	}
	return func(photo tagroll.Photo) string {
		folders := foldersOf(photo)
		if len(folders) < len(common) || !slices.Equal(folders[:len(common)], common) {
			return ""
		}
		within := strings.Join(folders[len(common):], "/")
		if !utf8.ValidString(within) {
			return "" // names in an archive are UTF-8
		}
		return within
	}
}

// besideRAW reports whether a RAW file with a photo's name lies beside it. A folder is read once.
func besideRAW() func(tagroll.Photo) bool {
	raws := make(map[string]map[string]bool)
	return func(photo tagroll.Photo) bool {
		if intake.IsRAW(photo.Name) {
			return false
		}
		folder := filepath.Dir(intake.PathOf(photo.ID))
		if raws[folder] == nil {
			raws[folder] = make(map[string]bool)
			// A folder that cannot be read has none that we know of.
			entries, _ := os.ReadDir(folder)
			for _, e := range entries {
				if intake.IsRAW(e.Name()) {
					raws[folder][foldName(strings.TrimSuffix(e.Name(), filepath.Ext(e.Name())))] = true
				}
			}
		}
		return raws[folder][foldName(strings.TrimSuffix(photo.Name, filepath.Ext(photo.Name)))]
	}
}
