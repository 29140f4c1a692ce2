package wording_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/wording"
)

// settled returns the keywords that a brief leaves.
func settled(b tagroll.Brief, keywords string) string {
	m := wording.Rules{Brief: b}.Settle(tagroll.Guide{}, tagroll.Facts{}, tagroll.Metadata{Keywords: strings.Split(keywords, ", ")})
	return strings.Join(m.Keywords, ", ")
}

// Singular and plural are one keyword in each language, and words that only look alike are two.
func TestStems(t *testing.T) {
	for language, test := range map[string]struct{ same, different string }{
		"": {
			"dog dogs, child children, box boxes, running run, leaf leaves, café cafe",
			"news new, glass glasses, building build, university universe, organ organic, arm arms",
		},
		"German": {
			"hund hunde, blume blumen, haus häuser, wald wälder, stadt städte, baum bäume, kind kinder, auto autos, bank bänke, rose rosen, buch bücher, wanderer wanderern",
			"bär bar, fenster fest, blüte blut, winter wind, glas gla, kreis krei, schon schön",
		},
		"French": {
			"chien chiens, cheval chevaux, bateau bateaux, fleur fleurs, montagne montagnes, animal animaux",
			"fils fil, bras bra, cours cour, bois boi, pêche péché",
		},
		"Spanish": {
			"perro perros, flor flores, luz luces, ciudad ciudades, árbol árboles, pez peces, estación estaciones, ratón ratones",
			"casa caso, año ano, puerta puerto, banco banca",
		},
		"Portuguese": {
			"cão cães, flor flores, estação estações, animal animais, homem homens, luz luzes, gato gatos, mão mãos",
			"casa caso, porta porto, avó avô",
		},
		"Italian": {
			"gatto gatti, casa case, fiore fiori, barca barche, lago laghi, montagna montagne, cane cani, ponte ponti, colore colori",
			"porta porto, mela melo, foglia foglio, banca banco",
		},
		"Swedish": {
			"hund hundar, katt katter, flicka flickor, pojke pojkar, äpple äpplen, stad städer, hand händer, bok böcker, ko kor, fågel fåglar, man män, berg berg, blommor blomma",
			"barn bar, läder lada, fiskare fisk, lager lag, vatten vatt, planet plan, biljett bil, hav hamn, vin vind, skog sko, strand strumpa",
		},
		"Danish": {
			"hund hunde, kat katte, blomst blomster, gade gader, bog bøger, barn børn, cykel cykler, by byer, mand mænd, fugl fugle, billeder billede",
			"hav have, fisk fisker, dans danser, hal hale, mos mose, sang sanger, bil bille, tal tale, ros rose, lag lager",
		},
		"Norwegian": {
			"hund hunder, katt katter, gate gater, blomst blomster, bok bøker, hånd hender, tre trær, fisker fiskere, by byer, sykkel sykler, fjord fjorder",
			"fisk fisker, dans danser, arbeid arbeider, sang sanger, lag lager, fly flyer, lær lærer, løp løper, vin vind",
		},
		"Dutch": {
			"hond honden, kat katten, boom bomen, huis huizen, brief brieven, kind kinderen, auto auto's, stad steden, ei eieren, meisje meisjes, tafel tafels, wolf wolven, bloem bloemen, duif duiven",
			"jong jongen, kus kussen, hal hals, bom bomen, haven haver, vis vier, koor koren, dag dagboek, kaas kaars",
		},
		"Polish": {
			"kot koty, pies psy, góra góry, drzewo drzewa, dziecko dzieci, ptak ptaki, stół stoły, ulica ulice, koń konie, liść liście, morze morza, statek statki, zwierzę zwierzęta, biały biała, kość kości, okno okna",
			"list lista, lato lata, port porta, wino wina, lód lody, rano rana, mur murawa, mapa mop, kot kotlet",
		},
		"Czech": {
			"hrad hrady, žena ženy, město města, dům domy, dítě děti, pták ptáci, kotě koťata, domek domky, muž muži, starý stará, ulice ulice, konec konce",
			"list lista, léto léta, ráno rána, kolo kola, hrad hradba, pole polévka, voda vod",
		},
		"Slovak": {"hrad hrady, žena ženy, mesto mestá, dieťa deti, ulica ulice, more moria, vták vtáci, dievča dievčatá", "list lista, leto leta, kolo kola"},
		"Romanian": {
			"casă case, pisică pisici, oraș orașe, tren trenuri, floare flori, stradă străzi, carte cărți, câine câini, munte munți, țară țări, piatră pietre, copil copii, lac lacuri, mare mări",
			"cal cale, par pare, pat pate, an ana, mar mare, lup lupă, port poartă",
		},
		"Hungarian": {
			"macska macskák, ház házak, könyv könyvek, hegy hegyek, madár madarak, ló lovak, torony tornyok, bokor bokrok, út utak, autó autók, kutya kutyák, kéz kezek, virág virágok, erdő erdők",
			"tor torok, ma mák, hal hall, sor sör, kép kefe, vár város",
		},
		"Turkish": {"ev evler, ağaç ağaçlar, kedi kediler, su sular, IŞIK ışıklar", "do dolar, kar kara, gül güneş, at ateş, ev evli"},
		"Finnish": {
			"kissa kissat, järvi järvet, kukka kukat, katu kadut, ihminen ihmiset, vene veneet, kaupunki kaupungit, puu puut, rakennus rakennukset, vesi vedet, taivas taivaat, jalka jalat, lintu linnut, poika pojat, saari saaret, talo talot, eläin eläimet",
			"kuusi kuu, talo talvi, tuuli tuoli, koira koivu, sata satama, meri mehu",
		},
		"Russian": {
			"кот коты, гора горы, волк волки, кошка кошки, лошадь лошади, музей музеи, станция станции, окно окна, город города, дом дома, человек люди, ребёнок дети, цветок цветы, дерево деревья, звезда звёзды, белый белая, поле поля, замок замки, озеро озёра",
			"цвет цветы, пар пара, час часы, семь семья, вес весы, рот рота, план планета, лис лист, стать статья, дух духи",
		},
		"Ukrainian": {
			"кіт коти, гора гори, книга книги, місто міста, поле поля, квітка квітки, ніч ночі, станція станції, людина люди, дитина діти, вулиця вулиці, червоний червона, будинок будинки",
			"вино вина, пар пара, лис лист, ліс лист, кор кора",
		},
		"Catalan": {"gat gats, casa cases, camió camions, boca boques, home homes, peix peixos, flor flors", "casa cas, gos go, porta port"},
		"Greek": {
			"σπίτι σπίτια, δρόμος δρόμοι, ουρανός ουρανοί, θάλασσα θάλασσες, γιορτή γιορτές, πόλη πόλεις, δύναμη δυνάμεις, βουνό βουνά, παιδί παιδιά, κύμα κύματα, άγαλμα αγάλματα, ηλιοβασίλεμα ηλιοβασιλέματα, ψαράς ψαράδες, καφές καφέδες, μαθητής μαθητές, δάσος δάση, μέρα μέρες, μέρος μέρη, σύννεφο σύννεφα, ΔΡΌΜΟΣ δρόμοι, συγγραφέας συγγραφείς",
			"μέρες μέρη, νόμος νομός, φίλη φίλος, χώρα χώρος, ώρα ώριμος, καρδιά καρδινάλιος, γάτα γάτος, φιλιά φιλία, red re, τοίχος τείχη, ρόδα ρόδο, πόρτα πόρτο",
		},
		"Bulgarian": {
			"град градове, жена жени, море морета, село села, прозорец прозорци, облак облаци, птица птици, улица улици, куче кучета, дете деца, планина планини, летище летища, здание здания, нощ нощи, ръка ръце, дърво дървета, музей музеи, сняг снегове, време времена, човек хора",
			"вина вино, кола коло, град градина, гора горе, лист листопад, мост мостик, вода вод, пар пара, стол стола, кос коса",
		},
		"Croatian": {
			"grad gradovi, žena žene, selo sela, more mora, oblak oblaci, čamac čamci, vjetar vjetrovi, toranj tornjevi, nož noževi, dijete djeca, noć noći, ime imena, cvijet cvjetovi, prozor prozori, orah orasi, most mostovi, pas psi, jezero jezera, orao orlovi, kuća kuće",
			"list lista, luk luka, kolo kola, vrat vrata, grad gradina, par para, mor more, žen žena, kos kosa, rad radnik",
		},
		"Serbian": {
			"grad gradovi, град градови, жена жене, село села, облак облаци, чамац чамци, коњ коњи, торањ торњеви, dete deca, дете деца, čovek ljudi, време времена, снег снегови, ulica ulice, улица улице, прозор прозори, нож ножеви, поље поља",
			"list lista, лист листа, luk luka, лук лука, коло кола, kuća кућа, врат врата, кос коса",
		},
		"Slovenian": {
			"grad gradovi, hiša hiše, mesto mesta, morje morja, noč noči, kozarec kozarci, dogodek dogodki, drevo drevesa, dekle dekleta, ime imena, cerkev cerkve, otrok otroci, človek ljudje, veter vetrovi, oblak oblaki, pes psi, jabolko jabolka",
			"list lista, luk luka, vrat vrata, kos kosa, grad gradnja, most mostnina, par para",
		},
		"Latvian": {
			"koks koki, māja mājas, upe upes, pils pilis, brālis brāļi, lācis lāči, latvietis latvieši, briedis brieži, skapis skapji, ceļš ceļi, suns suņi, akmens akmeņi, nakts naktis, tirgus tirgi, viļņi vilnis, zivs zivis, bērns bērni, egle egles",
			"koks kokle, gads gade, mala male, lapa lapsa, mats mate, pile pils, kase kasis",
		},
		"Lithuanian": {
			"namas namai, diena dienos, upė upės, medis medžiai, brolis broliai, arklys arkliai, gaidys gaidžiai, sūnus sūnūs, vaisius vaisiai, akis akys, pilis pilys, vanduo vandenys, akmuo akmenys, žmogus žmonės, kelias keliai, gatvė gatvės, žodis žodžiai, miškas miškai",
			"namas namelis, kalnas kalna, vaisė vaisius, diena dieninis, pilis pilė, galas gala",
		},
		"Estonian": {
			"maja majad, puu puud, linn linnad, mets metsad, kass kassid, lill lilled, inimene inimesed, naine naised, meri mered, sild sillad, lind linnud, rand rannad, kirik kirikud, laps lapsed, jõgi jõed, mees mehed, tükk tükid, poiss poisid, auto autod, raamat raamatud, saar saared",
			"laud lau, linn linnud, mull mullad, kann kannad, kull kullad, kala kalur, sild sile, maja majakas, hind hin, kuul kuu, raud rau, koor kool, rand ranne",
		},
		"Hebrew": {"בית בית", "בית בתים"},
	} {
		b := tagroll.Brief{Language: language}
		for pair := range strings.SplitSeq(test.same, ", ") {
			one, other, _ := strings.Cut(pair, " ")
			if got := settled(b, one+", "+other); got != one {
				t.Errorf("%s: %s and %s are kept as %q", language, one, other, got)
			}
		}
		for pair := range strings.SplitSeq(test.different, ", ") {
			one, other, _ := strings.Cut(pair, " ")
			if got := settled(b, one+", "+other); got != one+", "+other {
				t.Errorf("%s: of %s and %s only %q is left", language, one, other, got)
			}
		}
	}
}

