package rawtest

import (
	"encoding/binary"
	"slices"
	"time"
)

// x3f has sections, the last of which is the preview, and a directory of them at its end.
func (f File) x3f() []byte {
	le := func(b []byte, list ...uint32) []byte {
		for _, n := range list {
			b = binary.LittleEndian.AppendUint32(b, n)
		}
		return b
	}
	b := le([]byte("FOVb"), 0x00020003)
	b = le(append(b, make([]byte, 16)...), 0, uint32(f.Width), uint32(f.Height), 0)
	b = append(b, make([]byte, 264-len(b))...)
	var directory []byte
	count := uint32(0)
	section := func(kind, format uint32, data []byte) {
		directory = append(le(directory, uint32(len(b)), uint32(28+len(data))), "IMA2"...)
		b = append(le(append(b, "SECi"...), 0x00020000, kind, format, uint32(f.Width), uint32(f.Height), 0), data...)
		b = append(b, make([]byte, (4-len(b)%4)%4)...)
		count++
	}
	section(3, 30, f.sensor())
	if f.JPEG != nil {
		t := newTIFF("II", "*\x00")
		section(2, 18, WithEXIF(f.JPEG, t.file(t.directory(0, f.image(t)...))))
	}
	at := uint32(len(b))
	b = le(append(b, "SECd"...), 0x00020000, count)
	return le(append(b, directory...), at)
}

// CRW returns the file as older Canons wrote it: a heap with heaps in it. A CRW has no EXIF, and no
// position.
func (f File) CRW() []byte {
	order := binary.LittleEndian
	heap := func(parts ...heapPart) []byte {
		var b []byte
		directory := order.AppendUint16(nil, uint16(len(parts)))
		for _, p := range parts {
			directory = order.AppendUint16(directory, p.tag)
			directory = order.AppendUint32(directory, uint32(len(p.data)))
			directory = order.AppendUint32(directory, uint32(len(b)))
			b = append(append(b, p.data...), make([]byte, len(p.data)%2)...)
		}
		at := len(b)
		return order.AppendUint32(append(b, directory...), uint32(at))
	}
	image := make([]byte, 28)
	order.PutUint32(image, uint32(f.Width))
	order.PutUint32(image[4:], uint32(f.Height))
	order.PutUint32(image[12:], map[int]uint32{6: 90, 3: 180, 8: 270}[f.Orientation])
	var taken []byte
	if t, err := time.Parse("2006:01:02 15:04:05", f.Taken); err == nil {
		taken = append(order.AppendUint32(nil, uint32(t.Unix())), make([]byte, 8)...)
	}
	properties := heap(
		heapPart{0x2807, heap(heapPart{0x080a, []byte(f.Make + "\x00" + f.Model + "\x00")})},
		heapPart{0x300a, heap(heapPart{0x180e, taken}, heapPart{0x1810, image})})
	parts := []heapPart{{0x300a, properties}, {0x2005, f.sensor()}}
	if f.JPEG != nil {
		parts = append(parts, heapPart{0x2007, f.JPEG})
	}
	head := order.AppendUint32([]byte("II"), 26)
	head = append(head, "HEAPCCDR"...)
	head = order.AppendUint32(head, 0x00010002)
	return slices.Concat(head, make([]byte, 26-len(head)), heap(parts...))
}

// heapPart is one value of a heap.
type heapPart struct {
	tag  uint16
	data []byte
}
