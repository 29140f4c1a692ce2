package export_test

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/export"
)

// hostile is metadata with what XML, shells and encodings trip over.
var hostile = tagroll.Metadata{
	Title: `Crème brûlée <b>&amp; "sugar"</b> ]]> 'x' 日本 🍰`,
	Keywords: []string{"second & first", "<!-- x -->", "a\x00b\x1fc", "&#x41;", "naïve",
		"café\u0301", "\U0001F370"},
	Category: "Food",
}

func TestXMP(t *testing.T) {
	golden(t, "full.xmp", export.XMP(hostile, "Two lines,\r\none\ttab & a\x0bfeed"))
	golden(t, "title.xmp", export.XMP(tagroll.Metadata{Title: "Red apple"}, ""))
}

// xmpList is a bag, a sequence or an alternative of RDF.
type xmpList struct {
	XMLName xml.Name
	Items   []struct {
		Lang string `xml:"http://www.w3.org/XML/1998/namespace lang,attr"`
		Text string `xml:",chardata"`
	} `xml:"http://www.w3.org/1999/02/22-rdf-syntax-ns# li"`
}

// readXMP reads a packet as any XML parser would: the items of each property, by its namespace and
// name.
func readXMP(packet []byte) (map[string][]string, error) {
	var document struct {
		RDF struct {
			Description struct {
				Properties []struct {
					XMLName xml.Name
					Lists   []xmpList `xml:",any"`
				} `xml:",any"`
			} `xml:"http://www.w3.org/1999/02/22-rdf-syntax-ns# Description"`
		} `xml:"http://www.w3.org/1999/02/22-rdf-syntax-ns# RDF"`
	}
	if err := xml.Unmarshal(packet, &document); err != nil {
		return nil, err
	}
	properties := map[string][]string{}
	for _, p := range document.RDF.Description.Properties {
		if len(p.Lists) != 1 || properties[p.XMLName.Local] != nil {
			return nil, fmt.Errorf("%s has %d lists, or is there twice", p.XMLName.Local, len(p.Lists))
		}
		for _, item := range p.Lists[0].Items {
			if alternative := p.Lists[0].XMLName.Local == "Alt"; alternative != (item.Lang == "x-default") {
				return nil, fmt.Errorf("%s has an item in the language %q", p.XMLName.Local, item.Lang)
			}
			properties[p.XMLName.Local] = append(properties[p.XMLName.Local], item.Text)
		}
	}
	return properties, nil
}

// clean is what XML and a text on one line can carry, told independently of the package.
func clean(text string) string {
	var b strings.Builder
	for _, r := range strings.ToValidUTF8(text, "\ufffd") {
		switch {
		case unicode.Is(unicode.Cc, r):
			r = ' '
		case r == 0xfffe || r == 0xffff:
			r = 0xfffd
		}
		b.WriteRune(r)
	}
	return b.String()
}

func FuzzXMP(f *testing.F) {
	f.Add(hostile.Title, hostile.Keywords[0], hostile.Keywords[2], "Food", "a caption")
	f.Add("\xff\ufffe\uffff", "<?xpacket end=\"w\"?>", "", "]]>", "\r\n\t\x85\u2028")
	f.Add(" x ", "\ufeff", "&", "\"", "a\r\rb\x7f")
	f.Fuzz(func(t *testing.T, title, first, second, category, caption string) {
		m := tagroll.Metadata{Title: title, Keywords: []string{first, second}, Category: tagroll.Category(category)}
		packet := export.XMP(m, caption)
		got, err := readXMP(packet)
		if err != nil {
			t.Fatalf("%v\n%s", err, packet)
		}
		want := map[string][]string{"subject": {clean(first), clean(second)}}
		if title != "" {
			want["title"] = []string{clean(title)}
		}
		if category != "" {
			want["SupplementalCategories"] = []string{clean(category)}
		}
		if caption != "" {
			lines := strings.ReplaceAll(strings.ReplaceAll(caption, "\r\n", "\n"), "\r", "\n")
			kept := func(r rune) bool { return r == '\n' || r == '\t' }
			var b strings.Builder
			for len(lines) > 0 { // line feeds and tabs stay
				i := strings.IndexFunc(lines, kept)
				if i < 0 {
					b.WriteString(clean(lines))
					break
				}
				b.WriteString(clean(lines[:i]) + lines[i:i+1])
				lines = lines[i+1:]
			}
			want["description"] = []string{b.String()}
		}
		if !maps.EqualFunc(got, want, slices.Equal) {
			t.Errorf("read back %q, want %q\n%s", got, want, packet)
		}
	})
}

