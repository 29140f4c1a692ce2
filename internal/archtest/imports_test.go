package archtest

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// row says what one package may import. The standard library is allowed but for what denied
// names; everything else must be listed. Names of project packages are folders, "." is the root.
type row struct {
	project []string // packages of this project
	modules []string // third-party import paths, and what lies below them
	denied  []string // standard library packages, and what lies below them

	// Tests may import what the package may, the test support below, and these.
	testProject []string
	testModules []string
}

// Standard library packages that a row denies.
var (
	network = []string{"net"} // net/url is allowed: it only parses
	system  = []string{"net", "os", "syscall", "io/ioutil", "log"}
)

// rows is the architecture as data: one row a package, see ARCHITECTURE.md.
var rows = map[string]row{
	// Nouns and contracts. Whoever imports them must not get a server or a file system with
	// them.
	".": {denied: []string{"net/http", "os", "log"}},

	// The orchestrator knows no adapter, the pipeline no way into the process.
	"batch":    {project: []string{".", "internal/sleep", "limit", "progress"}, testProject: []string{"journal"}},
	"limit":    {project: []string{"."}, denied: system},
	"progress": {project: []string{"."}, denied: system, testProject: []string{"batch", "limit"}},
	"pipeline": {project: []string{"."}, testProject: []string{"agency", "batch", "compress", "describe/offline", "describe/openai", "intake", "publish"}},

	"intake": {
		project:     []string{".", "internal/codepage", "internal/rawname", "place"},
		modules:     []string{"github.com/bmatcuk/doublestar/v4"},
		denied:      network,
		testProject: []string{"compress/heif/heiftest", "internal/rawtest"},
	},

	"compress": {
		project:     []string{".", "compress/heif", "compress/icc", "compress/jpegenc", "compress/jpegscale", "compress/pngrows", "compress/resample", "compress/vp8", "compress/vp8l"},
		modules:     []string{"golang.org/x/image"},
		denied:      network,
		testProject: []string{"compress/heif/heiftest", "compress/icc/icctest", "internal/jpegtest"},
	},
	"compress/heif":          {modules: []string{"github.com/tetratelabs/wazero"}, denied: network, testProject: []string{"compress/heif/heiftest"}},
	"compress/heif/heiftest": {denied: network, testProject: []string{"compress/heif"}},
	"compress/pngrows":       {denied: network},
	"compress/icc":           {denied: network, testProject: []string{"compress/icc/icctest"}},
	"compress/icc/icctest":   {denied: network},
	"compress/jpegenc":       {denied: network},
	"compress/jpegscale":     {denied: network, testProject: []string{"internal/jpegtest"}},
	"compress/vp8":           {denied: network, testModules: []string{"golang.org/x/image"}},
	"compress/vp8l":          {denied: network, testModules: []string{"golang.org/x/image"}},
	"compress/resample":      {denied: network},

	"publish":             {project: []string{".", "internal/diskfull"}, modules: []string{"github.com/gofrs/flock"}},
	"publish/publishtest": {project: []string{"."}, denied: network},

	"describe":              {project: []string{"."}, modules: []string{"golang.org/x/text"}, denied: network, testProject: []string{"agency"}},
	"describe/describetest": {project: []string{"."}},
	"describe/openai":       {project: []string{".", "describe", "internal/codepage", "internal/hosts"}, testProject: []string{"agency"}},
	"describe/offline":      {project: []string{".", "describe"}, denied: network, testProject: []string{"agency"}},

	// Rules are pure: the same metadata has the same findings everywhere and at any time. The
	// clock is watched by checkClock, since package time is also how a date is written.
	"agency": {project: []string{"."}, modules: []string{"golang.org/x/text"}, denied: system},
	"export": {project: []string{".", "agency", "embed", "internal/aside", "internal/codepage", "internal/diskfull", "internal/journalform", "internal/underway"}, modules: []string{"golang.org/x/text"}, denied: network},
	"embed":  {project: []string{".", "internal/aside", "internal/codepage", "internal/diskfull", "internal/rawname", "internal/underway"}, denied: network, testProject: []string{"internal/jpegtest"}},

	"cache":               {project: []string{".", "internal/underway"}, modules: []string{"github.com/gofrs/flock"}, denied: network},
	"journal":             {project: []string{".", "internal/aside", "internal/diskfull", "internal/journalform", "internal/underway"}, modules: []string{"github.com/gofrs/flock"}, denied: network},
	"journal/journaltest": {project: []string{"."}, denied: network},

	"queue":    {project: []string{".", "batch", "limit", "progress", "internal/rawname", "internal/sleep", "similar"}, modules: []string{"github.com/gofrs/flock", "github.com/nats-io", "golang.org/x/sys"}},
	"web":      {project: []string{".", "agency", "export", "internal/hosts", "internal/sleep", "progress", "queue", "wording"}, modules: []string{"golang.org/x/text"}, testProject: []string{"batch"}, testModules: []string{"github.com/santhosh-tekuri/jsonschema/v6"}},
	"web/page": {},

	// Telemetry watches from outside: it knows the contracts and the engine's figures, and
	// nobody knows it but the command.
	"telemetry": {
		project:     []string{".", "internal/otlp", "internal/prom", "internal/sleep", "queue"},
		testProject: []string{"publish"},
		testModules: []string{"google.golang.org/protobuf"},
	},

	// Coordinates go in, names come out; the network would be the way for them to leave.
	"place": {project: []string{"internal/placeform"}, modules: []string{"golang.org/x/text"}, denied: system},

	"similar": {project: []string{"."}, denied: system},

	// The photographer's wishes: pure but for the lock of what a batch remembers.
	"wording": {project: []string{".", "agency", "place", "similar"}, modules: []string{"golang.org/x/text"}, denied: system, testProject: []string{"pipeline"}},

	"openaitest": {
		project:     []string{".", "compress/vp8", "compress/vp8l"},
		testModules: []string{"golang.org/x/image"},
	},

	// Settings know no setting: what they are is declared by the command.
	"settings": {modules: []string{"github.com/BurntSushi/toml", "github.com/spf13/pflag"}, denied: network},

	// What is drawn is decided elsewhere.
	"cmd/tagroll/terminal": {
		project: []string{"."},
		modules: []string{"golang.org/x/sys", "golang.org/x/term", "golang.org/x/text"},
		denied:  network,
	},

	// The doctor looks at a server from outside, as the describer does.
	"cmd/tagroll/embedding": {project: []string{".", "embed", "intake"}, denied: network},
	"cmd/tagroll/doctor":    {project: []string{".", "describe/openai", "internal/hosts", "internal/underway"}, testProject: []string{"publish"}},

	// The command wires everything, and alone may import the stand-in server outside of tests.
	"cmd/tagroll": {
		project: []string{
			".", "agency", "batch", "cmd/tagroll/doctor", "cmd/tagroll/embedding", "cmd/tagroll/terminal", "compress", "describe", "describe/offline", "describe/openai",
			"cache", "embed", "export", "intake", "internal/hosts", "internal/sleep", "journal", "limit", "openaitest", "pipeline", "place", "publish", "queue", "settings", "similar", "telemetry", "web", "web/page", "wording",
		},
		modules:     []string{"golang.org/x/sys", "golang.org/x/term", "golang.org/x/text"},
		testProject: []string{"internal/rawtest"},
		testModules: []string{"github.com/nats-io/nats-server/v2", "github.com/rogpeppe/go-internal"},
	},

	"internal/archtest":    {denied: network},
	"internal/aside":       {denied: network},
	"internal/browsertest": {testProject: []string{"intake"}, testModules: []string{"github.com/chromedp"}},
	"internal/codepage":    {denied: system, testModules: []string{"golang.org/x/text"}},
	"internal/diskfull":    {denied: network},
	"internal/hosts":       {}, // net/netip parses addresses and nothing more
	"internal/jpegtest":    {denied: network},
	"internal/prom":        {},
	"internal/rawname":     {denied: network},
	"internal/rawtest":     {denied: network},
	"internal/sleep":       {denied: network},
	"internal/journalform": {denied: network},
	"internal/placeform":   {denied: network},
	"internal/placegen":    {project: []string{"internal/placeform"}, denied: network},
	"internal/otlp":        {modules: []string{"google.golang.org/protobuf"}, denied: network},
	"internal/underway":    {denied: network},
	"internal/packaging":   {denied: network},
	"internal/wordcheck":   {project: []string{".", "agency", "wording"}, denied: network},
	"internal/limitbench":  {testProject: []string{".", "batch", "describe/openai", "limit"}},
	"internal/sharpbench":  {project: []string{".", "compress", "compress/jpegscale", "internal/jpegtest"}, modules: []string{"golang.org/x/image"}, denied: network},
}

