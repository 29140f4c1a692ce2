package jpegscale

import (
	"errors"
	"fmt"
)

// The kinds of failure, to be asked for with errors.Is. Besides these, [Decode] returns
// the error of its context.
var (
	// ErrUnsupported is a JPEG of a kind that this package does not read; another
	// decoder may.
	ErrUnsupported = errors.New("unsupported kind of JPEG")
	// ErrCorrupt is a file that breaks the rules of the format.
	ErrCorrupt = errors.New("corrupt JPEG")
	// ErrTruncated is a file that ends before its picture does.
	ErrTruncated = errors.New("truncated JPEG")
	// ErrTooManyPixels is a picture above the limit of pixels.
	ErrTooManyPixels = errors.New("too many pixels")
)

// Error is a JPEG that could not be decoded.
type Error struct {
	// Kind is one of the variables above.
	Kind error
	// Detail says what was found, in the words of the standard.
	Detail string
	// Fraction is how much of the picture a truncated file holds, from 0 to 1: the share
	// of its blocks, from top to bottom. For a progressive file it is an
	// estimate, since it cannot be known how much was to follow. It is 0 for other kinds.
	Fraction float64
}

// Error returns the kind and the detail.
func (e *Error) Error() string { return "jpegscale: " + e.Kind.Error() + ": " + e.Detail }

// Unwrap returns the kind.
func (e *Error) Unwrap() error { return e.Kind }

//go:noinline
func unsupported(format string, args ...any) error {
	return &Error{Kind: ErrUnsupported, Detail: fmt.Sprintf(format, args...)}
}

//go:noinline
func corrupt(format string, args ...any) error {
	return &Error{Kind: ErrCorrupt, Detail: fmt.Sprintf(format, args...)}
}

//go:noinline
func truncated(fraction float64, where string) error {
	return &Error{Kind: ErrTruncated, Detail: "the file ends " + where, Fraction: min(max(fraction, 0), 1)}
}
