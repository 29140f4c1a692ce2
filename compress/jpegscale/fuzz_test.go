package jpegscale_test

import (
	"bytes"
	"context"
	"errors"
	"image/jpeg"
	"strings"
	"testing"

	"github.com/tagroll/tagroll/compress/jpegscale"
	"github.com/tagroll/tagroll/internal/jpegtest"
)

// seeds are small files of every kind.
func seeds() (all [][]byte) {
	for i, sampling := range [][]int{{11}, {22, 11, 11}, {21, 11, 11}, {11, 11, 11}, {41, 11, 11}, {32, 21, 11}, {11, 11, 11, 11}} {
		m := jpegtest.New(uint64(i), 30, 21, 2, sampling...)
		all = append(all, m.Encode())
		m.Interval = 1 + i%3
		all = append(all, m.Encode())
		m.Adobe = i % 3
		m.SeparateScans()
		all = append(all, m.Encode())
		m = jpegtest.New(uint64(i), 30, 21, 2, sampling...)
		m.LateHeight = i%2 == 1
		m.UsualScans()
		all = append(all, m.Encode())
		m.Interval = 2
		m.SpectralScans()
		all = append(all, m.Encode())
	}
	return all
}

// Whatever the bytes are: no panic at any scale, the same verdict at all of them and on any number
// of goroutines, and planes as large as they say.
func FuzzDecode(f *testing.F) {
	for i, data := range seeds() {
		f.Add(data, i)
	}
	f.Fuzz(func(t *testing.T, data []byte, n int) {
		nx, ny := 1+n&7, 1+n>>3&7
		full, fullErr := jpegscale.Decode(t.Context(), data, jpegscale.Options{MaxPixels: 1 << 16})
		small, err := jpegscale.Decode(t.Context(), data, jpegscale.Options{MaxPixels: 1 << 16, Scale: shaped(nx, ny), Parallel: 3})
		if (err == nil) != (fullErr == nil) || err != nil && err.Error() != fullErr.Error() {
			t.Fatalf("at %d/8, %d/8: %v, at full size: %v", nx, ny, err, fullErr)
		}
		config, configErr := jpegscale.DecodeConfig(data)
		if err != nil {
			if _, ok := errors.AsType[*jpegscale.Error](err); !ok {
				t.Fatalf("not an *Error: %v", err)
			}
			return
		}
		if configErr != nil || config.Width != full.Width || config.Height != full.Height {
			t.Fatalf("DecodeConfig: %+v, %v", config, configErr)
		}
		for i, p := range small.Planes {
			q := full.Planes[i]
			if p.NX != nx || p.NY != ny || p.Width != (q.Width*nx+7)/8 || p.Height != (q.Height*ny+7)/8 {
				t.Fatalf("plane %d at %d/8, %d/8 is %d x %d of %d x %d", i, nx, ny, p.Width, p.Height, q.Width, q.Height)
			}
			if p.Stride < p.Width || len(p.Pix) < p.Stride*(p.Height-1)+p.Width {
				t.Fatalf("plane %d of %d x %d has %d bytes, stride %d", i, p.Width, p.Height, len(p.Pix), p.Stride)
			}
			if p.SpanWidth > float64(p.Width) || p.SpanWidth <= float64(p.Width)-2 {
				t.Fatalf("plane %d: width %d, span %v", i, p.Width, p.SpanWidth)
			}
		}
		small.Release()
		full.Release()
	})
}

// A sequential file that image/jpeg decodes is decoded to the same samples.
func FuzzAgainstStandardLibrary(f *testing.F) {
	for _, data := range seeds() {
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		config, err := jpeg.DecodeConfig(bytes.NewReader(data))
		if err != nil || config.Width*config.Height > 1<<16 {
			return // image/jpeg has no limit of its own
		}
		planes, strides, standardErr := standardPlanes(data)
		if standardErr != nil {
			return
		}
		reading := readTestFile(data)
		p, err := jpegscale.Decode(t.Context(), data, jpegscale.Options{})
		if err != nil {
			if errors.Is(err, jpegscale.ErrUnsupported) || reading.odd || strings.Contains(err.Error(), "left over") {
				return
			}
			t.Fatalf("image/jpeg decodes it: %v", err)
		}
		if reading.odd || reading.wild || planes == nil {
			return
		}
		differences(t, p, planes, strides, 2)
	})
}

// testFile is what keeps a file from being compared with image/jpeg.
type testFile struct {
	// odd: what image/jpeg reads otherwise than the standard, or what it does not mind.
	odd bool
	// wild: coefficients may overflow, in one decoder or the other.
	wild bool
}

