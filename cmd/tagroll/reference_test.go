package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/tagroll/tagroll/describe/openai"
	"github.com/tagroll/tagroll/settings"
)

var update = flag.Bool("update", false, "write docs/reference and docs/man anew")

// The pages of the reference and the manual pages are made from the code, so that they cannot
// differ from what it does.
func TestReference(t *testing.T) {
	pages := map[string]string{
		"reference/settings.md": settingsPage(),
		"reference/errors.md":   errorsPage(t),
		"reference/models.md":   modelsPage(),
		"reference/api.md":      apiPage(t),
	}
	p := newProgram()
	for _, c := range commands() {
		pages["man/tagroll-"+c.name+".1"] = p.manual(t, c)
	}
	pages["man/tagroll.1"] = p.overviewManual(t)
	for name, want := range pages {
		path := filepath.Join("../../docs", filepath.FromSlash(name))
		if *update {
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if got, err := os.ReadFile(path); err != nil || string(got) != want {
			t.Errorf("docs/%s is not what the code says (%v): go test ./cmd/tagroll -run Reference -update", name, err)
		}
	}
	for _, dir := range []string{"reference", "man"} {
		entries, err := os.ReadDir(filepath.Join("../../docs", dir))
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			if _, ok := pages[dir+"/"+e.Name()]; !ok {
				t.Errorf("docs/%s/%s is made by nothing", dir, e.Name())
			}
		}
	}
}

const generated = "This page is made from the code by `go test ./cmd/tagroll -run Reference -update`.\n"

// cell makes a text fit for a table of Markdown.
func cell(text string) string {
	return strings.NewReplacer("|", `\|`, "<", "&lt;", "\n", " ").Replace(text)
}

func settingsPage() string {
	var b strings.Builder
	b.WriteString("# Settings\n\n" + generated + `
A setting is a flag, a variable of the environment, or a key in ` + "`tagroll.toml`" + `, which count in this order. The variable is
` + "`TAGROLL_`" + ` with the flag's name in capitals: ` + "`--base-url` is `TAGROLL_BASE_URL`" + `. The key is the flag's name. ` + "`tagroll help settings`" + `
says where the files are; *folder* marks what the file in a folder of photos may set, too, *flag* what no file may.
`)
	where := map[settings.Files]string{settings.UserFile: "", settings.AnyFile: "folder", settings.NoFile: "flag"}
	p := newProgram()
	for _, c := range commands() {
		if c.settings == nil {
			continue
		}
		fmt.Fprintf(&b, "\n## tagroll %s\n\n%s%s.\n", strings.TrimSpace(c.name+" "+c.args), strings.ToUpper(c.what[:1]), c.what[1:])
		group := "-"
		for _, one := range c.settings(p).All() {
			if one.Hidden {
				continue
			}
			if one.Group != group {
				group = one.Group
				fmt.Fprintf(&b, "\n%s\n\n| flag | default | where | |\n|---|---|---|---|\n", cmpOr(strings.TrimSuffix(group, ":"), "Flags"))
			}
			name := "--" + one.Name
			if one.Short != "" {
				name = "-" + one.Short + ", " + name
			}
			text, value := one.Described()
			fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", cell(strings.TrimSpace(name+" "+one.Arg)), cell(value), where[one.In], cell(text))
		}
	}
	return b.String()
}

func cmpOr(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}

// constants returns the string constants of a file whose names begin with a prefix, with their
// comments, in order.
func constants(t *testing.T, path, prefix string) (rows [][2]string) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range file.Decls {
		g, ok := d.(*ast.GenDecl)
		if !ok || g.Tok != token.CONST {
			continue
		}
		for _, s := range g.Specs {
			v := s.(*ast.ValueSpec)
			if !strings.HasPrefix(v.Names[0].Name, prefix) || len(v.Values) == 0 {
				continue
			}
			literal, ok := v.Values[0].(*ast.BasicLit)
			if !ok {
				continue
			}
			text, err := strconv.Unquote(literal.Value)
			if err != nil {
				t.Fatal(err)
			}
			rows = append(rows, [2]string{text, strings.TrimSpace(v.Comment.Text())})
		}
	}
	if len(rows) < 10 {
		t.Fatalf("%s has %d constants %s…", path, len(rows), prefix)
	}
	return rows
}

