package icc

import "math"

// Light in nits where high dynamic range has its diffuse white (ITU-R BT.2408, 3.1), and where the
// tone curve ends: brighter light is white.
const (
	diffuseWhite = 203
	brightest    = 1000
)

// tone brings light of high dynamic range, in nits, into the range of a screen. Up to a knee it
// stays as it is relative to diffuse white, so that faces and skies look as in the ordinary version
// of a photo; what is brighter shares the rest, diffuse white at 0.81 of it.
func tone(nits float64) float64 {
	const knee, end = 0.6, float64(brightest) / diffuseWhite
	const slope = (end - knee) / (1 - knee) // the curve has no corner at the knee
	light := min(nits/diffuseWhite, end)
	if light <= knee {
		return light
	}
	x := (light - knee) / (end - knee)
	return knee + (1-knee)*slope*x/(1+(slope-1)*x)
}

// pq is the curve of SMPTE ST 2084 (ITU-R BT.2100, table 4), with the tone curve.
type pq struct{}

func (pq) at(x float64) float64 {
	const m1, m2 = 2610.0 / 16384, 2523.0 / 32
	const c1, c2, c3 = 3424.0 / 4096, 2413.0 / 128, 2392.0 / 128
	p := math.Pow(x, 1/m2)
	return tone(10000 * math.Pow(max(p-c1, 0)/(c2-c3*p), 1/m1))
}

// hlg is the hybrid log-gamma curve as a screen of 1,000 nits shows it (ITU-R BT.2100, table 5),
// with the tone curve. The screen's gamma is taken for each colour by itself.
type hlg struct{}

func (hlg) at(x float64) float64 {
	const a, b, c = 0.17883277, 0.28466892, 0.55991073
	scene := x * x / 3
	if x > 0.5 {
		scene = (math.Exp((x-c)/a) + b) / 12
	}
	return tone(brightest * math.Pow(scene, 1.2))
}
