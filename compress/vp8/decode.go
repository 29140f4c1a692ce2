package vp8

import "io"

// Options say how a frame is decoded. The zero value gives the samples that the format defines.
type Options struct {
	// Reduction is how many times smaller the picture is going to be made, rounded down. From 2
	// on the loop filter is simplified, from 4 on it is left out: what it would smooth is
	// averaged away. Default 1: it is applied as the format defines it.
	Reduction int
}

// Band holds some complete rows of the picture, valid until the next call of Next. The caller may
// change them.
type Band struct {
	// Planes are luma, Cb and Cr. They have the decoder's width, chroma half of it, rounded up.
	Planes [3][]byte
	// Strides are the distances of their rows in bytes.
	Strides [3]int
	// Rows is the number of rows of luma, which is even in all bands but the last. Chroma has
	// half as many, rounded up.
	Rows int
}

// Decoder decodes one key frame. Not for concurrent use.
type Decoder struct {
	Config
	reduction int

	first        boolReader // headers and modes
	tokens       []boolReader
	segmentation segmentation
	filter       filterHeader
	levels       [segments][2]filterLevel
	quantizers   [segments]quantizers
	probs        [blockKinds]positionProbs
	skipping     bool // macroblocks may have no coefficients
	skipProb     uint8

	// What the macroblocks of a row need of those above them: modes, whether there were
	// coefficients, and samples before the filter, of luma with a few beyond the edge.
	aboveModes   []uint8
	aboveNonzero []nonzero
	above        [3][]uint8

	row    []macroblock
	coeffs [24][16]int16 // of a macroblock: 16 blocks of luma, four of Cb, four of Cr
	ends   [24]uint8     // behind the last coefficient of each
	work   workspace

	// The row of macroblocks and, before it, carry rows of luma (half as many of chroma) of the
	// one above, which the filter reaches into.
	band    [3][]uint8
	strides [3]int
	rows    int // of macroblocks
	next    int // row of macroblocks
	done    int // rows of luma handed out
}

// carry is how many rows of luma wait for the filter of the next row of macroblocks. It reads four
// and changes three, of chroma, too.
const carry = 8

// NewDecoder reads the headers of a key frame, which it keeps. It allocates some 50 bytes for each
// column of the picture. The error is ErrCorrupt or ErrTruncated.
func NewDecoder(frame []byte, o Options) (*Decoder, error) {
	config, err := DecodeConfig(frame)
	if err != nil {
		return nil, err
	}
	d := &Decoder{Config: config, reduction: o.Reduction}
	if err := d.readHeader(frame); err != nil {
		return nil, err
	}
	columns := (d.Width + 15) / 16
	d.rows = (d.Height + 15) / 16
	d.aboveModes = make([]uint8, 4*columns)
	d.aboveNonzero = make([]nonzero, columns)
	d.row = make([]macroblock, columns)
	for c := range d.band {
		size, above, beyond := 16, carry, 4
		if c > 0 {
			size, above, beyond = 8, carry/2, 0
		}
		d.strides[c] = size * columns
		d.above[c] = make([]uint8, size*columns+beyond)
		d.band[c] = make([]uint8, (above+size)*d.strides[c])
	}
	return d, nil
}

// Next decodes the next band. After the last it returns io.EOF. The error is else ErrTruncated:
// there is nothing in a frame's body that could be wrong otherwise.
func (d *Decoder) Next() (Band, error) {
	for d.done < d.Height {
		if d.next == d.rows {
			break
		}
		if err := d.decodeRow(); err != nil {
			return Band{}, err
		}
		if b, ok := d.complete(); ok {
			return b, nil
		}
	}
	return Band{}, io.EOF
}

func (d *Decoder) decodeRow() error {
	y := d.next
	if y > 0 {
		for c, pix := range d.band {
			n := d.carried(c) * d.strides[c]
			copy(pix[:n], pix[len(pix)-n:])
		}
	}
	d.readModes()
	if d.first.overrun() {
		return ErrTruncated
	}
	tokens := &d.tokens[y%len(d.tokens)]
	var left nonzero
	for x := range d.row {
		m, above := &d.row[x], &d.aboveNonzero[x]
		if m.skip {
			d.ends = [24]uint8{}
			m.coded = false
			forget(above, &left, m)
		} else {
			m.coded = d.readCoefficients(tokens, m, above, &left)
			if tokens.overrun() {
				return ErrTruncated
			}
		}
		d.reconstruct(m, x, y)
		d.keep(x)
	}
	if d.filter.level != 0 && d.reduction < 4 {
		d.filterRow(y)
	}
	d.next++
	return nil
}

// forget clears the contexts next to a macroblock without coefficients; those of kind lumaDC go on
// where it has no such block.
func forget(above, left *nonzero, m *macroblock) {
	a, l := above[8], left[8]
	*above, *left = nonzero{}, nonzero{}
	if m.inSubblock {
		above[8], left[8] = a, l
	}
}

// carried is how many rows of a component the filter may still change.
func (d *Decoder) carried(component int) int {
	if component > 0 {
		return carry / 2
	}
	return carry
}

// keep copies a macroblock from the workspace into the band, and its lower edge for those below.
func (d *Decoder) keep(x int) {
	w := &d.work
	pix, at := d.band[0], carry*d.strides[0]+16*x
	for y := range 16 {
		*(*[16]uint8)(pix[at:]) = [16]uint8(w[lumaAt+y*stride:])
		at += d.strides[0]
	}
	cb, cr, at := d.band[1], d.band[2], carry/2*d.strides[1]+8*x
	for y := range 8 {
		*(*[8]uint8)(cb[at:]) = [8]uint8(w[cbAt+y*stride:])
		*(*[8]uint8)(cr[at:]) = [8]uint8(w[crAt+y*stride:])
		at += d.strides[1]
	}
	copy(d.above[0][16*x:], w[lumaAt+15*stride:][:16])
	copy(d.above[1][8*x:], w[cbAt+7*stride:][:8])
	copy(d.above[2][8*x:], w[crAt+7*stride:][:8])
	if x == len(d.row)-1 {
		last := w[lumaAt+15*stride+15]
		*(*[4]uint8)(d.above[0][16*x+16:]) = [4]uint8{last, last, last, last}
	}
}

// complete returns the rows that nothing will change any more.
func (d *Decoder) complete() (Band, bool) {
	top := 16*d.next - 16 - carry // of the band in the picture
	end := 16*d.next - carry
	if d.next == d.rows {
		end = d.Height
	}
	end = min(end, d.Height)
	b := Band{Strides: d.strides, Rows: end - d.done}
	if b.Rows <= 0 {
		return b, false
	}
	skip := d.done - top
	for c, pix := range d.band {
		if c > 0 {
			skip = (d.done - top) / 2
		}
		b.Planes[c] = pix[skip*d.strides[c]:]
	}
	d.done = end
	return b, true
}
