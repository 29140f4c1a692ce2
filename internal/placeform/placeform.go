// Package placeform holds the units of the table of places: internal/placegen writes positions as
// multiples of them, package place reads them. The form of the table is told in placegen.
package placeform

// The units of positions, in degrees.
const (
	City   = 0.005  // about 500 m
	Border = 0.0002 // about 20 m
	Island = 0.02   // about 2 km
)
