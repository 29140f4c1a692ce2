//go:build !(linux || darwin || freebsd || netbsd || openbsd || dragonfly)

package heif

// reserve takes the memory from Go's heap, which takes it from the system page by page.
func reserve(n int) []byte { return make([]byte, n) }

func unreserve([]byte) {}
