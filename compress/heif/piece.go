package heif

import (
	"encoding/binary"
	"fmt"
)

// piece is a coded picture: a whole photo, or a tile of one.
type piece struct {
	sandbox *sandbox
	w, h    int
	chroma  int // 0 without, 1 for 4:2:0, 2 for 4:2:2, 3 for 4:4:4
	deep    bool
	head    []byte // the parameter sets of HEVC
	length  int    // bytes before each of its units; 0 for AV1
}

// maxPiece is the largest picture that is decoded in one piece: 67 megapixels. Cameras and phones
// write tiles; no level of HEVC or AV1 that a photo may have allows more than 36 (MIAF, annex A),
// and dav1d decodes no more on a machine of 32 bits, which the sandbox is.
const maxPiece = 8192 * 8192

// piece reads the properties of a coded item.
func (f *file) piece(i *item) (piece, error) {
	p := piece{}
	p.w, p.h = sizeOf(i.properties)
	if p.w < 1 || p.h < 1 {
		return p, fmt.Errorf("%w: a size of %d x %d", ErrCorrupt, p.w, p.h)
	}
	if p.w > maxPiece/p.h {
		return p, fmt.Errorf("%w: %d x %d pixels in one piece, of which %d million can be decoded", ErrMemory, p.w, p.h, maxPiece/1_000_000)
	}
	switch i.kind {
	case "hvc1", "hev1":
		return p, p.readHEVC(find(i.properties, "hvcC"))
	case "av01":
		return p, p.readAV1(find(i.properties, "av1C"))
	}
	return p, fmt.Errorf("%w: a picture of kind %q", ErrUnsupported, i.kind)
}

// readHEVC reads the configuration of an HEVC decoder (ISO/IEC 14496-15, 8.3.3.1).
func (p *piece) readHEVC(hvcC []byte) error {
	r := reader{rest: hvcC}
	r.bytes(16)
	p.chroma = int(r.number(1) & 3)
	luma, chroma := r.number(1)&7, r.number(1)&7
	p.sandbox = &hevc
	if p.deep = luma+chroma > 0; p.deep {
		p.sandbox = &hevcDeep
	}
	r.bytes(2)
	p.length = int(r.number(1)&3) + 1
	for range r.number(1) {
		r.number(1)
		for range r.number(2) {
			n := int(r.number(2))
			unit := r.bytes(n)
			if r.failed {
				return cut("its parameters are")
			}
			p.head = append(binary.BigEndian.AppendUint32(p.head, uint32(n)), unit...)
		}
	}
	if r.failed {
		return cut("its parameters are")
	}
	return nil
}

// readAV1 reads the configuration of an AV1 decoder (AV1 Codec ISO Media File Format Binding, 2.3).
func (p *piece) readAV1(av1C []byte) error {
	p.sandbox = &av1
	if len(av1C) < 4 {
		return cut("its parameters are")
	}
	switch flags := av1C[2]; {
	case flags&0x10 != 0:
		p.chroma = 0
	case flags&0x08 == 0:
		p.chroma = 3
	case flags&0x04 == 0:
		p.chroma = 2
	default:
		p.chroma = 1
	}
	p.deep = av1C[2]&0x40 != 0
	return nil
}

// input makes of an item's content what the decoder takes.
func (p *piece) input(content []byte) ([]byte, error) {
	if p.length == 0 {
		return content, nil
	}
	in := append(make([]byte, 0, len(p.head)+len(content)+16), p.head...)
	r := reader{rest: content}
	for len(r.rest) > 0 {
		n := int(r.number(p.length))
		unit := r.bytes(n)
		if r.failed {
			return nil, cut("a picture is")
		}
		in = append(binary.BigEndian.AppendUint32(in, uint32(n)), unit...)
	}
	return in, nil
}

// samples are those of the luma, filled up to whole blocks, and the bytes that they take.
func (p *piece) samples() (pixels, bytes int) {
	pixels = (p.w + 63) &^ 63 * ((p.h + 63) &^ 63)
	if p.deep {
		return pixels, 2 * pixels
	}
	return pixels, pixels
}

// planes is the size of the decoded pixels as the decoder holds them.
func (p *piece) planes() int {
	_, luma := p.samples()
	return luma + luma*[...]int{0, 1, 2, 4}[p.chroma]/2
}

// need is the memory that an instance is given for it: the planes, a copy of the luma for the
// filters, two bytes a pixel for what blocks are like (1.3 were measured, of HEVC), and the coded
// picture two times and a half.
func (p *piece) need(content int) int {
	pixels, luma := p.samples()
	return 4<<20 + p.planes() + luma + 2*pixels + 5*content/2
}
