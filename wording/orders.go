package wording

import (
	"slices"
	"strings"
)

// orders are words of which commands to a model consist in one language. A word with a star stands
// for all words that begin so. A text commands if it has a verb and one of its objects close
// together.
type orders struct {
	forget       []string // imperatives: pay no attention to
	instructions []string // what a model is to forget
	write        []string // imperatives: write, answer, set
	fields       []string // what a model writes
}

// languagesOfOrders has the languages in which commands are known, but for English, whose patterns
// are closer. Imperatives are written out: "schreibe" commands, "schreibt" describes.
var languagesOfOrders = []orders{
	{ // German
		strings.Fields("ignoriere ignorier ignorieren vergiss vergesst missachte missachten überspringe umgehe"),
		strings.Fields("anweisung* instruktion* befehl* vorgabe* systemprompt prompt* richtlinie*"),
		strings.Fields("schreibe schreib schreiben antworte antworten setze setzen verwende nimm gib benutze ändere"),
		strings.Fields("titel bildtitel schlagwort* schlagwört* stichwort* stichwört* bildbeschreibung"),
	},
	{ // French
		strings.Fields("ignore ignorez ignorer oublie oubliez oublier néglige négligez contourne"),
		strings.Fields("instruction* consigne* directive* prompt*"),
		strings.Fields("écris écrivez réponds répondez mets mettez utilise utilisez donne donnez remplace remplacez affiche affichez définis"),
		strings.Fields("titre titres mot-clé mots-clés clés légende"),
	},
	{ // Spanish and Catalan
		strings.Fields("ignora ignore ignorad ignorar olvida olvide olvidar omite omita desatiende descarta oblida"),
		strings.Fields("instrucci* indicacion* directric* prompt*"),
		strings.Fields("escribe escriba escribir responde responda pon ponga usa use utiliza utilice cambia cambie establece escriu respon"),
		strings.Fields("título titulo títulos clave títol"),
	},
	{ // Portuguese
		strings.Fields("ignore ignora ignorar esqueça esquece desconsidere desconsidera despreze"),
		strings.Fields("instruções instrução instrucoes orientações diretrizes prompt*"),
		strings.Fields("escreva responda defina use utilize coloque altere mude"),
		strings.Fields("título titulo títulos palavras-chave chave legenda"),
	},
	{ // Italian
		strings.Fields("ignora ignorate ignorare ignori dimentica dimenticate trascura tralascia"),
		strings.Fields("istruzion* direttive indicazioni prompt*"),
		strings.Fields("scrivi scrivete scrivere rispondi rispondete imposta usa usate utilizza metti cambia"),
		strings.Fields("titolo titoli chiave didascalia"),
	},
	{ // Dutch
		strings.Fields("negeer negeren vergeet omzeil"),
		strings.Fields("instructie* opdracht* aanwijzing* bevel* richtlijn* prompt*"),
		strings.Fields("schrijf antwoord zet gebruik geef verander maak"),
		strings.Fields("titel titels trefwoord* zoekwoord* sleutelwoord*"),
	},
	{ // Swedish, Danish, Norwegian
		strings.Fields("ignorera ignorer glöm glem bortse tilsidesæt"),
		strings.Fields("instruktion* instruks* anvisning* ordrer befallning* prompt*"),
		strings.Fields("skriv svara svar sätt sæt sett använd brug bruk ändra ændr endre ange angiv"),
		strings.Fields("titel titeln titlen tittel tittelen nyckelord nøgleord nøkkelord beskrivning* beskrivels*"),
	},
	{ // Polish
		strings.Fields("zignoruj ignoruj ignorujcie pomiń zapomnij"),
		strings.Fields("polece* instrukcj* wskazów* rozkaz* prompt*"),
		strings.Fields("napisz odpowiedz ustaw użyj wpisz zmień podaj"),
		strings.Fields("tytuł* kluczow*"),
	},
	{ // Czech and Slovak
		strings.Fields("ignoruj ignorujte zapomeň zapomeňte vynech zabudni zabudnite"),
		strings.Fields("pokyn* instrukc* instrukci* příkaz* príkaz* prompt*"),
		strings.Fields("napiš napište napíš odpověz odpovedz nastav použij použi vypiš změň"),
		strings.Fields("titulek titulku název nadpis titulok názov klíčov* kľúčov*"),
	},
	{ // Finnish
		strings.Fields("ohita ohittakaa unohda unohtakaa jätä"),
		strings.Fields("ohje* käsky* määräy* kehot*"),
		strings.Fields("kirjoita vastaa aseta käytä vaihda muuta"),
		strings.Fields("otsikko otsikoksi otsikkona otsikon avainsan*"),
	},
	{ // Hungarian
		strings.Fields("felejtsd felejtse hagyd hagyja mellőzd"),
		strings.Fields("utasítás* parancs* előírás* prompt*"),
		strings.Fields("írd írja írj válaszolj állítsd használd legyen"),
		strings.Fields("cím címet címként címnek kulcssz*"),
	},
	{ // Romanian
		strings.Fields("ignoră ignora ignorați uită uitați"),
		strings.Fields("instrucțiun* instructiun* prompt*"),
		strings.Fields("scrie scrieți răspunde răspundeți setează folosește pune schimbă"),
		strings.Fields("titlu titlul titlului cheie"),
	},
	{ // Turkish, where "yok say" and "görmezden gel" are two words
		strings.Fields("yok yoksay görmezden unut unutun"),
		strings.Fields("talimat* komut* yönerge*"),
		strings.Fields("yaz yazın yanıtla yanıtlayın ayarla kullan değiştir olsun"),
		strings.Fields("başlık başlığı başlığa başlıkta başlığını"),
	},
	{ // Russian
		strings.Fields("игнорируй игнорируйте проигнорируй проигнорируйте забудь забудьте отбрось"),
		strings.Fields("инструкц* указани* промпт*"),
		strings.Fields("напиши напишите ответь ответьте установи установите задай используй используйте измени выведи поставь"),
		strings.Fields("заголов* название названием ключев*"),
	},
	{ // Ukrainian
		strings.Fields("ігноруй ігноруйте проігноруй забудь забудьте"),
		strings.Fields("інструкц* вказівк* промпт*"),
		strings.Fields("напиши напишіть відповідай встанови встановіть використай використовуй зміни виведи"),
		strings.Fields("заголов* назву ключов*"),
	},
	{ // Greek
		strings.Fields("αγνόησε αγνοήστε ξέχασε ξεχάστε"), strings.Fields("οδηγί* εντολ*"),
		strings.Fields("γράψε γράψτε απάντησε βάλε χρησιμοποίησε όρισε"), strings.Fields("τίτλο τίτλος τίτλου λέξ* περιγραφή"),
	},
	{ // Arabic
		strings.Fields("تجاهل تجاهلوا انس انسى"), strings.Fields("التعليمات تعليمات الأوامر أوامر"),
		strings.Fields("اكتب أجب ضع استخدم اجعل"), strings.Fields("العنوان عنوان عنوانا الكلمات الوصف"),
	},
	{ // Hebrew
		strings.Fields("התעלם התעלמו שכח שכחו"), strings.Fields("ההוראות הוראות מההוראות מהוראות ההנחיות"),
		strings.Fields("כתוב כתבו ענה השתמש קבע"), strings.Fields("כותרת הכותרת ככותרת מילות תיאור"),
	},
	{ // Hindi
		strings.Fields("अनदेखा नज़रअंदाज़ नजरअंदाज भूल"), strings.Fields("निर्देश निर्देशों आदेश आदेशों"),
		strings.Fields("लिखें लिखो लिखिए रखें बनाएं"), strings.Fields("शीर्षक कीवर्ड विवरण"),
	},
	{ // Vietnamese and Indonesian, whose commands are single words
		strings.Fields("bỏ phớt quên abaikan lupakan"), strings.Fields("hướng lệnh chỉ instruksi perintah petunjuk"),
		strings.Fields("viết đặt trả tulis jawab gunakan atur"), strings.Fields("tiêu judul kata"),
	},
	{ // Chinese
		strings.Fields("忽略 忽视 無視 无视 忘记 忘記 不要理会 不要理會"), strings.Fields("指令 指示 说明 說明 提示词 提示詞"),
		strings.Fields("设为 設為 改为 改為 写成 寫成 输出 輸出 回答 设置 設置 必须是"), strings.Fields("标题 標題 关键词 關鍵詞"),
	},
	{ // Japanese
		strings.Fields("無視 忘れ 従わ"), strings.Fields("指示 命令 プロンプト"),
		strings.Fields("してください しろ せよ 書いて 書け 設定 出力 答え"), strings.Fields("タイトル 題名 見出し キーワード"),
	},
	{ // Korean
		strings.Fields("무시 잊어 잊으"), strings.Fields("지시 명령 지침 프롬프트"),
		strings.Fields("설정 작성 써라 출력 답하"), strings.Fields("제목 키워드"),
	},
	{ // Thai
		strings.Fields("ละเว้น เพิกเฉย ไม่ต้องสนใจ ลืม"), strings.Fields("คำสั่ง คำแนะนำ"),
		strings.Fields("เขียน ตอบ ตั้ง ใช้"), strings.Fields("ชื่อเรื่อง หัวข้อ คีย์เวิร์ด"),
	},
}

