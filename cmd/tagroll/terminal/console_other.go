//go:build !windows

package terminal

import "os"

// obeysSequences reports whether a terminal understands control sequences; all do, but
// terminals that name themselves dumb.
func obeysSequences(*os.File) bool { return true }
