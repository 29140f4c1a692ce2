package jpegscale_test

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/tagroll/tagroll/compress/jpegscale"
	"github.com/tagroll/tagroll/internal/jpegtest"
)

func TestTruncatedAnywhere(t *testing.T) {
	t.Parallel()
	for name, set := range map[string]func(*jpegtest.Image){
		"baseline":    func(*jpegtest.Image) {},
		"separate":    (*jpegtest.Image).SeparateScans,
		"progressive": (*jpegtest.Image).UsualScans,
		"restarts":    func(m *jpegtest.Image) { m.Interval = 2 },
	} {
		t.Run(name, func(t *testing.T) {
			m := jpegtest.New(11, 60, 44, 6, 22, 11, 11)
			set(m)
			data := m.Encode()
			before := 0.0
			for size := range len(data) - 2 { // up to the end marker
				for _, n := range []int{1, 3, 8} {
					_, err := jpegscale.Decode(t.Context(), data[:size], jpegscale.Options{Scale: at(n)})
					if size < 2 {
						if !errors.Is(err, jpegscale.ErrCorrupt) {
							t.Fatalf("%d bytes: %v", size, err)
						}
						continue
					}
					e, ok := errors.AsType[*jpegscale.Error](err)
					if !ok || e.Kind != jpegscale.ErrTruncated {
						t.Fatalf("%d of %d bytes at %d/8: %v", size, len(data), n, err)
					}
					if n == 3 {
						if e.Fraction < before || e.Fraction > 1 {
							t.Errorf("%d of %d bytes hold %.3f of the picture, fewer held %.3f", size, len(data), e.Fraction, before)
						}
						before = e.Fraction
					}
				}
			}
			if before < .66 { // a row of blocks less than all
				t.Errorf("without the last byte of its picture the file holds %.3f of the picture", before)
			}
			for size := len(data) - 2; size <= len(data); size++ {
				p, err := jpegscale.Decode(t.Context(), data[:size], jpegscale.Options{})
				if err != nil {
					t.Fatalf("%d of %d bytes, with all pixels: %v", size, len(data), err)
				}
				checkPlanes(t, m, p)
			}
		})
	}
}

func TestTruncatedFraction(t *testing.T) {
	m := jpegtest.New(12, 200, 400, 2, 11)
	data := m.Encode()
	header := bytes.Index(data, []byte{0xff, 0xda}) + 10
	for _, share := range []float64{.1, .31, .5, .9} {
		cut := data[:header+int(share*float64(len(data)-header))]
		// Some programs put an end to what they have.
		for _, end := range [][]byte{nil, {0xff, 0xd9}} {
			_, err := jpegscale.Decode(t.Context(), slices.Concat(cut, end), jpegscale.Options{Scale: at(2)})
			e, ok := errors.AsType[*jpegscale.Error](err)
			if !ok || e.Kind != jpegscale.ErrTruncated || e.Fraction < share-.1 || e.Fraction > share+.1 {
				t.Errorf("cut at %v: %v, %+v", share, err, e)
			}
		}
	}
}

// samsungTrailer is what Samsung's phones append: blocks, a directory of them, and its mark.
var samsungTrailer = []byte("\x00\x00\x01\x0a\x0e\x00\x00\x00Image_UTC_Data1700000000000SEFHk\x00\x00\x00\x01\x00\x00\x00\x00\x00\x01\x0a\x23\x00\x00\x00\x23\x00\x00\x00\x18\x00\x00\x00SEFT")

