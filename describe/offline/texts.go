package offline

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/describe"
)

// Bounds of an answer, which is short whatever agencies allow. What the guide asks for may be less.
const (
	maxTitle    = 70 // characters
	maxKeywords = 49
	maxKeyword  = 64 // characters; IPTC-IIM 2:25 allows as many bytes
	// maxText is how many characters of a text in the file are read; as IPTC-IIM 2:120 allows.
	maxText = 2000
)

// texts are the words that came with a photo.
type texts struct {
	// title is the photographer's, or the caption's beginning; empty if neither says anything.
	title    string
	keywords []string // of the file, in its order
	words    []string // of the file name
	places   []string // from the narrowest to the widest
	caption  string
	room     int // for a title, in characters
}

// roomForTitle is how long a title may be.
func roomForTitle(g tagroll.TitleGuide) int {
	room := maxTitle
	for _, asked := range []int{g.Ask, g.Max} {
		if asked > 0 {
			room = min(room, asked)
		}
	}
	return room
}

// readTexts gathers the words that came with a photo.
func readTexts(r tagroll.Request) texts {
	t := texts{caption: clean(r.Facts.Caption), words: ownWords(r), room: roomForTitle(r.Guide.Title)}
	if t.title = titleFrom(clean(r.Facts.Title), r.Facts.Camera, t.room); t.title == "" {
		t.title = titleFrom(firstSentence(t.caption), r.Facts.Camera, t.room)
	}
	t.keywords = keywordsFrom(r.Facts.Keywords)
	p := r.Facts.Place
	if r.Facts.PlaceByPosition && p.City != "" {
		p.Region = "" // a province between city and country reads badly in a title
	}
	for _, name := range []string{p.Location, p.City, p.Region, p.Country} {
		if name = oneTerm(name); name != "" && utf8.RuneCountInString(name) <= maxKeyword {
			t.places = append(t.places, name)
		}
	}
	t.places = dedupe(t.places)
	return t
}

// ownWords returns the words of the file name that are about the photo.
func ownWords(r tagroll.Request) []string {
	words := describe.FileNameWords(r.Photo.Name)
	known := func(w string) bool { return vocabulary()[strings.ToLower(w)] != "" }
	// "Dragonfly by Anna Smith" names its author, which agencies refuse; "Cottage by Lake Como"
	// does not.
	if i := slices.Index(words, "by"); i > 0 && len(words)-i <= 4 && !slices.ContainsFunc(words[i+1:], func(w string) bool {
		return known(w) || strings.ToLower(w) == w
	}) {
		words = words[:i]
	}
	// An apple pie may be photographed with any telephone.
	if maker := split(r.Facts.Camera); len(maker) > 0 && !known(maker[0]) {
		words = slices.DeleteFunc(words, func(w string) bool { return strings.EqualFold(w, maker[0]) })
	}
	if len(words) == 1 && !known(words[0]) {
		return nil // a single word is more often a folder's or a client's name
	}
	return words
}

// clean makes one safe line of a text from the file.
func clean(s string) string { return describe.OneLine(s, maxText) }

// titleFrom makes a title of a text in the file. It is empty if the text is none:
// cameras write their own name there ("OLYMPUS DIGITAL CAMERA"), programs a file name.
func titleFrom(text, camera string, room int) string {
	own := set(append(split(camera), "digital", "camera"))
	words := describe.FileNameWords(strings.NewReplacer("/", " ", `\`, " ").Replace(text) + ".")
	words = slices.DeleteFunc(words, func(w string) bool { return own[strings.ToLower(w)] })
	if len(words) == 0 {
		return ""
	}
	if !strings.Contains(text, " ") && strings.ContainsAny(text, "_.") {
		return shorten(sentence(words), room)
	}
	text = clean(strings.NewReplacer(",", " ", ";", " ", "，", " ", "、", " ").Replace(text))
	return shorten(strings.Trim(text, "./- "), room)
}

// firstSentence is the beginning of a caption up to its first full stop, question
// mark or exclamation mark that is followed by space.
func firstSentence(s string) string {
	for i, r := range s {
		if rest := s[i+utf8.RuneLen(r):]; strings.ContainsRune(".!?", r) && (rest == "" || rest[0] == ' ') && i > 15 {
			return s[:i]
		}
	}
	return s
}

// keywordsFrom splits lists and hierarchies ("Animals|Birds|Kestrel") and tidies each word.
func keywordsFrom(list []string) []string {
	var keywords []string
	for _, entry := range list {
		for part := range strings.FieldsFuncSeq(clean(entry), func(r rune) bool { return strings.ContainsRune(",;|，、", r) }) {
			if part = oneTerm(part); part != "" && utf8.RuneCountInString(part) <= maxKeyword {
				keywords = append(keywords, part)
			}
		}
		if len(keywords) > 10*maxKeywords {
			break
		}
	}
	return dedupe(keywords)
}

// oneTerm makes a text fit to be one keyword; it is empty if the text has no letter or digit.
func oneTerm(s string) string {
	s = clean(strings.NewReplacer(",", " ", ";", " ", "|", " ").Replace(clean(s)))
	s = strings.TrimLeft(s, "#* ")
	if !strings.ContainsFunc(s, inWord) {
		return ""
	}
	return s
}