// Words that are banned, required and allowed are found in each script.
func TestScripts(t *testing.T) {
	for _, test := range []struct {
		what     string
		brief    tagroll.Brief
		in, want string
	}{
		{"within Japanese words", tagroll.Brief{Language: "Japanese", Keywords: tagroll.KeywordBrief{Ban: []string{"東京"}}}, "東京タワー, 夜景, 東京", "夜景"},
		{"Chinese", tagroll.Brief{Language: "Chinese", Keywords: tagroll.KeywordBrief{Require: []string{"城市"}}}, "夜晚, 城市, 夜晚", "城市, 夜晚"},
		{"Arabic", tagroll.Brief{Language: "Arabic", Keywords: tagroll.KeywordBrief{Ban: []string{"مدينة"}}}, "بحر, مدينة قديمة, بحر", "بحر"},
		{"Russian", tagroll.Brief{Language: "Russian", Keywords: tagroll.KeywordBrief{Vocabulary: []string{"Природа > Лес", "Море"}}}, "лес, море, город", "Лес, Море, Природа"},
		{"a German vocabulary in the plural", tagroll.Brief{Language: "German", Keywords: tagroll.KeywordBrief{Vocabulary: []string{"Tier > Hund", "Stadt"}}}, "hunde, städte, katze", "Hund, Stadt, Tier"},
		{"three levels", tagroll.Brief{Keywords: tagroll.KeywordBrief{Vocabulary: []string{"Nature > Animals > Birds > Kestrel", " Nature >  > Water ", ">", "sky"}}},
			"kestrels, water, sky, bird", "Kestrel, Water, sky, Birds, Animals, Nature"},
		{"all at once", tagroll.Brief{Keywords: tagroll.KeywordBrief{Min: 2, Max: 4, SingleWords: true, Require: []string{"tram"}, Ban: []string{"car"},
			Vocabulary: []string{"street", "hill", "car", "dusk", "tram", "road"}}}, "steep street, cars, hill, dusk, trams, road", "tram, street, hill, dusk"},
	} {
		if got := settled(test.brief, test.in); got != test.want {
			t.Errorf("%s: %q becomes %q, want %q", test.what, test.in, got, test.want)
		}
	}
}

