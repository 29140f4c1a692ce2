package describe

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/tagroll/tagroll"
)

// Bounds of an answer, far beyond what was asked for. They keep a model that has
// lost its way from costing memory and time.
const (
	maxAnswerBytes = 64 << 10
	maxListed      = 200 // keywords
	maxWrappers    = 3   // objects or arrays around the answer
	maxStarts      = 64  // places at which an object is tried
)

// Parse reads what a model answered. It accepts what models really send instead of
// the JSON object they were asked for: a byte order mark, thinking aloud in
// <think> marks, code fences, sentences around the object, another object or an
// array with one element around it, JSON within a JSON string, commas too many, other case of
// the keys, "tags" for "keywords", keywords as one string or as objects, numbers for strings,
// and a category by number or in other spelling.
//
// An answer that says that there is no picture, that repeats the example of the instructions, is
// written in another script, or whose keywords are mere numbers or letters is not believed.
//
// An answer without any JSON in which the model declines in words makes an error with CodeRefused.
//
// It never invents a field and never chooses between two. What is missing or cannot
// be understood makes an error with CodeMalformedAnswer, whose message names every
// problem and can be sent back to the model; the fields that could be read are
// returned beside it.
//
// The guide says what was asked for. A description that is missing is no error, since agencies
// take the title in its place; nor is a category that no agency wants.
func Parse(answer string, g tagroll.Guide) (tagroll.Metadata, error) {
	if len(answer) > maxAnswerBytes {
		return tagroll.Metadata{}, malformed(fmt.Sprintf("the answer is longer than %d KB", maxAnswerBytes>>10))
	}
	text := strip(answer)
	if text == "" {
		return tagroll.Metadata{}, malformed("the answer holds no JSON object, it is empty")
	}
	object, err := findObject(text)
	for _, mend := range []func(string) string{decoded, mended} {
		if err == nil {
			break
		}
		if other := mend(text); other != text {
			if o, e := findObject(other); e == nil {
				object, err = o, nil
			}
		}
	}
	if err != nil {
		if saysBlind(text) {
			return tagroll.Metadata{}, malformed("the answer " + quote(text) + " says that there was no picture to look at")
		}
		if declines(text) {
			return tagroll.Metadata{}, &tagroll.Error{
				Code: tagroll.CodeRefused, Stage: tagroll.StageDescribe,
				Message: "the model declined (" + quote(text) + "); describe this photo by hand or try another model",
			}
		}
		return tagroll.Metadata{}, malformed(err.Error())
	}
	g = orGeneral(g)
	metadata, problems := object.metadata(g)
	problems = append(problems, doubts(metadata, g)...)
	if len(problems) > 0 {
		return metadata, malformed(problems...)
	}
	return metadata, nil
}

// decoded takes JSON out of a JSON string: some servers encode an answer twice.
func decoded(text string) string {
	const most = 3
	for range most {
		var inner string
		quoted := text
		if strings.HasPrefix(text, `{\"`) {
			quoted = `"` + text + `"` // encoded twice, and the quotes lost on the way
		}
		if json.Unmarshal([]byte(quoted), &inner) != nil {
			break
		}
		text = strip(inner)
	}
	return text
}

// mended takes out commas before a closing bracket or brace, and puts a space for each control
// character within a string, such as a line break that was not escaped.
func mended(text string) string {
	var b strings.Builder
	quoted := false
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case quoted && c == '\\' && i+1 < len(text):
			b.WriteByte(c)
			i++
			c = text[i]
		case c == '"':
			quoted = !quoted
		case quoted && c < ' ':
			c = ' '
		case c == ',' && !quoted:
			if rest := strings.TrimLeft(text[i+1:], " \t\r\n,"); rest != "" && (rest[0] == '}' || rest[0] == ']') {
				continue
			}
		}
		b.WriteByte(c)
	}
	return b.String()
}

// malformed makes the error of an answer with these problems.
func malformed(problems ...string) error {
	return &tagroll.Error{
		Code:    tagroll.CodeMalformedAnswer,
		Stage:   tagroll.StageDescribe,
		Message: strings.Join(problems, "; "),
	}
}