// readTestFile looks through the markers of a file that image/jpeg decodes.
func readTestFile(data []byte) (r testFile) {
	type component struct{ h, v int }
	components := map[byte]component{}
	scanned := map[byte]bool{}
	var hMax, vMax, interval int
	progressive, anyEOB := false, false
	for i := 2; i+4 <= len(data); i++ {
		if data[i] != 0xff || data[i+1] == 0 || data[i+1] == 0xff || data[i+1]&0xf8 == 0xd0 {
			continue
		}
		code := data[i+1]
		if code == 0xd9 {
			break
		}
		length := int(data[i+2])<<8 | int(data[i+3])
		if length < 2 || i+2+length > len(data) {
			r.odd = true
			return r
		}
		s := data[i+4 : i+2+length]
		i += 1 + length
		switch code {
		case 0xc0, 0xc1, 0xc2:
			progressive = code == 0xc2
			r.odd = r.odd || len(s) < 6 || s[1]|s[2] == 0 || s[3]|s[4] == 0
			for c := 6; c+2 < len(s); c += 3 {
				h, v := int(s[c+1]>>4), int(s[c+1]&15)
				components[s[c]] = component{h, v}
				hMax, vMax = max(hMax, h), max(vMax, v)
			}
		case 0xdd:
			interval = interval | int(s[0]) | int(s[1])
		case 0xdb:
			// image/jpeg takes the first byte of a table for all of it if it is the
			// segment's last.
			r.odd = r.odd || len(s)%65 == 1
			r.wild = r.wild || len(s) > 0 && s[0] > 15
			for j, step := range s {
				r.wild = r.wild || step > 40 && j%65 != 0
			}
		case 0xc4:
			for len(s) >= 17 {
				total, used := 0, 0
				for length, n := range s[1:17] {
					total += int(n)
					used += int(n) << (15 - length)
				}
				// image/jpeg does not mind codes that are not unique, or none.
				r.odd = r.odd || used > 1<<16 || total == 0
				for _, symbol := range s[17:min(17+total, len(s))] {
					switch {
					case s[0]>>4 == 0:
						r.wild = r.wild || symbol > 11
					case symbol&15 > 10:
						r.wild = true
					case symbol&15 == 0 && symbol > 0 && symbol < 0xf0:
						anyEOB = true
					}
				}
				s = s[min(17+total, len(s)):]
			}
		case 0xda:
			for c := 1; c < len(s)-3; c += 2 {
				scanned[s[c]] = true
			}
			if s[0] == 1 && len(components) > 1 {
				// In a scan of one component a unit is a block (A.2.2), and the
				// blocks are those of the component's own size. image/jpeg counts
				// neither so.
				c := components[s[1]]
				r.odd = r.odd || interval > 0 && c.h*c.v > 1 || c.h > 1 && c.h < hMax || c.v > 1 && c.v < vMax
			}
		}
	}
	// image/jpeg leaves samples of components without a scan 0. A run of blocks may last over
	// the end of a scan there, and has a meaning in sequential scans.
	r.odd = r.odd || len(scanned) < len(components) || progressive || anyEOB
	return r
}

// A progression of any scans, over any coefficients, is decoded to what the coefficients say.
func FuzzProgressive(f *testing.F) {
	f.Add(uint64(1), []byte{1, 5, 2, 6, 63, 1}, uint16(3), uint8(0), uint8(2))
	f.Add(uint64(2), []byte{1, 63, 3}, uint16(0), uint8(1), uint8(8))
	f.Add(uint64(3), []byte{1, 1, 0, 2, 2, 1, 3, 63, 4}, uint16(0), uint8(3), uint8(4))
	f.Fuzz(func(t *testing.T, seed uint64, script []byte, interval uint16, kind, n uint8) {
		sampling := [][]int{{11}, {22, 11, 11}, {21, 11, 11}, {41, 21, 11}, {11, 11, 11, 11}, {12, 22, 11}}[int(kind)%6]
		m := jpegtest.New(seed, 1+int(seed%70), 1+int(seed>>8%60), 2+int(seed>>16%20), sampling...)
		m.Interval = int(interval % 50)
		m.Progressive = true
		dcBits := int(kind>>4) & 3
		m.Scans = []jpegtest.Scan{jpegtest.NewScan(m.Scans[0].Components, 0, 0, 0, dcBits)}
		for al := dcBits - 1; al >= 0; al-- {
			m.Scans = append(m.Scans, jpegtest.NewScan(m.Scans[0].Components, 0, 0, al+1, al))
		}
		// The script is bands: first, last, bits that are left for refinement.
		var first, later []jpegtest.Scan
		next := 1
		for ; len(script) >= 3 && next < 64; script = script[3:] {
			se := min(next+int(script[1]%64), 63)
			left := int(script[2] % 5)
			for i := range m.Components {
				first = append(first, jpegtest.NewScan([]int{i}, next, se, 0, left))
				for al := left - 1; al >= 0; al-- {
					later = append(later, jpegtest.NewScan([]int{i}, next, se, al+1, al))
				}
			}
			next = se + 1
		}
		for i := range m.Components { // what no scan brings is zero
			for b := range m.Components[i].Blocks {
				clear(m.Components[i].Blocks[b][next:])
			}
		}
		m.Scans = append(append(m.Scans, first...), later...)
		data := m.Encode()
		p, err := jpegscale.Decode(context.Background(), data, jpegscale.Options{Scale: shaped(1+int(n%8), 1+int(n/8%8))})
		if err != nil {
			t.Fatal(err)
		}
		checkPlanes(t, m, p)
		p.Release()
	})
}
