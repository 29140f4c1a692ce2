package embed_test

import (
	"bytes"
	"encoding/binary"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/embed"
)

// described is what the tests write into photos.
var described = embed.Fields{
	Title:       `Crème brûlée & "sugar" in a white bowl on an old wooden table by the window`,
	Description: "First line,\nsecond <line> with\ttab",
	Headline:    `Crème brûlée & "sugar" in a white bowl on an old wooden table by the window`,
	Keywords:    []string{"dessert", "crème brûlée", "日本", "a very long keyword that has many more bytes than IPTC has room for"},
	Category:    "Food",
	Creator:     "Änne Müller",
	Copyright:   "© 2026 Änne Müller",
	Place:       tagroll.Place{Location: "Old harbour", City: "Kraków", Region: "Lesser Poland", Country: "Poland"},
}

// written embeds fields in a photo.
func written(t testing.TB, photo []byte, f embed.Fields) []byte {
	t.Helper()
	edit, err := embed.Plan(bytes.NewReader(photo), int64(len(photo)), f)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	n, err := edit.WriteTo(&b)
	if err != nil || n != int64(b.Len()) || edit.Size() != n || edit.Changed() == bytes.Equal(b.Bytes(), photo) {
		t.Fatalf("%d bytes of %d, changed %v: %v", n, edit.Size(), edit.Changed(), err)
	}
	return b.Bytes()
}

func TestOnlyMetadataChanges(t *testing.T) {
	for name, photo := range corpus() {
		t.Run(name, func(t *testing.T) {
			got := written(t, photo, described)
			if bytes.Equal(got, photo) || !bytes.Contains(got, []byte("Crème brûlée &amp; &#34;sugar&#34; in a white bowl")) {
				t.Fatal("the title is not in the photo")
			}
			unchanged(t, photo, got)
			if again := written(t, got, described); !bytes.Equal(again, got) {
				t.Error("a second embedding changes the photo")
			}
			other := described
			other.Title, other.Headline, other.Keywords = "Red apple", "Red apple", []string{"apple", "red"}
			changed := written(t, got, other)
			unchanged(t, photo, changed)
			if bytes.Contains(changed, []byte("dessert")) && !strings.HasSuffix(name, ".tif") {
				t.Error("the old keywords are still in the photo")
			}
			if back := written(t, changed, described); len(back) != len(got) && !strings.HasSuffix(name, ".tif") {
				t.Errorf("there and back again the photo grows from %d to %d bytes", len(got), len(back))
			}
		})
	}
}

// unchanged compares what must be the same in two photos.
func unchanged(t testing.TB, before, after []byte) {
	t.Helper()
	if pointer := 4; string(before[:2]) == "II" || string(before[:2]) == "MM" {
		if slices.Contains(before[2:4], '+') {
			pointer = 8
		}
		// All but the pointer to the first directory stays where it was.
		if !bytes.Equal(before[:pointer], after[:pointer]) || !bytes.Equal(before[2*pointer:], after[2*pointer:len(before)]) {
			t.Error("more than the directory has changed")
		}
		return
	}
	want, err := strip(before)
	if err != nil {
		t.Fatal(err)
	}
	got, err := strip(after)
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("more than the metadata has changed (%v)", err)
	}
}

func TestExifStays(t *testing.T) {
	for _, name := range []string{"exif.jpg", "xmp.jpg"} {
		photo := corpus()[name]
		at := bytes.Index(photo, []byte("Exif\x00"))
		segment := photo[at : at-2+int(binary.BigEndian.Uint16(photo[at-2:]))]
		if got := written(t, photo, described); !bytes.Contains(got, segment) || bytes.Index(got, segment) > 30 {
			t.Errorf("%s: EXIF has changed, or does not come first", name)
		}
	}
}

// An index of further pictures, and maker notes, point at the same pictures as before.
func TestReferences(t *testing.T) {
	first := with(bareJPEG(), app(1, xmpHead, worked))
	photo, second := gainMap(first)
	for range 2 {
		got := written(t, photo, described)
		base := bytes.Index(got, []byte("MPF\x00")) + 4
		entries := bytes.Index(got, []byte{0, 3, 0, 0})
		offset := base + int(binary.BigEndian.Uint32(got[entries+24:]))
		if !bytes.Equal(got[offset:], second) {
			t.Errorf("the gain map is not at %d of %d", offset, len(got))
		}
		if size := int(binary.BigEndian.Uint32(got[entries+4:])); size != len(got)-len(second) || binary.BigEndian.Uint32(got[entries+8:]) != 0 {
			t.Errorf("the first picture has %d bytes, the index says %d", len(got)-len(second), size)
		}
		// The same with the index behind the new segments.
		photo, second = gainMap(with(bareJPEG()))
	}
	photo, preview := cameraPreview()
	got := written(t, photo, described)
	base := bytes.Index(got, []byte("Exif\x00")) + 6
	notes := bytes.Index(got, []byte("NOTES\x00")) + 6
	if at := base + int(binary.LittleEndian.Uint32(got[notes:])); !bytes.Equal(got[at:], preview) {
		t.Error("the maker notes do not point at the preview")
	}
}

