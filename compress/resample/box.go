package resample

// Box averages squares of factor x factor pixels, in rows of interleaved samples as
// most decoders have them, and hands on rows of single components. With a factor of
// 1 it only takes the components apart. Not for concurrent use.
//
// Averaging down to not less than one and a half times the wanted size before the Lanczos filter
// takes a fraction of its time. libvips does the same, down to twice the size; measured by SSIM on
// photos there is no difference.
type Box struct {
	width, channels, factor int
	rows                    int // added since the last row was handed on
	// Sums down the columns, in lanes of 16 bits: of a word's even bytes and of its odd ones.
	even, odd []uint64
	padded    []byte   // a row, filled up to whole words
	columns   []uint16 // the sums in the order of the samples
	out       [][]byte
}

const maxFactor = 256 // its sums just fit into 16 bits

// BoxFactor is the factor that leaves at least one and a half times dst of src samples. It is 256
// at most.
func BoxFactor(src, dst int) int { return min(max(src*2/(3*dst), 1), maxFactor) }

// NewBox returns a Box for rows of width pixels with the given number of interleaved
// channels. The factor is 1 to 256.
func NewBox(width, channels, factor int) *Box {
	b := &Box{width: width, channels: channels, factor: factor}
	n := (width + factor - 1) / factor
	for range channels {
		b.out = append(b.out, make([]byte, n))
	}
	if factor > 1 {
		words := (width*channels + 7) / 8
		b.even, b.odd = make([]uint64, words), make([]uint64, words)
		b.padded, b.columns = make([]byte, words*8), make([]uint16, words*8)
	}
	return b
}

// Add takes one row. Every factor rows it returns the averaged row of each
// component, valid until the next call; else nil.
func (b *Box) Add(row []byte) [][]byte {
	row = row[:b.width*b.channels]
	if b.factor == 1 {
		b.split(row)
		return b.out
	}
	if len(row)%8 != 0 {
		copy(b.padded, row)
		row = b.padded
	}
	const lanes = 0x00ff00ff_00ff00ff
	even, odd := b.even, b.odd[:len(b.even)]
	if b.rows == 0 {
		for i := range even {
			v := word(row, i*8)
			even[i], odd[i] = v&lanes, v>>8&lanes
		}
	} else {
		for i := range even {
			v := word(row, i*8)
			even[i] += v & lanes
			odd[i] += v >> 8 & lanes
		}
	}
	b.rows++
	if b.rows < b.factor {
		return nil
	}
	return b.Flush()
}

// Flush returns the mean of the rows that were added since the last full square;
// nil if there were none. It is for the bottom of a picture.
func (b *Box) Flush() [][]byte {
	if b.rows == 0 {
		return nil
	}
	for i, e := range b.even {
		o := b.odd[i]
		c := b.columns[i*8 : i*8+8 : i*8+8]
		c[0], c[2], c[4], c[6] = uint16(e), uint16(e>>16), uint16(e>>32), uint16(e>>48)
		c[1], c[3], c[5], c[7] = uint16(o), uint16(o>>16), uint16(o>>32), uint16(o>>48)
	}
	last := len(b.out[0]) - 1
	full := b.reciprocal(b.factor)
	edge := b.reciprocal(b.width - last*b.factor)
	for c, out := range b.out {
		b.means(out[:last], b.columns[c:], full)
		sum := uint32(0)
		for x := last * b.factor; x < b.width; x++ {
			sum += uint32(b.columns[x*b.channels+c])
		}
		out[last] = mean(sum, edge)
	}
	b.rows = 0
	return b.out
}

// means averages along a component, which is at every channels-th of columns.
func (b *Box) means(out []byte, columns []uint16, reciprocal uint32) {
	o := 0
	if b.factor == 2 {
		for i := range out {
			out[i] = mean(uint32(columns[o])+uint32(columns[o+b.channels]), reciprocal)
			o += 2 * b.channels
		}
		return
	}
	for i := range out {
		sum := uint32(0)
		for range b.factor {
			sum += uint32(columns[o])
			o += b.channels
		}
		out[i] = mean(sum, reciprocal)
	}
}

// A sum of n samples times 1<<24/n stays below 1<<32 for n up to 65,536.
const recipBits = 24

func mean(sum, reciprocal uint32) byte {
	return byte((sum*reciprocal + 1<<(recipBits-1)) >> recipBits)
}

// reciprocal is 1/n for squares that are columns wide.
func (b *Box) reciprocal(columns int) uint32 { return uint32(1<<recipBits) / uint32(columns*b.rows) }

func (b *Box) split(row []byte) {
	switch b.channels {
	case 1:
		copy(b.out[0], row)
	case 3:
		red, green, blue := b.out[0], b.out[1][:len(b.out[0])], b.out[2][:len(b.out[0])]
		for i := range red {
			p := row[3*i : 3*i+3 : 3*i+3]
			red[i], green[i], blue[i] = p[0], p[1], p[2]
		}
	default:
		for c, out := range b.out {
			for i := range out {
				out[i] = row[i*b.channels+c]
			}
		}
	}
}
