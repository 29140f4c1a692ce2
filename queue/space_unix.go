//go:build linux || darwin || freebsd

package queue

import "syscall"

// freeSpace returns how many bytes can be written below dir.
func freeSpace(dir string) (free int64, known bool) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil {
		return 0, false
	}
	return int64(s.Bavail) * int64(s.Bsize), true
}
