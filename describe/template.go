package describe

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/tagroll/tagroll"
)

// The prompt is a template in the form of package text/template, of which it uses little: values,
// if, with, range over the categories, else, and, len. The package itself calls methods by
// name, and with it the linker keeps every exported method of the whole program: 4 MB of 33.
// A test holds what is written here against what text/template writes.

// template is a sequence of texts and actions.
type template []node

// node is a text, a value or a block.
type node struct {
	text       string
	kind       string // "if", "with" or "range"; empty for a text or a value
	expression string // empty for a text
	body, rest template
}

// action matches "{{...}}" with the white space that its dashes take away.
var action = regexp.MustCompile(`(?s)(?:\s*\{\{- |\{\{)(.*?)(?: -\}\}\s*|\}\})`)

// mustParse reads a template. It panics if that is broken, which a test would notice.
func mustParse(text string) template {
	t, rest, end := parse(text)
	if rest != "" || end != "" {
		panic("describe: the prompt's template has {{" + end + "}} too many")
	}
	return t
}

// parse reads a template up to its end, or to an {{else}} or {{end}} that belongs to a block around
// it.
func parse(text string) (t template, rest, end string) {
	for {
		at := action.FindStringSubmatchIndex(text)
		if at == nil {
			return append(t, node{text: text}), "", ""
		}
		t = append(t, node{text: text[:at[0]]})
		words := strings.TrimSpace(text[at[2]:at[3]])
		text = text[at[1]:]
		kind, expression, _ := strings.Cut(words, " ")
		switch kind {
		case "else", "end":
			return t, text, kind
		case "if", "with", "range":
			n := node{kind: kind, expression: expression}
			n.body, text, end = parse(text)
			if end == "else" {
				n.rest, text, end = parse(text)
			}
			if end != "end" {
				panic("describe: the prompt's template lacks an {{end}}")
			}
			t = append(t, n)
		default:
			t = append(t, node{expression: words})
		}
	}
}

// write writes a template. Dot is what "." means; the data itself at first.
func (t template) write(b *strings.Builder, d promptData, dot any) {
	for _, n := range t {
		if n.expression == "" {
			b.WriteString(n.text)
			continue
		}
		value := d.eval(n.expression, dot)
		switch {
		case n.kind == "":
			fmt.Fprint(b, value)
		case !truth(value):
			n.rest.write(b, d, dot)
		case n.kind == "if":
			n.body.write(b, d, dot)
		case n.kind == "with":
			n.body.write(b, d, value)
		default:
			for _, category := range value.([]tagroll.CategoryGuide) {
				n.body.write(b, d, category)
			}
		}
	}
}

// operand matches an operand of an expression: one in parentheses, a text or a word.
var operand = regexp.MustCompile(`\([^)]*\)|"[^"]*"|\S+`)

// eval returns the value of an expression.
func (d promptData) eval(expression string, dot any) any {
	words := operand.FindAllString(expression, -1)
	switch {
	case words[0] == "and":
		var value any
		for _, word := range words[1:] {
			if value = d.eval(strings.Trim(word, "()"), dot); !truth(value) {
				break
			}
		}
		return value
	case words[0] == "len":
		return len(d.eval(words[1], dot).([]tagroll.CategoryGuide))
	case words[0] == ".Writes":
		field, err := strconv.Unquote(words[1])
		if err != nil {
			panic("describe: the prompt's template names no field: " + expression)
		}
		return d.Writes(field)
	case words[0] == ".":
		return dot
	}
	if category, ok := dot.(tagroll.CategoryGuide); ok {
		switch words[0] {
		case ".Name":
			return category.Name
		case ".Meaning":
			return category.Meaning
		}
	}
	return d.field(words[0])
}

// field returns a field of the guide, or a phrase made of it.
func (d promptData) field(name string) any {
	switch name {
	case ".Title.Ask":
		return d.Title.Ask
	case ".Title.MinWords":
		return d.Title.MinWords
	case ".Title.MaxWords":
		return d.Title.MaxWords
	case ".Title.NoCommas":
		return d.Title.NoCommas
	case ".Description.Wanted":
		return d.Description.Wanted
	case ".Description.Min":
		return d.Description.Min
	case ".Description.Ask":
		return d.Description.Ask
	case ".Keywords.TitleWords":
		return d.Keywords.TitleWords
	case ".Categories":
		return d.Categories
	case ".Language":
		return d.Language
	case ".PlainLetters":
		return d.PlainLetters
	case ".Fields":
		return d.Fields()
	case ".Parts":
		return d.Parts()
	case ".Form":
		return d.Form()
	case ".Count":
		return d.Count()
	case ".Range":
		return d.Range()
	case ".Leading":
		return d.Leading()
	case ".TitleCheck":
		return d.TitleCheck()
	}
	panic("describe: the prompt's template names " + name + ", which does not exist")
}

// truth is whether a value counts as true: anything but zero and empty.
func truth(value any) bool {
	switch v := value.(type) {
	case bool:
		return v
	case int:
		return v != 0
	case string:
		return v != ""
	case []tagroll.CategoryGuide:
		return len(v) > 0
	}
	return false
}
