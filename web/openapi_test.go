package web

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"mime"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// document is what the tests need of the API's description.
type document struct {
	Paths      map[string]map[string]json.RawMessage
	Components struct {
		Schemas   map[string]schema
		Responses map[string]response
	}
}

type operation struct {
	OperationID string
	Parameters  []parameter
	RequestBody *struct{ Content map[string]media }
	Responses   map[string]response
	Security    []map[string][]string
}

type parameter struct {
	Name, In string
	Example  any
	Schema   schema
}

type response struct {
	Ref         string `json:"$ref"`
	Description string
	Content     map[string]media
}

type media struct {
	Schema  schema
	Example any
}

type schema map[string]any

func readDocument(t *testing.T) document {
	t.Helper()
	var d document
	if err := json.Unmarshal(openapi(), &d); err != nil {
		t.Fatal(err)
	}
	return d
}

// operations returns the calls of a path by method, and the path's own parameters.
func (d document) operations(t *testing.T, path string) (map[string]operation, []parameter) {
	t.Helper()
	all := make(map[string]operation)
	var shared []parameter
	for name, raw := range d.Paths[path] {
		var err error
		if name == "parameters" {
			err = json.Unmarshal(raw, &shared)
		} else {
			var o operation
			err = json.Unmarshal(raw, &o)
			all[strings.ToUpper(name)] = o
		}
		if err != nil {
			t.Fatalf("%s %s: %v", path, name, err)
		}
	}
	return all, shared
}

// check returns what a value has against a schema. Members that a schema does not list are refused
// everywhere: what is not described is not to be sent.
func (d document) check(s schema, value any, at string) (wrong []string) {
	compiled, err := d.compile(s)
	if err != nil {
		return []string{at + ": " + err.Error()}
	}
	if err := compiled.Validate(value); err != nil {
		return []string{at + ": " + err.Error()}
	}
	return nil
}

// compile makes a validator of a schema that refers to those of the document.
func (d document) compile(s schema) (*jsonschema.Schema, error) {
	text, err := json.Marshal(map[string]any{"allOf": []any{s}, "components": map[string]any{"schemas": d.Components.Schemas}})
	if err != nil {
		return nil, err
	}
	whole, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	closeObjects(whole)
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	c.RegisterFormat(&jsonschema.Format{Name: "date-time", Validate: isUTC})
	c.AssertFormat()
	if err := c.AddResource("tagroll:openapi", whole); err != nil {
		return nil, err
	}
	return c.Compile("tagroll:openapi")
}

// closeObjects makes every schema of an object refuse members that it does not list.
func closeObjects(value any) {
	switch v := value.(type) {
	case map[string]any:
		if _, ok := v["properties"].(map[string]any); ok && v["type"] == "object" && v["additionalProperties"] == nil {
			v["additionalProperties"] = false
		}
		for _, member := range v {
			closeObjects(member)
		}
	case []any:
		for _, element := range v {
			closeObjects(element)
		}
	}
}

// isUTC accepts times as the API writes them.
func isUTC(value any) error {
	text, ok := value.(string)
	if !ok {
		return nil
	}
	if _, err := time.Parse(time.RFC3339, text); err != nil || !strings.HasSuffix(text, "Z") {
		return fmt.Errorf("%q is no time in UTC", text)
	}
	return nil
}

// resolve follows a reference to a response.
func (d document) resolve(r response) response {
	if r.Ref != "" {
		return d.Components.Responses[strings.TrimPrefix(r.Ref, "#/components/responses/")]
	}
	return r
}

// fits checks an answer against the operation's description.
func (d document) fits(t *testing.T, o operation, a answer) {
	t.Helper()
	r, ok := o.Responses[fmt.Sprint(a.StatusCode)]
	if !ok {
		t.Errorf("%s: %s is not described: %s", o.OperationID, a.Status, a.body)
		return
	}
	r = d.resolve(r)
	if len(a.body) == 0 && len(r.Content) == 0 {
		return
	}
	kind, _, _ := mime.ParseMediaType(a.Header.Get("Content-Type"))
	m, ok := r.Content[kind]
	if !ok {
		t.Errorf("%s: %s with %q is not described", o.OperationID, a.Status, kind)
		return
	}
	if kind != "application/json" && kind != "application/problem+json" {
		return
	}
	var value any
	if err := json.Unmarshal(a.body, &value); err != nil {
		t.Errorf("%s: %v", o.OperationID, err)
	}
	for _, wrong := range d.check(m.Schema, value, o.OperationID+" "+a.Status) {
		t.Error(wrong)
	}
}

