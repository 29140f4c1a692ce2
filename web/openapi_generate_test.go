package web

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/queue"
	"github.com/tagroll/tagroll/wording"
)

var update = flag.Bool("update", false, "write openapi.json and the types of the page anew")

// The description of the API has two sources: openapi_paths.json says what the calls do, with
// examples, and the structs that are read and written say what bodies look like. Their comments are
// the descriptions. TestDescriptionIsGenerated holds openapi.json against both.

// describedTypes are the bodies of the API by the names that openapi_paths.json uses.
var describedTypes = map[string]any{
	"Batch": batchView{}, "Batches": batchesView{}, "Describer": describerView{}, "Progress": progressView{}, "Usage": usageView{}, "PerPhoto": perPhotoView{}, "Limiter": limiterView{},
	"Error": errorView{}, "Metadata": tagroll.Metadata{}, "Finding": tagroll.Finding{}, "Photo": photoView{},
	"Duplicate": duplicateView{}, "Added": addedView{}, "Retried": retriedView{}, "DescribedAgain": describedAgainView{},
	"Edited": editedView{}, "Skipped": skippedView{}, "Conflict": conflictView{}, "Removed": removedView{},
	"Service": serviceView{}, "Agency": agencyView{}, "AgencyLimits": agencyLimitsView{}, "Format": formatView{},
	"Limits": limitsView{}, "Image": imageView{}, "Ready": readyView{}, "Health": healthView{}, "Problem": problemDocument{},
	"NewBatch": newBatch{}, "BatchTexts": batchTexts{}, "Retry": retryRequest{}, "DescribeAgain": describeRequest{},
	"Edit": edit{}, "PhotoEdit": photoEdit{}, "Details": detailsView{}, "Origins": originsView{}, "Place": tagroll.Place{}, "Upload": uploadForm{},
	"Brief": briefBody{}, "Existing": existingBody{}, "TitleBrief": tagroll.TitleBrief{}, "KeywordBrief": tagroll.KeywordBrief{},
}

// requestTypes are those of describedTypes that clients send: unknown members are refused.
var requestTypes = []string{"NewBatch", "BatchTexts", "Retry", "DescribeAgain", "Edit", "PhotoEdit", "Upload"}

// uploadForm describes the parts of a multipart upload, which are read in order: each photo is
// worked on as soon as it has arrived.
type uploadForm struct {
	// Names, separated by commas, before the first photo. Only where a batch is made.
	Agencies string `json:"agencies,omitempty"`
	// What the batch is called, before the first photo. Only where a batch is made.
	Name string `json:"name,omitempty"`
	// What the describer should know of the shoot, before the first photo. Only where a batch
	// is made.
	Context string `json:"context,omitempty"`
	// What is asked of the words: a Brief as JSON, before the first photo. Only where a batch
	// is made.
	Brief string `json:"brief,omitempty"`
	// Your own name for the next photo. Sending it again changes nothing.
	ID string `json:"id,omitempty"`
	// Where the next photo stands in the batch, 1 or more; smallest first. Default: behind the
	// others.
	Position string `json:"position,omitempty"`
	// The first bytes (at most 1 MiB) of the next photo's original, if the photo is a copy made
	// smaller: what they say of camera, date and place is read.
	Head string `json:"head,omitempty"`
	// One part a photo, in any number.
	Photos []string `json:"photos"`
}

// problemDocument is a failure (RFC 9457). Which of the members behind instance are there depends
// on code.
type problemDocument struct {
	Type   string `json:"type"`
	Title  string `json:"title"`
	Status int    `json:"status"`
	// Stable; branch on this.
	Code string `json:"code"`
	// For people: what to do.
	Detail string `json:"detail"`
	// The path.
	Instance string `json:"instance"`
	// With 429 and 503.
	RetryAfterSeconds int `json:"retry_after_seconds,omitempty"`
	// With 429: which one.
	Limit string     `json:"limit,omitempty"`
	Photo *photoView `json:"photo,omitempty"`
	// Those that were accepted or changed before the failure.
	Photos []photoView `json:"photos,omitempty"`
	// With 412 of a bulk edit: the photos because of which it was not made.
	Conflicts []conflictView `json:"conflicts,omitempty"`
	// The element of a bulk edit that cannot be made.
	ID             string             `json:"id,omitempty"`
	Formats        []string           `json:"formats,omitempty"`
	Agencies       []string           `json:"agencies,omitempty"`
	Categories     []tagroll.Category `json:"categories,omitempty"`
	Progress       *progressView      `json:"progress,omitempty"`
	PhotosPerBatch int                `json:"photos_per_batch,omitempty"`
}

