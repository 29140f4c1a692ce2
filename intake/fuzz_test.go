package intake

import (
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/tagroll/tagroll"
)

func FuzzInspect(f *testing.F) {
	files, err := filepath.Glob("testdata/*.*")
	if err != nil || len(files) < 30 {
		f.Fatal(err, files)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add(heifFile("heic", 640, 480, 1))
	f.Add([]byte("GIF89a\x80\x02\xe0\x01\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, data []byte) {
		original := slices.Clone(data)
		facts, err := Inspect(data, Limits{})
		if !slices.Equal(data, original) {
			t.Fatal("the data was changed")
		}
		if err != nil {
			if e := tagroll.AsError(err); e.Stage != tagroll.StageIntake || e.Message == "" {
				t.Fatalf("error %+v", e)
			}
			return
		}
		checkFacts(t, facts)
	})
}

// checkFacts fails the test if facts hold what nobody could have meant.
func checkFacts(t *testing.T, f tagroll.Facts) {
	t.Helper()
	if f.Width < 0 || f.Height < 0 || (f.Width == 0) != (f.Height == 0) || f.Width*f.Height > tagroll.MaxPixels {
		t.Errorf("%d x %d", f.Width, f.Height)
	}
	if f.Orientation < 1 || f.Orientation > 8 || f.ISO < 0 {
		t.Errorf("orientation %d, ISO %d", f.Orientation, f.ISO)
	}
	for _, n := range []float64{f.FocalLength, f.FocalLength35, f.FNumber, f.ExposureSeconds, f.SubjectDistance} {
		if !(n >= 0 && n < maxMeasure) {
			t.Errorf("measure %v", n)
		}
	}
	if p := f.Position; p != nil && !(math.Abs(p.Latitude) <= 90 && math.Abs(p.Longitude) <= 180) {
		t.Errorf("position %v", *p)
	}
	if _, err := f.Taken.MarshalJSON(); err != nil {
		t.Errorf("taken %v: %v", f.Taken, err)
	}
	texts := append([]string{f.Title, f.Caption, f.Camera, f.Lens, f.Place.Location, f.Place.City, f.Place.Region, f.Place.Country}, f.Keywords...)
	for _, text := range texts {
		if !utf8.ValidString(text) || strings.ContainsAny(text, "\x00\x1b\n\r\t\u202e") || strings.TrimSpace(text) != text || len(text) > utf8.UTFMax*maxCaption {
			t.Errorf("text %q", text)
		}
	}
	if len(f.Keywords) > maxKeywords || slices.Contains(f.Keywords, "") {
		t.Errorf("keywords %q", f.Keywords)
	}
}

// FuzzMetadata reaches the readers of the blocks without a container around them.
func FuzzMetadata(f *testing.F) {
	for _, name := range []string{"camera.jpg", "camera.tif", "xmp.png", "xmp.jpg", "iptc.tif", "windows.jpg"} {
		data := load(f, name)
		h := readHeader(sniff(data).format, data)
		f.Add(h.exif, h.xmp, h.iptc)
	}
	f.Fuzz(func(t *testing.T, exif, xmp, iptc []byte) {
		for _, read := range []struct {
			block []byte
			facts func([]byte) (tagroll.Facts, error)
		}{{exif, exifFacts}, {xmp, xmpFacts}, {iptc, iptcFacts}} {
			facts, _ := read.facts(read.block)
			facts.Orientation = max(facts.Orientation, 1)
			checkFacts(t, facts)
		}
	})
}

func FuzzList(f *testing.F) {
	for _, list := range []string{"", "a\nb\r\n\r\n", "a\x00b\nc\x00", "\xef\xbb\xbfa", " \n\t\n", "\xff\xfe\n"} {
		f.Add(list)
	}
	f.Fuzz(func(t *testing.T, list string) {
		for path := range listed([]byte(list)) {
			if path == "" || strings.Contains(path, "\x00") || !strings.Contains(list, path) {
				t.Errorf("%q of %q", path, list)
			}
			if !strings.Contains(list, "\x00") && strings.Contains(path, "\n") {
				t.Errorf("%q is two lines", path)
			}
		}
	})
}

func FuzzOrder(f *testing.F) {
	f.Add("IMG_9.jpg", "img_10.jpg", "IMG_010.jpg")
	f.Add("a", "", "\xff1")
	f.Fuzz(func(t *testing.T, a, b, c string) {
		if compareNames(a, b) != -compareNames(b, a) || (compareNames(a, b) == 0) != (a == b) {
			t.Errorf("%q and %q have no order", a, b)
		}
		if compareNames(a, b) <= 0 && compareNames(b, c) <= 0 && compareNames(a, c) > 0 {
			t.Errorf("%q, %q and %q go round in a circle", a, b, c)
		}
	})
}
