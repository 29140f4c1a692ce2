package describe

import (
	"path"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// wordSet makes a set of the words of a text.
func wordSet(text string) map[string]bool {
	set := make(map[string]bool)
	for _, w := range strings.Fields(text) {
		set[w] = true
	}
	return set
}

var (
	// notWords are parts of file names that cameras, telephones and programs write, and
	// camera makers and picture sites, which agencies refuse as trademarks.
	notWords = wordSet(`
		img image images imagen dsc dscf dscn dsci dcim pxl mvimg vid kimg cimg gopr pict picture pictures pic pics
		hpim photo photos foto fotos bild mov screenshot screenshots bildschirmfoto scan file uuid guid tmp temp
		untitled unnamed unbenannt noname default received download
		jpg jpeg png tif tiff webp heic heif avif raw dng nef cr2 arw psd gif
		whatsapp telegram instagram facebook snapchat shutterstock adobestock istock istockphoto dreamstime
		depositphotos alamy freepik unsplash pexels pixabay
		canon nikon sony fujifilm gopro dji leica olympus pentax panasonic lumix coolpix powershot hasselblad samsung
		eos kodak casio ricoh minolta konica polaroid iphone ipad tamron`)

	// modes are written in capitals by telephones; in small letters they are words.
	modes = wordSet("NIGHT PORTRAIT COVER BURST ORIGINAL PANO HDR RESTORED COLLAGE ANIMATION EFFECTS TOP")

	// exportWords say how a file was made if they end its name ("beach-small"), and
	// may be words elsewhere ("small-beach").
	exportWords = wordSet(`
		edit edited editing copy copie kopie copia final finished export exported web print preview thumb thumbnail
		small medium large big low high res resolution lowres highres hires lores fullres fullsize full size quality
		resized resize scaled upscaled cropped crop compressed optimized optimised processed retouched enhanced
		enhancer denoise denoised sharpened stacked master original orig version ver new neu old draft done output
		min max srgb adobergb rgb cmyk burst hdr pano panorama portrait cover bearbeitet klein gross stock`)

	// connectives are short words that belong between other words: articles and
	// prepositions of some languages, but none that is a noun in English.
	connectives = wordSet(`
		a an and as at by for from in into near of on or over the to under with without
		are his her is it its that their these this those was
		am auf aus bei das dem der ein eine im mit und vom von zum zur
		au aux avec dans de des du en et la le les
		da del di el las los y`)
)

// IsConnective reports whether a word only connects others, such as "in" or "the".
func IsConnective(word string) bool { return connectives[strings.ToLower(word)] }

// FileNameWords returns the words that somebody wrote into a file name, in their
// order and as they are written, but in small letters where capitals only separate:
// "fig-in-RedBowl_web.jpg" has fig, in, red and bowl. Names that cameras and
// programs give, such as IMG_0412.jpg, have none.
//
// Numbers, dates, sizes, identifiers and hashes are no words. The words are in Unicode
// Normalization Form C, none occurs twice, and they neither begin nor end with a connective.
func FileNameWords(name string) []string {
	name = name[strings.LastIndexAny(name, `/\`)+1:]
	name = norm.NFC.String(OneLine(strings.TrimSuffix(name, path.Ext(name)), maxFactRunes))
	name = counter.ReplaceAllString(name, "")
	var words []string
	for part := range strings.FieldsFuncSeq(name, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsMark(r) && !unicode.IsNumber(r)
	}) {
		words = append(words, partWords(part)...)
	}
	words = withoutRepeats(words)
	first, end := 0, len(words)
	for end > 0 && (exportWords[strings.ToLower(words[end-1])] || IsConnective(words[end-1])) {
		end--
	}
	for first < end && IsConnective(words[first]) {
		first++
	}
	return words[first:end]
}

// withoutRepeats leaves out words that were there before, connectives excepted.
func withoutRepeats(words []string) []string {
	seen := make(map[string]bool)
	var kept []string
	for _, w := range words {
		if lower := strings.ToLower(w); !seen[lower] || connectives[lower] {
			seen[lower] = true
			kept = append(kept, w)
		}
	}
	return kept
}

// counter matches a prefix of capitals and a number, as cameras count: DSC_2071,
// ABC00123. Photographers choose such prefixes too.
var counter = regexp.MustCompile(`^_*[A-Z]{1,5}[_-]?[0-9]{3,}`)

// partWords returns the words in what stands between two separators of a name.
func partWords(part string) []string {
	letters := strings.TrimFunc(part, unicode.IsNumber)
	numbered := len(letters) < len(part)
	switch {
	case strings.ContainsFunc(letters, unicode.IsNumber), // an identifier
		numbered && utf8.RuneCountInString(letters) < 3,           // 3rd, 1024px, v2
		isHexadecimal(letters) && (numbered || len(letters) >= 8), // a piece of a hash
		modes[letters], notWords[strings.ToLower(letters)]:
		return nil
	}
	pieces := splitCase(letters)
	if len(pieces) > 2 && utf8.RuneCountInString(letters) < 4*len(pieces) {
		return nil // letters at random
	}
	var words []string
	for _, w := range pieces {
		lower := strings.ToLower(w)
		if !connectives[lower] && !isWord(lower) {
			continue
		}
		if len(pieces) > 1 || strings.ToUpper(w) == w {
			w = lower
		}
		words = append(words, w)
	}
	return words
}

func isHexadecimal(s string) bool { return strings.Trim(strings.ToLower(s), "abcdef") == "" }

// splitCase splits where a small letter is followed by a capital, and before the last
// of several capitals that begins a word: "OLDHarbour" is OLD and Harbour.
func splitCase(s string) []string {
	var pieces []string
	runes := []rune(s)
	start := 0
	for i := 1; i < len(runes); i++ {
		before, capital := runes[i-1], unicode.IsUpper(runes[i])
		begins := capital && unicode.IsUpper(before) && i+1 < len(runes) && unicode.IsLower(runes[i+1])
		if capital && unicode.IsLower(before) || begins {
			pieces = append(pieces, string(runes[start:i]))
			start = i
		}
	}
	return append(pieces, string(runes[start:]))
}

// isWord reports whether small letters can be a word: in the Latin alphabet at
// least three, one of them a vowel; elsewhere one letter may be a word.
func isWord(s string) bool {
	if notWords[s] {
		return false
	}
	letters, vowel := 0, false
	for _, r := range s {
		switch {
		case unicode.IsMark(r):
			continue
		case !unicode.Is(unicode.Latin, r):
			return true
		}
		letters++
		vowel = vowel || r >= utf8.RuneSelf || strings.ContainsRune("aeiouy", r)
	}
	return letters >= 3 && vowel
}
