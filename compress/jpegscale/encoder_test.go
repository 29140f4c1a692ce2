package jpegscale_test

import (
	"cmp"
	"encoding/binary"
	"math"
	"math/bits"
	"math/rand/v2"
	"slices"
)

// This file is an encoder for all that image/jpeg's does not write: any sampling factors,
// several scans, progressive ones with refinement, restart intervals, 16-bit tables. It
// keeps the coefficients, so that tests know what a decoder has to make of them.

// zigzagOrder is figure A.6.
var zigzagOrder = func() (order [64]int) {
	x, y := 0, 0
	for k := range order {
		order[k] = 8*y + x
		switch up := (x+y)%2 == 0; {
		case up && x == 7, !up && y == 7:
			if up {
				y++
			} else {
				x++
			}
		case up && y == 0:
			x++
		case !up && x == 0:
			y++
		case up:
			x, y = x+1, y-1
		default:
			x, y = x-1, y+1
		}
	}
	return order
}()

// testImage is a JPEG that is still to be written.
type testImage struct {
	width, height int
	components    []testComponent
	quant         [4][64]int // in zigzag order
	quant16       bool
	interval      int
	progressive   bool
	scans         []testScan
	jfif          bool
	adobe         int // transform, -1 for no marker
	lateHeight    bool
}

type testComponent struct {
	id            byte
	h, v, quant   int
	width, height int // in samples
	bw, bh        int // in blocks, padded
	blocks        [][64]int
	truths        [9][9][]float64 // of the blocks when they were first asked for
}

type testScan struct {
	components     []int
	ss, se, ah, al int
}

// newTestImage makes an image of something that has gradients, edges and noise. Sampling
// has a component's factors in two decimal digits.
func newTestImage(seed uint64, width, height, step int, sampling ...int) *testImage {
	m := &testImage{width: width, height: height, adobe: -1}
	hMax, vMax := 1, 1
	for _, hv := range sampling {
		hMax, vMax = max(hMax, hv/10), max(vMax, hv%10)
	}
	for t := range m.quant {
		for k := range 64 {
			m.quant[t][k] = step + step*k*(t+1)/16
		}
	}
	rng := rand.New(rand.NewPCG(seed, 0))
	all := testScan{se: 63}
	for i, hv := range sampling {
		c := testComponent{id: byte(i + 1), h: hv / 10, v: hv % 10, quant: i % 4}
		c.width, c.height = (width*c.h+hMax-1)/hMax, (height*c.v+vMax-1)/vMax
		c.bw, c.bh = (width+8*hMax-1)/(8*hMax)*c.h, (height+8*vMax-1)/(8*vMax)*c.v
		c.draw(rng, i, &m.quant[c.quant])
		m.components = append(m.components, c)
		all.components = append(all.components, i)
	}
	m.scans = []testScan{all}
	return m
}

// draw makes up the samples and transforms them.
func (c *testComponent) draw(rng *rand.Rand, i int, quant *[64]int) {
	fx, fy, noise := 2+6*rng.Float64(), 2+6*rng.Float64(), 4+30*rng.Float64()
	sample := func(x, y int) float64 {
		u, v := float64(min(x, c.width-1))/float64(c.width), float64(min(y, c.height-1))/float64(c.height)
		value := 100*math.Sin(fx*u+float64(i))*math.Cos(fy*v) + noise*(rng.Float64()-.5)*u
		if u > .6 && v > .3 && v < .7 {
			value = -value / 2
		}
		return value
	}
	c.blocks = make([][64]int, c.bw*c.bh)
	for b := range c.blocks {
		var f [64]float64
		for j := range f {
			f[j] = sample(b%c.bw*8+j%8, b/c.bw*8+j/8)
		}
		for k, vu := range zigzagOrder {
			var sum float64
			for j, value := range f {
				sum += value * wave(8, j%8, vu%8) * wave(8, j/8, vu/8)
			}
			c.blocks[b][k] = int(math.Round(sum / 4 / float64(quant[k])))
		}
	}
}

