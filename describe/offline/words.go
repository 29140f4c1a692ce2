package offline

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// set makes a set of words.
func set(words string) map[string]bool {
	m := map[string]bool{}
	for w := range strings.FieldsSeq(words) {
		m[w] = true
	}
	return m
}

var (
	// connectives may stand in a title but say nothing as a keyword.
	connectives = set("a an the in on at of and or with by to for from over under near into as is its it")

	// machineWords are written into names by cameras, telephones and programs, wherever they stand.
	machineWords = set(`img image images dsc dscf dscn dsci dcim sam pxl mvimg vid gopr dji cimg pict picture photo
		pic hpim kif mov screenshot screen bildschirmfoto scan file jpg jpeg png tif tiff webp heic heif raw cr2
		nef arw dng untitled unnamed default whatsapp telegram signal facebook instagram snapchat received fb wa
		uuid guid tmp temp digital camera olympus nikon canon sony fujifilm leica panasonic pentax samsung kodak
		casio ricoh hasselblad sigma minolta konica polaroid iphone ipad lumix coolpix powershot`)

	// modeWords are written in capitals by telephones; in small letters they are words.
	modeWords = set("NIGHT PORTRAIT MP COVER BURST ORIGINAL PANO HDR RESTORED COLLAGE ANIMATION EFFECTS TOP LS")

	// exportWords are added at the end of a name when a photo is edited or exported.
	exportWords = set(`edit edited copy kopie final finished export exported web print full fullsize small medium large
		thumb thumbnail preview scaled resized resize crop cropped retouched enhanced enhancer upscaled sharpened denoised
		lowres highres low high res srgb rgb cmyk lr ps psd version ver draft new old min max optimized compressed
		hdr bw`)
)

// fileWords returns the words that a person gave to a file, in their order, as
// they were written except for capitals that only separate. "KestrelHovering-final.jpg"
// has two, "IMG_0412.jpg", "PXL_20240518_NIGHT.jpg" and a UUID have none.
func fileWords(name string) []string {
	name = clean(name[strings.LastIndexAny(name, `/\`)+1:])
	if dot := strings.LastIndexByte(name, '.'); dot > 0 {
		name = name[:dot]
	}
	var words []string
	for _, part := range strings.FieldsFunc(name, func(r rune) bool { return !inWord(r) }) {
		words = append(words, partWords(part)...)
	}
	end := len(words)
	for end > 0 && (exportWords[strings.ToLower(words[end-1])] || connectives[strings.ToLower(words[end-1])]) {
		end--
	}
	return dedupe(words[:end])
}

func inWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsNumber(r) }

// partWords returns the words in a part of a name between separators.
func partWords(part string) []string {
	letters := strings.TrimRightFunc(strings.TrimLeftFunc(part, unicode.IsNumber), unicode.IsNumber)
	numbered := len(letters) != len(part)
	switch {
	case letters == "",
		strings.ContainsFunc(letters, unicode.IsNumber), // a serial number or a hash
		numbered && hexadecimal(letters),
		hexadecimal(letters) && len(letters) >= 8,
		modeWords[letters]:
		return nil
	}
	pieces := splitCamel(letters)
	if len(pieces) > 2 && utf8.RuneCountInString(letters) < 3*len(pieces) {
		return nil // random letters rather than words
	}
	var words []string
	for _, w := range pieces {
		lower := strings.ToLower(w)
		switch {
		case machineWords[lower]:
			continue
		case connectives[lower] && !numbered:
		case !pronounceable(lower), numbered && utf8.RuneCountInString(w) < 3:
			continue
		}
		if len(pieces) > 1 || strings.ToUpper(w) == w {
			w = lower
		}
		words = append(words, w)
	}
	return words
}

func hexadecimal(s string) bool {
	return strings.Trim(strings.ToLower(s), "abcdef") == ""
}

// splitCamel splits where a small letter is followed by a capital one, and before
// the last of several capitals that begins a word: "NYCSkyline" is "NYC", "Skyline".
func splitCamel(s string) []string {
	var pieces []string
	runes := []rune(s)
	start := 0
	for i := 1; i < len(runes); i++ {
		rises := unicode.IsLower(runes[i-1]) && unicode.IsUpper(runes[i])
		begins := i+1 < len(runes) && unicode.IsUpper(runes[i-1]) && unicode.IsUpper(runes[i]) && unicode.IsLower(runes[i+1])
		if rises || begins {
			pieces = append(pieces, string(runes[start:i]))
			start = i
		}
	}
	return append(pieces, string(runes[start:]))
}

// pronounceable reports whether letters can be a word: in Latin script at least
// three with a vowel among them, in other scripts any, since there one letter may be a word.
func pronounceable(lower string) bool {
	vowel, latin, n := false, true, 0
	for _, r := range lower {
		n++
		vowel = vowel || strings.ContainsRune("aeiouy", r) || r > unicode.MaxASCII
		latin = latin && (unicode.Is(unicode.Latin, r) || unicode.IsMark(r))
	}
	return !latin || n >= 3 && vowel
}

// clean makes one line of a text from outside: valid, without control
// characters and invisible marks, single spaces, of bounded length.
func clean(s string) string {
	const most = 4096 // bytes; a file may hold megabytes here
	if len(s) > most {
		s = s[:most]
	}
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r), unicode.IsControl(r):
			return ' '
		case r == unicode.ReplacementChar, unicode.Is(unicode.Cf, r):
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, ""))
	return strings.Join(strings.Fields(s), " ")
}

// split returns the words of a text, without the marks around them.
func split(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool {
		return !inWord(r) && r != '\'' && r != '’' && r != '-'
	})
}

// dedupe leaves out what was there before, ignoring case.
func dedupe(words []string) []string {
	seen := map[string]bool{}
	var kept []string
	for _, w := range words {
		if key := strings.ToLower(w); !seen[key] {
			seen[key] = true
			kept = append(kept, w)
		}
	}
	return kept
}

// shorten cuts a text after a whole word so that it has at most limit characters.
func shorten(s string, limit int) string {
	runes := []rune(s)
	if len(runes) <= limit {
		return s
	}
	s = string(runes[:limit])
	if i := strings.LastIndexByte(s, ' '); runes[limit] != ' ' && i > 0 {
		s = s[:i]
	}
	words := strings.Fields(s)
	for len(words) > 1 && connectives[strings.ToLower(words[len(words)-1])] {
		words = words[:len(words)-1]
	}
	return strings.TrimRight(strings.Join(words, " "), " -–—:;")
}
