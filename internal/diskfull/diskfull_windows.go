package diskfull

import (
	"errors"
	"syscall"
)

// Is reports whether there is no space left (System Error Codes 39 and 112).
func Is(err error) bool {
	const (
		errorHandleDiskFull = syscall.Errno(39)
		errorDiskFull       = syscall.Errno(112)
	)
	return errors.Is(err, errorHandleDiskFull) || errors.Is(err, errorDiskFull) || errors.Is(err, syscall.ENOSPC)
}
