package page

import (
	"bytes"
	"fmt"
	"path"
	"regexp"
	"strings"
)

// entry is the module that the HTML starts.
const entry = "js/app.js"

var (
	imported = regexp.MustCompile(`^import (?:(\* as \w+|\w+|\{[^}]*\}) from )?'(\.[^']+)';\s*$`)
	exported = regexp.MustCompile(`^export (?:async function|function|const|class) (\w+)`)
	listed   = regexp.MustCompile(`^export \{ ([\w, ]+) \};\s*$`)
)

// bundle makes one script of the modules that the entry needs, each in a block of its own, in the
// order in which a browser would run them. One file is compressed to two thirds of what the modules
// take one by one, and on a connection with a second's latency it saves a dozen seconds. What is
// vendored stays by itself.
//
// It reads what this project writes: an import or the beginning of an export is a line by itself.
func bundle(sources map[string][]byte) ([]byte, error) {
	b := &bundler{sources: sources, numbers: make(map[string]int), complete: make(map[string]bool)}
	if err := b.add(entry); err != nil {
		return nil, err
	}
	var script bytes.Buffer
	for i, name := range b.vendored {
		fmt.Fprintf(&script, "import * as $v%d from '%s';\n", i, relative(name))
	}
	// What a module of a circle exports comes later than its importers run.
	script.WriteString("const $m = [], $later = [];\n")
	script.Write(b.script.Bytes())
	return script.Bytes(), nil
}

type bundler struct {
	sources  map[string][]byte
	numbers  map[string]int // of modules that are met
	complete map[string]bool
	vendored []string
	script   bytes.Buffer
}

// relative is a module's address as the entry names it.
func relative(name string) string { return "./" + strings.TrimPrefix(name, path.Dir(entry)+"/") }

// add writes a module behind those that it imports.
func (b *bundler) add(name string) error {
	text, ok := b.sources[name]
	if !ok {
		return fmt.Errorf("page: the module %s does not exist", name)
	}
	number := len(b.numbers)
	b.numbers[name] = number
	var body bytes.Buffer
	var exports []string
	for line := range bytes.Lines(text) {
		if m := imported.FindSubmatch(line); m != nil {
			statement, err := b.use(path.Join(path.Dir(name), string(m[2])), string(m[1]))
			if err != nil {
				return fmt.Errorf("%w, which %s imports", err, name)
			}
			body.WriteString(statement)
			continue
		}
		if m := listed.FindSubmatch(line); m != nil {
			exports = append(exports, string(m[1]))
			continue
		}
		if m := exported.FindSubmatch(line); m != nil {
			exports = append(exports, string(m[1]))
			line = bytes.TrimPrefix(line, []byte("export "))
		}
		if bytes.HasPrefix(line, []byte("import ")) || bytes.HasPrefix(line, []byte("export ")) {
			return fmt.Errorf("page: %s: %q is no import or export that the bundle understands", name, line)
		}
		body.Write(line)
	}
	fmt.Fprintf(&b.script, "{\n%s", body.Bytes())
	if len(exports) > 0 {
		fmt.Fprintf(&b.script, "$m[%d] = { %s };\n", number, strings.Join(exports, ", "))
	}
	fmt.Fprintf(&b.script, "$later[%d]?.forEach((set) => set($m[%d]));\n}\n", number, number)
	b.complete[name] = true
	return nil
}

// use is what stands in place of an import of names from a module.
func (b *bundler) use(name, names string) (statement string, err error) {
	names = strings.ReplaceAll(names, " as ", ": ")
	if path.Ext(name) == ".mjs" {
		i := indexOf(&b.vendored, name)
		if strings.HasPrefix(names, "{") {
			return fmt.Sprintf("const %s = $v%d;\n", names, i), nil
		}
		return fmt.Sprintf("const %s = $v%d.default;\n", names, i), nil
	}
	if _, met := b.numbers[name]; !met {
		if err := b.add(name); err != nil {
			return "", err
		}
	}
	names = strings.TrimPrefix(names, "*: ")
	number := b.numbers[name]
	switch {
	case names == "":
		return "", nil
	case b.complete[name]:
		return fmt.Sprintf("const %s = $m[%d];\n", names, number), nil
	}
	return fmt.Sprintf("let %s; ($later[%d] ??= []).push((m) => (%s = m));\n", own(names), number, names), nil
}

// own are the names that a list of imports declares, without the names that they have elsewhere.
func own(names string) string {
	var declared []string
	for _, one := range strings.Split(strings.Trim(names, "{ }"), ",") {
		_, as, renamed := strings.Cut(one, ": ")
		if !renamed {
			as = one
		}
		declared = append(declared, strings.TrimSpace(as))
	}
	return strings.Join(declared, ", ")
}

// indexOf finds a name in a list, to which it is added if it is not there.
func indexOf(list *[]string, name string) int {
	for i, one := range *list {
		if one == name {
			return i
		}
	}
	*list = append(*list, name)
	return len(*list) - 1
}
