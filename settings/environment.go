package settings

import (
	"slices"
	"strings"
)

// Unknown is a variable of the environment that has tagroll's prefix and is no setting.
type Unknown struct {
	Name string
	Near string // the setting's variable that was most likely meant; empty if there is none
}

// UnknownVariables finds variables (NAME=value) that begin with TAGROLL_ and are no setting of any
// command. An empty variable counts as none. known are further variables that are read, as
// TAGROLL_TEST_ALL is by tests.
func UnknownVariables(environ []string, all []*Set, known ...string) []Unknown {
	names := slices.Clone(known)
	for _, set := range all {
		for _, one := range set.settings {
			names = append(names, one.EnvName())
		}
	}
	var unknown []Unknown
	for _, variable := range environ {
		name, value, _ := strings.Cut(variable, "=")
		suffix, ours := strings.CutPrefix(name, envPrefix)
		if !ours || value == "" || slices.Contains(names, name) {
			continue
		}
		suffixes := make([]string, len(names))
		for i, n := range names {
			suffixes[i] = strings.TrimPrefix(n, envPrefix)
		}
		near := Nearest(suffix, suffixes)
		if near != "" {
			near = envPrefix + near
		}
		unknown = append(unknown, Unknown{name, near})
	}
	return unknown
}
