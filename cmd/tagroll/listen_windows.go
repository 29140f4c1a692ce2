package main

import (
	"errors"

	"golang.org/x/sys/windows"
)

// refusesConnections reports whether nobody listens on a socket that is there.
func refusesConnections(err error) bool { return errors.Is(err, windows.WSAECONNREFUSED) }