// The form of titles holds in other languages and scripts.
func TestTitleForm(t *testing.T) {
	for _, test := range []struct {
		language, in, want string
		form               tagroll.TitleBrief
	}{
		{"", `old "red" door at the end`, `Old "Red" Door at the End`, tagroll.TitleBrief{Case: "title"}},
		{"Turkish", "ince bir yol", "İnce Bir Yol", tagroll.TitleBrief{Case: "title"}},
		{"Japanese", "夜の東京、雨の後", "夜の東京 雨の後", tagroll.TitleBrief{Case: "title", NoCommas: true}},
		{"Arabic", "قطار أصفر، مساء", "قطار أصفر مساء", tagroll.TitleBrief{NoCommas: true}},
		{"", "Tram, hill and 1,000 steps", "Lisbon, 2026: Tram hill and 1000 steps", tagroll.TitleBrief{NoCommas: true, Prefix: "Lisbon, 2026: "}},
		{"", "4x4 car on a 2nd road", "4x4 Car on a 2nd Road", tagroll.TitleBrief{Case: "title"}},
	} {
		r := wording.Rules{Brief: tagroll.Brief{Language: test.language, Title: test.form}}
		m := r.Settle(tagroll.Guide{}, tagroll.Facts{}, tagroll.Metadata{Title: test.in})
		if m.Title != test.want {
			t.Errorf("%s %q becomes %q, want %q", test.language, test.in, m.Title, test.want)
		}
		if again := r.Settle(tagroll.Guide{}, tagroll.Facts{}, m); again.Title != m.Title {
			t.Errorf("settled twice: %q", again.Title)
		}
	}
	request := tagroll.Request{}
	wording.Rules{Brief: tagroll.Brief{Title: tagroll.TitleBrief{NoCommas: true}}}.Ask(&request)
	if !request.Guide.Title.NoCommas {
		t.Error("the model is not told of commas")
	}
}

