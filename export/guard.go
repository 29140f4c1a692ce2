package export

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/internal/aside"
)

// Guard keeps an output from destroying what is not ours:
//
//   - what Ours knows is replaced;
//   - a file that only looks like the format (another tool's CSV, or ours edited by
//     hand) is kept beside it as .bak, then replaced;
//   - anything else, a photo first of all, is refused, unless Force is set; it then is
//     kept as .bak too.
//
// A folder, a device or a pipe is refused in any case.
type Guard struct {
	// Ours reports whether a file with this SHA-256 (lower-case hexadecimal) is one that
	// tagroll wrote. Default: none is.
	Ours func(sha256 string) bool
	// Wrote is told of a file's SHA-256 just before the file takes its place; an error
	// leaves what is there. Default: nobody is told.
	Wrote func(path, sha256 string) error
	// Kept is told of a file that was kept beside the new one. Default: nobody is told.
	Kept func(path, backup string)
	// Force also replaces what does not look like the format.
	Force bool
	// Keep reports whether even a file of ours is kept as .bak. Default: none is.
	Keep func(path string) bool
}

// Check returns the error with which the guard would refuse to replace what is at path, so that a
// caller finds it out before the work: CodeWriteFailed. It changes nothing.
func (g *Guard) Check(path string, f Format) error {
	target, info, err := regularTarget(path)
	if err != nil || info == nil || g == nil || g.Force {
		return err
	}
	return g.refuse(path, target, f)
}

// WriteFile is the function [WriteFile] with a guard.
func (g *Guard) WriteFile(path string, f Format, write func(io.Writer) error) error {
	return writeFile(path, g, f, write)
}

// admit decides whether the finished file may take the place of what is there. It reports
// whether that is the very same content, so that there is nothing to do.
func (g *Guard) admit(file *File, f Format) (same bool, err error) {
	if g == nil {
		return false, nil
	}
	target, info, err := regularTarget(file.path)
	if err != nil {
		return false, err
	}
	sum := hex.EncodeToString(file.hash.Sum(nil))
	if info != nil {
		there, err := hashFile(target)
		if err != nil {
			return false, writeError(file.path, err)
		}
		ours := g.Ours != nil && g.Ours(there)
		switch {
		case there == sum:
			same = true
		case info.Size() == 0 || ours && (g.Keep == nil || !g.Keep(file.path)):
		default:
			if !ours && !g.Force {
				if err := g.refuse(file.path, target, f); err != nil {
					return false, err
				}
			}
			backup, err := aside.Keep(target, ".bak")
			if err != nil {
				return false, writeError(file.path, err)
			}
			if g.Kept != nil {
				g.Kept(file.path, backup)
			}
		}
	}
	if g.Wrote != nil {
		err = g.Wrote(file.path, sum)
	}
	return same, err
}

// regularTarget returns what path leads to, and its info where it is a file; it refuses what
// is something else.
func regularTarget(path string) (target string, info fs.FileInfo, err error) {
	if target, err = followLinks(path); err != nil {
		return "", nil, writeError(path, err)
	}
	if runtime.GOOS == "windows" && isDeviceName(filepath.Base(target)) {
		return "", nil, refused(path, "%s is the name of a device on Windows, whatever its ending: name another file", path)
	}
	info, err = os.Stat(target)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return target, nil, nil
	case err != nil:
		return "", nil, writeError(path, err)
	case info.IsDir():
		return "", nil, refused(path, "%s is a folder: name a file in it", path)
	case !info.Mode().IsRegular():
		return "", nil, refused(path, "%s is a device or a pipe and no file: name a file, or - for standard output", path)
	}
	return target, info, nil
}

// isDeviceName reports whether Windows takes a file's name for a device's
// (https://learn.microsoft.com/windows/win32/fileio/naming-a-file): what is written to AUX.csv
// would go to a serial port.
func isDeviceName(name string) bool {
	name, _, _ = strings.Cut(name, ".")
	name, _, _ = strings.Cut(name, ":")
	name = strings.ToUpper(strings.TrimRight(name, " "))
	switch name {
	case "CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$":
		return true
	}
	port, number := name[:min(3, len(name))], strings.TrimPrefix(name, name[:min(3, len(name))])
	return (port == "COM" || port == "LPT") && utf8.RuneCountInString(number) == 1 && strings.Contains("123456789¹²³", number)
}

// refuse returns an error unless the file looks like the format.
func (g *Guard) refuse(path, target string, f Format) error {
	file, err := os.Open(target)
	if err != nil {
		return writeError(path, err)
	}
	defer file.Close()
	head := make([]byte, 64<<10)
	n, err := io.ReadFull(file, head)
	if err != nil && !ended(err) {
		return writeError(path, err)
	}
	head = head[:n]
	switch {
	case isPicture(head):
		return refused(path, "%s is a photo and was left alone: name another file for the result (--force replaces it and keeps it as .bak)", path)
	case n == 0 || looksLike(file, head, f):
		return nil
	}
	return refused(path, "%s exists and is no %s, so it was left alone: name another file (--force replaces it and keeps it as .bak)", path, f.kind())
}

