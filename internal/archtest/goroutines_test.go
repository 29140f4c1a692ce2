package archtest

import (
	"fmt"
	"go/ast"
	"os"
	"regexp"
	"strings"
	"testing"
)

// testOnly are the packages that only tests use: their goroutines end with the test.
var testOnly = regexp.MustCompile(`^internal/|test/|^[a-z]+/[a-z]+test/`)

// starts returns the goroutines that a function starts. A list may call each by the name of the
// function, or of what the goroutine calls.
func starts(fn *ast.FuncDecl) (list [][]string, at []ast.Node) {
	add := func(n ast.Node, work ast.Expr) {
		names := []string{fn.Name.Name}
		called := func(fun ast.Expr) {
			switch fun := fun.(type) {
			case *ast.SelectorExpr:
				names = append(names, fun.Sel.Name)
			case *ast.Ident:
				names = append(names, fun.Name)
			}
		}
		called(work)
		ast.Inspect(work, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok {
				called(call.Fun)
			}
			return true
		})
		list, at = append(list, names), append(at, n)
	}
	ast.Inspect(fn, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GoStmt:
			add(n, n.Call.Fun)
		case *ast.CallExpr:
			if sel, ok := n.Fun.(*ast.SelectorExpr); ok && sel.Sel.Name == "Go" && len(n.Args) == 1 {
				add(n, n.Args[0])
			}
		}
		return true
	})
	return list, at
}

// checkGoroutines finds goroutines that a list of them, a text, leaves out.
func checkGoroutines(t *tree, text string) []string {
	var complaints []string
	listed := make(map[string]bool)
	for _, row := range strings.Split(text, "\n") {
		if cells := strings.Split(row, "|"); len(cells) > 2 {
			for _, word := range regexp.MustCompile(`\w+`).FindAllString(cells[1], -1) {
				listed[word] = true
			}
		}
	}
	for _, f := range t.files {
		if f.test || testOnly.MatchString(f.path) {
			continue
		}
		for _, d := range f.syntax.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok {
				continue
			}
			list, at := starts(fn)
			for i, names := range list {
				known := false
				for _, name := range names {
					known = known || listed[name]
				}
				if !known {
					complaints = append(complaints, fmt.Sprintf("%s: %s starts a goroutine that ARCHITECTURE.md does not list: who ends it?", t.at(at[i].Pos()), fn.Name.Name))
				}
			}
		}
	}
	return complaints
}

// TestGoroutines holds the list in ARCHITECTURE.md against the source.
func TestGoroutines(t *testing.T) {
	text, err := os.ReadFile("../../ARCHITECTURE.md")
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(string(text), "\n## Goroutines\n")
	section, _, found := strings.Cut(after, "\n## ")
	if !found {
		t.Fatal("ARCHITECTURE.md has no list of goroutines")
	}
	source, err := readTree(os.DirFS("../.."))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range checkGoroutines(source, section) {
		t.Error(c)
	}
}
