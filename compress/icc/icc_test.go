package icc_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"log"
	"math"
	"slices"
	"testing"

	"github.com/tagroll/tagroll/compress/icc"
	"github.com/tagroll/tagroll/compress/icc/icctest"
)

func ExampleParse() {
	profile, err := icc.Parse(icctest.DisplayP3())
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("is sRGB:", profile.IsSRGB())
	r, g, b := []byte{200}, []byte{100}, []byte{100}
	icc.NewTransform(profile, false).RGB(r, g, b)
	fmt.Println(r[0], g[0], b[0])
	// Output:
	// is sRGB: false
	// 215 93 97
}

func ExampleFromCICP() {
	profile, err := icc.FromCICP(9, 16) // BT.2020 with the PQ curve: high dynamic range
	if err != nil {
		log.Fatal(err)
	}
	grey := []byte{130} // about 100 nits, half of diffuse white
	g, b := slices.Clone(grey), slices.Clone(grey)
	icc.NewTransform(profile, false).RGB(grey, g, b)
	fmt.Println(grey[0], g[0], b[0])
	// Output:
	// 188 188 188
}

// Light of high dynamic range keeps its place up to the knee, diffuse white is near white, and what
// is brighter stays apart up to 1,000 nits. The code values are those of BT.2100 and BT.2408.
func TestHighDynamicRange(t *testing.T) {
	for _, c := range []struct {
		transfer int
		code     float64
		want     int
	}{
		{16, 0, 0}, {16, 0.508, 186}, {16, 0.5806, 232}, {16, 0.7518, 255}, {16, 1, 255},
		{18, 0, 0}, {18, 0.75, 232}, {18, 1, 255},
	} {
		p, err := icc.FromCICP(9, c.transfer)
		if err != nil {
			t.Fatal(err)
		}
		r := []byte{uint8(math.Round(255 * c.code))}
		g, b := slices.Clone(r), slices.Clone(r)
		icc.NewTransform(p, false).RGB(r, g, b)
		for _, got := range []byte{r[0], g[0], b[0]} {
			if d := int(got) - c.want; d < -3 || d > 3 {
				t.Errorf("transfer %d, code %g: %d instead of %d", c.transfer, c.code, got, c.want)
			}
		}
	}
	for _, transfer := range []int{16, 18} {
		p, err := icc.FromCICP(1, transfer)
		if err != nil {
			t.Fatal(err)
		}
		last := -1
		for v := range 256 {
			r, g, b := []byte{uint8(v)}, []byte{uint8(v)}, []byte{uint8(v)}
			icc.NewTransform(p, false).RGB(r, g, b)
			if int(r[0]) < last {
				t.Errorf("transfer %d: code %d is darker than the one before", transfer, v)
			}
			last = int(r[0])
		}
	}
}

