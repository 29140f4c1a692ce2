package export

import (
	"maps"
	"testing"
	"time"

	"github.com/tagroll/tagroll"
)

// What a person says counts before what the file says, and that before what a model saw.
func TestOrigins(t *testing.T) {
	lisbon := tagroll.Place{City: "Lisbon"}
	taken := time.Date(2026, 5, 14, 0, 0, 0, 0, time.UTC)
	seen := &tagroll.Metadata{Recognizable: []string{"people", "property"}}
	for name, test := range map[string]struct {
		result tagroll.Result
		want   map[string]string
	}{
		"nothing":  {tagroll.Result{Metadata: &tagroll.Metadata{Title: "Tram"}}, nil},
		"file":     {tagroll.Result{Facts: tagroll.Facts{Place: lisbon, Taken: taken}}, map[string]string{"place": "file", "date": "file"}},
		"position": {tagroll.Result{Facts: tagroll.Facts{Place: lisbon, PlaceByPosition: true}}, map[string]string{"place": "position"}},
		"model":    {tagroll.Result{Metadata: seen}, map[string]string{"people": "model", "property": "model"}},
		"user": {tagroll.Result{
			Metadata: seen, Facts: tagroll.Facts{Place: lisbon, PlaceByPosition: true},
			Details: &tagroll.Details{Place: tagroll.Place{City: "Porto"}, Editorial: true, ModelReleases: []string{"MR Ana"}},
		}, map[string]string{"place": "user", "editorial": "user", "people": "user", "property": "model"}},
	} {
		if got := Origins(test.result); !maps.Equal(got, test.want) {
			t.Errorf("%s: %v, want %v", name, got, test.want)
		}
	}
}
