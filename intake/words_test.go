package intake

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/internal/codepage"
)

func TestCleanText(t *testing.T) {
	for text, want := range map[string]string{
		"  two \t words\r\n ":           "two words",
		"bell\a and \x1b[31mred\x1b[0m": "bell and [31mred[0m",
		"\ufeffmark \u202Eevil\u2066":   "mark evil",
		"nul\x00l":                      "null",
		"bad \xff bytes":                "bad bytes",
		"👩\u200d👩\u200d👧 می\u200cخواهم": "👩\u200d👩\u200d👧 می\u200cخواهم",
		"non\u00a0breaking\u2028line":   "non breaking line",
		strings.Repeat("ab ", 100):      strings.TrimSpace(strings.Repeat("ab ", 10)),
		strings.Repeat("é", 100):        strings.Repeat("é", 30),
		"":                              "",
	} {
		got := cleanText(text, 30)
		if got != want || !utf8.ValidString(got) || cleanText(got, 30) != got {
			t.Errorf("%q is %q instead of %q", text, got, want)
		}
	}
}

func TestDecodeText(t *testing.T) {
	for text, want := range map[string]string{
		"plain":               "plain",
		"Z\xc3\xbcrich":       "Zürich",
		"Z\xfcrich":           "Zürich",
		"\x93quoted\x94 \x80": "“quoted” €",

		// Windows.
		"don\x92t, l\x92automne, O\x92Brien":   "don’t, l’automne, O’Brien",
		"caf\xe9 \x96 Montr\xe9al":             "café – Montréal",
		"s\x9cur et \x9cuvre":                  "sœur et œuvre",
		"GR\xdcNE STRASSE":                     "GRÜNE STRASSE",
		"\xc4pfel, \xd6l, \xdcbung, Stra\xdfe": "Äpfel, Öl, Übung, Straße",
		"Malm\xf6 och \xc5re \xe5 \xf6":        "Malmö och Åre å ö",
		"a wait\x85 \x97 \x94":                 "a wait… — ”",
		"20 \xb0C, \xa9 2024 \xabQuote\xbb":    "20 °C, © 2024 «Quote»",

		// Macintosh.
		"Z\x9frich":                       "Zürich",
		"K\x9aln am Rhein":                "Köln am Rhein",
		"M\x9fnchen":                      "München",
		"\x80pfel und \x86bung":           "Äpfel und Übung",
		"Stra\xa7e":                       "Straße",
		"caf\x8e":                         "café",
		"citt\x88, perch\x8e, pi\x9d":     "città, perché, più",
		"Garc\x92a Le\x97n":               "García León",
		"Espa\x96a, ma\x96ana":            "España, mañana",
		"S\x8bo Paulo":                    "São Paulo",
		"\xd2quoted\xd3 caf\x8e":          "“quoted” café",
		"don\xd5t":                        "don’t",
		"na\x95ve fa\x8dade":              "naïve façade",
		"fran\x8dais \x88 l\xd5\x8et\x8e": "français à l’été",
		"Mart\x92, Bogot\x87, Mistrat\x97, Paysand\x9c":              "Martí, Bogotá, Mistrató, Paysandú",
		"Malm\x9a och Shez\x91":                                      "Malmö och Shezë",
		"\x82anakkale":                                               "Çanakkale",
		"the dogs\x92 fishin\x92 \x91quoted text\x92, \x82Zitat\x91": "the dogs’ fishin’ ‘quoted text’, ‚Zitat‘",
		"\x83glise": "Église",
	} {
		if got := codepage.Unknown([]byte(text)); got != want {
			t.Errorf("%q is %q instead of %q", text, got, want)
		}
	}
}