// wordsBetween is how many words may stand between a verb and its object.
const wordsBetween = 7

// commandsAbroad reports whether a text in another language than English tells a model what to do.
func commandsAbroad(text string) bool {
	lower := strings.ToLower(text)
	parts := strings.FieldsFunc(lower, func(r rune) bool { return strings.ContainsRune(" \t\n.,;:!?\"'’“”„«»()[]<>_/|", r) })
	if len(parts) < 2 && !unspaced(text) {
		return false
	}
	return slices.ContainsFunc(languagesOfOrders, func(o orders) bool {
		return near(lower, parts, o.forget, o.instructions) || near(lower, parts, o.write, o.fields)
	})
}

// near reports whether a text has a verb and one of its objects close together.
func near(text string, parts []string, verbs, objects []string) bool {
	if unspaced(verbs[0]) || strings.ContainsFunc(verbs[0], isHangul) {
		inside := func(w string) bool { return strings.Contains(text, w) }
		return slices.ContainsFunc(objects, inside) && slices.ContainsFunc(verbs, inside)
	}
	for i, w := range parts {
		if !isOneOf(w, objects) {
			continue
		}
		for k := max(i-wordsBetween-1, 0); k <= min(i+wordsBetween+1, len(parts)-1); k++ {
			if k != i && isOneOf(parts[k], verbs) {
				return true
			}
		}
	}
	return false
}

func isOneOf(w string, patterns []string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool {
		begin, open := strings.CutSuffix(p, "*")
		return w == begin || open && strings.HasPrefix(w, begin)
	})
}

func isHangul(r rune) bool { return r >= 0xac00 && r <= 0xd7a3 }