// What image/jpeg and libjpeg let pass, and what they do not.
func TestStrictness(t *testing.T) {
	m := jpegtest.New(13, 100, 80, 3, 22, 11, 11)
	m.Interval = 4
	good := m.Encode()
	rst := func(n byte) int { return bytes.Index(good, []byte{0xff, 0xd0 + n}) }
	replace := func(at, length int, with ...byte) []byte {
		return slices.Concat(good[:at], with, good[at+length:])
	}
	end := len(good) - 2
	app := bytes.Index(good, []byte{0xff, 0xdb})
	for _, test := range []struct {
		name string
		data []byte
		kind error
	}{
		{"as it is", good, nil},
		{"bytes after the end", append(slices.Clone(good), "garbage\xff\xd8\xff"...), nil},
		{"fill bytes before markers", replace(app, 0, 0xff, 0xff, 0xff), nil},
		{"fill bytes before a restart marker", replace(rst(0), 0, 0xff, 0xff), nil},
		{"bytes before a marker", replace(app, 0, 1, 2, 3), nil},
		{"a byte before a restart marker", replace(rst(1), 0, 0x12), jpegscale.ErrCorrupt},
		{"data before a restart marker", replace(rst(1), 0, 0x12, 0xff, 0, 0x34), jpegscale.ErrCorrupt},
		{"data before the end", replace(end, 0, 0x12, 0xff, 0, 0x34), nil},
		{"a restart marker before the end", replace(end, 0, 0xff, 0xd3), nil},
		{"a thumbnail in EXIF", replace(app, 0, jpegtest.Marker(nil, 0xe1, append([]byte("Exif\x00\x00"), jpegtest.New(1, 8, 8, 3, 11).Encode()...)...)...), nil},
		{"zeros before a restart marker", replace(rst(1), 0, 0, 0, 0), nil},
		{"many zeros before a restart marker", replace(rst(1), 0, make([]byte, 40000)...), nil},
		{"stuffed ones before a restart marker", replace(rst(1), 0, 0xff, 0, 0xff, 0), nil},
		{"zeros and fill bytes before a restart marker", replace(rst(0), 0, 0, 0, 0xff, 0xff), nil},
		{"data behind zeros before a restart marker", replace(rst(1), 0, append(make([]byte, 20000), 0x12)...), jpegscale.ErrCorrupt},
		{"no end marker", good[:end], nil},
		{"half an end marker", good[:end+1], nil},
		{"zeros in place of the end marker", replace(end, 2, make([]byte, 100)...), nil},
		{"a trailer in place of the end marker", replace(end, 2, samsungTrailer...), nil},
		{"a picture in place of the end marker", replace(end, 2, jpegtest.New(1, 8, 8, 3, 11).Encode()...), nil},
		{"a broken segment in place of the end marker", replace(end, 2, 0xff, 0xe1, 0x40, 0, 1), nil},
		{"a broken scan in place of the end marker", replace(end, 2, 0xff, 0xda, 0, 8, 1, 99, 0, 0, 63, 0, 1, 2), nil},
		{"no end marker and not all of the picture", good[:end-4], jpegscale.ErrTruncated},
		{"zeros in place of the last rows", replace(rst(3)+4, len(good)-rst(3)-4, make([]byte, 100)...), jpegscale.ErrTruncated},
		{"the wrong restart marker", replace(rst(2), 2, 0xff, 0xd5), jpegscale.ErrCorrupt},
		{"a restart marker too few", replace(rst(2), 2), jpegscale.ErrCorrupt},
		{"a short restart interval", replace(rst(1)-20, 20), jpegscale.ErrCorrupt},
		{"a second start marker", replace(app, 0, 0xff, 0xd8), jpegscale.ErrCorrupt},
		{"another marker in a scan", replace(rst(1), 2, 0xff, 0xda), jpegscale.ErrCorrupt},
	} {
		p, err := jpegscale.Decode(t.Context(), test.data, jpegscale.Options{})
		if !errors.Is(err, test.kind) {
			t.Errorf("%s: %v, want %v", test.name, err, test.kind)
		}
		if err == nil {
			checkPlanes(t, m, p)
		}
		if err == nil && p.Share != 1 {
			t.Errorf("%s: %v of the picture is said to be there", test.name, p.Share)
		}
		if _, _, standard := standardPlanes(test.data); standard == nil && err != nil && !strings.Contains(err.Error(), "left over") {
			t.Errorf("%s: %v, but image/jpeg decodes it", test.name, err)
		}
	}
}

func TestNumberOfLines(t *testing.T) {
	for _, set := range []func(*jpegtest.Image){func(*jpegtest.Image) {}, (*jpegtest.Image).UsualScans} {
		m := jpegtest.New(14, 50, 70, 3, 22, 11, 11)
		set(m)
		m.Interval = 3
		m.LateHeight = true
		data := m.Encode()
		checkPlanes(t, m, decode(t, data, jpegscale.Options{}))
		if c, err := jpegscale.DecodeConfig(data); err != nil || c.Height != 70 {
			t.Errorf("DecodeConfig: height %d, %v", c.Height, err)
		}
		if _, err := jpegscale.DecodeConfig(data[:bytes.Index(data, []byte{0xff, 0xdc})]); !errors.Is(err, jpegscale.ErrTruncated) {
			t.Errorf("cut before the number of lines: %v", err)
		}
	}
	m := jpegtest.New(14, 50, 70, 3, 11)
	m.Height = 0
	if _, err := jpegscale.Decode(t.Context(), m.Encode(), jpegscale.Options{}); !errors.Is(err, jpegscale.ErrCorrupt) {
		t.Errorf("no number of lines: %v", err)
	}
}

