package describe

import (
	"math"
	"regexp"
	"slices"
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
	PlaceBy  string `json:"place_known_from,omitempty"`
	Taken    string `json:"taken_by_camera_clock,omitempty"`
	Season   string `json:"season,omitempty"`
	FileName string `json:"words_of_file_name,omitempty"`
	Folder   string `json:"words_of_folder_name,omitempty"`
}

// factsOf chooses from a photo's facts those that help a model to name what it
// sees. The position stays behind, it only decides the season.
func factsOf(r tagroll.Request) fileFacts {
	f := r.Facts
	facts := fileFacts{
		Title:    OneLine(f.Title, maxFactRunes),
		Caption:  OneLine(f.Caption, maxFactRunes),
		Location: OneLine(f.Place.Location, maxFactRunes),
		City:     OneLine(f.Place.City, maxFactRunes),
		Region:   OneLine(f.Place.Region, maxFactRunes),
		Country:  OneLine(f.Place.Country, maxFactRunes),
		FileName: chosenName(r.Photo.Name),
		Folder:   folderName(r.Photo.Path),
	}
	if f.PlaceByPosition {
		facts.PlaceBy = "GPS position"
	}
	var keywords []string
	for _, k := range f.Keywords[:min(len(f.Keywords), maxFactKeywords)] {
		if k = OneLine(k, maxFactRunes); k != "" {
			keywords = append(keywords, k)
		}
	}
	facts.Keywords = strings.Join(keywords, ", ")
	if !f.Taken.IsZero() {
		facts.Taken = f.Taken.Format("2 January 2006, 15:04")
		facts.Season = Season(f)
	}
	return facts
}

// Season is the meteorological season in which the photo was taken: "winter",
// "spring", "summer" or "autumn". It is empty unless the date is known and the
// position tells the hemisphere and lies outside the tropics.
func Season(f tagroll.Facts) string {
	if f.Taken.IsZero() || f.Position == nil {
		return ""
	}
	if latitude := math.Abs(f.Position.Latitude); !(latitude > tropic && latitude <= 90) {
		return ""
	}
	quarter := int(f.Taken.Month()) % 12 / 3 // December to February is 0
	if f.Position.Latitude < 0 {
		quarter = (quarter + 2) % 4
	}
	return [...]string{"winter", "spring", "summer", "autumn"}[quarter]
}

// OneLine makes a text from a file safe and short: one line, valid UTF-8, no control
// or invisible characters, at most that many runes.
func OneLine(s string, runes int) string {
	// A file may hold megabytes here; twice the four bytes of the longest runes leaves room for
	// space.
	if most := 8 * runes; len(s) > most {
		s = s[:most]
	}
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r), unicode.IsControl(r):
			return ' '
		case r == unicode.ReplacementChar, unicode.Is(unicode.Cf, r):
			// Invisible marks, such as those that reverse the direction of writing.
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, ""))
	s = strings.Join(strings.Fields(s), " ")
	if all := []rune(s); len(all) > runes {
		s = strings.TrimSpace(string(all[:runes]))
	}
	return s
}

// chosenName returns the words of a file name if somebody gave the file a name: if
// at least two of its parts are words. A single word is more often a folder's
// or a client's name, and a model sees for itself what the photo shows.
func chosenName(name string) string {
	words := slices.DeleteFunc(FileNameWords(name), IsConnective)
	if len(words) < 2 {
		return ""
	}
	return strings.Join(words, " ")
}

// dated matches a year in a folder's name, alone or at the beginning of a date.
var dated = regexp.MustCompile(`(?:^|[^0-9])(?:19|20)[0-9]{2}(?:[^0-9]|[01][0-9][0-3][0-9](?:[^0-9]|$)|$)`)

// folderName returns the words of the name of the photo's own folder, if it is named after a
// shoot: it has a date and words, as in "2026-05-14 Lisbon tram". Other folders are named after
// clients and disks, which are nobody's business.
func folderName(path string) string {
	dir, _, found := cutLast(strings.ReplaceAll(path, `\`, "/"), "/")
	if !found {
		return ""
	}
	_, name, found := cutLast(dir, "/")
	if !found {
		name = dir
	}
	if !dated.MatchString(name) {
		return ""
	}
	return chosenName(name)
}

func cutLast(s, separator string) (before, after string, found bool) {
	if i := strings.LastIndex(s, separator); i >= 0 {
		return s[:i], s[i+len(separator):], true
	}
	return "", s, false
}
