package export

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"iter"
	"strings"
	"time"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/agency"
)

// Names of the formats that are no agency's.
const (
	FormatXMP       = "xmp"
	FormatJSON      = "json"
	FormatJSONLines = "jsonl"
)

const zipMediaType = "application/zip"

// Options say what is written. The zero value is ready for use.
type Options struct {
	// IncludeReview also writes the photos that need a review and have metadata. JSON and JSON
	// lines hold every photo anyway.
	IncludeReview bool
	// Stem is the name of a download without its ending, and of the parts of a CSV within it;
	// it holds no folder and no space. Default: "tagroll".
	Stem string
	// Time is the modification time of files in a zip archive. Default: now.
	Time time.Time
	// Details returns what is to be said of a photo beside its words, such as the names of
	// releases. Default: the result's own Details.
	Details func(tagroll.Result) tagroll.Details
	// Folder returns the folder of a photo's sidecar within the archive, with forward slashes,
	// so that sidecars of several folders do not mix. Default: none.
	Folder func(tagroll.Photo) string
	// Beside reports whether a RAW file with the photo's name lies beside it, to which a
	// sidecar of the usual name would belong. Default: none does.
	Beside func(tagroll.Photo) bool
	// Guard says what WriteCSVFiles may replace. Default: whatever is there.
	Guard *Guard
	// Complete is asked by WriteCSVFiles when the results have ended; its error says that they
	// ended too early, and no file is written. Default: they are complete.
	Complete func() error
}

// takes reports whether an agency or another program gets a photo.
func (o Options) takes(r tagroll.Result) bool {
	return r.Usable(o.IncludeReview)
}

// Summary says what was written.
type Summary struct {
	// Rows counts photos: rows of a CSV, lines or elements of JSON, sidecars.
	Rows int
	// Bytes is the size of what was written, headers included.
	Bytes int64
	// Files are the paths that were written; nil for a writer.
	Files []string
	// Unmatched are the labels of photos whose row or sidecar cannot carry their exact file
	// name, so that whoever imports it will not find the photo: rename them. For a CSV these
	// are names that start a formula, hold control characters, or are not UTF-8; for sidecars,
	// names that another photo has too or that would not be safe to unpack.
	Unmatched []string
}

func (s *Summary) count(r tagroll.Result, same bool) {
	s.Rows++
	if !same {
		s.Unmatched = append(s.Unmatched, r.Photo.Label())
	}
}

// Format is a form in which results leave tagroll. It does not change and is safe for concurrent
// use.
type Format struct {
	// Name identifies the format on the command line and in addresses: an agency's name,
	// or one of the constants of this package.
	Name string
	// Label is for people.
	Label string
	// Extension is that of a file, with its dot; MediaType is for HTTP.
	Extension string
	MediaType string
	// Agency is whose CSV it is; nil for the other formats.
	Agency *agency.Agency
}

// Formats returns the CSV of every built-in agency that has one, then the formats that are no
// agency's.
func Formats() []Format {
	var formats []Format
	for _, name := range agency.Names() {
		// Each name can be looked up.
		if a, err := agency.Lookup(name); err == nil && !a.Embedded() {
			formats = append(formats, AgencyFormat(a))
		}
	}
	return append(formats,
		Format{Name: FormatXMP, Label: "XMP sidecars (ZIP)", Extension: ".zip", MediaType: zipMediaType},
		Format{Name: FormatJSON, Label: "JSON", Extension: ".json", MediaType: "application/json"},
		Format{Name: FormatJSONLines, Label: "JSON lines", Extension: ".jsonl", MediaType: "application/jsonl"},
	)
}

// KeepsAll reports whether the format has every photo, whatever became of it, as JSON does. The
// others have the photos whose words can be used.
func (f Format) KeepsAll() bool { return f.Name == FormatJSON || f.Name == FormatJSONLines }

// AgencyFormat is the CSV of an agency, which need not be a built-in one.
func AgencyFormat(a *agency.Agency) Format {
	info := a.Info()
	return Format{Name: info.Name, Label: info.Label + " (CSV)", Extension: ".csv", MediaType: "text/csv; charset=utf-8", Agency: a}
}

// FormatNames returns the names of Formats, in its order.
func FormatNames() []string {
	var names []string
	for _, f := range Formats() {
		names = append(names, f.Name)
	}
	return names
}

// LookupFormat returns the format of that name. For an unknown name the error
// has tagroll.CodeConfiguration and lists the names there are; for an agency without a CSV it
// says how that one gets the words.
func LookupFormat(name string) (Format, error) {
	for _, f := range Formats() {
		if f.Name == name {
			return f, nil
		}
	}
	if a, err := agency.Lookup(name); err == nil {
		return Format{}, &tagroll.Error{Code: tagroll.CodeConfiguration, Stage: tagroll.StageExport,
			Message: fmt.Sprintf("%s has no CSV and reads the words in the photo itself: use --embed DIR, and --agency %s for its rules", a.Info().Label, name)}
	}
	return Format{}, &tagroll.Error{Code: tagroll.CodeConfiguration, Stage: tagroll.StageExport,
		Message: fmt.Sprintf("there is no format %q; choose one of %s", name, strings.Join(FormatNames(), ", "))}
}

