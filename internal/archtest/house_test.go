package archtest

import (
	"fmt"
	"go/ast"
	"go/doc"
	"go/token"
	"path"
	"slices"
	"strings"
)

// maxLines is the length at which a file has become more than one thing.
const maxLines = 500

// longFiles are the files that may be longer than maxLines, each with the reason. Tests and
// generated files need no entry.
var longFiles = map[string]string{}

// checkPackageComments finds packages that do not say what they are for.
func checkPackageComments(t *tree) []string {
	var complaints []string
	dirs, files := t.packages()
	for _, dir := range dirs {
		name, found := "", false
		for _, f := range files[dir] {
			if f.test {
				continue
			}
			name = f.syntax.Name.Name
			opening := "Package " + name + " "
			if name == "main" {
				opening = "Command " + path.Base(dir) + " "
			}
			found = found || strings.HasPrefix(f.syntax.Doc.Text(), opening)
		}
		if name != "" && !found {
			complaints = append(complaints, fmt.Sprintf("%s: package %s has no comment that begins with %q (a command: %q)", dir, name, "Package "+name, "Command "+path.Base(dir)))
		}
	}
	return complaints
}

// checkLength finds files over maxLines, and exceptions that are no longer needed.
func checkLength(t *tree, exceptions map[string]string) []string {
	var complaints []string
	long := make(map[string]bool)
	for _, f := range t.files {
		if f.test || ast.IsGenerated(f.syntax) || f.lines <= maxLines {
			continue
		}
		long[f.path] = true
		if exceptions[f.path] == "" {
			complaints = append(complaints, fmt.Sprintf("%s: %d lines, more than %d: split it by subject", f.path, f.lines, maxLines))
		}
	}
	for name := range exceptions {
		if !long[name] {
			complaints = append(complaints, fmt.Sprintf("%s: is no longer over %d lines: remove the exception", name, maxLines))
		}
	}
	return complaints
}

// checkSleep finds time.Sleep: what waits must be cancellable, and tests use testing/synctest.
func checkSleep(t *tree) []string {
	var complaints []string
	for _, f := range t.files {
		for _, pos := range f.uses("time", "Sleep") {
			complaints = append(complaints, t.at(pos)+": time.Sleep: wait for the thing itself, with a context; in tests use testing/synctest")
		}
	}
	return complaints
}

// emptyNames are package names that say nothing of what is inside.
var emptyNames = []string{"util", "utils", "common", "helper", "helpers", "model", "models", "misc", "shared", "base"}

// checkNames finds packages that are named after nothing.
func checkNames(t *tree) []string {
	var complaints []string
	dirs, files := t.packages()
	for _, dir := range dirs {
		name := strings.TrimSuffix(files[dir][0].syntax.Name.Name, "_test")
		if slices.Contains(emptyNames, name) || slices.Contains(emptyNames, path.Base(dir)) {
			complaints = append(complaints, fmt.Sprintf("%s: package %s: name it after what it provides", dir, name))
		}
	}
	return complaints
}

// withoutExample are the public packages that need no Example, each with the reason.
var withoutExample = map[string]string{
	"compress/icc/icctest":  "profiles for tests; the tests of compress/icc are their use",
	"describe/describetest": "a suite for tests of describers; those of describe/openai are its use",
	"journal/journaltest":   "a suite for tests of journals; those of journal are its use",
	"publish/publishtest":   "a suite for tests of publishers; those of publish are its use",
}

// checkExamples finds public packages with functions or methods to call and no Example that runs.
func checkExamples(t *tree, exceptions map[string]string) []string {
	var complaints []string
	dirs, files := t.packages()
	for _, dir := range dirs {
		if slices.Contains(strings.Split(dir, "/"), "internal") || exceptions[dir] != "" {
			continue
		}
		callable, runnable := "", false
		var tests []*ast.File
		for _, f := range files[dir] {
			switch {
			case f.test:
				tests = append(tests, f.syntax)
			case f.syntax.Name.Name != "main" && callable == "":
				callable = f.callable()
			}
		}
		for _, e := range doc.Examples(tests...) {
			runnable = runnable || e.Output != "" || e.EmptyOutput
		}
		if callable != "" && !runnable {
			complaints = append(complaints,
				dir+": exports "+callable+
					" and has no Example with an // Output: comment")
		}
	}
	return complaints
}

