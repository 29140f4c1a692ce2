package describe_test

import (
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/describe"
)

func ExampleFileNameWords() {
	fmt.Printf("%q\n", describe.FileNameWords("KestrelHovering_over-fields-final (2).jpg"))
	fmt.Printf("%q\n", describe.FileNameWords("IMG_0412-Edit.jpg"))
	// Output:
	// ["kestrel" "hovering" "over" "fields"]
	// []
}

func ExampleSeason() {
	july := time.Date(2024, time.July, 10, 9, 0, 0, 0, time.UTC)
	fmt.Println(describe.Season(tagroll.Facts{Taken: july, Position: &tagroll.Position{Latitude: -34}}))
	fmt.Printf("%q\n", describe.Season(tagroll.Facts{Taken: july}))
	// Output:
	// winter
	// ""
}

func TestFileNameWords(t *testing.T) {
	for name, want := range map[string]string{
		"IMG_0412.jpg":                               "",
		"DSC01234.ARW":                               "",
		"_DSF1234.jpg":                               "",
		"P1000123.JPG":                               "",
		"PXL_20240518_101112123.NIGHT.jpg":           "",
		"MVIMG_20190101_120000.jpg":                  "",
		"Screenshot 2024-05-18 at 10.11.12.png":      "",
		"IMG-20240518-WA0003.jpg":                    "",
		"3f2504e0-4f89-11d3-9a0c-0305e82c3301.jpg":   "",
		"deadbeefcafe.jpg":                           "",
		"d41d8cd98f00b204e9800998ecf8427e.jpg":       "",
		"20240518_101112.jpg":                        "",
		"":                                           "",
		"...":                                        "",
		"kestrel-hovering.jpg":                       "kestrel hovering",
		"kestrel_hovering-edit-final-web-2048.jpg":   "kestrel hovering",
		"KestrelHovering_1024x768 (2).jpg":           "kestrel hovering",
		"OldHarbourAtNight-copy.jpg":                 "old harbour at night",
		"NYCSkyline.jpg":                             "nyc skyline",
		"IMG_0412 red fox in snow.jpg":               "red fox in snow",
		"SUNSET BEACH.JPG":                           "sunset beach",
		"beach01.jpg":                                "beach",
		"Blumenwiese im Frühling.jpg":                "Blumenwiese im Frühling",
		"закат над морем.jpg":                        "закат над морем",
		"夕焼け.jpg":                                    "夕焼け",
		"/home/me/pictures/red-barn.jpg":             "red barn",
		`C:\photos\red-barn.jpg`:                     "red barn",
		"ABCD_2071-Edit.jpg":                         "",
		"ABCD_0412 red fox.jpg":                      "red fox",
		"ABC00123.jpg":                               "",
		"portrait-of-a-fox_portrait.jpg":             "portrait of a fox",
		"Fru\u0308hling.jpg":                         "Fr\u00fchling", // as macOS writes it
		"fig-in-RedBowl_web.jpg":                     "fig in red bowl",
		"xKjQpLmZaB.jpg":                             "",
		"WhatsApp Image 2024-01-01 at 12.00.00.jpeg": "",
		"the-end-of.jpg":                             "end",
		"canon_red_barn.jpg":                         "red barn",
	} {
		if got := strings.Join(describe.FileNameWords(name), " "); got != want {
			t.Errorf("FileNameWords(%q) = %q, want %q", name, got, want)
		}
	}
}

func FuzzFileNameWords(f *testing.F) {
	for _, name := range []string{"IMG_0412.jpg", "KestrelHovering-final.jpg", "夕焼け.jpg", "\xff\xfe", "a/b\\c..", "e\u0301te\u0301.jpg"} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		for _, w := range describe.FileNameWords(name) {
			if !utf8.ValidString(w) || w == "" || strings.ContainsAny(w, " /.") || !norm.NFC.IsNormalString(w) {
				t.Errorf("%q in FileNameWords(%q) is no word", w, name)
			}
		}
	})
}
