package main

import (
	"time"

	"golang.org/x/sys/unix"
)

// monotonic is the time since the machine has started, by the clock that systemd reads; zero if it
// cannot be read.
func monotonic() time.Duration {
	var t unix.Timespec
	if unix.ClockGettime(unix.CLOCK_MONOTONIC, &t) != nil {
		return 0
	}
	return time.Duration(t.Nano())
}
