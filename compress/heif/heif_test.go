package heif

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/color"
	"log"
	"os"
	"slices"
	"testing"

	"github.com/tagroll/tagroll/compress/heif/heiftest"
)

func ExampleDecode() {
	data, err := os.ReadFile("testdata/small.heic")
	if err != nil {
		log.Fatal(err)
	}
	info, err := ReadInfo(data)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(info.Width, "x", info.Height, "orientation", info.Orientation)
	ctx := context.Background()
	err = Decode(ctx, data, Options{MaxPixels: 1e6}, func(rows *Rows) error {
		for range rows.Height {
			if _, err := rows.Next(ctx); err != nil {
				return err
			}
		}
		fmt.Println("a sample of chroma for", rows.ChromaX, "x", rows.ChromaY, "pixels")
		return nil
	})
	if err != nil {
		log.Fatal(err)
	}
	// Output:
	// 48 x 32 orientation 1
	// a sample of chroma for 2 x 2 pixels
}

func read(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Both files show green above red on the left, and blue on the right.
func TestDecode(t *testing.T) {
	for _, name := range []string{"small.heic", "small.avif"} {
		used := false
		err := Decode(t.Context(), read(t, name), Options{MaxPixels: 48 * 32}, func(rows *Rows) error {
			used = true
			for y := range rows.Height {
				row, err := rows.Next(t.Context())
				if err != nil {
					return err
				}
				for at, want := range map[image.Point]color.RGBA{{X: 12, Y: 8}: {40, 180, 60, 255}, {X: 12, Y: 24}: {200, 40, 40, 255}, {X: 36, Y: 16}: {40, 60, 200, 255}} {
					if at.Y != y {
						continue
					}
					r, g, b := color.YCbCrToRGB(row.Y[at.X], row.Cb[at.X/rows.ChromaX], row.Cr[at.X/rows.ChromaX])
					for i, d := range []int{int(r) - int(want.R), int(g) - int(want.G), int(b) - int(want.B)} {
						if d < -12 || d > 12 {
							t.Errorf("%s at %v: channel %d is off by %d", name, at, i, d)
						}
					}
				}
			}
			return nil
		})
		if err != nil || !used {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestDecodeErrors(t *testing.T) {
	never := func(*Rows) error {
		t.Error("a picture came out")
		return nil
	}
	for _, name := range []string{"small.heic", "small.avif"} {
		data := read(t, name)
		if err := Decode(t.Context(), data, Options{MaxPixels: 48*32 - 1}, never); !errors.Is(err, ErrTooManyPixels) {
			t.Errorf("%s above the limit: %v", name, err)
		}
		cancelled, cancel := context.WithCancel(t.Context())
		cancel()
		if err := Decode(cancelled, data, Options{MaxPixels: 1e6}, never); !errors.Is(err, context.Canceled) {
			t.Errorf("%s cancelled: %v", name, err)
		}
		for _, n := range []int{0, 1, 20, len(data) / 2, len(data) - 40} {
			if err := Decode(t.Context(), data[:n], Options{MaxPixels: 1e6}, never); !errors.Is(err, ErrCorrupt) && !errors.Is(err, ErrTruncated) {
				t.Errorf("%s, %d bytes: %v", name, n, err)
			}
		}
		boom := errors.New("boom")
		if err := Decode(t.Context(), data, Options{MaxPixels: 1e6}, func(*Rows) error { return boom }); err != boom {
			t.Errorf("%s: the user's error became %v", name, err)
		}
	}
}

func pack(kind string, content ...[]byte) []byte {
	c := slices.Concat(content...)
	return slices.Concat(binary.BigEndian.AppendUint32(nil, uint32(len(c)+8)), []byte(kind), c)
}

func be32(v ...uint32) (b []byte) {
	for _, n := range v {
		b = binary.BigEndian.AppendUint32(b, n)
	}
	return b
}

// build makes a file with one item of the given properties; long chooses the long forms of numbers.
func build(long bool, properties ...[]byte) []byte {
	pitm, ipma := []byte{0, 0, 0, 0, 0, 7}, be32(0, 2)
	item := func(id uint16) []byte { return []byte{byte(id >> 8), byte(id)} }
	if long {
		pitm, ipma = []byte{1, 0, 0, 0, 0, 0, 0, 7}, be32(1<<24|1, 2)
		item = func(id uint16) []byte { return be32(uint32(id)) }
	}
	// Another item comes first; its property must not count.
	index := func(i int) []byte {
		if long {
			return []byte{0x80, byte(i)}
		}
		return []byte{byte(0x80 | i)}
	}
	ipma = slices.Concat(ipma, item(3), []byte{1}, index(len(properties)+1), item(7), []byte{byte(len(properties))})
	for i := range properties {
		ipma = append(ipma, index(i+1)...)
	}
	properties = append(properties, pack("irot", []byte{2}))
	return slices.Concat(
		pack("ftyp", []byte("heic\x00\x00\x00\x00mif1")),
		pack("meta", be32(0), pack("pitm", pitm),
			pack("iprp", pack("ipco", properties...), pack("ipma", ipma))),
		pack("mdat", []byte("picture")),
	)
}

func TestReadInfo(t *testing.T) {
	ispe := pack("ispe", be32(0, 4032, 3024))
	nclx := pack("colr", []byte("nclx\x00\x0c\x00\x0d\x00\x06\x80"))
	profile := pack("colr", []byte("profprofile"))
	for _, long := range []bool{false, true} {
		info, err := ReadInfo(build(long, ispe, nclx, profile, pack("irot", []byte{3})))
		if err != nil {
			t.Fatal(err)
		}
		if info.Width != 4032 || info.Height != 3024 || info.Orientation != 6 || string(info.Profile) != "profile" {
			t.Errorf("long %v: %+v", long, info)
		}
		if info.Coding == nil || *info.Coding != (Coding{12, 13, 6, true}) {
			t.Errorf("long %v: %+v", long, info.Coding)
		}
	}
}

// Turning and mirroring, worked out on a picture of four pixels.
func TestOrientation(t *testing.T) {
	// Where the stored pixels "abcd" (ab above cd) of each EXIF orientation are shown.
	shown := map[int]string{
		1: "abcd", 2: "badc", 3: "dcba", 4: "cdab", 5: "acbd", 6: "cadb", 7: "dbca", 8: "bdac",
	}
	for angle := range 4 {
		for mirror := -1; mirror < 2; mirror++ {
			p := upright
			for range angle {
				p = p.quarter()
			}
			if mirror >= 0 {
				p = p.mirror(mirror)
			}
			if got := p.orientation(); shown[got] != string(p[:]) {
				t.Errorf("angle %d, mirror %d: orientation %d shows %s, want %s", angle, mirror, got, shown[got], p[:])
			}
		}
	}
	info, err := ReadInfo(build(false, pack("irot", []byte{1}), pack("imir", []byte{1})))
	if err != nil || info.Orientation != 7 {
		t.Errorf("%+v, %v", info, err)
	}
}

func TestReadInfoErrors(t *testing.T) {
	good := build(false, pack("ispe", be32(0, 10, 20)))
	cut, err := ReadInfo(good[:len(good)-3])
	if e, ok := errors.AsType[*TruncatedError](err); !ok || e.Share < 0.9 || e.Share >= 1 || !errors.Is(err, ErrTruncated) {
		t.Errorf("cut off: %+v, %v", cut, err)
	}
	for name, data := range map[string][]byte{
		"nothing":       nil,
		"not a box":     []byte("no box at all"),
		"no meta":       pack("ftyp", []byte("heic")),
		"no properties": slices.Concat(pack("ftyp", nil), pack("meta", be32(0))),
		"cut list": bytes.Replace(bytes.Replace(good, []byte{0, 0, 0, 2, 0, 3, 1}, []byte{0, 0, 0, 9, 0, 3, 1}, 1),
			[]byte("pitm\x00\x00\x00\x00\x00\x07"), []byte("pitm\x00\x00\x00\x00\x00\x08"), 1),
	} {
		if _, err := ReadInfo(data); !errors.Is(err, ErrCorrupt) && !errors.Is(err, ErrTruncated) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzReadInfo(f *testing.F) {
	f.Add(build(false, pack("ispe", be32(0, 10, 20)), pack("irot", []byte{1})))
	f.Add(build(true, pack("colr", []byte("nclx\x00\x0c\x00\x0d\x00\x06\x80"))))
	f.Add(read(f, "small.heic"))
	f.Add(read(f, "small.avif"))
	f.Fuzz(func(t *testing.T, data []byte) {
		info, err := ReadInfo(data)
		if err != nil && !errors.Is(err, ErrCorrupt) && !errors.Is(err, ErrTruncated) {
			t.Fatalf("an error of another kind: %v", err)
		}
		if info.Orientation < 1 || info.Orientation > 8 {
			t.Fatalf("orientation %d", info.Orientation)
		}
	})
}

// FuzzDecode changes whole files: boxes, grids, parameters and coded pictures.
func FuzzDecode(f *testing.F) {
	for _, sample := range []string{"q8.heic", "q10.heic", "g12.heic", "alpha.heic", "seq.heics", "q8.avif", "g12.avif", "alpha.avif"} {
		f.Add(heiftest.Sample(sample))
	}
	tile := heiftest.Coded(heiftest.Sample("q8.heic"))
	f.Add(heiftest.Tiled("heic", 2, 2, 100, 90, tile, heiftest.Aperture(100, 90, 3, 4, 60, 50), heiftest.Turned(1)).Bytes())
	f.Fuzz(func(t *testing.T, data []byte) {
		ctx := t.Context()
		err := Decode(ctx, data, Options{MaxPixels: 1 << 20}, func(rows *Rows) error {
			for range rows.Height {
				row, err := rows.Next(ctx)
				if err != nil {
					return err
				}
				if len(row.Y) != rows.Width || rows.Alpha && len(row.Alpha) != rows.Width {
					t.Fatalf("a row of %d and %d of %d pixels", len(row.Y), len(row.Alpha), rows.Width)
				}
				if rows.ChromaX > 0 && len(row.Cb) < (rows.Width+rows.ChromaX-1)/rows.ChromaX {
					t.Fatalf("%d samples of chroma for %d pixels", len(row.Cb), rows.Width)
				}
			}
			return nil
		})
		known := []error{nil, ErrCorrupt, ErrTruncated, ErrTooManyPixels, ErrMemory, ErrUnsupported}
		if !slices.ContainsFunc(known, func(k error) bool { return errors.Is(err, k) }) {
			t.Fatalf("an error of another kind: %v", err)
		}
	})
}
