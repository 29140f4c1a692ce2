package intake

import (
	"bytes"
	"encoding/binary"
	"slices"
	"unicode/utf8"

	"github.com/tagroll/tagroll"
)

// sniffLength is how many bytes of a file sniff needs.
const sniffLength = 512

// kind is what a file is: a format that is read, or something else by its name and the
// way from there to a photo, or neither if nobody knows.
type kind struct {
	format       tagroll.Format
	name, wayOut string
	layout       layout // of a camera's RAW file
}

const (
	exportAsJPEG = "export it as a JPEG"
	nameAPhoto   = "name a photo instead"
	copyItAgain  = "copy it again from its card or disk"
	exportAFrame = "export one picture of it as a JPEG"
)

var cameraRAW = kind{name: "a camera's RAW file", wayOut: "develop it and export it as a JPEG", layout: unknownRAW}

// rawKind is a camera's RAW file whose previews are found.
func rawKind(l layout) kind {
	k := cameraRAW
	k.layout = l
	return k
}

// signatures are the beginnings of formats, the longer before the shorter. Sources: the
// formats' specifications, and the magic numbers of exiftool for the cameras' own.
var signatures = []struct {
	offset int
	magic  string
	kind   kind
}{
	{0, "\xff\xd8\xff", kind{format: tagroll.FormatJPEG}},
	{0, "\x89PNG\r\n\x1a\n", kind{format: tagroll.FormatPNG}},
	{0, "GIF87a", kind{format: tagroll.FormatGIF}},
	{0, "GIF89a", kind{format: tagroll.FormatGIF}},
	{8, "CR\x02\x00", rawKind(tiffRAW)}, // Canon CR2, a TIFF otherwise
	{0, "II*\x00", kind{format: tagroll.FormatTIFF}},
	{0, "MM\x00*", kind{format: tagroll.FormatTIFF}},

	{0, "II+\x00", kind{name: "a BigTIFF", wayOut: "save it as an ordinary TIFF or a JPEG"}},
	{0, "MM\x00+", kind{name: "a BigTIFF", wayOut: "save it as an ordinary TIFF or a JPEG"}},
	{0, "FUJIFILMCCD-RAW", rawKind(fujiRAW)},
	// Olympus has three.
	{0, "IIRO", rawKind(tiffRAW)}, {0, "IIRS", rawKind(tiffRAW)}, {0, "MMOR", rawKind(tiffRAW)},
	{0, "IIU\x00", rawKind(tiffRAW)},  // Panasonic
	{0, "\x00MRM", cameraRAW},         // Minolta
	{0, "FOVb", rawKind(sigmaRAW)},    // Sigma
	{6, "HEAPCCDR", rawKind(ciffRAW)}, // Canon CRW
	{0, "ARRI", cameraRAW},            // ARRIRAW
	{25, "ARECOYK", cameraRAW},        // Contax
	{0, "\x00\x05\x16\x07", kind{name: "a macOS side file (AppleDouble)", wayOut: "name the photo beside it"}},
	{0, "II\xbc", kind{name: "a JPEG XR", wayOut: exportAsJPEG}},
	{0, "\xff\x0a", kind{name: "a JPEG XL", wayOut: exportAsJPEG}},
	{0, "\x00\x00\x00\x0cJXL \r\n\x87\n", kind{name: "a JPEG XL", wayOut: exportAsJPEG}},
	{0, "\x00\x00\x00\x0cjP  \r\n\x87\n", kind{name: "a JPEG 2000", wayOut: exportAsJPEG}},
	{0, "\xff\x4f\xff\x51", kind{name: "a JPEG 2000", wayOut: exportAsJPEG}},
	{0, "8BPS", kind{name: "a Photoshop document", wayOut: exportAsJPEG}},
	{0, "gimp xcf", kind{name: "a GIMP document", wayOut: exportAsJPEG}},
	{0, "v/1\x01", kind{name: "an OpenEXR image", wayOut: exportAsJPEG}},
	{0, "#?RADIANCE", kind{name: "a Radiance HDR image", wayOut: exportAsJPEG}},
	{0, "DDS ", kind{name: "a DDS texture", wayOut: exportAsJPEG}},
	{0, "\x00\x00\x01\x00", kind{name: "an icon", wayOut: nameAPhoto}},
	{0, "%PDF-", kind{name: "a PDF", wayOut: exportAsJPEG}},
	{0, "%!PS", kind{name: "a PostScript file", wayOut: exportAsJPEG}},
	{0, "\xc5\xd0\xd3\xc6", kind{name: "an EPS file", wayOut: exportAsJPEG}},
	{0, "PK\x03\x04", kind{name: "a ZIP archive or an office document", wayOut: "unpack it and name the photos"}},
	{0, "Rar!\x1a\x07", kind{name: "a RAR archive", wayOut: "unpack it and name the photos"}},
	{0, "7z\xbc\xaf\x27\x1c", kind{name: "a 7z archive", wayOut: "unpack it and name the photos"}},
	{0, "\x1f\x8b", kind{name: "a gzip archive", wayOut: "unpack it and name the photos"}},
	{257, "ustar", kind{name: "a tar archive", wayOut: "unpack it and name the photos"}},
	{0, "SDPX", kind{name: "a DPX image", wayOut: exportAsJPEG}}, {0, "XPDS", kind{name: "a DPX image", wayOut: exportAsJPEG}},
	{0, "\x01\xda", kind{name: "an SGI image", wayOut: exportAsJPEG}},
	{0, "\x59\xa6\x6a\x95", kind{name: "a Sun raster image", wayOut: exportAsJPEG}},
	{0, "\x0a\x05\x01", kind{name: "a PCX image", wayOut: exportAsJPEG}},
	{0, "qoif", kind{name: "a QOI image", wayOut: exportAsJPEG}},
	{0, "farbfeld", kind{name: "a farbfeld image", wayOut: exportAsJPEG}},
	{0, "id=ImageMagick", kind{name: "a MIFF image", wayOut: exportAsJPEG}},
	{0, "SIMPLE  =", kind{name: "a FITS image", wayOut: exportAsJPEG}},
	{0, "/* XPM */", kind{name: "an XPM image", wayOut: exportAsJPEG}},
	{0, "\xd7\xcd\xc6\x9a", kind{name: "a Windows metafile", wayOut: exportAsJPEG}},
	{0, "BPG\xfb", kind{name: "a BPG image", wayOut: exportAsJPEG}},
	{0, "FLIF", kind{name: "a FLIF image", wayOut: exportAsJPEG}},
	{0, "KaydaraFBX", kind{name: "a 3D model", wayOut: nameAPhoto}},
	{0, "\x1aE\xdf\xa3", kind{name: "a Matroska or WebM video", wayOut: exportAFrame}},
	{4, "moov", kind{name: "a QuickTime video", wayOut: exportAFrame}},
	{4, "mdat", kind{name: "a QuickTime video", wayOut: exportAFrame}},
	{4, "wide", kind{name: "a QuickTime video", wayOut: exportAFrame}},
	{0, "\x00\x00\x01\xba", kind{name: "an MPEG video", wayOut: exportAFrame}},
	{0, "ID3", kind{name: "an audio file", wayOut: nameAPhoto}},
	{0, "SQLite format 3\x00", kind{name: "a catalogue or another database", wayOut: nameAPhoto}},
	{0, "\x7fELF", kind{name: "a program", wayOut: nameAPhoto}},
	{0, "MZ", kind{name: "a program", wayOut: nameAPhoto}},
}

