package icc_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"testing"

	"github.com/tagroll/tagroll/compress/icc"
	"github.com/tagroll/tagroll/compress/icc/icctest"
)

// tables are profiles of tables that say the same as that of Adobe RGB.
func tables() map[string][]byte {
	all := map[string][]byte{
		"matrix and curves": icctest.AdobeTables("mAB ", "XYZ ", 0, 0),
		"a black of L* 5":   icctest.AdobeTables("mft2", "Lab ", 33, 5),
	}
	for _, kind := range []string{"mft1", "mft2", "mAB "} {
		all[kind+" to Lab"] = icctest.AdobeTables(kind, "Lab ", 33, 0)
	}
	all["mft2 to XYZ"], all["mAB to XYZ"] = icctest.AdobeTables("mft2", "XYZ ", 63, 0), icctest.AdobeTables("mAB ", "XYZ ", 63, 0)
	return all
}

// Tables give the same colours as the curves and primaries that they are made of.
func TestTables(t *testing.T) {
	plain, err := icc.Parse(icctest.AdobeRGB())
	if err != nil {
		t.Fatal(err)
	}
	want := icc.NewTransform(plain, true)
	for name, data := range tables() {
		p, err := icc.Parse(data)
		if err != nil || p.Gray() || p.Inks() || p.IsSRGB() {
			t.Errorf("%s: %v, %+v", name, err, p)
			continue
		}
		got := icc.NewTransform(p, true)
		tolerance := 3
		if name == "mft1 to Lab" {
			tolerance = 6 // eight bits of L* are rough in the dark
		}
		for _, step := range []int{0, 40, 90, 128, 201, 255} {
			for _, rgb := range [][3]int{{step, step, step}, {step, 128, 90}, {128, step, 200}, {70, 150, step}} {
				a, b := [3][]byte{{byte(rgb[0])}, {byte(rgb[1])}, {byte(rgb[2])}}, [3][]byte{{byte(rgb[0])}, {byte(rgb[1])}, {byte(rgb[2])}}
				want.RGB(a[0], a[1], a[2])
				got.RGB(b[0], b[1], b[2])
				r, g, bl := got.Wide(uint16(rgb[0])*257, uint16(rgb[1])*257, uint16(rgb[2])*257)
				if wide := fmt.Sprint(r, g, bl); wide != fmt.Sprint(b[0][0], b[1][0], b[2][0]) {
					t.Errorf("%s: %v has 16 bits as %s, 8 as %v", name, rgb, wide, b)
				}
				for c := range 3 {
					if d := int(a[c][0]) - int(b[c][0]); d < -tolerance || d > tolerance {
						t.Errorf("%s: %v is %v, want %v", name, rgb, b, a)
						break
					}
				}
			}
		}
		grey := []byte{0, 128, 255}
		got.Gray(grey)
		if grey[0] != 0 || grey[2] < 253 || got.WideGray(128*257) != grey[1] {
			t.Errorf("%s: grey is %v, and %d", name, grey, got.WideGray(128*257))
		}
	}
}

func TestTablesRefused(t *testing.T) {
	good := icctest.AdobeTables("mft2", "Lab ", 5, 0)
	both := icctest.AdobeTables("mAB ", "Lab ", 5, 0)
	head := bytes.Index(both, []byte("mAB "))
	with := func(data []byte, at int, value uint32) []byte {
		data = bytes.Clone(data)
		binary.BigEndian.PutUint32(data[at:], value)
		return data
	}
	for name, c := range map[string]struct {
		data []byte
		want error
	}{
		"a table of another type":  {bytes.Replace(good, []byte("mft2"), []byte("mXX2"), 1), icc.ErrUnsupported},
		"for four channels":        {bytes.Replace(good, []byte{3, 3, 5}, []byte{4, 3, 5}, 1), icc.ErrInvalid},
		"a grid of one point":      {bytes.Replace(good, []byte{3, 3, 5}, []byte{3, 3, 1}, 1), icc.ErrInvalid},
		"a grid beyond the end":    {bytes.Replace(good, []byte{3, 3, 5}, []byte{3, 3, 255}, 1), icc.ErrInvalid},
		"no table":                 {bytes.Replace(good, []byte("A2B0"), []byte("B2A0"), 1), icc.ErrUnsupported},
		"curves beyond the end":    {with(both, head+12, 1<<31), icc.ErrInvalid},
		"curves in the header":     {with(both, head+12, 4), icc.ErrInvalid},
		"a matrix beyond the end":  {with(both, head+16, 1<<31), icc.ErrInvalid},
		"a grid far beyond it":     {with(both, head+24, 1<<31), icc.ErrInvalid},
		"a connection space of no": {bytes.Replace(good, []byte("RGB Lab "), []byte("RGB XXX "), 1), icc.ErrUnsupported},
	} {
		if _, err := icc.Parse(c.data); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	if _, err := icc.Parse(with(both, head+24, 0)); err != nil {
		t.Errorf("curves without a grid: %v", err)
	}
}