// waves[n][x][u] is C(u) cos((2x+1)u pi/2n), A.3.3.
var waves = func() (w [9][8][8]float64) {
	for n := 1; n <= 8; n++ {
		for x := range n {
			w[n][x][0] = math.Sqrt(.5)
			for u := 1; u < n; u++ {
				w[n][x][u] = math.Cos(float64((2*x+1)*u) * math.Pi / float64(2*n))
			}
		}
	}
	return w
}()

func wave(n, x, u int) float64 { return waves[n][x][u] }

// truth is the plane of a component at nx/8 of its width and ny/8 of its height: the inverse
// transform on so many points of the lowest coefficients, without rounding.
func (m *testImage) truth(i, nx, ny int) (samples []float64, stride int) {
	c := &m.components[i]
	stride = c.bw * nx
	if samples = c.truths[nx][ny]; samples != nil {
		return samples, stride
	}
	samples = make([]float64, c.bw*c.bh*nx*ny)
	c.truths[nx][ny] = samples
	for b := range c.blocks {
		for j := range nx * ny {
			var sum float64
			for k, vu := range zigzagOrder {
				if vu%8 < nx && vu/8 < ny && c.blocks[b][k] != 0 {
					sum += float64(c.blocks[b][k]*m.quant[c.quant][k]) * wave(nx, j%nx, vu%8) * wave(ny, j/nx, vu/8)
				}
			}
			samples[(b/c.bw*ny+j/nx)*stride+b%c.bw*nx+j%nx] = min(max(sum/4+128, 0), 255)
		}
	}
	return samples, stride
}

// usualScans is the script of libjpeg's cjpeg -progressive, for any number of components.
func (m *testImage) usualScans() {
	m.progressive = true
	all := m.scans[0].components
	m.scans = []testScan{{all, 0, 0, 0, 1}}
	for _, c := range all {
		one := []int{c}
		m.scans = append(m.scans, testScan{one, 1, 5, 0, 2}, testScan{one, 6, 63, 0, 2}, testScan{one, 1, 63, 2, 1})
	}
	m.scans = append(m.scans, testScan{all, 0, 0, 1, 0})
	for _, c := range all {
		m.scans = append(m.scans, testScan{[]int{c}, 1, 63, 1, 0})
	}
}

// spectralScans is a progression by frequency alone.
func (m *testImage) spectralScans() {
	m.progressive = true
	all := m.scans[0].components
	m.scans = []testScan{{all, 0, 0, 0, 0}}
	for _, c := range all {
		for _, band := range [][2]int{{1, 2}, {3, 9}, {10, 63}} {
			m.scans = append(m.scans, testScan{[]int{c}, band[0], band[1], 0, 0})
		}
	}
}

// separateScans gives each component a scan of its own.
func (m *testImage) separateScans() {
	m.scans = nil
	for i := range m.components {
		m.scans = append(m.scans, testScan{[]int{i}, 0, 63, 0, 0})
	}
}

func marker(out []byte, code byte, parameters ...byte) []byte {
	out = append(out, 0xff, code)
	out = binary.BigEndian.AppendUint16(out, uint16(len(parameters)+2))
	return append(out, parameters...)
}

// encode writes the file.
func (m *testImage) encode() []byte {
	out := []byte{0xff, 0xd8}
	if m.jfif {
		out = marker(out, 0xe0, []byte("JFIF\x00\x01\x02\x00\x00\x01\x00\x01\x00\x00")...)
	}
	if m.adobe >= 0 {
		out = marker(out, 0xee, append([]byte("Adobe\x00\x64\x00\x00\x00\x00"), byte(m.adobe))...)
	}
	for t, q := range m.quant {
		p := []byte{byte(t)}
		if m.quant16 {
			p[0] |= 0x10
		}
		for _, step := range q {
			if m.quant16 {
				p = append(p, byte(step>>8))
			}
			p = append(p, byte(step))
		}
		out = marker(out, 0xdb, p...)
	}
	height := m.height
	if m.lateHeight {
		height = 0
	}
	p := []byte{8, byte(height >> 8), byte(height), byte(m.width >> 8), byte(m.width), byte(len(m.components))}
	for _, c := range m.components {
		p = append(p, c.id, byte(c.h<<4|c.v), byte(c.quant))
	}
	sof := byte(0xc1)
	if m.progressive {
		sof = 0xc2
	}
	out = marker(out, sof, p...)
	if m.interval > 0 {
		out = marker(out, 0xdd, byte(m.interval>>8), byte(m.interval))
	}
	for i, s := range m.scans {
		out = m.encodeScan(out, s)
		if i == 0 && m.lateHeight {
			out = marker(out, 0xdc, byte(m.height>>8), byte(m.height))
		}
	}
	return append(out, 0xff, 0xd9)
}

