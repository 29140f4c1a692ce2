package place_test

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/tagroll/tagroll/place"
)

// Positions of real places. Those beside a border lie within a few kilometres of it.
func TestAt(t *testing.T) {
	for _, test := range []struct {
		what     string
		lat, lon float64
		want     string // city, region, country; "none" if the place has no name
	}{
		{"Praça do Comércio", 38.7075, -9.1364, "Lisbon, Lisbon, Portugal"},
		{"Montmartre", 48.8867, 2.3431, "Paris, Île-de-France, France"},
		{"palace of Versailles", 48.8049, 2.1204, "Versailles, Île-de-France, France"},
		{"Shibuya", 35.6595, 139.7005, "Tokyo, Tokyo, Japan"},
		{"Manhattan", 40.7549, -73.9840, "New York City, New York, United States"},
		{"capital at a river border", -4.3217, 15.3125, "Kinshasa, Kinshasa, Democratic Republic of the Congo"},
		{"capital on the other bank", -4.2694, 15.2712, "Brazzaville, Brazzaville, Republic of the Congo"},
		{"capital beside Austria", 48.1435, 17.1083, "Bratislava, Bratislava Region, Slovakia"},
		{"capital beside Ghana", 6.1319, 1.2228, "Lomé, Maritime, Togo"},
		{"capital beside Thailand", 17.9667, 102.6000, "Vientiane, Vientiane Prefecture, Laos"},
		{"capital beside Chad", 12.1131, 15.0491, "N'Djamena, N’Djaména, Chad"},
		{"capital within a capital", 41.9022, 12.4539, "Vatican City, , Vatican City"},
		{"enclave", 43.9367, 12.4464, "San Marino, San Marino, San Marino"},
		{"principality", 43.7396, 7.4278, "Monaco, Municipality of Monaco, Monaco"},
		{"city state", 1.2840, 103.8510, "Singapore, , Singapore"},
		{"across the strait", 1.4655, 103.7578, "Johor Bahru, Johor, Malaysia"},
		{"island", 27.7606, -15.5860, "Maspalomas, Canary Islands, Spain"},
		{"island in the Atlantic", 64.1466, -21.9426, "Reykjavík, Capital Region, Iceland"},
		{"just west of the antimeridian", -16.4332, 179.3645, "Labasa, Northern, Fiji"},
		{"just east of the antimeridian", -16.8200, -179.9700, ", , Fiji"},
		{"Russia beyond 180 degrees", 66.1500, -169.8000, ", , Russia"},
		{"a city on the other side of the antimeridian", 66.3200, 179.9000, ", Chukotka, Russia"},
		{"capital beside France", 46.2044, 6.1432, "Geneva, Geneva, Switzerland"},
		{"capital within South Africa's bounds", -29.3151, 27.4869, "Maseru, Maseru District, Lesotho"},
		{"capital between two countries", 31.7767, 35.2345, "Jerusalem, Jerusalem, Israel"},
		{"city across the river from El Paso", 31.7386, -106.4870, "Juárez, Chihuahua, Mexico"},
		{"across the Rhine from Strasbourg", 48.5730, 7.8100, "Kehl, Baden-Wurttemberg, Germany"},
		{"peninsula at a strait", 36.1408, -5.3536, "Gibraltar, , Gibraltar"},
		{"southernmost city", -54.8019, -68.3030, "Ushuaia, Tierra del Fuego, Argentina"},
		{"archipelago near the pole", 78.2232, 15.6267, "Longyearbyen, Svalbard, Svalbard and Jan Mayen"},
		{"Easter Island", -27.1500, -109.4250, "Hanga Roa, Valparaiso, Chile"},
		{"beyond the antimeridian and near it", -21.1394, -175.2049, "Nuku‘alofa, Tongatapu, Tonga"},
		{"city on the Scheldt", 51.2211, 4.3997, "Antwerp, Flanders, Belgium"},
		{"capital that was renamed", 51.1694, 71.4491, "Astana, Astana, Kazakhstan"},
		{"capital in the steppe", 47.9184, 106.9177, "Ulaanbaatar, Ulaanbaatar, Mongolia"},
		{"capital on an atoll", -8.5211, 179.1962, "Funafuti, Funafuti, Tuvalu"},
		{"capital on the equator's other side of the date line", 1.3291, 172.9790, "Tarawa, Gilbert Islands, Kiribati"},
		{"the French side of an island", 18.0700, -63.0820, "Marigot, , Saint-Martin"},
		{"the Dutch side of it", 18.0260, -63.0458, "Philipsburg, , Sint Maarten"},
		{"exclave within Switzerland", 45.9690, 8.9730, "Campione, Lombardy, Italy"},
		{"twin towns at a river border", 65.8427, 24.1400, "Haparanda, Norrbotten, Sweden"},
		{"the other one", 65.8480, 24.1650, "Tornio, Lapland, Finland"},
		{"exclave between Lithuania and Poland", 54.7104, 20.4522, "Kaliningrad, Kaliningrad Oblast, Russia"},
		{"exclave in Africa", 35.8894, -5.3213, "Ceuta, Ceuta, Spain"},
		{"waterfall of two countries", 43.0780, -79.0780, "Niagara Falls, Ontario, Canada"},
		{"remotest village", -37.0675, -12.3105, "Edinburgh of the Seven Seas, Tristan da Cunha, Saint Helena, Ascension and Tristan da Cunha"},
		{"research station", -77.8463, 166.6682, "McMurdo Station, , Antarctica"},
		{"Southern Ocean", -60, 0, "none"},
		{"North Pacific beside the antimeridian", 65, 180, "none"},
		{"Indian Ocean", -30, 80, "none"},
		{"Arctic Ocean", 86, 40, "none"},
		{"desert far from a city", 26.5, 5.2, ", , Algeria"},
		{"south pole", -90, 0, ", , Antarctica"},
		{"north pole", 90, 0, "none"},
		{"Atlantic", 30, -40, "none"},
		{"Pacific at the antimeridian", 0, 180, "none"},
		{"camera without reception", 0, 0, "none"},
		{"beyond the earth", 91, 0, "none"},
		{"no number", math.NaN(), 0, "none"},
	} {
		p, ok := place.At(test.lat, test.lon)
		got := "none"
		if ok {
			got = fmt.Sprintf("%s, %s, %s", p.City, p.Region, p.Country)
		}
		if got != test.want {
			t.Errorf("%s: At(%v, %v) = %q, want %q", test.what, test.lat, test.lon, got, test.want)
		}
	}
}

