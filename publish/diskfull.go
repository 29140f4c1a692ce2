//go:build !windows

package publish

import (
	"errors"
	"syscall"
)

// isDiskFull reports whether there is no space left, on the disk or of the user's share.
func isDiskFull(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
}
