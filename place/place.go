// Package place names the city, region and country of a position on earth, offline.
//
// [At] looks a position up in a table inside of the program, made of GeoNames' cities and of
// simplified borders (see NOTICE.md for sources and licences). Nothing is asked of a network, so
// that coordinates never leave the machine. The table is unpacked at the first look-up, which takes
// some 50 ms and 10 MB; a look-up after it takes some 0.2 ms.
//
// The answer says no more than the table can know: no city far from one, no place at sea.
package place

import (
	"math"
	"slices"
	"strings"
	"sync"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Place is a place by its English names. Fields are empty where the table has no name.
type Place struct {
	City string
	// Region is the first-level division: a state, province, county or district.
	Region  string
	Country string
	// CountryCode is the ISO 3166-1 code of the country or territory, for example "PT".
	CountryCode string
}

// Distances in kilometres.
const (
	// aroundCity is how far outside of a city's built-up area a photo is still said to be taken
	// there.
	aroundCity = 6
	// aroundRegion is how far from a city that city's region is believed.
	aroundRegion = 60
	// aroundCountry is how far from a country's cities its name still holds where the coarse
	// outline of the land has nothing: small islands, and the water around them.
	aroundCountry = 150
	// aroundIsland is how far from an island its country's name holds: the territorial sea, 12
	// nautical miles.
	aroundIsland = 22
	// largestCity bounds the radius of a built-up area, so that a metropolis leaves room for
	// its neighbours.
	largestCity = 25
)

// At names the place at a position in decimal degrees, north and east positive. It reports false
// for a position that is none, for 0/0, which cameras without reception write, and for the open
// sea.
//
// Near a border the country is right to about a kilometre.
func At(latitude, longitude float64) (Place, bool) {
	if math.IsNaN(latitude) || math.IsNaN(longitude) || math.Abs(latitude) > 90 || math.Abs(longitude) > 180 {
		return Place{}, false
	}
	if math.Abs(latitude) < 1e-4 && math.Abs(longitude) < 1e-4 {
		return Place{}, false
	}
	// South of 82° all is Antarctica, whose outline ends before the pole.
	latitude = max(latitude, -82)
	t := load()
	outline, found := outlineAt(t.rings, latitude, longitude)
	if !found {
		return Place{}, false
	}
	country := t.rings[outline].country
	p := Place{Country: t.countries[country].name, CountryCode: t.countries[country].code}
	nearest, outside := t.nearest(country, latitude, longitude)
	if nearest < 0 || outside > aroundCountry {
		// No city is near: a desert has a country, the open sea has none.
		if _, onLand := outlineAt(t.land, latitude, longitude); !onLand && !t.nearIsland(latitude, longitude) {
			return Place{}, false
		}
		return p, true
	}
	if outside <= aroundRegion {
		p.Region = t.regions[t.cities[nearest].region].name
	}
	if outside <= aroundCity {
		p.City = t.cityName(nearest)
	}
	return p, true
}

var load = sync.OnceValue(unpack)

// outlineAt returns the index of the outline that the position is in. The holes of an outline
// follow it.
func outlineAt(rings []ring, latitude, longitude float64) (outline int, found bool) {
	x, y := float32(longitude), float32(latitude)
	for i := range rings {
		if !rings[i].hole && rings[i].contains(x, y) && !inHole(rings[i+1:], x, y) {
			return i, true
		}
	}
	return 0, false
}

// inHole reports whether the position is in one of the holes at the beginning of rings.
func inHole(rings []ring, x, y float32) bool {
	for i := range rings {
		if !rings[i].hole {
			return false
		}
		if rings[i].contains(x, y) {
			return true
		}
	}
	return false
}

// contains counts the edges that a ray to the east crosses
// (W. R. Franklin, https://wrfranklin.org/Research/Short_Notes/pnpoly.html).
func (g *ring) contains(x, y float32) bool {
	if x < g.west || x > g.east || y < g.south || y > g.north {
		return false
	}
	inside := false
	j := len(g.points) - 1
	for i, p := range g.points {
		q := g.points[j]
		if p.y > y != (q.y > y) && x < (q.x-p.x)*(y-p.y)/(q.y-p.y)+p.x {
			inside = !inside
		}
		j = i
	}
	return inside
}

// bigger is how much more than by its radius a city counts where built-up areas overlap: 1 would
// let each quarter with a name of its own win in its middle, 2 each metropolis over its neighbours.
// Of 398 known positions (testdata/known.txt) 1.2 names 379 as people do, 1 names 376, 2 names 367;
// the nearest edge alone would name 358. What it costs: across a river from the centre of a larger
// city (Jersey City, Salé, Niterói) the larger one is named.
const bigger = 1.2

// nearest returns the country's city that a position belongs to, and how far outside of its
// built-up area the position is in kilometres (below zero: within). The city is -1 if there is none
// near.
//
// Within built-up areas, which overlap, the city counts in whose area the position is most central:
// Giza's pyramids are not in Cairo, whose area is larger and reaches over them. Outside of all the
// nearest edge counts, so that a suburb of a metropolis does not take the name of the village
// behind it (a Voronoi diagram with weights, of two kinds).
func (t *table) nearest(country int, latitude, longitude float64) (city int, outside float64) {
	const reach = aroundCountry + largestCity
	const kilometresPerDegree = 111.2
	shrink := math.Cos(latitude * math.Pi / 180)
	rows := int(math.Ceil(reach / kilometresPerDegree))
	columns := 180
	if shrink > 0.01 {
		columns = min(columns, int(math.Ceil(reach/(kilometresPerDegree*shrink))))
	}
	city, outside = -1, math.Inf(1)
	central := math.Inf(1) // distance over weight, of the city whose area the position is in
	top := int(math.Floor(latitude))
	left := int(math.Floor(longitude))
	for row := top - rows; row <= top+rows; row++ {
		for column := left - columns; column <= left+columns; column++ {
			for _, i := range t.cells[cellOf(row, column)] {
				c := &t.cities[i]
				if t.regions[c.region].country != country {
					continue
				}
				away := distance(latitude, longitude, float64(c.latitude), float64(c.longitude))
				edge := away - float64(c.radius)
				switch {
				case edge <= 0:
					if share := away / math.Pow(float64(c.radius), bigger); share < central {
						city, outside, central = int(i), edge, share
					}
				case outside > 0 && edge < outside:
					city, outside = int(i), edge
				}
			}
		}
	}
	return city, outside
}

// nearIsland reports whether the position is on an island, or in the waters around it.
func (t *table) nearIsland(latitude, longitude float64) bool {
	return slices.ContainsFunc(t.islands, func(i island) bool {
		return distance(latitude, longitude, float64(i.latitude), float64(i.longitude)) <= float64(i.radius)+aroundIsland
	})
}

// distance returns the kilometres between two positions (haversine formula).
func distance(lat1, lon1, lat2, lon2 float64) float64 {
	const diameter, degree = 12742, math.Pi / 180
	a := math.Sin((lat2 - lat1) * degree / 2)
	b := math.Sin((lon2 - lon1) * degree / 2)
	h := a*a + math.Cos(lat1*degree)*math.Cos(lat2*degree)*b*b
	return diameter * math.Asin(math.Sqrt(min(h, 1)))
}

// IsName reports whether a text is the English name of a country or of a large city, written as
// here or without accents. Names that are common words too ("Turkey", "Nice") do not count.
func IsName(name string) bool { return names()[name] }

// largeCity is the population from which a city's name is known to everybody.
const largeCity = 300_000

// commonWords are names of countries and large cities that mean something else at the beginning of
// a sentence.
var commonWords = []string{
	"Bath", "Buffalo", "Chad", "China", "Cork", "Guinea", "Jordan", "Lima", "Male", "Mobile", "Mali", "Nice", "Orange", "Phoenix",
	"Reading", "Split", "Surat", "Turkey", "Victoria", "Mission", "Aurora", "Ipoh", "Salvador", "Natal", "Memphis", "Sale",
	"Aba", "Batman", "Bello", "Brest", "Constantine", "Cologne", "Essen", "Florence", "Franca", "Gold Coast", "Jersey", "Jos", "Kota",
	"Long Beach", "Manila", "Medina", "Mesa", "Newport", "Oran", "Palma", "Panama", "Perm", "Preston", "Queens", "Riverside", "Salem",
	"Santos", "Serra", "Surrey", "Tanda", "Toyota", "Tula", "Van", "Wellington", "Mersin", "Cali", "Galway", "Bermuda", "Kobe",
}

var names = sync.OnceValue(func() map[string]bool {
	t := load()
	set := make(map[string]bool)
	add := func(name string) { set[name], set[withoutAccents(name)] = true, true }
	for _, c := range t.countries {
		add(c.name)
	}
	limit := radius(largeCity)
	for i := range t.cities {
		if t.cities[i].radius >= limit {
			add(t.cityName(i))
		}
	}
	for _, w := range commonWords {
		delete(set, w)
	}
	return set
})

func withoutAccents(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return r
	}, norm.NFD.String(s))
}
