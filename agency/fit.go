package agency

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/tagroll/tagroll"
)

// Fit returns metadata in the form in which this agency takes it, where several are served with the
// same words: the title stands in for a description that is missing, and the other way round if it
// is short enough; accents go where the agency takes none. Nothing else is changed, and no text is
// cut. The argument is not changed.
func (a *Agency) Fit(m tagroll.Metadata) tagroll.Metadata {
	r := a.rules
	if m.Title == "" && a.takesTitle() && (r.Title.Max == 0 || utf8.RuneCountInString(m.Description) <= r.Title.Max) {
		m.Title = withoutFinalStop(m.Description)
	}
	if m.Description == "" && r.Description.Wanted {
		m.Description = m.Title
	}
	if r.Text.Accents == "" {
		return m
	}
	m.Title, m.Description = plainLetters(m.Title), plainLetters(m.Description)
	keywords := m.Keywords
	m.Keywords = make([]string, 0, len(keywords))
	seen := make(map[string]bool, len(keywords))
	for _, k := range keywords {
		// "café" and "cafe" are one keyword now.
		if k = plainLetters(k); !seen[k] {
			seen[k] = true
			m.Keywords = append(m.Keywords, k)
		}
	}
	return m
}

// plainSpelling is how letters and marks that have no decomposition are written plainly.
var plainSpelling = strings.NewReplacer(
	"ß", "ss", "ẞ", "SS", "æ", "ae", "Æ", "AE", "œ", "oe", "Œ", "OE", "ø", "o", "Ø", "O", "ł", "l", "Ł", "L", "đ", "d", "Đ", "D",
	"ð", "d", "Ð", "D", "þ", "th", "Þ", "Th", "ı", "i", "ħ", "h", "Ħ", "H",
	"‘", "'", "’", "'", "‚", "'", "“", `"`, "”", `"`, "„", `"`, "«", `"`, "»", `"`, "–", "-", "—", "-", "−", "-", "…", "...")

// plainLetters writes Latin letters without accents, and typographic marks as a typewriter has
// them. Other scripts stay as they are: to leave them out would change what the text says.
func plainLetters(s string) string {
	if isPlain(s) {
		return s
	}
	var b strings.Builder
	latin := false // the letter that a mark belongs to
	for _, r := range norm.NFD.String(plainSpelling.Replace(s)) {
		if unicode.Is(unicode.Mn, r) && latin {
			continue
		}
		latin = unicode.Is(unicode.Latin, r)
		b.WriteRune(r)
	}
	return norm.NFC.String(b.String())
}

// isPlain reports whether a text holds ASCII characters only.
func isPlain(s string) bool {
	for _, r := range s {
		if r >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
