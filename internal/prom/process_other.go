//go:build !linux

package prom

// collectSystem has nothing to read outside of Linux.
func collectSystem(*Snapshot) {}
