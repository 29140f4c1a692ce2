package intake

import (
	"math"

	"github.com/tagroll/tagroll"
)

// Complete adds to the facts of a photo what the beginning of its original says, where the photo is
// a smaller copy that somebody made before sending it: camera, lens, date, place, title, caption
// and keywords. What the copy says itself counts first. Format, size, hash and orientation stay
// those of the copy, which alone is here to be looked at; whatever a head claims of them is not
// believed. A head that cannot be read adds nothing.
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
