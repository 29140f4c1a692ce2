// Package settings declares what a command can be told, once: a [Setting] holds name, default,
// choices, environment name, group and help text together. Command-line flags, environment
// variables, settings files (tagroll.toml), validation, help pages and shell completions all
// follow from the declaration.
//
// A [Set] holds the settings of one command. Its sources are read in the order of their
// precedence ([Set.Args], [Set.Environment], [Set.File]); the first source that gives a value to
// a setting wins. The package knows no particular setting, reads no file but tagroll.toml, and
// prints nothing.
package settings

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/pflag"
)

// ErrHelp is returned by [Set.Args] if the arguments ask for help.
var ErrHelp = pflag.ErrHelp

// Setting is one thing that a command can be told. Name is required, and Value or Means.
type Setting struct {
	// Name is that of the flag (--max-bytes), of the variable in the environment
	// (TAGROLL_MAX_BYTES) and of the key in a file (max-bytes).
	Name string
	// Short is the flag's one-letter form. Default: none.
	Short string
	// Group is the heading under which help lists the setting.
	Group string
	// Arg is what help calls the value: "FILE". A switch has none.
	Arg string
	// Help says what the setting does. "{choices}" stands for the list of Choices.
	Help string
	// Default is how help words the default. Default: the value's own text.
	Default string
	// Choices are the values that are allowed. Default: whatever Value accepts.
	Choices []string
	// Want tells a user what to write instead of a value that was refused: "give MiB, such as
	// 50".
	Want string
	// Env are variables of other programs that count after the setting's own.
	Env []string
	// In says which files may hold the setting. Default: the user's.
	In Files
	// OfFolder says what is wrong with a value in a folder's file, beyond what is wrong with it
	// anywhere: a value that names another file, for one. For AnyFile. Default: nothing.
	OfFolder func(value string) error
	// Secret values are never printed.
	Secret bool
	// Hidden settings work and are not listed by help.
	Hidden bool
	// Means makes the setting a short way to write another one of the set, "progress=none": a
	// switch without a value of its own. Where one source gives both, the other setting counts.
	// Help adds what is meant. Default: a setting of its own.
	Means string
	// Value is where the value goes. It holds the default until it is set. One with Means has
	// none.
	Value Value

	source string // what gave the value; empty for the default
	level  int    // of the source; the lowest counts most, 0 is the default's
}

