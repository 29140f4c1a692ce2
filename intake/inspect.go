package intake

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"

	"github.com/tagroll/tagroll"
)

// Inspect says what a photo's bytes say of themselves. It decodes no pixel.
//
// The format is recognised by content. Width and height come from the header and are both
// zero where it does not say (a JPEG may give its height after the picture): whoever
// decodes the photo has to count again. For HEIC and AVIF the size is that of the upright
// picture and Orientation is 1: their decoders turn the picture by its irot property
// (ISO/IEC 23008-12, 6.5.10), and EXIF says the same once more.
//
// Title, caption, keywords and place are taken from XMP, else from IPTC, else from EXIF,
// each field for itself; they are trimmed, without control characters, valid UTF-8 and
// bounded in length. A caption that a camera writes into every photo counts as none.
// Metadata that is broken is missing from the facts and no error.
//
// The error's code is CodeEmptyFile, CodeFileTooLarge, CodeUnsupportedFormat if the
// content is no image that tagroll reads, or CodeTooManyPixels; the facts then hold what
// is known so far.
func Inspect(data []byte, limits Limits) (tagroll.Facts, error) {
	limits = limits.withDefaults()
	facts := tagroll.Facts{Bytes: int64(len(data)), Orientation: 1}
	switch {
	case len(data) == 0:
		return facts, emptyFile()
	case facts.Bytes > limits.MaxBytes:
		return facts, tooLarge(limits.MaxBytes)
	}
	sum := sha256.Sum256(data)
	facts.SHA256 = hex.EncodeToString(sum[:])

	kind := sniff(data)
	if kind.format == "" {
		return facts, unsupported(kind)
	}
	facts.Format = kind.format
	h := readHeader(kind.format, data)
	if h.raw {
		return facts, unsupported(cameraRAW)
	}
	if h.width > 0 && h.height > 0 {
		facts.Width, facts.Height = h.width, h.height
		if pixels := int64(h.width) * int64(h.height); pixels > int64(limits.MaxPixels) {
			return facts, tooManyPixels(h, limits.MaxPixels)
		}
	}
	collect(&facts, h, limits.Log)
	namePlace(&facts)
	return facts, nil
}

// Inspect is [Inspect] with these limits, as a step of package pipeline.
func (l Limits) Inspect(data []byte) (tagroll.Facts, error) {
	return Inspect(data, l)
}

// Facts says what a photo's file says of itself, as [Limits.Preview] has it of a RAW file and
// [Limits.Inspect] of any other. Its errors are theirs, and those of [Limits.Read].
func (l Limits) Facts(ctx context.Context, photo tagroll.Photo) (tagroll.Facts, error) {
	picture, facts, err := l.Preview(ctx, photo, nil)
	if err != nil || picture != nil {
		return facts, err
	}
	data, err := l.Read(ctx, photo)
	if err != nil {
		return facts, err
	}
	return l.Inspect(data)
}

// header is what the outside of an image file holds: its size in pixels, zero if not
// known, and its blocks of metadata, nil if it has none.
type header struct {
	width, height int
	exif          []byte // begins with a TIFF header
	xmp           []byte // a packet
	iptc          []byte // IIM records
	components    int    // of a pixel; 0 if not known
	profile       []byte // the beginning of a colour profile
	raw           bool   // a camera's RAW file that looks like a TIFF
}

// readHeader reads the header of an image. It takes what it finds and never fails: a file
// that ends too early or contradicts itself is the decoder's to refuse.
func readHeader(format tagroll.Format, data []byte) header {
	switch format {
	case tagroll.FormatJPEG:
		return jpegHeader(data)
	case tagroll.FormatPNG:
		return pngHeader(data)
	case tagroll.FormatWebP:
		return webpHeader(data)
	case tagroll.FormatTIFF:
		return tiffHeader(data)
	case tagroll.FormatGIF:
		return gifHeader(data)
	case tagroll.FormatHEIC, tagroll.FormatAVIF:
		return heifHeader(data)
	}
	return header{}
}

func unsupported(k kind) *tagroll.Error {
	if k.name == "" {
		return fail(tagroll.CodeUnsupportedFormat, nil, "the content is no image format that tagroll knows: copy the file again, or export it as a JPEG")
	}
	return fail(tagroll.CodeUnsupportedFormat, nil, "this is %s, which is not read: %s", k.name, k.wayOut)
}

func tooManyPixels(h header, limit int) *tagroll.Error {
	return fail(tagroll.CodeTooManyPixels, nil, "%d x %d is %s megapixels, the limit is %s: scale it down, or raise the pixel limit",
		h.width, h.height, millions(float64(h.width)*float64(h.height)), millions(float64(limit)))
}

// millions is a number in millions with just enough digits.
func millions(n float64) string {
	if n < 10e6 {
		return strconv.FormatFloat(n/1e6, 'g', 2, 64)
	}
	return fmt.Sprintf("%.0f", n/1e6)
}

// megabytes is a size for people.
func megabytes(n int64) string {
	if n < 1<<20 {
		return fmt.Sprintf("%d bytes", n)
	}
	return strconv.FormatFloat(float64(n)/(1<<20), 'f', -1, 64) + " MiB"
}
