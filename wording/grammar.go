package wording

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// grammar has the languages whose plurals are known here. German, French, Spanish, Portuguese and
// Italian have stems instead; see language.stem.
var grammar = map[language]*numbers{
	"Swedish": {
		endings: endings("ar- ar-e er- er-e or-a or-o rar-er lar-el nar-en en-e an-a än-ä ön-ö in-i"),
		irregular: singulars(`män man, böcker bok, fötter fot, rötter rot, gäss gås, möss mus, löss lus, bönder bonde, döttrar dotter,
			mödrar moder, bröder bror, fäder far, söner son, somrar sommar, himlar himmel, museer museum, rosor ros, vågor våg,
			ögon öga, öron öra, tofflor toffel, ängar äng`),
		never: wordSet("fönster koppar kläder läder lager leder mar panter papper poster silver vatten väder"),
		vary: func(s, ending string) []string {
			if ending != "er" {
				return []string{s}
			}
			return append(withVowel(s, "ä", "a", "ö", "o"), s) // "händer", "söner"
		},
	},
	"Danish": {
		endings: endings("e- er- er-e ler-el le-el re-er"),
		irregular: singulars(`mænd mand, børn barn, bøger bog, hænder hånd, fødder fod, gæs gås, ænder and, stæder stad, nætter nat, tænder tand,
			rødder rod, øjne øje, ører øre, døtre datter, brødre bror, mødre mor, fædre far, somre sommer, himle himmel, museer museum,
			katte kat, hatte hat, venner ven, kopper kop, bønder bonde, pladser plads, bukke buk, busser bus`),
		never: wordSet(`arbejder bader bager bane bare base bygger dame danser dykker fisker flade golfer hale have hyre jæger kane kone kører
			lade lager leder lærer læser løber låge maler male mose måler note pose ridder rose runde rytter sanger sejler skater
			skriver spade spiller surfer svømmer tale tegner tone vare vase vinder vinger`),
	},
	"Norwegian": {
		endings: endings("er- er-e ere-er ler-el re-er"),
		irregular: singulars(`menn mann, bøker bok, hender hånd, føtter fot, gjess gås, ender and, netter natt, tenner tann, strender strand,
			røtter rot, kyr ku, tær tå, trær tre, brødre bror, mødre mor, fedre far, døtre datter, himler himmel, sykler sykkel,
			somrer sommer, somre sommer, museer museum, bønder bonde`),
		never: wordSet(`arbeider bader baker bygger danser driver dykker fisker flyer golfer hammer jakter jeger kaster kjører klatrer lager leder
			leser lærer løper maler mester måler padler ridder rytter sanger seiler skater skriver spiller surfer svømmer tegner
			vekter vever vinner`),
	},
	"Dutch": {
		endings: endings("en- s- 's- ’s- ën- eren- heden-heid"),
		irregular: singulars(`dagen dag, wegen weg, glazen glas, baden bad, daken dak, paden pad, sloten slot, schepen schip, steden stad, gaten gat,
			goden god, bladeren blad, spelen spel, kinderen kind, eieren ei, koeien koe, musea museum, holen hol, vaten vat, hoven hof,
			lammeren lam, kalveren kalf, kleren kleed, oorlogen oorlog, hertogen hertog`),
		never: wordSet("dans hals jongen kolen koren kussen manen pols reus teken vlas wals"),
		vary:  varyDutch,
	},
	"Polish": {
		endings: endings(`y- y-a i- i-a ki-ek e- e-a ce-ec cie-ć nie-ń sie-ś zie-ź ci-ć ci-t a-o a-e ęta-ę owie- ści-sta cy-ec cy-k
			a-y e-y a-i`),
		irregular: singulars(`psy pies, dni dzień, dzieci dziecko, ludzie człowiek, ręce ręka, oczy oko, uszy ucho, bracia brat, gałęzie gałąź,
			mężczyźni mężczyzna, księża ksiądz, ognie ogień, orły orzeł, kozły kozioł, lwy lew, mchy mech, wsie wieś, łokcie łokieć`),
		never: wordSet("dania lata lody rana wina"),
		// "stoły", "zęby"
		vary: func(s, _ string) []string { return append(withVowel(s, "o", "ó", "ę", "ą"), s) },
	},
	"Czech": {
		endings: endings("y- y-a ky-ek i- ci-k ši-ch ři-r e- ě- ce-ec a-o ata-e ata-ě é- é-ý á-ý ové- sté-sta"),
		irregular: singulars(`děti dítě, lidé člověk, psi pes, dny den, ruce ruka, oči oko, uši ucho, přátelé přítel, zdi zeď, koně kůň, láhve láhev,
			písně píseň, bratři bratr, muži muž, lvi lev, svetry svetr, větve větev, mrkve mrkev, koťata kotě, štěňata štěně,
			zvířata zvíře, kuřata kuře, mláďata mládě, hříbata hříbě`),
		never: wordSet("kola léta rána vina"),
		// "domy"
		vary: func(s, _ string) []string { return append(withVowel(s, "o", "ů"), s) },
	},
	"Slovak": {
		endings: endings("y- y-a ky-ok i- ci-k e- e-a á-o ia-e ce-ec atá-a é-ý á-ý"),
		irregular: singulars(`deti dieťa, ľudia človek, psy pes, psi pes, dni deň, oči oko, uši ucho, priatelia priateľ, kone kôň,
			stoly stôl, levy lev, vtáky vták, zajace zajac`),
		never: wordSet("kola leta rana"),
		vary:  func(s, _ string) []string { return append(withVowel(s, "o", "ô"), s) },
	},
	"Romanian": {
		endings: endings("uri- ri- i- i-e i-ă i-u ți-t ți-te ți-tă zi-d zi-dă zi-de și-s e- e-ă le-"),
		irregular: singulars(`oameni om, copii copil, cai cal, băieți băiat, ouă ou, mere măr, surori soră, mâini mână, nopți noapte, femei femeie,
			fete fată, mese masă, băi baie, văi vale, căi cale, zile zi, flori floare, porți poartă, chei cheie, foi foaie, nori nor`),
		never: wordSet("cale mare pare pate vale vine"),
		vary:  varyRomanian,
	},
	"Hungarian": {
		endings: endings("ák-a ék-e ak- ok- ek- ök- k-"),
		irregular: singulars(`lovak ló, tavak tó, falvak falu, szavak szó, kövek kő, füvek fű, csövek cső, hegyek hegy, tetők tető,
			havak hó, mezők mező`),
		never: wordSet("mák torok török"),
		vary:  varyHungarian,
	},
	"Turkish": {endings: endings("lar- ler-"), never: wordSet("dolar kiler")},
	"Finnish": {
		irregular: singulars(`miehet mies, pojat poika, ajat aika, hampaat hammas, rikkaat rikas, keväät kevät, oluet olut, sydämet sydän,
			tyttäret tytär, lampaat lammas, portaat porras, varpaat varvas, oppaat opas, puvut puku, asukkaat asukas, seipäät seiväs`),
		plurals: pluralsFinnish,
	},
	"Russian": {
		endings: endings(`ы- ы-а и- и-а и-ь и-я и-й ки-ок ки-ек цы-ец ьцы-ец ни-ень а-о я-е ята-енок
			ые-ый ая-ый ое-ый ые-ой ая-ой ое-ой ие-ий ая-ий ое-ий ие-ой яя-ий ее-ий`),
		irregular: singulars(`люди человек, дети ребенок, цветы цветок, деревья дерево, друзья друг, сыновья сын, матери мать, дочери дочь,
			небеса небо, чудеса чудо, уши ухо, плечи плечо, яблоки яблоко, колени колено, дома дом, города город, поезда поезд,
			глаза глаз, леса лес, острова остров, цвета цвет, вечера вечер, берега берег, луга луг, снега снег, края край, рога рог,
			голоса голос, колокола колокол, катера катер, паспорта паспорт, профессора профессор, доктора доктор, мастера мастер,
			повара повар, адреса адрес, номера номер, провода провод, тополя тополь, учителя учитель, щенки щенок, львы лев, псы пес,
			рты рот, лбы лоб, муравьи муравей, воробьи воробей, соловьи соловей, ручьи ручей, мужья муж, стулья стул, братья брат,
			листья лист, крылья крыло, перья перо, колосья колос, церкви церковь, крестьяне крестьянин, угли уголь, огни огонь, щенята щенок`),
		never: wordSet("весы вина духи роды трусы часы"),
	},
	"Ukrainian": {
		endings: endings("и- и-а і- і-я і-ь і-а ї-я ї-й а-о я-е ки-ок ці-ець ні-ень ята-я ата-а і-ий а-ий е-ий"),
		irregular: singulars(`люди людина, діти дитина, очі око, друзі друг, вуха вухо, леви лев, пси пес, дні день, матері мати, небеса небо,
			дівчата дівчина, яблука яблуко, двері двері, гуси гуска`),
		never: wordSet("вина права"),
		vary: func(s, ending string) []string {
			if ending != "и" && ending != "і" {
				return []string{s}
			}
			return append(withVowel(s, "о", "і", "е", "і"), s) // "коти" of "кіт"
		},
	},
	"Catalan": {
		endings:   endings("s- es-a ns- ons-ó ins-í ans-à ens-è ques-ca gues-ga ces-ça ges-ja ssos-s sos-s xos-x cos-c ços-ç"),
		irregular: singulars("homes home, mans mà, boscos bosc"),
		never:     wordSet("cas cos gas gos més mos nas pas temps vas"),
	},
	"Greek": greek, "Bulgarian": bulgarian, "Croatian": croatian, "Serbian": serbian, "Slovenian": slovenian,
	"Latvian": latvian, "Lithuanian": lithuanian, "Estonian": estonian,
}

