package web

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"unicode/utf8"
)

// decodeJSON reads one JSON value into a struct, or an array into a slice of structs. It refuses
// what encoding/json lets pass: members that are unknown, differ in case or appear twice, null
// among texts, and text that is not valid Unicode. A misspelt member would otherwise have no
// effect, and nobody would notice.
func decodeJSON(text []byte, value any) error {
	kind, first := "object", byte('{')
	target := reflect.TypeOf(value).Elem()
	if target.Kind() == reflect.Slice {
		kind, first = "array", '['
	}
	if trimmed := bytes.TrimLeft(text, " \t\r\n"); len(trimmed) == 0 || trimmed[0] != first {
		return refuse(codeBadRequest, "The body must be a JSON %s.", kind)
	}
	if !utf8.Valid(text) || hasLoneSurrogate(text) {
		return refuse(codeBadRequest, "The JSON is not valid UTF-8: send text in UTF-8.")
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(value); err != nil {
		return &problem{code: codeBadRequest, detail: "The JSON cannot be read: " + jsonFault(err) + ".", err: err}
	}
	if _, err := d.Token(); err != io.EOF {
		return refuse(codeBadRequest, "There is something behind the JSON %s.", kind)
	}
	if err := checkMembers(json.NewDecoder(bytes.NewReader(text)), target); err != nil {
		return refuse(codeBadRequest, "The JSON cannot be read: %s.", err.Error())
	}
	return nil
}

// jsonFault words why JSON could not be read, without the names of our types.
func jsonFault(err error) string {
	wrong, ok := errors.AsType[*json.UnmarshalTypeError](err)
	if name, unknown := strings.CutPrefix(err.Error(), "json: unknown field "); unknown {
		return "there is no member " + name + " here"
	}
	if !ok {
		return err.Error()
	}
	kind, _, _ := strings.Cut(wrong.Value, " ")
	where := ""
	if wrong.Field != "" {
		where = fmt.Sprintf(" in the member %q", wrong.Field)
	}
	return fmt.Sprintf("%s stands%s where something else belongs", withArticle(kind), where)
}

// withArticle puts the article before the name of a kind of JSON value.
func withArticle(kind string) string {
	if strings.HasPrefix(kind, "a") || strings.HasPrefix(kind, "o") {
		return "an " + kind
	}
	return "a " + kind
}

// checkMembers reads one value and compares the members of its objects with the fields of a type.
func checkMembers(d *json.Decoder, of reflect.Type) error {
	nullable := false // a pointer: null is as good as absent
	for of != nil && of.Kind() == reflect.Pointer {
		nullable, of = true, of.Elem()
	}
	token, err := d.Token()
	if err != nil {
		return err
	}
	switch token {
	case nil:
		if of != nil && of.Kind() == reflect.String && !nullable {
			return errors.New("null stands where a text belongs")
		}
		return nil
	case json.Delim('['):
		var element reflect.Type
		if of != nil && of.Kind() == reflect.Slice {
			element = of.Elem()
		}
		for d.More() {
			if err := checkMembers(d, element); err != nil {
				return err
			}
		}
	case json.Delim('{'):
		seen := make(map[string]bool)
		for d.More() {
			name, err := d.Token()
			if err != nil {
				return err
			}
			text := name.(string)
			field, known := fieldOf(of, text)
			switch {
			case !known:
				return fmt.Errorf("there is no member %q here", text)
			case seen[text]:
				return fmt.Errorf("the member %q is there twice", text)
			}
			seen[text] = true
			if err := checkMembers(d, field); err != nil {
				return err
			}
		}
	default:
		return nil
	}
	_, err = d.Token() // the end of the array or object
	return err
}

// fieldOf returns the type of the field that a member is read into.
func fieldOf(of reflect.Type, member string) (reflect.Type, bool) {
	if of == nil || of.Kind() != reflect.Struct {
		return nil, false
	}
	for f := range of.Fields() {
		if f.Anonymous {
			if field, known := fieldOf(f.Type, member); known {
				return field, true
			}
			continue
		}
		if name, _, _ := strings.Cut(f.Tag.Get("json"), ","); name == member {
			return f.Type, true
		}
	}
	return nil, false
}

// hasLoneSurrogate reports whether a string holds half of a pair of \u escapes, which encoding/json
// would replace without a word. The text must be valid JSON apart from that.
func hasLoneSurrogate(text []byte) bool {
	for i := 0; i+1 < len(text); i++ {
		if text[i] != '\\' {
			continue
		}
		i++
		if text[i] != 'u' {
			continue
		}
		switch first, ok := hex4(text[i+1:]); {
		case !ok:
		case 0xD800 <= first && first < 0xDC00:
			rest := text[i+5:]
			second, ok := uint16(0), false
			if len(rest) >= 2 && rest[0] == '\\' && rest[1] == 'u' {
				second, ok = hex4(rest[2:])
			}
			if !ok || second < 0xDC00 || second > 0xDFFF {
				return true
			}
			i += 10
		case 0xDC00 <= first && first <= 0xDFFF:
			return true
		}
	}
	return false
}

// hex4 reads four hexadecimal digits.
func hex4(text []byte) (n uint16, ok bool) {
	if len(text) < 4 {
		return 0, false
	}
	for _, c := range text[:4] {
		n <<= 4
		switch {
		case '0' <= c && c <= '9':
			n |= uint16(c - '0')
		case 'a' <= c && c <= 'f':
			n |= uint16(c - 'a' + 10)
		case 'A' <= c && c <= 'F':
			n |= uint16(c - 'A' + 10)
		default:
			return 0, false
		}
	}
	return n, true
}
