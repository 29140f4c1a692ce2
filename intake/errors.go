package intake

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"syscall"

	"github.com/tagroll/tagroll"
)

func fail(code tagroll.Code, cause error, format string, args ...any) *tagroll.Error {
	return &tagroll.Error{
		Code:    code,
		Message: fmt.Sprintf(format, args...),
		Stage:   tagroll.StageIntake,
		Err:     cause,
	}
}

// stopped is what becomes of an error of a context.
func stopped(cause error) *tagroll.Error {
	if errors.Is(cause, context.DeadlineExceeded) {
		return fail(tagroll.CodeTimeout, cause, "the time ran out while the photo was read")
	}
	return fail(tagroll.CodeCancelled, cause, "stopped before the photo was read")
}

// isMissing reports whether the error means that there is nothing at a path. A path
// that goes on behind a file (a.jpg/b) leads nowhere either.
func isMissing(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR)
}

// reason is the operating system's part of an error, without the operation and the
// path: messages carry the path once, in their own field.
func reason(err error) string {
	var pathError *fs.PathError
	if errors.As(err, &pathError) {
		return pathError.Err.Error()
	}
	return err.Error()
}
