package vp8l

// pixelReader reads the pixels of one entropy-coded picture, row by row (sections 3.6 and 3.7.3).
type pixelReader struct {
	r      *bitReader
	w      int
	groups []group
	groupMap

	cache colourCache

	buf   []uint32 // the last pixels, as ARGB
	pos   int      // how many of buf are there
	start int      // where the next row begins in buf
	x, y  int      // where the next pixel is in the picture
	left  int      // pixels that are still to come
}

const (
	maxLength = 4096
	window    = 1 << 20 // no distance is larger
)

// colourCache remembers pixels by a hash of theirs (section 3.6.2.3).
type colourCache struct {
	bits    int // 0 if the picture has none
	colours [1 << maxCacheBits]uint32
}

const maxCacheBits = 11

// size is how many places the cache has.
func (c *colourCache) size() int {
	if c.bits == 0 {
		return 0
	}
	return 1 << c.bits
}

func (c *colourCache) add(argb uint32) {
	const multiplier = 0x1e35a7bd
	c.colours[argb*multiplier>>uint(32-c.bits)&(1<<maxCacheBits-1)] = argb
}

// newPixelReader reads what comes before the pixels.
func newPixelReader(r *bitReader, w, h int, main bool) (*pixelReader, error) {
	p := &pixelReader{r: r, w: w, left: w * h}
	if r.flag() {
		p.cache.bits = r.read(4)
		if p.cache.bits < 1 || p.cache.bits > maxCacheBits {
			return nil, corrupt("a colour cache of a size that there is not")
		}
	}
	var err error
	if p.groups, p.groupMap, err = r.readGroups(w, h, p.cache.size(), main); err != nil {
		return nil, err
	}
	if r.overrun() {
		return nil, ErrTruncated
	}
	p.buf = make([]uint32, min(p.left, 2*window+w+maxLength))
	return p, nil
}

// next returns the next row, valid until the next call and not to be changed.
func (p *pixelReader) next() ([]uint32, error) {
	p.makeRoom()
	end := p.start + p.w
	for p.pos < end {
		if err := p.some(end); err != nil {
			return nil, err
		}
	}
	if p.r.overrun() {
		return nil, ErrTruncated
	}
	row := p.buf[p.start:end:end]
	p.start = end
	return row, nil
}

// makeRoom moves the pixels in buf forward unless there is room for a row and what a copy may add.
func (p *pixelReader) makeRoom() {
	drop := p.start - window
	if p.pos+p.left <= len(p.buf) || p.start+p.w+maxLength <= len(p.buf) || drop <= 0 {
		return
	}
	copy(p.buf, p.buf[drop:p.pos])
	p.pos -= drop
	p.start -= drop
}

// some reads pixels of one group: until a row or a tile ends, or until pixels are copied.
func (p *pixelReader) some(end int) error {
	g := &p.groups[0]
	n := min(p.w-p.x, end-p.pos)
	if p.tiles != nil {
		g = &p.groups[p.tiles[p.y>>p.bits*p.tilesX+p.x>>p.bits]]
		n = min(n, 1<<p.bits-p.x&(1<<p.bits-1))
	}
	done, symbol := p.r.literals(g, &p.cache, p.buf[p.pos:p.pos+n])
	p.advance(done)
	if done == n {
		return nil
	}
	return p.copy(g, symbol)
}

func (p *pixelReader) advance(n int) {
	p.pos += n
	p.left -= n
	p.x += n
	for p.x >= p.w {
		p.x -= p.w
		p.y++
	}
}

// literals reads pixels into dst, from their components or from the colour cache, until it is full
// or the symbol of a length comes.
//
// The reader's state is in variables. Without alpha a pixel takes 45 bits at most, and fill
// provides 56; alpha is mostly one value that takes none. Where there is no cache, what goes into
// it is never read, which is faster than asking each time.
func (r *bitReader) literals(g *group, cache *colourCache, dst []uint32) (done, symbol int) {
	if g.fixed && cache.bits == 0 {
		return r.greens(g, dst)
	}
	value, count := r.value, r.count
	alpha := g.rest &^ 0xffffff
	for i := range dst {
		if count < 3*maxCodeLength {
			r.value, r.count = value, count
			r.fill()
			value, count = r.value, r.count
		}
		green := g.green.root[uint8(value)]
		if green.bits() > rootBits {
			green = g.green.find2(value, green)
		}
		value >>= green.bits()
		count -= int(green.bits())
		if green >= firstLength<<8 {
			if green < firstCached<<8 {
				r.value, r.count = value, count
				return i, green.symbol()
			}
			argb := cache.colours[(green.symbol()-firstCached)&(1<<maxCacheBits-1)]
			dst[i] = argb
			cache.add(argb) // which only matters for a place that nothing was put into
			continue
		}
		red := g.red.root[uint8(value)]
		if red.bits() > rootBits {
			red = g.red.find2(value, red)
		}
		value >>= red.bits()
		blue := g.blue.root[uint8(value)]
		if blue.bits() > rootBits {
			blue = g.blue.find2(value, blue)
		}
		value >>= blue.bits()
		count -= int(red.bits() + blue.bits())
		if !g.alpha.single {
			r.value, r.count = value, count
			alpha = uint32(r.symbol(&g.alpha)) << 24
			value, count = r.value, r.count
		}
		argb := alpha | uint32(red>>8)<<16 | uint32(green>>8)<<8 | uint32(blue>>8)
		dst[i] = argb
		cache.add(argb)
	}
	r.value, r.count = value, count
	return len(dst), 0
}

