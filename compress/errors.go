package compress

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/tagroll/tagroll"
)

//go:noinline
func fail(code tagroll.Code, cause error, format string, args ...any) *tagroll.Error {
	return &tagroll.Error{
		Code:    code,
		Message: fmt.Sprintf(format, args...),
		Stage:   tagroll.StageCompress,
		Err:     cause,
	}
}

//go:noinline
func misconfigured(format string, args ...any) error {
	return fail(tagroll.CodeConfiguration, nil, format, args...)
}

func stopped(cause error) error {
	if errors.Is(cause, context.DeadlineExceeded) {
		return fail(tagroll.CodeTimeout, cause, "the time for this photo ran out while it was made smaller")
	}
	return fail(tagroll.CodeCancelled, cause, "stopped before the photo was made smaller")
}

// corrupt is a photo that a decoder gave up on.
//
//go:noinline
func corrupt(format tagroll.Format, cause error) error {
	if errors.Is(cause, io.ErrUnexpectedEOF) || errors.Is(cause, io.EOF) {
		return fail(tagroll.CodeCorruptImage, cause,
			"the %s ends before the picture does: export it again from the original", name(format))
	}
	return damaged(format, cause, reason(cause))
}

// damaged is a photo that a decoder gave up on, with what is wrong.
func damaged(format tagroll.Format, cause error, what string) *tagroll.Error {
	return fail(tagroll.CodeCorruptImage, cause, "the %s is damaged (%s): export it again from the original", name(format), what)
}

// truncated is a photo of which only a share, 0 to 1, is there.
func truncated(format tagroll.Format, share float64, cause error) error {
	percent := min(max(int(100*share), 0), 99) // never "ends at 100%"
	return fail(tagroll.CodeCorruptImage, cause,
		"the %s ends at %d%%: export it again from the original", name(format), percent)
}

// unreadable is a photo of a kind that is not read, though its format is.
//
//go:noinline
func unreadable(format tagroll.Format, cause error, what, wayOut string) error {
	return fail(tagroll.CodeUnsupportedFormat, cause, "%s %s with %s is not read: %s", article(format), name(format), what, wayOut)
}

const exportJPEG = "export it as a JPEG"

func unknownFormat(format tagroll.Format) error {
	switch format {
	case "":
		return fail(tagroll.CodeUnsupportedFormat, nil, "the content is no image format that is read: %s", exportJPEG)
	}
	return fail(tagroll.CodeUnsupportedFormat, nil, "%s is not read: %s", name(format), exportJPEG)
}

func tooManyPixels(w, h, limit int) error {
	return fail(tagroll.CodeTooManyPixels, nil, "%d x %d is %s megapixels, the limit is %s: export it smaller, or raise the limit",
		w, h, mega(float64(w)*float64(h)), mega(float64(limit)))
}

// mega is a number of pixels in millions, with just enough digits.
func mega(pixels float64) string {
	if pixels < 10e6 {
		return fmt.Sprintf("%.2g", pixels/1e6)
	}
	return fmt.Sprintf("%.0f", pixels/1e6)
}

// name is a format's name in a sentence.
func name(f tagroll.Format) string {
	switch f {
	case tagroll.FormatWebP:
		return "WebP"
	default:
		return strings.ToUpper(string(f))
	}
}

// reason is a decoder's error without its package's prefixes.
func reason(err error) string {
	s := err.Error()
	for _, prefix := range []string{"image: ", "a corrupt PNG: ", "a corrupt file: ", "a corrupt VP8 frame: ", "a corrupt VP8L picture: ", "jpeg: ", "png: ", "gif: ", "tiff: ", "webp: ", "vp8l: ", "vp8: ", "riff: ", "lzw: ", "zlib: ", "flate: ", "invalid JPEG format: ", "invalid format: ", "unsupported JPEG feature: ", "unsupported feature: "} {
		s = strings.TrimPrefix(s, prefix)
	}
	return s
}

// article is the one that a format's name has.
func article(format tagroll.Format) string {
	if format == tagroll.FormatAVIF {
		return "an"
	}
	return "a"
}