// NoPath is an OfFolder for lists in which "@FILE" or a path stands for what a file holds: a
// folder's settings must not say which files are read.
func NoPath(value string) error {
	for v := range strings.SplitSeq(value, ",") {
		if v = strings.TrimSpace(v); strings.HasPrefix(v, "@") || strings.ContainsAny(v, `/\`) || strings.HasSuffix(v, ".json") {
			return fmt.Errorf("a folder of photos must not name the file %s: write here what it holds, or name it on the command line", v)
		}
	}
	return nil
}

// Files says which tagroll.toml may hold a setting.
type Files int

const (
	// UserFile is the file in the user's configuration folder.
	UserFile Files = iota
	// AnyFile is that, and the file in a folder of photos. A folder may come from a stranger:
	// it must not say where photos or keys go, which files are written or what is executed.
	AnyFile
	// NoFile is for what makes sense for a single run only.
	NoFile
)

// EnvName is the variable that stands for the setting in the environment.
func (s *Setting) EnvName() string { return envPrefix + envSuffix(s.Name) }

// envPrefix begins the name of every variable that is read.
const envPrefix = "TAGROLL_"

func envSuffix(name string) string {
	return strings.ToUpper(strings.ReplaceAll(name, "-", "_"))
}

// Source says what gave the setting its value: "--model", "TAGROLL_MODEL", a file's path, or
// "default".
func (s *Setting) Source() string {
	if s.source == "" {
		return "default"
	}
	return s.source
}

// Given reports whether a source gave a value.
func (s *Setting) Given() bool { return s.source != "" }

// Level orders sources by what they count: a lower level counts more, 0 means that no source gave
// a value. It decides between settings that exclude each other.
func (s *Setting) Level() int { return s.level }

// set gives the setting a value, in the name of a source.
func (s *Setting) set(value, source string, level int) error {
	if value == "" {
		return s.refuse(value, "a value is missing: leave it out for the default")
	}
	if len(s.Choices) > 0 {
		parts := s.Value.split(value)
		for i, v := range parts {
			c := slices.IndexFunc(s.Choices, func(c string) bool { return strings.EqualFold(c, v) })
			if c < 0 {
				// An empty choice is the default, which has no name.
				named := slices.DeleteFunc(slices.Clone(s.Choices), func(c string) bool { return c == "" })
				return s.refuse(v, "choose one of "+strings.Join(named, ", ")+didYouMean(Nearest(v, named)))
			}
			parts[i] = s.Choices[c]
		}
		value = strings.Join(parts, ",")
	}
	if err := s.Value.Set(value); err != nil {
		want := s.Want
		if want == "" {
			want = err.Error()
		}
		return s.refuse(value, want)
	}
	s.source, s.level = source, level
	return nil
}

// plainValue matches values that are written without quotes in messages.
var plainValue = regexp.MustCompile(`^-?[0-9][0-9a-zµ.]*$`)

func (s *Setting) refuse(value, want string) error {
	switch {
	case s.Secret:
		return fmt.Errorf("--%s: %s", s.Name, want)
	case !plainValue.MatchString(value):
		value = strconv.Quote(value)
	}
	return fmt.Errorf("--%s %s: %s", s.Name, value, want)
}

// Set is the settings of one command.
type Set struct {
	command  string
	settings []*Setting
	level    int // of the source that is read
}

// NewSet returns the empty set of a command.
func NewSet(command string) *Set { return &Set{command: command} }

// Command is the name of the command.
func (s *Set) Command() string { return s.command }

// Add declares settings. A name that is declared twice is a mistake of the program and panics.
func (s *Set) Add(list ...Setting) {
	for _, one := range list {
		if s.Lookup(one.Name) != nil {
			panic("setting --" + one.Name + " is declared twice")
		}
		if one.Means != "" {
			one.Value = Switch(new(bool))
		}
		s.settings = append(s.settings, &one)
	}
}

// All returns the settings in the order of their declaration.
func (s *Set) All() []*Setting { return s.settings }

// Lookup returns the setting of a name, or nil.
func (s *Set) Lookup(name string) *Setting {
	i := slices.IndexFunc(s.settings, func(one *Setting) bool { return one.Name == name })
	if i < 0 {
		return nil
	}
	return s.settings[i]
}

// expand gives the settings that short ways mean their values, unless a source that counts as much
// or more has given them one. It follows the reading of each source.
func (s *Set) expand() error {
	var errs []error
	for _, one := range s.settings {
		name, value, _ := strings.Cut(one.Means, "=")
		if one.Means == "" || !one.Given() || one.Value.Texts()[0] != "true" {
			continue
		}
		if meant := s.Lookup(name); !meant.Given() {
			errs = append(errs, meant.set(value, one.source, one.level))
		}
	}
	return errors.Join(errs...)
}

// names returns the names of all settings.
func (s *Set) names() []string {
	var names []string
	for _, one := range s.settings {
		names = append(names, one.Name)
	}
	return names
}

// Args reads flags from the arguments of a command line and returns the other arguments. A flag
// that is given twice has its last value, or all of them if it is a list. The error is ErrHelp,
// or says what to write instead.
func (s *Set) Args(args []string) (rest []string, err error) {
	if err := s.misspelt(args); err != nil {
		return nil, err
	}
	s.level++
	flags := pflag.NewFlagSet(s.command, pflag.ContinueOnError)
	flags.Usage = func() {}
	for _, one := range s.settings {
		f := flags.VarPF(flagValue{one, s.level}, one.Name, one.Short, one.Help)
		if one.Value.isSwitch() {
			f.NoOptDefVal = "true"
		}
	}
	err = flags.Parse(args)
	if unknown, ok := errors.AsType[*pflag.NotExistError](err); ok {
		return nil, fmt.Errorf("%w%s", err, s.suggestion(unknown.GetSpecifiedName()))
	}
	if missing, ok := errors.AsType[*pflag.ValueRequiredError](err); ok {
		one := s.Lookup(missing.GetSpecifiedName())
		if one == nil {
			one = s.short(missing.GetSpecifiedName())
		}
		return nil, fmt.Errorf("--%s: a value is missing, write --%s %s", one.Name, one.Name, one.Arg)
	}
	if invalid, ok := errors.AsType[*pflag.InvalidValueError](err); ok {
		return nil, invalid.Unwrap()
	}
	if err == nil {
		err = s.expand()
	}
	if err != nil {
		return nil, err
	}
	return flags.Args(), nil
}

func (s *Set) suggestion(name string) string {
	if near := Nearest(name, s.names()); near != "" {
		return didYouMean("--" + near)
	}
	return ""
}

func didYouMean(near string) string {
	if near == "" {
		return ""
	}
	return "; did you mean " + near + "?"
}

// misspelt finds what the usual rules for short flags would take for something else: "-out x" for
// -o with the file "ut", and "-o=" for a file called "=".
func (s *Set) misspelt(args []string) error {
	for i, arg := range args {
		if arg == "--" {
			return nil
		}
		if i > 0 && s.takesValue(args[i-1]) || len(arg) < 3 || arg[0] != '-' || arg[1] == '-' {
			continue
		}
		name, value, hasValue := strings.Cut(arg[1:], "=")
		switch {
		case s.Lookup(name) != nil:
			return fmt.Errorf("%s: a long flag has two dashes, write --%s", arg, arg[1:])
		case hasValue && value == "" && s.short(name) != nil:
			return fmt.Errorf("%s: a value is missing, write -%s VALUE", arg, name)
		case len(name) > 3 && s.Lookup(Nearest(name, s.names())) != nil && s.short(name[:1]) == nil:
			return fmt.Errorf("unknown flag: %s%s", arg, s.suggestion(name))
		}
	}
	return nil
}

// takesValue reports whether an argument is a flag whose value is the next argument.
func (s *Set) takesValue(arg string) bool {
	one := (*Setting)(nil)
	if name, long := strings.CutPrefix(arg, "--"); long {
		one = s.Lookup(name)
	} else if name, short := strings.CutPrefix(arg, "-"); short && len(name) == 1 {
		one = s.short(name)
	}
	return one != nil && !one.Value.isSwitch()
}

func (s *Set) short(name string) *Setting {
	for _, one := range s.settings {
		if one.Short == name && name != "" {
			return one
		}
	}
	return nil
}

// Environment sets the settings that have no value yet from the environment. An empty
// variable counts as none.
func (s *Set) Environment(getenv func(string) string) error {
	var errs []error
	own, others := s.level+1, s.level+2
	s.level = others
	for _, one := range s.settings {
		for i, name := range append([]string{one.EnvName()}, one.Env...) {
			value := getenv(name)
			if value == "" || one.Given() {
				continue
			}
			level := own
			if i > 0 {
				level = others
			}
			if err := one.set(value, name, level); err != nil {
				errs = append(errs, fmt.Errorf("%s: %w", name, err))
			}
		}
	}
	return errors.Join(append(errs, s.expand())...)
}

// flagValue is a setting as pflag sees it.
type flagValue struct {
	setting *Setting
	level   int
}

func (f flagValue) Set(value string) error {
	return f.setting.set(value, "--"+f.setting.Name, f.level)
}
func (f flagValue) String() string { return "" } // pflag prints nothing of ours
func (f flagValue) Type() string   { return f.setting.Arg }
