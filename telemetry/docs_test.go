package telemetry

import (
	"encoding/json"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/tagroll/tagroll/internal/prom"
)

var (
	metricName = regexp.MustCompile(`\b(?:tagroll|go|process)_[a-z0-9_]+\b`)
	// tableRow is a row of a table of metrics: | `name` | type | labels | meaning |.
	tableRow = regexp.MustCompile("(?m)^\\| `(tagroll_[a-z0-9_]+)` \\| (counter|gauge|histogram) \\| ([^|]*)\\| ([^|]+) \\|$")
)

// families returns what is registered, by name, when everything has happened once.
func families(t *testing.T) map[string]prom.Family {
	t.Helper()
	tel, _ := newTelemetry(t)
	exercise(t, tel)
	named := make(map[string]prom.Family)
	for _, f := range tel.registry.Gather() {
		named[f.Name] = f
	}
	return named
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// registered reports whether a name in a query is one of a metric, or of a part of a histogram.
func registered(families map[string]prom.Family, name string) bool {
	if _, ok := families[name]; ok {
		return true
	}
	for _, suffix := range []string{"_bucket", "_sum", "_count"} {
		if base, ok := strings.CutSuffix(name, suffix); ok && families[base].Desc != nil && families[base].Kind == prom.KindHistogram {
			return true
		}
	}
	return false
}

// Every metric is documented with its type and labels, and nothing else is.
func TestMetricsAreDocumented(t *testing.T) {
	families := families(t)
	text := read(t, "../docs/operations.md")
	documented := make(map[string]bool)
	for _, row := range tableRow.FindAllStringSubmatch(text, -1) {
		name, kind, labels := row[1], row[2], row[3]
		documented[name] = true
		f, ok := families[name]
		if !ok {
			t.Errorf("%s is documented and does not exist", name)
			continue
		}
		if want := string(f.Kind); kind != want {
			t.Errorf("%s is documented as a %s and is a %s", name, kind, want)
		}
		want := make(map[string]bool)
		for _, label := range f.Labels {
			want[label] = true
		}
		got := make(map[string]bool)
		for _, label := range regexp.MustCompile("`([a-z]+)`").FindAllStringSubmatch(labels, -1) {
			got[label[1]] = true
		}
		if !maps.Equal(got, want) {
			t.Errorf("%s is documented with the labels %v and has %v", name, slices.Sorted(maps.Keys(got)), slices.Sorted(maps.Keys(want)))
		}
	}
	for name := range families {
		if strings.HasPrefix(name, "tagroll_") && !documented[name] {
			t.Errorf("%s is not documented", name)
		}
	}
	for _, name := range metricName.FindAllString(text, -1) {
		if strings.HasPrefix(name, "tagroll_") && !registered(families, name) {
			t.Errorf("the page speaks of %s, which does not exist", name)
		}
	}
}

// Every query of the dashboard is about metrics that exist, with labels that they have, and every
// metric of ours is on it.
func TestDashboard(t *testing.T) {
	families := families(t)
	var dashboard struct {
		Panels []struct {
			ID      int
			Type    string
			Title   string
			Targets []struct{ Expr string }
			GridPos struct{ X, Y, W, H int }
		}
		Templating struct {
			List []struct{ Name, Definition string }
		}
	}
	if err := json.Unmarshal([]byte(read(t, "../docs/grafana/tagroll.json")), &dashboard); err != nil {
		t.Fatal(err)
	}
	shown := make(map[string]bool)
	check := func(where, query string) {
		names := metricName.FindAllString(query, -1)
		if len(names) == 0 && strings.Contains(query, "_") {
			t.Errorf("%s: there is no metric in %q", where, query)
		}
		for _, name := range names {
			if !registered(families, name) {
				t.Errorf("%s: %s does not exist", where, name)
			}
			shown[name] = true
			for _, label := range usedLabels(query) {
				if !hasLabel(families, name, label) && !slices.Contains([]string{"job", "instance", "le"}, label) {
					t.Errorf("%s: %s has no label %s", where, name, label)
				}
			}
		}
	}
	ids := make(map[int]bool)
	for _, p := range dashboard.Panels {
		if ids[p.ID] || p.GridPos.X+p.GridPos.W > 24 || p.Title == "" || (p.Type != "row") != (len(p.Targets) > 0) {
			t.Errorf("panel %d %q is there twice, has no title or query, or does not fit", p.ID, p.Title)
		}
		ids[p.ID] = true
		for _, target := range p.Targets {
			check(p.Title, target.Expr)
		}
	}
	for _, v := range dashboard.Templating.List {
		check(v.Name, v.Definition)
	}
	for name := range families {
		if strings.HasPrefix(name, "tagroll_") && !shown[name] && !shown[name+"_bucket"] {
			t.Errorf("%s is on no panel", name)
		}
	}
}

var (
	matchers = regexp.MustCompile(`([a-z]+)(?:=~|!~|!=|=)"`)
	grouping = regexp.MustCompile(`by \(([a-z, ]+)\)`)
)

// usedLabels returns the labels by which a query selects and groups. A query of ours that divides
// has the same metric twice, or groups by nothing.
func usedLabels(query string) []string {
	var labels []string
	if strings.Contains(query, ") / ") {
		return nil
	}
	for _, m := range matchers.FindAllStringSubmatch(query, -1) {
		labels = append(labels, m[1])
	}
	for _, m := range grouping.FindAllStringSubmatch(query, -1) {
		for label := range strings.SplitSeq(m[1], ",") {
			labels = append(labels, strings.TrimSpace(label))
		}
	}
	return labels
}

func hasLabel(families map[string]prom.Family, name, label string) bool {
	for _, suffix := range []string{"", "_bucket"} {
		f := families[strings.TrimSuffix(name, suffix)]
		if f.Desc != nil && slices.Contains(f.Labels, label) {
			return true
		}
	}
	return false
}
