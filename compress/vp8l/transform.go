package vp8l

// transformKind is the number of a transform in the file (section 4).
type transformKind int

const (
	predictorTransform transformKind = iota
	colourTransform
	subtractGreen
	paletteTransform
)

// transform undoes a transform of section 4, row by row from the top. What it returns is valid
// until the next call; it does not change row.
type transform interface {
	undo(row []uint32) []uint32
}

// tileGrid divides a picture into squares of 1<<bits pixels.
type tileGrid struct {
	bits   int
	tilesX int
	y      int // the next row
}

// row returns the index of the first tile of the next row.
func (g *tileGrid) row() int {
	i := g.y >> g.bits * g.tilesX
	g.y++
	return i
}

// colours is the colour transform (section 4.2): red and blue less what can be told from green and
// red.
type colours struct {
	tileGrid
	tiles []colourFactors
	out   []uint32
}

// colourFactors are in units of 1/32.
type colourFactors struct{ greenToRed, greenToBlue, redToBlue int8 }

func newColourFactors(argb uint32) colourFactors {
	return colourFactors{greenToRed: int8(argb), greenToBlue: int8(argb >> 8), redToBlue: int8(argb >> 16)}
}

func (t *colours) undo(row []uint32) []uint32 {
	tile := t.row()
	for x := 0; x < len(row); x += 1 << t.bits {
		end := min(x+1<<t.bits, len(row))
		t.tiles[tile].undo(t.out[x:end], row[x:end])
		tile++
	}
	return t.out
}

func (f colourFactors) undo(dst, src []uint32) {
	dst = dst[:len(src)]
	greenToRed, greenToBlue, redToBlue := int32(f.greenToRed), int32(f.greenToBlue), int32(f.redToBlue)
	for i, argb := range src {
		green := int32(int8(argb >> 8))
		red := argb>>16 + uint32(greenToRed*green>>5)
		blue := argb + uint32(greenToBlue*green>>5) + uint32(redToBlue*int32(int8(red))>>5)
		dst[i] = argb&0xff00ff00 | red&0xff<<16 | blue&0xff
	}
}

// green is section 4.3: red and blue less green.
type green struct{ out []uint32 }

func (t *green) undo(row []uint32) []uint32 {
	out := t.out[:len(row)]
	for i, argb := range row {
		g := argb >> 8 & 0xff
		out[i] = argb&0xff00ff00 | (argb&0x00ff00ff+g<<16+g)&0x00ff00ff
	}
	return out
}

// palette is section 4.4. Of small palettes, 1<<bits pixels share one, from its lowest bits up;
// colours behind the last are transparent.
type palette struct {
	bits    int
	colours [256]uint32
	out     []uint32
}

func (t *palette) undo(row []uint32) []uint32 {
	if t.bits == 0 {
		for i, argb := range row {
			t.out[i] = t.colours[uint8(argb>>8)]
		}
		return t.out
	}
	per, size := 1<<t.bits, uint(8>>t.bits)
	mask := uint32(1)<<size - 1
	for i, argb := range row {
		indices := argb >> 8 & 0xff
		for k := i * per; k < min((i+1)*per, len(t.out)); k++ {
			t.out[k] = t.colours[uint8(indices&mask)]
			indices >>= size
		}
	}
	return t.out
}

// addBytes adds the four components of two pixels.
func addBytes(a, b uint32) uint32 {
	return (a&0xff00ff00+b&0xff00ff00)&0xff00ff00 | (a&0x00ff00ff+b&0x00ff00ff)&0x00ff00ff
}
