package vp8l

import "io"

// Decoder decodes one picture. Not for concurrent use.
type Decoder struct {
	Config
	r          bitReader
	transforms []transform
	codedWidth int // of the rows before the transforms are undone
	pixels     *pixelReader
	y          int
}

// NewDecoder reads everything before the pixels. It keeps data. The error is ErrCorrupt or
// ErrTruncated.
//
// What it allocates depends on the size: ask [DecodeConfig] first.
func NewDecoder(data []byte) (*Decoder, error) {
	config, err := DecodeConfig(data)
	if err != nil {
		return nil, err
	}
	return newDecoder(data[headerBytes:], config)
}

// NewAlphaDecoder is for a picture without a header, as alpha is stored in a lossy WebP (section
// 2.7.1.2): its size is that of the frame, and the alpha is in green.
func NewAlphaDecoder(data []byte, width, height int) (*Decoder, error) {
	return newDecoder(data, Config{Width: width, Height: height})
}

func newDecoder(data []byte, config Config) (*Decoder, error) {
	d := &Decoder{Config: config, r: bitReader{rest: data}}
	if err := d.readTransforms(); err != nil {
		return nil, d.cause(err)
	}
	var err error
	if d.pixels, err = newPixelReader(&d.r, d.codedWidth, d.Height, true); err != nil {
		return nil, d.cause(err)
	}
	return d, nil
}

// cause is ErrTruncated if what was wrong was read from beyond the end.
func (d *Decoder) cause(err error) error {
	if d.r.overrun() {
		return ErrTruncated
	}
	return err
}

// Next decodes the next row: alpha in the highest 8 bits, then red, green and blue, not multiplied
// with alpha. It is valid until the next call. After the last row it returns io.EOF; the error is
// else ErrCorrupt or ErrTruncated.
func (d *Decoder) Next() ([]uint32, error) {
	if d.y == d.Height {
		return nil, io.EOF
	}
	d.y++
	row, err := d.pixels.next()
	if err != nil {
		return nil, d.cause(err)
	}
	for i := len(d.transforms) - 1; i >= 0; i-- {
		row = d.transforms[i].undo(row)
	}
	return row, nil
}
