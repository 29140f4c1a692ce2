package openaitest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/tagroll/tagroll"
)

// Limits of strict schemas (https://platform.openai.com/docs/guides/structured-outputs).
const (
	maxSchemaDepth      = 10
	maxSchemaProperties = 5000
	maxEnumValues       = 1000
)

// schemaName is what a schema may be called.
var schemaName = regexp.MustCompile(`^[a-zA-Z0-9_-]{1,64}$`)

// schema is the part of a JSON schema that strict mode allows. Any other keyword
// is a decoding error.
type schema struct {
	Type        typeNames          `json:"type"`
	Title       string             `json:"title"`
	Description string             `json:"description"`
	Properties  properties         `json:"properties"`
	Required    []string           `json:"required"`
	Additional  *bool              `json:"additionalProperties"`
	Items       *schema            `json:"items"`
	Enum        []any              `json:"enum"`
	Const       any                `json:"const"`
	AnyOf       []*schema          `json:"anyOf"`
	Ref         string             `json:"$ref"`
	Defs        map[string]*schema `json:"$defs"`
	Definitions map[string]*schema `json:"definitions"`

	Pattern    string   `json:"pattern"`
	Format     string   `json:"format"`
	MinItems   *int     `json:"minItems"`
	MaxItems   *int     `json:"maxItems"`
	Minimum    *float64 `json:"minimum"`
	Maximum    *float64 `json:"maximum"`
	Above      *float64 `json:"exclusiveMinimum"`
	Below      *float64 `json:"exclusiveMaximum"`
	MultipleOf *float64 `json:"multipleOf"`
}

// typeNames is one type, or several of which one is usually "null".
type typeNames []string

func (t *typeNames) UnmarshalJSON(data []byte) error {
	var one string
	if json.Unmarshal(data, &one) == nil {
		*t = typeNames{one}
		return nil
	}
	return json.Unmarshal(data, (*[]string)(t))
}

// properties keeps the order of the schema, in which models write their fields.
type properties struct {
	names []string
	of    map[string]*schema
}

func (p *properties) UnmarshalJSON(data []byte) error {
	if err := strictJSON(data, &p.of); err != nil {
		return err
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.Token() // the opening brace: data is an object, or the map would not have taken it
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return err
		}
		if s, ok := name.(string); ok && !slices.Contains(p.names, s) {
			p.names = append(p.names, s)
		}
		var skip json.RawMessage
		if err := d.Decode(&skip); err != nil {
			return err
		}
	}
	return nil
}

// readFormat checks response_format.
func (c *chat) readFormat(raw json.RawMessage) *apiError {
	if isNull(raw) {
		return nil
	}
	const param = "response_format"
	var format struct {
		Type       string          `json:"type"`
		JSONSchema json.RawMessage `json:"json_schema"`
	}
	if err := strictJSON(raw, &format); err != nil {
		return invalid(param, "invalid_type", "Invalid 'response_format': %v.", err)
	}
	c.format = format.Type
	switch format.Type {
	case "json_schema":
	case "text", "json_object":
		if !isNull(format.JSONSchema) {
			return invalid(param+".json_schema", "unknown_parameter", "Unknown parameter: 'response_format.json_schema'.")
		}
		if format.Type == "json_object" && !strings.Contains(strings.ToLower(c.text), "json") {
			return invalid("messages", "", "'messages' must contain the word 'json' in some form, to use 'response_format' of type 'json_object'.")
		}
		return nil
	default:
		return invalid(param+".type", "invalid_value", "Invalid value: '%s'. Supported values are: 'text', 'json_object' and 'json_schema'.", format.Type)
	}
	var outer struct {
		Name        string          `json:"name"`
		Description string          `json:"description"`
		Schema      json.RawMessage `json:"schema"`
		Strict      *bool           `json:"strict"`
	}
	if isNull(format.JSONSchema) {
		return invalid(param+".json_schema", "missing_required_parameter", "Missing required parameter: 'response_format.json_schema'.")
	}
	if err := strictJSON(format.JSONSchema, &outer); err != nil {
		return invalid(param+".json_schema", "invalid_type", "Invalid 'response_format.json_schema': %v.", err)
	}
	if !schemaName.MatchString(outer.Name) {
		return invalid(param+".json_schema.name", "invalid_value", "Invalid 'response_format.json_schema.name': string does not match pattern. Expected a string that matches the pattern '^[a-zA-Z0-9_-]+$', of at most 64 characters.")
	}
	if outer.Strict == nil || !*outer.Strict {
		return invalid(param+".json_schema.strict", "unsupported_value", "Unsupported value: 'response_format.json_schema.strict' must be true on this stand-in server.")
	}
	parsed, err := parseSchema(outer.Schema)
	if err != nil {
		return invalid(param, "", "Invalid schema for response_format '%s': %v.", outer.Name, err)
	}
	c.schema, c.schemaLen = parsed, len(outer.Schema)
	return nil
}

// parseSchema reads a schema and checks it against the rules of strict mode.
func parseSchema(raw json.RawMessage) (*schema, error) {
	if isNull(raw) {
		return nil, fmt.Errorf("schema must have a 'type' key")
	}
	root := new(schema)
	if err := strictJSON(raw, root); err != nil {
		//lint:ignore ST1005 these are OpenAI's words
		return nil, fmt.Errorf("In context=(), %v: this keyword or value is not permitted", err)
	}
	if len(root.AnyOf) > 0 || len(root.Type) != 1 || root.Type[0] != "object" {
		return nil, fmt.Errorf("schema must be a JSON Schema of 'type: \"object\"' without 'anyOf', got 'type: %q'", []string(root.Type))
	}
	check := schemaCheck{root: root}
	return root, check.visit(root, nil, 1)
}