// endings reads pairs of endings: "or-a" is the plural "-or" of words in "-a".
func endings(text string) (list []string) {
	for pair := range strings.FieldsSeq(text) {
		plural, singular, _ := strings.Cut(pair, "-")
		list = append(list, plural, singular)
	}
	return list
}

// singulars reads plurals with their singulars.
func singulars(text string) map[string]string {
	m := make(map[string]string)
	for pair := range strings.SplitSeq(text, ",") {
		words := strings.Fields(pair)
		m[words[0]] = words[1]
	}
	return m
}

const vowels = "aeiouyáéíóúýěůöüőűäåæøąęăâîаеиоуіяюєїыэё"

// withVowel returns a word with another vowel in its last closed syllable, for the first of the
// changes (from, to) whose vowel is there.
func withVowel(w string, changes ...string) []string {
	end := strings.LastIndexAny(w, vowels)
	for i := 0; i+1 < len(changes); i += 2 {
		if at := strings.LastIndex(w, changes[i]); at >= 0 && at == end && at+len(changes[i]) < len(w) {
			return []string{w[:at] + changes[i+1] + w[at+len(changes[i]):]}
		}
	}
	return nil
}

// varyDutch undoes what Dutch spelling does before -en: "katten" of "kat", "bomen" of "boom",
// "huizen" of "huis".
func varyDutch(s, ending string) (forms []string) {
	if ending != "en" {
		return []string{s}
	}
	n := len(s)
	last := s[n-1]
	switch {
	case n >= 3 && last == s[n-2] && !strings.ContainsRune(vowels, rune(last)):
		return []string{s[:n-1]}
	case n >= 2 && strings.Contains("aeou", s[n-2:n-1]) && !strings.ContainsRune(vowels, rune(last)) && (n == 2 || !strings.ContainsRune(vowels, rune(s[n-3]))):
		// "bomen" has a long vowel, "monniken" need not.
		if !strings.ContainsAny(s[:n-2], vowels) {
			s = s[:n-2] + s[n-2:n-1] + s[n-2:]
		} else {
			forms = append(forms, s[:n-2]+s[n-2:n-1]+s[n-2:])
		}
	}
	forms = append(forms, s)
	for _, change := range [][2]string{{"z", "s"}, {"v", "f"}} {
		if stem, ok := strings.CutSuffix(s, change[0]); ok {
			forms = append(forms, stem+change[1])
		}
	}
	return forms
}

