package jpegscale

import (
	"context"
	"errors"
	"sync"
)

// scan is one pass over some components (B.2.3).
type scan struct {
	d          *decoder
	components []scanComponent
	// mcusX and mcusY count the minimum coded units. Those of a scan of one component are its
	// blocks (A.2.2), whatever its sampling factors.
	mcusX, mcusY int
	// Of progressive frames: the band of coefficients, and the successive approximation's bit
	// positions, high and low.
	ss, se   int
	high, al uint
	// decode reads the units from x0 to x1 of a row.
	decode func(s *scan, r *reader, row, x0, x1 int) error
}

type scanComponent struct {
	*component
	h, v   int // blocks of this component in a unit
	dc, ac *huffman
	quant  *[64]int32
}

// reader decodes a run of restart intervals.
type reader struct {
	bits   bitReader
	pred   [4]int32 // DC predictions of the scan's components (F.1.1.5.1)
	eobRun int      // blocks still to be passed over (G.1.2.2)
	block  [64]int32
}

var (
	errBadCode       = errors.New("a Huffman code that the table does not have")
	errBadDC         = errors.New("a DC difference of more than 16 bits")
	errShort         = errors.New("not enough data")
	errLeftOver      = errors.New("data is left over at the end of a restart interval")
	errBadRefinement = errors.New("a refining scan with a code that fits no coefficient")
)

// readScans reads everything behind the header.
func (d *decoder) readScans(ctx context.Context) error {
	d.budget = scanWork*d.blocks() + 8*len(d.data) + freeWork
	for {
		whole := d.whole()
		code, segment, err := d.nextSegment()
		if err == nil && code == markerEOI {
			break
		}
		var s *scan
		if err == nil {
			s, err = d.readSOS(segment)
		}
		if err != nil && whole && d.budget >= 0 {
			// No end marker: nothing, zeros or a program's trailer follow the picture.
			break
		}
		if err != nil {
			return err
		}
		if err := s.run(ctx); err != nil {
			return err
		}
	}
	for i := range d.components {
		c := &d.components[i]
		if !c.scanned {
			// As if all coefficients were zero.
			for i := range c.pix {
				c.pix[i] = 128
			}
			continue
		}
		if d.progressive {
			if err := d.reconstruct(ctx, c); err != nil {
				return err
			}
		}
	}
	return nil
}

// readSOS reads the scan header, B.2.3.
func (d *decoder) readSOS(p []byte) (*scan, error) {
	if len(p) < 1 || p[0] < 1 || p[0] > 4 || len(p) != 4+2*int(p[0]) {
		return nil, corrupt("SOS of %d bytes", len(p))
	}
	s := &scan{d: d, se: 63, mcusX: d.mcusX, mcusY: d.mcusY}
	count := int(p[0])
	if d.progressive {
		s.ss, s.se = int(p[1+2*count]), int(p[2+2*count])
		s.high, s.al = uint(p[3+2*count]>>4), uint(p[3+2*count]&15)
	}
	blocks := 0
	for i := range count {
		c, err := d.scanComponent(s, p[1+2*i], p[2+2*i])
		if err != nil {
			return nil, err
		}
		for _, other := range s.components {
			if other.component == c.component {
				return nil, corrupt("component %d twice in a scan", c.id)
			}
		}
		blocks += c.h * c.v
		s.components = append(s.components, c)
	}
	if count == 1 {
		c := &s.components[0]
		c.h, c.v = 1, 1
		s.mcusX, s.mcusY = c.blocksX, c.blocksY
	} else if blocks > 10 {
		return nil, corrupt("%d blocks in a minimum coded unit", blocks)
	}
	if d.progressive {
		return s, s.progressive()
	}
	s.decode = (*scan).sequential
	return s, nil
}

func (d *decoder) scanComponent(s *scan, id, tables byte) (scanComponent, error) {
	for i := range d.components {
		c := &d.components[i]
		if c.id != id {
			continue
		}
		td, ta := int(tables>>4), int(tables&15)
		if td > 3 || ta > 3 {
			return scanComponent{}, corrupt("Huffman tables %d and %d", td, ta)
		}
		sc := scanComponent{component: c, h: c.h, v: c.v, dc: &d.dc[td], ac: &d.ac[ta], quant: &d.quant[c.tq].steps}
		if s.ss == 0 && s.high == 0 {
			if err := d.prepare(sc.dc, true); err != nil {
				return sc, err
			}
		}
		if s.se > 0 {
			if err := d.prepare(sc.ac, false); err != nil {
				return sc, err
			}
		}
		if !d.progressive && !d.quant[c.tq].defined {
			return sc, noQuantTable(c)
		}
		c.scanned = true
		return sc, nil
	}
	return scanComponent{}, corrupt("a scan of component %d, which the frame does not have", id)
}

// noQuantTable is the error for a component that cannot be scaled back. Such files are
// meant to be put together with tables from elsewhere (annex B.4).
func noQuantTable(c *component) error {
	return unsupported("abbreviated format: quantization table %d is not defined", c.tq)
}

// prepare makes a table ready for a scan.
func (d *decoder) prepare(h *huffman, dc bool) error {
	if !h.defined {
		return corrupt("a Huffman table that is not defined")
	}
	if !h.built {
		if err := d.spend(tableWork); err != nil {
			return err
		}
		h.build(dc)
	}
	return nil
}

func (s *scan) mcus() int { return s.mcusX * s.mcusY }