// encodeScan writes a scan and, before it, the tables that it needs.
func (m *testImage) encodeScan(out []byte, s testScan) []byte {
	w := &scanWriter{m: m, s: s}
	w.units() // only counts
	w.writing = true
	for t := range w.count {
		var p []byte
		if p, w.code[t] = assignCodes(w.count[t]); p != nil {
			out = marker(out, 0xc4, append([]byte{byte(t>>1)<<4 | byte(t&1)}, p...)...)
		}
	}
	p := []byte{byte(len(s.components))}
	for _, c := range s.components {
		p = append(p, m.components[c].id, byte(min(c, 1)*0x11))
	}
	out = marker(out, 0xda, append(p, byte(s.ss), byte(s.se), byte(s.ah<<4|s.al))...)
	w.out = out
	w.units()
	return w.out
}

// assignCodes gives the more frequent symbols the shorter codes. The lengths are made up so that
// all from 2 to 15 occur.
func assignCodes(count [256]int) (table []byte, codes [256]huffmanCode) {
	var symbols []int
	for s, n := range count {
		if n > 0 {
			symbols = append(symbols, s)
		}
	}
	if len(symbols) == 0 {
		return nil, codes
	}
	slices.SortStableFunc(symbols, func(a, b int) int { return cmp.Compare(count[b], count[a]) })
	table = make([]byte, 16, 16+len(symbols))
	code, left := 0, symbols
	for length, n := range [17]int{2: 2, 3: 1, 4: 2, 5: 2, 6: 2, 7: 4, 8: 4, 9: 4, 10: 8, 11: 16, 12: 32, 13: 64, 14: 64, 15: 64} {
		for range min(n, len(left)) {
			codes[left[0]] = huffmanCode{code, length}
			table[length-1]++
			table = append(table, byte(left[0]))
			left = left[1:]
			code++
		}
		code <<= 1
	}
	return table, codes
}

type huffmanCode struct{ code, length int }

// scanWriter writes the entropy-coded segments of a scan. Tables 0 and 1 are for DC, 2 and 3 for AC.
type scanWriter struct {
	m       *testImage
	s       testScan
	writing bool
	count   [4][256]int
	code    [4][256]huffmanCode

	out     []byte
	acc     uint64
	n       int
	pred    [4]int
	table   int // of the current component: 0 or 1
	eobRun  int
	pending []int // correction bits that belong behind the pending run
}

func (w *scanWriter) bits(value, n int) {
	if !w.writing {
		return
	}
	w.acc, w.n = w.acc<<n|uint64(value)&(1<<n-1), w.n+n
	for w.n >= 8 {
		b := byte(w.acc >> (w.n - 8))
		w.out = append(w.out, b)
		if b == 0xff {
			w.out = append(w.out, 0)
		}
		w.n -= 8
	}
}

func (w *scanWriter) symbol(ac, symbol int) {
	t := 2*ac + w.table
	if w.writing {
		w.bits(w.code[t][symbol].code, w.code[t][symbol].length)
	} else {
		w.count[t][symbol]++
	}
}

