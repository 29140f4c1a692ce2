package heif

import (
	"context"
	"fmt"
	"image"
)

// Kind is the coding of a file's picture.
type Kind int

// The kinds.
const (
	HEIC Kind = iota // HEVC
	AVIF             // AV1
)

// Decode decodes the primary picture of a file and hands it to use. The image is an
// *image.YCbCr (of any matrix and range, see Info.Coding) or *image.Gray for HEIC; *image.RGBA, or
// *image.RGBA64 above 8 bits, for AVIF; rarely *image.NRGBA. Its pixels are in the
// sandbox's memory, so that they are valid only until use returns.
//
// HEIC is upright already; AVIF is as coded, for the caller to turn by Info.Orientation.
//
// The error is ErrCorrupt, ErrTooManyPixels, ctx.Err(), which is looked at before the decoder
// starts and between its steps, or what use returned.
func Decode(ctx context.Context, data []byte, kind Kind, maxPixels int, use func(image.Image) error) error {
	s, decode := &heic, decodeHEIC
	if kind == AVIF {
		s, decode = &avif, decodeAVIF
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	i, err := s.open(ctx)
	if err != nil {
		return err
	}
	defer i.close()
	img, err := decode(ctx, i, data, maxPixels)
	if err != nil {
		return err
	}
	return use(img)
}

// refused is the decoder's way to say that it cannot read a file.
func refused() error { return fmt.Errorf("%w: the decoder refuses it", ErrCorrupt) }

func checkSize(w, h uint32, maxPixels int) error {
	if w == 0 || h == 0 {
		return fmt.Errorf("%w: a size of %d x %d", ErrCorrupt, w, h)
	}
	if uint64(w)*uint64(h) > uint64(maxPixels) {
		return fmt.Errorf("%w: %d x %d", ErrTooManyPixels, w, h)
	}
	return nil
}

// Constants of libheif's API (heif.h, 1.18).
const (
	heifYCbCr, heifRGB, heifGray = 0, 1, 2
	heif420, heif422, heif444    = 1, 2, 3
)

// rowBytes is the distance between rows of w pixels as libheif allocates them: no fewer than 64
// pixels, and whole groups of 16 bytes (HeifPixelImage::add_plane).
func rowBytes(w, perPixel int) int { return (max(w, 64)*perPixel + 15) &^ 15 }

// decodeHEIC calls int decode(in, size, configOnly, *width, *height, *colourspace, *chroma,
// *premultiplied, out) twice: for the size, and for the picture.
func decodeHEIC(ctx context.Context, i *instance, data []byte, maxPixels int) (image.Image, error) {
	in, err := i.load(ctx, data)
	if err != nil {
		return nil, err
	}
	facts, err := i.alloc(ctx, 5*4)
	if err != nil {
		return nil, err
	}
	call := func(configOnly, out uint32) error {
		f := uint64(facts)
		ok, err := i.call(ctx, "decode", uint64(in), uint64(len(data)), uint64(configOnly), f, f+4, f+8, f+12, f+16, uint64(out))
		if err == nil && ok == 0 {
			err = refused()
		}
		return err
	}
	if err := call(1, 0); err != nil {
		return nil, err
	}
	var w, h, space, chroma, premultiplied uint32
	if err := i.words(facts, &w, &h, &space, &chroma, &premultiplied); err != nil {
		return nil, err
	}
	if err := checkSize(w, h, maxPixels); err != nil {
		return nil, err
	}
	img, size, place, err := heicImage(int(w), int(h), space, chroma, premultiplied != 0)
	if err != nil {
		return nil, err
	}
	out, err := i.alloc(ctx, size)
	if err != nil {
		return nil, err
	}
	if err := call(0, out); err != nil {
		return nil, err
	}
	pix, err := i.bytes(out, size)
	if err != nil {
		return nil, err
	}
	place(pix)
	return img, nil
}

// heicImage makes the image that fits the decoder's output, its size, and the function that puts it
// in its place.
func heicImage(w, h int, space, chroma uint32, premultiplied bool) (img image.Image, size int, place func([]byte), err error) {
	r := image.Rect(0, 0, w, h)
	switch space {
	case heifGray:
		m := &image.Gray{Stride: rowBytes(w, 1), Rect: r}
		return m, m.Stride * h, func(b []byte) { m.Pix = b }, nil
	case heifRGB:
		if premultiplied {
			m := &image.RGBA{Stride: rowBytes(w, 4), Rect: r}
			return m, m.Stride * h, func(b []byte) { m.Pix = b }, nil
		}
		m := &image.NRGBA{Stride: rowBytes(w, 4), Rect: r}
		return m, m.Stride * h, func(b []byte) { m.Pix = b }, nil
	case heifYCbCr:
		m := &image.YCbCr{YStride: rowBytes(w, 1), Rect: r}
		cw, ch := w, h
		switch chroma {
		case heif420:
			m.SubsampleRatio, cw, ch = image.YCbCrSubsampleRatio420, (w+1)/2, (h+1)/2
		case heif422:
			m.SubsampleRatio, cw = image.YCbCrSubsampleRatio422, (w+1)/2
		case heif444:
			m.SubsampleRatio = image.YCbCrSubsampleRatio444
		default:
			return nil, 0, nil, refused()
		}
		m.CStride = rowBytes(cw, 1)
		luma, each := m.YStride*h, m.CStride*ch
		return m, luma + 2*each, func(b []byte) {
			m.Y, m.Cb, m.Cr = b[:luma], b[luma:luma+each], b[luma+each:]
		}, nil
	}
	return nil, 0, nil, refused()
}

// decodeAVIF calls int decode(in, size, configOnly, all, *width, *height, *depth, *count, *delay,
// out) twice.
func decodeAVIF(ctx context.Context, i *instance, data []byte, maxPixels int) (image.Image, error) {
	in, err := i.load(ctx, data)
	if err != nil {
		return nil, err
	}
	facts, err := i.alloc(ctx, 4*4+8)
	if err != nil {
		return nil, err
	}
	call := func(configOnly, out uint32) error {
		f := uint64(facts)
		ok, err := i.call(ctx, "decode", uint64(in), uint64(len(data)), uint64(configOnly), 0, f, f+4, f+8, f+12, f+16, uint64(out))
		if err == nil && ok == 0 {
			err = refused()
		}
		return err
	}
	if err := call(1, 0); err != nil {
		return nil, err
	}
	var w, h, depth uint32
	if err := i.words(facts, &w, &h, &depth); err != nil {
		return nil, err
	}
	if err := checkSize(w, h, maxPixels); err != nil {
		return nil, err
	}
	r := image.Rect(0, 0, int(w), int(h))
	stride := 4 * int(w)
	if depth > 8 {
		stride *= 2
	}
	out, err := i.alloc(ctx, stride*int(h))
	if err != nil {
		return nil, err
	}
	// The function says yes even if the first picture cannot be decoded, but then it
	// leaves the place for its duration as it was.
	delay, err := i.bytes(facts+16, 8)
	if err != nil {
		return nil, err
	}
	const untouched = "no delay"
	copy(delay, untouched)
	if err := call(0, out); err != nil {
		return nil, err
	}
	if delay, err = i.bytes(facts+16, 8); err != nil {
		return nil, err
	}
	if string(delay) == untouched {
		return nil, refused()
	}
	pix, err := i.bytes(out, stride*int(h))
	if err != nil {
		return nil, err
	}
	if depth > 8 {
		// The sandbox is little-endian, image.RGBA64 is big-endian.
		for p := 0; p+1 < len(pix); p += 2 {
			pix[p], pix[p+1] = pix[p+1], pix[p]
		}
		return &image.RGBA64{Pix: pix, Stride: stride, Rect: r}, nil
	}
	return &image.RGBA{Pix: pix, Stride: stride, Rect: r}, nil
}
