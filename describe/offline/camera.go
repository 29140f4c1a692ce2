package offline

import (
	"strings"
	"time"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/describe"
)

// clockSet reports whether a time can be what a clock showed. Cameras whose clock
// was never set begin at midnight or noon of some first of January.
func clockSet(t time.Time) bool {
	reset := t.Month() == time.January && t.Day() == 1 && t.Hour()%12 == 0
	return t.Year() >= 1900 && !reset
}

// timeOfDay is the part of the day by the camera's clock; empty around its
// borders, and for a bright picture in the night: then the clock was set for another zone.
func timeOfDay(f tagroll.Facts, l look) string {
	if !clockSet(f.Taken) || f.Taken.Hour()+f.Taken.Minute()+f.Taken.Second() == 0 {
		return "" // a time of 00:00:00 is a date without a time
	}
	switch h := f.Taken.Hour(); {
	case h >= 6 && h < 11:
		return "morning"
	case h >= 13 && h < 17:
		return "afternoon"
	case h >= 18 && h < 21:
		return "evening"
	case (h >= 22 || h < 4) && l.dark && l.sky == 0:
		return "night"
	}
	return ""
}

// cameraKeywords are what the camera's settings say of the picture's looks.
func cameraKeywords(f tagroll.Facts, l look) []string {
	var k []string
	if season := describe.Season(f); season != "" && clockSet(f.Taken) {
		k = append(k, season)
		if season == "autumn" {
			k = append(k, "fall") // as Americans call it
		}
	}
	if t := timeOfDay(f, l); t != "" {
		k = append(k, t)
	}
	switch width := frameWidth(f); {
	case width > 0 && width <= 0.1:
		k = append(k, "macro", "close-up")
	case width > 0 && width <= 0.25:
		k = append(k, "close-up")
	}
	switch f35 := f.FocalLength35; {
	case f35 >= 8 && f35 <= 24:
		k = append(k, "wide angle")
	case f35 >= 135 && f35 < 5000:
		k = append(k, "telephoto")
	}
	if f.ExposureSeconds >= 1 && f.ExposureSeconds < 86400 {
		k = append(k, "long exposure")
	}
	if f.ISO >= 3200 && f.ExposureSeconds >= 1.0/60 && l.dark {
		k = append(k, "low light")
	}
	if f.FlashFired && !l.bright && l.sky == 0 {
		k = append(k, "flash photography")
	}
	return k
}

// frameWidth is the width in metres of what fills the frame: the width of 36 mm
// film, magnified by the subject's distance over the focal length. Zero if
// unknown. A macro lens alone does not make a macro photo, and a distance under a
// centimetre is what cameras write that do not measure it.
func frameWidth(f tagroll.Facts) float64 {
	if !(f.FocalLength35 > 0) || !(f.SubjectDistance >= 0.01) {
		return 0
	}
	if f.SubjectDistance >= 0.5 && strings.Contains(strings.ToLower(f.Lens), "macro") {
		return 0
	}
	return 36 * f.SubjectDistance / f.FocalLength35
}
