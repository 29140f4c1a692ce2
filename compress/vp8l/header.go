package vp8l

import (
	"errors"
	"fmt"
)

// The kinds of failure, to be asked for with errors.Is.
var (
	// ErrCorrupt is a picture that breaks the rules of the format.
	ErrCorrupt = errors.New("a corrupt VP8L picture")
	// ErrTruncated is data that ends before the picture does.
	ErrTruncated = errors.New("a truncated VP8L picture")
)

//go:noinline
func corrupt(what string) error { return fmt.Errorf("%w: %s", ErrCorrupt, what) }

// Config is what a picture says before everything else.
type Config struct {
	Width, Height int // in pixels, 1 to 1<<14
	// Alpha is a hint that some pixels are transparent. It changes nothing in the decoding.
	Alpha bool
}

const headerBytes = 5

// DecodeConfig reads the header of a picture (section 3.4). The error is ErrCorrupt or
// ErrTruncated.
func DecodeConfig(data []byte) (Config, error) {
	if len(data) < headerBytes {
		return Config{}, ErrTruncated
	}
	const signature = 0x2f
	if data[0] != signature {
		return Config{}, corrupt("its picture has no signature")
	}
	r := bitReader{rest: data[1:headerBytes]}
	c := Config{Width: 1 + r.read(14), Height: 1 + r.read(14), Alpha: r.flag()}
	if r.read(3) != 0 {
		return Config{}, corrupt("its version is one that there is not")
	}
	return c, nil
}

// readTransforms reads the transforms of a picture (section 4). The last one is the first to be
// undone.
func (d *Decoder) readTransforms() error {
	seen := [4]bool{}
	d.codedWidth = d.Width
	for d.r.flag() {
		kind := transformKind(d.r.read(2))
		if seen[kind] {
			return corrupt("the same transform twice")
		}
		seen[kind] = true
		t, err := d.readTransform(kind, d.codedWidth)
		if err != nil {
			return err
		}
		d.transforms = append(d.transforms, t)
		if p, ok := t.(*palette); ok {
			d.codedWidth = tilesIn(d.codedWidth, p.bits)
		}
		if d.r.overrun() {
			return ErrTruncated
		}
	}
	return nil
}

func (d *Decoder) readTransform(kind transformKind, w int) (transform, error) {
	switch kind {
	case predictorTransform, colourTransform:
		bits := 2 + d.r.read(3)
		grid := tileGrid{bits: bits, tilesX: tilesIn(w, bits)}
		tilesY := tilesIn(d.Height, bits)
		if kind == predictorTransform {
			modes, err := readTiles(&d.r, grid.tilesX, tilesY, func(argb uint32) uint8 { return uint8(argb>>8) & 15 })
			return newPredictor(grid, modes, w), err
		}
		factors, err := readTiles(&d.r, grid.tilesX, tilesY, newColourFactors)
		return &colours{tileGrid: grid, tiles: factors, out: make([]uint32, w)}, err
	case subtractGreen:
		return &green{out: make([]uint32, w)}, nil
	}
	return d.readPalette(w)
}

// readPalette reads the colours of section 4.4, of which each is stored as its difference from the
// one before.
func (d *Decoder) readPalette(w int) (transform, error) {
	n := 1 + d.r.read(8)
	coded, err := readTiles(&d.r, n, 1, func(argb uint32) uint32 { return argb })
	if err != nil {
		return nil, err
	}
	t := &palette{out: make([]uint32, w)}
	last := uint32(0)
	for i, argb := range coded {
		last = addBytes(last, argb)
		t.colours[i] = last
	}
	switch {
	case n <= 2:
		t.bits = 3
	case n <= 4:
		t.bits = 2
	case n <= 16:
		t.bits = 1
	}
	return t, nil
}