func refused(path, format string, args ...any) error {
	return &tagroll.Error{Code: tagroll.CodeWriteFailed, Stage: tagroll.StageExport, Message: fmt.Sprintf(format, args...)}
}

func ended(err error) bool { return err == io.EOF || err == io.ErrUnexpectedEOF }

// kind names what a file of the format is.
func (f Format) kind() string {
	switch {
	case f.Agency != nil:
		return "CSV"
	case f.Name == FormatXMP:
		return "ZIP archive of sidecars"
	}
	return f.Label + " document"
}

// isPicture reports whether a file begins like a picture or a video.
func isPicture(head []byte) bool {
	for _, magic := range []string{"\xff\xd8\xff", "\x89PNG\r\n\x1a\n", "GIF8", "II*\x00", "MM\x00*", "II+\x00", "MM\x00+", "8BPS", "BM", "FUJIFILMCCD"} {
		if bytes.HasPrefix(head, []byte(magic)) && (magic != "BM" || bytes.IndexByte(head, 0) >= 0) {
			return true
		}
	}
	return bytes.HasPrefix(head, []byte("RIFF")) && len(head) > 12 && bytes.Contains(head[8:12], []byte("WEBP")) ||
		len(head) > 12 && string(head[4:8]) == "ftyp"
}

// looksLike reports whether a file could be one of the format.
func looksLike(file *os.File, head []byte, f Format) bool {
	switch {
	case f.Name == FormatXMP:
		return isSidecars(file)
	case f.Agency != nil:
		return isTable(head)
	}
	return isJSON(head, f.Name == FormatJSON)
}

// isSidecars reports whether a file is a ZIP archive that holds nothing but sidecars.
func isSidecars(file *os.File) bool {
	info, err := file.Stat()
	if err != nil {
		return false
	}
	archive, err := zip.NewReader(file, info.Size())
	if err != nil {
		return false
	}
	return !slices.ContainsFunc(archive.File, func(f *zip.File) bool {
		return !f.FileInfo().IsDir() && !strings.HasSuffix(strings.ToLower(f.Name), ".xmp")
	})
}

// isJSON reports whether text begins like a JSON object, or a list where that may be. What a
// person has edited need not be valid to its end.
func isJSON(head []byte, list bool) bool {
	text := bytes.TrimPrefix(head, []byte("\xef\xbb\xbf"))
	if len(bytes.TrimSpace(text)) == 0 {
		return true
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	first, err := decoder.Token()
	if err != nil || first != json.Delim('{') && (!list || first != json.Delim('[')) {
		return false
	}
	_, err = decoder.Token()
	return err == nil
}

// isTable reports whether text could be a table of whatever program: lines of two cells or more
// with one delimiter. Spreadsheets also write UTF-16 and older encodings.
func isTable(head []byte) bool {
	utf16 := bytes.HasPrefix(head, []byte("\xff\xfe")) || bytes.HasPrefix(head, []byte("\xfe\xff"))
	if utf16 {
		head = bytes.ReplaceAll(head[2:], []byte{0}, nil)
	}
	head = bytes.TrimPrefix(head, []byte("\xef\xbb\xbf"))
	if len(bytes.TrimSpace(head)) == 0 {
		return true
	}
	if bytes.ContainsFunc(head, func(r rune) bool { return r < ' ' && !strings.ContainsRune("\t\r\n", r) }) {
		return false
	}
	for _, delimiter := range ",;\t|" {
		reader := csv.NewReader(bytes.NewReader(head))
		reader.Comma, reader.LazyQuotes, reader.FieldsPerRecord = delimiter, true, -1
		header, err := reader.Read()
		if err != nil || len(header) < 2 {
			continue
		}
		if namesColumn(header) {
			return true
		}
		rows, alike := 0, 0
		for {
			row, err := reader.Read()
			if err != nil {
				break
			}
			rows++
			if len(row) == len(header) {
				alike++
			}
		}
		if rows > 0 && alike*10 >= rows*9 {
			return true
		}
	}
	return false
}

// namesColumn reports whether a header is one of an agency's table.
func namesColumn(header []string) bool {
	return slices.ContainsFunc(header, func(cell string) bool {
		if !utf8.ValidString(cell) {
			return false
		}
		switch strings.Join(strings.Fields(strings.ToLower(strings.Trim(cell, `"' `))), "") {
		case "filename", "file", "title", "keywords", "description", "tags", "oldfilename", "imagename":
			return true
		}
		return false
	})
}

// hashFile returns the SHA-256 of a file in lower-case hexadecimal.
func hashFile(path string) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer file.Close()
	hash := sha256.New()
	if _, err := io.Copy(hash, file); err != nil {
		return "", err
	}
	return hex.EncodeToString(hash.Sum(nil)), nil
}
