package main

import (
	"context"
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/tagroll/tagroll/agency"
	"github.com/tagroll/tagroll/describe/openai"
	"github.com/tagroll/tagroll/place"
)

// tag and commit are set by the build of a release:
//
//	tag=$(git describe --tags) commit=$(git rev-parse HEAD)
//	go build -ldflags "-X main.tag=$tag -X main.commit=$commit"
//
// Other builds have what the Go toolchain recorded.
var tag, commit string

// version is tagroll version: the build, and the days of the facts that are built in.
func (p *program) version(_ context.Context, args []string) error {
	if len(args) > 0 {
		return &usageError{"version", fmt.Errorf("%q is too much: version takes nothing", args[0])}
	}
	fmt.Fprintf(p.stdout, "tagroll %s\n", version())
	if commit, changed := revision(); commit != "" {
		note := ""
		if changed {
			note = ", with changes"
		}
		fmt.Fprintf(p.stdout, "commit %s%s\n", commit, note)
	}
	fmt.Fprintf(p.stdout, "%s %s/%s\n", runtime.Version(), runtime.GOOS, runtime.GOARCH)
	for _, name := range agency.Names() {
		if a, err := agency.Lookup(name); err == nil {
			fmt.Fprintf(p.stdout, "rules of %s as of %s\n", name, a.Info().AsOf)
		}
	}
	fmt.Fprintf(p.stdout, "models and prices as of %s\n", openai.Models().AsOf)
	fmt.Fprintf(p.stdout, "places as of %s\n", place.Date)
	return nil
}

// version returns the tag of the release, or what the Go toolchain recorded.
func version() string {
	if tag != "" {
		return tag
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(unknown version)"
}

// revision returns the commit that was built, and whether the source was changed since; empty if
// nobody knows.
func revision() (id string, changed bool) {
	if commit != "" {
		return commit, false
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "", false
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			id = s.Value
		case "vcs.modified":
			changed = s.Value == "true"
		}
	}
	return id, changed
}
