package jpegscale

// sequential decodes units of a baseline or extended sequential scan, F.2.1.
func (s *scan) sequential(r *reader, row, x0, x1 int) error {
	for x := x0; x < x1; x++ {
		if !r.bits.ready() {
			return errShort
		}
		for i := range s.components {
			c := &s.components[i]
			for v := range c.v {
				for h := range c.h {
					flat, err := r.sequentialBlock(c, &r.pred[i])
					if err != nil {
						return err
					}
					c.draw(&r.block, flat, x*c.h+h, row*c.v+v)
				}
			}
		}
	}
	return nil
}

// sequentialBlock reads the coefficients of a block (F.2.2) and leaves those up to c.last, scaled
// back by their quantization steps, in r.block in zigzag order. It is flat if there is none
// but DC.
func (r *reader) sequentialBlock(c *scanComponent, pred *int32) (flat bool, err error) {
	dc, block := c.dc, &r.block
	buf := r.bits.buf
	acc, n, pos := refill(buf, r.bits.acc, r.bits.n, r.bits.pos)

	// The DC difference, at most 16 + 16 bits.
	if e := dc.values[acc>>(64-lookupBits)]; e != 0 {
		acc <<= e & 63
		n -= uint(e & 63)
		*pred += int32(e) >> 16
	} else {
		size, length := dc.symbol(acc)
		if length == 0 {
			return false, errBadCode
		}
		if size > 16 {
			return false, errBadDC
		}
		acc <<= length
		*pred += extend(uint32(acc>>32>>(32-size)), uint32(size))
		acc <<= size
		n -= length + size
	}
	clear(block[:16])
	if c.last >= 16 {
		clear(block[16:])
	}
	block[0] = *pred * c.quant[0]

	acc, n, pos, k, err := c.ac.read(buf, acc, n, pos, block, c.quant, c.last)
	if k < 64 && err == nil {
		acc, n, pos, _, err = c.ac.pass(buf, acc, n, pos, k, 63)
	}
	r.bits.acc, r.bits.n, r.bits.pos = acc, n, pos
	return k == 64+1, err
}

// read reads the AC coefficients of a block up to last, or one behind it, and scales them. It
// returns the number of the next one, to which 64 is added if the block ended.
//
// It is on its own, like pass, so that all that its loop needs fits into registers.
func (h *huffman) read(buf []byte, acc uint64, n uint, pos int, block, quant *[64]int32, last int) (_ uint64, _ uint, _, k int, err error) {
	k = 1
	for k <= last {
		if n < 32 {
			acc, n, pos = refill(buf, acc, n, pos)
		}
		if e := h.values[acc>>(64-lookupBits)]; e != 0 {
			next := k + int(e>>10&63)
			if next > 63 {
				// The block's end. A run that leads past it is no error to
				// image/jpeg and libjpeg; as in the former, its value is not read.
				length := e >> 6 & 15
				return acc << length, n - uint(length), pos, k + 64, nil
			}
			acc <<= e & 63
			n -= uint(e & 63)
			block[next&63] = (int32(e) >> 16) * quant[next&63]
			k = next + 1
			continue
		}
		symbol, length := h.symbol(acc)
		if length == 0 {
			return acc, n, pos, k, errBadCode
		}
		acc <<= length
		n -= length
		run, size := int(symbol>>4), symbol&15
		if size == 0 && run < 15 {
			// EOB, or one of the codes that only progressive scans have, read like
			// there.
			return acc << run, n - uint(run), pos, k + 64, nil
		}
		next := k + run
		if next > 63 {
			return acc, n, pos, k + 64, nil
		}
		block[next&63] = extend(uint32(acc>>32>>(32-size)), uint32(size)) * quant[next&63]
		acc <<= size
		n -= size
		k = next + 1
	}
	return acc, n, pos, k, nil
}

// pass passes over the coefficients k to se of a block. Its eobRun is the number of
// blocks behind this one that have no code either (G.1.2.2).
//
// The reader's state comes and goes in registers.
func (h *huffman) pass(buf []byte, acc uint64, n uint, pos, k, se int) (_ uint64, _ uint, _, eobRun int, err error) {
	for k <= se {
		if n < 32 {
			acc, n, pos = refill(buf, acc, n, pos)
		}
		e := h.skips[acc>>(64-skipBits)]
		if next := k + int(e>>6); next <= se {
			acc <<= e & 63
			n -= uint(e & 63)
			k = next
			continue
		} else if next == se+1 || next > blockEnds && next <= blockEnds+se+1 {
			acc <<= e & 63
			n -= uint(e & 63)
			break
		}
		symbol, length := h.symbol(acc)
		if length == 0 {
			return acc, n, pos, 0, errBadCode
		}
		acc <<= length
		n -= length
		run, size := int(symbol>>4), symbol&15
		if size == 0 && run < 15 {
			eobRun = 1<<run - 1 + int(acc>>32>>(32-run))
			acc <<= run
			n -= uint(run)
			break
		}
		k += run
		if k > se {
			break
		}
		acc <<= size
		n -= size
		k++
	}
	return acc, n, pos, eobRun, nil
}