// generator makes schemas of Go types.
type generator struct {
	names map[reflect.Type]string
	// comments are those of "type" and "type.Field", package tagroll's with its name before.
	comments map[string]string
}

const idPattern = "^[A-Za-z0-9_-]{1,64}$"

// details are what types do not say, by schema and member.
var details = map[string]schema{
	"Batch.id": {"pattern": idPattern}, "Photo.id": {"pattern": idPattern}, "PhotoEdit.id": {"pattern": idPattern}, "Upload.id": {"pattern": idPattern},
	"Edit.title": {"maxLength": wording.MaxTitle}, "PhotoEdit.title": {"maxLength": wording.MaxTitle},
	"Edit.description": {"maxLength": maxDescription}, "PhotoEdit.description": {"maxLength": maxDescription},
	"Edit.keywords": {"maxItems": wording.MaxKeywords}, "PhotoEdit.keywords": {"maxItems": wording.MaxKeywords},
	"NewBatch.name": {"maxLength": maxBatchName}, "BatchTexts.name": {"maxLength": maxBatchName},
	"NewBatch.context": {"maxLength": maxContext}, "BatchTexts.context": {"maxLength": maxContext},
	"TitleBrief.case": {"enum": []string{"sentence", "title"}}, "Brief.only": {"items": schema{"type": "string", "enum": wording.Fields()}},
	"DescribeAgain.photos": {"minItems": 1},
	"Batch.photos":         {},
	"Finding.field":        {"enum": []string{"filename", "title", "description", "keywords", "category", "release"}},
	"Service.delivery":     {"enum": []string{"inline", "url", "none"}},
	"Problem.limit":        {"enum": slices.Sorted(maps.Keys(limitNames))},
	"Problem.code":         {"enum": slices.Sorted(maps.Keys(statuses))},
	"Upload.photos":        {"items": schema{"type": "string", "contentMediaType": "application/octet-stream"}},
	"Upload.head":          {"contentMediaType": "application/octet-stream"},
	"Upload.position":      {"pattern": "^[1-9][0-9]*$"},
	"Image.quality":        {"maximum": 100},
}

// enums are the types with few values.
var enums = map[reflect.Type][]string{
	reflect.TypeFor[queue.State]():         {"open", "processing", "completed", "cancelled"},
	reflect.TypeFor[queue.PhotoState]():    {"pending", "processing", "successful", "needs_review", "failed"},
	reflect.TypeFor[tagroll.Severity]():    {"error", "warning"},
	reflect.TypeFor[tagroll.PauseReason](): {"retry_after", "pace", "budget", "requests", "tokens", "input_tokens", "output_tokens"},
	reflect.TypeFor[tagroll.Existing]():    {"use", "keep", "merge", "replace", "skip"},
}

func newGenerator(t *testing.T) *generator {
	g := &generator{names: make(map[reflect.Type]string), comments: make(map[string]string)}
	for name, value := range describedTypes {
		g.names[reflect.TypeOf(value)] = name
	}
	g.readComments(t, "", "*.go")
	g.readComments(t, "tagroll.", "../*.go")
	return g
}

// readComments collects the comments of structs and their fields.
func (g *generator) readComments(t *testing.T, prefix, pattern string) {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		tree, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		for _, declaration := range tree.Decls {
			general, ok := declaration.(*ast.GenDecl)
			if !ok || general.Tok != token.TYPE {
				continue
			}
			for _, spec := range general.Specs {
				g.readStruct(prefix, general, spec.(*ast.TypeSpec))
			}
		}
	}
}

