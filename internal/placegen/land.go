package main

import (
	"cmp"
	"math"
	"slices"
)

// island is a circle around an island.
type island struct {
	lat, lon float64 // degrees
	radius   float64 // kilometres
}

// largestIsland is the radius of the largest circle that counts as an island's: what is larger is
// in the coarse outlines, and its circle would hold much sea.
const largestIsland = 150 // kilometres

// readIslands reads circles around the islands of fine outlines of the land.
func (t *table) readIslands(path string) error {
	land, err := readOutlines(path)
	if err != nil {
		return err
	}
	for _, polygon := range land {
		if i := circle(polygon[0]); i.radius <= largestIsland {
			t.islands = append(t.islands, i)
		}
	}
	slices.SortFunc(t.islands, func(a, b island) int {
		return cmp.Or(cmp.Compare(a.lat, b.lat), cmp.Compare(a.lon, b.lon))
	})
	return nil
}

// circle returns the circle around the bounds of an outline.
func circle(points [][2]float64) island {
	west, south, east, north := 180.0, 90.0, -180.0, -90.0
	for _, p := range points {
		west, east = min(west, p[0]), max(east, p[0])
		south, north = min(south, p[1]), max(north, p[1])
	}
	const kilometresPerDegree = 111.2
	i := island{lat: (south + north) / 2, lon: (west + east) / 2}
	height := (north - south) / 2 * kilometresPerDegree
	width := (east - west) / 2 * kilometresPerDegree * math.Cos(i.lat*math.Pi/180)
	i.radius = math.Hypot(width, height)
	return i
}

// readLand reads the coarse outlines of the land.
func (t *table) readLand(path string) error {
	land, err := readOutlines(path)
	if err != nil {
		return err
	}
	for _, polygon := range land {
		for k, points := range polygon {
			t.rings = append(t.rings, ring{0, k > 0, points})
			t.land++
		}
	}
	return nil
}

// readOutlines reads polygons from TopoJSON, each with its holes behind it
// (https://github.com/topojson/topojson-specification): polygons are lists of arcs, and an arc's
// points are differences in units of the transform.
func readOutlines(path string) (polygons [][][][2]float64, err error) {
	var file struct {
		Transform struct {
			Scale     [2]float64 `json:"scale"`
			Translate [2]float64 `json:"translate"`
		} `json:"transform"`
		Arcs    [][][2]float64 `json:"arcs"`
		Objects struct {
			Land struct {
				Geometries []struct {
					Arcs [][][]int `json:"arcs"`
				} `json:"geometries"`
			} `json:"land"`
		} `json:"objects"`
	}
	if err := readJSON(path, &file); err != nil {
		return nil, err
	}
	arc := func(i int) [][2]float64 {
		reversed := i < 0
		if reversed {
			i = ^i
		}
		var points [][2]float64
		var x, y float64
		for _, d := range file.Arcs[i] {
			x, y = x+d[0], y+d[1]
			points = append(points, [2]float64{
				x*file.Transform.Scale[0] + file.Transform.Translate[0],
				y*file.Transform.Scale[1] + file.Transform.Translate[1],
			})
		}
		if reversed {
			slices.Reverse(points)
		}
		return points
	}
	for _, g := range file.Objects.Land.Geometries {
		for _, polygon := range g.Arcs {
			var rings [][][2]float64
			for _, arcs := range polygon {
				var points [][2]float64
				for _, i := range arcs {
					points = append(points, arc(i)...)
				}
				rings = append(rings, points)
			}
			polygons = append(polygons, rings)
		}
	}
	return polygons, nil
}
