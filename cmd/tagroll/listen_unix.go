//go:build !windows

package main

import (
	"errors"
	"syscall"
)

// refusesConnections reports whether nobody listens on a socket that is there.
func refusesConnections(err error) bool { return errors.Is(err, syscall.ECONNREFUSED) }