func TestUnsupported(t *testing.T) {
	good := jpegtest.New(15, 16, 16, 3, 11).Encode()
	sof := bytes.Index(good, []byte{0xff, 0xc1})
	with := func(at int, value byte) []byte {
		data := slices.Clone(good)
		data[at] = value
		return data
	}
	for name, data := range map[string][]byte{
		"lossless":     with(sof+1, 0xc3),
		"hierarchical": with(sof+1, 0xc5),
		"arithmetic":   with(sof+1, 0xc9),
		"JPEG-LS":      with(sof+1, 0xf7),
		"12 bits":      with(sof+4, 12),
		"no tables":    slices.Concat(good[:2], good[sof:]),
		"2 components": jpegtest.New(1, 8, 8, 3, 11, 11).Encode(),
	} {
		_, err := jpegscale.Decode(t.Context(), data, jpegscale.Options{})
		if name == "no tables" {
			// Huffman tables come behind SOF here, quantization tables do not.
			name = "abbreviated format"
		}
		if !errors.Is(err, jpegscale.ErrUnsupported) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestCorruptHeaders(t *testing.T) {
	m := jpegtest.New(16, 24, 24, 3, 21, 11, 11)
	m.Interval = 2
	good := m.Encode()
	find := func(code byte) int { return bytes.Index(good, []byte{0xff, code}) }
	sof, sos, dht, dqt, dri := find(0xc1), find(0xda), find(0xc4), find(0xdb), find(0xdd)
	with := func(at int, values ...byte) []byte {
		data := slices.Clone(good)
		copy(data[at:], values)
		return data
	}
	for name, data := range map[string][]byte{
		"no start":                with(0, 0),
		"a width of 0":            with(sof+7, 0, 0),
		"SOF too short":           with(sof+2, 0, 5),
		"SOF of other length":     with(sof+9, 4),
		"a sampling factor of 0":  with(sof+11, 0x01),
		"a sampling factor of 5":  with(sof+11, 0x51),
		"a table that is not":     with(sof+12, 4),
		"component twice":         with(sof+13, 1),
		"SOF twice":               slices.Concat(good[:sof], good[sof:sof+19], good[sof:]),
		"no SOF":                  slices.Concat(good[:sof], good[sof+19:]),
		"no SOS":                  slices.Concat(good[:sos], []byte{0xff, 0xd9}),
		"SOS of other length":     with(sos+4, 2),
		"SOS of 0 components":     with(sos+4, 0),
		"SOS of 5 components":     with(sos+4, 5),
		"component not in frame":  with(sos+5, 9),
		"component twice in scan": with(sos+7, 1),
		"Huffman table 4":         with(sos+6, 0x40),
		"Huffman table not there": with(sos+6, 0x30),
		"Huffman table 5":         with(dht+4, 5),
		"too many codes":          with(dht+5, 3),
		"DHT too short":           with(dht+2, 0, 10),
		"quantization table 5":    with(dqt+4, 5),
		"precision 2":             with(dqt+4, 0x20),
		"DQT too short":           with(dqt+2, 0, 30),
		"a length of 1":           with(dqt+2, 0, 1),
		"DRI too short":           with(dri+2, 0, 3),
		"a reserved marker":       with(dri+1, 0x02),
	} {
		if _, err := jpegscale.Decode(t.Context(), data, jpegscale.Options{}); !errors.Is(err, jpegscale.ErrCorrupt) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestCorruptProgression(t *testing.T) {
	for name, scans := range map[string][]jpegtest.Scan{
		"DC with AC":             {jpegtest.NewScan([]int{0}, 0, 5, 0, 0)},
		"AC of two components":   {jpegtest.NewScan([]int{0, 1}, 1, 5, 0, 0)},
		"a band backwards":       {jpegtest.NewScan([]int{0}, 9, 5, 0, 0)},
		"two bits at once":       {jpegtest.NewScan([]int{0}, 1, 5, 0, 2), jpegtest.NewScan([]int{0}, 1, 5, 2, 0)},
		"refining what is there": {jpegtest.NewScan([]int{0}, 1, 5, 0, 0), jpegtest.NewScan([]int{0}, 1, 5, 1, 0)},
	} {
		m := jpegtest.New(17, 24, 24, 3, 11, 11, 11)
		m.Progressive = true
		m.Scans = scans
		if _, err := jpegscale.Decode(t.Context(), m.Encode(), jpegscale.Options{}); !errors.Is(err, jpegscale.ErrCorrupt) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A component without a scan, or without AC scans, is as if its coefficients were zero.
func TestMissingScans(t *testing.T) {
	for _, progressive := range []bool{false, true} {
		m := jpegtest.New(18, 40, 30, 3, 11, 11, 11)
		m.SeparateScans()
		if progressive {
			m.SpectralScans()
			m.Scans[0].Components = []int{0, 1}
			m.Scans = m.Scans[:4]
		} else {
			m.Scans = m.Scans[:1]
		}
		for i := range m.Components {
			for b := range m.Components[i].Blocks {
				switch {
				case i == 2, !progressive && i == 1:
					m.Components[i].Blocks[b] = [64]int{}
				}
			}
		}
		data := m.Encode()
		for i := range m.Components[1].Blocks {
			clear(m.Components[1].Blocks[i][1:])
		}
		p := decode(t, data, jpegscale.Options{})
		checkPlanes(t, m, p)
		if p.Share <= 0 || p.Share > .9 {
			t.Errorf("progressive %v: the scans are said to hold %.2f of the picture", progressive, p.Share)
		}
		if _, err := jpegscale.Decode(t.Context(), data[:len(data)-2], jpegscale.Options{}); !errors.Is(err, jpegscale.ErrTruncated) {
			t.Errorf("progressive %v: without an end marker: %v", progressive, err)
		}
	}
}

func TestPixelLimit(t *testing.T) {
	data := jpegtest.New(19, 40, 30, 3, 11).Encode()
	if _, err := jpegscale.Decode(t.Context(), data, jpegscale.Options{MaxPixels: 1199}); !errors.Is(err, jpegscale.ErrTooManyPixels) {
		t.Errorf("1200 pixels, limit 1199: %v", err)
	}
	decode(t, data, jpegscale.Options{MaxPixels: 1200})
	// 65,535 x 65,535 is above the default limit.
	sof := bytes.Index(data, []byte{0xff, 0xc1})
	copy(data[sof+5:], "\xff\xff\xff\xff")
	if _, err := jpegscale.Decode(t.Context(), data, jpegscale.Options{}); !errors.Is(err, jpegscale.ErrTooManyPixels) {
		t.Errorf("65,535 x 65,535 pixels: %v", err)
	}
}

// Files that ask for much more work than their size is worth are refused after some of it.
func TestWorkIsBounded(t *testing.T) {
	t.Parallel()
	// A picture of 10,000 x 10,000, all of whose blocks are passed over in each of many scans.
	// Its only code is for runs of up to 32,767 blocks.
	m := jpegtest.New(20, 8, 8, 3, 11)
	m.Progressive = true
	header, _ := parts(m)
	copy(header[bytes.Index(header, []byte{0xff, 0xc2})+5:], "\x27\x10\x27\x10")
	pass := []byte{}
	for i := range 48 * 15 / 8 { // 0 and fourteen ones, 48 times
		var b byte
		for bit := 8 * i; bit < 8*i+8; bit++ {
			b <<= 1
			if bit%15 != 0 {
				b |= 1
			}
		}
		if pass = append(pass, b); b == 0xff {
			pass = append(pass, 0)
		}
	}
	scan := jpegtest.Marker(nil, 0xc4, append(append([]byte{0x10, 1}, make([]byte, 15)...), 0xe0)...)
	scan = append(jpegtest.Marker(scan, 0xda, 1, 1, 0, 1, 63, 0x21), pass...)

	// A picture of one block with the tables of two pictures in turns, which are made anew each
	// time.
	tablesHeader, one := parts(jpegtest.New(21, 8, 8, 3, 11))
	_, other := parts(jpegtest.New(22, 8, 8, 1, 11))

	for _, test := range []struct {
		name  string
		data  []byte
		looks int // at the context, at most: rows of blocks
	}{
		{"scans", slices.Concat(header, bytes.Repeat(scan, 3000), []byte{0xff, 0xd9}), 140 * 1250},
		{"tables", slices.Concat(tablesHeader, bytes.Repeat(slices.Concat(one, other), 10000), []byte{0xff, 0xd9}), 5000},
	} {
		ctx := &countdown{t.Context(), test.looks}
		_, err := jpegscale.Decode(ctx, test.data, jpegscale.Options{Scale: at(1)})
		if !errors.Is(err, jpegscale.ErrCorrupt) || !strings.Contains(err.Error(), "more scans and tables") {
			t.Errorf("%s: %v after %d looks at the context", test.name, err, test.looks-ctx.left)
		}
	}
}

// parts returns a file up to its first Huffman table, and from there up to its end marker.
func parts(m *jpegtest.Image) (header, body []byte) {
	data := m.Encode()
	i := bytes.Index(data, []byte{0xff, 0xc4})
	return data[:i:i], data[i : len(data)-2]
}
