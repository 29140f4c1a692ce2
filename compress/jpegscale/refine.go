package jpegscale

import "math/bits"

// refineAC decodes blocks of a scan that brings one more bit of a band of AC coefficients, G.1.2.3.
//
// The bits of those that were not zero before stand between the codes of those that
// are from now on. Where they are follows from the bits of nonZero alone: a run passes over as
// many zeros as it says and over all others on the way.
func (s *scan) refineAC(r *reader, row, x0, x1 int) error {
	c := &s.components[0]
	band := ^uint64(0) << s.ss & (^uint64(0) >> (63 - s.se))
	for x := x0; x < x1; x++ {
		b := c.block(x, row)
		if r.eobRun > 0 && c.nonZero[b]&band == 0 {
			r.eobRun--
			continue
		}
		if !r.bits.ready() {
			return errShort
		}
		keep := c.coefficients[b*c.n*c.n:][:c.n*c.n]
		nonZero := c.nonZero[b]
		rest := band // the coefficients still to come
		if r.eobRun == 0 {
			var err error
			if rest, err = r.refineCodes(s, c, keep, &c.nonZero[b], band); err != nil {
				return err
			}
			nonZero = c.nonZero[b]
		}
		if r.eobRun > 0 {
			r.eobRun--
			r.correct(s, c, keep, nonZero&rest)
		}
	}
	return nil
}

// refineCodes reads the codes of a block, up to the end of the band or its EOB, and returns what
// of the band is left.
func (r *reader) refineCodes(s *scan, c *scanComponent, keep []int16, nonZero *uint64, rest uint64) (uint64, error) {
	was := *nonZero
	for rest != 0 {
		acc, n, pos := refill(r.bits.buf, r.bits.acc, r.bits.n, r.bits.pos)
		symbol, length := c.ac.symbol(acc)
		if length == 0 {
			return 0, errBadCode
		}
		acc <<= length
		n -= length
		run, size := symbol>>4, symbol&15
		negative := false
		switch {
		case size > 1:
			return 0, errBadRefinement
		case size == 1:
			negative = acc>>63 == 0
			acc <<= 1
			n--
		case run < 15:
			r.bits.acc, r.bits.n, r.bits.pos = acc<<run, n-run, pos
			r.eobRun = 1<<run + int(acc>>32>>(32-run))
			return rest, nil
		}
		r.bits.acc, r.bits.n, r.bits.pos = acc, n, pos
		zeros := rest &^ was
		for range run {
			zeros &= zeros - 1
		}
		if zeros == 0 {
			return 0, errBadRefinement
		}
		k := bits.TrailingZeros64(zeros)
		before := uint64(1)<<k - 1
		if passed := rest & was & before; passed != 0 {
			r.correct(s, c, keep, passed)
		}
		rest &^= before | 1<<k
		if size == 1 {
			*nonZero |= 1 << k
			if p := placeOf[c.n][k]; p >= 0 {
				if negative {
					keep[p] = -1 << s.al
				} else {
					keep[p] = 1 << s.al
				}
			}
		}
	}
	return 0, nil
}

// correct reads one bit for each of some coefficients, which are not zero, and applies those of
// them that are kept.
func (r *reader) correct(s *scan, c *scanComponent, keep []int16, which uint64) {
	for which != 0 {
		// As many as surely are in the accumulator at once.
		part := which
		if bits.OnesCount64(which) > 56 {
			part &= 1<<32 - 1
		}
		which &^= part
		acc, n, pos := refill(r.bits.buf, r.bits.acc, r.bits.n, r.bits.pos)
		count := uint(bits.OnesCount64(part))
		for kept := part & cornerBits[c.n]; kept != 0; kept &= kept - 1 {
			k := bits.TrailingZeros64(kept)
			i := bits.OnesCount64(part & (1<<k - 1))
			if acc<<i>>63 == 0 {
				continue
			}
			p := placeOf[c.n][k]
			if keep[p] >= 0 {
				keep[p] += 1 << s.al
			} else {
				keep[p] -= 1 << s.al
			}
		}
		r.bits.acc, r.bits.n, r.bits.pos = acc<<count, n-count, pos
	}
}
