package agency_test

import (
	"fmt"
	"strings"
	"time"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/agency"
)

func Example() {
	adobe, err := agency.Lookup("adobe-stock")
	if err != nil {
		fmt.Println(err)
		return
	}
	m := adobe.Normalize(tagroll.Metadata{
		Title:    "Hiker, with a Nikon, above the clouds.",
		Keywords: []string{"#Hiker", "hiker", "mountain, summit", "Nikon", "fog", "trail"},
		Category: "landscapes",
	})
	fmt.Println(m.Title)
	fmt.Println(strings.Join(m.Keywords, ", "))
	for _, f := range adobe.Check("IMG_0001.jpg", m) {
		fmt.Printf("%s: %s\n", f.Severity, f.Message)
	}
	// Output:
	// Hiker with a Nikon above the clouds
	// hiker, mountain, summit, fog, trail, clouds
	// error: the title names a brand ("Nikon"): leave it out
	// warning: there are 6 keywords and at least 15 are recommended: add some
}

func ExampleAgency_Row() {
	adobe, err := agency.Lookup("adobe-stock")
	if err != nil {
		fmt.Println(err)
		return
	}
	row := adobe.Row(tagroll.Result{
		Photo:    tagroll.Photo{Name: "tea.jpg"},
		Metadata: &tagroll.Metadata{Title: "Cup of tea", Keywords: []string{"tea", "cup"}, Category: "Drinks"},
	})
	for i, name := range adobe.Layout().Header {
		fmt.Printf("%s=%s\n", name, row[i])
	}
	// Output:
	// Filename=tea.jpg
	// Title=Cup of tea
	// Keywords=tea, cup
	// Category=4
	// Releases=
}

// Words that begin with an agency's own dateline are those of an editorial photo.
func ExampleAgency_Dateline() {
	shutterstock, err := agency.Lookup("shutterstock")
	if err != nil {
		fmt.Println(err)
		return
	}
	line, field := shutterstock.Dateline(tagroll.Place{City: "Lisbon", Country: "Portugal"}, time.Date(2026, 5, 14, 0, 0, 0, 0, time.UTC))
	m := tagroll.Metadata{Description: line + "a tram climbs a hill"}
	fmt.Println(field+":", m.Description)
	fmt.Println("editorial:", shutterstock.HasDateline(m))
	// Output:
	// description: Lisbon, Portugal - May 14 2026: a tram climbs a hill
	// editorial: true
}

func ExampleParse() {
	_, err := agency.Parse([]byte(`{"name": "my-agency", "label": "My agency", "as_of": "2026-01-31",
		"title": {"maximum": 80}}`))
	fmt.Println(err)
	// Output:
	// the agency's rules are not valid: json: unknown field "maximum"
}

func ExampleSet() {
	adobe, err := agency.Lookup("adobe-stock")
	if err != nil {
		fmt.Println(err)
		return
	}
	set := agency.Set{adobe}
	fmt.Println(set.Normalize(tagroll.Metadata{Title: "Red, ripe apple"}).Title)
	// Output:
	// Red ripe apple
}