func TestKeywords(t *testing.T) {
	for _, test := range []struct{ in, want []string }{
		{nil, nil},
		{[]string{"a", " A ", "", "b\n c", "a"}, []string{"a", "b c"}},
		{[]string{"cat, dog,cat , "}, []string{"cat", "dog"}},
		{[]string{"Paris, France; tower"}, []string{"Paris, France", "tower"}},
		{[]string{"Paris, France", "tower"}, []string{"Paris, France", "tower"}},
		{[]string{strings.Repeat("x", 1000)}, []string{strings.Repeat("x", maxKeyword)}},
	} {
		if got := cleanKeywords(test.in); !slices.Equal(got, test.want) {
			t.Errorf("%q are %q instead of %q", test.in, got, test.want)
		}
	}
	var many []string
	for i := range 10_000 {
		many = append(many, fmt.Sprint("word ", i))
	}
	if got := cleanKeywords(many); len(got) != maxKeywords || got[0] != "word 0" {
		t.Errorf("%d keywords of 10,000", len(got))
	}
}

func TestBoilerplate(t *testing.T) {
	for _, caption := range []string{
		"OLYMPUS DIGITAL CAMERA         ", "KONICA MINOLTA DIGITAL CAMERA", "SONY DSC", "DCIM", "DCIM\\100MEDIA\\DJI_0001.JPG",
		"DCIM/100MEDIA/DJI_0001.JPG", "<Digimax i5, Samsung #1>", "default", "Exif_JPEG_PICTURE", "cof", " ", "AppleMark\n",
	} {
		if got := cleanCaption(caption); got != "" {
			t.Errorf("%q counts as a caption", caption)
		}
	}
	for _, caption := range []string{
		"Default description", "default description.", "File written by Adobe Photoshop® 5.2", "Created by Adobe Photoshop", "Adobe Photoshop 7.0",
		"CREATOR: gd-jpeg v1.0 (using IJG JPEG v62), quality = 90", "Created with GIMP", "Processed with VSCO with a6 preset", "My beautiful picture",
		"KODAK Digital Still Camera", "PENTAX DIGITAL CAMERA", "DSC_0042", "IMG_1234.JPG", "P1010042", "DSCF1234", "_MG_0001", "PXL_20240102_030405123", "20240102_030405",
		"IMG-20240102-WA0001", "???", "----", "...", "MVIMG_20240102_030405.jpg",
	} {
		if got := cleanTitle(caption, "Dog"); got != "Dog" || cleanCaption(caption) != "" {
			t.Errorf("%q counts as the title %q, as the caption %q", caption, got, cleanCaption(caption))
		}
	}
	for _, caption := range []string{
		"A man with a digital camera in his hand", "Sony DSC-RX100 on a table", "dog", "Default settings", "Route 66", "Boeing 747", "Tokyo 2020", "2024", "R2D2",
		"P-51 Mustang", "Processed cheese", "Created with love", "Adobe house in Santa Fe", "Test pilot", "DSC_0042 of the series, a dog",
	} {
		if got := cleanCaption(caption); got != caption {
			t.Errorf("%q is %q", caption, got)
		}
	}
}

const (
	xmpBegin = `<?xpacket begin="` + "\ufeff" + `" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">` + rdfBegin
	xmpEnd   = rdfEnd + `</x:xmpmeta><?xpacket end="w"?>`
	rdfBegin = `<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
		xmlns:dc="http://purl.org/dc/elements/1.1/"
		xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/"
		xmlns:exif="http://ns.adobe.com/exif/1.0/">`
	rdfEnd = `</rdf:RDF>`
)

