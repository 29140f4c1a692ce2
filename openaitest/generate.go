package openaitest

import (
	"cmp"
	"encoding/json"
	"math"
	"math/rand/v2"
	"regexp"
	"regexp/syntax"
	"slices"
	"strconv"
	"strings"
)

// formats are the string formats of strict mode with a value of each.
var formats = map[string]string{
	"date-time": "2026-01-15T10:30:00Z", "time": "10:30:00Z", "date": "2026-01-15", "duration": "PT1H30M",
	"email": "photo@example.com", "hostname": "example.com", "ipv4": "192.0.2.1", "ipv6": "2001:db8::1",
	"uuid": "123e4567-e89b-42d3-a456-426614174000",
}

// deepest is where a recursive schema is cut short.
const deepest = 12

// generator writes a value that fits a schema.
type generator struct {
	root   *schema
	chance *rand.Rand
	is     description
	broken FaultKind // one of the rule-breaking kinds, or empty
	asked  int       // keywords that the request's words ask for; zero if they name no number
}

// askedKeywords matches the number of keywords in a request's words.
var askedKeywords = regexp.MustCompile(`(?i)\b(?:(?:between )?(\d{1,3})(?: and | to |-|–)|at (least|most) )(\d{1,3}) (?:different |relevant )?keywords`)

// keywordsAsked is how many keywords a text asks for, the middle of a range; zero if it names none.
func keywordsAsked(text string) int {
	m := askedKeywords.FindStringSubmatch(text)
	if m == nil {
		return 0
	}
	least, _ := strconv.Atoi(m[1])
	most, _ := strconv.Atoi(m[3])
	switch strings.ToLower(m[2]) {
	case "least":
		return max(most, usualKeywords)
	case "most":
		return min(most, usualKeywords)
	}
	return (least + most + 1) / 2
}

// usualKeywords are as many as models write that are asked for 25 to 40.
const usualKeywords = 33

// content returns the JSON text of an answer.
func (g *generator) content() string {
	return string(g.value(g.root, "", 0))
}

// value returns the value of the property called name, as JSON.
func (g *generator) value(s *schema, name string, depth int) []byte {
	if s.Ref != "" {
		if target := g.root.resolve(s.Ref); target != nil && depth < 4*deepest {
			return g.value(target, name, depth+1)
		}
		return []byte("null")
	}
	switch {
	case s.Const != nil:
		return asJSON(s.Const)
	case len(s.Enum) > 0:
		return asJSON(g.pick(s.Enum))
	case len(s.AnyOf) > 0:
		return g.value(g.option(s.AnyOf, depth), name, depth+1)
	}
	kind := "null"
	if len(s.Type) > 0 {
		kind = s.Type[0]
	}
	if depth >= deepest && slices.Contains(s.Type, "null") {
		kind = "null"
	}
	switch kind {
	case "object":
		return g.object(s, depth)
	case "array":
		return g.array(s, name, depth)
	case "string":
		return asJSON(g.text(s, name))
	case "number", "integer":
		return asJSON(s.number(kind == "integer"))
	case "boolean":
		return asJSON(g.chance.IntN(2) == 0)
	}
	return []byte("null")
}

// pick takes an enum's value: the photo's category if it is there. The fault is
// a category that the enum does not have.
func (g *generator) pick(values []any) any {
	i := slices.IndexFunc(values, func(v any) bool {
		s, ok := v.(string)
		return ok && strings.EqualFold(s, g.is.category)
	})
	if _, isText := values[0].(string); isText && g.broken == FaultWrongCategory {
		return "Miscellaneous Things"
	}
	if i < 0 {
		i = g.chance.IntN(len(values))
	}
	return values[i]
}

// option prefers the first, and deep inside a recursion one that ends it.
func (g *generator) option(options []*schema, depth int) *schema {
	if depth >= deepest {
		for _, o := range options {
			if o.Ref == "" && !slices.Contains(o.Type, "object") && !slices.Contains(o.Type, "array") {
				return o
			}
		}
	}
	return options[0]
}

func (g *generator) object(s *schema, depth int) []byte {
	out := []byte{'{'}
	for i, name := range s.Properties.names {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(append(out, asJSON(name)...), ':')
		out = append(out, g.value(s.Properties.of[name], name, depth+1)...)
	}
	return append(out, '}')
}

