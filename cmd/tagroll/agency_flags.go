package main

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/agency"
	"github.com/tagroll/tagroll/export"
	"github.com/tagroll/tagroll/settings"
)

// groupAgencies is the group of help for what agencies want.
const groupAgencies = "Agencies"

// maxDataFile bounds a file of rules, words or details, in bytes.
const maxDataFile = 64 << 20

// agencyFlags name agencies whose rules count beside the formats' own.
type agencyFlags struct {
	names []string // of built-in agencies, and files

	chosen agency.Set       // what the names stand for
	own    []*agency.Agency // agencies read from files
}

func (s *agencyFlags) add(set *settings.Set, help string) {
	set.Add(settings.Setting{
		Name: "agency", Group: groupAgencies, Arg: "NAME|FILE", In: settings.AnyFile, OfFolder: settings.NoPath, Value: settings.List(&s.names), Help: help,
	})
}

// read finds the agencies.
func (s *agencyFlags) read() error {
	for _, name := range s.names {
		a, own, err := findAgency(name)
		if err != nil {
			return refused("agency", err)
		}
		s.chosen = append(s.chosen, a)
		if own {
			s.own = append(s.own, a)
		}
	}
	return nil
}

// findAgency finds an agency by its name. A name with a slash, a dot or a file behind it is a file
// of rules; own is true for these.
func findAgency(name string) (a *agency.Agency, own bool, err error) {
	if a, err = agency.Lookup(name); err == nil {
		return a, false, nil
	}
	if _, statErr := os.Stat(name); statErr != nil && !strings.ContainsAny(name, `./\`) {
		return nil, false, err
	}
	text, err := readDataFile(name)
	if err != nil {
		return nil, false, err
	}
	if a, err = agency.Parse(text); err != nil {
		return nil, false, fmt.Errorf("%s: %w", name, err)
	}
	return a, true, nil
}

// format is export.LookupFormat, which also knows the agencies of files; these come first.
func (s *agencyFlags) format(name string) (export.Format, error) {
	for _, a := range s.own {
		if a.Info().Name == name {
			return export.AgencyFormat(a), nil
		}
	}
	return export.LookupFormat(name)
}

// formatChoices are the names that --format takes. An agency without a CSV is among them, so that
// the error can say how it gets its words.
func formatChoices() []string {
	names := export.FormatNames()
	for _, name := range agency.Names() {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// checkFormats refuses formats that cannot be written.
func (s *agencyFlags) checkFormats(command string, formats []string) error {
	for _, name := range formats {
		if _, err := s.format(name); err != nil {
			return &usageError{command, fmt.Errorf("--format %s: %w", name, err)}
		}
	}
	return nil
}

// withOwn adds to formats the CSVs of the agencies of files.
func (s *agencyFlags) withOwn(formats []string) []string {
	for _, a := range s.own {
		if name := a.Info().Name; !a.Embedded() && !slices.Contains(formats, name) {
			formats = append(formats, name)
		}
	}
	return formats
}

// agencies are the agencies whose rules count: those of the formats and the named ones, or else the
// default ones.
func (s *agencyFlags) agencies(formats []string) agency.Set {
	var set agency.Set
	add := func(a *agency.Agency) {
		if a != nil && !slices.ContainsFunc(set, func(b *agency.Agency) bool { return a.Info().Name == b.Info().Name }) {
			set = append(set, a)
		}
	}
	for _, name := range formats {
		if f, err := s.format(name); err == nil {
			add(f.Agency)
		}
	}
	for _, a := range s.chosen {
		add(a)
	}
	if set == nil {
		return agency.Default()
	}
	return set
}

// agencyNames are the names of agencies.
func agencyNames(set agency.Set) []string {
	names := make([]string, len(set))
	for i, a := range set {
		names[i] = a.Info().Name
	}
	return names
}

// cautions say of the agencies whose CSV is a guess that it is one.
func cautions(agencies agency.Set) []string {
	var said []string
	for _, a := range agencies {
		if sections := a.Unconfirmed(); len(sections) > 0 && !a.Embedded() {
			said = append(said, fmt.Sprintf("%s: no page of the agency confirms its %s: try it with one photo first (tagroll agencies %s)",
				a.Info().Label, strings.Join(sections, ", "), a.Info().Name))
		}
	}
	return said
}

// detailsFlags say what agencies ask of photos beside the words.
type detailsFlags struct {
	table                   string
	modelReleases, property []string
	editorial               bool
}

func (s *detailsFlags) add(set *settings.Set) {
	set.Add(settings.Setting{
		Name: "table", Group: groupAgencies, Arg: "FILE", In: settings.NoFile, Value: settings.Text(&s.table, ""),
		Help: `a CSV with a column of file names and others such as Releases, Editorial, Country or an agency's own;
			its cells go into the agencies' columns`,
	}, settings.Setting{
		Name: "release", Group: groupAgencies, Arg: "NAME", In: settings.NoFile, Value: settings.Repeated(&s.modelReleases),
		Help: "a model release that holds for all photos; may be given several times",
	}, settings.Setting{
		Name: "property-release", Group: groupAgencies, Arg: "NAME", In: settings.NoFile, Value: settings.Repeated(&s.property),
		Help: "a property release that holds for all photos; may be given several times",
	}, settings.Setting{
		Name: "editorial", Group: groupAgencies, In: settings.NoFile, Value: settings.Switch(&s.editorial),
		Help: `all photos are for news and reports: names are allowed, and each agency gets its own dateline, made of place and
			date; agencies that take no such photos are refused`,
	})
}

// read returns the details of a result: the table's before the flags', and both before what is
// stored with it.
func (s *detailsFlags) read() (of func(tagroll.Result) tagroll.Details, table *export.DetailsTable, err error) {
	if s.table != "" {
		text, err := readDataFile(s.table)
		if err != nil {
			return nil, nil, refused("table", err)
		}
		if table, err = export.ReadDetails(text); err != nil {
			return nil, nil, refused("table", fmt.Errorf("%s: %w", s.table, err))
		}
	}
	flags := tagroll.Details{ModelReleases: s.modelReleases, PropertyReleases: s.property, Editorial: s.editorial}
	return func(r tagroll.Result) tagroll.Details {
		var details tagroll.Details
		// A row of the table may have the name of any of the photo's files.
		for _, name := range filesOf(r.Photo) {
			if of, ok := table.Of(name); ok {
				details = of
				break
			}
		}
		details = details.Over(flags)
		if r.Details != nil {
			details = details.Over(*r.Details)
		}
		return details
	}, table, nil
}

// readDataFile reads a file of rules, words, details or results.
func readDataFile(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err == nil && (info.IsDir() || info.Size() > maxDataFile) {
		return nil, &tagroll.Error{Code: tagroll.CodeUnreadable, Message: fmt.Sprintf("%s is a folder, or larger than %d MB: name a file", path, maxDataFile>>20)}
	}
	text, err := os.ReadFile(path)
	if err != nil {
		code := tagroll.CodeUnreadable
		if os.IsNotExist(err) {
			code = tagroll.CodeNotFound
		}
		return nil, &tagroll.Error{Code: code, Message: fmt.Sprintf("%s cannot be read: %v", path, err), Err: err}
	}
	return text, nil
}
