package settings_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tagroll/tagroll/settings"
)

// values are what newSet's settings are written to.
type values struct {
	name   string
	number int
	time   time.Duration
	on     bool
	list   []string
	texts  []string
	words  []string
	secret string
}

func newSet(command string) (*settings.Set, *values) {
	v := &values{}
	set := settings.NewSet(command)
	set.Add(
		settings.Setting{Name: "name", Short: "n", Arg: "NAME", Help: "{choices}", Choices: []string{"ada", "bob", "eve"}, Value: settings.Text(&v.name, "ada")},
		settings.Setting{Name: "max-number", Short: "m", Arg: "N", Want: "give 2 or more", In: settings.AnyFile, Value: settings.Number(&v.number, 5, 2)},
		settings.Setting{Name: "time", Arg: "TIME", Value: settings.Duration(&v.time, time.Hour)},
		settings.Setting{Name: "on", In: settings.NoFile, Value: settings.Switch(&v.on)},
		settings.Setting{Name: "list", Arg: "A,B", Value: settings.List(&v.list, "x")},
		settings.Setting{Name: "words", Arg: "W", In: settings.AnyFile, OfFolder: settings.NoPath, Value: settings.List(&v.words)},
		settings.Setting{Name: "texts", Arg: "T", Value: settings.Repeated(&v.texts)},
		settings.Setting{Name: "secret", Arg: "KEY", Secret: true, Env: []string{"OTHER_KEY"}, Value: settings.Text(&v.secret, "")},
	)
	return set, v
}

func TestArgs(t *testing.T) {
	set, v := newSet("run")
	rest, err := set.Args([]string{"a", "-m", "7", "--time=90s", "--on", "--list", "a,b", "--list=c", "--texts", "a,b", "--name", "EVE", "--", "-m"})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(rest, []string{"a", "-m"}) || v.number != 7 || v.time != 90*time.Second || !v.on || v.name != "eve" ||
		!slices.Equal(v.list, []string{"a", "b", "c"}) || !slices.Equal(v.texts, []string{"a,b"}) {
		t.Errorf("%q, %+v", rest, v)
	}
	for _, test := range []struct {
		args []string
		want string // part of the error
	}{
		{[]string{"--max-numer", "7"}, "did you mean --max-number?"},
		{[]string{"--max-number", "1"}, "--max-number 1: give 2 or more"},
		{[]string{"--max-number", "99999999999"}, "give 2 or more"},
		{[]string{"-m", "x"}, `--max-number "x": give 2 or more`},
		{[]string{"-max-number", "3"}, "write --max-number"},
		{[]string{"-time=3s"}, "write --time=3s"},
		{[]string{"-m="}, "write -m VALUE"},
		{[]string{"--time", "5"}, "--time 5: give a time above zero with its unit"},
		{[]string{"--time", "0s"}, "above zero"},
		{[]string{"--name", ""}, `--name "": a value is missing`},
		{[]string{"--name", "bib"}, "choose one of ada, bob, eve; did you mean bob?"},
		{[]string{"--on=perhaps"}, "true or false"},
		{[]string{"--zzz"}, "unknown flag: --zzz"},
	} {
		set, _ := newSet("run")
		if _, err := set.Args(test.args); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%q: %v, want %q", test.args, err, test.want)
		}
	}
	// The value of a flag is not taken for a misspelt one.
	set, v = newSet("run")
	if _, err := set.Args([]string{"--texts", "-time"}); err != nil || !slices.Equal(v.texts, []string{"-time"}) {
		t.Errorf("%v, %q", err, v.texts)
	}
}

