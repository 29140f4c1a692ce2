package jpegscale

import "math/bits"

// refineAC decodes blocks of a scan that brings one more bit of a band of AC coefficients, G.1.2.3.
//
// Two kinds of coefficients alternate: one that was not zero before takes a bit, one that becomes
// so takes a code. nonZero alone says where the bits stand: a run passes over as many zeros as it
// says, and over all other coefficients on the way.
func (s *scan) refineAC(r *reader, row, x0, x1 int) error {
	c := &s.components[0]
	band := ^uint64(0) << s.ss & (^uint64(0) >> (63 - s.se))
	for x := x0; x < x1; x++ {
		b := c.block(x, row)
		was := c.nonZero[b] & band
		if r.eobRun > 0 && was == 0 {
			r.eobRun--
			continue
		}
		if !r.bits.ready() {
			return errShort
		}
		f := refinement{
			was: was, keep: c.coefficients[b*len(c.corner):][:len(c.corner)],
			corner: c.taken, place: &c.place, bit: 1 << s.al,
		}
		if r.eobRun == 0 {
			if err := r.refineCodes(c.ac, &f, band); err != nil {
				return err
			}
			c.nonZero[b] |= f.found
		}
		if r.eobRun > 0 {
			r.eobRun--
			r.correct(&f, was&(^uint64(0)<<f.from))
		}
	}
	return nil
}

// refinement is the work on one block.
type refinement struct {
	was   uint64 // the coefficients of the band that were not zero before
	found uint64 // those that are from now on
	from  uint   // the first one behind the codes

	keep   []int16 // the coefficients that are kept,
	corner uint64  // which of all these are,
	place  *[64]int8
	bit    int16 // 1 at the place of the scan's bit
}

// refineCodes reads the codes of a block, up to the end of the band or its EOB.
func (r *reader) refineCodes(ac *huffman, f *refinement, band uint64) (err error) {
	buf := r.bits.buf
	acc, n, pos := r.bits.acc, r.bits.n, r.bits.pos
	was, zeros := f.was, band&^f.was
	k, end := uint(bits.TrailingZeros64(band)), uint(bits.Len64(band))
decode:
	for k < end {
		acc, n, pos = refill(buf, acc, n, pos)
		e := ac.values[acc>>(64-lookupBits)]
		run, value := uint(e>>10&63), int32(e)>>16
		if e != 0 {
			acc <<= e & 63
			n -= uint(e & 63)
			if run == endOfBlock {
				r.eobRun = 1
				break
			}
		} else {
			symbol, length := ac.symbol(acc)
			if length == 0 {
				err = errBadCode
				break
			}
			acc <<= length
			n -= length
			run = symbol >> 4
			size := symbol & 15
			if size == 0 && run < 15 {
				r.eobRun = 1<<run + int(acc>>32>>(32-run))
				acc <<= run
				n -= run
				break
			}
			value = extend(uint32(acc>>32>>(32-size)), uint32(size))
			acc <<= size
			n -= size
		}
		if value < -1 || value > 1 {
			err = errBadRefinement
			break
		}

		// The coefficient that the code is for: zero number run, counted from k. Eight at a
		// time, since a loop over the run itself is one that no processor predicts.
		from := k
		ahead := zeros >> (k & 63)
		for {
			inByte := uint(oneNumber[ahead&255][8])
			if run < inByte {
				break
			}
			if ahead == 0 {
				err = errBadRefinement
				break decode
			}
			run -= inByte
			ahead >>= 8
			k += 8
		}
		k += uint(oneNumber[ahead&255][run&7])

		passed := was & (1<<(k&63) - 1) &^ (1<<(from&63) - 1)
		if count := uint(bits.OnesCount64(passed)); passed&f.corner == 0 && count <= n {
			acc <<= count & 63
			n -= count
		} else {
			r.bits.acc, r.bits.n, r.bits.pos = acc, n, pos
			r.correct(f, passed)
			acc, n, pos = r.bits.acc, r.bits.n, r.bits.pos
		}
		if value != 0 {
			f.found |= 1 << (k & 63)
			if f.corner>>(k&63)&1 != 0 {
				f.keep[f.place[k&63]] = f.bit * int16(value)
			}
		}
		k++
	}
	r.bits.acc, r.bits.n, r.bits.pos = acc, n, pos
	f.from = k
	return err
}

// oneNumber[b][i] is the place of one number i, counted from 0 and the lowest, among the
// bits of b; oneNumber[b][8] is how many there are.
var oneNumber = func() (t [256][9]uint8) {
	for b := range t {
		for place := range uint8(8) {
			if b>>place&1 == 1 {
				t[b][t[b][8]] = place
				t[b][8]++
			}
		}
	}
	return t
}()

// correct reads one bit for each of some coefficients, which are not zero, and applies those of
// them that are kept.
func (r *reader) correct(f *refinement, which uint64) {
	for which != 0 {
		// As many as surely are in the accumulator at once.
		part := which
		if bits.OnesCount64(which) > 56 {
			part &= 1<<32 - 1
		}
		which &^= part
		acc, n, pos := refill(r.bits.buf, r.bits.acc, r.bits.n, r.bits.pos)
		count := uint(bits.OnesCount64(part))
		for kept := part & f.corner; kept != 0; kept &= kept - 1 {
			k := bits.TrailingZeros64(kept)
			if acc<<bits.OnesCount64(part&(1<<k-1))>>63 == 0 {
				continue
			}
			if p := &f.keep[f.place[k]]; *p >= 0 {
				*p += f.bit
			} else {
				*p -= f.bit
			}
		}
		r.bits.acc, r.bits.n, r.bits.pos = acc<<count, n-count, pos
	}
}
