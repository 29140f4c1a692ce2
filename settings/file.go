package settings

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/BurntSushi/toml"
)

// FileName is the name of a settings file in a folder of photos and in the user's folder.
const FileName = "tagroll.toml"

// maxFile bounds a settings file, in bytes: a folder of photos may come from a stranger.
const maxFile = 1 << 20

// File is a settings file as it was read. A key holds for every command that has a setting of
// that name; a key in a table named after a command ([serve]) holds for that command alone and
// counts more.
type File struct {
	Path   string
	Folder bool // found in a folder of photos, not the user's own

	values map[string]any
}

// ReadFile reads a settings file. It returns nil without an error if there is none.
func ReadFile(path string, folder bool) (*File, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if _, noFolder := os.Stat(filepath.Dir(path)); noFolder != nil {
		return nil, nil // what was named is no folder but, for example, links in a circle
	}
	switch {
	case err != nil:
		return nil, fmt.Errorf("the settings in %s cannot be read: %w", path, err)
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s is no file: settings cannot be read from it", path)
	case info.Size() > maxFile:
		return nil, fmt.Errorf("%s is too large for a file of settings (%d bytes)", path, info.Size())
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("the settings in %s cannot be read: %w", path, err)
	}
	f := &File{Path: path, Folder: folder}
	if err := toml.Unmarshal(text, &f.values); err != nil {
		if parse, ok := errors.AsType[toml.ParseError](err); ok {
			return nil, fmt.Errorf("%s, line %d: %s", path, parse.Position.Line, parse.Message)
		}
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return f, nil
}

// Text returns the text that the file has for a command's key; empty if it has none. It fails if
// there is something else than a text. A nil file has nothing.
func (f *File) Text(command, key string) (string, error) {
	if f == nil {
		return "", nil
	}
	own, _ := f.values[command].(map[string]any)
	value, found := own[key]
	if !found {
		value, found = f.values[key]
	}
	text, isText := value.(string)
	if found && !isText {
		return "", fmt.Errorf("%s: %s is a text: write it between quotation marks", f.Path, key)
	}
	return text, nil
}

// Keys returns the names of what the file sets for a command, or for all, in order. A nil file sets
// nothing.
func (f *File) Keys(command string) []string {
	if f == nil {
		return nil
	}
	var keys []string
	for key, value := range f.values {
		table, isTable := value.(map[string]any)
		switch {
		case !isTable:
			keys = append(keys, key)
		case key == command:
			keys = append(keys, slices.Collect(maps.Keys(table))...)
		}
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}

// UserPath is where the user's settings are: tagroll/tagroll.toml in the user's configuration
// folder. It is empty if the system names no such folder.
func UserPath() string {
	dir, err := os.UserConfigDir()
	if err != nil {
		return ""
	}
	return filepath.Join(dir, "tagroll", FileName)
}

// Check finds keys that no command has, and those that a folder's file must not set. all are the
// sets of all commands.
func (f *File) Check(all []*Set) error {
	var errs []error
	commands := make(map[string]*Set)
	for _, set := range all {
		commands[set.command] = set
	}
	for _, key := range slices.Sorted(maps.Keys(f.values)) {
		table, isTable := f.values[key].(map[string]any)
		if !isTable {
			errs = append(errs, f.checkKey(key, all))
			continue
		}
		set := commands[key]
		if set == nil {
			near := Nearest(key, slices.Sorted(maps.Keys(commands)))
			errs = append(errs, fmt.Errorf("%s: there is no command %q%s", f.Path, key, didYouMean(near)))
			continue
		}
		for _, key := range slices.Sorted(maps.Keys(table)) {
			errs = append(errs, f.checkKey(key, []*Set{set}))
		}
	}
	return errors.Join(errs...)
}

func (f *File) checkKey(key string, sets []*Set) error {
	var names []string
	for _, set := range sets {
		one := set.Lookup(key)
		if one == nil {
			names = append(names, set.names()...)
			continue
		}
		switch {
		case one.In == NoFile:
			return fmt.Errorf("%s: %s is for a single run: give --%s on the command line", f.Path, key, key)
		case one.In != AnyFile && f.Folder:
			return fmt.Errorf("%s: a folder of photos must not set %s: set it in %s, by --%s or by %s",
				f.Path, key, orUser(UserPath()), key, one.EnvName())
		}
		return nil
	}
	return fmt.Errorf("%s: there is no setting %q%s", f.Path, key, didYouMean(Nearest(key, names)))
}

func orUser(path string) string {
	if path == "" {
		return "your own " + FileName
	}
	return path
}

// File sets the settings that have no value yet from a checked file. A nil file
// holds none.
func (s *Set) File(f *File) error {
	if f == nil {
		return nil
	}
	own, _ := f.values[s.command].(map[string]any)
	s.level++
	var errs []error
	for _, one := range s.settings {
		value, found := own[one.Name]
		if !found {
			value, found = f.values[one.Name]
		}
		if !found || one.Given() {
			continue
		}
		if err := one.ofFolder(f, value); err != nil {
			errs = append(errs, fmt.Errorf("%s: %s: %w", f.Path, one.Name, err))
			continue
		}
		if err := one.setAny(value, f.Path, s.level); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", f.Path, err))
		}
	}
	return errors.Join(append(errs, s.expand())...)
}

// ofFolder finds a value that a folder's file must not give.
func (s *Setting) ofFolder(f *File, value any) error {
	if !f.Folder || s.OfFolder == nil {
		return nil
	}
	switch v := value.(type) {
	case string:
		return s.OfFolder(v)
	case []any:
		for _, element := range v {
			if err := s.ofFolder(f, element); err != nil {
				return err
			}
		}
	}
	return nil
}

// setAny gives the setting a value of a file.
func (s *Setting) setAny(value any, source string, level int) error {
	switch v := value.(type) {
	case string:
		return s.set(v, source, level)
	case bool:
		return s.set(strconv.FormatBool(v), source, level)
	case int64:
		return s.set(strconv.FormatInt(v, 10), source, level)
	case float64:
		return s.set(strconv.FormatFloat(v, 'g', -1, 64), source, level)
	case []any:
		if _, list := s.Value.(listValue); !list {
			return fmt.Errorf("%s takes one value, not a list", s.Name)
		}
		for _, element := range v {
			if _, nested := element.([]any); nested {
				return fmt.Errorf("%s takes a list of values, not of lists", s.Name)
			}
			if err := s.setAny(element, source, level); err != nil {
				return err
			}
		}
		return nil
	}
	return fmt.Errorf("%s takes a text, a number, true or false", s.Name)
}

// Line writes the setting as a line of a settings file, and what gave it. Secrets are left out.
func (s *Setting) Line() string {
	values := s.Value.Texts()
	text := ""
	switch _, list := s.Value.(listValue); {
	case s.Secret && len(values) > 0:
		text = `"..."`
	case list:
		text = "["
		for i, v := range values {
			if i > 0 {
				text += ", "
			}
			text += tomlText(v)
		}
		text += "]"
	case len(values) == 0:
		return fmt.Sprintf("# %s is not set", s.Name)
	case s.Value.isSwitch() || isNumber(s.Value):
		text = values[0]
	default:
		text = tomlText(values[0])
	}
	return fmt.Sprintf("%-40s # %s", s.Name+" = "+text, s.Source())
}

func isNumber(v Value) bool {
	switch v := v.(type) {
	case numberValue[int], numberValue[int64]:
		return true
	case funcValue:
		_, err := strconv.Atoi(*v.text)
		return err == nil
	}
	return false
}

// tomlText writes a basic string of TOML, which is one of JSON but for the character DEL.
func tomlText(s string) string {
	var text strings.Builder
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false)
	_ = e.Encode(s) // never fails for a string
	return strings.ReplaceAll(strings.TrimSuffix(text.String(), "\n"), "\x7f", `\u007f`)
}