// The sidecar of an editorial photo has the dateline that stands in the photo's file, too.
func TestSidecarDateline(t *testing.T) {
	r := result("tram.jpg", "Old tram", "tram")
	r.Facts.Taken = time.Date(2026, 5, 14, 9, 0, 0, 0, time.UTC)
	r.Facts.Place = tagroll.Place{City: "Lisbon", Country: "Portugal"}
	r.Details = &tagroll.Details{Editorial: true}
	_, archive, _ := download(t, lookup(t, "xmp"), slices.Values([]tagroll.Result{r}), export.Options{Time: aDay})
	packet := string(unzip(t, archive)["tram.xmp"])
	for _, text := range []string{">Lisbon, Portugal - May 14, 2026: Old tram<", ">Old tram<"} {
		if !strings.Contains(packet, text) {
			t.Errorf("%q is missing in\n%s", text, packet)
		}
	}
}

func TestWriteXMP(t *testing.T) {
	photo := func(name, caption string) tagroll.Result {
		r := result(name, "The title of "+name, "first", "second")
		r.Facts.Caption = caption
		return r
	}
	review := photo("review.jpg", "")
	review.Status = tagroll.StatusNeedsReview
	results := []tagroll.Result{
		photo("IMG_1.jpg", "A caption"), photo("img_1.PNG", ""), photo("IMG_1.jpg", ""), photo("IMG_1.jpg", ""),
		review, {Photo: tagroll.Photo{Name: "broken.jpg"}, Status: tagroll.StatusFailed},
		photo("Größe 日本.heic", ""), photo("no ending", ""), photo("two.dots.jpg", ""),
	}
	_, archive, summary := download(t, lookup(t, "xmp"), slices.Values(results), export.Options{Time: aDay})
	files := unzip(t, archive)
	for name, title := range map[string]string{
		"IMG_1.xmp": "IMG_1.jpg", "img_1.PNG.xmp": "img_1.PNG", "IMG_1.jpg.xmp": "IMG_1.jpg", "IMG_1-2.xmp": "IMG_1.jpg",
		"Größe 日本.xmp": "Größe 日本.heic", "no ending.xmp": "no ending", "two.dots.xmp": "two.dots.jpg",
	} {
		got, err := readXMP(files[name])
		if err != nil || got["title"][0] != "The title of "+title || !slices.Equal(got["subject"], []string{"first", "second"}) {
			t.Errorf("%s: %v %v", name, got, err)
		}
		if wantCaption := name == "IMG_1.xmp"; wantCaption != (got["description"] != nil) {
			t.Errorf("%s has the caption %q", name, got["description"])
		}
	}
	if len(files) != 7 || summary.Rows != 7 || !slices.Equal(summary.Unmatched, []string{"img_1.PNG", "IMG_1.jpg", "IMG_1.jpg"}) {
		t.Errorf("%d files, %+v", len(files), summary)
	}
	if _, _, summary := download(t, lookup(t, "xmp"), slices.Values(results), export.Options{IncludeReview: true}); summary.Rows != 8 {
		t.Errorf("with those in review: %+v", summary)
	}
}