// run decodes the scan and leaves the decoder behind it.
func (s *scan) run(ctx context.Context) error {
	d := s.d
	if d.interval > 0 && d.parallel > 1 {
		if parts := s.split(d.data[d.pos:], d.parallel); parts != nil {
			return s.runParallel(ctx, parts)
		}
	}
	r := d.reader(0)
	r.start(d.data[d.pos:])
	mcu, err := r.run(ctx, s, 0, s.mcus())
	if err != nil {
		return s.failed(ctx, r, mcu, err)
	}
	s.finish(r)
	return nil
}

// finish takes the scan's end over from the reader that came to it.
func (s *scan) finish(r *reader) {
	s.d.pos = len(s.d.data) - len(r.bits.src)
	s.arrive()
}

// failed makes the error of a scan that could not be decoded.
func (s *scan) failed(ctx context.Context, r *reader, mcu int, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if _, ok := errors.AsType[*Error](err); ok {
		return err
	}
	if err == errLeftOver {
		return corrupt("%v", err)
	}
	// What looks like a bad code may be the zeros behind the end.
	if err != errShort && !r.bits.nearEnd() {
		return corrupt("%v", err)
	}
	switch code, _ := r.bits.marker(); {
	case code == 0 || code == markerEOI:
		return truncated(s.fraction(mcu), "in the middle of the picture")
	case code >= markerRST0 && code <= markerRST7:
		return corrupt("a restart interval without enough data")
	default:
		return corrupt("marker %#x in the middle of a scan", code)
	}
}

// reader returns one of the decoder's readers.
func (d *decoder) reader(i int) *reader {
	for len(d.readers) <= i {
		d.readers = append(d.readers, new(reader))
	}
	return d.readers[i]
}

// start begins at the first byte of a restart interval.
func (r *reader) start(src []byte) {
	r.bits.start(src)
	r.pred = [4]int32{}
	r.eobRun = 0
}

// run decodes the units from mcu to end and returns how far it got, give or take a row.
func (r *reader) run(ctx context.Context, s *scan, mcu, end int) (int, error) {
	interval := s.d.interval
	for mcu < end {
		row, x := mcu/s.mcusX, mcu%s.mcusX
		if err := ctx.Err(); err != nil {
			return mcu, err
		}
		stop := min(end, mcu-x+s.mcusX)
		if interval > 0 {
			stop = min(stop, mcu-mcu%interval+interval)
		}
		if err := s.decode(s, r, row, x, x+stop-mcu); err != nil {
			return mcu, err
		}
		if r.bits.overrun() {
			return mcu, errShort
		}
		mcu = stop
		if interval > 0 && mcu%interval == 0 && mcu < end {
			if err := r.restart(mcu/interval - 1); err != nil {
				return mcu, err
			}
		}
	}
	return mcu, nil
}

// restart goes on behind the marker at the end of restart interval number i. Data that is left
// before it, and is more than padding, was not read as it was written: image/jpeg passes over it,
// libvips refuses it.
func (r *reader) restart(i int) error {
	if !r.bits.exhausted() {
		return errLeftOver
	}
	want := markerRST0 + byte(i&7)
	switch code, rest := r.bits.marker(); code {
	case want:
		r.start(rest)
		return nil
	case 0, markerEOI:
		return errShort
	default:
		return corrupt("marker %#x in place of %#x", code, want)
	}
}

// parallelMinimum is the size of a scan in bytes below which goroutines do not pay.
const parallelMinimum = 256 << 10

// runParallel decodes the scan's restart intervals, which do not depend on each other, on a
// goroutine for each part. A panic on one of them is passed on to the caller's goroutine, who may
// know what to do with it.
func (s *scan) runParallel(ctx context.Context, parts []part) error {
	mcus, errs, panics := make([]int, len(parts)), make([]error, len(parts)), make([]any, len(parts))
	s.d.reader(len(parts) - 1) // makes them all
	var group sync.WaitGroup
	for i, p := range parts {
		end := s.mcus()
		if i+1 < len(parts) {
			end = parts[i+1].mcu
		}
		group.Go(func() {
			defer func() { panics[i] = recover() }()
			r := s.d.readers[i]
			r.start(p.src)
			mcus[i], errs[i] = r.run(ctx, s, p.mcu, end)
			if errs[i] == nil && end < s.mcus() && !r.bits.exhausted() {
				errs[i] = errLeftOver
			}
		})
	}
	group.Wait()
	for i, err := range errs {
		if panics[i] != nil {
			panic(panics[i])
		}
		if err != nil {
			return s.failed(ctx, s.d.readers[i], mcus[i], err)
		}
	}
	s.finish(s.d.readers[len(parts)-1])
	return nil
}

// part is where one goroutine begins.
type part struct {
	mcu int
	src []byte
}

// split finds the beginnings of some equal parts of the scan. There are none if the scan is
// small or its restart markers are not what they should be: then the way from the first to
// the last is the one to find out what is wrong.
func (s *scan) split(data []byte, count int) []part {
	interval := s.d.interval
	intervals := ceilDiv(s.mcus(), interval)
	count = min(count, intervals)
	if count < 2 || len(data) < parallelMinimum {
		return nil
	}
	parts := []part{{0, data}}
	rest := data
	for i := 1; i < intervals; i++ {
		code := nextMarker(rest)
		if code < 0 || rest[code] != markerRST0+byte((i-1)&7) {
			return nil
		}
		rest = rest[code+1:]
		if i == len(parts)*intervals/count {
			parts = append(parts, part{i * interval, rest})
		}
	}
	if len(data)-len(rest) < parallelMinimum {
		return nil
	}
	return parts
}