func ExampleFromChromaticities() {
	c := icc.SRGBChromaticities()
	profile, err := icc.FromChromaticities(c, 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	r, g, b := []byte{55}, []byte{55}, []byte{55}
	icc.NewTransform(profile, false).RGB(r, g, b)
	fmt.Println(r[0], g[0], b[0])
	// Output:
	// 128 128 128
}

func parse(t *testing.T, data []byte) *icc.Profile {
	t.Helper()
	p, err := icc.Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

var unit = [9]float64{0.43607, 0.38515, 0.14307, 0.22249, 0.71687, 0.06061, 0.01392, 0.09708, 0.71410}

// Every way to write the same tone curve gives the same colours.
func TestCurves(t *testing.T) {
	table := make([]uint16, 4096)
	for i := range table {
		x := float64(i) / 4095
		y := x / 12.92
		if x > 0.04045 {
			y = math.Pow((x+0.055)/1.055, 2.4)
		}
		table[i] = uint16(math.Round(y * 65535))
	}
	power := math.Pow(128.0/255, 1.8)
	encoded := uint8(math.Round(255 * (1.055*math.Pow(power, 1/2.4) - 0.055)))
	for _, c := range []struct {
		name  string
		curve []byte
		want  uint8 // for 128
	}{
		{"table of sRGB", icctest.Table(table), 128},
		{"parametric 3", icctest.SRGBCurve(), 128},
		{"parametric 4", icctest.Parametric(4, 2.4, 1/1.055, 0.055/1.055, 1/12.92, 0.04045, 0, 0), 128},
		{"gamma", icctest.Gamma(1.8), encoded},
		{"parametric 0", icctest.Parametric(0, 1.8), encoded},
		{"parametric 1", icctest.Parametric(1, 1.8, 1, 0), encoded},
		{"parametric 2", icctest.Parametric(2, 1.8, 1, 0, 0), encoded},
		{"identity", icctest.Table(nil), 188},
		{"table of two", icctest.Table([]uint16{0, 65535}), 188},
	} {
		t.Run(c.name, func(t *testing.T) {
			tr := icc.NewTransform(parse(t, icctest.RGB(unit, c.curve)), true)
			r, g, b := []byte{128}, []byte{128}, []byte{128}
			tr.RGB(r, g, b)
			for _, v := range []byte{r[0], g[0], b[0]} {
				if d := int(v) - int(c.want); d < -1 || d > 1 {
					t.Errorf("%d, want %d", v, c.want)
				}
			}
			if wr, _, _ := tr.Wide(128*257, 128*257, 128*257); wr != r[0] {
				t.Errorf("16 bits give %d, 8 bits %d", wr, r[0])
			}
		})
	}
	t.Run("parametric 2 below its break", func(t *testing.T) {
		// Y = (X - 0.5)^1 + 0.25 from 0.5 on, 0.25 below.
		tr := icc.NewTransform(parse(t, icctest.RGB(unit, icctest.Parametric(2, 1, 1, -0.5, 0.25))), false)
		low, high := []byte{10}, []byte{255}
		tr.Gray(low)
		tr.Gray(high)
		if low[0] != 137 || high[0] != 225 {
			t.Errorf("%d and %d, want 137 and 225", low[0], high[0])
		}
	})
}

// A grey profile over Lab holds lightness: L* 50 is a luminance of 0.184.
func TestGrayLightness(t *testing.T) {
	tr := icc.NewTransform(parse(t, icctest.GrayLightness()), false)
	for v, want := range map[byte]int{0: 0, 10: 14, 128: 119, 255: 255} {
		got := []byte{v}
		tr.Gray(got)
		if d := int(got[0]) - want; d < -1 || d > 1 {
			t.Errorf("%d becomes %d, want %d", v, got[0], want)
		}
	}
}

// White and black stay what they are in every space.
func TestNeutralAxis(t *testing.T) {
	for name, data := range map[string][]byte{
		"P3": icctest.DisplayP3(), "Adobe RGB": icctest.AdobeRGB(), "ProPhoto": icctest.ProPhoto(), "sRGB": icctest.SRGB(),
	} {
		tr := icc.NewTransform(parse(t, data), false)
		for v := range 256 {
			r, g, b := []byte{byte(v)}, []byte{byte(v)}, []byte{byte(v)}
			tr.RGB(r, g, b)
			if spread := int(max(r[0], g[0], b[0])) - int(min(r[0], g[0], b[0])); spread > 1 {
				t.Errorf("%s: grey %d becomes %d %d %d", name, v, r[0], g[0], b[0])
			}
			if (v == 0 || v == 255) && r[0] != byte(v) {
				t.Errorf("%s: %d becomes %d", name, v, r[0])
			}
		}
	}
}

func TestIsSRGB(t *testing.T) {
	for name, c := range map[string]struct {
		data []byte
		want bool
	}{
		"sRGB": {icctest.SRGB(), true}, "P3": {icctest.DisplayP3(), false},
		"Adobe RGB": {icctest.AdobeRGB(), false}, "ProPhoto": {icctest.ProPhoto(), false},
		"grey gamma 1.8":            {icctest.Gray(1.8), false},
		"sRGB primaries, gamma 1.8": {icctest.RGB(unit, icctest.Gamma(1.8)), false},
	} {
		if got := parse(t, c.data).IsSRGB(); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
	for _, transfer := range []int{1, 13} {
		if p, err := icc.FromCICP(1, transfer); err != nil || !p.IsSRGB() {
			t.Errorf("BT.709 primaries with transfer %d: %v, %v", transfer, p, err)
		}
	}
}

// The chromaticities of Display P3 give what its profile gives.
func TestCICPIsLikeProfile(t *testing.T) {
	p, err := icc.FromCICP(12, 13)
	if err != nil {
		t.Fatal(err)
	}
	a, b := icc.NewTransform(p, false), icc.NewTransform(parse(t, icctest.DisplayP3()), false)
	for i := 0; i < 1<<12; i++ {
		in := [3]byte{byte(i >> 8 * 17), byte(i >> 4 & 15 * 17), byte(i & 15 * 17)}
		x, y := [3][]byte{}, [3][]byte{}
		for c, v := range in {
			x[c], y[c] = []byte{v}, []byte{v}
		}
		a.RGB(x[0], x[1], x[2])
		b.RGB(y[0], y[1], y[2])
		for c := range 3 {
			if d := int(x[c][0]) - int(y[c][0]); d < -3 || d > 3 {
				t.Fatalf("%v: %d %d %d and %d %d %d", in, x[0][0], x[1][0], x[2][0], y[0][0], y[1][0], y[2][0])
			}
		}
	}
}

func TestRefused(t *testing.T) {
	p3 := icctest.DisplayP3()
	noCurve := append([]byte(nil), p3...)
	copy(noCurve[132+12:], "xxxx")
	lab := append([]byte(nil), p3...)
	copy(lab[20:], "Lab ")
	hugeTag := append([]byte(nil), p3...)
	binary.BigEndian.PutUint32(hugeTag[132+8:], 1<<31)
	for name, c := range map[string]struct {
		data []byte
		want error
	}{
		"nothing":        {nil, icc.ErrInvalid},
		"header only":    {p3[:128], icc.ErrInvalid},
		"cut off":        {p3[:300], icc.ErrInvalid},
		"huge tag":       {hugeTag, icc.ErrInvalid},
		"no signature":   {make([]byte, 200), icc.ErrInvalid},
		"CMYK":           {icctest.WithSpace(p3, "CMYK"), icc.ErrUnsupported},
		"Lab connection": {lab, icc.ErrUnsupported},
		"no curve":       {noCurve, icc.ErrUnsupported},
		"no colour space": {icctest.RGB([9]float64{1, 1, 1, 1, 1, 1, 1, 1, 1}, icctest.SRGBCurve()),
			icc.ErrInvalid},
		"parametric 9": {icctest.RGB(unit, icctest.Parametric(9, 1)), icc.ErrUnsupported},
		"gamma 0":      {icctest.RGB(unit, icctest.Gamma(0)), icc.ErrInvalid},
	} {
		if _, err := icc.Parse(c.data); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	for name, f := range map[string]func() (*icc.Profile, error){
		"power": func() (*icc.Profile, error) { return icc.FromChromaticities(icc.SRGBChromaticities(), math.NaN()) },
		"white": func() (*icc.Profile, error) { return icc.FromSRGBCurve(icc.Chromaticities{}) },
	} {
		if _, err := f(); !errors.Is(err, icc.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// What a press would print, with its darkest black as black.
func TestInks(t *testing.T) {
	for _, narrow := range []bool{false, true} {
		for _, black := range []float64{0, 12} {
			p, err := icc.Parse(icctest.Inks(black, narrow))
			if err != nil || !p.Inks() || p.IsSRGB() {
				t.Fatalf("%v, %+v", err, p)
			}
			x := icc.NewInkTransform(p)
			for _, c := range []struct {
				c, m, y, k uint8
				want       [3]int
			}{
				{0, 0, 0, 0, [3]int{255, 255, 255}},
				{255, 255, 255, 255, [3]int{0, 0, 0}},
				{255, 0, 0, 0, [3]int{185, 185, 185}}, // L* 75
				{0, 0, 0, 255, [3]int{185, 185, 185}},
				{255, 0, 255, 0, [3]int{138, 118, 0}},  // L* 50, b* 64
				{255, 255, 0, 0, [3]int{211, 55, 122}}, // L* 50, a* 64
			} {
				r, g, b := x.RGB(c.c, c.m, c.y, c.k)
				for i, got := range []uint8{r, g, b} {
					if d := int(got) - c.want[i]; black == 0 && (d < -2 || d > 2) || c.want[0] == 255 && d != 0 || c.want[0] == 0 && d > 0 {
						t.Errorf("narrow %v, black %v: inks %v are %d, %d, %d", narrow, black, c, r, g, b)
						break
					}
				}
			}
		}
	}
	for _, damage := range []struct {
		name string
		data []byte
		want error
	}{
		{"cut off", icctest.Inks(0, true)[:1000], icc.ErrInvalid},
		{"another type", bytes.Replace(icctest.Inks(0, false), []byte("mft2"), []byte("mXX2"), 1), icc.ErrUnsupported},
		{"a broken table of version 4", bytes.Replace(icctest.Inks(0, false), []byte("mft2"), []byte("mAB "), 1), icc.ErrInvalid},
		{"no table", bytes.Replace(icctest.Inks(0, false), []byte("A2B0"), []byte("B2A0"), 1), icc.ErrUnsupported},
		{"a large grid", bytes.Replace(icctest.Inks(0, false), []byte{4, 3, 2, 0}, []byte{4, 3, 255, 0}, 1), icc.ErrInvalid},
	} {
		if _, err := icc.Parse(damage.data); !errors.Is(err, damage.want) {
			t.Errorf("%s: %v", damage.name, err)
		}
	}
}

// Whatever the profile: no panic, and grey stays within 0 to 255 by type alone.
func FuzzParse(f *testing.F) {
	for _, seed := range [][]byte{
		icctest.SRGB(), icctest.DisplayP3(), icctest.AdobeRGB(), icctest.ProPhoto(), icctest.Gray(2.2),
		icctest.RGB(unit, icctest.Parametric(4, 2.4, 1, 0, 1, 0.1, 0.1, 0.1)),
		icctest.RGB(unit, icctest.Parametric(1, 2.4, 1, 0.1)),
		icctest.Inks(10, false), icctest.Inks(10, true),
		icctest.AdobeTables("mft1", "Lab ", 3, 0), icctest.AdobeTables("mft2", "XYZ ", 3, 0), icctest.AdobeTables("mAB ", "Lab ", 3, 0), icctest.AdobeTables("mAB ", "XYZ ", 0, 0),
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := icc.Parse(data)
		if err != nil {
			if !errors.Is(err, icc.ErrInvalid) && !errors.Is(err, icc.ErrUnsupported) {
				t.Fatalf("an error of another kind: %v", err)
			}
			return
		}
		p.IsSRGB()
		if p.Inks() {
			icc.NewInkTransform(p).RGB(7, 255, 0, 128)
			return
		}
		tr := icc.NewTransform(p, true)
		r, g, b := []byte{0, 255, 128}, []byte{255, 0, 128}, []byte{7, 9, 128}
		tr.RGB(r, g, b)
		tr.Gray(r)
		tr.Wide(0, 65535, 1000)
		tr.WideGray(65535)
	})
}
