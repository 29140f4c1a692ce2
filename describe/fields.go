package describe

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/tagroll/tagroll"
)

// metadata reads the answer's fields, and says what is wrong with them.
func (f fields) metadata(g tagroll.Guide) (metadata tagroll.Metadata, problems []string) {
	note := func(err error) {
		if err != nil {
			problems = append(problems, err.Error())
		}
	}
	wanted := fieldNames(g)
	value, err := f.value("title")
	if err == nil {
		metadata.Title, err = readTitle(value)
	}
	if slices.Contains(wanted, "title") {
		note(err)
	}

	value, err = f.value("keywords", "tags")
	if err == nil {
		metadata.Keywords, err = readKeywords(value, keywordRange(g))
	}
	if slices.Contains(wanted, "keywords") {
		note(err)
	}

	// Only a description that was asked for and is no text is worth another call.
	if value, err = f.value("description"); err == nil && g.Description.Wanted {
		metadata.Description, err = readDescription(value)
		note(err)
	}

	value, err = f.value("category", "categories")
	if err == nil {
		metadata.Category, err = readCategory(value)
	}
	if slices.Contains(wanted, "category") {
		note(err)
	}
	// A fact that is missing is not known, which is no reason for another call.
	if value, err = f.value(recognizable); err == nil && g.Recognizable {
		metadata.Recognizable = readRecognizable(value)
	}
	return metadata, problems
}

// readRecognizable reads what may need a release. What it does not understand is left out.
func readRecognizable(value json.RawMessage) (found []string) {
	text := strings.ToLower(string(value))
	for _, what := range []string{tagroll.RecognizablePeople, tagroll.RecognizableProperty} {
		if strings.Contains(text, `"`+what+`"`) {
			found = append(found, what)
		}
	}
	return found
}

// value returns the value of the first of names that the object has. A name that
// occurs twice with different values is an error: nobody can say which one was meant.
func (f fields) value(names ...string) (json.RawMessage, error) {
	for _, name := range names {
		var value json.RawMessage
		for _, member := range f {
			switch {
			case member.key != name:
			case value == nil:
				value = member.value
			case !bytes.Equal(value, member.value):
				return nil, fmt.Errorf("the field %q occurs twice with different values", name)
			}
		}
		if value != nil {
			return value, nil
		}
	}
	return nil, fmt.Errorf("the field %q is missing", names[0])
}

// readTitle reads a title, which must be a string; a number or a truth value is taken as its text.
func readTitle(value json.RawMessage) (string, error) {
	title, ok := scalarText(value)
	if !ok {
		return "", fmt.Errorf(`the field "title" is %s instead of a string`, kindOf(value))
	}
	if title = plainText(title); title == "" {
		return "", fmt.Errorf(`the field "title" is empty`)
	}
	return title, nil
}

// readDescription reads a description, which must be a string or nothing.
func readDescription(value json.RawMessage) (string, error) {
	var text string
	if value[0] != 'n' && (value[0] != '"' || json.Unmarshal(value, &text) != nil) {
		return "", fmt.Errorf(`the field "description" is %s instead of a string`, kindOf(value))
	}
	return plainText(text), nil
}

// readKeywords reads keywords from an array of strings, or from one string in which
// they stand separated. asked is the number that was asked for, in words; it may be empty.
func readKeywords(value json.RawMessage, asked string) ([]string, error) {
	var elements []json.RawMessage
	switch value[0] {
	case '"':
		elements = []json.RawMessage{value}
	case '[':
		if err := json.Unmarshal(value, &elements); err != nil {
			return nil, broken(err)
		}
	default:
		return nil, fmt.Errorf(`the field "keywords" is %s instead of an array of strings`, kindOf(value))
	}
	if len(elements) > maxListed {
		return nil, tooMany(len(elements), asked)
	}
	var keywords []string
	for i, element := range elements {
		keyword, ok := keywordText(element)
		switch {
		case element[0] == 'n':
			continue // null
		case !ok:
			return nil, fmt.Errorf("keyword %d is %s instead of a string", i+1, kindOf(element))
		}
		if len(elements) == 1 {
			keywords = splitList(keyword)
		} else if keyword = plainText(bullet.ReplaceAllString(strings.TrimSpace(keyword), "")); keyword != "" {
			keywords = append(keywords, keyword)
		}
	}
	switch {
	case len(keywords) == 0:
		return nil, fmt.Errorf(`the field "keywords" is empty`)
	case len(keywords) > maxListed:
		return nil, tooMany(len(keywords), asked)
	}
	return keywords, nil
}

func tooMany(n int, asked string) error {
	if asked != "" {
		asked = ", " + asked + " were asked for"
	}
	return fmt.Errorf(`the field "keywords" has %d elements%s`, n, asked)
}

// scalarText is the text of a string, a number or a truth value.
func scalarText(value json.RawMessage) (text string, ok bool) {
	switch {
	case value[0] == '"':
		return text, json.Unmarshal(value, &text) == nil
	case isNumber(value), value[0] == 't', value[0] == 'f':
		return string(value), true
	}
	return "", false
}