// Test support: what every package's tests may import.
var (
	testSupport        = []string{"openaitest", "describe/describetest", "journal/journaltest", "publish/publishtest"}
	testSupportModules = []string{"go.uber.org/goleak"}
)

// checkImports holds every file's imports against the table, and the table against the tree.
func checkImports(t *tree, rows map[string]row) []string {
	var complaints []string
	for _, f := range t.files {
		r, ok := rows[f.dir]
		if !ok {
			complaints = append(complaints, fmt.Sprintf("%s: package %q has no row in the table of imports: decide what it may import", f.path, f.dir))
			continue
		}
		for _, p := range f.imports() {
			if why := r.refuses(f, p); why != "" {
				complaints = append(complaints, fmt.Sprintf("%s imports %q: %s", f.path, p, why))
			}
		}
	}
	return complaints
}

// checkStale finds what a row allows and no file of its package imports any more.
func checkStale(t *tree, rows map[string]row) []string {
	imported := make(map[string][]string)
	for _, f := range t.files {
		imported[f.dir] = append(imported[f.dir], f.imports()...)
	}
	var complaints []string
	for _, dir := range slices.Sorted(maps.Keys(rows)) {
		r := rows[dir]
		for _, p := range slices.Concat(r.project, r.testProject, r.modules, r.testModules) {
			used := slices.ContainsFunc(imported[dir], func(path string) bool {
				if own, ok := projectDir(path); ok {
					return own == p
				}
				return below([]string{p}, path)
			})
			if !used {
				complaints = append(complaints, fmt.Sprintf("%s: its row allows %q, which no file of it imports: leave it out", dir, p))
			}
		}
	}
	return complaints
}

