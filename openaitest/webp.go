package openaitest

import (
	"encoding/binary"
	"errors"
	"image"
	"image/color"
	"io"

	"github.com/tagroll/tagroll/compress/vp8"
	"github.com/tagroll/tagroll/compress/vp8l"
)

var errWebP = errors.New("openaitest: no still WebP image")

// webpImage is what the container of a still WebP image holds (RFC 9649, section 2).
type webpImage struct {
	width, height int
	lossless      bool
	frame         []byte
	alpha         []byte // content of the chunk ALPH
}

// isWebP reports whether data begins as a WebP image does.
func isWebP(data []byte) bool {
	return len(data) >= 12 && string(data[:4]) == "RIFF" && string(data[8:12]) == "WEBP"
}

// readWebP reads chunks up to and with the frame, and the frame's header. Animations have none that
// stands by itself.
func readWebP(data []byte) (*webpImage, error) {
	w := &webpImage{}
	for rest := data[12:]; len(rest) >= 8; {
		kind, size := string(rest[:4]), uint64(binary.LittleEndian.Uint32(rest[4:]))
		if size > uint64(len(rest)-8) {
			return nil, io.ErrUnexpectedEOF
		}
		content := rest[8 : 8+size]
		rest = rest[min(8+size+size%2, uint64(len(rest))):]
		switch kind {
		case "VP8X":
			if len(content) != 10 || w.width > 0 {
				return nil, errWebP
			}
			w.width, w.height = 1+uint24(content[4:]), 1+uint24(content[7:])
		case "ALPH":
			w.alpha = content
		case "VP8 ":
			c, err := vp8.DecodeConfig(content)
			return w.with(content, false, c.Width, c.Height, err)
		case "VP8L":
			c, err := vp8l.DecodeConfig(content)
			return w.with(content, true, c.Width, c.Height, err)
		}
	}
	return nil, errWebP
}

func uint24(b []byte) int { return int(b[0]) | int(b[1])<<8 | int(b[2])<<16 }

// with adds the frame, whose size must be that of the container, if this has one.
func (w *webpImage) with(frame []byte, lossless bool, width, height int, err error) (*webpImage, error) {
	switch {
	case err != nil:
		return nil, err
	case w.width > 0 && (w.width != width || w.height != height), lossless && w.alpha != nil:
		return nil, errWebP
	}
	w.frame, w.lossless, w.width, w.height = frame, lossless, width, height
	return w, nil
}

// decode decodes the whole image. The alpha of a lossy one is decoded and left out.
func (w *webpImage) decode() (image.Image, error) {
	if w.lossless {
		return w.decodeLossless()
	}
	if err := w.checkAlpha(); err != nil {
		return nil, err
	}
	return w.decodeLossy()
}

func (w *webpImage) decodeLossless() (image.Image, error) {
	d, err := vp8l.NewDecoder(w.frame)
	if err != nil {
		return nil, err
	}
	img := image.NewNRGBA(image.Rect(0, 0, w.width, w.height))
	for y := range w.height {
		row, err := d.Next()
		if err != nil {
			return nil, err
		}
		for x, p := range row {
			img.SetNRGBA(x, y, color.NRGBA{A: uint8(p >> 24), R: uint8(p >> 16), G: uint8(p >> 8), B: uint8(p)})
		}
	}
	return img, nil
}

func (w *webpImage) decodeLossy() (image.Image, error) {
	d, err := vp8.NewDecoder(w.frame, vp8.Options{})
	if err != nil {
		return nil, err
	}
	img := image.NewYCbCr(image.Rect(0, 0, w.width, w.height), image.YCbCrSubsampleRatio420)
	for y := 0; y < w.height; {
		b, err := d.Next()
		if err != nil {
			return nil, err
		}
		for row := range b.Rows {
			copy(img.Y[(y+row)*img.YStride:][:w.width], b.Planes[0][row*b.Strides[0]:])
		}
		half := (w.width + 1) / 2
		for row := range (b.Rows + 1) / 2 {
			copy(img.Cb[(y/2+row)*img.CStride:][:half], b.Planes[1][row*b.Strides[1]:])
			copy(img.Cr[(y/2+row)*img.CStride:][:half], b.Planes[2][row*b.Strides[2]:])
		}
		y += b.Rows
	}
	return img, nil
}

// checkAlpha decodes the alpha of a lossy image, which is stored as it is or compressed (2.7.1.2).
func (w *webpImage) checkAlpha() error {
	if w.alpha == nil {
		return nil
	}
	if len(w.alpha) == 0 {
		return errWebP
	}
	switch data := w.alpha[1:]; w.alpha[0] & 3 {
	case 0:
		if len(data) < w.width*w.height {
			return io.ErrUnexpectedEOF
		}
		return nil
	case 1:
		d, err := vp8l.NewAlphaDecoder(data, w.width, w.height)
		for err == nil {
			_, err = d.Next()
		}
		if err == io.EOF {
			return nil
		}
		return err
	}
	return errWebP
}
