//go:build !windows

// Package diskfull recognises the error of a disk without space, which each system
// says in its own way.
package diskfull

import (
	"errors"
	"syscall"
)

// Is reports whether there is no space left, on the disk or of the user's share.
func Is(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
}
