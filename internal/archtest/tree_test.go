package archtest

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
)

// module is the path under which the project's packages are imported.
const module = "github.com/tagroll/tagroll"

// tree is the module's source.
type tree struct {
	fset    *token.FileSet
	files   []*file
	scripts []script
	page    []script // scripts, styles and types of the page that are our own
	hashed  []script // scripts, settings and data whose comments begin with #
}

// file is one Go file.
type file struct {
	path  string // slash-separated, from the module's root
	dir   string // the package's folder, "." for the root
	lines int
	// wide are the numbers of the lines that are too wide a comment, slashes of those that are
	// too wide and have // in them.
	wide, slashes []int
	test          bool
	syntax        *ast.File
}

// script is one file that is not Go, such as a testscript file.
type script struct {
	path string
	text string
}

// hashExtensions are the endings of files whose comments begin with #. Scripts, .ci/run, Dockerfile
// and Caddyfile have none.
var hashExtensions = []string{"", ".sh", ".yaml", ".yml", ".toml", ".conf", ".service", ".txt"}

// built are the folders of releases, as .gitignore has them.
var built = []string{"dist", "dist-files"}

// readTree parses every Go file below the root of fsys. As the go command does, it leaves out
// testdata, vendor, other modules and folders that begin with a dot or an underscore; and what is
// built here: releases, and programs, which have zeros in them.
func readTree(fsys fs.FS) (*tree, error) {
	t := &tree{fset: token.NewFileSet()}
	err := fs.WalkDir(fsys, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		base := path.Base(name)
		if entry.IsDir() {
			if name != "." && name != ".ci" && (strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_") || base == "vendor" || slices.Contains(built, name)) {
				return fs.SkipDir
			}
			if _, err := fs.Stat(fsys, path.Join(name, "go.mod")); err == nil && name != "." {
				return fs.SkipDir
			}
			return nil
		}
		inTestdata := slices.Contains(strings.Split(name, "/"), "testdata")
		add := func(to *[]script) error {
			text, err := fs.ReadFile(fsys, name)
			if bytes.IndexByte(text, 0) < 0 {
				*to = append(*to, script{name, string(text)})
			}
			return err
		}
		switch ext := path.Ext(name); {
		case inTestdata && (ext == ".txtar" || ext == ".txt"):
			return add(&t.scripts)
		case !inTestdata && slices.Contains([]string{".js", ".mjs", ".css", ".ts"}, ext):
			return add(&t.page)
		case !inTestdata && slices.Contains(hashExtensions, ext):
			return add(&t.hashed)
		case !inTestdata && ext == ".go":
			return t.add(fsys, name)
		}
		return nil
	})
	return t, err
}

func (t *tree) add(fsys fs.FS, name string) error {
	source, err := fs.ReadFile(fsys, name)
	if err != nil {
		return err
	}
	syntax, err := parser.ParseFile(t.fset, name, source, parser.ParseComments)
	if err != nil {
		return fmt.Errorf("parse %s: %w", name, err)
	}
	t.files = append(t.files, &file{
		path:    name,
		dir:     path.Dir(name),
		lines:   bytes.Count(source, []byte("\n")),
		wide:    wideComments(string(source)),
		slashes: wideSlashes(string(source)),
		test:    strings.HasSuffix(name, "_test.go"),
		syntax:  syntax,
	})
	return nil
}

// packages returns the files by folder, and the folders in order.
func (t *tree) packages() (dirs []string, files map[string][]*file) {
	files = make(map[string][]*file)
	for _, f := range t.files {
		if files[f.dir] == nil {
			dirs = append(dirs, f.dir)
		}
		files[f.dir] = append(files[f.dir], f)
	}
	slices.Sort(dirs)
	return dirs, files
}

// imports returns the import paths of a file.
func (f *file) imports() []string {
	var paths []string
	for _, spec := range f.syntax.Imports {
		p, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			panic(err) // the parser accepted the literal
		}
		paths = append(paths, p)
	}
	return paths
}

// localName returns the name by which the file refers to an imported package whose own name is
// the last element of its path; empty if the file does not import it.
func (f *file) localName(importPath string) string {
	for _, spec := range f.syntax.Imports {
		if p, _ := strconv.Unquote(spec.Path.Value); p != importPath {
			continue
		}
		if spec.Name != nil {
			return spec.Name.Name
		}
		return path.Base(importPath)
	}
	return ""
}

// uses returns the positions at which the file names importPath's exported identifier.
func (f *file) uses(importPath, identifier string) []token.Pos {
	local := f.localName(importPath)
	if local == "" {
		return nil
	}
	var found []token.Pos
	ast.Inspect(f.syntax, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			if x, ok := n.X.(*ast.Ident); ok && x.Name == local && n.Sel.Name == identifier {
				found = append(found, n.Pos())
			}
		case *ast.Ident:
			if local == "." && n.Name == identifier {
				found = append(found, n.Pos())
			}
		}
		return true
	})
	return found
}

// at names a position for a complaint.
func (t *tree) at(pos token.Pos) string {
	p := t.fset.Position(pos)
	return fmt.Sprintf("%s:%d", p.Filename, p.Line)
}
