//go:build !linux

package embed

import "os"

// keepExtended does nothing: the standard library has no way to it.
func keepExtended(*os.File, *os.File) {}