// greens is literals where only green has a code, as in palettes and alpha, and there is no cache.
func (r *bitReader) greens(g *group, dst []uint32) (done, symbol int) {
	for i := range dst {
		s := r.symbol(&g.green)
		if s >= firstLength {
			return i, s
		}
		dst[i] = g.rest | uint32(s)<<8
	}
	return len(dst), 0
}

// copy repeats pixels from further up (section 3.6.2.2).
func (p *pixelReader) copy(g *group, symbol int) error {
	length := p.r.number(symbol - firstLength)
	from := p.pos - p.distance(p.r.number(p.r.symbol(&g.distance)))
	if from < 0 || length > p.left {
		return corrupt("a reference to pixels outside the picture")
	}
	dst := p.buf[p.pos : p.pos+length]
	if from+length <= p.pos {
		copy(dst, p.buf[from:])
	} else {
		src := p.buf[from:][:len(dst)]
		for i := range dst { // one by one: it repeats what it has just written
			dst[i] = src[i]
		}
	}
	if p.cache.bits > 0 {
		for _, argb := range dst {
			p.cache.add(argb)
		}
	}
	p.advance(length)
	return nil
}

// distance turns the code of a distance into a number of pixels. The first 120 codes are neighbours
// of the pixel above and around.
func (p *pixelReader) distance(code int) int {
	if code > len(neighbours) {
		return code - len(neighbours)
	}
	n := neighbours[code-1]
	return max(int(n>>4)*p.w+8-int(n&15), 1)
}

// neighbours holds the offsets of section 3.6.2.2: rows up above 4 bits with 8 minus the columns to
// the left.
var neighbours = [120]uint8{
	0x18, 0x07, 0x17, 0x19, 0x28, 0x06, 0x27, 0x29, 0x16, 0x1a, 0x26, 0x2a, 0x38, 0x05, 0x37, 0x39,
	0x15, 0x1b, 0x36, 0x3a, 0x25, 0x2b, 0x48, 0x04, 0x47, 0x49, 0x14, 0x1c, 0x35, 0x3b, 0x46, 0x4a,
	0x24, 0x2c, 0x58, 0x45, 0x4b, 0x34, 0x3c, 0x03, 0x57, 0x59, 0x13, 0x1d, 0x56, 0x5a, 0x23, 0x2d,
	0x44, 0x4c, 0x55, 0x5b, 0x33, 0x3d, 0x68, 0x02, 0x67, 0x69, 0x12, 0x1e, 0x66, 0x6a, 0x22, 0x2e,
	0x54, 0x5c, 0x43, 0x4d, 0x65, 0x6b, 0x32, 0x3e, 0x78, 0x01, 0x77, 0x79, 0x53, 0x5d, 0x11, 0x1f,
	0x64, 0x6c, 0x42, 0x4e, 0x76, 0x7a, 0x21, 0x2f, 0x75, 0x7b, 0x31, 0x3f, 0x63, 0x6d, 0x52, 0x5e,
	0x00, 0x74, 0x7c, 0x41, 0x4f, 0x10, 0x20, 0x62, 0x6e, 0x30, 0x73, 0x7d, 0x51, 0x5f, 0x40, 0x72,
	0x7e, 0x61, 0x6f, 0x50, 0x71, 0x7f, 0x60, 0x70,
}

// readTiles reads a picture whose pixels say something of tiles, and keeps of each what keep does.
func readTiles[T any](r *bitReader, w, h int, keep func(argb uint32) T) ([]T, error) {
	p, err := newPixelReader(r, w, h, false)
	if err != nil {
		return nil, err
	}
	tiles := make([]T, 0, w*h)
	for range h {
		row, err := p.next()
		if err != nil {
			return nil, err
		}
		for _, argb := range row {
			tiles = append(tiles, keep(argb))
		}
	}
	return tiles, nil
}