func TestPrecedence(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) *settings.File {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		f, err := settings.ReadFile(path, name == "folder.toml")
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	environment := map[string]string{"TAGROLL_TIME": "3m", "TAGROLL_MAX_NUMBER": "8", "OTHER_KEY": "k"}
	set, v := newSet("run")
	if _, err := set.Args([]string{"-m", "7"}); err != nil {
		t.Fatal(err)
	}
	if err := set.Environment(func(name string) string { return environment[name] }); err != nil {
		t.Fatal(err)
	}
	folder := write("folder.toml", "max-number = 9\n[serve]\nmax-number = 10\n")
	user := write("user.toml", "time = \"4m\"\nlist = [\"p\", \"q\"]\nname = \"bob\"\n[run]\nname = \"eve\"\n")
	for _, f := range []*settings.File{folder, user} {
		serve, _ := newSet("serve")
		if err := f.Check([]*settings.Set{set, serve}); err != nil {
			t.Error(err)
		}
		if err := set.File(f); err != nil {
			t.Error(err)
		}
	}
	if v.number != 7 || v.time != 3*time.Minute || v.name != "eve" || !slices.Equal(v.list, []string{"p", "q"}) || v.secret != "k" {
		t.Errorf("%+v", v)
	}
	for name, source := range map[string]string{"max-number": "--max-number", "time": "TAGROLL_TIME", "name": user.Path, "texts": "default", "secret": "OTHER_KEY"} {
		if got := set.Lookup(name).Source(); got != source {
			t.Errorf("%s comes from %s, want %s", name, got, source)
		}
	}
	// What is printed is a file of settings that gives the same values again, secrets apart.
	var text strings.Builder
	for _, one := range set.All() {
		if line := one.Line(); one.In != settings.NoFile && !one.Secret {
			text.WriteString(line + "\n")
		} else if one.Secret && strings.Contains(line, `"k"`) {
			t.Errorf("a secret is printed: %s", line)
		}
	}
	again, w := newSet("run")
	if err := again.File(write("again.toml", text.String())); err != nil {
		t.Fatal(err)
	}
	if w.number != v.number || w.time != v.time || w.name != v.name || !slices.Equal(w.list, v.list) {
		t.Errorf("%+v becomes %+v by\n%s", v, w, text.String())
	}
}

func TestFilesThatAreWrong(t *testing.T) {
	for text, want := range map[string]string{
		"max_number = 3":                `there is no setting "max_number"; did you mean max-number?`,
		"[runn]\nx = 1":                 `there is no command "runn"; did you mean run?`,
		"[run]\nnme = 1":                "did you mean name?",
		"on = true":                     "on is for a single run: give --on on the command line",
		"name = \"bob\"":                "a folder of photos must not set name",
		"[run]\nname=\"bob\"":           "a folder of photos must not set name",
		"max-number = [1, 2]":           "max-number takes one value",
		"max-number = 1":                "--max-number 1: give 2 or more",
		"max-number = \"\"":             "a value is missing",
		"max-number = {a = 1}":          `there is no command "max-number"`,
		"x":                             "line 1",
		`words = ["a", "@/etc/passwd"]`: "must not name the file @/etc/passwd",
		`words = "a, ../b"`:             "must not name the file ../b",
	} {
		path := filepath.Join(t.TempDir(), settings.FileName)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		set, _ := newSet("run")
		f, err := settings.ReadFile(path, true)
		if err == nil {
			if err = f.Check([]*settings.Set{set}); err == nil {
				err = set.File(f)
			}
		}
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), path) {
			t.Errorf("%q: %v, want %q and the file's name", text, err, want)
		}
	}
	if f, err := settings.ReadFile(filepath.Join(t.TempDir(), "none"), true); f != nil || err != nil {
		t.Errorf("a file that does not exist: %v, %v", f, err)
	}
	circle := filepath.Join(t.TempDir(), "circle.jpg")
	if err := os.Symlink(circle, circle); err == nil {
		if f, err := settings.ReadFile(filepath.Join(circle, "tagroll.toml"), true); f != nil || err != nil {
			t.Errorf("below links in a circle: %v, %v", f, err)
		}
	}
	if _, err := settings.ReadFile(t.TempDir(), true); err == nil {
		t.Error("a folder is read as a file")
	}
}

