package main

import (
	"context"
	"fmt"
	"runtime/debug"
)

// version is tagroll version.
func (p *program) version(context.Context, []string) error {
	fmt.Fprintln(p.stdout, "tagroll", version())
	return nil
}

// version returns the module's version as the Go toolchain recorded it.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "(unknown version)"
	}
	return info.Main.Version
}
