package main

import (
	"cmp"
	"encoding/binary"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/tagroll/tagroll/internal/placeform"
)

// The form of the table, which package place reads (place/table.go). Numbers are varints, signed
// ones zigzag. Columns stand one after the other, since each compresses better by itself.
//
//	countries, regions, cities, rings, land: how many of each; land are the last rings
//	names        code, name of each country; name of each region; name of each city: lines
//	regions      of each country: how many regions
//	cities       of each region: how many cities, sorted by latitude
//	latitudes    of each city: in units (internal/placeform), less that of the city before it
//	longitudes   of each city: likewise
//	sizes        of each city: a byte, 8 * log2 of the population, at most 255
//	rings        country * 2 + hole, number of points, then each point less the one before it
//	islands      how many; of each latitude and longitude, less the last one's; its radius
func (t *table) encode() []byte {
	var lines []string
	var counts, sizes, latitudes, longitudes, rings []byte
	var regionNames, cityNames []string
	for _, c := range t.countries {
		lines = append(lines, c.code, c.name)
		counts = binary.AppendUvarint(counts, uint64(len(c.regions)))
	}
	for _, c := range t.countries {
		for _, name := range slices.Sorted(maps.Keys(c.regions)) {
			r := c.regions[name]
			regionNames = append(regionNames, name)
			counts = binary.AppendUvarint(counts, uint64(len(r.cities)))
			slices.SortFunc(r.cities, func(a, b city) int {
				return cmp.Or(cmp.Compare(units(a.lat, placeform.City), units(b.lat, placeform.City)), cmp.Compare(a.lon, b.lon), strings.Compare(a.name, b.name))
			})
			var lat, lon int64
			for _, place := range r.cities {
				cityNames = append(cityNames, place.name)
				y, x := units(place.lat, placeform.City), units(place.lon, placeform.City)
				latitudes = binary.AppendVarint(latitudes, y-lat)
				longitudes = binary.AppendVarint(longitudes, x-lon)
				lat, lon = y, x
				sizes = append(sizes, size(place.population))
			}
		}
	}
	for _, r := range t.rings {
		kind := uint64(r.country) * 2
		if r.hole {
			kind++
		}
		rings = binary.AppendUvarint(rings, kind)
		rings = binary.AppendUvarint(rings, uint64(len(r.points)))
		var lat, lon int64
		for _, p := range r.points {
			x, y := units(p[0], placeform.Border), units(p[1], placeform.Border)
			rings = binary.AppendVarint(rings, x-lon)
			rings = binary.AppendVarint(rings, y-lat)
			lat, lon = y, x
		}
	}
	lines = slices.Concat(lines, regionNames, cityNames)
	text := strings.Join(lines, "\n") + "\n"
	var out []byte
	for _, n := range []int{len(t.countries), len(regionNames), len(cityNames), len(t.rings), t.land, len(text)} {
		out = binary.AppendUvarint(out, uint64(n))
	}
	return slices.Concat(out, []byte(text), counts, latitudes, longitudes, sizes, rings, t.encodeIslands())
}

func (t *table) encodeIslands() []byte {
	out := binary.AppendUvarint(nil, uint64(len(t.islands)))
	var lat, lon int64
	for _, i := range t.islands {
		y, x := units(i.lat, placeform.Island), units(i.lon, placeform.Island)
		out = binary.AppendVarint(out, y-lat)
		out = binary.AppendVarint(out, x-lon)
		out = binary.AppendUvarint(out, uint64(math.Ceil(i.radius)))
		lat, lon = y, x
	}
	return out
}

func units(degrees, unit float64) int64 { return int64(math.Round(degrees / unit)) }

func size(population int) byte {
	if population <= 1 {
		return 0
	}
	return byte(min(255, math.Round(8*math.Log2(float64(population)))))
}

func (t *table) regionCount() (n int) {
	for _, c := range t.countries {
		n += len(c.regions)
	}
	return n
}

func (t *table) cityCount() (n int) {
	for _, c := range t.countries {
		for _, r := range c.regions {
			n += len(r.cities)
		}
	}
	return n
}
