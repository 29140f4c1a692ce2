package web

import (
	"slices"
	"strings"
)

// agenciesFor checks the agencies that a client chose; none means the default.
func (s *Server) agenciesFor(names []string) ([]string, error) {
	if len(names) == 0 {
		return s.DefaultAgencies, nil
	}
	if _, unknown := chosen(s.Agencies, names); unknown != "" {
		var all []string
		for _, a := range s.Agencies {
			all = append(all, a.Info().Name)
		}
		return nil, refuse(codeBadRequest, "There is no agency of this name; there are: %s.", strings.Join(all, ", ")).with("agencies", all)
	}
	var unique []string
	for _, name := range names {
		if !slices.Contains(unique, name) {
			unique = append(unique, name)
		}
	}
	return unique, nil
}
