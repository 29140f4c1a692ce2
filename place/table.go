package place

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"encoding/binary"
	"io"
	"math"
	"strings"

	"github.com/tagroll/tagroll/internal/placeform"
)

//go:embed places.bin.gz
var packed []byte

// Date is the day of the table's cities, which is its oldest part.
const Date = "2020-03-18"

// table is the unpacked table.
type table struct {
	countries []country
	regions   []region
	cities    []city
	rings     []ring            // outlines of countries, which run through the sea
	land      []ring            // outlines of the land, to some 20 km
	islands   []island          // what is too small for these outlines, and larger islands
	names     string            // of the cities
	cells     map[int16][]int32 // the cities of each square degree
}

type country struct{ code, name string }

type region struct {
	name    string
	country int
}

type city struct {
	latitude, longitude float32
	radius              float32 // of the built-up area in kilometres
	name                uint32  // where it begins in names
	length              uint8
	region              uint16
}

// island is a circle around an island.
type island struct {
	latitude, longitude float32
	radius              float32 // kilometres
}

// ring is an outline of a country, or a hole in the outline before it.
type ring struct {
	country                  int
	hole                     bool
	west, east, south, north float32
	points                   []point
}

type point struct{ x, y float32 }

// cellOf numbers the square degrees. Columns go round the earth.
func cellOf(row, column int) int16 {
	column = ((column+180)%360 + 360) % 360
	return int16((min(max(row, -90), 90)+90)*360 + column - 32768)
}

func (t *table) cityName(i int) string {
	c := &t.cities[i]
	name := t.names[c.name : c.name+uint32(c.length)]
	if english := englishNames[name]; english != "" {
		return english
	}
	return name
}

// englishNames are those of cities that the source calls by another language's, or by one that is
// not used any more.
var englishNames = map[string]string{
	"Nur-Sultan": "Astana", "Ulan Bator": "Ulaanbaatar", "Palikir - National Government Center": "Palikir",
	"Antwerpen": "Antwerp", "Genève": "Geneva", "Göteborg": "Gothenburg", "Köln": "Cologne", "Nürnberg": "Nuremberg", "Sevilla": "Seville",
}

// reader reads the table's numbers. The table is part of the program and was read whole by this
// package's tests, so that a damaged one is a defect of the build.
type reader struct{ data []byte }

func (r *reader) uint() int {
	v, n := binary.Uvarint(r.data)
	r.data = r.data[n:]
	return int(v)
}

func (r *reader) int() int {
	v, n := binary.Varint(r.data)
	r.data = r.data[n:]
	return int(v)
}

func unpack() *table {
	zip, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		panic("place: the table cannot be unpacked: " + err.Error())
	}
	data, err := io.ReadAll(zip)
	if err != nil {
		panic("place: the table cannot be unpacked: " + err.Error())
	}
	r := &reader{data}
	t := &table{
		countries: make([]country, r.uint()),
		regions:   make([]region, r.uint()),
		cities:    make([]city, r.uint()),
		rings:     make([]ring, r.uint()),
		cells:     make(map[int16][]int32),
	}
	land := r.uint()
	size := r.uint()
	text := string(r.data[:size])
	r.data = r.data[size:]
	t.readNames(text)
	t.readCounts(r)
	t.readCities(r)
	for i := range t.rings {
		t.rings[i].read(r)
	}
	t.readIslands(r)
	t.rings, t.land = t.rings[:len(t.rings)-land], t.rings[len(t.rings)-land:]
	return t
}

// readNames shares the text out: codes and names of countries, names of regions, names of cities.
func (t *table) readNames(text string) {
	next := func() (name string) {
		name, text, _ = strings.Cut(text, "\n")
		return name
	}
	for i := range t.countries {
		t.countries[i] = country{next(), next()}
	}
	for i := range t.regions {
		t.regions[i].name = next()
	}
	t.names = text
	at := 0
	for i := range t.cities {
		length := strings.IndexByte(text[at:], '\n')
		t.cities[i].name, t.cities[i].length = uint32(at), uint8(length)
		at += length + 1
	}
}

// readCounts gives regions their countries and cities their regions.
func (t *table) readCounts(r *reader) {
	counts := make([]int, len(t.countries))
	for i := range counts {
		counts[i] = r.uint()
	}
	region := 0
	for country, count := range counts {
		for range count {
			t.regions[region].country = country
			region++
		}
	}
	city := 0
	for i := range t.regions {
		for range r.uint() {
			t.cities[city].region = uint16(i)
			city++
		}
	}
}

func (t *table) readCities(r *reader) {
	t.eachCoordinate(r, func(c *city, degrees float32) { c.latitude = degrees })
	t.eachCoordinate(r, func(c *city, degrees float32) { c.longitude = degrees })
	for i := range t.cities {
		c := &t.cities[i]
		c.radius = radius(math.Exp2(float64(r.data[i]) / 8))
		cell := cellOf(int(math.Floor(float64(c.latitude))), int(math.Floor(float64(c.longitude))))
		t.cells[cell] = append(t.cells[cell], int32(i))
	}
	r.data = r.data[len(t.cities):]
}

// eachCoordinate reads one coordinate of each city. Differences begin anew with each region.
func (t *table) eachCoordinate(r *reader, set func(*city, float32)) {
	sum := 0
	for i := range t.cities {
		if i == 0 || t.cities[i].region != t.cities[i-1].region {
			sum = 0
		}
		sum += r.int()
		set(&t.cities[i], float32(float64(sum)*placeform.City))
	}
}

func (t *table) readIslands(r *reader) {
	t.islands = make([]island, r.uint())
	x, y := 0, 0
	for i := range t.islands {
		y += r.int()
		x += r.int()
		t.islands[i] = island{float32(float64(y) * placeform.Island), float32(float64(x) * placeform.Island), float32(r.uint())}
	}
}

// radius returns the radius of the built-up area of so many people in kilometres. 3,000 people a
// square kilometre are usual in cities (Demographia World Urban Areas, 2023).
func radius(population float64) float32 {
	return float32(min(math.Sqrt(population/(3000*math.Pi)), largestCity))
}

func (g *ring) read(r *reader) {
	kind := r.uint()
	g.country, g.hole = kind/2, kind%2 == 1
	g.points = make([]point, r.uint())
	g.west, g.south = 180, 90
	g.east, g.north = -180, -90
	x, y := 0, 0
	for i := range g.points {
		x += r.int()
		y += r.int()
		p := point{float32(float64(x) * placeform.Border), float32(float64(y) * placeform.Border)}
		g.points[i] = p
		g.west, g.east = min(g.west, p.x), max(g.east, p.x)
		g.south, g.north = min(g.south, p.y), max(g.north, p.y)
	}
}
