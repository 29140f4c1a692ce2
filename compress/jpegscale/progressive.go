package jpegscale

import "context"

// progressive prepares a scan of a progressive frame, annex G.
//
// All coefficients of a picture would take two bytes a sample, so only the coefficients that the
// component's scale needs are kept. The others are passed over; where later scans refine them, one
// bit remembers that a coefficient is not zero.
func (s *scan) progressive() error {
	switch {
	case s.se > 63 || s.ss > s.se || s.ss == 0 && s.se != 0:
		return corrupt("a scan of the coefficients %d to %d", s.ss, s.se)
	case s.ss > 0 && len(s.components) > 1:
		return corrupt("a scan of AC coefficients of %d components", len(s.components))
	case s.high > 0 && s.high != s.al+1:
		return corrupt("a scan that refines bit %d to bit %d", s.high, s.al)
	}
	visits := 0
	for _, c := range s.components {
		visits += s.mcus() * c.h * c.v
		s.d.keepCoefficients(c.component)
	}
	if err := s.d.spend(visits); err != nil {
		return err
	}
	switch {
	case s.ss == 0 && s.high == 0:
		s.decode = (*scan).firstDC
	case s.ss == 0:
		s.decode = (*scan).refineDC
	case s.high == 0:
		if s.al > 0 {
			s.d.keepNonZero(s.components[0].component)
		}
		s.decode = (*scan).firstAC
	default:
		for k := s.ss; k <= s.se; k++ {
			if s.components[0].arrived[k] == complete {
				return corrupt("a scan that refines coefficient %d, which is complete", k)
			}
		}
		s.d.keepNonZero(s.components[0].component)
		s.decode = (*scan).refineAC
	}
	return nil
}

// keepCoefficients makes room for a component's coefficients.
func (d *decoder) keepCoefficients(c *component) {
	if c.coefficients != nil {
		return
	}
	i, size := c.index, c.paddedX*c.paddedY*len(c.corner)
	if cap(d.coefficients[i]) < size {
		d.coefficients[i] = make([]int16, size)
	}
	c.coefficients = d.coefficients[i][:size]
	clear(c.coefficients)
}

// keepNonZero makes room for remembering which of a component's coefficients are not zero.
func (d *decoder) keepNonZero(c *component) {
	if c.nonZero != nil {
		return
	}
	i, size := c.index, c.paddedX*c.paddedY
	if cap(d.nonZero[i]) < size {
		d.nonZero[i] = make([]uint64, size)
	}
	c.nonZero = d.nonZero[i][:size]
	clear(c.nonZero)
}

// firstDC decodes units of the first scan of DC coefficients, G.1.2.1.
func (s *scan) firstDC(r *reader, row, x0, x1 int) error {
	for x := x0; x < x1; x++ {
		if !r.bits.ready() {
			return errShort
		}
		for i := range s.components {
			c := &s.components[i]
			for v := range c.v {
				for h := range c.h {
					if err := r.dcDifference(c.dc, &r.pred[i]); err != nil {
						return err
					}
					c.coefficients[c.block(x*c.h+h, row*c.v+v)*len(c.corner)] = int16(r.pred[i] << s.al)
				}
			}
		}
	}
	return nil
}

// block is the number of a block.
func (c *component) block(bx, by int) int { return by*c.paddedX + bx }

// dcDifference reads a DC difference and adds it to the prediction (F.2.2.1).
func (r *reader) dcDifference(dc *huffman, pred *int32) error {
	acc, n, pos := refill(r.bits.buf, r.bits.acc, r.bits.n, r.bits.pos)
	size, length := dc.symbol(acc)
	if length == 0 {
		return errBadCode
	}
	if size > 16 {
		return errBadDC
	}
	acc <<= length
	*pred += extend(uint32(acc>>32>>(32-size)), uint32(size))
	r.bits.acc, r.bits.n, r.bits.pos = acc<<size, n-length-size, pos
	return nil
}

// refineDC decodes units of a later scan of DC coefficients: one bit for each, G.1.2.1.
func (s *scan) refineDC(r *reader, row, x0, x1 int) error {
	for x := x0; x < x1; x++ {
		if !r.bits.ready() {
			return errShort
		}
		for i := range s.components {
			c := &s.components[i]
			for v := range c.v {
				for h := range c.h {
					c.coefficients[c.block(x*c.h+h, row*c.v+v)*len(c.corner)] |= int16(r.take(1) << s.al)
				}
			}
		}
	}
	return nil
}

