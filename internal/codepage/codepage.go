// Package codepage decodes texts that do not say in which character set they are: bytes in, a
// string in UTF-8 out. Before UTF-8 a character was one byte, and another one on Windows than on a
// Macintosh; the package tells which of the two a text is in. It decodes UTF-16, too.
//
// The browser makes the same guess when it writes into a JPEG (web/page/static/js/embed/iptc.js).
package codepage

import (
	"strings"
	"unicode/utf8"
)

// Table holds the characters of the bytes from 0x80 on. Those below are ASCII.
type Table struct{ upper []rune }

// The tables of the WHATWG Encoding Standard. Every byte has a character, if only a control
// character. Windows-1252 is Latin-1 (ISO 8859-1) but for 32 bytes that mean nothing there.
var (
	Windows1252 = &Table{[]rune("€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ" +
		"\u00a0¡¢£¤¥¦§¨©ª«¬\u00ad®¯°±²³´µ¶·¸¹º»¼½¾¿ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÐÑÒÓÔÕÖ×ØÙÚÛÜÝÞßàáâãäåæçèéêëìíîïðñòóôõö÷øùúûüýþÿ")}
	MacRoman = &Table{[]rune("ÄÅÇÉÑÖÜáàâäãåçéèêëíìîïñóòôöõúùûü" +
		"†°¢£§•¶ß®©™´¨≠ÆØ∞±≤≥¥µ∂∑∏π∫ªºΩæø¿¡¬√ƒ≈∆«»…\u00a0ÀÃÕŒœ–—“”‘’÷◊ÿŸ⁄€‹›ﬁﬂ‡·‚„‰ÂÊÁËÈÍÎÏÌÓÔ\uf8ffÒÚÛÙıˆ˜¯˘˙˚¸˝˛ˇ")}
)

// Rune returns the character of a byte.
func (t *Table) Rune(b byte) rune {
	if b < utf8.RuneSelf {
		return rune(b)
	}
	return t.upper[b-utf8.RuneSelf]
}

// Decode returns a text in UTF-8.
func (t *Table) Decode(text []byte) string {
	var decoded strings.Builder
	decoded.Grow(len(text))
	for _, b := range text {
		decoded.WriteRune(t.Rune(b))
	}
	return decoded.String()
}
