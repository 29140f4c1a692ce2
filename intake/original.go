package intake

import (
	"math"

	"github.com/tagroll/tagroll"
)

// Complete adds facts of the original to those of a photo that is a smaller copy, made before the
// photo was sent. The head is the beginning of the original; camera, lens, date, place, title,
// caption and keywords are read from there. What the copy says itself counts first. Format, size,
// hash and orientation stay the copy's, since a head cannot be checked. A head that cannot be read
// adds nothing.
func Complete(facts tagroll.Facts, head []byte, limits Limits) tagroll.Facts {
	// Both are limits for what is decoded, which the original is not.
	limits.MaxBytes, limits.MaxPixels = math.MaxInt64, math.MaxInt
	original, err := Inspect(head, limits)
	if err != nil {
		return facts
	}
	setMissing(&facts.Taken, original.Taken)
	setMissing(&facts.Camera, original.Camera)
	setMissing(&facts.Lens, original.Lens)
	setMissing(&facts.FocalLength, original.FocalLength)
	setMissing(&facts.FocalLength35, original.FocalLength35)
	setMissing(&facts.FNumber, original.FNumber)
	setMissing(&facts.ExposureSeconds, original.ExposureSeconds)
	setMissing(&facts.ISO, original.ISO)
	setMissing(&facts.SubjectDistance, original.SubjectDistance)
	setMissing(&facts.FlashFired, original.FlashFired)
	setMissing(&facts.Position, original.Position)
	if facts.Place == (tagroll.Place{}) {
		facts.Place, facts.PlaceByPosition = original.Place, original.PlaceByPosition
	}
	setMissing(&facts.Title, original.Title)
	setMissing(&facts.Caption, original.Caption)
	if len(facts.Keywords) == 0 {
		facts.Keywords = original.Keywords
	}
	return facts
}

func setMissing[T comparable](field *T, value T) {
	var missing T
	if *field == missing {
		*field = value
	}
}
