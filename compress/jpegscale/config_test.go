package jpegscale_test

import (
	"errors"
	"testing"

	"github.com/tagroll/tagroll/compress/jpegscale"
	"github.com/tagroll/tagroll/internal/jpegtest"
)

func TestColorModel(t *testing.T) {
	for _, test := range []struct {
		name     string
		sampling []int
		ids      string
		jfif     bool
		adobe    int
		want     jpegscale.ColorModel
	}{
		{"grey", []int{11}, "\x01", false, -1, jpegscale.Gray},
		{"grey by Adobe", []int{11}, "\x01", false, 0, jpegscale.Gray},
		{"nothing said", []int{22, 11, 11}, "\x01\x02\x03", false, -1, jpegscale.YCbCr},
		{"JFIF", []int{22, 11, 11}, "\x01\x02\x03", true, -1, jpegscale.YCbCr},
		{"JFIF before Adobe", []int{22, 11, 11}, "\x01\x02\x03", true, 0, jpegscale.YCbCr},
		{"Adobe YCbCr", []int{11, 11, 11}, "\x01\x02\x03", false, 1, jpegscale.YCbCr},
		{"Adobe RGB", []int{11, 11, 11}, "\x01\x02\x03", false, 0, jpegscale.RGB},
		{"letters", []int{11, 11, 11}, "RGB", false, -1, jpegscale.RGB},
		{"letters and JFIF", []int{11, 11, 11}, "RGB", true, -1, jpegscale.YCbCr},
		{"CMYK", []int{11, 11, 11, 11}, "CMYK", false, -1, jpegscale.CMYK},
		{"Adobe CMYK", []int{11, 11, 11, 11}, "\x01\x02\x03\x04", false, 0, jpegscale.CMYK},
		{"Adobe YCCK", []int{22, 11, 11, 22}, "\x01\x02\x03\x04", false, 2, jpegscale.YCCK},
	} {
		for _, progressive := range []bool{false, true} {
			m := jpegtest.New(30, 20, 18, 4, test.sampling...)
			m.JFIF, m.Adobe = test.jfif, test.adobe
			for i := range m.Components {
				m.Components[i].ID = test.ids[i]
			}
			if progressive {
				m.UsualScans()
			}
			data := m.Encode()
			want := jpegscale.Config{Width: 20, Height: 18, Model: test.want, Progressive: progressive}
			if got, err := jpegscale.DecodeConfig(data); err != nil || got != want {
				t.Errorf("%s: %+v, %v, want %+v", test.name, got, err, want)
			}
			p := decode(t, data, jpegscale.Options{Scale: at(4)})
			if p.Config != want {
				t.Errorf("%s: the picture is %+v, want %+v", test.name, p.Config, want)
			}
			checkPlanes(t, m, p)
		}
	}
}

// The header alone is enough for DecodeConfig.
func TestDecodeConfigOfHeader(t *testing.T) {
	m := jpegtest.New(31, 20, 18, 4, 22, 11, 11)
	header, body := parts(m)
	if _, err := jpegscale.DecodeConfig(header); !errors.Is(err, jpegscale.ErrTruncated) {
		t.Errorf("without a scan header: %v", err)
	}
	body = body[:len(m.EncodeScan(nil, m.Scans[0]))/2]
	if c, err := jpegscale.DecodeConfig(append(header, body...)); err != nil || c.Width != 20 || c.Height != 18 {
		t.Errorf("in the middle of the scan: %+v, %v", c, err)
	}
}
