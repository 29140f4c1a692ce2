package agency_test

import (
	"strings"
	"testing"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/agency"
)

// Words that are brands as well as ordinary words are brands only where their company shows it.
func TestOrdinaryWordsAreNoBrands(t *testing.T) {
	a, err := agency.Lookup("adobe-stock")
	if err != nil {
		t.Fatal(err)
	}
	for title, brand := range map[string]bool{
		"Ripe apple on a wooden table":                 false,
		"Apple tree in blossom":                        false,
		"Basket of apples in an orchard":               false,
		"Orange slices in a glass":                     false,
		"Empty shell on a sandy beach":                 false,
		"Canoe on the Amazon River at dawn":            false,
		"Jaguar resting on a branch in the rainforest": false,
		"Puma walking through snow":                    false,
		"Wild mustang galloping over a plain":          false,
		"Fresh blackberry with a leaf":                 false,
		"Old house with broken windows":                false,
		"Gap between two rocks":                        false,
		"Arrow in the middle of a target":              false,
		"Passport with a visa stamp":                   false,
		"Tide coming in at sunset":                     false,
		"White dove on a roof":                         false,
		"Car seat with a sleeping child":               false,
		"Polo player on a horse":                       false,
		"Ram with curved horns on a meadow":            false,
		"Planet Mars above a red desert":               false,
		"Steps to a subway station":                    false,
		"Canon of an old fortress above the sea":       false,
		"Adobe house in a desert village":              false,
		"Corona of the sun during an eclipse":          false,
		"Camera zoom lens on a table":                  false,
		"Woman with an Apple laptop in a cafe":         true,
		"Hand holding an Apple iPhone":                 true,
		"Amazon package on a doorstep":                 true,
		"Shell station at night":                       true,
		"Jaguar car on a country road":                 true,
		"Ford Mustang parked in front of a diner":      true,
		"Nike shoes on a running track":                true,
		"Person paying with a Visa card":               true,
		"Coca-Cola bottle in ice":                      true,
		"Windows 11 laptop on a desk":                  true,
	} {
		var found []string
		for _, f := range a.Check("a.jpg", tagroll.Metadata{Title: title, Keywords: strings.Fields("alpha beta gamma delta zeta eta"), Category: "Travel"}) {
			if strings.Contains(f.Rule, "brand") {
				found = append(found, f.Rule)
			}
		}
		if (len(found) > 0) != brand {
			t.Errorf("%q: %q", title, found)
		}
	}
}