func (g *generator) array(s *schema, name string, depth int) []byte {
	keywords := s.Items != nil && slices.Equal(s.Items.Type, typeNames{"string"}) && len(s.Items.Enum) == 0 && s.Items.Pattern == "" && s.Items.Format == ""
	n := 3
	if keywords {
		n = cmp.Or(g.asked, usualKeywords)
	}
	if depth >= deepest {
		n = 0
	}
	if s.MinItems != nil {
		n = max(n, *s.MinItems)
	}
	if s.MaxItems != nil {
		n = min(n, *s.MaxItems)
	}
	if g.broken == FaultFewKeywords {
		n = min(n, 1)
	}
	out := []byte{'['}
	for i := range n {
		if i > 0 {
			out = append(out, ',')
		}
		if keywords {
			out = append(out, asJSON(g.keyword(i))...)
		} else if s.Items != nil {
			out = append(out, g.value(s.Items, name, depth+1)...)
		} else {
			out = append(out, "null"...)
		}
	}
	return append(out, ']')
}

// keyword is the i-th keyword; beyond the vocabulary they are numbered.
func (g *generator) keyword(i int) string {
	if n := len(g.is.keywords); i >= n {
		return g.is.keywords[i%n] + " " + strconv.Itoa(i/n+1)
	}
	return g.is.keywords[i]
}

// text returns a string that suits a property's name and keeps its pattern and format.
func (g *generator) text(s *schema, name string) string {
	value := g.is.caption
	switch lower := strings.ToLower(name); {
	case strings.Contains(lower, "category"):
		value = g.is.category
		if g.broken == FaultWrongCategory {
			value = "Miscellaneous Things"
		}
	case strings.Contains(lower, "keyword"):
		value = strings.Join(g.is.keywords[:min(20, len(g.is.keywords))], ", ")
		if g.broken == FaultFewKeywords {
			value = g.is.keywords[0]
		}
	case strings.Contains(lower, "title"):
		value = g.is.title
		if g.broken == FaultBrandTitle {
			value = "Nikon and Coca-Cola beside a " + g.is.keywords[0]
		}
	}
	if s.Format != "" {
		value = formats[s.Format]
	}
	if s.Pattern != "" {
		// Both were checked with the request.
		if matches, err := regexp.MatchString(s.Pattern, value); err == nil && !matches {
			if tree, err := syntax.Parse(s.Pattern, syntax.Perl); err == nil {
				value = matching(tree.Simplify())
			}
		}
	}
	return value
}

// matching returns a short text that an expression matches. Word boundaries in
// the middle are beyond it.
func matching(e *syntax.Regexp) string {
	var b strings.Builder
	switch e.Op {
	case syntax.OpLiteral:
		return string(e.Rune)
	case syntax.OpCharClass:
		if len(e.Rune) > 0 {
			return string(printable(e.Rune))
		}
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return "a"
	case syntax.OpCapture, syntax.OpPlus:
		return matching(e.Sub[0])
	case syntax.OpConcat:
		for _, sub := range e.Sub {
			b.WriteString(matching(sub))
		}
	case syntax.OpAlternate:
		return matching(e.Sub[0])
	case syntax.OpRepeat:
		return strings.Repeat(matching(e.Sub[0]), e.Min)
	}
	return b.String()
}

// printable picks a letter of a class, given as pairs of bounds, or else its first character.
func printable(bounds []rune) rune {
	for i := 0; i < len(bounds); i += 2 {
		if low := max(bounds[i], 'a'); low <= min(bounds[i+1], 'z') {
			return low
		}
	}
	for i := 0; i < len(bounds); i += 2 {
		if low := max(bounds[i], ' '); low <= bounds[i+1] {
			return low
		}
	}
	return bounds[0]
}

// bounds are the least and the greatest number that a schema allows.
func (s *schema) bounds() (low, high float64) {
	low, high = math.Inf(-1), math.Inf(1)
	if s.Minimum != nil {
		low = *s.Minimum
	}
	if s.Above != nil {
		low = max(low, math.Nextafter(*s.Above, math.Inf(1)))
	}
	if s.Maximum != nil {
		high = *s.Maximum
	}
	if s.Below != nil {
		high = min(high, math.Nextafter(*s.Below, math.Inf(-1)))
	}
	return low, high
}

// number returns the multiple within the bounds that is nearest to 1.
func (s *schema) number(whole bool) float64 {
	low, high := s.bounds()
	step := 0.0
	if whole {
		step = 1
	}
	if s.MultipleOf != nil {
		step = *s.MultipleOf
	}
	n := min(max(1, low), high)
	if step > 0 {
		up, down := math.Ceil(n/step)*step, math.Floor(n/step)*step
		if n = up; up > high && down >= low {
			n = down
		}
	}
	return n
}

// asJSON encodes a value that came from JSON, or a string, number or boolean.
func asJSON(v any) []byte {
	data, err := json.Marshal(v)
	if err != nil {
		return []byte("null") // an infinite number: no bounds allow a number at all
	}
	return data
}