// keywordText reads a keyword that is a scalar, or an object that has it in a member, such as
// {"keyword": "fox", "relevance": 0.9}.
func keywordText(value json.RawMessage) (string, bool) {
	if value[0] != '{' {
		return scalarText(value)
	}
	members, err := membersOf(value)
	if err != nil {
		return "", false
	}
	for _, name := range []string{"keyword", "name", "word", "text", "tag", "term", "value"} {
		if inner, err := members.value(name); err == nil {
			return scalarText(inner)
		}
	}
	return "", false
}

// bullet matches the mark of a list's item: "- ", "* ", "• ", "3. ", "3) " or "#".
var bullet = regexp.MustCompile(`^(?:[-*•]\s+|\d{1,3}[.)]\s+|#)`)

// splitList takes apart keywords that stand in one string.
func splitList(text string) []string {
	var keywords []string
	for part := range strings.FieldsFuncSeq(text, func(r rune) bool {
		return r == ',' || r == ';' || r == '\n' || r == '\r'
	}) {
		if keyword := plainText(bullet.ReplaceAllString(strings.TrimSpace(part), "")); keyword != "" {
			keywords = append(keywords, keyword)
		}
	}
	return keywords
}

// numbered matches a category's number with its name on either side: "13. People",
// "13 - People", "People (13)" or the number alone.
var numbered = regexp.MustCompile(`^(?:(\d{1,3})(?:[\s.:)\-]+(.*))?|(.*\S)\s*\((\d{1,3})\))$`)

// readCategory reads a category from its name, its number or both.
func readCategory(value json.RawMessage) (tagroll.Category, error) {
	var elements []json.RawMessage
	if value[0] == '[' && json.Unmarshal(value, &elements) == nil && len(elements) == 1 {
		value = elements[0]
	}
	var name string
	switch {
	case value[0] == '"':
		if err := json.Unmarshal(value, &name); err != nil {
			return "", broken(err)
		}
	case isNumber(value):
		name = strings.TrimSuffix(string(value), ".0")
	default:
		return "", fmt.Errorf(`the field "category" is %s instead of a string`, kindOf(value))
	}
	if category, ok := parseCategory(plainText(name)); ok {
		return category, nil
	}
	return "", fmt.Errorf(`the category %s is none of the %d: %s`, quote(name), len(tagroll.Categories()), categoryNames())
}

// parseCategory finds a category by name or by Adobe's number, which is its place in
// the list. Where both are given they must agree.
func parseCategory(text string) (tagroll.Category, bool) {
	if category, ok := categoryByName(text); ok {
		return category, true
	}
	m := numbered.FindStringSubmatch(text)
	if m == nil {
		return "", false
	}
	number, err := strconv.Atoi(m[1] + m[4])
	categories := tagroll.Categories()
	if err != nil || number < 1 || number > len(categories) {
		return "", false
	}
	category := categories[number-1]
	if name := m[2] + m[3]; name != "" {
		named, ok := categoryByName(name)
		return category, ok && named == category
	}
	return category, true
}

// categoryByName finds a category by its name. The spelling may differ in case, punctuation, "and",
// "the" or the plural.
func categoryByName(name string) (tagroll.Category, bool) {
	if category, ok := tagroll.ParseCategory(name); ok {
		return category, true
	}
	want := foldName(name)
	for _, category := range tagroll.Categories() {
		if want == foldName(string(category)) {
			return category, true
		}
	}
	return "", false
}

// foldName reduces a category's name to what tells it from others.
func foldName(name string) string {
	words := strings.FieldsFunc(strings.ToLower(name), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsNumber(r)
	})
	var kept []string
	for _, w := range words {
		if w != "and" && w != "the" {
			kept = append(kept, strings.TrimSuffix(w, "s"))
		}
	}
	return strings.Join(kept, " ")
}

// categoryNames lists all categories for a message.
func categoryNames() string {
	var names []string
	for _, category := range tagroll.Categories() {
		names = append(names, string(category))
	}
	return strings.Join(names, ", ")
}

// plainText puts a text on one line without space around it.
func plainText(s string) string { return strings.Join(strings.Fields(s), " ") }

// isNumber reports whether a JSON value is a number.
func isNumber(value json.RawMessage) bool {
	return value[0] == '-' || value[0] >= '0' && value[0] <= '9'
}

// kindOf names the kind of a JSON value.
func kindOf(value json.RawMessage) string {
	switch value[0] {
	case '{':
		return "an object"
	case '[':
		return "an array"
	case '"':
		return "a string"
	case 'n':
		return "null"
	case 't', 'f':
		return "a truth value"
	}
	return "a number"
}

// quote quotes what a model wrote, at a length that suits a message.
func quote(s string) string {
	const most = 60
	s = plainText(s)
	if runes := []rune(s); len(runes) > most {
		s = string(runes[:most]) + "…"
	}
	return strconv.Quote(s)
}
