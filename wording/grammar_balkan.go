package wording

import (
	"slices"
	"strings"
)

// greek has its endings with σ also at the end of words: capitals have one letter for both (see
// language.stem). Neuters in -ος are listed, since "φίλη" is no plural of "φίλος".
var greek = &numbers{
	endings: endings(`οι-οσ οί-όσ εσ-α εσ-η εσ-ασ εσ-ησ έσ-ά έσ-ή έσ-άσ έσ-ήσ εισ-η είσ-ή είσ-ήσ είσ-έασ άδεσ-άσ έδεσ-έσ ήδεσ-ήσ
		ούδεσ-ού ματα-μα α-ο ά-ό ια-ι ιά-ί`),
	irregular: singulars(`μέρη μέροσ, δάση δάσοσ, λάθη λάθοσ, νέφη νέφοσ, είδη είδοσ, τείχη τείχοσ, τέλη τέλοσ, άνθη άνθοσ, πλήθη πλήθοσ,
		ύψη ύψοσ, βάθη βάθοσ, έτη έτοσ, έθνη έθνοσ, βέλη βέλοσ, σκεύη σκεύοσ, στήθη στήθοσ, χείλη χείλοσ, κράτη κράτοσ, εδάφη έδαφοσ,
		πελάγη πέλαγοσ, στελέχη στέλεχοσ, όρη όροσ, μέρεσ μέρα, φώτα φωσ, βράδια βράδυ, γεγονότα γεγονόσ`),
	never: wordSet("ώρα χώρα μέρα ρόδα πόρτα κόλλα"),
	vary: func(s, ending string) []string {
		if ending != "ματα" && ending != "εισ" {
			return []string{s}
		}
		return append(accentEarlier(s), s) // "αγάλματα" of "άγαλμα"
	},
}

const (
	greekPlain    = "αεηιουω"
	greekAccented = "άέήίόύώ"
)

// accentEarlier moves the accent of a Greek word to the syllable before, if a consonant divides the
// two. It returns nothing if there is none.
func accentEarlier(w string) []string {
	letters := []rune(w)
	plain, accented := []rune(greekPlain), []rune(greekAccented)
	at := slices.IndexFunc(letters, func(r rune) bool { return slices.Contains(accented, r) })
	if at < 2 || slices.Contains(plain, letters[at-1]) {
		return nil
	}
	for i := at - 2; i >= 0; i-- {
		if k := slices.Index(plain, letters[i]); k >= 0 {
			letters[at] = plain[slices.Index(accented, letters[at])]
			letters[i] = accented[k]
			return []string{string(letters)}
		}
	}
	return nil
}

var bulgarian = &numbers{
	endings: endings("ове- еве-й и- и-а и-я и-й ци-к ци-ец зи-г си-х ни-ен а-о я-е ета-е ена-е ища-ище ца-це"),
	irregular: singulars(`хора човек, деца дете, очи око, уши ухо, ръце ръка, крака крак, братя брат, мъже мъж, коне кон, царе цар, пътища път,
		цветя цвете, дървета дърво, листа лист, места място, небеса небе, върхове връх, снегове сняг, брегове бряг, колене коляно,
		рамене рамо, гърди гръд, чудеса чудо, тела тяло, краища край`),
	never: wordSet("вина кола"),
}

// southSlavic are the endings that Croatian and Serbian have in common: "vlakovi" of "vlak",
// "tornjevi" of "toranj", "poslovi" of "posao".
const southSlavic = `i- ovi- evi- ci-k ci-ac zi-g si-h ri-ar rovi-ar njevi-anj lovi-ao li-eo e-a a-o a-e ena-e`

const southSlavicIrregular = `ljudi čovjek, ljudi čovek, braća brat, djeca dijete, deca dete, oči oko, uši uho, uši uvo, psi pas, cvjetovi cvijet, bregovi brijeg,
	snjegovi snijeg, dijelovi dio, nebesa nebo, drveća drvo, gospoda gospodin, kćeri kći, dani dan`

var croatian = &numbers{
	endings:   endings(southSlavic),
	irregular: singulars(strings.NewReplacer("ljudi čovek, ", "", "uši uvo, ", "").Replace(southSlavicIrregular)),
	never:     wordSet("kola mora usta vrata"),
}

// serbian is written in two scripts.
var serbian = &numbers{
	endings:   endings(southSlavic + " " + serbianCyrillic(southSlavic)),
	irregular: singulars(serbianIrregular + ", " + serbianCyrillic(serbianIrregular)),
	never:     wordSet("kola mora usta vrata кола мора уста врата"),
}

var serbianIrregular = strings.NewReplacer("ljudi čovjek, ", "", "uši uho, ", "").Replace(southSlavicIrregular)

// serbianCyrillic writes Latin letters of Serbian in Cyrillic ones. Other characters stay.
func serbianCyrillic(text string) string {
	return strings.NewReplacer("lj", "љ", "nj", "њ", "dž", "џ",
		"a", "а", "b", "б", "v", "в", "g", "г", "d", "д", "đ", "ђ", "e", "е", "ž", "ж", "z", "з", "i", "и", "j", "ј", "k", "к", "l", "л",
		"m", "м", "n", "н", "o", "о", "p", "п", "r", "р", "s", "с", "t", "т", "ć", "ћ", "u", "у", "f", "ф", "h", "х", "c", "ц", "č", "ч", "š", "ш").Replace(text)
}

var slovenian = &numbers{
	endings: endings("i- ovi- evi- ci-ec ki-ek ri-er rovi-er li-el e-a a-o a-e ena-e eta-e esa-o ve-ev"),
	irregular: singulars(`ljudje človek, otroci otrok, možje mož, oči oko, ušesa uho, psi pes, hčere hči, gospe gospa, dnevi dan, bratje brat,
		kmetje kmet, sosedje sosed`),
	never: wordSet("mora usta vrata"),
}
