package intake

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"syscall"

	"github.com/tagroll/tagroll"
)

//go:noinline
func fail(code tagroll.Code, cause error, format string, args ...any) *tagroll.Error {
	return &tagroll.Error{
		Code:    code,
		Message: fmt.Sprintf(format, args...),
		Stage:   tagroll.StageIntake,
		Err:     cause,
	}
}

// stopped is the error of a context that is done, with the cause if there is one.
func stopped(ctx context.Context) *tagroll.Error {
	cause := context.Cause(ctx)
	if e, ok := errors.AsType[*tagroll.Error](cause); ok {
		return e
	}
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return fail(tagroll.CodeTimeout, cause, "the time ran out while files were read: allow more, or copy them to a faster disk")
	}
	return fail(tagroll.CodeCancelled, cause, "stopped before all files were read: run again to go on")
}

// isMissing reports whether the error means that there is nothing at a path. A path that
// goes on behind a file (a.jpg/b) leads nowhere either.
func isMissing(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR)
}

// reason is the operating system's part of an error, without the operation and the path:
// messages carry the path once, in their own field.
func reason(err error) string {
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		return e.Err.Error()
	}
	return err.Error()
}