// units codes all units of the scan, F.1.2 and annex G.
func (w *scanWriter) units() {
	m, s := w.m, w.s
	first := &m.components[s.components[0]]
	unitsX, unitsY := first.bw/first.h, first.bh/first.v
	if len(s.components) == 1 {
		unitsX, unitsY = (first.width+7)/8, (first.height+7)/8
	}
	w.pred = [4]int{}
	for unit := range unitsX * unitsY {
		if m.interval > 0 && unit > 0 && unit%m.interval == 0 {
			w.align()
			if w.writing {
				w.out = append(w.out, 0xff, 0xd0+byte((unit/m.interval-1)&7))
			}
			w.pred = [4]int{}
		}
		x, y := unit%unitsX, unit/unitsX
		for i, index := range s.components {
			c := &m.components[index]
			h, v := c.h, c.v
			if len(s.components) == 1 {
				h, v = 1, 1
			}
			w.table = min(index, 1)
			for j := range h * v {
				w.block(&c.blocks[(y*v+j/h)*c.bw+x*h+j%h], &w.pred[i])
			}
		}
	}
	w.align()
}

// align ends a segment.
func (w *scanWriter) align() {
	w.flushRun()
	if w.n > 0 {
		w.bits(1<<(8-w.n)-1, 8-w.n)
	}
}

func (w *scanWriter) block(b *[64]int, pred *int) {
	s := w.s
	if s.ss == 0 {
		if s.ah > 0 {
			w.bits(b[0]>>s.al, 1)
		} else {
			value := b[0] >> s.al
			size := bits.Len(uint(max(value-*pred, *pred-value)))
			w.symbol(0, size)
			w.magnitude(value-*pred, size)
			*pred = value
		}
	}
	switch {
	case s.ah > 0 && s.ss > 0:
		w.refine(b)
	case s.se > 0:
		w.ac(b)
	}
}

func (w *scanWriter) magnitude(value, size int) {
	if value < 0 {
		value--
	}
	w.bits(value, size)
}

// ac codes the band of a block, figure F.2 and G.3.
func (w *scanWriter) ac(b *[64]int) {
	run := 0
	for k := max(w.s.ss, 1); k <= w.s.se; k++ {
		value := b[k] / (1 << w.s.al) // towards zero
		if value == 0 {
			run++
			continue
		}
		w.flushRun()
		for ; run > 15; run -= 16 {
			w.symbol(1, 0xf0)
		}
		size := bits.Len(uint(max(value, -value)))
		w.symbol(1, run<<4|size)
		w.magnitude(value, size)
		run = 0
	}
	if run > 0 {
		w.endOfBand()
	}
}

func (w *scanWriter) endOfBand() {
	w.eobRun++
	if !w.m.progressive || w.eobRun == 1<<15-1 || len(w.pending) > 900 {
		w.flushRun()
	}
}

// flushRun codes the pending run of blocks without further codes, figure G.4, G.9.
func (w *scanWriter) flushRun() {
	if w.eobRun > 0 {
		size := bits.Len(uint(w.eobRun)) - 1
		w.symbol(1, size<<4)
		w.bits(w.eobRun, size)
		w.eobRun = 0
	}
	for _, b := range w.pending {
		w.bits(b, 1)
	}
	w.pending = w.pending[:0]
}

// refine codes one more bit of the band of a block, figure G.7.
func (w *scanWriter) refine(b *[64]int) {
	last := 0 // the last coefficient that becomes non-zero here
	for k := w.s.ss; k <= w.s.se; k++ {
		if max(b[k], -b[k])>>w.s.al == 1 {
			last = k
		}
	}
	run := 0
	var own []int // correction bits of this block, behind its next code
	for k := w.s.ss; k <= w.s.se; k++ {
		value := max(b[k], -b[k]) >> w.s.al
		if value == 0 {
			run++
			continue
		}
		for ; run > 15 && k <= last; run -= 16 {
			w.flushRun()
			w.symbol(1, 0xf0)
			w.flushBits(&own)
		}
		if value > 1 {
			own = append(own, value&1)
			continue
		}
		w.flushRun()
		w.symbol(1, run<<4|1)
		sign := 1
		if b[k] < 0 {
			sign = 0
		}
		w.bits(sign, 1)
		w.flushBits(&own)
		run = 0
	}
	if run > 0 || len(own) > 0 {
		w.pending = append(w.pending, own...)
		w.endOfBand()
	}
}

func (w *scanWriter) flushBits(own *[]int) {
	for _, b := range *own {
		w.bits(b, 1)
	}
	*own = (*own)[:0]
}
