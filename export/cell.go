package export

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// formulaStart are the characters that make a spreadsheet read a formula.
const formulaStart = "=+-@＝＋－＠"

// startsFormula reports whether a spreadsheet may run the cell: it begins with
// one of formulaStart, or with a tab or carriage return, also behind white
// space, invisible characters and quotes that some importers drop.
func startsFormula(cell string) bool {
	if strings.HasPrefix(cell, "\t") || strings.HasPrefix(cell, "\r") {
		return true
	}
	r, _ := utf8.DecodeRuneInString(strings.TrimLeftFunc(cell, isSkipped))
	return strings.ContainsRune(formulaStart, r)
}

// isSkipped reports what an importer may drop in front of a formula.
func isSkipped(r rune) bool {
	return unicode.IsSpace(r) || unicode.In(r, unicode.Cc, unicode.Cf) || strings.ContainsRune("\"'`“”„‘’", r)
}

// textCell makes a text safe without adding anything that an agency would show.
func textCell(text string) string {
	text = plain(text)
	for startsFormula(text) {
		text = strings.TrimLeftFunc(text, isSkipped)
		r, size := utf8.DecodeRuneInString(text)
		text = text[size:]
		if next, _ := utf8.DecodeRuneInString(text); (r == '-' || r == '－') && unicode.IsDigit(next) {
			return "\u2212" + text
		}
		text = strings.TrimLeftFunc(text, unicode.IsSpace)
	}
	return text
}

// NameInCSV is a photo's file name as a CSV has it: with "_" in front if a spreadsheet would run
// it, and with spaces for control characters.
func NameInCSV(name string) string {
	cell, _ := fileNameCell(name)
	return cell
}

// fileNameCell makes a file name safe and reports whether it still is the file's name. A
// replacement character (U+FFFD) is what JSON, and so a journal, has left of a name that
// is not UTF-8.
func fileNameCell(name string) (cell string, same bool) {
	cell = plain(name)
	if startsFormula(name) || startsFormula(cell) {
		return "_" + cell, false // an apostrophe would be dropped by some importers
	}
	return cell, cell == name && !strings.ContainsRune(name, utf8.RuneError)
}

// plain returns valid UTF-8 with a space for every control character.
func plain(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, "\ufffd"))
}
