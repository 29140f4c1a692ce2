//go:build unix

package intake

import "syscall"

// openWithoutWaiting keeps an open of a named pipe from waiting for its writer.
const openWithoutWaiting = syscall.O_NONBLOCK