// sniff says what a file is by its first bytes; no more than sniffLength are looked at.
func sniff(data []byte) kind {
	head := data[:min(len(data), sniffLength)]
	for _, s := range signatures {
		if len(head) > s.offset && bytes.HasPrefix(head[s.offset:], []byte(s.magic)) {
			return s.kind
		}
	}
	switch {
	case hasMagic(head, 0, "RIFF"):
		return riffKind(head)
	case hasMagic(head, 4, "ftyp"):
		return brandKind(head)
	case isNetpbm(head):
		return kind{name: "a Netpbm image (PPM, PGM or PBM)", wayOut: exportAsJPEG}
	case isBMP(head):
		return kind{name: "a BMP image", wayOut: exportAsJPEG}
	case len(bytes.Trim(head, "\x00")) == 0:
		return kind{name: "a file of zeros", wayOut: copyItAgain}
	}
	return textKind(head)
}

func hasMagic(head []byte, offset int, magic string) bool {
	return len(head) > offset && bytes.HasPrefix(head[offset:], []byte(magic))
}

func riffKind(head []byte) kind {
	switch {
	case hasMagic(head, 8, "WEBP"):
		return kind{format: tagroll.FormatWebP}
	case hasMagic(head, 8, "AVI "):
		return kind{name: "an AVI video", wayOut: exportAFrame}
	case hasMagic(head, 8, "WAVE"):
		return kind{name: "an audio file", wayOut: nameAPhoto}
	}
	return kind{name: "a RIFF file of an unknown kind", wayOut: nameAPhoto}
}