func TestXMP(t *testing.T) {
	for name, test := range map[string]struct {
		packet string
		want   tagroll.Facts
	}{
		"attributes":    {xmpBegin + `<rdf:Description photoshop:City="Oslo" photoshop:Headline="A &amp; B"/>` + xmpEnd, tagroll.Facts{Title: "A & B", Place: tagroll.Place{City: "Oslo"}}},
		"elements":      {xmpBegin + `<rdf:Description><photoshop:City>Oslo</photoshop:City><dc:title>T</dc:title></rdf:Description>` + xmpEnd, tagroll.Facts{Title: "T", Place: tagroll.Place{City: "Oslo"}}},
		"two parts":     {xmpBegin + `<rdf:Description photoshop:City="Oslo"/><rdf:Description photoshop:Headline="H"/>` + xmpEnd, tagroll.Facts{Title: "H", Place: tagroll.Place{City: "Oslo"}}},
		"only RDF":      {rdfBegin + `<rdf:Description photoshop:City="Oslo"/>` + rdfEnd, tagroll.Facts{Place: tagroll.Place{City: "Oslo"}}},
		"other prefix":  {strings.NewReplacer(":photoshop=", ":ns0=", "photoshop:", "ns0:").Replace(xmpBegin + `<rdf:Description photoshop:City="Oslo"/>` + xmpEnd), tagroll.Facts{Place: tagroll.Place{City: "Oslo"}}},
		"bag":           {xmpBegin + `<rdf:Description><dc:subject><rdf:Bag><rdf:li>a</rdf:li><rdf:li> </rdf:li><rdf:li>b</rdf:li></rdf:Bag></dc:subject></rdf:Description>` + xmpEnd, tagroll.Facts{Keywords: []string{"a", "b"}}},
		"default last":  {xmpBegin + `<rdf:Description><dc:title><rdf:Alt><rdf:li xml:lang="de">Hafen</rdf:li><rdf:li xml:lang="x-default">Harbour</rdf:li></rdf:Alt></dc:title></rdf:Description>` + xmpEnd, tagroll.Facts{Title: "Harbour"}},
		"no default":    {xmpBegin + `<rdf:Description><dc:title><rdf:Alt><rdf:li xml:lang="de">Hafen</rdf:li><rdf:li xml:lang="fr">Port</rdf:li></rdf:Alt></dc:title></rdf:Description>` + xmpEnd, tagroll.Facts{Title: "Hafen"}},
		"structure":     {xmpBegin + `<rdf:Description><dc:title rdf:parseType="Resource"><dc:title>inner</dc:title></dc:title><dc:description><rdf:Description><dc:title>inner</dc:title></rdf:Description></dc:description><photoshop:City>Oslo</photoshop:City></rdf:Description>` + xmpEnd, tagroll.Facts{Place: tagroll.Place{City: "Oslo"}}},
		"broken off":    {xmpBegin + `<rdf:Description photoshop:City="Oslo"><dc:title>T</dc:title><dc:desc`, tagroll.Facts{Title: "T", Place: tagroll.Place{City: "Oslo"}}},
		"control, UTF8": {xmpBegin + "<rdf:Description photoshop:City='Os\x01lo\xff'/>" + xmpEnd, tagroll.Facts{Place: tagroll.Place{City: "Os lo"}}},
		"entities":      {"<!DOCTYPE x [<!ENTITY a 'bomb'>]>" + xmpBegin + `<rdf:Description><dc:title>A &a; &#66;</dc:title></rdf:Description>` + xmpEnd, tagroll.Facts{Title: "A &a; B"}},
		"elsewhere": {`<x:xmpmeta xmlns:x="adobe:ns:meta/"
			xmlns:dc="http://purl.org/dc/elements/1.1/">
			<dc:title>T</dc:title></x:xmpmeta>`,
			tagroll.Facts{}},
		"fractions":   {xmpBegin + `<rdf:Description exif:FNumber="28/10" exif:ExposureTime="1/0" exif:FocalLength="-5/1" exif:FocalLengthIn35mmFilm="1e300"/>` + xmpEnd, tagroll.Facts{FNumber: 2.8}},
		"degrees":     {xmpBegin + `<rdf:Description exif:GPSLatitude="26,34.5N" exif:GPSLongitude="80,12,36W"/>` + xmpEnd, tagroll.Facts{Position: &tagroll.Position{Latitude: 26.575, Longitude: -80.21}}},
		"60 seconds":  {xmpBegin + `<rdf:Description exif:GPSLatitude="26,59,60N" exif:GPSLongitude="80,0W"/>` + xmpEnd, tagroll.Facts{Position: &tagroll.Position{Latitude: 27, Longitude: -80}}},
		"61 seconds":  {xmpBegin + `<rdf:Description exif:GPSLatitude="26,59,61N" exif:GPSLongitude="80,0W"/>` + xmpEnd, tagroll.Facts{}},
		"no degrees":  {xmpBegin + `<rdf:Description exif:GPSLatitude="NaN,0N" exif:GPSLongitude="W"/>` + xmpEnd, tagroll.Facts{}},
		"only a day":  {xmpBegin + `<rdf:Description photoshop:DateCreated="2024-05-06"/>` + xmpEnd, tagroll.Facts{}},
		"boilerplate": {xmpBegin + `<rdf:Description><dc:description>SONY DSC</dc:description></rdf:Description>` + xmpEnd, tagroll.Facts{}},
	} {
		t.Run(name, func(t *testing.T) {
			wantFacts(t, segmentFile(0xe1,
				"http://ns.adobe.com/xap/1.0/\x00"+test.packet), test.want)
		})
	}
}

