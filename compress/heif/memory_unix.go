//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package heif

import "syscall"

// reserve asks the system for n bytes that take no memory until they are used.
func reserve(n int) []byte {
	b, err := syscall.Mmap(-1, 0, n, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		return nil
	}
	return b
}

func unreserve(b []byte) { _ = syscall.Munmap(b) }
