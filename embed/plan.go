package embed

import (
	"bytes"
	"fmt"
	"io"
	"os"

	"github.com/tagroll/tagroll"
)

// Edit is a photo with new metadata, as a list of pieces: ranges of the photo that stay, and new
// bytes. It reads the photo when it is written.
type Edit struct {
	source io.ReaderAt
	size   int64 // of the photo as it was
	pieces []piece
}

// piece is a range of the source, or bytes where these are not nil.
type piece struct {
	from, length int64
	bytes        []byte
}

// Plan finds out how a photo of a size in bytes changes when the fields are written into it. It
// reads only the parts that hold metadata, and writes nothing. The format is recognised by content.
//
// It fails with CodeCannotEmbed if the format holds no metadata that agencies read, or if the file
// cannot be changed without risk to something in it; with CodeUnreadable if reading fails.
func Plan(photo io.ReaderAt, size int64, f Fields) (*Edit, error) {
	e := &Edit{source: photo, size: size}
	head := make([]byte, min(size, 32))
	if _, err := photo.ReadAt(head, 0); err != nil && err != io.EOF {
		return nil, unreadable(err)
	}
	f = f.clean()
	var err error
	switch {
	case len(wantedOf(f)) == 0:
		e.keep(0, size)
	case bytes.HasPrefix(head, []byte("\xff\xd8\xff")):
		err = e.jpeg(f)
	case bytes.HasPrefix(head, []byte(pngSignature)):
		err = e.png(f)
	case bytes.HasPrefix(head, []byte("RIFF")) && len(head) >= 12 && string(head[8:12]) == "WEBP":
		err = e.webp(f)
	case isTIFF(head):
		err = e.tiff(head, f)
	default:
		err = refuse("files of this format are not written into")
	}
	if err != nil {
		return nil, err
	}
	e.join()
	return e, nil
}

// Changed reports whether the photo says something else than the fields. If not, what is written is
// the photo as it is.
func (e *Edit) Changed() bool {
	if e.size == 0 {
		return false
	}
	return len(e.pieces) != 1 || e.pieces[0].bytes != nil || e.pieces[0].length != e.size
}

// Size is the size in bytes of what is written, such as for a Content-Length.
func (e *Edit) Size() int64 {
	var size int64
	for _, p := range e.pieces {
		size += p.length
	}
	return size
}

// WriteTo writes the photo with its new metadata. From file to file, the system copies without a
// detour where it can.
func (e *Edit) WriteTo(w io.Writer) (written int64, err error) {
	for _, p := range e.pieces {
		var n int64
		switch source, isFile := e.source.(*os.File); {
		case p.bytes != nil:
			n, err = io.Copy(w, bytes.NewReader(p.bytes))
		case isFile:
			if _, err = source.Seek(p.from, io.SeekStart); err == nil {
				n, err = io.Copy(w, io.LimitReader(source, p.length))
			}
		default:
			n, err = io.Copy(w, io.NewSectionReader(e.source, p.from, p.length))
		}
		written += n
		if err == nil && n != p.length {
			err = io.ErrUnexpectedEOF // the photo has become shorter meanwhile
		}
		if err != nil {
			return written, err
		}
	}
	return written, nil
}

// keep adds a range of the photo.
func (e *Edit) keep(from, to int64) {
	if to > from {
		e.pieces = append(e.pieces, piece{from: from, length: to - from})
	}
}

// put adds new bytes.
func (e *Edit) put(b []byte) {
	if len(b) > 0 {
		e.pieces = append(e.pieces, piece{length: int64(len(b)), bytes: b})
	}
}

// join makes neighbouring ranges one.
func (e *Edit) join() {
	var joined []piece
	for _, p := range e.pieces {
		if n := len(joined); n > 0 && p.bytes == nil && joined[n-1].bytes == nil && joined[n-1].from+joined[n-1].length == p.from {
			joined[n-1].length += p.length
			continue
		}
		joined = append(joined, p)
	}
	e.pieces = joined
}

// read returns a range of the photo. A range outside of the photo is a damage that is refused.
func (e *Edit) read(from, length int64) ([]byte, error) {
	if from < 0 || length < 0 || from > e.size || length > e.size-from {
		return nil, refuse("the file is damaged or cut off")
	}
	b := make([]byte, length)
	if n, err := e.source.ReadAt(b, from); int64(n) < length {
		if err == io.EOF {
			return nil, refuse("the file is cut off")
		}
		return nil, unreadable(err)
	}
	return b, nil
}

//go:noinline
func refuse(format string, arguments ...any) error {
	return &tagroll.Error{Code: tagroll.CodeCannotEmbed, Stage: tagroll.StageExport, Message: fmt.Sprintf(format, arguments...)}
}

func unreadable(err error) error {
	return &tagroll.Error{Code: tagroll.CodeUnreadable, Stage: tagroll.StageExport, Err: err,
		Message: fmt.Sprintf("the photo cannot be read (%v): check the disk, and try again", err)}
}