// A packet may be UTF-16 or UTF-32, with and without a mark, or say that it is Latin-1.
func TestXMPCharsets(t *testing.T) {
	body := xmpBegin + `<rdf:Description photoshop:City="Åre 🏔"/>` + xmpEnd
	wide := func(order binary.AppendByteOrder, text string) (out []byte) {
		for _, unit := range utf16.Encode([]rune(text)) {
			out = order.AppendUint16(out, unit)
		}
		return out
	}
	widest := func(order binary.AppendByteOrder, text string) (out []byte) {
		for _, r := range text {
			out = order.AppendUint32(out, uint32(r))
		}
		return out
	}
	for name, packet := range map[string][]byte{
		"UTF-8":                         []byte(body),
		"UTF-8, mark":                   []byte("\ufeff" + body),
		"UTF-16, big":                   wide(binary.BigEndian, body),
		"UTF-16, big, mark":             wide(binary.BigEndian, "\ufeff"+body),
		"UTF-16, little":                wide(binary.LittleEndian, body),
		"UTF-16, little, mark":          wide(binary.LittleEndian, "\ufeff"+body),
		"UTF-16, declared":              wide(binary.LittleEndian, "\ufeff<?xml version='1.0' encoding='UTF-16'?>"+body),
		"UTF-16, a byte too many":       append(wide(binary.BigEndian, body), 0),
		"UTF-32, big":                   widest(binary.BigEndian, body),
		"UTF-32, big, mark":             widest(binary.BigEndian, "\ufeff"+body),
		"UTF-32, little":                widest(binary.LittleEndian, body),
		"UTF-32, little, mark":          widest(binary.LittleEndian, "\ufeff"+body),
		"UTF-32, what is no character":  append(widest(binary.LittleEndian, body), 0xff, 0xff, 0xff, 0xff),
		"UTF-32, three bytes too many":  append(widest(binary.BigEndian, body), 0, 0, 0),
		"UTF-16, blanks before the XML": wide(binary.BigEndian, "  \n"+body),
	} {
		if facts, err := xmpFacts(packet); err != nil || facts.Place.City != "Åre 🏔" {
			t.Errorf("%s: the city is %q, %v", name, facts.Place.City, err)
		}
	}
	latin := "<?xml version='1.0' encoding='ISO-8859-1'?>" + rdfBegin + "<rdf:Description photoshop:City='\xc5re'/>" + rdfEnd
	if facts, err := xmpFacts([]byte(latin)); err != nil || facts.Place.City != "Åre" {
		t.Errorf("Latin-1: the city is %q, %v", facts.Place.City, err)
	}
}

