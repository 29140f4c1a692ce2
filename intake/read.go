package intake

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"slices"

	"github.com/tagroll/tagroll"
)

// Limits says how large a photo may be, and what is told of photos passed over. The zero
// value holds the defaults.
type Limits struct {
	// MaxBytes is the largest file that is read. Default [tagroll.MaxBytes].
	MaxBytes int64
	// MaxPixels is the largest picture that is taken, width times height. Default
	// [tagroll.MaxPixels].
	MaxPixels int
	// Log receives, at level Debug, which metadata could not be read. Default: none.
	Log *slog.Logger
}

// withDefaults fills in the defaults, for negative limits too.
func (l Limits) withDefaults() Limits {
	if l.MaxBytes <= 0 {
		l.MaxBytes = tagroll.MaxBytes
	}
	if l.MaxPixels <= 0 {
		l.MaxPixels = tagroll.MaxPixels
	}
	if l.Log == nil {
		l.Log = slog.New(slog.DiscardHandler)
	}
	return l
}

// Read returns all bytes of a photo.
//
// The error's code is that of the photo's Open where that is a *tagroll.Error, else
// CodeNotFound or CodeUnreadable, also for a file that changes meanwhile; CodeEmptyFile if there
// are no bytes; CodeFileTooLarge above limits.MaxBytes, of which no more than one byte too many is
// read; CodeCancelled or CodeTimeout once ctx is done, which is looked at between reads.
func Read(ctx context.Context, photo tagroll.Photo, limits Limits) ([]byte, error) {
	file, err := open(ctx, photo)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	before := stat(file)
	size := int64(-1)
	if before != nil {
		size = before.Size()
	}
	data, err := ReadFrom(ctx, file, size, limits)
	if after := stat(file); err == nil && before != nil && after != nil &&
		(int64(len(data)) != after.Size() || !before.ModTime().Equal(after.ModTime())) {
		return nil, fail(tagroll.CodeUnreadable, nil, "the file changed while it was read: wait until it has been copied, and run again")
	}
	return data, err
}

// Read is [Read] with these limits, as a step of package pipeline.
func (l Limits) Read(ctx context.Context, photo tagroll.Photo) ([]byte, error) {
	return Read(ctx, photo, l)
}

// open opens a photo, with the errors of Read.
func open(ctx context.Context, photo tagroll.Photo) (io.ReadCloser, error) {
	if ctx.Err() != nil {
		return nil, stopped(ctx)
	}
	file, err := photo.Open()
	if err != nil {
		if e, ok := errors.AsType[*tagroll.Error](err); ok {
			return nil, e
		}
		return nil, cannotOpen(err)
	}
	return file, nil
}

// Size returns how much of a photo's file is held in memory, in bytes: 0 if that cannot be told,
// and for RAW files, of which only parts are read.
func Size(photo tagroll.Photo) int64 {
	if IsRAW(photo.Name) {
		return 0
	}
	file, err := photo.Open()
	if err != nil {
		return 0
	}
	defer file.Close()
	if info := stat(file); info != nil {
		return info.Size()
	}
	return 0
}

// stat is what a file says of itself, nil if it does not.
func stat(r io.Reader) fs.FileInfo {
	f, ok := r.(fs.File)
	if !ok {
		return nil
	}
	info, err := f.Stat()
	if err != nil {
		return nil
	}
	return info
}

// ReadFrom returns all bytes of r. size is their expected number, and may be wrong or negative. The
// errors are those of [Read].
func ReadFrom(ctx context.Context, r io.Reader, size int64, limits Limits) ([]byte, error) {
	limits = limits.withDefaults()
	if size > limits.MaxBytes {
		return nil, tooLarge(limits.MaxBytes)
	}
	const step = 1 << 20
	// One byte more than expected has room, so that the end is met without growing.
	data := make([]byte, 0, max(size, 0)+1)
	for {
		if ctx.Err() != nil {
			return nil, stopped(ctx)
		}
		if len(data) == cap(data) {
			data = slices.Grow(data, min(max(len(data), 4096), step))
		}
		room := min(int64(cap(data)), int64(len(data))+step, limits.MaxBytes+1)
		n, err := r.Read(data[len(data):room])
		data = data[:len(data)+n]
		switch {
		case int64(len(data)) > limits.MaxBytes:
			return nil, tooLarge(limits.MaxBytes)
		case err == io.EOF && len(data) == 0:
			return nil, emptyFile()
		case err == io.EOF:
			return data, nil
		case err != nil && ctx.Err() != nil:
			return nil, stopped(ctx)
		case err != nil:
			return nil, readFailed(int64(len(data)), err)
		}
	}
}

// readFailed is the error for a file that could not be read to its end.
func readFailed(after int64, err error) *tagroll.Error {
	return fail(tagroll.CodeUnreadable, err, "reading failed after %d bytes (%s): copy the file again from its card or disk", after, reason(err))
}

func emptyFile() *tagroll.Error {
	return fail(tagroll.CodeEmptyFile, nil, "the file is empty: copy it again from its card or disk")
}

func tooLarge(limit int64) *tagroll.Error {
	return fail(tagroll.CodeFileTooLarge, nil, "the file is larger than %s: export it smaller, or raise the size limit", megabytes(limit))
}
