package deploytest

import (
	"encoding/json"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	yamlv3 "go.yaml.in/yaml/v3"
)

// release is what the test reads of the configuration of goreleaser.
type release struct {
	Before struct{ Hooks []string }
	Builds []struct {
		Main         string
		Env, Flags   []string
		Ldflags      []string
		Goos, Goarch []string
		ModTimestamp string `yaml:"mod_timestamp"`
	}
	Archives []struct {
		Files []struct {
			Src  string
			Info struct{ MTime string }
		}
	}
	NFPMs []struct {
		Formats  []string
		MTime    string
		Contents []struct {
			Src, Dst string
			FileInfo struct{ MTime string } `yaml:"file_info"`
		}
	}
}

// The configuration of releases names files that are there once its hook has run, variables that
// the program has, six systems, and the commit's time for every file: the same source makes the
// same bytes. TestSnapshot looks through what goreleaser makes of it.
func TestReleaseConfiguration(t *testing.T) {
	var c release
	if err := yamlv3.Unmarshal(read(t, ".goreleaser.yaml"), &c); err != nil {
		t.Fatal(err)
	}
	made := filepath.Join(dist, "../dist-files") // what the hook has made for the snapshot
	if want := []string{"go run ./internal/packaging dist-files"}; !slices.Equal(c.Before.Hooks, want) {
		t.Fatalf("the hooks are %q, want %q", c.Before.Hooks, want)
	}
	if dist == "" {
		made = t.TempDir()
		hook := exec.Command("go", "run", "./internal/packaging", made)
		hook.Dir = root
		if out, err := hook.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	exists := func(pattern string) {
		t.Helper()
		path := filepath.Join(root, pattern)
		if rest, ok := strings.CutPrefix(pattern, "dist-files/"); ok {
			path = filepath.Join(made, rest)
		}
		if found, err := filepath.Glob(path); err != nil || len(found) == 0 {
			t.Errorf("a release wants %s, which is not there", pattern)
		}
	}
	build := c.Builds[0]
	if len(build.Goos)*len(build.Goarch) != 6 || !slices.Contains(build.Flags, "-trimpath") || build.ModTimestamp != "{{ .CommitTimestamp }}" || !slices.Contains(build.Env, "CGO_ENABLED=0") {
		t.Errorf("the build is %+v", build)
	}
	version := string(read(t, "cmd/tagroll/version.go"))
	for _, variable := range regexp.MustCompile(`-X main\.(\w+)=`).FindAllStringSubmatch(strings.Join(build.Ldflags, " "), -1) {
		if !regexp.MustCompile(`(?m)^var .*\b` + variable[1] + `\b.* string`).MatchString(version) {
			t.Errorf("the build sets main.%s, which the program does not have", variable[1])
		}
	}
	for _, f := range c.Archives[0].Files {
		exists(f.Src)
		if f.Info.MTime != "{{ .CommitDate }}" {
			t.Errorf("%s has the time of the day in the archive", f.Src)
		}
	}
	for _, f := range c.NFPMs[0].Contents {
		exists(f.Src)
		if f.FileInfo.MTime != "{{ .CommitDate }}" {
			t.Errorf("%s has the time of the day in the package", f.Src)
		}
	}
	if !slices.Equal(c.NFPMs[0].Formats, []string{"deb", "rpm"}) {
		t.Errorf("packages are %q", c.NFPMs[0].Formats)
	}
	var bom struct {
		Components []struct{ Name, Version, PURL string }
	}
	if err := json.Unmarshal(readAt(t, filepath.Join(made, "sbom.cdx.json")), &bom); err != nil {
		t.Fatal(err)
	}
	licences := string(readAt(t, filepath.Join(made, "LICENSES.txt")))
	if len(bom.Components) < 20 {
		t.Errorf("the SBOM has %d parts", len(bom.Components))
	}
	for _, part := range bom.Components {
		if !strings.Contains(licences, part.Name+" "+part.Version+" (") {
			t.Errorf("the licence of %s is missing", part.Name)
		}
	}
	for _, part := range []string{"tagroll (LICENSE)", "Go's library (", "decoders of HEIC and AVIF (", "places (", "scripts of the page ("} {
		if !strings.Contains(licences, part) {
			t.Errorf("the licence of %s) is missing", part)
		}
	}
}

// "go install …@latest" refuses a module whose go.mod replaces or excludes something.
func TestGoInstallWorks(t *testing.T) {
	if found := regexp.MustCompile(`(?m)^(replace|exclude)\b`).FindString(string(read(t, "go.mod"))); found != "" {
		t.Errorf("go.mod has a %s directive", found)
	}
}
