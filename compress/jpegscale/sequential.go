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
	dc, ac, quant, last := c.dc, c.ac, c.quant, c.last
	block := &r.block
	buf := r.bits.buf
	acc, n, pos := refill(buf, r.bits.acc, r.bits.n, r.bits.pos)
	k := 1
	flat = true

	// The DC difference, at most 16 + 16 bits.
	if e := dc.values[acc>>(64-lookupBits)]; e != 0 {
		acc <<= e & 15
		n -= uint(e & 15)
		*pred += int32(e) >> 16
	} else {
		size, length := dc.symbol(acc)
		if length == 0 {
			err = errBadCode
			goto done
		}
		if size > 16 {
			err = errBadDC
			goto done
		}
		acc <<= length
		*pred += extend(uint32(acc>>32>>(32-size)), uint32(size))
		acc <<= size
		n -= length + size
	}
	clear(block[:last+1])
	block[0] = *pred * quant[0]

	// The AC coefficients that are needed.
	for k <= last {
		if n < 32 {
			acc, n, pos = refill(buf, acc, n, pos)
		}
		if e := ac.values[acc>>(64-lookupBits)]; e != 0 {
			k += int(e >> 8 & 255)
			if k > 63 {
				// The block's end. A run that leads past it is no error to image/jpeg and
				// libjpeg; as in the former, its value is not read.
				acc <<= e >> 4 & 15
				n -= uint(e >> 4 & 15)
				goto done
			}
			acc <<= e & 15
			n -= uint(e & 15)
			block[k&63] = (int32(e) >> 16) * quant[k&63]
			flat = false
			k++
			continue
		}
		symbol, length := ac.symbol(acc)
		if length == 0 {
			err = errBadCode
			goto done
		}
		acc <<= length
		n -= length
		run, size := int(symbol>>4), symbol&15
		if size == 0 && run < 15 {
			// EOB, or one of the codes that only progressive scans have, read like there.
			acc <<= run
			n -= uint(run)
			goto done
		}
		k += run
		if k > 63 {
			goto done
		}
		block[k&63] = extend(uint32(acc>>32>>(32-size)), uint32(size)) * quant[k&63]
		flat = false
		acc <<= size
		n -= size
		k++
	}

	acc, n, pos, _, err = ac.pass(buf, acc, n, pos, k, 63)
done:
	r.bits.acc, r.bits.n, r.bits.pos = acc, n, pos
	return flat, err
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
