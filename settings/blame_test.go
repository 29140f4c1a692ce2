package settings_test

import (
	"testing"

	"github.com/tagroll/tagroll/settings"
)

// A refused value is told with what gave it, unless the command line did.
func TestBlame(t *testing.T) {
	var a, b, c string
	set := settings.NewSet("run")
	set.Add(settings.Setting{Name: "title-max", Value: settings.Text(&a, "")},
		settings.Setting{Name: "title-case", Value: settings.Text(&b, "")},
		settings.Setting{Name: "only", Value: settings.Text(&c, "")})
	if _, err := set.Args([]string{"--only", "title"}); err != nil {
		t.Fatal(err)
	}
	values := map[string]string{"TAGROLL_TITLE_MAX": "3", "TAGROLL_ONLY": "keywords"}
	if err := set.Environment(func(name string) string { return values[name] }); err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		"--title-max 3: too small":          "TAGROLL_TITLE_MAX: --title-max 3: too small",
		"--title-max: like --only":          "TAGROLL_TITLE_MAX: --title-max: like --only",
		"--title-max, --only: both":         "--title-max, --only: both (--title-max is from TAGROLL_TITLE_MAX)",
		"--title-max and --title-max: both": "TAGROLL_TITLE_MAX: --title-max and --title-max: both",
		"--only: no field\n--title-max: no": "--only: no field\nTAGROLL_TITLE_MAX: --title-max: no",
		"--title-case: not given":           "--title-case: not given",
		"--nothing: unknown":                "--nothing: unknown",
		"what is wrong: see --title-max":    "what is wrong: see --title-max",
		"":                                  "",
	} {
		if got := set.Blame(text); got != want {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
	}
}
