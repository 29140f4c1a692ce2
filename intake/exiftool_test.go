package intake

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tagroll/tagroll"
)

// exiftool is what exiftool says of a photo, in the groups that Inspect looks at.
type exiftool struct {
	SourceFile  string
	ImageWidth  int     `json:"File:ImageWidth"`
	ImageHeight int     `json:"File:ImageHeight"`
	Orientation int     `json:"EXIF:Orientation"`
	FNumber     float64 `json:"EXIF:FNumber"`
	Exposure    float64 `json:"EXIF:ExposureTime"`
	ISO         int     `json:"EXIF:ISO"`
	FocalLength float64 `json:"EXIF:FocalLength"`
	Distance    float64 `json:"EXIF:SubjectDistance"`
	Taken       string  `json:"Composite:SubSecDateTimeOriginal"`
	Latitude    number  `json:"Composite:GPSLatitude"`
	Longitude   number  `json:"Composite:GPSLongitude"`
	XMPLatitude number  `json:"XMP:GPSLatitude"`
	XMPLong     number  `json:"XMP:GPSLongitude"`
	Title       string  `json:"XMP:Title"`
	Subject     any     `json:"XMP:Subject"`
	Headline    string  `json:"IPTC:Headline"`
	ObjectName  string  `json:"IPTC:ObjectName"`
}

// number is a number, or an empty text where exiftool has a tag without a value.
type number float64

func (n *number) UnmarshalJSON(text []byte) error {
	if string(text) == `""` {
		return nil
	}
	return json.Unmarshal(text, (*float64)(n))
}

// TestExiftoolAgrees asks exiftool about every photo in testdata, and in the folder of
// TAGROLL_TEST_PHOTOS if that is set.
func TestExiftoolAgrees(t *testing.T) {
	program, err := exec.LookPath("exiftool")
	if err != nil {
		if os.Getenv("TAGROLL_TEST_ALL") == "1" {
			t.Fatal("exiftool is not installed, and TAGROLL_TEST_ALL asks for every test")
		}
		t.Skip("exiftool is not installed")
	}
	inputs := []string{"testdata"}
	if more := os.Getenv("TAGROLL_TEST_PHOTOS"); more != "" {
		inputs = append(inputs, more)
	}
	found := mustFind(t, inputs...)
	arguments := []string{"-j", "-n", "-G", "-charset", "iptc=UTF8"}
	for _, photo := range found.Photos {
		arguments = append(arguments, photo.Path)
	}
	output, err := exec.CommandContext(t.Context(), program, arguments...).Output()
	if err != nil {
		t.Fatal(err)
	}
	var all []exiftool
	if err := json.Unmarshal(output, &all); err != nil {
		t.Fatal(err)
	}
	if len(all) != len(found.Photos) || len(all) < 30 {
		t.Fatalf("exiftool read %d of %d photos", len(all), len(found.Photos))
	}
	for i, want := range all {
		t.Run(filepath.Base(want.SourceFile), func(t *testing.T) {
			data, err := Read(t.Context(), found.Photos[i], Limits{})
			if err != nil {
				t.Fatal(err)
			}
			got, err := Inspect(data, Limits{})
			if err != nil {
				t.Fatal(err)
			}
			compareWithExiftool(t, got, want)
		})
	}
}

func compareWithExiftool(t *testing.T, got tagroll.Facts, want exiftool) {
	t.Helper()
	check := func(what string, got, want any) {
		if got != want {
			t.Errorf("%s: %v, exiftool says %v", what, got, want)
		}
	}
	near := func(what string, got, want float64) {
		if math.Abs(got-want) > 1e-4*math.Abs(want) {
			t.Errorf("%s: %v, exiftool says %v", what, got, want)
		}
	}
	if want.ImageWidth > 0 {
		check("width", got.Width, want.ImageWidth)
		check("height", got.Height, want.ImageHeight)
	}
	if !turnsItself(got.Format) {
		check("orientation", got.Orientation, max(want.Orientation, 1))
	}
	if want.FNumber > 0 {
		near("aperture", got.FNumber, want.FNumber)
		near("exposure", got.ExposureSeconds, want.Exposure)
		check("ISO", got.ISO, want.ISO)
		near("focal length", got.FocalLength, want.FocalLength)
	}
	near("distance", got.SubjectDistance, want.Distance)
	var position tagroll.Position // 0, 0 for none
	if got.Position != nil {
		position = *got.Position
	}
	near("latitude", position.Latitude, float64(cmp.Or(want.Latitude, want.XMPLatitude)))
	near("longitude", position.Longitude, float64(cmp.Or(want.Longitude, want.XMPLong)))
	if want.Taken != "" {
		if layout := "2006:01:02 15:04:05.999999999"; len(want.Taken) > 6 && strings.ContainsAny(want.Taken[19:], "+-") {
			check("taken", got.Taken.Format(layout+"-07:00"), want.Taken)
		} else {
			check("taken", got.Taken.Format(layout), strings.TrimRight(want.Taken, "0"))
		}
	}
	if want.Title != "" {
		check("title", got.Title, want.Title)
	} else if want.ObjectName+want.Headline != "" && !strings.Contains(want.SourceFile, "latin1") {
		// exiftool was told to read UTF-8.
		check("title", got.Title, cmp.Or(want.ObjectName, want.Headline))
	}
	if list, ok := want.Subject.([]any); ok {
		check("keywords", fmt.Sprint(got.Keywords), fmt.Sprint(list))
	}
}