// schemaCheck walks a schema once.
type schemaCheck struct {
	root       *schema
	properties int
}

// visit checks a schema and all that it is made of. path is where it stands.
func (k *schemaCheck) visit(s *schema, path []string, depth int) error {
	fail := func(format string, args ...any) error {
		//lint:ignore ST1005 these are OpenAI's words
		return fmt.Errorf("In context=(%s), %s", strings.Join(path, ", "), fmt.Sprintf(format, args...))
	}
	at := func(names ...string) []string { return append(slices.Clone(path), names...) }
	if s == nil {
		return fail("a schema is null")
	}
	if depth > maxSchemaDepth {
		return fail("the schema has more than %d levels of nesting", maxSchemaDepth)
	}
	if s.Ref != "" {
		if k.root.resolve(s.Ref) == nil {
			return fail("reference '%s' can not be resolved", s.Ref)
		}
		return nil // its target is visited where it is defined
	}
	if err := k.own(s); err != nil {
		return fail("%v", err)
	}
	for _, name := range s.Properties.names {
		if err := k.visit(s.Properties.of[name], at("'properties'", "'"+name+"'"), depth+1); err != nil {
			return err
		}
	}
	if slices.Contains(s.Type, "array") {
		if s.Items == nil {
			return fail("array schema missing items")
		}
		if err := k.visit(s.Items, at("'items'"), depth+1); err != nil {
			return err
		}
	}
	for _, option := range s.AnyOf {
		if err := k.visit(option, at("'anyOf'"), depth); err != nil {
			return err
		}
	}
	for _, defs := range []map[string]*schema{s.Defs, s.Definitions} {
		for _, name := range slices.Sorted(maps.Keys(defs)) {
			if err := k.visit(defs[name], at("'$defs'", "'"+name+"'"), depth); err != nil {
				return err
			}
		}
	}
	return nil
}

// own checks a schema without what it is made of. Its errors are in OpenAI's words.
func (k *schemaCheck) own(s *schema) error {
	for _, t := range s.Type {
		if !slices.Contains([]string{"string", "number", "integer", "boolean", "object", "array", "null"}, t) {
			return fmt.Errorf("'%s' is not a valid type", t)
		}
	}
	if len(s.Type) == 0 && len(s.AnyOf) == 0 && len(s.Enum) == 0 && s.Const == nil {
		return errors.New("schema must have a 'type' key")
	}
	if len(s.Enum) > maxEnumValues {
		return fmt.Errorf("enum has more than %d values", maxEnumValues)
	}
	if err := s.checkLimits(); err != nil {
		return err
	}
	if slices.Contains(s.Type, "object") {
		if s.Additional == nil || *s.Additional {
			return errors.New("'additionalProperties' is required to be supplied and to be false")
		}
		for _, name := range s.Properties.names {
			if !slices.Contains(s.Required, name) {
				return fmt.Errorf("'required' is required to be supplied and to be an array including every key in properties. Missing '%s'", name)
			}
		}
		for _, name := range s.Required {
			if s.Properties.of[name] == nil {
				return fmt.Errorf("'required' names '%s', which is no property", name)
			}
		}
		if k.properties += len(s.Properties.names); k.properties > maxSchemaProperties {
			return fmt.Errorf("the schema has more than %d properties", maxSchemaProperties)
		}
	}
	return nil
}

// checkLimits refuses limits that no value can keep, and patterns that cannot be read.
func (s *schema) checkLimits() error {
	low, high := s.bounds()
	switch {
	case s.MinItems != nil && *s.MinItems < 0 || s.MaxItems != nil && *s.MaxItems < 0:
		return fmt.Errorf("minItems and maxItems must not be negative")
	case s.MinItems != nil && s.MaxItems != nil && *s.MinItems > *s.MaxItems:
		return fmt.Errorf("minItems is greater than maxItems")
	case s.MinItems != nil && *s.MinItems > 10_000:
		return fmt.Errorf("minItems is greater than 10000")
	case low > high:
		return fmt.Errorf("the minimum is greater than the maximum")
	case s.MultipleOf != nil && *s.MultipleOf <= 0:
		return fmt.Errorf("multipleOf must be positive")
	case s.Format != "" && formats[s.Format] == "":
		return fmt.Errorf("format '%s' is not supported", s.Format)
	}
	if s.Pattern != "" {
		if _, err := regexp.Compile(s.Pattern); err != nil {
			return fmt.Errorf("pattern '%s' is not a valid regex", s.Pattern)
		}
	}
	return nil
}

// resolve finds the target of a reference within the document; nil if there is none.
func (s *schema) resolve(ref string) *schema {
	if ref == "#" {
		return s
	}
	if name, ok := strings.CutPrefix(ref, "#/$defs/"); ok {
		return s.Defs[name]
	}
	if name, ok := strings.CutPrefix(ref, "#/definitions/"); ok {
		return s.Definitions[name]
	}
	return nil
}

// defaultSchema is what an answer looks like when none was asked for.
func defaultSchema() *schema {
	var categories []any
	for _, c := range tagroll.Categories() {
		categories = append(categories, string(c))
	}
	list, least, most := &schema{Type: typeNames{"string"}}, 20, 30
	return &schema{Type: typeNames{"object"}, Properties: properties{
		names: []string{"title", "keywords", "category"},
		of: map[string]*schema{
			"title":    {Type: typeNames{"string"}},
			"keywords": {Type: typeNames{"array"}, Items: list, MinItems: &least, MaxItems: &most},
			"category": {Type: typeNames{"string"}, Enum: categories},
		},
	}}
}