// Write writes the results in the format as one stream: for an agency as [WriteCSV] does, whatever
// the agency's limits of a file. [WriteCSVFiles] and Download keep to them.
func (f Format) Write(w io.Writer, results iter.Seq[tagroll.Result], o Options) (Summary, error) {
	switch {
	case f.Agency != nil:
		return WriteCSV(w, f.Agency, results, o)
	case f.Name == FormatXMP:
		return writeXMP(w, results, o)
	}
	if o.Details != nil {
		results = withDetails(results, o.Details)
	}
	results = withOrigins(results)
	counter := &byteCounter{w: w}
	write := WriteJSON
	if f.Name == FormatJSONLines {
		write = WriteJSONLines
	}
	n, err := write(counter, results)
	return Summary{Rows: n, Bytes: counter.n}, err
}

// withDetails gives results the details that are to be said of them, so that JSON keeps them for a
// later export.
func withDetails(results iter.Seq[tagroll.Result], of func(tagroll.Result) tagroll.Details) iter.Seq[tagroll.Result] {
	return func(yield func(tagroll.Result) bool) {
		for r := range results {
			if d := of(r); !d.IsZero() {
				r.Details = &d
			}
			if !yield(r) {
				return
			}
		}
	}
}

// Attachment says what a download is, for the header fields Content-Disposition and Content-Type.
type Attachment struct {
	// Name is plain ASCII without spaces, as Adobe Stock wants it: "tagroll-adobe-stock.csv".
	Name string
	// MediaType may have parameters.
	MediaType string
}

// Download writes the results as one file to be downloaded. Where an agency limits rows or bytes of
// a CSV and the results need several, that file is a ZIP archive of the parts. Which of both it is
// shows while the rows are written, so the writer is asked for late: begin is called once, before
// the first byte and also if there are no results, unless an error comes before. Up to one part of
// a CSV is held in memory.
func (f Format) Download(results iter.Seq[tagroll.Result], o Options, begin func(Attachment) io.Writer) (Summary, error) {
	stem := f.downloadStem(o)
	plain := Attachment{Name: stem + f.Extension, MediaType: f.MediaType}
	if f.Agency == nil || !limited(f.Agency.Layout()) {
		return f.Write(begin(plain), results, o)
	}
	d := &csvDownload{plain: plain, parts: Attachment{Name: stem + ".zip", MediaType: zipMediaType}, begin: begin, time: o.time()}
	summary, err := d.write(newCSVEncoder(f.Agency), results, o)
	summary.Bytes = d.out.n
	return summary, err
}

// FileName is the name of a download that is no archive of parts.
func (f Format) FileName(o Options) string { return f.downloadStem(o) + f.Extension }

func (f Format) downloadStem(o Options) string {
	stem := o.Stem
	if stem == "" {
		stem = "tagroll"
	}
	if f.Agency == nil && f.Name != FormatXMP {
		return stem // the extension says which it is
	}
	return stem + "-" + f.Name
}

func (o Options) time() time.Time {
	if o.Time.IsZero() {
		return time.Now()
	}
	return o.Time
}

func limited(l agency.Layout) bool { return l.MaxRows > 0 || l.MaxBytes > 0 }

// csvDownload becomes a CSV, or an archive of several when the first one is full.
type csvDownload struct {
	plain, parts Attachment
	begin        func(Attachment) io.Writer
	time         time.Time

	first   bytes.Buffer // the first part, until it is known whether there will be another
	out     byteCounter
	archive *zip.Writer // nil while there is one part
	count   int         // parts begun
}

func (d *csvDownload) write(e *csvEncoder, results iter.Seq[tagroll.Result], o Options) (Summary, error) {
	var summary Summary
	header := bytes.Clone(e.header()) // every part needs it, and lines share a buffer
	part, err := d.next()
	if err != nil {
		return summary, err
	}
	part.Write(header) // the first part is in memory
	rows, size := 0, len(header)
	for r := range results {
		line, same := e.row(r, o)
		if line == nil {
			continue
		}
		if rows > 0 && e.isFull(rows+1, size+len(line)) {
			if part, err = d.next(); err == nil {
				_, err = part.Write(header)
			}
			if err != nil {
				return summary, writeError("", err)
			}
			rows, size = 0, len(header)
		}
		if _, err := part.Write(line); err != nil {
			return summary, writeError("", err)
		}
		rows, size = rows+1, size+len(line)
		summary.count(r, same)
	}
	return summary, writeError("", d.close())
}

// next begins a part.
func (d *csvDownload) next() (io.Writer, error) {
	d.count++
	if d.count == 1 {
		return &d.first, nil
	}
	if d.archive == nil {
		d.out.w = d.begin(d.parts)
		d.archive = zip.NewWriter(&d.out)
		w, err := d.create(1)
		if err == nil {
			_, err = d.first.WriteTo(w)
		}
		if err != nil {
			return nil, err
		}
		d.first = bytes.Buffer{}
	}
	return d.create(d.count)
}

func (d *csvDownload) create(part int) (io.Writer, error) {
	return d.archive.CreateHeader(&zip.FileHeader{Name: partPath(d.plain.Name, part), Method: zip.Deflate, Modified: d.time})
}

func (d *csvDownload) close() error {
	if d.archive != nil {
		return d.archive.Close()
	}
	d.out.w = d.begin(d.plain)
	_, err := d.first.WriteTo(&d.out)
	return err
}

// byteCounter counts what is written.
type byteCounter struct {
	w io.Writer
	n int64
}

func (c *byteCounter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err
}
