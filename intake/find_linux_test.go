package intake

import (
	"encoding/json"
	"testing"
	"unicode/utf8"
)

// Other systems do not allow such names.
func TestNamesThatAreNotUTF8(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "d/\xff.jpg", jpegBytes+"ff")
	write(t, "d/\xfe.jpg", jpegBytes+"fe")
	write(t, "d/%FF.jpg", jpegBytes+"percent")
	write(t, "d/\xe9t\xe9/a.jpg", jpegBytes+"folder")
	for _, input := range []string{"d", "d/**/*.jpg"} {
		found := mustFind(t, input)
		if len(found.Photos) != 4 || len(found.Problems) != 0 {
			t.Fatalf("%q: %d photos, problems %v", input, len(found.Photos), found.Problems)
		}
		ids := make(map[string]bool)
		for _, photo := range found.Photos {
			if _, err := Read(t.Context(), photo, Limits{}); err != nil {
				t.Errorf("%q: %v", photo.Path, err)
			}
			var back struct{ ID string }
			text, err := json.Marshal(photo)
			if err != nil || json.Unmarshal(text, &back) != nil || back.ID != photo.ID || !utf8.ValidString(photo.ID) {
				t.Errorf("ID %q is %q after JSON (%v)", photo.ID, back.ID, err)
			}
			ids[photo.ID] = true
		}
		if len(ids) != 4 {
			t.Errorf("%q: only %d different IDs: %v", input, len(ids), ids)
		}
	}
}