// What a model sends without being asked is left out; what the file has stays.
func TestUnasked(t *testing.T) {
	m := tagroll.Metadata{Title: "Tram", Description: "A tram.", Keywords: []string{"tram", "hill"}, Category: "Transport"}
	file := tagroll.Facts{Title: "Tram"}
	for only, want := range map[string]tagroll.Metadata{
		wording.Keywords:    {Title: "Tram", Keywords: m.Keywords},
		wording.Description: {Title: "Tram", Description: "A tram."},
		wording.Category:    {Title: "Tram", Category: "Transport"},
	} {
		r := wording.Rules{Brief: tagroll.Brief{Only: []string{only}}}
		if got := r.Settle(tagroll.Guide{}, file, m); !reflect.DeepEqual(got, want) {
			t.Errorf("only %s: %+v, want %+v", only, got, want)
		}
	}
	if got := (wording.Rules{Brief: tagroll.Brief{Only: []string{wording.Keywords}}}).Settle(tagroll.Guide{}, tagroll.Facts{}, m); got.Title != "" {
		t.Errorf("the title %q was not asked for", got.Title)
	}
}

// Each wish of a brief makes its results others: none of them is taken for one of another brief. A
// field that is added to the brief is tested with it.
func TestEachWishCounts(t *testing.T) {
	seen := map[string]string{tagroll.Brief{}.Version(): "nothing"}
	wishes := 0
	var visit func(path string, at func(*tagroll.Brief) reflect.Value)
	visit = func(path string, at func(*tagroll.Brief) reflect.Value) {
		var plain tagroll.Brief
		v := at(&plain)
		if v.Kind() == reflect.Struct {
			for i := range v.NumField() {
				visit(path+"."+v.Type().Field(i).Name, func(b *tagroll.Brief) reflect.Value { return at(b).Field(i) })
			}
			return
		}
		for n := 1; n <= 2; n++ { // another value is another wish
			var b tagroll.Brief
			switch v := at(&b); v.Kind() {
			case reflect.String:
				v.SetString(fmt.Sprint("value ", n))
			case reflect.Int:
				v.SetInt(int64(n))
			case reflect.Bool:
				v.SetBool(true)
			case reflect.Slice:
				v.Set(reflect.ValueOf([]string{fmt.Sprint("value ", n)}))
			case reflect.Map:
				v.Set(reflect.ValueOf(map[string]tagroll.Existing{"title": wording.Policies()[n]}))
			default:
				t.Fatalf("%s is of a kind that is not tested", path)
			}
			version := b.Version()
			if path == ".Others" {
				if version != "" {
					t.Error("titles of other photos change the results that are kept")
				}
				continue
			}
			if other, there := seen[version]; there && !(v.Kind() == reflect.Bool && n == 2) {
				t.Errorf("%s and %s share their results", path, other)
			}
			seen[version] = path
		}
		wishes++
	}
	visit("", func(b *tagroll.Brief) reflect.Value { return reflect.ValueOf(b).Elem() })
	if wishes < 15 {
		t.Errorf("only %d wishes", wishes)
	}
}

// BenchmarkLongLists holds a photo against ten thousand banned words and a vocabulary of a hundred
// thousand.
func BenchmarkLongLists(b *testing.B) {
	list := func(prefix string, n int) []string {
		words := make([]string, n)
		for i := range words {
			words[i] = fmt.Sprintf("%s%d thing", prefix, i)
		}
		return words
	}
	r := wording.Rules{Batch: new(wording.Batch), Brief: tagroll.Brief{Keywords: tagroll.KeywordBrief{Ban: list("ban", 10_000), Vocabulary: list("word", 100_000)}}}
	m := tagroll.Metadata{Title: "Tram on a hill", Keywords: list("word", 50)}
	for b.Loop() {
		settled := r.Settle(tagroll.Guide{}, tagroll.Facts{}, m)
		r.Judge(tagroll.Photo{ID: "1"}, tagroll.Prepared{}, settled, nil)
		if len(settled.Keywords) != 50 || !slices.Contains(settled.Keywords, "word7 thing") {
			b.Fatal(settled.Keywords)
		}
	}
}