// take reads up to 32 bits.
func (r *reader) take(count uint) uint32 {
	acc, n, pos := refill(r.bits.buf, r.bits.acc, r.bits.n, r.bits.pos)
	r.bits.acc, r.bits.n, r.bits.pos = acc<<count, n-count, pos
	return uint32(acc >> 32 >> (32 - count))
}

// firstAC decodes blocks of the first scan of a band of AC coefficients, G.1.2.2.
func (s *scan) firstAC(r *reader, row, x0, x1 int) error {
	c := &s.components[0]
	for x := x0; x < x1; x++ {
		if r.eobRun > 0 {
			empty := min(r.eobRun, x1-x)
			r.eobRun -= empty
			x += empty - 1
			continue
		}
		if !r.bits.ready() {
			return errShort
		}
		b := c.block(x, row)
		found, err := r.firstACBlock(s, c, c.coefficients[b*len(c.corner):][:len(c.corner)])
		if err != nil {
			return err
		}
		if c.nonZero != nil {
			c.nonZero[b] |= found
		}
	}
	return nil
}

// firstACBlock reads the band of a block. It keeps the coefficients that are needed, and one bit
// for each coefficient that is not zero.
func (r *reader) firstACBlock(s *scan, c *scanComponent, keep []int16) (found uint64, err error) {
	ac, place, al := c.ac, &c.place, s.al
	buf := r.bits.buf
	acc, n, pos := r.bits.acc, r.bits.n, r.bits.pos
	k, se := s.ss, s.se
	for k <= se {
		if s.al == 0 && k > c.last {
			// Nothing more of this block is kept, nor will it be refined.
			acc, n, pos, r.eobRun, err = ac.pass(buf, acc, n, pos, k, se)
			break
		}
		if n < 32 {
			acc, n, pos = refill(buf, acc, n, pos)
		}
		if e := ac.values[acc>>(64-lookupBits)]; e != 0 {
			k += int(e >> 10 & 63)
			if k > se {
				acc <<= e >> 6 & 15
				n -= uint(e >> 6 & 15)
				break
			}
			acc <<= e & 63
			n -= uint(e & 63)
			if value := int32(e) >> 16; value != 0 {
				found |= 1 << (k & 63)
				if p := place[k&63]; p >= 0 {
					keep[p] = int16(value << al)
				}
			}
			k++
			continue
		}
		symbol, length := ac.symbol(acc)
		if length == 0 {
			err = errBadCode
			break
		}
		acc <<= length
		n -= length
		run, size := int(symbol>>4), symbol&15
		if size == 0 && run < 15 {
			// The end of this band, in this block and in as many more as the bits say.
			r.eobRun = 1<<run - 1 + int(acc>>32>>(32-run))
			acc <<= run
			n -= uint(run)
			break
		}
		k += run
		if k > se {
			break
		}
		if size > 0 {
			found |= 1 << (k & 63)
			if p := place[k&63]; p >= 0 {
				keep[p] = int16(extend(uint32(acc>>32>>(32-size)), uint32(size)) << al)
			}
		}
		acc <<= size
		n -= size
		k++
	}
	r.bits.acc, r.bits.n, r.bits.pos = acc, n, pos
	return found, err
}

// reconstruct makes the samples of a component from its coefficients.
func (d *decoder) reconstruct(ctx context.Context, c *component) error {
	if !d.quant[c.tq].defined {
		return noQuantTable(c)
	}
	quant, taken := &d.quant[c.tq].steps, c.corner
	var block [64]int32
	for by := range c.paddedY {
		if err := ctx.Err(); err != nil {
			return err
		}
		for bx := range c.paddedX {
			kept := c.coefficients[c.block(bx, by)*len(taken):][:len(taken)]
			var ac int16
			for i, k := range taken {
				if i > 0 {
					ac |= kept[i]
				}
				block[k&63] = int32(kept[i]) * quant[k&63]
			}
			c.draw(&block, ac == 0, bx, by)
		}
	}
	return nil
}