// Every route is described, and nothing else.
func TestDescriptionHasEveryRoute(t *testing.T) {
	d := readDocument(t)
	described := make(map[string][]string)
	ids := make(map[string]bool)
	for path := range d.Paths {
		operations, _ := d.operations(t, path)
		for method, o := range operations {
			if o.OperationID == "" || ids[o.OperationID] || o.Security == nil {
				t.Errorf("%s %s: operationId %q, security %v", method, path, o.OperationID, o.Security)
			}
			ids[o.OperationID] = true
		}
		described[path] = slices.Sorted(maps.Keys(operations))
	}
	served := make(map[string][]string)
	for path, methods := range routes {
		served[path] = slices.Sorted(maps.Keys(methods))
	}
	for _, path := range slices.Sorted(maps.Keys(described)) {
		if !slices.Equal(described[path], served[path]) {
			t.Errorf("%s: %v are described, %v are served", path, described[path], served[path])
		}
	}
	for _, path := range slices.Sorted(maps.Keys(served)) {
		if described[path] == nil {
			t.Errorf("%s is not described", path)
		}
	}
	var codes []string
	for _, code := range d.Components.Schemas["Problem"]["properties"].(map[string]any)["code"].(map[string]any)["enum"].([]any) {
		codes = append(codes, code.(string))
	}
	if slices.Sort(codes); !slices.Equal(codes, slices.Sorted(maps.Keys(statuses))) {
		t.Errorf("described codes: %v\nthose there are: %v", codes, slices.Sorted(maps.Keys(statuses)))
	}
}

// Every example fits its own schema.
func TestExamplesFit(t *testing.T) {
	d := readDocument(t)
	check := func(m media, at string) {
		if m.Example != nil {
			for _, wrong := range d.check(m.Schema, m.Example, at) {
				t.Error(wrong)
			}
		}
	}
	for path := range d.Paths {
		operations, shared := d.operations(t, path)
		for _, o := range operations {
			for _, p := range slices.Concat(shared, o.Parameters) {
				if p.Example != nil {
					check(media{Schema: p.Schema, Example: p.Example}, o.OperationID+" "+p.Name)
				}
			}
			if o.RequestBody != nil {
				for kind, m := range o.RequestBody.Content {
					if m.Example == nil {
						t.Errorf("%s: no example of %s", o.OperationID, kind)
					}
					check(m, o.OperationID+" request")
				}
			}
			for status, r := range o.Responses {
				for _, m := range d.resolve(r).Content {
					check(m, o.OperationID+" "+status)
				}
			}
		}
	}
}

// Every call's example is made, against the real server with the real engine, and the answer is as
// described.
func TestExamplesWork(t *testing.T) {
	d := readDocument(t)
	for _, path := range slices.Sorted(maps.Keys(d.Paths)) {
		operations, shared := d.operations(t, path)
		for method, o := range operations {
			bodies := map[string]media{"": {}}
			if o.RequestBody != nil {
				bodies = o.RequestBody.Content
			}
			for kind, body := range bodies {
				t.Run(strings.TrimSpace(o.OperationID+" "+kind), func(t *testing.T) {
					s := newSite(t)
					// After this the engine takes batches.
					s.ended(s.newBatch("first.jpg").ID)
					id := s.exampleBatch(o.OperationID)
					target, headers := fill(path, id, slices.Concat(shared, o.Parameters))
					content, kind := exampleBody(kind, body.Example)
					if kind != "" {
						headers = append(headers, "Content-Type", kind)
					}
					if o.OperationID == "streamEvents" {
						s.post("/api/v1/batches/"+id+"/close", "")
					}
					a := s.do(method, target, bytes.NewReader(content), headers...)
					if a.StatusCode >= 300 {
						t.Errorf("%s %s", a.Status, a.body)
					}
					d.fits(t, o, a)
					s.exampleFailures(t, d, o, method, target, kind, content)
				})
			}
		}
	}
}