// varyRomanian changes the vowel before the last letter: "mări" of "mare", "roți" of "roată".
func varyRomanian(s, _ string) (forms []string) {
	forms = []string{s}
	_, size := utf8.DecodeLastRuneInString(s)
	body, final := s[:len(s)-size], s[len(s)-size:]
	for _, change := range [][2]string{{"ă", "a"}, {"e", "ea"}, {"o", "oa"}, {"e", "a"}, {"e", "ia"}} {
		if at := strings.LastIndex(body, change[0]); at >= 0 && at == strings.LastIndexAny(body, vowels) {
			forms = append(forms, body[:at]+change[1]+body[at+len(change[0]):]+final)
		}
	}
	return forms
}

// hungarianDouble are the consonants that are written with two letters.
var hungarianDouble = []string{"ny", "sz", "gy", "ly", "ty", "zs", "cs"}

// varyHungarian undoes the short vowel of "madarak" ("madár") and the lost one of "bokrok"
// ("bokor").
func varyHungarian(s, ending string) (forms []string) {
	if utf8.RuneCountInString(ending) != 2 || strings.HasPrefix(ending, "á") || strings.HasPrefix(ending, "é") {
		return []string{s}
	}
	forms = append(withVowel(s, "a", "á", "e", "é", "i", "í", "u", "ú", "ü", "ű", "o", "ó"), s)
	_, size := utf8.DecodeLastRuneInString(s)
	if slices.ContainsFunc(hungarianDouble, func(d string) bool { return strings.HasSuffix(s, d) }) {
		size = 2
	}
	vowel := strings.TrimSuffix(ending, "k")
	at := len(s) - size
	before, _ := utf8.DecodeLastRuneInString(s[:at])
	const vowels = "aáeéiíoóöőuúüű"
	if !strings.ContainsRune(vowels, before) && !strings.ContainsAny(s[at:], vowels) {
		forms = append(forms, s[:at]+vowel+s[at:])
		if vowel == "a" {
			forms = append(forms, s[:at]+"o"+s[at:]) // "sarkak" of "sarok"
		}
	}
	return forms
}