// strip removes what stands before the answer: what some open models say in
// <think> marks first may hold drafts of the answer, and so may the channels of gpt-oss. Servers
// that know the model's template leave out the opening mark.
func strip(answer string) string {
	for _, end := range []string{"</think>", "<|message|>"} {
		if i := strings.LastIndex(answer, end); i >= 0 {
			answer = answer[i+len(end):]
		}
	}
	return strings.TrimSpace(strings.TrimPrefix(answer, "\uFEFF"))
}

// errUnfinished is the error of an object whose closing brace is missing.
var errUnfinished = errors.New("the JSON object ends before it is complete")

// findObject finds the one JSON object in text that is the answer. Objects
// without any of the answer's fields, such as an example in a sentence, do not count.
func findObject(text string) (fields, error) {
	var found []fields
	var first error // what is wrong with the first thing that looks like an object
	for range maxStarts {
		start := strings.IndexByte(text, '{')
		if start < 0 {
			break
		}
		text = text[start:]
		object, length, err := readObject(text)
		if err == nil && object.known() {
			found = append(found, object)
		}
		if first == nil {
			first = err
		}
		if errors.Is(err, errUnfinished) {
			break // whatever follows is inside of it
		}
		text = text[max(length, 1):]
	}
	switch {
	case len(found) == 1:
		return found[0], nil
	case len(found) > 1:
		return nil, fmt.Errorf("the answer holds %d JSON objects instead of one", len(found))
	case first != nil:
		return nil, first
	}
	return nil, errors.New("the answer holds no JSON object with the fields title, keywords and category")
}

// field is one member of a JSON object. Its key is in lower case.
type field struct {
	key   string
	value json.RawMessage
}

// fields are the members of a JSON object in their order, repeated ones included.
type fields []field

// readObject reads the JSON object at the beginning of text, without what is wrapped
// around the answer. It returns how many bytes the whole takes, zero if it is broken.
func readObject(text string) (fields, int, error) {
	decoder := json.NewDecoder(strings.NewReader(text))
	var raw json.RawMessage
	if err := decoder.Decode(&raw); err != nil {
		return nil, 0, broken(err)
	}
	length := int(decoder.InputOffset())
	members, err := membersOf(raw)
	if err == nil {
		members, err = unwrap(members, maxWrappers)
	}
	return members, length, err
}

// broken words an error of the JSON decoder.
func broken(err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return errUnfinished
	}
	return fmt.Errorf("the JSON is broken: %w", err)
}

// membersOf takes a valid JSON object apart.
func membersOf(raw json.RawMessage) (fields, error) {
	decoder := json.NewDecoder(bytes.NewReader(raw))
	if _, err := decoder.Token(); err != nil { // the opening brace
		return nil, broken(err)
	}
	var members fields
	for decoder.More() {
		key, err := decoder.Token()
		if err != nil {
			return nil, broken(err)
		}
		var value json.RawMessage
		if err := decoder.Decode(&value); err != nil {
			return nil, broken(err)
		}
		name, _ := key.(string)
		members = append(members, field{strings.ToLower(strings.TrimSpace(name)), value})
	}
	return members, nil
}

// unwrap goes down into an object that holds nothing but another object, or an array
// with one object, such as {"metadata": {...}} or {"photos": [{...}]}.
func unwrap(object fields, depth int) (fields, error) {
	if object.known() || len(object) != 1 {
		return object, nil
	}
	if depth == 0 {
		return nil, errors.New("the JSON object is wrapped in too many others")
	}
	value := object[0].value
	if inner := decoded(string(value)); value[0] == '"' && strings.HasPrefix(inner, "{") && json.Valid([]byte(inner)) {
		value = json.RawMessage(inner) // encoded twice
	}
	if value[0] == '[' {
		var elements []json.RawMessage
		if err := json.Unmarshal(value, &elements); err != nil || len(elements) != 1 {
			return object, nil
		}
		value = elements[0]
	}
	if value[0] != '{' {
		return object, nil
	}
	inner, err := membersOf(value)
	if err != nil {
		return nil, err
	}
	return unwrap(inner, depth-1)
}

// known reports whether the object has at least one of the answer's fields.
func (f fields) known() bool {
	for _, member := range f {
		switch member.key {
		case "title", "keywords", "tags", "category":
			return true
		}
	}
	return false
}
