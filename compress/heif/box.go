package heif

import (
	"encoding/binary"
	"fmt"
)

// box is one box (ISO/IEC 14496-12, 4.2).
type box struct {
	kind    string
	content []byte
}

// boxes splits data into boxes. What is cut off at the end is left out; missing is how many bytes
// it lacks.
func boxes(data []byte) (all []box, missing uint64) {
	for len(data) >= 8 {
		size, head := uint64(binary.BigEndian.Uint32(data)), uint64(8)
		switch {
		case size == 1 && len(data) >= 16:
			size, head = binary.BigEndian.Uint64(data[8:]), 16
		case size == 0:
			size = uint64(len(data))
		}
		if size < head {
			break
		}
		if size > uint64(len(data)) {
			return all, size - uint64(len(data))
		}
		all = append(all, box{string(data[4:8]), data[head:size]})
		data = data[size:]
	}
	return all, 0
}

// inside splits the content of a box into boxes.
func inside(content []byte) []box {
	all, _ := boxes(content)
	return all
}

// find returns the content of the first box of a kind, following a path of kinds inwards.
func find(all []box, path ...string) []byte {
	for i, kind := range path {
		var content []byte
		for _, b := range all {
			if b.kind == kind {
				content = b.content
				break
			}
		}
		if i == len(path)-1 || content == nil {
			return content
		}
		all = inside(content)
	}
	return nil
}

// cut is a box that ends before its content does.
func cut(what string) error { return fmt.Errorf("%w: %s cut off", ErrCorrupt, what) }

// reader reads numbers of a box one after the other.
type reader struct {
	rest   []byte
	failed bool // the box ended too early
}

// number reads a number of 0 to 8 bytes.
func (r *reader) number(size int) (n uint64) {
	for _, b := range r.bytes(size) {
		n = n<<8 | uint64(b)
	}
	return n
}

func (r *reader) bytes(n int) []byte {
	if n < 0 || n > len(r.rest) {
		r.rest, r.failed = nil, true
		return nil
	}
	b := r.rest[:n]
	r.rest = r.rest[n:]
	return b
}

// fullBox reads version and flags, with which many boxes begin.
func (r *reader) fullBox() (version int, flags uint64) {
	v := r.number(4)
	return int(v >> 24), v & 0xffffff
}
