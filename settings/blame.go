package settings

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Blame says where a refused value stands, if the command line is not the place: each line of a
// text that begins with a setting, as in "--tls-cert x: there is no such file", gets the file or
// the variable in front that gave the setting. Other lines stay, and so do those that name the
// source already.
func (s *Set) Blame(text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = s.blame(line)
	}
	return strings.Join(lines, "\n")
}

var flagName = regexp.MustCompile(`--[a-z][a-z-]*`)

func (s *Set) blame(line string) string {
	if !strings.HasPrefix(line, "--") {
		return line
	}
	subject, _, _ := strings.Cut(line, ": ")
	var sources, parts []string
	given := 0 // settings of the subject with a value, wherever it is from
	for _, flag := range slices.Compact(flagName.FindAllString(subject, -1)) {
		one := s.Lookup(flag[2:])
		if one == nil || !one.Given() {
			continue
		}
		given++
		if source := one.Source(); source != flag && !slices.Contains(parts, flag+" is from "+source) {
			sources = append(sources, source)
			parts = append(parts, flag+" is from "+source)
		}
	}
	switch {
	case len(parts) == 0:
		return line
	case len(parts) == given && len(slices.Compact(sources)) == 1:
		return sources[0] + ": " + line
	}
	return fmt.Sprintf("%s (%s)", line, strings.Join(parts, ", "))
}