func errorsPage(t *testing.T) string {
	var b strings.Builder
	b.WriteString("# Errors\n\n" + generated + `
## Exit statuses

| status | means |
|---|---|
`)
	for _, row := range [][2]string{
		{strconv.Itoa(exitOK), "all is done; drafts of the built-in describer are no failure"},
		{strconv.Itoa(exitFatal), "stopped by what concerns every photo; what was done before is written"},
		{strconv.Itoa(exitUsage), "the command line or a setting makes no sense; nothing was done"},
		{strconv.Itoa(exitIncomplete), "some photos failed, need review or were not tried; the rest is written"},
		{strconv.Itoa(exitInterrupted), "interrupted; the same command goes on where it stopped"},
	} {
		fmt.Fprintf(&b, "| %s | %s |\n", row[0], row[1])
	}
	b.WriteString("\n## Codes of photos\n\nThey are stable, and stand in `error.code` of JSON, in journals, in the API and in metrics.\n\n| code | means |\n|---|---|\n")
	for _, row := range constants(t, "../../error.go", "Code") {
		fmt.Fprintf(&b, "| `%s` | %s |\n", row[0], cell(row[1]))
	}
	b.WriteString("\n## Codes of the API's problems\n\nEvery failure of a request is a problem document (RFC 9457) with one of these in `code`, and a sentence in `detail`.\n\n")
	var codes []string
	for _, row := range constants(t, "../../web/problem.go", "code") {
		codes = append(codes, "`"+row[0]+"`")
	}
	b.WriteString(strings.Join(codes, ", ") + ".\n")
	return b.String()
}