func TestWebPHeader(t *testing.T) {
	for name, photo := range map[string][]byte{"lossy": lossyWebP, "lossless": losslessWebP} {
		got := written(t, photo, described)
		if want := "VP8X\x0a\x00\x00\x00"; string(got[12:20]) != want || got[20]&^0x10 != 0x04 || !bytes.Equal(got[24:30], make([]byte, 6)) {
			t.Errorf("%s has the header % x", name, got[12:30])
		}
		if size := int(binary.LittleEndian.Uint32(got[4:])); size != len(got)-8 {
			t.Errorf("%s: the file says %d bytes of %d", name, size, len(got)-8)
		}
	}
}

// What a person wrote and no field may replace.
func TestWhatStays(t *testing.T) {
	headline := with(bareJPEG(), app(1, xmpHead, packetOf(`photoshop:Headline="By a person"`, `<photoshop:SupplementalCategories><rdf:Bag><rdf:li>My own</rdf:li></rdf:Bag></photoshop:SupplementalCategories>`)))
	got := string(written(t, headline, described))
	if !strings.Contains(got, `photoshop:Headline="By a person"`) || strings.Contains(got, "<photoshop:Headline>") || !strings.Contains(got, "My own") || strings.Contains(got, "<rdf:li>Food</rdf:li>") {
		t.Error("a headline or category of a person is gone")
	}
	repeated := with(bareJPEG(), app(13, resourceHead, resource(0x0404, "", dataset(2, 5, "Old title")+dataset(2, 105, "Old title, whole"))))
	if got := string(written(t, repeated, described)); strings.Contains(got, "Old title") {
		t.Error("a headline that repeats the old title stays")
	}
	got = string(written(t, with(bareJPEG(), app(1, xmpHead, worked)), described))
	for _, want := range []string{
		`xmp:Rating="4"`, `photoshop:Credit='A "credit"'`, "<dc:format>image/jpeg</dc:format>", "<stEvt:action>saved</stEvt:action>",
		`<rdf:li xml:lang="de-DE">Alter Titel</rdf:li>`, `<rdf:li xml:lang="en-US">Crème brûlée &amp; &#34;sugar&#34;`, `rdf:about="uuid:1"`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%s is gone", want)
		}
	}
	if strings.Contains(got, "Old t") {
		t.Error("the old title or town is still there")
	}
	if photo := corpus()["xmp.jpg"]; !bytes.Equal(written(t, photo, embed.Fields{}), photo) {
		t.Error("fields that say nothing change something")
	}
}

func TestExtendedXMP(t *testing.T) {
	photos := corpus()
	got := written(t, photos["extended.jpg"], described)
	if bytes.Contains(got, []byte("buried")) || bytes.Count(got, []byte("QUJD")) < 37_000 {
		t.Error("the extended packet keeps its keywords, or loses its data")
	}
	// A full packet hands its largest property to a new extended one.
	got = written(t, photos["full.jpg"], described)
	n := bytes.Count(got, []byte("xmp.did:0123456789"))
	extended := []byte("http://ns.adobe.com/xmp/extension/")
	if n < 1793 || !bytes.Contains(got, extended) {
		t.Errorf("%d of 1793 ancestors are left", n)
	}
}

// IPTC of another character set is converted, since it is marked as UTF-8 from now on.
func TestCharacterSets(t *testing.T) {
	for name, c := range map[string]struct{ stored, want string }{
		"Mac Roman":              {"Ren\x8e M\x9fller", "René Müller"},
		"Mac Roman, capitals":    {"\x80RGER \x85SE", "ÄRGER ÖSE"},
		"Windows":                {"Ren\xe9 M\xfcller", "René Müller"},
		"Windows, an apostrophe": {"The cat\x92s bowl \x96 don\x92t touch", "The cat’s bowl – don’t touch"},
		"Windows, quotes":        {"a \x93quoted\x94 word", "a “quoted” word"},
		"UTF-8 without a mark":   {"René Müller", "René Müller"},
		"ASCII":                  {"Rene", "Rene"},
	} {
		photo := with(bareJPEG(), app(13, resourceHead, resource(0x0404, "", dataset(2, 110, c.stored))))
		if got := written(t, photo, described); !bytes.Contains(got, []byte(dataset(2, 110, c.want))) || !bytes.Contains(got, []byte(dataset(1, 90, "\x1b%G"))) {
			t.Errorf("%s: not converted to %q", name, c.want)
		}
	}
	latin := with(bareJPEG(), app(13, resourceHead, resource(0x0404, "", dataset(1, 90, "\x1b.A")+dataset(2, 110, "\x92\xe9"))))
	if got := written(t, latin, described); !bytes.Contains(got, []byte(dataset(2, 110, "’é"))) || bytes.Contains(got, []byte("\x1b.A")) {
		t.Error("Latin-1 that says so is not converted")
	}
}

