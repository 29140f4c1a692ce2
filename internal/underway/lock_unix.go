//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package underway

import (
	"errors"
	"os"
	"syscall"
)

// hold marks a file as under construction for as long as the returned file is open, which a killed
// process has not. It reports false if the file was removed meanwhile. The file is nil where the
// file system knows no locks.
func hold(name string) (held *os.File, there bool) {
	held, err := os.Open(name)
	if err != nil {
		return nil, !errors.Is(err, os.ErrNotExist)
	}
	if err := retried(func() error { return syscall.Flock(int(held.Fd()), syscall.LOCK_SH) }); err != nil {
		held.Close()
		return nil, true
	}
	// Whoever took the file for abandoned before it was held has removed it.
	now, err := os.Stat(name)
	if ours, statErr := held.Stat(); err != nil || statErr != nil || !os.SameFile(now, ours) {
		held.Close()
		return nil, false
	}
	return held, true
}

// isAbandoned reports whether nobody holds a file; known is false where that cannot be told.
func isAbandoned(name string) (abandoned, known bool) {
	file, err := os.Open(name)
	if err != nil {
		return false, false
	}
	defer file.Close()
	err = retried(func() error { return syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) })
	return err == nil, err == nil || errors.Is(err, syscall.EWOULDBLOCK)
}

func retried(call func() error) error {
	for {
		if err := call(); !errors.Is(err, syscall.EINTR) {
			return err
		}
	}
}