func TestNearest(t *testing.T) {
	candidates := []string{"run", "serve", "worker", "status", "concurrency", "out", "format", "nats", "data-dir"}
	for word, want := range map[string]string{
		"serv": "serve", "srever": "serve", "wroker": "worker", "concurency": "concurrency", "output": "out",
		"conc": "concurrency", "fromat": "format", "rnu": "run", "zzz": "", "": "", "Serve": "serve", "describe": "",
		"data": "data-dir", "nat": "nats", "data-dri": "data-dir",
	} {
		if got := settings.Nearest(word, candidates); got != want {
			t.Errorf("%q: %q, want %q", word, got, want)
		}
	}
}

func TestUnknownVariables(t *testing.T) {
	set, _ := newSet("run")
	got := settings.UnknownVariables([]string{"TAGROLL_TIME=1", "TAGROLL_MAX_NUMER=1", "TAGROLL_ZZZ=1", "HOME=x", "TAGROLL_TEST=1"}, []*settings.Set{set}, "TAGROLL_TEST")
	want := []settings.Unknown{{"TAGROLL_MAX_NUMER", "TAGROLL_MAX_NUMBER"}, {"TAGROLL_ZZZ", ""}}
	if !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

// Bytes that are no settings are an error and never more.
func FuzzFile(f *testing.F) {
	f.Add("max-number = 3\n[run]\nlist = [\"a\", 1, true, 2.5]\n")
	f.Add("a = [[1]]\nb = 1979-05-27")
	f.Fuzz(func(t *testing.T, text string) {
		path := filepath.Join(t.TempDir(), settings.FileName)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		file, err := settings.ReadFile(path, true)
		if err != nil {
			return
		}
		set, v := newSet("run")
		_ = file.Check([]*settings.Set{set})
		if err := set.File(file); err == nil && v.number < 2 {
			t.Errorf("%q set a number below its bound: %d", text, v.number)
		}
	})
}

// A short way to write a setting counts as that setting would from the same source, and gives way
// where the source gives both.
func TestMeans(t *testing.T) {
	for _, c := range []struct {
		args   []string
		env    map[string]string
		want   string
		source string
	}{
		{nil, nil, "ada", "default"},
		{[]string{"-e"}, map[string]string{"TAGROLL_NAME": "bob"}, "eve", "--as-eve"},
		{[]string{"-e", "--name", "bob"}, nil, "bob", "--name"},
		{[]string{"--name", "bob", "-e"}, nil, "bob", "--name"},
		{[]string{"--as-eve=false"}, nil, "ada", "default"},
		{nil, map[string]string{"TAGROLL_AS_EVE": "1"}, "eve", "TAGROLL_AS_EVE"},
		{nil, map[string]string{"TAGROLL_AS_EVE": "1", "TAGROLL_NAME": "bob"}, "bob", "TAGROLL_NAME"},
	} {
		set, v := newSet("run")
		set.Add(settings.Setting{Name: "as-eve", Short: "e", Help: "be eve", Means: "name=eve"})
		if _, err := set.Args(c.args); err != nil {
			t.Fatal(err)
		}
		if err := set.Environment(func(name string) string { return c.env[name] }); err != nil {
			t.Fatal(err)
		}
		if got := set.Lookup("name").Source(); v.name != c.want || got != c.source {
			t.Errorf("%q, %v: %s from %s, want %s from %s", c.args, c.env, v.name, got, c.want, c.source)
		}
	}
	set, _ := newSet("run")
	set.Add(settings.Setting{Name: "as-eve", Short: "e", Help: "be eve", Means: "name=eve"})
	if help := set.Help(); !strings.Contains(help, "  -e, --as-eve          be eve: --name eve\n") && !strings.HasSuffix(help, "be eve: --name eve") {
		t.Errorf("help:\n%s", help)
	}
}
