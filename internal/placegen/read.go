package main

import (
	"bufio"
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
)

// table is everything that the generated file holds.
type table struct {
	countries []*country
	byCode    map[string]*country
	rings     []ring
	// land is how many rings are, as those at the end that are land of no particular country.
	land    int
	islands []island
	regions map[string]string // "US.CA" -> "California"
}

type country struct {
	code, name string
	regions    map[string]*region
}

type region struct {
	name   string
	cities []city
}

type city struct {
	name       string
	lat, lon   float64 // degrees
	population int
}

// ring is one closed outline of a country or of land, or a hole in one.
type ring struct {
	country int
	hole    bool
	points  [][2]float64 // longitude, latitude
}

// Codes of parts that have none of their own in ISO 3166-1, by their Wikidata item or by a code
// that ISO has only reserved.
var parents = map[string]string{
	"Q7835":    "UA", // Crimea, as the United Nations' General Assembly has it (A/RES/68/262)
	"Q23681":   "CY", // Northern Cyprus
	"Q14056":   "SJ",
	"Q25231":   "SJ",
	"Q25396":   "BQ",
	"Q25528":   "BQ",
	"Q26180":   "BQ",
	"Q34497":   "SH",
	"AC":       "SH",
	"TA":       "SH",
	"Q179313":  "GG",
	"Q3311985": "GG",
	"CQ":       "GG",
	"DG":       "IO",
	"Q639185":  "IO",
	"Q1298289": "IO",
	"Q1544253": "IO",
	"Q1585511": "IO",
	"Q46772":   "TF",
	"Q190571":  "TF",
	"Q201698":  "TF",
	"Q1681727": "TF",
	"Q25359":   "UM",
	"Q43296":   "UM",
	"Q46879":   "UM",
	"Q47863":   "UM",
	"Q62218":   "UM",
	"Q123076":  "UM",
	"Q130895":  "UM",
	"Q131008":  "UM",
	"Q131305":  "UM",
	"FX":       "FR",
	"CP":       "FR",
	"IC":       "ES",
}

// The names that picture editors use, where the source's differ.
var names = map[string]string{
	"BS": "Bahamas", "CN": "China", "CY": "Cyprus", "DK": "Denmark", "FM": "Micronesia", "GG": "Guernsey",
	"GM": "Gambia", "IE": "Ireland", "JE": "Jersey", "NL": "Netherlands", "US": "United States",
}

type feature struct {
	Properties struct {
		Wikidata string `json:"wikidata"`
		Code     string `json:"iso1A2"`
		Country  string `json:"country"`
		Name     string `json:"nameEn"`
	} `json:"properties"`
	Geometry *struct {
		Coordinates [][][][2]float64 `json:"coordinates"`
	} `json:"geometry"`
}

func (t *table) readBorders(path string) error {
	var file struct {
		Features []feature `json:"features"`
	}
	if err := readJSON(path, &file); err != nil {
		return err
	}
	t.byCode = make(map[string]*country)
	for _, f := range file.Features {
		if code := f.Properties.Code; code != "" && parents[code] == "" && t.byCode[code] == nil {
			name := f.Properties.Name
			if names[code] != "" {
				name = names[code]
			}
			t.byCode[code] = &country{code: code, name: name, regions: make(map[string]*region)}
		}
	}
	for _, c := range t.byCode {
		t.countries = append(t.countries, c)
	}
	slices.SortFunc(t.countries, func(a, b *country) int { return cmp.Compare(a.code, b.code) })
	for _, f := range file.Features {
		if f.Geometry == nil {
			continue
		}
		code := f.code()
		i := slices.IndexFunc(t.countries, func(c *country) bool { return c.code == code })
		if i < 0 {
			fmt.Fprintf(os.Stderr, "placegen: %s (%s) belongs to no country\n", f.Properties.Name, code)
			continue
		}
		for _, polygon := range f.Geometry.Coordinates {
			for k, points := range polygon {
				t.rings = append(t.rings, ring{i, k > 0, points})
			}
		}
	}
	return nil
}

// code returns the ISO code of the country or territory that a part belongs to.
func (f feature) code() string {
	p := f.Properties
	for _, key := range []string{p.Wikidata, p.Code} {
		if parents[key] != "" {
			return parents[key]
		}
	}
	return cmp.Or(p.Code, p.Country)
}

func (t *table) readRegions(path string) error {
	var list []struct{ Code, Name string }
	if err := readJSON(path, &list); err != nil {
		return err
	}
	t.regions = make(map[string]string)
	for _, r := range list {
		t.regions[r.Code] = r.Name
	}
	return nil
}

// The kinds of populated place that are no place of their own: sections of a city, and
// destroyed, abandoned, historical or religious ones.
var passedOver = []string{"PPLX", "PPLH", "PPLQ", "PPLW", "PPLCH", "PPLR", "STLMT"}

func (t *table) readCities(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		// https://download.geonames.org/export/dump/readme.txt: 1 name, 4 latitude, 5
		// longitude, 7 kind, 8 country, 10 first-level region, 14 population.
		column := strings.Split(lines.Text(), "\t")
		if len(column) < 15 || slices.Contains(passedOver, column[7]) {
			continue
		}
		c := t.byCode[column[8]]
		if c == nil {
			continue
		}
		lat, errLat := strconv.ParseFloat(column[4], 64)
		lon, errLon := strconv.ParseFloat(column[5], 64)
		population, errPopulation := strconv.Atoi(column[14])
		if errLat != nil || errLon != nil || errPopulation != nil {
			return fmt.Errorf("%s: %q is no line of GeoNames", path, lines.Text())
		}
		name := t.regions[column[8]+"."+column[10]]
		r := c.regions[name]
		if r == nil {
			r = &region{name: name}
			c.regions[name] = r
		}
		r.cities = append(r.cities, city{column[1], lat, lon, population})
	}
	return lines.Err()
}

func readJSON(path string, v any) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, v); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}
