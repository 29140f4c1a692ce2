package jpegscale

import (
	"bytes"
	"encoding/binary"
)

const (
	// chunkSize is how much of the entropy-coded data is prepared at a time: small enough to
	// stay in the processor's first caches.
	chunkSize = 16 << 10
	// mcuMargin is more than the bytes of the longest minimum coded unit, of 10 blocks
	// (B.2.3) with 64 codes of 16 bits and 16 more bits each, and of a load behind them.
	mcuMargin = 10*64*4 + 64
)

// bitReader reads the bits of entropy-coded segments.
//
// Their bytes are copied chunk by chunk, without the zero that is stuffed behind every 0xFF
// (B.1.1.5), so that the inner loops load 64 bits at once without looking. Those loops keep acc, n
// and pos in registers. They may assume mcuMargin bytes behind pos once ready has returned true,
// and read zeros behind the end of a segment; whether they did is found out afterwards, by overrun.
type bitReader struct {
	// acc holds the next bits, the first of them highest; n of them count. Those below are
	// zero or already what the next load puts there.
	acc uint64
	n   uint
	// buf[pos:end] are the bytes that follow.
	buf      []byte
	pos, end int
	// src is what of the file was not copied yet. If ended is set, it begins with the marker
	// that ends the segment, or it is the file's end.
	src   []byte
	ended bool
}

// start begins a segment at the first byte of src.
func (r *bitReader) start(src []byte) {
	if r.buf == nil {
		r.buf = make([]byte, chunkSize+mcuMargin)
	}
	r.acc, r.n, r.pos, r.end, r.ended = 0, 0, 0, 0, false
	r.src = src
	r.copyChunk()
}

// copyChunk refills the buffer from the file. The segment must not have ended.
func (r *bitReader) copyChunk() {
	r.end = copy(r.buf, r.buf[r.pos:r.end])
	r.pos = 0
	for r.end < chunkSize && !r.ended {
		part := r.src[:min(len(r.src), chunkSize-r.end)]
		ff := bytes.IndexByte(part, 0xff)
		if ff < 0 {
			r.end += copy(r.buf[r.end:], part)
			r.src = r.src[len(part):]
			r.ended = len(r.src) == 0
			continue
		}
		r.end += copy(r.buf[r.end:], part[:ff])
		r.src = r.src[ff:]
		if len(r.src) < 2 || r.src[1] != 0 {
			r.ended = true
			continue
		}
		r.buf[r.end] = 0xff
		r.end++
		r.src = r.src[2:]
	}
	if r.ended {
		clear(r.buf[r.end : r.end+mcuMargin])
	}
}

// ready prepares the bytes of the next minimum coded unit. It is false if the bits
// that were read are already more than the segment has.
func (r *bitReader) ready() bool {
	if r.end-r.pos >= mcuMargin {
		return true
	}
	if !r.ended {
		r.copyChunk()
		return true
	}
	return !r.overrun()
}

// overrun reports whether more bits were read than the segment has.
func (r *bitReader) overrun() bool { return r.ended && 8*r.pos-int(r.n) > 8*r.end }

// exhausted reports whether the segment ends here: whether not more is left of it than the bits
// that fill up its last byte (F.1.2.3), and bytes that only pad. Some encoders align their segments
// with zeros, others with ones.
func (r *bitReader) exhausted() bool {
	for acc, n := r.acc<<(r.n%8), r.n/8; n > 0 && !r.overrun(); n-- {
		if !isPadding(byte(acc >> 56)) {
			return false
		}
		acc <<= 8
	}
	r.acc, r.n = 0, 0
	for {
		for _, b := range r.buf[min(r.pos, r.end):r.end] {
			if !isPadding(b) {
				return false
			}
		}
		r.pos = r.end
		if r.ended {
			return true
		}
		r.copyChunk()
	}
}

// isPadding reports whether a byte may fill up a segment.
func isPadding(b byte) bool { return b == 0 || b == 0xff }

// refill returns acc, n and pos with at least 56 bits in acc.
func refill(buf []byte, acc uint64, n uint, pos int) (uint64, uint, int) {
	acc |= binary.BigEndian.Uint64(buf[pos:]) >> (n & 63)
	return acc, n | 56, pos + int((63-n)>>3)
}

// nextMarker returns the offset of the next marker's code in data, skipping over everything
// else, stuffed zeros included. A marker is 0xFF, any number of them (B.1.1.2), and a
// code from 1 to 0xFE. It is -1 if there is none.
func nextMarker(data []byte) int {
	for i := 0; ; {
		ff := bytes.IndexByte(data[i:], 0xff)
		if ff < 0 {
			return -1
		}
		for i += ff; i < len(data) && data[i] == 0xff; i++ {
		}
		if i == len(data) {
			return -1
		}
		if data[i] != 0 {
			return i
		}
	}
}

// marker returns the code of the marker that ends the segment, and what follows it. Data
// that was not read is passed over. The code is 0 at the end of the file.
func (r *bitReader) marker() (code byte, rest []byte) {
	i := nextMarker(r.src)
	if i < 0 {
		return 0, nil
	}
	return r.src[i], r.src[i+1:]
}

// nearEnd reports whether a code that was just looked at may reach behind the end of the segment.
func (r *bitReader) nearEnd() bool { return r.ended && 8*r.pos-int(r.n)+32 > 8*r.end }
