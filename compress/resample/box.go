package resample

// Box averages squares of factor x factor pixels, in rows of interleaved samples as
// most decoders have them, and hands on rows of single components. With a factor of
// 1 it only takes the components apart. Not for concurrent use.
//
// Averaging down to not less than twice the wanted size before the Lanczos filter takes a
// fraction of its time and is what libvips does; it cannot be told apart from the filter alone.
type Box struct {
	width, channels, factor int
	rows                    int // added since the last row was handed on
	sums                    [][]uint32
	out                     [][]byte
}

// BoxFactor is the factor that leaves at least twice dst of src samples.
func BoxFactor(src, dst int) int { return max(src/(2*dst), 1) }

// NewBox returns a Box for rows of width pixels with the given number of interleaved channels.
func NewBox(width, channels, factor int) *Box {
	b := &Box{width: width, channels: channels, factor: factor}
	n := (width + factor - 1) / factor
	for range channels {
		b.sums = append(b.sums, make([]uint32, n))
		b.out = append(b.out, make([]byte, n))
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
	for c, sums := range b.sums {
		b.sum(sums, row[c:])
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
	last := len(b.out[0]) - 1
	full := b.reciprocal(b.factor)
	edge := b.reciprocal(b.width - last*b.factor)
	for c, sums := range b.sums {
		out := b.out[c][:len(sums)]
		for i, s := range sums[:last] {
			out[i] = byte((s*full + 1<<(recipBits-1)) >> recipBits)
		}
		out[last] = byte((sums[last]*edge + 1<<(recipBits-1)) >> recipBits)
		clear(sums)
	}
	b.rows = 0
	return b.out
}

// A sum of n samples times 1<<24/n stays below 1<<32 for n up to 65,536.
const recipBits = 24

// reciprocal is 1/n for squares that are columns wide.
func (b *Box) reciprocal(columns int) uint32 { return uint32(1<<recipBits) / uint32(columns*b.rows) }

func (b *Box) split(row []byte) {
	if b.channels == 1 {
		copy(b.out[0], row)
		return
	}
	for c, out := range b.out {
		for i, o := 0, c; i < len(out); i, o = i+1, o+b.channels {
			out[i] = row[o]
		}
	}
}

// sum adds a component of a row, at every channels-th byte, to the sums of its squares.
func (b *Box) sum(sums []uint32, row []byte) {
	o := 0
	for i := range sums {
		s := uint32(0)
		for end := min(o+b.factor*b.channels, len(row)); o < end; o += b.channels {
			s += uint32(row[o])
		}
		sums[i] += s
	}
}
