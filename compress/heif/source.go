package heif

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
)

// source decodes a picture from its top to its bottom. Of one that is a grid of tiles it holds a
// row of them, a band; of any other the whole, where its decoder has put it.
type source struct {
	file  *file
	w, h  int
	plain bool
	grid  bool

	tileW, tileH, columns int
	tiles                 []*item
	pieces                []piece
	idle                  []*instance

	chroma uint32
	bits   [2]uint32
	colour *Coding // as the coded pictures have it, if they do
	top    int     // the first row of the band, -1 before there is one
	band   [3][]byte
	stride [3]int
	whole  *coded
	line   [3][]byte
}

// source prepares the decoding of an item.
func (f *file) source(i *item, o Options) (*source, error) {
	s := &source{file: f, plain: o.Plain, top: -1, columns: 1, tiles: []*item{i}}
	s.w, s.h = sizeOf(i.properties)
	if i.kind == "grid" {
		if err := s.readGrid(i); err != nil {
			return nil, err
		}
	}
	if s.w < 1 || s.h < 1 {
		return nil, fmt.Errorf("%w: a size of %d x %d", ErrCorrupt, s.w, s.h)
	}
	if s.w > o.MaxPixels/s.h {
		return nil, fmt.Errorf("%w: %d x %d", ErrTooManyPixels, s.w, s.h)
	}
	for _, t := range s.tiles {
		p, err := f.piece(t)
		if err != nil {
			return nil, err
		}
		s.pieces = append(s.pieces, p)
	}
	first := s.pieces[0]
	s.tileW, s.tileH = first.w, first.h
	for _, p := range s.pieces {
		if p.w != s.tileW || p.h != s.tileH || p.sandbox != first.sandbox {
			return nil, fmt.Errorf("%w: its tiles differ", ErrCorrupt)
		}
	}
	rows := len(s.tiles) / s.columns
	// Tiles cover the picture, and none lies outside of it.
	if s.columns*s.tileW < s.w || rows*s.tileH < s.h || (s.columns-1)*s.tileW >= s.w || (rows-1)*s.tileH >= s.h {
		return nil, fmt.Errorf("%w: its tiles do not fit", ErrCorrupt)
	}
	return s, nil
}

// readGrid reads a grid (ISO/IEC 23008-12, 6.6.2.3).
func (s *source) readGrid(i *item) error {
	content, err := s.file.content(i)
	if err != nil {
		return err
	}
	r := reader{rest: content}
	r.number(1)
	size := 2
	if r.number(1)&1 != 0 {
		size = 4
	}
	rows := int(r.number(1)) + 1
	s.columns = int(r.number(1)) + 1
	s.w, s.h = int(r.number(size)), int(r.number(size))
	if r.failed {
		return cut("its grid is")
	}
	of := s.file.derived[i.id]
	if len(of) != rows*s.columns {
		return fmt.Errorf("%w: %d tiles for a grid of %d x %d", ErrCorrupt, len(of), s.columns, rows)
	}
	s.grid, s.tiles = true, nil
	for _, id := range of {
		s.tiles = append(s.tiles, s.file.item(id))
	}
	return nil
}

// maxWorkers bounds how many tiles of a photo are decoded at once: others want processors too.
const maxWorkers = 4

// need is the memory that the source takes with so many workers, in bytes.
func (s *source) need(workers int) int64 {
	band := 0
	if s.grid {
		whole := piece{w: s.columns * s.tileW, h: s.tileH, chroma: s.pieces[0].chroma}
		band = whole.planes()
	}
	return int64(band) + int64(workers)*int64(s.each())
}

// each is what one decoder is given.
func (s *source) each() int {
	most := 0
	for i := range s.pieces {
		length := uint64(0)
		for _, e := range s.tiles[i].extents {
			length += min(e.length, uint64(len(s.file.data)))
		}
		length = min(length, uint64(len(s.file.data)))
		most = max(most, s.pieces[i].need(max(int(length), len(s.tiles[i].sample))))
	}
	return most
}

// workers is how many decoders are of use.
func (s *source) workers() int { return min(runtime.GOMAXPROCS(0), maxWorkers, s.columns) }

// open starts the decoders. The caller closes the source whatever comes of it.
func (s *source) open(ctx context.Context, workers int) error {
	limit := s.each()
	for range workers {
		i, err := s.pieces[0].sandbox.open(ctx, limit)
		if err != nil {
			return err
		}
		s.idle = append(s.idle, i)
	}
	return nil
}

func (s *source) close() {
	for _, i := range s.idle {
		i.close()
	}
	s.idle = nil
}