// refuses says why a file of the row's package may not import a path; empty if it may.
func (r row) refuses(f *file, importPath string) string {
	if dir, ok := projectDir(importPath); ok {
		switch {
		case slices.Contains(r.project, dir),
			dir == f.dir && f.test: // package x_test
			return ""
		case f.test && (slices.Contains(r.testProject, dir) || slices.Contains(testSupport, dir)):
			return ""
		case f.isExample() && !strings.HasPrefix(dir, "cmd/"):
			return "" // an example is a program that puts the parts together
		case slices.Contains(testSupport, dir):
			return "this is test support; only tests may import it, and the command the stand-in server"
		}
		return "the table of imports does not allow it"
	}
	if isStandard(importPath) {
		if !f.test && importPath != "net/url" && below(r.denied, importPath) {
			return "the package must stay free of it"
		}
		return ""
	}
	if below(r.modules, importPath) || f.test && (below(r.testModules, importPath) || below(testSupportModules, importPath)) {
		return ""
	}
	return "the table of imports does not list this module for the package"
}

// isExample reports whether the file holds the package's documented examples.
func (f *file) isExample() bool {
	base := f.path[strings.LastIndexByte(f.path, '/')+1:]
	return f.test && strings.HasPrefix(base, "example")
}

// projectDir returns the folder of an import path of this project.
func projectDir(importPath string) (string, bool) {
	if importPath == module {
		return ".", true
	}
	return strings.CutPrefix(importPath, module+"/")
}

// isStandard reports whether the path is one of the standard library: those have no dot in their
// first element, which a module's path must have to be downloaded.
func isStandard(importPath string) bool {
	first, _, _ := strings.Cut(importPath, "/")
	return !strings.Contains(first, ".")
}

// below reports whether p is one of the roots or lies below one.
func below(roots []string, p string) bool {
	return slices.ContainsFunc(roots, func(root string) bool {
		return p == root || strings.HasPrefix(p, root+"/")
	})
}

// checkClock finds uses of the machine's clock in the packages that must not know the time of day.
func checkClock(t *tree, dirs ...string) []string {
	var complaints []string
	for _, f := range t.files {
		if f.test || !slices.Contains(dirs, f.dir) {
			continue
		}
		for _, name := range []string{"Now", "Since", "Until", "After", "AfterFunc", "Tick", "NewTimer", "NewTicker"} {
			for _, pos := range f.uses("time", name) {
				complaints = append(complaints, fmt.Sprintf("%s: time.%s: this package must not read the clock", t.at(pos), name))
			}
		}
	}
	return complaints
}
