package export

import (
	"archive/zip"
	"fmt"
	"io"
	"iter"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/agency"
	"github.com/tagroll/tagroll/embed"
)

// XMP returns a photo's metadata as an XMP packet (ISO 16684-1) for a file beside the photo:
//
//   - dc:title is the title, in the default language;
//   - dc:subject are the keywords. XMP calls the list unordered, but what reads it keeps the order
//     in which it is written, which is that of Metadata;
//   - dc:description is the caption, where the photo's own file has one, so that a program that
//     prefers the sidecar to the file does not lose it;
//   - photoshop:SupplementalCategories is the category by its name. It is the standard's place for
//     categories in words; photoshop:Category has room for three letters, and
//     Iptc4xmpCore:SubjectCode takes codes of another system.
//
// photoshop:Headline is left alone: it would only repeat the title, and would take the place of one
// that a person wrote.
//
// What is no character of XML 1.0 becomes a space if it is a control character, else U+FFFD; line
// breaks and tabs of a caption stay. Nothing else is changed.
func XMP(m tagroll.Metadata, caption string) []byte {
	return embed.Packet(embed.Fields{Title: m.Title, Description: caption, Keywords: m.Keywords, Category: m.Category})
}

// writeXMP writes a ZIP archive with an [XMP] sidecar for each photo that has metadata, in the
// order of the results. A sidecar has the photo's name with the ending .xmp, which is how
// Lightroom, Bridge and Capture One find it. Options.Folder keeps those of several folders apart.
// When that name is taken (IMG_1.jpg and IMG_1.png) or would be that of a RAW file (Options.Beside)
// the ending follows the whole name, IMG_1.png.xmp, as darktable and digiKam have it, and after
// that a number; these, and names that would not be safe to unpack, are listed in
// Summary.Unmatched. The description of an editorial photo begins with its dateline, see
// [agency.Set.CaptionedFile].
//
// An error of w is a *tagroll.Error with CodeWriteFailed or CodeDiskFull.
func writeXMP(w io.Writer, results iter.Seq[tagroll.Result], o Options) (summary Summary, err error) {
	counter := &byteCounter{w: w}
	archive := zip.NewWriter(counter)
	names := sidecarNames{}
	for r := range results {
		if !o.takes(r) {
			continue
		}
		folder := ""
		if o.Folder != nil {
			folder = safeFolder(o.Folder(r.Photo))
		}
		name, same := names.next(folder, r.Photo.Name, o.Beside != nil && o.Beside(r.Photo))
		entry, err := archive.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: o.time()})
		if err == nil {
			fields := embed.Of(agency.Set(nil).CaptionedFile(r))
			// A sidecar does not know the one that a person may have written.
			fields.Headline = ""
			_, err = entry.Write(embed.Packet(fields))
		}
		if err != nil {
			return summary, writeError("", err)
		}
		summary.count(r, same)
	}
	err = archive.Close()
	summary.Bytes = counter.n
	return summary, writeError("", err)
}

// sidecarNames holds the names that are taken, in lower case: file systems of Windows and
// macOS do not tell IMG_1 from img_1.
//
// For a stem of which several sidecars exist it also holds the next number to try, so that many
// photos of one name cost no more than others.
type sidecarNames map[string]int

// next returns a name for the sidecar of a photo, and whether it is the one that programs look for.
// Where a RAW file lies beside the photo the usual name is that file's.
func (names sidecarNames) next(folder, photo string, raw bool) (name string, same bool) {
	whole, unchanged := safeName(photo)
	stem := folder + strings.TrimSuffix(whole, extensionOf(whole))
	whole = folder + whole
	if name = stem + ".xmp"; !raw && names.take(name) {
		return name, unchanged
	}
	if name = whole + ".xmp"; names.take(name) {
		return name, false
	}
	counter := "/" + strings.ToLower(stem) // no name begins like this
	for n := max(names[counter], 2); ; n++ {
		if name = fmt.Sprintf("%s-%d.xmp", stem, n); names.take(name) {
			names[counter] = n + 1
			return name, false
		}
	}
}

func (names sidecarNames) take(name string) bool {
	key := strings.ToLower(name)
	if names[key] > 0 {
		return false
	}
	names[key] = 1
	return true
}

// safeFolder makes a folder one that can be unpacked anywhere. It ends with a slash, unless it is
// empty.
func safeFolder(folder string) string {
	var b strings.Builder
	for part := range strings.SplitSeq(folder, "/") {
		if part == "" || part == "." {
			continue
		}
		safe, _ := safeName(part) // ".." becomes a name
		b.WriteString(safe + "/")
	}
	return b.String()
}

// extensionOf returns the ending of a name with its dot; a name that only has an ending has none.
func extensionOf(name string) string {
	if i := strings.LastIndexByte(name, '.'); i > 0 {
		return name[i:]
	}
	return ""
}

// longestName bounds a name in bytes: file systems allow 255, and ".xmp" or a number may follow.
const longestName = 240

// safeName makes a file name one that can be unpacked anywhere, in the folder where the archive is
// unpacked and nowhere else, and reports whether it is still the same.
//
// The name is composed (NFC), as the zip format's other users write it: macOS gives decomposed
// ones, which elsewhere would not be the photo's name.
func safeName(name string) (safe string, same bool) {
	name = norm.NFC.String(name)
	safe = strings.Map(func(r rune) rune {
		// What separates folders or drives, and what else Windows refuses in names.
		if r == utf8.RuneError || unicode.IsControl(r) || strings.ContainsRune(`/\:*?"<>|`, r) {
			return '_'
		}
		return r
	}, name)
	if extension := extensionOf(safe); len(safe) > longestName && len(extension) < 16 {
		safe = cut(strings.TrimSuffix(safe, extension), longestName-len(extension)) + extension
	}
	safe = cut(safe, longestName)
	stem := strings.TrimSuffix(safe, extensionOf(safe))
	// Without a name a file would be hidden, and Windows opens devices by their names, whatever
	// ending they have.
	if first, _, _ := strings.Cut(stem, "."); strings.Trim(stem, ". ") == "" || isDevice(first) {
		safe = "_" + safe
	}
	return safe, safe == name
}

// cut shortens text to a number of bytes, between characters.
func cut(text string, most int) string {
	if len(text) <= most {
		return text
	}
	for most > 0 && !utf8.RuneStart(text[most]) {
		most--
	}
	return text[:most]
}

// isDevice reports whether Windows takes a name for a device.
func isDevice(name string) bool {
	name = strings.ToUpper(strings.TrimRight(name, " "))
	switch name {
	case "CON", "PRN", "AUX", "NUL":
		return true
	}
	number, ok := strings.CutPrefix(name, "COM")
	if !ok {
		number, ok = strings.CutPrefix(name, "LPT")
	}
	return ok && len([]rune(number)) == 1 && strings.ContainsAny(number, "0123456789¹²³")
}
