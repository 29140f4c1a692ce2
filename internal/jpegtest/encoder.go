package jpegtest

import (
	"cmp"
	"encoding/binary"
	"math/bits"
	"slices"
)

// Marker appends a marker segment.
func Marker(out []byte, code byte, parameters ...byte) []byte {
	out = append(out, 0xff, code)
	out = binary.BigEndian.AppendUint16(out, uint16(len(parameters)+2))
	return append(out, parameters...)
}

// Encode writes the file.
func (m *Image) Encode() []byte {
	out := append([]byte{0xff, 0xd8}, m.Segments...)
	if m.JFIF {
		out = Marker(out, 0xe0, []byte("JFIF\x00\x01\x02\x00\x00\x01\x00\x01\x00\x00")...)
	}
	if m.Adobe >= 0 {
		out = Marker(out, 0xee, append([]byte("Adobe\x00\x64\x00\x00\x00\x00"), byte(m.Adobe))...)
	}
	for t, q := range m.Quant {
		p := []byte{byte(t)}
		if m.Quant16 {
			p[0] |= 0x10
		}
		for _, step := range q {
			if m.Quant16 {
				p = append(p, byte(step>>8))
			}
			p = append(p, byte(step))
		}
		out = Marker(out, 0xdb, p...)
	}
	height := m.Height
	if m.LateHeight {
		height = 0
	}
	p := []byte{8, byte(height >> 8), byte(height), byte(m.Width >> 8), byte(m.Width), byte(len(m.Components))}
	for _, c := range m.Components {
		p = append(p, c.ID, byte(c.H<<4|c.V), byte(c.Quant))
	}
	sof := byte(0xc1)
	if m.Progressive {
		sof = 0xc2
	}
	out = Marker(out, sof, p...)
	if m.Interval > 0 {
		out = Marker(out, 0xdd, byte(m.Interval>>8), byte(m.Interval))
	}
	for i, s := range m.Scans {
		out = m.EncodeScan(out, s)
		if i == 0 && m.LateHeight {
			out = Marker(out, 0xdc, byte(m.Height>>8), byte(m.Height))
		}
	}
	return append(out, 0xff, 0xd9)
}

// EncodeScan writes a scan and, before it, the tables that it needs.
func (m *Image) EncodeScan(out []byte, s Scan) []byte {
	w := &scanWriter{m: m, s: s}
	w.units() // only counts
	w.writing = true
	for t := range w.count {
		var p []byte
		if p, w.code[t] = assignCodes(w.count[t]); p != nil {
			out = Marker(out, 0xc4, append([]byte{byte(t>>1)<<4 | byte(t&1)}, p...)...)
		}
	}
	p := []byte{byte(len(s.Components))}
	for _, c := range s.Components {
		p = append(p, m.Components[c].ID, byte(min(c, 1)*0x11))
	}
	out = Marker(out, 0xda, append(p, byte(s.SS), byte(s.SE), byte(s.AH<<4|s.AL))...)
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

// scanWriter writes the entropy-coded segments of a scan. Tables 0 and 1 are for DC, 2 and 3 for
// AC.
type scanWriter struct {
	m       *Image
	s       Scan
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
	first := &m.Components[s.Components[0]]
	unitsX, unitsY := first.BlocksX/first.H, first.BlocksY/first.V
	if len(s.Components) == 1 {
		unitsX, unitsY = (first.Width+7)/8, (first.Height+7)/8
	}
	w.pred = [4]int{}
	for unit := range unitsX * unitsY {
		if m.Interval > 0 && unit > 0 && unit%m.Interval == 0 {
			w.align()
			if w.writing {
				w.out = append(w.out, 0xff, 0xd0+byte((unit/m.Interval-1)&7))
			}
			w.pred = [4]int{}
		}
		x, y := unit%unitsX, unit/unitsX
		for i, index := range s.Components {
			c := &m.Components[index]
			h, v := c.H, c.V
			if len(s.Components) == 1 {
				h, v = 1, 1
			}
			w.table = min(index, 1)
			for j := range h * v {
				w.block(&c.Blocks[(y*v+j/h)*c.BlocksX+x*h+j%h], &w.pred[i])
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
	if s.SS == 0 {
		if s.AH > 0 {
			w.bits(b[0]>>s.AL, 1)
		} else {
			value := b[0] >> s.AL
			size := bits.Len(uint(max(value-*pred, *pred-value)))
			w.symbol(0, size)
			w.magnitude(value-*pred, size)
			*pred = value
		}
	}
	switch {
	case s.AH > 0 && s.SS > 0:
		w.refine(b)
	case s.SE > 0:
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
	for k := max(w.s.SS, 1); k <= w.s.SE; k++ {
		value := b[k] / (1 << w.s.AL) // towards zero
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
	if !w.m.Progressive || w.eobRun == 1<<15-1 || len(w.pending) > 900 {
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
	for k := w.s.SS; k <= w.s.SE; k++ {
		if max(b[k], -b[k])>>w.s.AL == 1 {
			last = k
		}
	}
	run := 0
	var own []int // correction bits of this block, behind its next code
	for k := w.s.SS; k <= w.s.SE; k++ {
		value := max(b[k], -b[k]) >> w.s.AL
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
