package compress

import (
	"bytes"
	"image"
	"image/gif"
	"io"
	"strings"
)

// gif decodes the first frame of a GIF, laid on white where it leaves the canvas open.
func (j *job) gif() (*picture, error) {
	config, err := gif.DecodeConfig(bytes.NewReader(j.data))
	if err != nil {
		return nil, corrupt(j.format, err)
	}
	if err := j.setSize(config.Width, config.Height); err != nil {
		return nil, err
	}
	img, err := gif.Decode(bytes.NewReader(j.data))
	// The decoder's error for this has no name.
	if err != nil && strings.Contains(err.Error(), "not enough image data") {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return nil, corrupt(j.format, err)
	}
	frame := imageRows(img, nil)
	b := img.Bounds()
	y := 0
	return j.scaleRows(rows{channels: 3, next: func(dst []byte) error {
		if canvas := image.Rect(0, 0, config.Width, config.Height); b != canvas {
			for i := range dst {
				dst[i] = 255
			}
		}
		if y >= b.Min.Y && y < b.Max.Y {
			_ = frame.next(dst[3*b.Min.X : 3*b.Max.X])
		}
		y++
		return nil
	}})
}
