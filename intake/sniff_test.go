package intake

import (
	"strings"
	"testing"

	"github.com/tagroll/tagroll"
)

func TestSniffFormats(t *testing.T) {
	ftyp := func(brands string) string { return "\x00\x00\x00" + string(rune(8+len(brands))) + "ftyp" + brands }
	for content, want := range map[string]tagroll.Format{
		"\xff\xd8\xff\xe1":                          tagroll.FormatJPEG,
		"\xff\xd8\xff\xdb":                          tagroll.FormatJPEG,
		"\x89PNG\r\n\x1a\n":                         tagroll.FormatPNG,
		"RIFF\x00\x00\x00\x00WEBPVP8X":              tagroll.FormatWebP,
		"II*\x00\x08\x00\x00\x00":                   tagroll.FormatTIFF,
		"MM\x00*\x00\x00\x00\x08":                   tagroll.FormatTIFF,
		"GIF87a":                                    tagroll.FormatGIF,
		"GIF89a":                                    tagroll.FormatGIF,
		ftyp("heic\x00\x00\x00\x00mif1heic"):        tagroll.FormatHEIC,
		ftyp("heix\x00\x00\x00\x00mif1heix"):        tagroll.FormatHEIC,
		ftyp("mif1\x00\x00\x00\x00mif1heic"):        tagroll.FormatHEIC,
		ftyp("msf1\x00\x00\x00\x00msf1hevc"):        tagroll.FormatHEIC,
		ftyp("avif\x00\x00\x00\x00mif1miaf"):        tagroll.FormatAVIF,
		ftyp("mif1\x00\x00\x00\x00miafavif"):        tagroll.FormatAVIF,
		ftyp("avis\x00\x00\x00\x00msf1avif"):        tagroll.FormatAVIF,
		ftyp("mif1\x00\x00\x00\x00mif1") + "heic":   "", // the brand is outside the box
		ftyp("isom\x00\x00\x00\x00mp42"):            "",
		"\xff\xd8":                                  "",
		"\x89PNG":                                   "",
		"RIFF\x00\x00\x00\x00WEB":                   "",
		" \xff\xd8\xff":                             "",
		"II*\x00\x10\x00\x00\x00CR\x02\x00\x00\x00": "",
	} {
		if got := sniff([]byte(content)); got.format != want {
			t.Errorf("%q is %q instead of %q", content, got.format, want)
		}
	}
}

func TestWhatIsNotReadIsNamed(t *testing.T) {
	for content, want := range map[string]string{
		"%PDF-1.7\n": "a PDF",
		"BM\x46\x00\x00\x00\x00\x00\x00\x00\x36\x00\x00\x00\x28\x00\x00\x00": "a BMP image",
		"BMW cars of the sixties, all of them":                               "a text",
		"8BPS\x00\x01":                                                       "a Photoshop document",
		"II+\x00\x08\x00\x00\x00":                                            "a BigTIFF",
		"\x00\x00\x00\x18ftypcrx \x00\x00\x00\x01crx isom":                   "a camera's RAW file",
		"FUJIFILMCCD-RAW 0201":                                               "a camera's RAW file",
		"II*\x00\x10\x00\x00\x00CR\x02\x00":                                  "a camera's RAW file",
		"IIU\x00\x18\x00\x00\x00":                                            "a camera's RAW file",
		"\x00\x00\x00\x14ftypqt  \x00\x00\x00\x00qt  ":                       "a QuickTime video",
		"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom":                   "an MP4 video",
		"\x00\x00\x00\x14ftypmif1\x00\x00\x00\x00j2ki":                       "a HEIF image with an unusual codec",
		"RIFF\x00\x00\x00\x00AVI LIST":                                       "an AVI video",
		`<?xml version="1.0"?>` +
			`<svg xmlns="http://www.w3.org/2000/svg"/>`: "an SVG drawing",
		"  <svg/>":                          "an SVG drawing",
		"<!DOCTYPE html><title>404</title>": "a web page",
		"<?xml version='1.0'?><x:xmpmeta/>": "an XML or XMP file",
		"version https://git-lfs.github.com/spec/v1\noid sha256:0": "a Git LFS pointer",
		"Just a text.\n":                   "a text",
		"\xef\xbb\xbfBöse Überraschung":    "a text",
		strings.Repeat("é", 400):           "a text", // cut inside a character
		strings.Repeat("\x00", 4096):       "a file of zeros",
		"PK\x03\x04":                       "a ZIP archive or an office document",
		"\x00\x05\x16\x07\x00\x02":         "a macOS side file (AppleDouble)",
		"\xff\x0a\x00":                     "a JPEG XL",
		"P6\n640 480\n255\n":               "a Netpbm image (PPM, PGM or PBM)",
		"P5 # made by hand\n1 1 255 ":      "a Netpbm image (PPM, PGM or PBM)",
		"P5 is a text":                     "a text",
		"SDPX\x00\x00\x08\x00":             "a DPX image",
		"\x01\xda\x01\x01\x00\x03":         "an SGI image",
		"\x0a\x05\x01\x08\x00\x00":         "a PCX image",
		"SIMPLE  =                    T":   "a FITS image",
		"/* XPM */\nstatic char *x[] = {":  "an XPM image",
		"qoif\x00\x00\x02\x80":             "a QOI image",
		"\x01\x02\x03":                     "",
		"\xff\xfe\x00\x01 neither is this": "",
	} {
		_, err := Inspect([]byte(content), Limits{})
		e := wantError(t, err, tagroll.CodeUnsupportedFormat)
		prefix := "this is " + want + ", which is not read: "
		if want == "" {
			prefix = "the content is no image format that tagroll knows: "
		}
		if !strings.HasPrefix(e.Message, prefix) {
			t.Errorf("%q: %q instead of %q", content[:min(len(content), 40)], e.Message, prefix)
		}
	}
}
