package intake

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/compress/heif/heiftest"
)

// load reads one of the photos that testdata/make.sh made with exiftool.
func load(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// wantFacts inspects data and compares what is said beyond the file itself.
func wantFacts(t *testing.T, data []byte, want tagroll.Facts) {
	t.Helper()
	got, err := Inspect(data, Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if got.Orientation == 0 || got.Bytes != int64(len(data)) {
		t.Errorf("%d bytes, orientation %d", got.Bytes, got.Orientation)
	}
	if !got.Taken.Equal(want.Taken) || zone(got.Taken) != zone(want.Taken) {
		t.Errorf("taken %v instead of %v", got.Taken, want.Taken)
	}
	got.Format, got.Bytes, got.SHA256, got.Width, got.Height, got.ColorSpace = "", 0, "", 0, 0, ""
	if want.Orientation == 0 {
		want.Orientation = 1
	}
	got.Taken, want.Taken = time.Time{}, time.Time{}
	if got.PlaceByPosition { // see TestPlaceByPosition
		got.Place, got.PlaceByPosition = tagroll.Place{}, false
	}
	if !reflect.DeepEqual(got, want) {
		g, _ := json.Marshal(got)
		w, _ := json.Marshal(want)
		t.Errorf("facts\n%s\ninstead of\n%s", g, w)
	}
}

func zone(t time.Time) int {
	_, offset := t.Zone()
	return offset
}

func TestFile(t *testing.T) {
	for name, want := range map[string]tagroll.Facts{
		"base.jpg":  {Format: tagroll.FormatJPEG, Width: 24, Height: 16},
		"base.png":  {Format: tagroll.FormatPNG, Width: 24, Height: 16},
		"base.tif":  {Format: tagroll.FormatTIFF, Width: 24, Height: 16},
		"base.webp": {Format: tagroll.FormatWebP, Width: 1, Height: 1},
		"base.avif": {Format: tagroll.FormatAVIF, Width: 24, Height: 16},
		"base.heic": {Format: tagroll.FormatHEIC, Width: 64, Height: 64},
	} {
		data := load(t, name)
		sum := sha256.Sum256(data)
		want.Bytes, want.SHA256, want.Orientation = int64(len(data)), hex.EncodeToString(sum[:]), 1
		if got, err := Inspect(data, Limits{}); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}

func TestOrientations(t *testing.T) {
	for n := 1; n <= 8; n++ {
		wantFacts(t, load(t, fmt.Sprintf("orientation-%d.jpg", n)), tagroll.Facts{Orientation: n})
	}
}

func TestWhatACameraWrites(t *testing.T) {
	for name, orientation := range map[string]int{
		"camera.jpg": 6, "camera.png": 6, "camera.webp": 6, "camera.tif": 6, "little-endian.jpg": 6,
		// These are turned by a property of their own.
		"camera.heic": 1, "camera.avif": 1,
	} {
		t.Run(name, func(t *testing.T) {
			wantFacts(t, load(t, name), tagroll.Facts{
				Orientation: orientation, Camera: "SONY ILCE-7M3", Lens: "FE 55mm F1.8 ZA",
				Taken:       time.Date(2024, 5, 6, 7, 8, 9, 50e6, time.FixedZone("", 9*3600)),
				FocalLength: 55, FocalLength35: 83, FNumber: 2.8, ExposureSeconds: 1. / 250, ISO: 400,
				SubjectDistance: 3.5, FlashFired: true,
				Position: &tagroll.Position{Latitude: 35.6586, Longitude: 139.7454},
			})
		})
	}
	wantFacts(t, load(t, "xmp-camera.jpg"), tagroll.Facts{
		Camera: "NIKON D90", Lens: "50.0 mm f/1.4", FocalLength: 50, FNumber: 1.4, ExposureSeconds: 1. / 60, ISO: 1600,
		Taken:    time.Date(2022, 1, 2, 3, 4, 5, 0, time.FixedZone("", -3*3600)),
		Position: &tagroll.Position{Latitude: -33.4489, Longitude: -70.6693},
	})
}

func TestWhatAPersonWrites(t *testing.T) {
	iceland := tagroll.Facts{
		Title: "Skógafoss", Caption: "A waterfall in Iceland", Keywords: []string{"waterfall", "Iceland", "long exposure"},
		Place: tagroll.Place{Location: "Skógar", City: "Rangárþing", Region: "Suðurland", Country: "Iceland"},
	}
	zurich := tagroll.Facts{
		Title: "Café Zürich", Caption: "Kaffee am See", Keywords: []string{"Café", "Zürich"},
		Place: tagroll.Place{Location: "Niederdorf", City: "Zürich", Region: "ZH", Country: "Schweiz"},
		Taken: time.Date(2023, 2, 3, 4, 5, 6, 0, time.FixedZone("", 3600)),
	}
	for name, want := range map[string]tagroll.Facts{
		"xmp.jpg": iceland, "xmp.png": iceland, "xmp.webp": iceland, "xmp.tif": iceland, "xmp.heic": iceland, "xmp.avif": iceland,
		"iptc-utf8.jpg": zurich, "iptc-latin1.jpg": zurich, "iptc-undeclared-utf8.jpg": zurich, "iptc.png": zurich, "iptc.tif": zurich,
		"iptc-headline.jpg": {Title: "Headline only"},
		"xmp-languages.jpg": {Title: "Harbour"},
		"disagree.jpg":      {Title: "From XMP", Caption: "Caption from IPTC", Keywords: []string{"iptc"}, Place: tagroll.Place{City: "Oslo"}},
		"windows.jpg":       {Title: "Grüße", Caption: "Aus Köln", Keywords: []string{"dom", "rhein", "köln"}},
		"description.jpg":   {Caption: "The harbour at dawn"},
		"boilerplate.jpg":   {Camera: "OLYMPUS E-M1"},
	} {
		t.Run(name, func(t *testing.T) { wantFacts(t, load(t, name), want) })
	}
}

// A position gets its names where the file names no place; what the file names counts first.
func TestPlaceByPosition(t *testing.T) {
	for name, want := range map[string]string{
		"north-west.jpg": "New York City, New York, United States", // Liberty Island
		"south-west.jpg": "Santiago, Santiago Metropolitan, Chile",
		"south-east.jpg": "Sydney, New South Wales, Australia",
		"no-fix.jpg":     ", , ",
	} {
		facts, err := Inspect(load(t, name), Limits{})
		if err != nil {
			t.Fatal(err)
		}
		p := facts.Place
		if got := p.City + ", " + p.Region + ", " + p.Country; got != want || facts.PlaceByPosition != (facts.Position != nil) {
			t.Errorf("%s is in %q (by its position: %v), want %q", name, got, facts.PlaceByPosition, want)
		}
	}
	facts := tagroll.Facts{Position: &tagroll.Position{Latitude: -33.8568, Longitude: 151.2153}, Place: tagroll.Place{Country: "Oz"}}
	if namePlace(&facts); facts.Place != (tagroll.Place{Country: "Oz"}) || facts.PlaceByPosition {
		t.Errorf("the file's own words were changed to %+v", facts.Place)
	}
	copied := Complete(tagroll.Facts{}, load(t, "south-east.jpg"), Limits{})
	if copied.Place.City != "Sydney" || !copied.PlaceByPosition {
		t.Errorf("the copy of a photo is in %+v", copied.Place)
	}
}

func TestPositions(t *testing.T) {
	for name, want := range map[string]*tagroll.Position{
		"north-west.jpg":    {Latitude: 40.6892, Longitude: -74.0445},
		"south-west.jpg":    {Latitude: -33.4489, Longitude: -70.6693},
		"south-east.jpg":    {Latitude: -33.8568, Longitude: 151.2153},
		"no-fix.jpg":        nil,
		"no-hemisphere.jpg": nil,
	} {
		t.Run(name, func(t *testing.T) { wantFacts(t, load(t, name), tagroll.Facts{Position: want}) })
	}
}

func TestTooManyPixels(t *testing.T) {
	for name, data := range map[string][]byte{
		"JPEG": jpegFile(65500, 65500, nil),
		"PNG":  pngFile(30000, 30000),
		"WebP": []byte("RIFF\x12\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00\x00\x00\x00\x00\xff\xff\xff\xff\xff\xff"),
		"TIFF": tiffFile(entry{tagWidth, typeLong, 1, 1 << 31}, entry{tagHeight, typeLong, 1, 1 << 31}),
		"GIF":  []byte("GIF89a\xff\xff\xff\xff\x00\x00\x00"),
		"HEIC": heifFile("heic", 20000, 20000, 0),
	} {
		t.Run(name, func(t *testing.T) {
			facts, err := Inspect(data, Limits{})
			e := wantError(t, err, tagroll.CodeTooManyPixels)
			if !strings.Contains(e.Message, fmt.Sprint(facts.Width)) || !strings.Contains(e.Message, "the limit is 100") {
				t.Errorf("the message does not say the figures: %q", e.Message)
			}
		})
	}
	if _, err := Inspect(jpegFile(10000, 10000, nil), Limits{}); err != nil {
		t.Errorf("exactly the limit is refused: %v", err)
	}
	_, err := Inspect(jpegFile(100, 101, nil), Limits{MaxPixels: 10000})
	wantError(t, err, tagroll.CodeTooManyPixels)
}

func TestHeaders(t *testing.T) {
	tile := heiftest.Coded(heiftest.Sample("q8.heic"))
	for name, test := range map[string]struct {
		data          []byte
		width, height int
	}{
		"JPEG without height":     {jpegFile(640, 0, nil), 0, 0},
		"JPEG with fill bytes":    {append([]byte("\xff\xd8\xff\xff\xff\xff"), jpegFile(640, 480, nil)[3:]...), 640, 480},
		"JPEG with stray bytes":   {append([]byte("\xff\xd8\xff\x00\x00\x00"), jpegFile(640, 480, nil)[2:]...), 640, 480},
		"JPEG that ends":          {jpegFile(640, 480, nil)[:9], 0, 0},
		"JPEG of nothing":         {[]byte("\xff\xd8\xff"), 0, 0},
		"PNG that ends":           {pngFile(640, 480)[:12], 0, 0},
		"PNG of nothing":          {[]byte("\x89PNG\r\n\x1a\n"), 0, 0},
		"WebP lossless":           {[]byte("RIFF\x12\x00\x00\x00WEBPVP8L\x05\x00\x00\x00\x2f\x7f\xc2\x77\x00\x00"), 640, 480},
		"WebP lossy, scaled":      {[]byte("RIFF\x12\x00\x00\x00WEBPVP8 \x0a\x00\x00\x00\x00\x00\x00\x9d\x01\x2a\x80\x42\xe0\x81"), 640, 480},
		"WebP of nothing":         {[]byte("RIFF\x12\x00\x00\x00WEBP"), 0, 0},
		"TIFF with short sides":   {tiffFile(entry{tagWidth, typeShort, 1, 640 << 16}, entry{tagHeight, typeShort, 1, 480 << 16}), 640, 480},
		"TIFF that ends":          {[]byte("II*\x00\x08\x00\x00\x00"), 0, 0},
		"TIFF of nothing":         {[]byte("MM\x00*"), 0, 0},
		"GIF":                     {[]byte("GIF89a\x80\x02\xe0\x01\x00\x00\x00"), 640, 480},
		"GIF of nothing":          {[]byte("GIF89a"), 0, 0},
		"HEIC":                    {heifFile("heic", 640, 480, 0), 640, 480},
		"HEIC, a quarter turn":    {heifFile("heic", 640, 480, 1), 480, 640},
		"HEIC, upside down":       {heifFile("heic", 640, 480, 2), 640, 480},
		"AVIF, three quarters":    {heifFile("avif", 640, 480, 3), 480, 640},
		"HEIC, cut, then turned":  {heiftest.Tiled("heic", 2, 1, 120, 60, tile, heiftest.Aperture(120, 60, 11, 0, 101, 60), heiftest.Turned(1)).Bytes(), 60, 101},
		"HEIC, turned, then cut":  {heiftest.Tiled("heic", 2, 1, 120, 60, tile, heiftest.Turned(1), heiftest.Aperture(60, 120, 1, 20, 59, 99)).Bytes(), 59, 99},
		"HEIC, a sequence":        {heiftest.Sample("seq.heics"), 64, 64},
		"AVIF that ends":          {heifFile("avif", 640, 480, 3)[:60], 0, 0},
		"JPEG, no frame, a trail": {append([]byte("\xff\xd8\xff\xd9"), jpegFile(640, 480, nil)...), 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			facts, err := Inspect(test.data, Limits{})
			if err != nil || facts.Width != test.width || facts.Height != test.height || facts.Orientation != 1 {
				t.Errorf("%d x %d, orientation %d, %v", facts.Width, facts.Height, facts.Orientation, err)
			}
		})
	}
}

func TestInspectLimits(t *testing.T) {
	_, err := Inspect(nil, Limits{})
	wantError(t, err, tagroll.CodeEmptyFile)
	_, err = Inspect(load(t, "base.jpg"), Limits{MaxBytes: 100})
	if e := wantError(t, err, tagroll.CodeFileTooLarge); !strings.Contains(e.Message, "100 bytes") {
		t.Errorf("the message does not say the limit: %q", e.Message)
	}
}

func TestBrokenMetadataIsLoggedAndPassedOver(t *testing.T) {
	for kind, data := range map[string][]byte{
		"EXIF": jpegFile(640, 480, []byte("no TIFF header")),
		"XMP": segmentFile(0xe1, "http://ns.adobe.com/xap/1.0/\x00"+
			"<x:xmpmeta xmlns:x='adobe:ns:meta/'><broken"),
		"IPTC": segmentFile(0xed, "Photoshop 3.0\x008BIM\x04\x04\x00\x00\x00\x00\x00\x06\x1c\x02\x05\x00\xffab"),
	} {
		t.Run(kind, func(t *testing.T) {
			var log bytes.Buffer
			logger := slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
			facts, err := Inspect(data, Limits{Log: logger})
			if err != nil || facts.Width != 640 {
				t.Errorf("%+v, %v", facts, err)
			}
			if !strings.Contains(log.String(), "kind="+kind) {
				t.Errorf("log %q", log.String())
			}
		})
	}
}

// jpegFile is the outside of a JPEG: an EXIF block and a frame.
func jpegFile(width, height int, exif []byte) []byte {
	b := []byte("\xff\xd8")
	if exif != nil {
		b = append(b, segment(0xe1, "Exif\x00\x00"+string(exif))...)
	}
	frame := binary.BigEndian.AppendUint16([]byte{8}, uint16(height))
	frame = append(binary.BigEndian.AppendUint16(frame, uint16(width)), 1, 1, 0x11, 0)
	return append(b, segment(0xc0, string(frame))...)
}

// segmentFile is a JPEG of 640 x 480 with a segment before the frame.
func segmentFile(marker byte, content string) []byte {
	return append([]byte("\xff\xd8"), append(segment(marker, content), jpegFile(640, 480, nil)[2:]...)...)
}

func segment(marker byte, content string) []byte {
	b := binary.BigEndian.AppendUint16([]byte{0xff, marker}, uint16(2+len(content)))
	return append(b, content...)
}

// pngFile is the outside of a PNG with chunks behind the header.
func pngFile(width, height uint32, chunks ...[]byte) []byte {
	header := binary.BigEndian.AppendUint32(nil, width)
	header = append(binary.BigEndian.AppendUint32(header, height), 1, 0, 0, 0, 0)
	b := append([]byte("\x89PNG\r\n\x1a\n"), chunk("IHDR", header)...)
	for _, c := range chunks {
		b = append(b, c...)
	}
	return append(b, chunk("IEND", nil)...)
}

func chunk(name string, content []byte) []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(len(content)))
	b = append(append(b, name...), content...)
	return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[4:]))
}

// heifFile is the outside of a HEIF image: a thumbnail, the primary item, and how it is turned.
func heifFile(brand string, width, height uint32, turns byte) []byte {
	ispe := func(w, h uint32) []byte {
		b := binary.BigEndian.AppendUint32(make([]byte, 4), w)
		return mp4Box("ispe", binary.BigEndian.AppendUint32(b, h))
	}
	ipco := mp4Box("ipco", ispe(160, 120), ispe(width, height), mp4Box("irot", []byte{turns}))
	ipma := mp4Box("ipma", []byte{0, 0, 0, 0, 0, 0, 0, 2, 0, 7, 1, 1, 0, 9, 2, 0x82, 0x83})
	meta := mp4Box("meta", make([]byte, 4), mp4Box("pitm", []byte{0, 0, 0, 0, 0, 9}), mp4Box("iprp", ipco, ipma))
	return append(mp4Box("ftyp", []byte(brand+"\x00\x00\x00\x00mif1"+brand)), meta...)
}

func mp4Box(name string, contents ...[]byte) []byte {
	content := bytes.Join(contents, nil)
	return append(append(binary.BigEndian.AppendUint32(nil, uint32(8+len(content))), name...), content...)
}