func TestHostileXMP(t *testing.T) {
	for name, packet := range map[string]string{
		"deep":   xmpBegin + strings.Repeat("<rdf:Description>", 100_000),
		"many":   xmpBegin + "<rdf:Description><dc:subject><rdf:Bag>" + strings.Repeat("<rdf:li>a</rdf:li>", 20_000),
		"long":   strings.Repeat(" ", maxPacket+1),
		"no XML": "\x00\x01\x02<",
	} {
		if _, err := xmpFacts([]byte(packet)); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	facts, _ := xmpFacts([]byte(xmpBegin + "<rdf:Description><dc:title>" + strings.Repeat("x", 1<<20) + "</dc:title></rdf:Description>" + xmpEnd))
	if len(facts.Title) != maxTitle {
		t.Errorf("a title of %d characters", len(facts.Title))
	}
}

func TestIPTC(t *testing.T) {
	dataset := func(record, number byte, content string) string {
		return string([]byte{0x1c, record, number, byte(len(content) >> 8), byte(len(content))}) + content
	}
	resource := func(number uint16, name, content string) string {
		s := "8BIM" + string([]byte{byte(number >> 8), byte(number), byte(len(name))}) + name
		if len(s)%2 != 0 {
			s += "\x00"
		}
		s += string([]byte{0, 0, byte(len(content) >> 8), byte(len(content))}) + content
		if len(s)%2 != 0 {
			s += "\x00"
		}
		return s
	}
	title := dataset(2, 5, "T")
	for name, test := range map[string]struct {
		resources string
		want      tagroll.Facts
	}{
		"behind an odd resource":  {resource(0x03ed, "", "odd") + resource(0x0404, "", title), tagroll.Facts{Title: "T"}},
		"behind another's":        {strings.Replace(resource(0x03ed, "", "odd"), "8BIM", "MeSa", 1) + resource(0x0404, "", title), tagroll.Facts{Title: "T"}},
		"behind a name":           {resource(0x03ed, "ab", "even") + resource(0x03ee, "abc", "odd") + resource(0x0404, "x", title), tagroll.Facts{Title: "T"}},
		"broken off":              {resource(0x0404, "", title+dataset(2, 90, "Oslo")+"\x1c\x02\x78\x00\xffabc"), tagroll.Facts{Title: "T", Place: tagroll.Place{City: "Oslo"}}},
		"extended":                {resource(0x0404, "", title+"\x1c\x02\x78\x80\x04\x00\x00\x00\x01a"), tagroll.Facts{Title: "T"}},
		"declared Latin-1":        {resource(0x0404, "", dataset(1, 90, "\x1b.A")+dataset(2, 5, "\xc3\xa9")), tagroll.Facts{Title: "Ã©"}},
		"declared UTF-8, is not":  {resource(0x0404, "", dataset(1, 90, "\x1b%G")+dataset(2, 5, "caf\xe9")), tagroll.Facts{Title: "café"}},
		"only a day":              {resource(0x0404, "", dataset(2, 55, "20240506")), tagroll.Facts{}},
		"Macintosh, by all of it": {resource(0x0404, "", dataset(2, 5, "Z\x9frich")+dataset(2, 25, "for\x90t")+dataset(2, 25, "l\xd5automne")+dataset(2, 90, "\xd2A\xd3")+dataset(2, 120, "na\xc3\xafve")), tagroll.Facts{Title: "Zürich", Keywords: []string{"forêt", "l’automne"}, Caption: "naïve", Place: tagroll.Place{City: "“A”"}}},
		"Windows, by all of it":   {resource(0x0404, "", dataset(2, 5, "Z\xfcrich")+dataset(2, 25, "K\x9aln")+dataset(2, 25, "\xe9t\xe9")), tagroll.Facts{Title: "Zürich", Keywords: []string{"Kšln", "été"}}},
		"a camera's title":        {resource(0x0404, "", dataset(2, 5, "DSC_0042")+dataset(2, 105, "H")), tagroll.Facts{Title: "H"}},
		"blank title":             {resource(0x0404, "", dataset(2, 5, " ")+dataset(2, 105, "H")), tagroll.Facts{Title: "H"}},
		"nothing":                 {"", tagroll.Facts{}},
		"a name beyond the end":   {"8BIM\x04\x04\xff", tagroll.Facts{}},
	} {
		t.Run(name, func(t *testing.T) {
			wantFacts(t, segmentFile(0xed, "Photoshop 3.0\x00"+test.resources), test.want)
		})
	}
	// One block over two segments, cut anywhere.
	whole := resource(0x03ed, "", "odd") + resource(0x0404, "", title+dataset(2, 90, "Oslo"))
	for cut := range len(whole) {
		data := append([]byte("\xff\xd8"), segment(0xed, "Photoshop 3.0\x00"+whole[:cut])...)
		data = append(data, segmentFile(0xed, "Photoshop 3.0\x00"+whole[cut:])[2:]...)
		wantFacts(t, data, tagroll.Facts{Title: "T", Place: tagroll.Place{City: "Oslo"}})
	}
}

func TestPNGTexts(t *testing.T) {
	deflate := func(s string) string {
		var b bytes.Buffer
		z := zlib.NewWriter(&b)
		z.Write([]byte(s))
		z.Close()
		return b.String()
	}
	packet := xmpBegin + `<rdf:Description photoshop:City="Oslo"/>` + xmpEnd
	six := tiffFile(entry{tagOrientation, typeShort, 1, 6 << 16})
	profile := func(name, content string) string { return fmt.Sprintf("\n%s\n%8d\n%x\n", name, len(content), content) }
	oslo := tagroll.Facts{Place: tagroll.Place{City: "Oslo"}}
	for name, test := range map[string]struct {
		kind, content string
		want          tagroll.Facts
	}{
		"XMP":                 {"iTXt", "XML:com.adobe.xmp\x00\x00\x00\x00\x00" + packet, oslo},
		"XMP, translated":     {"iTXt", "XML:com.adobe.xmp\x00\x00\x00en\x00XMP\x00" + packet, oslo},
		"XMP, compressed":     {"iTXt", "XML:com.adobe.xmp\x00\x01\x00\x00\x00" + deflate(packet), oslo},
		"XMP, cut":            {"iTXt", "XML:com.adobe.xmp\x00\x01\x00\x00\x00" + deflate(packet)[:20], tagroll.Facts{}},
		"XMP, empty":          {"iTXt", "XML:com.adobe.xmp\x00", tagroll.Facts{}},
		"EXIF":                {"eXIf", string(six), tagroll.Facts{Orientation: 6}},
		"EXIF with signature": {"eXIf", "Exif\x00\x00" + string(six), tagroll.Facts{Orientation: 6}},
		"EXIF profile":        {"zTXt", "Raw profile type exif\x00\x00" + deflate(profile("exif", "Exif\x00\x00"+string(six))), tagroll.Facts{Orientation: 6}},
		"EXIF as APP1":        {"tEXt", "Raw profile type APP1\x00" + profile("APP1", "Exif\x00\x00"+string(six)), tagroll.Facts{Orientation: 6}},
		"EXIF without head":   {"zTXt", "Raw profile type exif\x00\x00" + deflate(profile("exif", string(six))), tagroll.Facts{Orientation: 6}},
		"APP1 without head":   {"tEXt", "Raw profile type APP1\x00" + profile("APP1", string(six)), tagroll.Facts{Orientation: 6}},
		"XMP as APP1": {"zTXt", "Raw profile type APP1\x00\x00" +
			deflate(profile("APP1", "http://ns.adobe.com/xap/1.0/\x00"+packet)), oslo},
		"IPTC profile":       {"zTXt", "Raw profile type iptc\x00\x00" + deflate(profile("iptc", "8BIM\x04\x04\x00\x00\x00\x00\x00\x09\x1c\x02\x5a\x00\x04Oslo\x00")), oslo},
		"8BIM profile":       {"zTXt", "Raw profile type 8bim\x00\x00" + deflate(profile("8bim", "8BIM\x04\x04\x00\x00\x00\x00\x00\x09\x1c\x02\x5a\x00\x04Oslo\x00")), oslo},
		"bare IPTC profile":  {"tEXt", "Raw profile type iptc\x00" + profile("iptc", "\x1c\x02\x5a\x00\x04Oslo"), oslo},
		"profile of nothing": {"tEXt", "Raw profile type exif\x00\n", tagroll.Facts{}},
		"profile, not hex":   {"tEXt", "Raw profile type exif\x00\nexif\n 4\nxyz", tagroll.Facts{}},
		"no keyword":         {"tEXt", "XML:com.adobe.xmp", tagroll.Facts{}},
	} {
		t.Run(name, func(t *testing.T) {
			wantFacts(t, pngFile(24, 16, chunk(test.kind, []byte(test.content))), test.want)
		})
	}
}

// A few kilobytes that unpack to gigabytes must cost neither the memory nor the time.
func TestCompressedTextsAreBounded(t *testing.T) {
	var b bytes.Buffer
	z, _ := zlib.NewWriterLevel(&b, zlib.BestCompression)
	zeros := make([]byte, 1<<20)
	for range 64 {
		z.Write(zeros)
	}
	z.Close()
	if got := len(inflate(b.Bytes())); got != maxPacket {
		t.Errorf("%d bytes unpacked", got)
	}
}