// callable returns the name of a function or method that the file exports; empty if there is none.
func (f *file) callable() string {
	for _, d := range f.syntax.Decls {
		fn, ok := d.(*ast.FuncDecl)
		if !ok || !fn.Name.IsExported() || fn.Recv != nil && !exportedReceiver(fn.Recv) {
			continue
		}
		return fn.Name.Name
	}
	return ""
}

// exportedReceiver reports whether a method belongs to an exported type: T, *T, T[K] or *T[K, V].
func exportedReceiver(recv *ast.FieldList) bool {
	typ := recv.List[0].Type
	for {
		switch t := typ.(type) {
		case *ast.StarExpr:
			typ = t.X
		case *ast.IndexExpr:
			typ = t.X
		case *ast.IndexListExpr:
			typ = t.X
		case *ast.Ident:
			return t.IsExported()
		default:
			return false
		}
	}
}

// testHandles returns the names of the parameters below n whose type is *testing.T or a sibling.
func testHandles(f *file, n ast.Node) map[string]bool {
	local := f.localName("testing")
	names := make(map[string]bool)
	ast.Inspect(n, func(n ast.Node) bool {
		field, ok := n.(*ast.Field)
		if !ok {
			return true
		}
		typ := field.Type
		if star, ok := typ.(*ast.StarExpr); ok {
			typ = star.X
		}
		sel, ok := typ.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		if x, ok := sel.X.(*ast.Ident); ok && x.Name == local && slices.Contains([]string{"T", "B", "F", "TB"}, sel.Sel.Name) {
			for _, name := range field.Names {
				names[name.Name] = true
			}
		}
		return true
	})
	return names
}

// testAll is the variable that turns every skipped test into a failure.
const testAll = "TAGROLL_TEST_ALL"

// checkSkips finds tests that skip in a function that does not look at testAll first, and
// scripts that skip on a condition that does not.
func checkSkips(t *tree) []string {
	var complaints []string
	for _, f := range t.files {
		for _, d := range f.syntax.Decls {
			handles := testHandles(f, d)
			if mentions(d, testAll) {
				continue
			}
			for _, pos := range skips(d, handles) {
				complaints = append(complaints, fmt.Sprintf("%s: skips a test; where %s=1 is set it must fail instead", t.at(pos), testAll))
			}
		}
	}
	for _, s := range t.scripts {
		number := 0
		for line := range strings.Lines(s.text) {
			number++
			if strings.HasPrefix(line, "-- ") {
				break // the rest are the script's files
			}
			if scriptCommand(line) == "skip" && !strings.Contains(line, testAll) {
				complaints = append(complaints, fmt.Sprintf("%s:%d: skips a script; its condition must name %s", s.path, number, testAll))
			}
		}
	}
	return complaints
}

// skips returns where a test's handle is told to skip.
func skips(n ast.Node, handles map[string]bool) []token.Pos {
	var found []token.Pos
	ast.Inspect(n, func(n ast.Node) bool {
		sel, ok := n.(*ast.SelectorExpr)
		if !ok || !slices.Contains([]string{"Skip", "Skipf", "SkipNow"}, sel.Sel.Name) {
			return true
		}
		if x, ok := sel.X.(*ast.Ident); ok && handles[x.Name] {
			found = append(found, sel.Pos())
		}
		return true
	})
	return found
}

// mentions reports whether a string literal below n contains the text.
func mentions(n ast.Node, text string) bool {
	found := false
	ast.Inspect(n, func(n ast.Node) bool {
		if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING && strings.Contains(lit.Value, text) {
			found = true
		}
		return !found
	})
	return found
}

// scriptCommand returns the command of a testscript line, without its conditions.
func scriptCommand(line string) string {
	for _, word := range strings.Fields(line) {
		if !strings.HasPrefix(word, "[") && word != "!" && word != "?" {
			return word
		}
	}
	return ""
}
