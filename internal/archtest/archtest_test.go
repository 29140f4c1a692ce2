package archtest

import (
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// TestTree holds the module's own source against every rule.
func TestTree(t *testing.T) {
	source, err := readTree(os.DirFS("../.."))
	if err != nil {
		t.Fatal(err)
	}
	if len(source.files) < 50 || !slices.ContainsFunc(source.files, func(f *file) bool { return f.path == "doc.go" }) {
		t.Fatalf("read %d files: this is not the module's tree", len(source.files))
	}
	for name, complaints := range map[string][]string{
		"imports":          checkImports(source, rows),
		"stale rows":       checkStale(source, rows),
		"clock":            checkClock(source, "agency"),
		"package comments": checkPackageComments(source),
		"length":           checkLength(source, longFiles),
		"sleep":            checkSleep(source),
		"names":            checkNames(source),
		"examples":         checkExamples(source, withoutExample),
		"skips":            checkSkips(source),
		"width":            checkWidth(source),
	} {
		t.Run(name, func(t *testing.T) {
			for _, c := range complaints {
				t.Error(c)
			}
		})
	}
}

// TestRules breaks each rule on purpose, and keeps it beside the breach.
func TestRules(t *testing.T) {
	table := map[string]row{
		".":          {denied: []string{"net/http", "os", "log"}},
		"batch":      {project: []string{"."}, testProject: []string{"journal"}, testModules: []string{"golang.org/x/image"}},
		"agency":     {project: []string{"."}, modules: []string{"golang.org/x/text"}, denied: system},
		"intake":     {denied: network},
		"openaitest": {project: []string{"."}},
		"cmd/x":      {project: []string{".", "openaitest"}},
	}
	imports := func(tr *tree) []string { return checkImports(tr, table) }
	goroutines := func(tr *tree) []string {
		return checkGoroutines(tr, "| started by | does |\n| `serve`, `x.watch` | g |\n")
	}
	stale := func(tr *tree) []string {
		return checkStale(tr, map[string]row{"a": {project: []string{"."}, modules: []string{"x.org/y"}}})
	}
	length := func(tr *tree) []string {
		return checkLength(tr, map[string]string{"allowed.go": "one table"})
	}
	examples := func(tr *tree) []string {
		return checkExamples(tr, map[string]string{"atest": "a suite"})
	}
	broad := strings.Repeat("wide ", 20)
	clock := func(tr *tree) []string { return checkClock(tr, "agency") }
	long := "package a\n" + strings.Repeat("\n", maxLines)

	for _, tt := range []struct {
		name  string
		rule  func(*tree) []string
		files map[string]string
		// want is a part of each complaint, in order; none means that the tree is good.
		want []string
	}{
		{"root denies os", imports, files("a.go", `package a; import "os"`), []string{`a.go imports "os"`}},
		{"root denies what lies below", imports, files("a.go", `package a; import "log/slog"`), []string{`"log/slog"`}},
		{"a name that only begins alike", imports, files("a.go", `package a; import "osx"`), nil},
		{"tests may use what is denied", imports, files("a_test.go", `package a; import "os"`), nil},
		{"another system's file", imports,
			files("a_windows.go", "//go:build windows\n\npackage a\nimport \"os\""),
			[]string{`a_windows.go imports "os"`}},
		{"package not in row", imports, files("batch/a.go", `package batch; import "github.com/tagroll/tagroll/intake"`), []string{"does not allow"}},
		{"package in row", imports, files("batch/a.go", `package batch; import "github.com/tagroll/tagroll"`), nil},
		{"test-only package, not in a test", imports, files("batch/a.go", `package batch; import "github.com/tagroll/tagroll/journal"`), []string{"does not allow"}},
		{"test-only package, in a test", imports, files("batch/a_test.go", `package batch; import "github.com/tagroll/tagroll/journal"`), nil},
		{"a test is no way around the row", imports, files("batch/a_test.go", `package batch; import "github.com/tagroll/tagroll/intake"`), []string{"does not allow"}},
		{"a package's external test", imports, files("batch/a_test.go", `package batch_test; import "github.com/tagroll/tagroll/batch"`), nil},
		{"an example puts parts together", imports, files("batch/example_test.go", `package batch_test; import "github.com/tagroll/tagroll/intake"`), nil},
		{"an example does not import commands", imports, files("batch/example_test.go", `package batch_test; import "github.com/tagroll/tagroll/cmd/x"`), []string{"does not allow"}},
		{"stand-in outside of tests", imports, files("batch/a.go", `package batch; import "github.com/tagroll/tagroll/openaitest"`), []string{"test support"}},
		{"stand-in in a test", imports, files("batch/a_test.go", `package batch; import "github.com/tagroll/tagroll/openaitest"`), nil},
		{"stand-in in the command", imports, files("cmd/x/a.go", `package main; import "github.com/tagroll/tagroll/openaitest"`), nil},
		{"module not in row", imports, files("batch/a.go", `package batch; import "golang.org/x/text/cases"`), []string{"does not list this module"}},
		{"module in row", imports, files("agency/a.go", `package agency; import "golang.org/x/text/cases"`), nil},
		{"a module with the same beginning", imports, files("agency/a.go", `package agency; import "golang.org/x/textile"`), []string{"does not list this module"}},
		{"test-only module", imports, files("batch/a.go", `package batch; import "golang.org/x/image/draw"`), []string{"does not list this module"}},
		{"network", imports, files("intake/a.go", `package intake; import "net/http"`), []string{"stay free"}},
		{"parsing an address is no network", imports, files("intake/a.go", `package intake; import "net/url"`), nil},
		{"unknown package", imports, files("novel/a.go", `package novel`), []string{`"novel" has no row`}},
		{"another module", imports, files("tool/go.mod", "module x", "tool/a.go", `package tool`), nil},
		{"testdata", imports, files("batch/testdata/a.go", `package broken; import "os`), nil},

		{"clock", clock, files("agency/a.go", "package agency\nimport \"time\"\nvar t = time.Now()"), []string{"agency/a.go:3: time.Now"}},
		{"a date is no clock", clock, files("agency/a.go", "package agency\nimport \"time\"\nvar t time.Time"), nil},

		{"a row with more than is used", stale, files("a/a.go", "package a\nimport _ \"x.org/y/z\""), []string{"a: its row allows \".\""}},
		{"a row of which tests use a part", stale, files("a/a.go", "package a\nimport _ \"x.org/y\"", "a/a_test.go", "package a\nimport _ \"github.com/tagroll/tagroll\""), nil},

		{"a goroutine that is not listed", goroutines, files("a/a.go", "package a\nfunc f() {\ngo g()\n}\nfunc h() {\nall.Go(func() { g() })\n}"), []string{"a/a.go:3", "a/a.go:6"}},
		{"listed goroutines", goroutines, files("a/a.go", "package a\nfunc serve() {\ngo g()\n}\nfunc h() {\nall.Go(func() { x.watch() })\n}", "a/a_test.go", "package a\nfunc f() {\ngo g()\n}"), nil},

		{"no package comment", checkPackageComments, files("a/a.go", "package a"), []string{"a: package a"}},
		{"comment about something else", checkPackageComments,
			files("a/a.go", "// Copyright.\npackage a"), []string{"a: package a"}},
		{"comment in another file", checkPackageComments,
			files("a/a.go", "package a", "a/doc.go", "// Package a is.\npackage a"),
			nil},
		{"command comment", checkPackageComments,
			files("cmd/x/main.go", "// Command x does.\npackage main"), nil},
		{"command without", checkPackageComments,
			files("cmd/x/main.go", "// Package main does.\npackage main"),
			[]string{"cmd/x: package main"}},
		{"comment in a test only", checkPackageComments,
			files("a/a.go", "package a", "a/a_test.go", "// Package a is.\npackage a"),
			[]string{"a: package a"}},

		{"long file", length, files("a.go", long, "allowed.go", long), []string{"a.go: 501 lines"}},
		{"exception not needed", length, files("allowed.go", "package a"), []string{"allowed.go: is no longer"}},
		{"long test and generated file", length,
			files("a_test.go", long, "allowed.go", long,
				"b.go", "// Code generated by x. DO NOT EDIT.\n\n"+long), nil},

		{"sleep", checkSleep, files("a_test.go", "package a\nimport \"time\"\nfunc f() {\ntime.Sleep(1)\n}"), []string{"a_test.go:4"}},
		{"sleep under another name", checkSleep, files("a.go", "package a\nimport clock \"time\"\nvar f = clock.Sleep"), []string{"a.go:3"}},
		{"sleep by dot import", checkSleep, files("a.go", "package a\nimport . \"time\"\nfunc f() { Sleep(1) }"), []string{"a.go:3"}},
		{"another package's Sleep", checkSleep, files("a.go", "package a\nimport \"x.org/bed\"\nvar f = bed.Sleep"), nil},

		{"folder name", checkNames, files("web/util/a.go", "package text"), []string{"web/util"}},
		{"package name", checkNames, files("text/a.go", "package helpers"), []string{"package helpers"}},
		{"test package name", checkNames, files("text/a_test.go", "package common_test"), []string{"package common"}},
		{"good name", checkNames, files("utilities/a.go", "package meters"), nil},

		{"no example", examples, files("a/a.go", "package a\nfunc F() {}"), []string{"a: exports F"}},
		{"method without example", examples, files("a/a.go", "package a\ntype T[K any] struct{}\nfunc (t *T[K]) M() {}"), []string{"a: exports M"}},
		{"example without output", examples, files("a/a.go", "package a\nfunc F() {}", "a/a_test.go", "package a_test\nfunc ExampleF() {}"), []string{"a: exports F"}},
		{"example", examples, files("a/a.go", "package a\nfunc F() {}",
			"a/a_test.go", "package a_test\nfunc ExampleF() {\n// Output: x\n}"), nil},
		{"nothing to call", examples, files("a/a.go", "package a\ntype T struct{}\ntype t struct{}\nfunc (t) M() {}\nfunc f() {}"), nil},
		{"exception", examples, files("atest/a.go", "package atest\nfunc F() {}"), nil},
		{"internal", examples, files("internal/a/a.go", "package a\nfunc F() {}"), nil},

		{"skip", checkSkips, files("a_test.go", "package a\nimport \"testing\"\nfunc TestA(t *testing.T) {\nt.Skip()\n}"), []string{"a_test.go:4"}},
		{"skip in a subtest and a bare value", checkSkips, files("a_test.go", "package a\nimport \"testing\"\nfunc TestA(x *testing.T) {\nx.Run(\"\", func(s *testing.T) { s.Skipf(\"\") })\ndefer x.SkipNow()\n}"), []string{"a_test.go:4", "a_test.go:5"}},
		{"skip that can be forbidden", checkSkips, files("a_test.go", "package a\nimport (\"os\"; \"testing\")\nfunc need(t testing.TB) {\nif os.Getenv(\"TAGROLL_TEST_ALL\") == \"1\" { t.Fatal() }\nt.Skip()\n}"), nil},
		{"a reader's Skip", checkSkips, files("a.go", "package a\nfunc f(r *reader) { r.Skip(3) }"), nil},
		{"wide comment", checkWidth,
			files("a/a.go", "package a\n\t// "+broad+"\nvar a int // "+broad),
			[]string{"a/a.go:2", "a/a.go:3"}},
		{"a tab is eight columns", checkWidth,
			files("a/a.go", "package a\nfunc a() {\n"+
				"\ta() // "+broad[:86]+"\n\ta() // "+broad[:84]+"\n}"),
			[]string{"a/a.go:3"}},
		{"wide comments of scripts and settings", checkWidth, files(".ci/run", "#!/bin/sh\n\t# "+broad, "deploy/a.yaml", "a: 1\n# "+broad, "a/testdata/a.txtar", "# "+broad+"\n-- f --\n# "+broad), []string{"a/testdata/a.txtar:1", ".ci/run:2", "deploy/a.yaml:2"}},
		{"what is built", checkWidth, files("dist/a.sh", "# "+broad, "tagroll", "\x00\n# "+broad), nil},
		{"wide comments of the page", checkWidth,
			files("a/a.js", "/** "+broad+" */\n/**\n * "+broad+"\n */\n"+
				"  // "+broad+"\nlet a; // "+broad),
			[]string{"a/a.js:1", "a/a.js:3", "a/a.js:5", "a/a.js:6"}},
		{"wide addresses", checkWidth,
			files("a/a.go", "package a\n"+
				"var a = `"+broad+"http://host`\nvar b = `"+broad+"`"),
			[]string{"a/a.go:2"}},
		{"a style is no comment", checkWidth,
			files("a/a.css", "/* short */\n*, ."+strings.ReplaceAll(broad, " ", "")+
				"-- { color: red } /* "+broad+" */"), nil},
		{"wide and of a form of its own", checkWidth,
			files("a/a.go", "package a\n//go:generate "+broad+"\n"+
				"// Output:\n// "+broad), nil},
		{"wide and indented", checkWidth,
			files("a/a.go", "package a\n//\t"+broad+"\n//   "+broad),
			[]string{"a/a.go:2", "a/a.go:3"}},
		{"skip in a script", checkSkips, files("cmd/testdata/a.txtar", "# c\n[!exec:exiftool] skip 'none'\n-- f --\nskip\n"), []string{"a.txtar:2"}},
		{"skip in a script that can be forbidden", checkSkips, files("cmd/testdata/a.txtar", "[!env:TAGROLL_TEST_ALL] [!exec:exiftool] skip\n"), nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			fsys := fstest.MapFS{}
			for name, text := range tt.files {
				fsys[name] = &fstest.MapFile{Data: []byte(text)}
			}
			source, err := readTree(fsys)
			if err != nil {
				t.Fatal(err)
			}
			got := tt.rule(source)
			if len(got) != len(tt.want) {
				t.Fatalf("complaints:\n%s\nwant %d", strings.Join(got, "\n"), len(tt.want))
			}
			for i, want := range tt.want {
				if !strings.Contains(got[i], want) {
					t.Errorf("complaint %q, want %q in it", got[i], want)
				}
			}
		})
	}
}

// TestTable finds mistakes in the table itself.
func TestTable(t *testing.T) {
	for _, dir := range slices.Sorted(maps.Keys(rows)) {
		r := rows[dir]
		for _, p := range slices.Concat(r.project, r.testProject) {
			if _, ok := rows[p]; !ok {
				t.Errorf("row %q allows %q, which has no row", dir, p)
			}
		}
		for _, p := range slices.Concat(r.modules, r.testModules) {
			if isStandard(p) {
				t.Errorf("row %q lists %q as a module", dir, p)
			}
		}
	}
	if openai := rows["describe/openai"].project; slices.Contains(openai, "describe/offline") {
		t.Error("describe/openai must not know describe/offline")
	}
}

func TestReadTreeRefusesBrokenSource(t *testing.T) {
	_, err := readTree(fstest.MapFS{"a.go": {Data: []byte("package")}})
	if err == nil {
		t.Error("a file that does not parse was read")
	}
}

// files makes a tree of alternating names and texts.
func files(pairs ...string) map[string]string {
	m := make(map[string]string)
	for i := 0; i < len(pairs); i += 2 {
		m[pairs[i]] = pairs[i+1]
	}
	return m
}