// A city far from the photo is none: the answer names the region at most.
func TestAtOutsideOfCities(t *testing.T) {
	p, ok := place.At(46.5775, 7.9850) // Jungfrau, 10 km from the next village of the valley
	if !ok || p.Country != "Switzerland" || p.CountryCode != "CH" || p.Region == "" {
		t.Errorf("got %+v, want a region of Switzerland", p)
	}
	if p, _ := place.At(-25.0, 131.0); p.City != "" { // some 40 km from Uluru's hotels
		t.Errorf("got the city %q in a desert", p.City)
	}
}

// Whatever position is asked for has an answer of valid text, and longitudes 180 and -180 are one.
func TestAtAnywhere(t *testing.T) {
	var named, all float64 // by area
	for lat := -90.0; lat <= 90; lat += 1.7 {
		for lon := -180.0; lon <= 180; lon += 2.3 {
			p, ok := place.At(lat, lon)
			area := math.Cos(lat * math.Pi / 180)
			all += area
			if ok {
				named += area
			}
			for _, s := range []string{p.City, p.Region, p.Country, p.CountryCode} {
				if !utf8.ValidString(s) || strings.ContainsAny(s, "\n\x00") {
					t.Fatalf("At(%v, %v) = %q", lat, lon, p)
				}
			}
			if ok && (p.Country == "" || len(p.CountryCode) != 2) {
				t.Fatalf("At(%v, %v) = %+v: no country", lat, lon, p)
			}
		}
	}
	// Land is 29%; coastal waters and Antarctica's sea come to it.
	if share := named / all; share < 0.25 || share > 0.55 {
		t.Errorf("%.0f%% of the positions have a country", share*100)
	}
}

func BenchmarkAt(b *testing.B) {
	place.At(48.2, 16.37) // unpacks the table
	for b.Loop() {
		place.At(48.2, 16.37)
	}
}

func ExampleAt() {
	p, ok := place.At(38.7075, -9.1364)
	fmt.Println(p.City, p.Country, ok)
	_, ok = place.At(0, 0) // what a camera without reception writes
	fmt.Println(ok)
	// Output:
	// Lisbon Portugal true
	// false
}
