package page

import (
	"strings"
	"testing"
)

// Modules run in a browser's order, each in its block; what a circle needs is handed on later.
func TestBundle(t *testing.T) {
	sources := map[string][]byte{
		"js/app.js":          []byte("import htm from './vendor/htm.mjs';\nimport { a as first } from './a.js';\nimport * as b from './b.js';\nimport './a.js';\nfirst(b.two, htm);\n"),
		"js/a.js":            []byte("import { two } from './b.js';\nimport { h } from './vendor/htm.mjs';\nexport function a() {\n  return two + h;\n}\n"),
		"js/b.js":            []byte("import { a, c as d } from './a.js';\nconst own = 1;\nexport const two = () => a(d);\nexport { own };\n"),
		"js/vendor/htm.mjs":  []byte("export default 1;\n"),
		"js/never-needed.js": []byte("export const x = 1;\n"),
	}
	got, err := bundle(sources)
	if err != nil {
		t.Fatal(err)
	}
	const want = `import * as $v0 from './vendor/htm.mjs';
const $m = [], $later = [];
{
let a, d; ($later[1] ??= []).push((m) => ({ a, c: d } = m));
const own = 1;
const two = () => a(d);
$m[2] = { two, own };
$later[2]?.forEach((set) => set($m[2]));
}
{
const { two } = $m[2];
const { h } = $v0;
function a() {
  return two + h;
}
$m[1] = { a };
$later[1]?.forEach((set) => set($m[1]));
}
{
const htm = $v0.default;
const { a: first } = $m[1];
const b = $m[2];
first(b.two, htm);
$later[0]?.forEach((set) => set($m[0]));
}
`
	if string(got) != want {
		t.Errorf("the bundle is\n%s", got)
	}
}

// A module that is missing, or written in a form that the bundle does not know, is an error, not a
// page that does nothing.
func TestBundleErrors(t *testing.T) {
	for text, want := range map[string]string{
		"import { a } from './b.js';\n":                            "js/b.js",
		"export default 1;\n":                                      "understands",
		"import {\n  a,\n} from './b.js';\n":                       "understands",
		"import { a } from './c.js';\n// c.js imports what is not": "js/b.js",
	} {
		_, err := bundle(map[string][]byte{"js/app.js": []byte(text), "js/c.js": []byte("import './b.js';\n")})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", text, err)
		}
	}
}
