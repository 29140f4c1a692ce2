package describe

import (
	"math"
	"path"
	"strings"
	"unicode"

	"github.com/tagroll/tagroll"
)

// Bounds of what a file may add to a question, so that nobody pays for a novel in
// a caption: runes of one fact, and number of keywords.
const (
	maxFactRunes    = 200
	maxFactKeywords = 50
)

// tropic is the latitude of the tropics in degrees, between which the four seasons mean little.
const tropic = 23.44

// fileFacts are the facts that a model is given, in the order in which it reads them.
type fileFacts struct {
	Title    string `json:"title,omitempty"`
	Caption  string `json:"caption,omitempty"`
	Keywords string `json:"keywords,omitempty"`
	Location string `json:"location,omitempty"`
	City     string `json:"city,omitempty"`
	Region   string `json:"region,omitempty"`
	Country  string `json:"country,omitempty"`
	Taken    string `json:"taken_by_camera_clock,omitempty"`
	Season   string `json:"season,omitempty"`
	FileName string `json:"words_of_file_name,omitempty"`
}

// factsOf chooses from a photo's facts those that help a model to name what it
// sees. The position stays behind, it only decides the season.
func factsOf(r tagroll.Request) fileFacts {
	f := r.Facts
	facts := fileFacts{
		Title:    oneLine(f.Title),
		Caption:  oneLine(f.Caption),
		Location: oneLine(f.Place.Location),
		City:     oneLine(f.Place.City),
		Region:   oneLine(f.Place.Region),
		Country:  oneLine(f.Place.Country),
		FileName: fileNameWords(r.Photo.Name),
	}
	var keywords []string
	for _, k := range f.Keywords[:min(len(f.Keywords), maxFactKeywords)] {
		if k = oneLine(k); k != "" {
			keywords = append(keywords, k)
		}
	}
	facts.Keywords = strings.Join(keywords, ", ")
	if !f.Taken.IsZero() {
		facts.Taken = f.Taken.Format("2 January 2006, 15:04")
		facts.Season = season(f)
	}
	return facts
}

// season is the meteorological season of the photo. It is empty unless the
// position tells the hemisphere and lies outside the tropics.
func season(f tagroll.Facts) string {
	if f.Position == nil || !(math.Abs(f.Position.Latitude) > tropic) {
		return ""
	}
	quarter := int(f.Taken.Month()) % 12 / 3 // December to February is 0
	if f.Position.Latitude < 0 {
		quarter = (quarter + 2) % 4
	}
	return [...]string{"winter", "spring", "summer", "autumn"}[quarter]
}

// oneLine makes a text from a file safe and short: one line, no control
// characters, at most maxFactRunes runes.
func oneLine(s string) string {
	// A file may hold megabytes here; twice the four bytes of the longest runes leaves room for space.
	if most := 8 * maxFactRunes; len(s) > most {
		s = s[:most]
	}
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r), unicode.IsControl(r):
			return ' '
		case r == unicode.ReplacementChar, unicode.Is(unicode.Cf, r):
			return -1 // invisible marks, such as those that reverse the direction of writing
		}
		return r
	}, strings.ToValidUTF8(s, ""))
	s = strings.Join(strings.Fields(s), " ")
	if runes := []rune(s); len(runes) > maxFactRunes {
		s = strings.TrimSpace(string(runes[:maxFactRunes]))
	}
	return s
}

// notWords are parts of file names that cameras, telephones and programs write.
var notWords = map[string]bool{
	"img": true, "image": true, "dsc": true, "dscf": true, "dscn": true, "pxl": true, "mvimg": true,
	"gopr": true, "dji": true, "pano": true, "photo": true, "picture": true, "screenshot": true,
	"jpg": true, "jpeg": true, "png": true, "tif": true, "tiff": true, "webp": true, "heic": true, "raw": true,
	"edit": true, "edited": true, "copy": true, "final": true, "export": true, "web": true, "small": true,
	"large": true, "low": true, "high": true, "res": true, "resized": true, "scan": true, "untitled": true,
	"burst": true, "hdr": true, "portrait": true, "cover": true, "mp": true, "whatsapp": true,
}

// fileNameWords returns the words of a file name if somebody gave the file a name:
// if at least two parts of it are words. "kestrel-hovering.jpg" says something,
// "IMG_0412.jpg" does not, and a single word is more often a folder's or a client's name.
func fileNameWords(name string) string {
	name = name[strings.LastIndexAny(name, `/\`)+1:]
	name = strings.TrimSuffix(name, path.Ext(name))
	var words []string
	for _, part := range strings.FieldsFunc(oneLine(name), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsMark(r) && !unicode.IsNumber(r)
	}) {
		hasDigit := strings.ContainsFunc(part, unicode.IsNumber)
		if hasDigit || len([]rune(part)) < 3 || notWords[strings.ToLower(part)] {
			continue
		}
		words = append(words, part)
	}
	if len(words) < 2 {
		return ""
	}
	return strings.Join(words, " ")
}