func (g *generator) readStruct(prefix string, declaration *ast.GenDecl, spec *ast.TypeSpec) {
	fields, ok := spec.Type.(*ast.StructType)
	if !ok {
		return
	}
	name := prefix + spec.Name.Name
	g.comments[name] = flat(declaration.Doc)
	for _, field := range fields.Fields.List {
		text := flat(field.Doc)
		if text == "" {
			text = flat(field.Comment)
		}
		for _, n := range field.Names {
			g.comments[name+"."+n.Name] = text
		}
	}
}

func flat(comment *ast.CommentGroup) string { return strings.Join(strings.Fields(comment.Text()), " ") }

// object returns the schema of a struct.
func (g *generator) object(name string, of reflect.Type) schema {
	s := schema{"type": "object"}
	properties := schema{}
	var required []string
	g.fields(name, of, properties, &required)
	s["properties"] = properties
	if required != nil {
		slices.Sort(required)
		s["required"] = required
	}
	if text := g.comment(of, ""); text != "" {
		_, rest, found := strings.Cut(text, " is ")
		if found && strings.HasPrefix(text, of.Name()+" ") {
			text = strings.ToUpper(rest[:1]) + rest[1:]
		}
		s["description"] = strings.TrimPrefix(text, of.Name()+" ")
	}
	if slices.Contains(requestTypes, name) {
		s["additionalProperties"] = false
		if required == nil && name != "NewBatch" && name != "Retry" {
			s["minProperties"] = 1
		}
	}
	return s
}

func (g *generator) comment(of reflect.Type, field string) string {
	key := of.Name()
	if of.PkgPath() == "github.com/tagroll/tagroll" {
		key = "tagroll." + key
	}
	if field != "" {
		key += "." + field
	}
	return g.comments[key]
}

func (g *generator) fields(name string, of reflect.Type, properties schema, required *[]string) {
	for field := range of.Fields() {
		if field.Anonymous {
			g.fields(name, field.Type, properties, required)
			continue
		}
		member, options, _ := strings.Cut(field.Tag.Get("json"), ",")
		if member == "-" {
			continue
		}
		s := g.of(field.Type)
		optional := strings.Contains(options, "omitempty") || strings.Contains(options, "omitzero")
		if field.Type.Kind() == reflect.Pointer && !optional {
			s["type"] = []any{s["type"], "null"}
		}
		if !optional {
			*required = append(*required, member)
		}
		if text := g.comment(of, field.Name); text != "" {
			if rest, ok := strings.CutPrefix(text, field.Name+" "); ok {
				text = member + " " + rest
			}
			s["description"] = text
		}
		maps.Copy(s, details[name+"."+member])
		properties[member] = s
	}
}

// of returns the schema of a type.
func (g *generator) of(t reflect.Type) schema {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if name := g.names[t]; name != "" {
		return schema{"$ref": "#/components/schemas/" + name}
	}
	if values := enums[t]; values != nil {
		return schema{"type": "string", "enum": values}
	}
	switch {
	case t == reflect.TypeFor[time.Time]():
		return schema{"type": "string", "format": "date-time"}
	case t.Kind() == reflect.Slice:
		return schema{"type": "array", "items": g.of(t.Elem())}
	case t.Kind() == reflect.Map && t.Key().Kind() == reflect.String:
		return schema{"type": "object", "additionalProperties": g.of(t.Elem())}
	case t.Kind() == reflect.String:
		return schema{"type": "string"}
	case t.Kind() == reflect.Bool:
		return schema{"type": "boolean"}
	case t.Kind() == reflect.Float64:
		return schema{"type": "number", "minimum": 0}
	case t.ConvertibleTo(reflect.TypeFor[int64]()):
		return schema{"type": "integer", "minimum": 0}
	}
	panic(fmt.Sprintf("no schema for %s", t))
}

