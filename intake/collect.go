package intake

import (
	"log/slog"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/place"
)

// collect adds to facts what the metadata says. What a person wrote is taken from XMP
// first and from EXIF last, what the camera wrote the other way round.
func collect(facts *tagroll.Facts, h header, log *slog.Logger) {
	exif := readBlock("EXIF", h.exif, exifFacts, facts.SHA256, log)
	xmp := readBlock("XMP", h.xmp, xmpFacts, facts.SHA256, log)
	iptc := readBlock("IPTC", h.iptc, iptcFacts, facts.SHA256, log)
	if exif.Orientation != 0 && !turnsItself(facts.Format) {
		facts.Orientation = exif.Orientation
	}
	if h.components > 0 {
		facts.ColorSpace = colorSpace(h.components, h.profile, exif.ColorSpace)
	}
	addAll(facts, exif, xmp, iptc)
}

// readBlock reads a block of metadata. One that cannot be read says nothing.
func readBlock(name string, block []byte, parse func([]byte) (tagroll.Facts, error), sha256 string, log *slog.Logger) tagroll.Facts {
	if len(block) == 0 {
		return tagroll.Facts{}
	}
	f, err := parse(block)
	if err != nil {
		log.Debug("metadata that cannot be read is passed over", "kind", name, "sha256", sha256, "error", err)
	}
	return f
}

// addAll fills in what is still missing.
func addAll(facts *tagroll.Facts, exif, xmp, iptc tagroll.Facts) {
	for _, from := range []tagroll.Facts{xmp, iptc, exif} {
		addWords(facts, from)
	}
	for _, from := range []tagroll.Facts{exif, xmp, iptc} {
		addMeasures(facts, from)
	}
}

// namePlace looks up the names of the photo's position, if the file names no place itself.
func namePlace(facts *tagroll.Facts) {
	if facts.Position == nil || facts.Place != (tagroll.Place{}) {
		return
	}
	if p, ok := place.At(facts.Position.Latitude, facts.Position.Longitude); ok {
		facts.Place = tagroll.Place{City: p.City, Region: p.Region, Country: p.Country}
		facts.PlaceByPosition = true
	}
}

// addWords fills in what is still missing of a person's words. A place is taken whole:
// parts of two could be nowhere.
func addWords(facts *tagroll.Facts, from tagroll.Facts) {
	fill(&facts.Title, from.Title)
	fill(&facts.Caption, from.Caption)
	fill(&facts.Place, from.Place)
	if len(facts.Keywords) == 0 {
		facts.Keywords = from.Keywords
	}
}

// addMeasures fills in what is still missing of the camera's measurements.
func addMeasures(facts *tagroll.Facts, from tagroll.Facts) {
	fill(&facts.Taken, from.Taken)
	fill(&facts.Camera, from.Camera)
	fill(&facts.Lens, from.Lens)
	fill(&facts.FocalLength, from.FocalLength)
	fill(&facts.FocalLength35, from.FocalLength35)
	fill(&facts.FNumber, from.FNumber)
	fill(&facts.ExposureSeconds, from.ExposureSeconds)
	fill(&facts.ISO, from.ISO)
	fill(&facts.SubjectDistance, from.SubjectDistance)
	fill(&facts.FlashFired, from.FlashFired)
	fill(&facts.Position, from.Position)
}

// fill sets a field that is not set.
func fill[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}