// load decodes the band of a row.
func (s *source) load(ctx context.Context, y int) error {
	row := y / s.tileH
	s.top = row * s.tileH
	if !s.grid {
		c, err := s.decode(ctx, s.idle[0], 0)
		if err != nil {
			return err
		}
		s.whole = c
		return s.fits(c)
	}
	first := row * s.columns
	// The first tile of all tells what the others must be like.
	begin := 0
	if s.band[0] == nil {
		c, err := s.decode(ctx, s.idle[0], first)
		if err != nil {
			return err
		}
		if err := s.fits(c); err != nil {
			return err
		}
		s.keep(c, 0)
		begin = 1
	}
	var next atomic.Int64
	next.Store(int64(begin))
	errs := make([]error, len(s.idle))
	var all sync.WaitGroup
	for n, i := range s.idle {
		all.Go(func() {
			for {
				column := int(next.Add(1)) - 1
				if column >= s.columns {
					return
				}
				c, err := s.decode(ctx, i, first+column)
				if err == nil {
					err = s.same(c)
				}
				if err != nil {
					errs[n] = err
					next.Store(int64(s.columns))
					return
				}
				s.keep(c, column)
			}
		})
	}
	all.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *source) decode(ctx context.Context, i *instance, tile int) (*coded, error) {
	content, err := s.file.content(s.tiles[tile])
	if err != nil {
		return nil, err
	}
	in, err := s.pieces[tile].input(content)
	if err != nil {
		return nil, err
	}
	c, err := i.run(ctx, in, s.plain)
	if err != nil {
		return nil, err
	}
	if int(c.width) < s.tileW || int(c.height) < s.tileH {
		return nil, fmt.Errorf("%w: a picture of %d x %d in place of %d x %d", ErrCorrupt, c.width, c.height, s.tileW, s.tileH)
	}
	return c, nil
}

// fits takes over what the first decoded picture is like.
func (s *source) fits(c *coded) error {
	s.chroma, s.bits = c.chroma, [2]uint32{c.lumaBits, c.chromaBits}
	if c.signalled != 0 {
		s.colour = &Coding{Primaries: int(c.primaries), Transfer: int(c.transfer), Matrix: int(c.matrix), FullRange: c.full != 0}
	}
	sx, sy := c.subsampling()
	width, height := s.tileW, 1
	if s.grid {
		width, height = s.columns*s.tileW, s.tileH
		if s.tileW%sx != 0 || s.tileH%sy != 0 {
			return fmt.Errorf("%w: tiles of %d x %d with halved chroma", ErrCorrupt, s.tileW, s.tileH)
		}
	}
	for p := range c.count() {
		w, h := width, height
		if p > 0 {
			w, h = (w+sx-1)/sx, (h+sy-1)/sy
		}
		if s.grid {
			s.band[p] = make([]byte, w*h)
		} else {
			s.line[p] = make([]byte, w)
		}
		s.stride[p] = w
	}
	return nil
}

func (s *source) same(c *coded) error {
	if c.chroma != s.chroma || c.lumaBits != s.bits[0] || c.chromaBits != s.bits[1] {
		return fmt.Errorf("%w: its tiles differ", ErrCorrupt)
	}
	return nil
}

// keep copies a tile into the band.
func (s *source) keep(c *coded, column int) {
	sx, sy := c.subsampling()
	for p := range c.count() {
		w, h := s.tileW, s.tileH
		if p > 0 {
			w, h = w/sx, h/sy
		}
		for y := range h {
			at := y*s.stride[p] + column*w
			c.row(p, y, s.band[p][at:at+w])
		}
	}
}

// subsampling says how many pixels a chroma sample covers.
func (s *source) subsampling() (x, y int) {
	c := coded{chroma: s.chroma}
	return c.subsampling()
}

// row returns row y of each plane, valid until the next call. Rows are asked for from the top
// to the bottom; bands between them are never decoded.
func (s *source) row(ctx context.Context, y int) (row [3][]byte, err error) {
	if s.top < 0 || y >= s.top+s.tileH {
		if err := s.load(ctx, y); err != nil {
			return row, err
		}
	}
	_, sy := s.subsampling()
	for p := range row {
		if p > 0 && s.chroma == 0 {
			break
		}
		at := y - s.top
		if p > 0 {
			at /= sy
		}
		if s.grid {
			row[p] = s.band[p][at*s.stride[p]:][:s.stride[p]]
			continue
		}
		s.whole.row(p, at, s.line[p])
		row[p] = s.line[p]
	}
	return row, nil
}