// generated is openapi.json as its sources make it.
func generated(t *testing.T) []byte {
	t.Helper()
	source, err := os.ReadFile("openapi_paths.json")
	if err != nil {
		t.Fatal(err)
	}
	var d map[string]any
	if err := json.Unmarshal(source, &d); err != nil {
		t.Fatal(err)
	}
	g := newGenerator(t)
	schemas := schema{}
	for name, value := range describedTypes {
		schemas[name] = g.object(name, reflect.TypeOf(value))
	}
	d["components"].(map[string]any)["schemas"] = schemas
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(d); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// typesOfPage is where the page's editor and type checker find the API's types.
const typesOfPage = "page/api.d.ts"

func TestDescriptionIsGenerated(t *testing.T) {
	description := generated(t)
	for name, want := range map[string][]byte{"openapi.json": description, "openapi.json.gz": packed(t, description), typesOfPage: typeScript(t)} {
		if *update {
			if err := os.WriteFile(name, want, 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		got, err := os.ReadFile(name)
		if strings.HasSuffix(name, ".gz") {
			// Another version of Go may compress otherwise.
			got, want = openapi(), description
		}
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s is not what its sources say (%v): go test ./web -run TestDescriptionIsGenerated -update", name, err)
		}
	}
}

// packed is the description as the program holds it.
func packed(t *testing.T, text []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err == nil {
		_, err = w.Write(text)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// typeScript declares the schemas as types.
func typeScript(t *testing.T) []byte {
	t.Helper()
	var d struct {
		Components struct{ Schemas map[string]schema }
	}
	if err := json.Unmarshal(generated(t), &d); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	b.WriteString("// The API's types, generated from the server's structs:\n" +
		"// go test ./web -run TestDescriptionIsGenerated -update\n")
	for _, name := range slices.Sorted(maps.Keys(d.Components.Schemas)) {
		s := d.Components.Schemas[name]
		if text, ok := s["description"].(string); ok {
			b.WriteString("\n" + strings.TrimSuffix(docComment("", text), "\n"))
		}
		fmt.Fprintf(&b, "\nexport interface %s {\n", name)
		properties := s["properties"].(map[string]any)
		required, _ := s["required"].([]any)
		for _, member := range slices.Sorted(maps.Keys(properties)) {
			p := properties[member].(map[string]any)
			if text, ok := p["description"].(string); ok {
				b.WriteString(docComment("  ", text))
			}
			mark := "?"
			if slices.Contains(required, any(member)) {
				mark = ""
			}
			fmt.Fprintf(&b, "  %s%s: %s;\n", member, mark, typeScriptOf(p))
		}
		b.WriteString("}\n")
	}
	return b.Bytes()
}

// docComment writes text as a comment of at most 100 columns.
func docComment(indent, text string) string {
	const columns = 100
	if line := indent + "/** " + text + " */\n"; utf8.RuneCountInString(line) <= columns {
		return line
	}
	var b strings.Builder
	b.WriteString(indent + "/**\n")
	line := indent + " *"
	for word := range strings.FieldsSeq(text) {
		if utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > columns {
			b.WriteString(line + "\n")
			line = indent + " *"
		}
		line += " " + word
	}
	b.WriteString(line + "\n" + indent + " */\n")
	return b.String()
}

func typeScriptOf(s map[string]any) string {
	if ref, ok := s["$ref"].(string); ok {
		return strings.TrimPrefix(ref, "#/components/schemas/")
	}
	if values, ok := s["enum"].([]any); ok {
		var texts []string
		for _, v := range values {
			texts = append(texts, fmt.Sprintf("%q", v))
		}
		return strings.Join(texts, " | ")
	}
	kinds, ok := s["type"].([]any)
	if !ok {
		kinds = []any{s["type"]}
	}
	var texts []string
	for _, kind := range kinds {
		switch kind {
		case "array":
			texts = append(texts, "Array<"+typeScriptOf(s["items"].(map[string]any))+">")
		case "integer", "number":
			texts = append(texts, "number")
		case "object":
			texts = append(texts, "Record<string, "+typeScriptOf(s["additionalProperties"].(map[string]any))+">")
		default:
			texts = append(texts, kind.(string))
		}
	}
	return strings.Join(texts, " | ")
}
