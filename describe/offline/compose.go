package offline

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/describe"
)

// compose puts an answer together from what is known.
func compose(t texts, l look, f tagroll.Facts) tagroll.Metadata {
	if f.FNumber >= 11 {
		// So small an aperture leaves little out of focus: it is haze or clouds.
		l.shallow = false
	}
	title := titleOf(t, l)
	return tagroll.Metadata{
		Title:    title,
		Keywords: keywordsOf(title, t, l, f),
		Category: categoryOf(t, l),
	}
}

// titleOf chooses the best title there is: the file's own, that of the file name, or the looks.
func titleOf(t texts, l look) string {
	if t.title != "" {
		return t.title
	}
	if len(t.words) > 0 {
		return withTones(shorten(sentence(t.words), t.room), l, t.room)
	}
	for from := range t.places { // as much of the place as there is room for
		title := strings.Join(t.places[from:], " ") + " in " + tones(l)
		if utf8.RuneCountInString(title) <= t.room {
			return upperFirst(title)
		}
	}
	return shorten(looksTitle(l), t.room)
}

// withTones adds the colours to a title of one or two words, which is too short to
// tell one photo of its subject from another, unless it names colours itself.
func withTones(title string, l look, room int) string {
	words := strings.Fields(title)
	named := slices.ContainsFunc(words, func(w string) bool { return slices.Contains(hueNames[:], strings.ToLower(w)) })
	long := title + " in " + tones(l)
	if len(words) > 2 || named || utf8.RuneCountInString(long) > room {
		return title
	}
	return long
}

// looksTitle says in words what was measured: "Dark vertical composition in blue and gray tones".
func looksTitle(l look) string {
	s := string(l.format) + " composition in " + tones(l)
	switch {
	case l.bright:
		s = "bright " + s
	case l.dark:
		s = "dark " + s
	}
	return upperFirst(s)
}

// tones names the colours of the picture.
func tones(l look) string {
	switch {
	case l.mono:
		return "black and white"
	case l.sepia:
		return "sepia tones"
	case len(l.colours) == 1:
		return l.colours[0].String() + " tones"
	}
	return l.colours[0].String() + " and " + l.colours[1].String() + " tones"
}

// sentence joins words to a title, which begins with a capital letter.
func sentence(words []string) string { return upperFirst(strings.Join(words, " ")) }

func upperFirst(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	if n == 0 {
		return s
	}
	return string(unicode.ToUpper(r)) + s[n:]
}

// keywordsOf orders the keywords by their worth: the file's own keywords unchanged, words of the
// title and of the file name, places, what the camera noted, looks.
func keywordsOf(title string, t texts, l look, f tagroll.Facts) []string {
	looks := lookKeywords(l)
	all := slices.Concat(t.keywords, uncovered(title, slices.Concat(t.keywords, t.places, looks)))
	for _, w := range t.words {
		if searchable(strings.ToLower(w)) {
			all = append(all, w)
		}
	}
	all = slices.Concat(all, t.places, cameraKeywords(f, l), looks)
	for i, k := range all {
		all[i] = strings.ToLower(k)
	}
	all = dedupe(all)
	// Every word of the title needs a keyword, also if the file fills the list alone.
	for keep := min(len(all), maxKeywords); ; keep-- {
		if missing := uncovered(title, all[:keep]); keep+len(missing) <= maxKeywords {
			return slices.Concat(all[:keep], missing)
		}
	}
}

// uncovered returns the words of a title that stand in none of the keywords.
func uncovered(title string, keywords []string) []string {
	covered := map[string]bool{}
	for _, k := range keywords {
		for _, w := range split(strings.ToLower(k)) {
			covered[w] = true
		}
	}
	var missing []string
	for _, w := range split(strings.ToLower(title)) {
		if w = strings.Trim(w, "'’-"); searchable(w) && !covered[w] {
			covered[w] = true
			missing = append(missing, w)
		}
	}
	return missing
}

// searchable reports whether a word in small letters is worth a keyword: whether it is no
// connective, no number and no single letter. Chinese has words of one sign, in three bytes.
func searchable(w string) bool {
	return !describe.IsConnective(w) && strings.ContainsFunc(w, unicode.IsLetter) &&
		(utf8.RuneCountInString(w) > 1 || len(w) > 2)
}

// lookKeywords are the keywords for what was measured, at least five.
func lookKeywords(l look) []string {
	var k []string
	say := func(holds bool, words ...string) {
		if holds {
			k = append(k, words...)
		}
	}
	say(l.sky >= openSky, "blue sky", "sky")
	say(l.greenery >= openLand, "greenery")
	say(l.mono, "black and white", "monochrome")
	say(l.sepia, "sepia", "sepia tones", "monochrome")
	if !l.mono && !l.sepia {
		for _, h := range l.colours {
			say(true, h.String())
		}
		for _, h := range l.colours[:min(len(l.colours), 2)] {
			say(true, h.String()+" tones")
		}
		say(len(l.colours) > 1, l.colours[0].String()+" and "+l.colours[min(1, len(l.colours)-1)].String())
	}
	say(l.whiteBack, "white background")
	say(l.darkBack, "dark background")
	say(len(l.space) > 0, "copy space", "negative space")
	if len(l.space) <= 2 { // more than two sides is everywhere
		for _, side := range l.space {
			say(true, "copy space "+side)
		}
	}
	say(l.shallow, "blurred background", "selective focus")
	say(l.minimal, "minimalism", "simplicity")
	say(l.pattern, "pattern", "repetition")
	say(l.texture, "texture", "frame filling")
	say(l.vivid, "colorful", "vibrant")
	say(l.muted, "muted colors")
	say(l.warm, "warm tones")
	say(l.cool, "cool tones")
	say(l.highKey, "high key")
	say(l.lowKey, "low key")
	say(l.bright, "bright")
	say(l.dark, "dark")
	say(l.contrasty, "high contrast")
	say(l.flat, "low contrast")
	for h := range hues {
		say(!l.mono && !l.sepia && !h.neutral() && l.share[h] >= minor, h.String())
	}
	say(true, string(l.format), string(l.format)+" format", string(l.format)+" composition")
	say(l.format == panoramic, "panorama", "horizontal")
	if l.mono || l.sepia {
		say(true, "monochrome photography")
	} else {
		say(true, "color photography", "color image")
	}
	return k
}