func modelsPage() string {
	var b strings.Builder
	table := openai.Models()
	b.WriteString("# Models and providers\n\n" + generated + "\nModels and prices as of " + table.AsOf + `, in US dollars for a million tokens. What a thousand photos cost with each is in [costs.md](../costs.md);
` + "`--prices FILE`" + ` adds to the table or overrides it.

| model | input | cached | output | flex | served until | then |
|---|---|---|---|---|---|---|
`)
	price := func(amount float64) string {
		if amount == 0 {
			return ""
		}
		return strconv.FormatFloat(amount, 'f', -1, 64)
	}
	for _, name := range slices.Sorted(maps.Keys(table.Models)) {
		m := table.Models[name]
		if m.Price == nil {
			continue
		}
		flex := ""
		if m.Flex > 0 {
			flex = strconv.Itoa(int(m.Flex*100+0.5)) + "%"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s | %s | %s |\n", name, price(m.Input), price(m.CachedInput), price(m.Output), flex, m.Shutdown, m.Successor)
	}
	b.WriteString("\n## Providers\n\n| `--provider` | | address | key | model | images |\n|---|---|---|---|---|---|\n")
	for _, p := range openai.Providers() {
		images := "inline, or by address"
		if p.Inline {
			images = "inline"
		}
		var keys []string
		for _, k := range p.Keys {
			keys = append(keys, "`"+k+"`")
		}
		without := "name one with `--model`"
		if p.Local {
			without = "the first one of the server that can see"
			if len(keys) == 0 {
				keys = []string{"none"}
			}
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s | %s |\n", p.Name, cell(p.Title), cell(cmpOr(p.BaseURL, p.BaseURLForm)), strings.Join(keys, " or "), cell(cmpOr(p.Model, without)), images)
	}
	return b.String()
}

func apiPage(t *testing.T) string {
	text, err := os.ReadFile("../../web/openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	var api struct {
		Info  struct{ Description string }
		Paths map[string]map[string]json.RawMessage
	}
	if err := json.Unmarshal(text, &api); err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	b.WriteString("# The HTTP API\n\n" + generated + "\nThe whole description, with every member of every answer, is `/api/openapi.json` of a running server (OpenAPI 3.1).\n\n" + api.Info.Description + "\n")
	for _, path := range slices.Sorted(maps.Keys(api.Paths)) {
		fmt.Fprintf(&b, "\n## `%s`\n", path)
		for _, method := range []string{"get", "post", "patch", "delete"} {
			raw, ok := api.Paths[path][method]
			if !ok {
				continue
			}
			var call struct {
				Summary, Description string
				Responses            map[string]any
			}
			if err := json.Unmarshal(raw, &call); err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(&b, "\n**%s** %s\n(%s)\n", strings.ToUpper(method), strings.TrimSuffix(call.Summary, ".")+".", strings.Join(slices.Sorted(maps.Keys(call.Responses)), ", "))
			if call.Description != "" {
				fmt.Fprintf(&b, "\n%s\n", call.Description)
			}
		}
	}
	return b.String()
}

// roff is a text of a manual page: a line that begins with a dot or a quote is no request, a
// backslash is one character, and a dash is one that can be copied.
func roff(text string) string {
	text = strings.NewReplacer(`\`, `\e`, "-", `\-`).Replace(text)
	return regexp.MustCompile(`(?m)^([.'])`).ReplaceAllString(text, `\&$1`)
}

// manualHead begins a manual page. It has no date: the same source makes the same page on any day.
// manualHead begins a page, with the day of the prices as its date: what it tells is as of then.
func manualHead(name, what string) string {
	return fmt.Sprintf(".TH %s 1 %s tagroll \"User Commands\"\n.SH NAME\n%s \\- %s\n", strings.ToUpper(roff(name)), openai.Models().AsOf, roff(name), roff(what))
}

// body is a help page without its flags and its first line, as it stands.
func (p *program) body(t *testing.T, topic string) string {
	t.Helper()
	raw, err := helpPages.ReadFile("help/" + topic + ".txt")
	if err != nil {
		return ""
	}
	_, rest, _ := strings.Cut(string(raw), "\n")
	rest = strings.ReplaceAll(rest, "{{flags}}\n", "")
	return ".nf\n" + roff(strings.Trim(rest, "\n")) + "\n.fi\n"
}

func (p *program) manual(t *testing.T, c subcommand) string {
	t.Helper()
	var b strings.Builder
	b.WriteString(manualHead("tagroll-"+c.name, c.what))
	fmt.Fprintf(&b, ".SH SYNOPSIS\n.B tagroll %s\n%s\n", roff(c.name), roff(strings.TrimSpace(c.args+" [flags]")))
	if text := p.body(t, c.name); text != "" && c.name != "help" {
		b.WriteString(".SH DESCRIPTION\n" + text)
	}
	if c.settings != nil {
		b.WriteString(".SH OPTIONS\n")
		group := ""
		for _, one := range c.settings(p).All() {
			if one.Hidden {
				continue
			}
			if one.Group != group {
				group = one.Group
				fmt.Fprintf(&b, ".SS %s\n", roff(strings.TrimSuffix(group, ":")))
			}
			name := "--" + one.Name
			if one.Short != "" {
				name = "-" + one.Short + ", " + name
			}
			text, value := one.Described()
			if value != "" {
				text += " (" + value + ")"
			}
			fmt.Fprintf(&b, ".TP\n.B %s\n%s\n", roff(strings.TrimSpace(name+" "+one.Arg)), roff(text))
		}
	}
	b.WriteString(".SH SEE ALSO\n.BR tagroll (1)\n")
	return b.String()
}

func (p *program) overviewManual(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	b.WriteString(manualHead("tagroll", "metadata for stock photos: title, keywords, category"))
	b.WriteString(".SH SYNOPSIS\n.B tagroll\n[command] [flags] [PATH...]\n.SH DESCRIPTION\n")
	page, err := p.helpPage("")
	if err != nil {
		t.Fatal(err)
	}
	b.WriteString(".nf\n" + roff(strings.TrimSpace(page)) + "\n.fi\n")
	for _, topic := range []string{"settings", "providers", "resume", "words"} {
		fmt.Fprintf(&b, ".SH %s\n%s", strings.ToUpper(topic), p.body(t, topic))
	}
	b.WriteString(".SH SEE ALSO\n")
	for i, c := range commands() {
		end := ","
		if i == len(commands())-1 {
			end = ""
		}
		fmt.Fprintf(&b, ".BR tagroll\\-%s (1)%s\n", c.name, end)
	}
	return b.String()
}
