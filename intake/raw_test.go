package intake

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"image"
	"image/color"
	"image/jpeg"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/internal/rawtest"
)

// picture is a JPEG of a size.
func picture(t testing.TB, width, height int) []byte {
	t.Helper()
	m := image.NewYCbCr(image.Rect(0, 0, width, height), image.YCbCrSubsampleRatio420)
	for i := range m.Y {
		m.Y[i] = byte(i / width)
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// rawFileOf is a RAW file that says everything.
func rawFileOf(preview []byte) rawtest.File {
	return rawtest.File{
		JPEG: preview, Orientation: 6, Make: "NIKON CORPORATION", Model: "NIKON Z 8", Taken: "2024:05:06 07:08:09",
		Latitude: 48, Longitude: 11, Width: 6000, Height: 4000, Sensor: 5000,
	}
}

// onDisk is a photo in a file.
func onDisk(t testing.TB, name string, data []byte) tagroll.Photo {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return tagroll.Photo{ID: path, Name: name, Path: path, Open: func() (io.ReadCloser, error) { return openFile(path) }}
}

func TestPreview(t *testing.T) {
	want := picture(t, 1200, 800)
	for _, format := range rawtest.Formats {
		t.Run(format, func(t *testing.T) {
			data := rawFileOf(want).Build(format)
			sum := sha256.Sum256(data)
			photo := onDisk(t, "IMG_1."+format, data)
			for name, bytesGiven := range map[string][]byte{"file": nil, "upload": data} {
				got, facts, err := Preview(t.Context(), photo, bytesGiven, Limits{MaxBytes: int64(len(data))})
				if err != nil {
					t.Fatalf("%s: %v", name, err)
				}
				if format == "raf" || format == "x3f" { // its JPEG has the EXIF
					got = append(bytes.Clone(got[:2]), got[len(got)-len(want)+2:]...)
				}
				if !bytes.Equal(got, want) {
					t.Errorf("%s: the preview has %d bytes instead of %d", name, len(got), len(want))
				}
				if facts.Format != tagroll.FormatRAW || facts.Bytes != int64(len(data)) || facts.SHA256 != hex.EncodeToString(sum[:]) {
					t.Errorf("%s: %+v", name, facts)
				}
				if facts.Width != 1200 || facts.Height != 800 || facts.Orientation != 6 || facts.Camera != "NIKON Z 8" {
					t.Errorf("%s: %+v", name, facts)
				}
				if !facts.Taken.Equal(time.Date(2024, 5, 6, 7, 8, 9, 0, time.UTC)) || facts.Position == nil || facts.Position.Latitude != 48 || !facts.PlaceByPosition {
					t.Errorf("%s: %+v", name, facts)
				}
			}
		})
	}
}

// What we take out of the files, exiftool takes out too, so they are built as cameras build them.
func TestPreviewsAreThoseOfExiftool(t *testing.T) {
	tool, err := exec.LookPath("exiftool")
	if err != nil {
		if os.Getenv("TAGROLL_TEST_ALL") == "1" {
			t.Fatal("exiftool is not installed, and TAGROLL_TEST_ALL asks for every test")
		}
		t.Skip("exiftool is not installed")
	}
	want := picture(t, 1200, 800)
	args := []string{"-j", "-b", "-PreviewImage", "-JpgFromRaw", "-OtherImage", "-Model", "-Orientation#", "-DateTimeOriginal"}
	for _, format := range rawtest.Formats {
		file := rawFileOf(want)
		switch format { // exiftool reads makers' notes by the maker
		case "orf":
			file.Make, file.Model = "OLYMPUS CORPORATION", "E-M1"
		case "pef":
			file.Make, file.Model = "PENTAX", "PENTAX K-3"
		}
		args = append(args, onDisk(t, "IMG_1."+format, file.Build(format)).Path)
	}
	out, err := exec.Command(tool, args...).Output()
	if err != nil {
		t.Fatal(err)
	}
	var files []struct {
		SourceFile, PreviewImage, JpgFromRaw, OtherImage, Model, DateTimeOriginal string

		Orientation int
	}
	if err := json.Unmarshal(out, &files); err != nil || len(files) != len(rawtest.Formats) {
		t.Fatal(len(files), err)
	}
	for _, f := range files {
		found := false
		for _, text := range []string{f.PreviewImage, f.JpgFromRaw, f.OtherImage} {
			image, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(text, "base64:"))
			found = found || err == nil && bytes.HasSuffix(image, want[2:])
		}
		if name := filepath.Base(f.SourceFile); !found || f.Model == "" || f.Orientation != 6 || f.DateTimeOriginal != "2024:05:06 07:08:09" {
			t.Errorf("%s: preview %v, %q, %d, %q", name, found, f.Model, f.Orientation, f.DateTimeOriginal)
		}
	}
}

func TestNoPreview(t *testing.T) {
	small := picture(t, 1023, 700)
	for _, format := range rawtest.Formats {
		for name, preview := range map[string][]byte{"none": nil, "small": small, "cut": small[:100]} {
			photo := onDisk(t, "IMG_1."+format, rawFileOf(preview).Build(format))
			data, _, err := Preview(t.Context(), photo, nil, Limits{})
			if data != nil {
				t.Errorf("%s, %s: there is a preview", format, name)
			}
			wantError(t, err, tagroll.CodeUnsupportedFormat)
			if name == "small" && !bytes.Contains([]byte(err.Error()), []byte("1023 x 700")) {
				t.Errorf("%s: %v", format, err)
			}
		}
	}
}

// A CRW has no EXIF: camera, time and how it was held stand in places of their own.
func TestCRW(t *testing.T) {
	want := picture(t, 1200, 800)
	photo := onDisk(t, "CRW_1.CRW", rawFileOf(want).CRW())
	got, facts, err := Preview(t.Context(), photo, nil, Limits{})
	if err != nil || !bytes.Equal(got, want) || facts.Format != tagroll.FormatRAW || facts.Orientation != 6 {
		t.Fatalf("%d bytes, %+v, %v", len(got), facts, err)
	}
	if facts.Camera != "NIKON Z 8" || !facts.Taken.Equal(time.Date(2024, 5, 6, 7, 8, 9, 0, time.UTC)) {
		t.Errorf("%+v", facts)
	}
	_, _, err = Preview(t.Context(), onDisk(t, "CRW_2.CRW", rawFileOf(nil).CRW()), nil, Limits{})
	wantError(t, err, tagroll.CodeUnsupportedFormat)
	if program, err := exec.LookPath("exiftool"); err == nil {
		out, err := exec.CommandContext(t.Context(), program, "-b", "-JpgFromRaw", photo.Path).Output()
		if err != nil || !bytes.Equal(out, want) {
			t.Errorf("exiftool takes %d bytes out of it: %v", len(out), err)
		}
	}
}

// The largest preview counts, unless the limits forbid it.
func TestLargestPreview(t *testing.T) {
	large, middle := picture(t, 2000, 1400), picture(t, 1200, 800)
	file := rawFileOf(large)
	file.Middle = middle
	for name, test := range map[string]struct {
		limits Limits
		want   []byte
		code   tagroll.Code
	}{
		"as it is":                  {Limits{}, large, ""},
		"too many pixels":           {Limits{MaxPixels: 1_000_000}, middle, ""},
		"too many pixels in both":   {Limits{MaxPixels: 10_000}, nil, tagroll.CodeTooManyPixels},
		"too many bytes in all":     {Limits{MaxBytes: 1000}, nil, tagroll.CodeFileTooLarge},
		"too many bytes in the one": {Limits{MaxBytes: int64(len(large)) - 1}, middle, ""},
	} {
		for _, format := range []string{"nef", "cr3"} {
			got, _, err := Preview(t.Context(), onDisk(t, "a."+format, file.Build(format)), nil, test.limits)
			if tagroll.CodeOf(err) != test.code || !bytes.Equal(got, test.want) {
				t.Errorf("%s, %s: %d bytes, %v", format, name, len(got), err)
			}
		}
	}
}

// A preview that was turned already is not turned again.
func TestTurnedPreview(t *testing.T) {
	for _, test := range []struct {
		width, height, want int
	}{{1200, 800, 6}, {800, 1200, 1}} {
		_, facts, err := Preview(t.Context(), onDisk(t, "a.dng", rawFileOf(picture(t, test.width, test.height)).Build("dng")), nil, Limits{})
		if err != nil || facts.Orientation != test.want {
			t.Errorf("%d x %d: orientation %d instead of %d, %v", test.width, test.height, facts.Orientation, test.want, err)
		}
	}
}

// What is no RAW file has no preview, and what is called like a photo is not even opened.
func TestNoRAW(t *testing.T) {
	photo := onDisk(t, "IMG_1.NEF", picture(t, 1200, 800))
	if data, _, err := Preview(t.Context(), photo, nil, Limits{}); data != nil || err != nil {
		t.Errorf("a JPEG called NEF: %d bytes, %v", len(data), err)
	}
	photo = tagroll.Photo{Name: "IMG_1.jpg", Open: func() (io.ReadCloser, error) {
		t.Error("it was opened")
		return nil, errors.ErrUnsupported
	}}
	if data, _, err := Preview(t.Context(), photo, nil, Limits{}); data != nil || err != nil {
		t.Errorf("a JPEG: %d bytes, %v", len(data), err)
	}
	_, _, err := Preview(t.Context(), onDisk(t, "a.x3f", []byte("FOVb and more of it")), nil, Limits{})
	wantError(t, err, tagroll.CodeUnsupportedFormat)
	_, _, err = Preview(t.Context(), onDisk(t, "a.nef", nil), nil, Limits{})
	if err != nil {
		t.Errorf("an empty file is for Read to refuse: %v", err)
	}
}

// brokenFile fails to be read behind a place.
type brokenFile struct {
	*bytes.Reader
	until int64
}

func (f brokenFile) ReadAt(b []byte, at int64) (int, error) {
	if at+int64(len(b)) > f.until {
		return 0, io.ErrClosedPipe
	}
	return f.Reader.ReadAt(b, at)
}
func (f brokenFile) Close() error               { return nil }
func (f brokenFile) Stat() (fs.FileInfo, error) { return sizeOnly{size: f.Size()}, nil }

type sizeOnly struct {
	fs.FileInfo
	size int64
}

func (s sizeOnly) Size() int64 { return s.size }

func TestRAWThatCannotBeRead(t *testing.T) {
	data := rawFileOf(picture(t, 1200, 800)).Build("cr2")
	photo := tagroll.Photo{Name: "a.cr2", Open: func() (io.ReadCloser, error) {
		return brokenFile{bytes.NewReader(data), int64(len(data)) - 1}, nil
	}}
	_, _, err := Preview(t.Context(), photo, nil, Limits{})
	wantError(t, err, tagroll.CodeUnreadable)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, _, err = Preview(ctx, onDisk(t, "a.cr2", data), nil, Limits{})
	wantError(t, err, tagroll.CodeCancelled)
}

// meter counts what is read of a file by ranges.
type meter struct {
	io.ReaderAt
	read int
}

func (m *meter) ReadAt(b []byte, at int64) (int, error) {
	m.read += len(b)
	return m.ReaderAt.ReadAt(b, at)
}

// Of a large RAW file little more than the preview is looked at.
func TestRAWIsReadByRanges(t *testing.T) {
	file := rawFileOf(picture(t, 1200, 800))
	file.Sensor = 8 << 20
	for _, format := range rawtest.Formats {
		data := file.Build(format)
		m := &meter{ReaderAt: bytes.NewReader(data)}
		d := &disk{file: m, length: uint64(len(data)), left: maxLookedAt}
		jpeg, _, err := preview(d, layoutOf(d, "a."+format), nil, Limits{})
		if err != nil || m.read > len(jpeg)+64<<10 {
			t.Errorf("%s: %d bytes read for a preview of %d, %v", format, m.read, len(jpeg), err)
		}
	}
}

func FuzzPreview(f *testing.F) {
	m := image.NewGray(image.Rect(0, 0, 1024, 8))
	m.SetGray(3, 3, color.Gray{200})
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, nil); err != nil {
		f.Fatal(err)
	}
	file := rawFileOf(b.Bytes())
	file.Sensor, file.XMP = 64, "<x:xmpmeta/>"
	for _, format := range rawtest.Formats {
		f.Add(file.Build(format))
	}
	f.Add(file.CRW())
	f.Fuzz(func(t *testing.T, data []byte) {
		original := bytes.Clone(data)
		got, facts, err := Preview(t.Context(), tagroll.Photo{Name: "a.nef"}, data, Limits{})
		if !bytes.Equal(data, original) {
			t.Fatal("the data was changed")
		}
		if got == nil {
			return
		}
		if err != nil || !bytes.Contains(data, got) || max(facts.Width, facts.Height) < minPreview {
			t.Fatalf("%d bytes, %+v, %v", len(got), facts, err)
		}
		checkFacts(t, facts)
		d := &disk{file: bytes.NewReader(data), length: uint64(len(data)), left: maxLookedAt}
		same, _, err := preview(d, layoutOf(d, "a.nef"), nil, Limits{})
		if err != nil || !bytes.Equal(same, got) {
			t.Fatalf("from the disk: %d bytes instead of %d, %v", len(same), len(got), err)
		}
	})
}