func TestIPTCLimits(t *testing.T) {
	f := embed.Fields{Title: strings.Repeat("word ", 20), Headline: strings.Repeat("é", 300), Description: strings.Repeat("a bcd ", 500), Keywords: []string{strings.Repeat("ü", 40)}}
	got := written(t, bareJPEG(), f)
	for _, want := range []string{
		dataset(2, 5, strings.TrimSpace(strings.Repeat("word ", 13))),
		dataset(2, 25, strings.Repeat("ü", 32)), dataset(2, 105, strings.Repeat("é", 128)),
		dataset(2, 120, strings.Repeat("a bcd ", 333)+"a"),
	} {
		if !bytes.Contains(got, []byte(want)) {
			t.Errorf("no %.40q of %d bytes", want, len(want))
		}
	}
	if !bytes.Contains(got, []byte(strings.Repeat("é", 300))) {
		t.Error("XMP does not have the whole headline")
	}
}

func TestRefused(t *testing.T) {
	bare := bareJPEG()
	dng := smallTIFF(binary.LittleEndian, false, tiffTag{0xc612, 1, 4, []byte{1, 4, 0, 0}})
	refused := map[string][]byte{
		"empty": {}, "text": []byte("hello"), "GIF": []byte("GIF89a\x01\x00\x01\x00\x00\x00\x00;"),
		"HEIC": []byte("\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic"), "a DNG": dng, "a CR2": []byte("II*\x00\x10\x00\x00\x00CR\x02\x00\x00\x00\x00\x00\x00\x00"),
		"JPEG cut off": bare[:100], "JPEG of two bytes": bare[:3], "JPEG without picture": []byte("\xff\xd8\xff\xd9"),
		"two packets": with(bare, app(1, xmpHead, worked), app(1, xmpHead, worked)),
		"no XML":      with(bare, app(1, xmpHead, "<x:xmpmeta>&nbsp;</x:xmpmeta>")),
		"a DTD":       with(bare, app(1, xmpHead, "<!DOCTYPE x [<!ENTITY e 'v'>]>"+worked)),
		"UTF-16":      with(bare, app(1, xmpHead, "\xff\xfe<\x00x\x00")),
		"no RDF":      with(bare, app(1, xmpHead, "<x/>")),
		"open RDF": with(bare, app(1, xmpHead,
			`<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">`)),
		"broken IPTC":    with(bare, app(13, resourceHead, resource(0x0404, "", "\x1c\x02\x05\xff"))),
		"broken 8BIM":    with(bare, app(13, resourceHead, "8BIM\x04")),
		"IPTC twice":     with(bare, app(13, resourceHead, resource(0x0404, "", macRecords)+resource(0x0404, "", macRecords))),
		"broken MPF":     with(bare, app(2, "MPF\x00II*\x00\xff\xff\xff\xff")),
		"PNG cut off":    pngWith()[:60],
		"WebP cut off":   lossyWebP[:30],
		"headless WebP":  webpWith(lossyWebP, 0, "EXIF", "II*"),
		"TIFF cut off":   smallTIFF(binary.BigEndian, false)[:40],
		"endless TIFF":   []byte("II+\x00\x08\x00\x00\x00\x10\x00\x00\x00\x00\x00\x00\x00\xff\xff\xff\xff\xff\xff\xff\x7f"),
		"full of nested": with(bare, app(1, xmpHead, packetOf("", strings.Repeat("<a>", 200)+strings.Repeat("</a>", 200)))),
	}
	for _, name := range slices.Sorted(maps.Keys(refused)) {
		photo := refused[name]
		_, err := embed.Plan(bytes.NewReader(photo), int64(len(photo)), described)
		if tagroll.CodeOf(err) != tagroll.CodeCannotEmbed {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := embed.Plan(failing{}, 100, described); tagroll.CodeOf(err) != tagroll.CodeUnreadable {
		t.Errorf("a photo that cannot be read: %v", err)
	}
}

type failing struct{}

func (failing) ReadAt([]byte, int64) (int, error) { return 0, io.ErrClosedPipe }

func TestSidecar(t *testing.T) {
	fresh, err := embed.Sidecar(nil, described)
	if err != nil || !bytes.Equal(fresh, embed.Packet(described)) {
		t.Fatal(err)
	}
	for name, existing := range map[string]string{
		"of another program": worked,
		"of ours":            string(fresh),
		"closed at once": `<rdf:RDF ` +
			`xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"/>`,
		"other prefixes": `<RDF xmlns="http://www.w3.org/1999/02/22-rdf-syntax-ns#" ` +
			`xmlns:d="http://purl.org/dc/elements/1.1/"><Description about="" ` +
			`d:format="x"><d:title>plain</d:title></Description></RDF>`,
		"a byte order mark": "\ufeff" + worked,
	} {
		merged, err := embed.Sidecar([]byte(existing), described)
		if err != nil || !bytes.Contains(merged, []byte("dessert")) || strings.Contains(string(merged), "plain") {
			t.Errorf("%s: %v\n%s", name, err, merged)
			continue
		}
		if again, err := embed.Sidecar(merged, described); err != nil || !bytes.Equal(again, merged) {
			t.Errorf("%s: the second time changes it: %v\n%s", name, err, again)
		}
	}
	if _, err := embed.Sidecar([]byte("<x"), described); tagroll.CodeOf(err) != tagroll.CodeCannotEmbed {
		t.Error(err)
	}
}