// finnishEndings are singular endings with those of the plural, the first that fits counts.
var finnishEndings = []string{"nen", "set", "uus", "uudet", "yys", "yydet", "us", "ukset udet", "ys", "ykset ydet", "os", "okset", "ös", "ökset",
	"in", "imet", "as", "aat", "äs", "äät", "is", "iit ikset", "es", "eet ekset", "si", "det sit set", "e", "eet"}

// finnishGrades are strong consonants before a word's last vowel, and the weak ones of the plural.
var finnishGrades = []string{"kk", "k", "pp", "p", "tt", "t", "nk", "ng", "nt", "nn", "mp", "mm", "lt", "ll", "rt", "rr", "lk", "l", "rk", "r",
	"sk", "sk", "st", "st", "tk", "tk", "hk", "hk", "k", "", "p", "v", "t", "d"}

// pluralsFinnish returns what may be the plurals of a Finnish word: "kukat" of "kukka".
func pluralsFinnish(w string) (forms []string) {
	for i := 0; i < len(finnishEndings); i += 2 {
		stem, ok := strings.CutSuffix(w, finnishEndings[i])
		if !ok || len(stem) < 2 {
			continue
		}
		for plural := range strings.FieldsSeq(finnishEndings[i+1]) {
			forms = append(forms, stem+plural)
		}
		// The singular is the weak form: "liikkeet" of "liike"
		if finnishEndings[i] == "e" {
			for _, grade := range []string{"k", "p", "t"} {
				if before, ok := strings.CutSuffix(stem, grade); ok {
					forms = append(forms, before+grade+grade+"eet")
				}
			}
			if before, ok := strings.CutSuffix(stem, "d"); ok {
				forms = append(forms, before+"teet")
			}
		}
		return forms
	}
	last, size := utf8.DecodeLastRuneInString(w)
	if !strings.ContainsRune("aeiouyäö", last) {
		return nil
	}
	stem, final := w[:len(w)-size], string(last)
	for _, end := range []string{final, strings.Replace(final, "i", "e", 1)} {
		forms = append(forms, stem+end+"t", weakFinnish(stem)+end+"t")
	}
	return forms
}

// weakFinnish returns a stem with its last consonants in the weak grade.
func weakFinnish(stem string) string {
	for i := 0; i < len(finnishGrades); i += 2 {
		if before, ok := strings.CutSuffix(stem, finnishGrades[i]); ok {
			return before + finnishGrades[i+1]
		}
	}
	return stem
}