// Sidecars of several folders do not mix, the one of a photo beside a RAW file leaves the RAW's
// name alone, and names are composed, whatever the file system gave.
func TestSidecarsOfFolders(t *testing.T) {
	in := func(path string) tagroll.Result {
		r := result(filepath.Base(path), "Tea", "tea")
		r.Photo.Path = path
		return r
	}
	results := []tagroll.Result{in("a/1.jpg"), in("b/1.jpg"), in("../b/2.jpg"), in("a/DSC_1.jpg"), in("a/u\u0308ber.jpg")}
	_, archive, summary := download(t, lookup(t, "xmp"), slices.Values(results), export.Options{
		Time:   aDay,
		Folder: func(p tagroll.Photo) string { return filepath.ToSlash(filepath.Dir(p.Path)) },
		Beside: func(p tagroll.Photo) bool { return p.Name == "DSC_1.jpg" },
	})
	got := slices.Sorted(maps.Keys(unzip(t, archive)))
	want := []string{"_../b/2.xmp", "a/1.xmp", "a/DSC_1.jpg.xmp", "a/\u00fcber.xmp", "b/1.xmp"}
	if !slices.Equal(got, want) || !slices.Equal(summary.Unmatched, []string{"a/DSC_1.jpg"}) {
		t.Errorf("the archive holds %q, want %q; unmatched %q", got, want, summary.Unmatched)
	}
}

// Whatever a photo is called, unpacking its sidecar writes one new file into the folder, on every
// system.
func FuzzSidecarNames(f *testing.F) {
	for _, name := range []string{"IMG_1.jpg", "", ".", "..", "../../etc/passwd", `..\..\x.jpg`, "C:x.jpg", "/x", "a\x00b", "NUL.jpg", "com1", "con.tar.gz",
		".jpg", "...", " .jpg", strings.Repeat("é", 300) + ".jpeg", "a\xffb.jpg", "x.xmp", "LPT¹.png"} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		results := slices.Repeat([]tagroll.Result{result(name, "x", "y")}, 4)
		_, archive, summary := download(t, lookup(t, "xmp"), slices.Values(results), export.Options{Time: aDay})
		files := unzip(t, archive)
		if len(files) != 4 || len(summary.Unmatched) < 3 {
			t.Fatalf("%d files, unmatched %q", len(files), summary.Unmatched)
		}
		for file := range files {
			device, _, _ := strings.Cut(strings.ToUpper(file), ".")
			if !filepath.IsLocal(file) || strings.ContainsAny(file, `/\:*?"<>|`) || !strings.HasSuffix(file, ".xmp") || file == ".xmp" ||
				strings.ContainsFunc(file, unicode.IsControl) || len(file) > 255 || slices.Contains([]string{"CON", "NUL", "COM1"}, device) {
				t.Errorf("%q has the sidecar %q", name, file)
			}
		}
	})
}

// TestExiftoolReadsSidecars asks exiftool what it finds in a sidecar.
func TestExiftoolReadsSidecars(t *testing.T) {
	program, err := exec.LookPath("exiftool")
	if err != nil {
		if os.Getenv("TAGROLL_TEST_ALL") == "1" {
			t.Fatal("exiftool is not installed, and TAGROLL_TEST_ALL asks for every test")
		}
		t.Skip("exiftool is not installed")
	}
	sidecar := filepath.Join(t.TempDir(), "IMG_1.xmp")
	if err := os.WriteFile(sidecar, export.XMP(hostile, "Two lines,\r\none\ttab & a feed"), 0o600); err != nil {
		t.Fatal(err)
	}
	output, err := exec.CommandContext(t.Context(), program, "-j", "-G1", "-validate", "-warning", "-a", "-all:all", sidecar).Output()
	if err != nil {
		t.Fatal(err)
	}
	var all []struct {
		Title       string   `json:"XMP-dc:Title"`
		Subject     []string `json:"XMP-dc:Subject"`
		Description string   `json:"XMP-dc:Description"`
		Category    any      `json:"XMP-photoshop:SupplementalCategories"`
		Validate    string   `json:"ExifTool:Validate"`
	}
	if err := json.Unmarshal(output, &all); err != nil || len(all) != 1 {
		t.Fatal(err)
	}
	got, keywords := all[0], make([]string, len(hostile.Keywords))
	for i, k := range hostile.Keywords {
		keywords[i] = clean(k)
	}
	if got.Title != hostile.Title || !slices.Equal(got.Subject, keywords) || got.Description != "Two lines,\none\ttab & a feed" ||
		got.Category != "Food" || got.Validate != "OK" {
		t.Errorf("exiftool read %+v of %s", got, output)
	}
}