// The brands of ISO/IEC 23008-12 (HEVC in HEIF) and of the AVIF specification. "mif1" and
// "msf1" say only that it is HEIF; the other brands then tell the codec.
var (
	heicBrands = []string{"heic", "heix", "heim", "heis", "hevc", "hevx", "hevm", "hevs"}
	avifBrands = []string{"avif", "avis"}
	heifBrands = []string{"mif1", "msf1", "mif2", "MiHE", "MiHB"}
)

// brandKind tells the files that begin with an ftyp box (ISO/IEC 14496-12, 4.3) apart.
// The major brand counts first, then the compatible ones in their order.
func brandKind(head []byte) kind {
	size := int(min(binary.BigEndian.Uint32(head), uint32(len(head))))
	var brands []string
	for i := 8; i+4 <= size; i += 4 {
		if i != 12 { // the minor version
			brands = append(brands, string(head[i:i+4]))
		}
	}
	for _, brand := range brands {
		switch {
		case slices.Contains(avifBrands, brand):
			return kind{format: tagroll.FormatAVIF}
		case slices.Contains(heicBrands, brand):
			return kind{format: tagroll.FormatHEIC}
		case brand == "crx ":
			return rawKind(boxRAW) // Canon CR3
		}
	}
	switch {
	case slices.ContainsFunc(brands, func(b string) bool { return slices.Contains(heifBrands, b) }):
		return kind{name: "a HEIF image with an unusual codec", wayOut: exportAsJPEG}
	case len(brands) > 0 && brands[0] == "qt  ":
		return kind{name: "a QuickTime video", wayOut: exportAFrame}
	}
	return kind{name: "an MP4 video", wayOut: exportAFrame}
}

// isNetpbm recognises a letter, a digit and blanks before the width or a comment.
func isNetpbm(head []byte) bool {
	if len(head) < 4 || head[0] != 'P' || head[1] < '1' || head[1] > '7' || head[2] != '\n' && head[2] != ' ' && head[2] != '\r' {
		return false
	}
	rest := bytes.TrimLeft(head[2:], " \r\n")
	return len(rest) > 0 && (rest[0] == '#' || rest[0] >= '0' && rest[0] <= '9' || bytes.HasPrefix(rest, []byte("WIDTH")))
}

// isBMP checks more than "BM", which a text may begin with: the reserved fields are zero
// and the information header has one of its known sizes.
func isBMP(head []byte) bool {
	if !hasMagic(head, 0, "BM") || len(head) < 18 || binary.LittleEndian.Uint32(head[6:]) != 0 {
		return false
	}
	return slices.Contains([]uint32{12, 40, 52, 56, 64, 108, 124}, binary.LittleEndian.Uint32(head[14:]))
}

// textKind tells texts apart from the rest.
func textKind(head []byte) kind {
	text := bytes.TrimPrefix(head, []byte("\xef\xbb\xbf"))
	lower := bytes.ToLower(bytes.TrimLeft(text, " \t\r\n"))
	switch {
	case bytes.HasPrefix(lower, []byte("<svg")), bytes.HasPrefix(lower, []byte("<?xml")) && bytes.Contains(lower, []byte("<svg")):
		return kind{name: "an SVG drawing", wayOut: exportAsJPEG}
	case bytes.HasPrefix(lower, []byte("<!doctype html")), bytes.HasPrefix(lower, []byte("<html")):
		return kind{name: "a web page", wayOut: "download the photo itself again"}
	case bytes.HasPrefix(lower, []byte("<?xml")), bytes.HasPrefix(lower, []byte("<x:xmpmeta")):
		return kind{name: "an XML or XMP file", wayOut: "name the photo beside it"}
	case bytes.HasPrefix(lower, []byte("version https://git-lfs")):
		return kind{name: "a Git LFS pointer", wayOut: `run "git lfs pull"`}
	case isText(text):
		return kind{name: "a text", wayOut: nameAPhoto}
	}
	return kind{}
}

// isText reports whether the bytes are printable UTF-8. The last character may be cut.
func isText(text []byte) bool {
	for len(text) > 0 {
		r, n := utf8.DecodeRune(text)
		if r == utf8.RuneError && n == 1 {
			return len(text) < utf8.UTFMax && !utf8.FullRune(text)
		}
		if r < ' ' && r != '\t' && r != '\n' && r != '\r' && r != '\f' {
			return false
		}
		text = text[n:]
	}
	return true
}
