package place_test

import (
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/tagroll/tagroll/place"
)

// lost are the known positions that get another name than people give them, with that name. Most
// are beside the centre of a larger city, across a river or a border between regions.
var lost = map[string]string{
	"Monza circuit": "Biassono", "Almada Cristo Rei": "Lisbon", "Gaia cellars": "Porto", "Solna": "Stockholm", "Espoo Tapiola": "Helsinki",
	"Jersey City Exchange": "New York City", "Hoboken": "New York City", "Venice beach": "Santa Monica",
	"Arlington cemetery": "Washington, D.C.", "Gatineau": "Ottawa", "Niteroi MAC": "Rio de Janeiro", "Avellaneda": "Buenos Aires",
	"Saqqara": "Cairo", "Sale Morocco": "Rabat", "Navi Mumbai": "Mumbai", "Patan durbar": "Kathmandu", "Bhaktapur": "Kathmandu",
	"Saitama": "Yono", "El Alto": "La Paz",
}

// Of some four hundred positions, in capitals, their suburbs and the cities that have grown
// together with them, all but a few get the name that people give them.
func TestKnownPositions(t *testing.T) {
	text, err := os.ReadFile("testdata/known.txt")
	if err != nil {
		t.Fatal(err)
	}
	positions := 0
	for line := range strings.Lines(string(text)) {
		cells := strings.Split(strings.TrimSpace(line), "|")
		if strings.HasPrefix(line, "#") {
			continue
		}
		positions++
		latitude, errLat := strconv.ParseFloat(cells[1], 64)
		longitude, errLon := strconv.ParseFloat(cells[2], 64)
		if errLat != nil || errLon != nil {
			t.Fatalf("%q has no position", line)
		}
		names := cells[3:]
		if other := lost[cells[0]]; other != "" {
			names = []string{other}
		}
		if p, _ := place.At(latitude, longitude); !slices.Contains(names, p.City) {
			t.Errorf("%s (%v, %v) is %q in %s, want %s", cells[0], latitude, longitude, p.City, p.Country, strings.Join(names, " or "))
		}
	}
	if share := float64(positions-len(lost)) / float64(positions); positions < 390 || share < 0.94 {
		t.Errorf("%.1f%% of %d positions have their name", share*100, positions)
	}
}

// Islands that no city is near have their country, and the sea between them has none.
func TestIslands(t *testing.T) {
	for _, test := range []struct {
		island   string
		lat, lon float64
		want     string
	}{
		{"Adak", 51.88, -176.658, "US"}, {"Attu", 52.9, 172.9, "US"}, {"Amchitka", 51.38, 179.26, "US"}, {"St. Paul", 57.12, -170.28, "US"},
		{"Nihoa", 23.06, -161.92, "US"}, {"Midway", 28.21, -177.38, "UM"}, {"Wake", 19.29, 166.62, "UM"}, {"Palmyra", 5.88, -162.08, "UM"},
		{"Bouvet", -54.42, 3.36, "BV"}, {"Heard", -53.1, 73.5, "HM"}, {"Crozet", -46.43, 51.86, "TF"}, {"Tromelin", -15.89, 54.52, "TF"},
		{"Macquarie", -54.5, 158.95, "AU"}, {"Lord Howe", -31.55, 159.08, "AU"}, {"Willis", -16.29, 149.97, "AU"}, {"Henderson", -24.36, -128.32, "PN"},
		{"Clipperton", 10.3, -109.22, "FR"}, {"Isla del Coco", 5.53, -87.06, "CR"}, {"Malpelo", 4, -81.6, "CO"}, {"Wolf", 1.38, -91.82, "EC"},
		{"Robinson Crusoe", -33.64, -78.83, "CL"}, {"San Félix", -26.3, -80.1, "CL"}, {"Trindade", -20.52, -29.33, "BR"},
		{"Gough", -40.32, -9.94, "SH"}, {"Bear Island", 74.44, 19, "SJ"}, {"Franz Josef Land", 80.6, 58, "RU"}, {"Bering Island", 55, 166.2, "RU"},
		{"Rockall", 57.6, -13.69, "GB"}, {"Selvagens", 30.14, -15.87, "PT"}, {"Aldabra", -9.4, 46.4, "SC"}, {"Diego Garcia", -7.31, 72.41, "IO"},
		{"Minicoy", 8.28, 73.05, "IN"}, {"Great Nicobar", 7, 93.85, "IN"}, {"Minamitorishima", 24.29, 153.98, "JP"}, {"Iwo Jima", 24.78, 141.32, "JP"},
		{"Rapa", -27.6, -144.33, "PF"}, {"Kanton", -2.8, -171.7, "KI"}, {"Penrhyn", -9, -158, "CK"}, {"Raoul", -29.27, -177.92, "NZ"},
		{"Campbell", -52.55, 169.15, "NZ"}, {"Socorro", 18.8, -110.97, "MX"}, {"Guadalupe", 29.03, -118.28, "MX"}, {"Marion", -46.9, 37.74, "ZA"},
		{"a boat off Adak", 51.88, -177.1, "US"}, {"the Bering Sea", 58, -178, ""}, {"the Philippine Sea", 20, 130, ""},
		{"north of Hawaii", 24, -157, ""}, {"between Tahiti and the Gambiers", -15, -137, ""}, {"the Sea of Okhotsk", 55, 150, ""},
		{"the Coral Sea", -18, 157, ""}, {"the Bay of Biscay", 45.5, -5, ""}, {"the Gulf of Mexico", 25, -90, ""},
	} {
		if p, ok := place.At(test.lat, test.lon); p.CountryCode != test.want || ok != (test.want != "") {
			t.Errorf("%s (%v, %v) is in %q, want %q", test.island, test.lat, test.lon, p.CountryCode, test.want)
		}
	}
}
