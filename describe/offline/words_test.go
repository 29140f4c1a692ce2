package offline

import (
	"math"
	"strings"
	"testing"

	"github.com/tagroll/tagroll"
)

func TestShorten(t *testing.T) {
	for _, test := range []struct{ in, want string }{
		{"short", "short"},
		{"one two three", "one two"},
		{"one two in three", "one two"},
		{"éééééééééééééé", "éééééééééé"},
	} {
		if got := shorten(test.in, 10); got != test.want {
			t.Errorf("shorten(%q) = %q, want %q", test.in, got, test.want)
		}
	}
}

// TestLinear makes sure that the table has the same entries on every processor:
// math.Pow may differ in its last digits, far less than the margin here.
func TestLinear(t *testing.T) {
	for i := range linear {
		if v := exactLinear(i) * 65536; math.Abs(v-math.Floor(v)-0.5) < 1e-6 {
			t.Errorf("entry %d is too near to a half: %v", i, v)
		}
	}
}

func TestColourNames(t *testing.T) {
	for name, colours := range map[hue][][3]uint8{
		black:     {{0, 0, 0}, {20, 18, 22}, {25, 10, 8}},
		gray:      {{128, 128, 128}, {80, 82, 85}, {180, 178, 175}},
		white:     {{255, 255, 255}, {240, 242, 245}},
		red:       {{220, 30, 30}, {150, 10, 15}},
		orange:    {{250, 140, 20}, {210, 130, 45}},
		yellow:    {{250, 220, 30}, {215, 165, 50}},
		green:     {{40, 140, 50}, {90, 120, 50}, {30, 70, 25}},
		turquoise: {{50, 200, 200}},
		blue:      {{30, 80, 190}, {130, 190, 235}, {20, 30, 90}},
		purple:    {{130, 40, 150}},
		pink:      {{245, 130, 180}},
		brown:     {{110, 70, 40}, {70, 45, 30}},
		beige:     {{225, 205, 170}},
	} {
		for _, c := range colours {
			if got := toLab(c[0], c[1], c[2]).name(); got != name {
				t.Errorf("the colour %v is called %v, want %v", c, got, name)
			}
		}
	}
	if w := toLab(255, 255, 255); w.l < 4090 || w.l > 4096 || w.chroma2() > 8 {
		t.Errorf("white is %+v", w)
	}
}

func TestVocabulary(t *testing.T) {
	used := map[tagroll.Category]bool{}
	for w, c := range vocabulary() {
		used[c] = true
		if w != strings.ToLower(w) || split(w)[0] != w {
			t.Errorf("%q will never be found", w)
		}
	}
	for _, c := range tagroll.Categories() {
		if !used[c] {
			t.Errorf("the category %q has no words", c)
		}
	}
	for word, want := range map[string]tagroll.Category{
		"dog": "Animals", "wolves": "Animals", "foxes": "Animals", "churches": "Culture and Religion",
		"strawberries": "Food", "children": "People", "boys": "People", "leaves": "Plants and Flowers", "bank": "",
	} {
		if got := vocabulary()[word]; got != want {
			t.Errorf("the category of %q is %q, want %q", word, got, want)
		}
	}
	for _, text := range []string{"Animals:\ndog dog", "dog", "Beasts:\ndog", "Animals:\ncat\nFood:\ncat"} {
		if m, err := readVocabulary(text); err == nil {
			t.Errorf("the vocabulary %q is read as %v", text, m)
		}
	}
}