// exampleFailures makes the same call in ways that cannot succeed, and looks whether the problems
// are described.
func (s *site) exampleFailures(t *testing.T, d document, o operation, method, target, kind string, content []byte) {
	t.Helper()
	if strings.Contains(target, "/batches/") {
		a := s.doWith(newClient(t), method, target, bytes.NewReader(content), "Content-Type", kind, "If-Match", "*")
		wantProblem(t, a, codeNotFound)
		d.fits(t, o, a)
	}
	if method == "GET" || o.OperationID == "deleteBatch" {
		return
	}
	a := s.do(method, target, bytes.NewReader(content), "Content-Type", kind, "Origin",
		"https://elsewhere.example")
	wantProblem(t, a, codeCrossOrigin)
	d.fits(t, o, a)
	if o.RequestBody == nil {
		return
	}
	for _, bad := range []string{"", "{", `{"unknown":1}`, "--x--"} {
		for _, kind := range []string{"text/plain", "application/json", "multipart/form-data; boundary=x"} {
			a := s.do(method, target, strings.NewReader(bad), "Content-Type", kind, "If-Match", "*")
			d.fits(t, o, a)
		}
	}
}

// exampleBatch makes a batch in the state that an operation's example needs, with a photo p1.
func (s *site) exampleBatch(operation string) string {
	b := s.openBatch()
	name := "IMG_1.jpg"
	switch operation {
	case "addPhotos":
		return b.ID
	case "cancelBatch", "continueBatch":
		name = "slow.jpg"
	case "retryBatch":
		name = "refused.jpg"
	}
	path := "/api/v1/batches/" + b.ID
	s.send(path+"/photos", append([]part{{field: "id", content: "p1"}}, photos(name)...))
	if operation == "continueBatch" {
		s.post(path+"/cancel", "")
	}
	if name != "slow.jpg" {
		s.until(b.ID, func(b batchView) bool { return b.Progress.Completed == 1 })
	}
	return b.ID
}

// fill puts examples into a path, a query and headers.
func fill(path, id string, parameters []parameter) (target string, headers []string) {
	var query []string
	for _, p := range parameters {
		if p.Example == nil {
			continue
		}
		value := fmt.Sprint(p.Example)
		switch {
		case p.In == "path" && p.Name == "id":
			path = strings.Replace(path, "{id}", id, 1)
		case p.In == "path":
			path = strings.Replace(path, "{"+p.Name+"}", value, 1)
		case p.In == "query":
			query = append(query, p.Name+"="+value)
		case p.In == "header":
			headers = append(headers, p.Name, value)
		}
	}
	if query != nil {
		path += "?" + strings.Join(query, "&")
	}
	return path, headers
}

// exampleBody writes a request's example; a form's files are names in it.
func exampleBody(kind string, example any) ([]byte, string) {
	if kind != "multipart/form-data" {
		if example == nil {
			return nil, ""
		}
		text, err := json.Marshal(example)
		if err != nil {
			panic(err)
		}
		return text, kind
	}
	var parts []part
	for _, field := range []string{"agencies", "id"} {
		if text, ok := example.(map[string]any)[field].(string); ok {
			parts = append(parts, part{field: field, content: text})
		}
	}
	for _, name := range example.(map[string]any)["photos"].([]any) {
		parts = append(parts, photos(name.(string))...)
	}
	kind, text := form(parts)
	return text, kind
}

func TestDescriptionIsServed(t *testing.T) {
	s := newSite(t)
	a := s.get("/api/openapi.json")
	if a.StatusCode != http.StatusOK || !bytes.Equal(a.body, openapi()) {
		t.Errorf("%s", a.Status)
	}
}

// The exports that are JSON are as described, with and without photos.
func TestExportedJSONIsDescribed(t *testing.T) {
	s := newSite(t)
	d := readDocument(t)
	operations, _ := d.operations(t, "/api/v1/batches/{id}/export/{format}")
	empty := s.openBatch()
	s.post("/api/v1/batches/"+empty.ID+"/close", "")
	for _, id := range []string{s.ended(s.newBatch("a.jpg", "refused.jpg").ID).ID, empty.ID} {
		a := s.get("/api/v1/batches/" + id + "/export/json")
		d.fits(t, operations["GET"], a)
		var document struct {
			Photos  []any
			Summary map[string]any
		}
		if a.into(t, &document); document.Photos == nil || document.Summary == nil {
			t.Errorf("%s", a.body)
		}
	}
}
