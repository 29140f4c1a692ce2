package jpegscale

import "encoding/binary"

// Codes of markers, table B.1.
const (
	markerTEM   = 0x01
	markerSOF0  = 0xc0 // baseline
	markerSOF1  = 0xc1 // extended sequential
	markerSOF2  = 0xc2 // progressive
	markerDHT   = 0xc4
	markerJPG   = 0xc8
	markerDAC   = 0xcc
	markerSOF15 = 0xcf
	markerRST0  = 0xd0
	markerRST7  = 0xd7
	markerSOI   = 0xd8
	markerEOI   = 0xd9
	markerSOS   = 0xda
	markerDQT   = 0xdb
	markerDNL   = 0xdc
	markerDRI   = 0xdd
	markerDHP   = 0xde
	markerEXP   = 0xdf
	markerAPP0  = 0xe0
	markerAPP14 = 0xee
	markerSOF55 = 0xf7 // JPEG-LS, ITU-T T.87
)

// decoder is the work on one file.
type decoder struct {
	frame
	data []byte
	pos  int // of what was not read yet

	quant    [4]quantTable
	dc, ac   [4]huffman
	interval int // restart interval in minimum coded units, 0 for none

	parallel int
	readers  []*reader // reused by files and scans
	budget   int       // what is left of it, see work.go
	done     float64   // how much of the picture is decoded, in the same unit as whole

	coefficients [4][]int16 // reused by files
	nonZero      [4][]uint64
}

type quantTable struct {
	defined bool
	steps   [64]int32 // in zigzag order
}

// reset prepares for a file.
func (d *decoder) reset(data []byte) {
	d.frame = frame{components: d.components[:0]}
	d.data, d.pos, d.interval, d.done = data, 0, 0, 0
	for i := range d.quant {
		d.quant[i].defined, d.dc[i].defined, d.ac[i].defined = false, false, false
	}
}

// release keeps the decoder for the next file, but nothing of this one's bytes.
func (d *decoder) release() {
	d.data = nil
	for _, r := range d.readers {
		r.bits.src = nil
	}
	decoders.Put(d)
}

// readHeader reads up to the first scan, at whose marker it leaves pos.
func (d *decoder) readHeader() error {
	if len(d.data) < 2 || d.data[0] != 0xff || d.data[1] != markerSOI {
		return corrupt("no SOI marker")
	}
	d.pos = 2
	code, segment, err := d.nextSegment()
	if err != nil {
		return err
	}
	switch {
	case code == markerEOI:
		return corrupt("no SOS marker")
	case len(d.components) == 0:
		return corrupt("SOS before SOF")
	}
	if d.height == 0 {
		if err := d.findHeight(); err != nil {
			return err
		}
	}
	d.pos -= len(segment) + 4 // back to the marker
	d.setSizes()
	return nil
}

// nextSegment reads markers and their segments (B.1.1.4) up to SOS or EOI, whose code it
// returns, and for SOS its parameters. What is not a marker is passed over, as
// libjpeg does.
func (d *decoder) nextSegment() (code byte, segment []byte, err error) {
	for {
		i := nextMarker(d.data[d.pos:])
		if i < 0 {
			return 0, nil, truncated(d.fraction(), "before its end marker")
		}
		d.pos += i + 1
		code := d.data[d.pos-1]
		switch {
		case code == markerEOI:
			return code, nil, nil
		case code == markerSOI:
			return 0, nil, corrupt("a second SOI marker")
		case code == markerTEM || code >= markerRST0 && code <= markerRST7:
			continue // no parameters
		case code < markerSOF0:
			return 0, nil, corrupt("reserved marker %#x", code)
		}
		rest := d.data[d.pos:]
		if len(rest) < 2 {
			return 0, nil, truncated(d.fraction(), "in a marker segment")
		}
		length := int(binary.BigEndian.Uint16(rest))
		if length < 2 {
			return 0, nil, corrupt("marker %#x with length %d", code, length)
		}
		if length > len(rest) {
			return 0, nil, truncated(d.fraction(), "in a marker segment")
		}
		d.pos += length
		if code == markerSOS {
			return code, rest[2:length], nil
		}
		if err := d.parameters(code, rest[2:length]); err != nil {
			return 0, nil, err
		}
	}
}

// parameters reads a marker segment other than SOS.
func (d *decoder) parameters(code byte, s []byte) error {
	switch {
	case code <= markerSOF2:
		return d.readSOF(code, s)
	case code == markerDHT:
		return d.readDHT(s)
	case code == markerDAC:
		return nil // matters to arithmetic coding only
	case code == markerJPG || code <= markerSOF15:
		return unsupported("%s", processes[code])
	case code == markerDQT:
		return d.readDQT(s)
	case code == markerDRI:
		if len(s) != 2 {
			return corrupt("DRI of %d bytes", len(s))
		}
		d.interval = int(binary.BigEndian.Uint16(s))
	case code == markerDHP || code == markerEXP:
		return unsupported("hierarchical coding")
	case code == markerSOF55:
		return unsupported("JPEG-LS coding")
	case code == markerAPP0:
		d.jfif = d.jfif || len(s) >= 5 && string(s[:5]) == "JFIF\x00"
	case code == markerAPP14:
		// Adobe Technical Note 5116, section 18: version, two words of flags, transform.
		if len(s) >= 12 && string(s[:5]) == "Adobe" {
			d.adobe, d.adobeTransform = true, s[11]
		}
	}
	return nil // APPn, COM, DNL where it was not asked for, and what is to come
}

// processes names the kinds of coding that are not read, by the code of their SOF.
var processes = map[byte]string{
	0xc3: "lossless coding",
	0xc5: "hierarchical coding", 0xc6: "hierarchical coding", 0xc7: "hierarchical coding",
	0xc8: "an extension",
	0xc9: "arithmetic coding", 0xca: "arithmetic coding", 0xcb: "arithmetic coding",
	0xcd: "arithmetic coding", 0xce: "arithmetic coding", 0xcf: "arithmetic coding",
}

// readSOF reads the frame header, B.2.2.
func (d *decoder) readSOF(code byte, s []byte) error {
	if len(d.components) > 0 {
		return corrupt("a second SOF marker")
	}
	if len(s) < 6 {
		return corrupt("SOF of %d bytes", len(s))
	}
	if s[0] != 8 {
		return unsupported("%d bits a sample", s[0])
	}
	d.progressive = code == markerSOF2
	d.height, d.width = int(binary.BigEndian.Uint16(s[1:])), int(binary.BigEndian.Uint16(s[3:]))
	count := int(s[5])
	if d.width == 0 {
		return corrupt("a width of 0")
	}
	if len(s) != 6+3*count {
		return corrupt("SOF of %d bytes for %d components", len(s), count)
	}
	if count != 1 && count != 3 && count != 4 {
		return unsupported("%d components", count)
	}
	for i := range count {
		p := s[6+3*i:]
		c := component{index: i, id: p[0], h: int(p[1] >> 4), v: int(p[1] & 15), tq: p[2]}
		if c.h < 1 || c.h > 4 || c.v < 1 || c.v > 4 {
			return corrupt("sampling factors %d x %d", c.h, c.v)
		}
		if int(c.tq) >= len(d.quant) {
			return corrupt("quantization table %d", c.tq)
		}
		for _, other := range d.components {
			if other.id == c.id {
				return corrupt("two components %d", c.id)
			}
		}
		d.components = append(d.components, c)
	}
	return nil
}

// findHeight looks for the DNL segment behind the first scan, which gives the height
// if the frame header does not (B.2.5).
func (d *decoder) findHeight() error {
	for rest := d.data[d.pos:]; ; {
		i := nextMarker(rest)
		if i < 0 {
			return truncated(0, "before its number of lines")
		}
		code := rest[i]
		rest = rest[i+1:]
		if code >= markerRST0 && code <= markerRST7 {
			continue
		}
		if code != markerDNL || len(rest) < 4 || binary.BigEndian.Uint16(rest) != 4 {
			return corrupt("a height of 0")
		}
		d.height = int(binary.BigEndian.Uint16(rest[2:]))
		if d.height == 0 {
			return corrupt("a height of 0")
		}
		return nil
	}
}

// readDQT reads quantization tables, B.2.4.1.
func (d *decoder) readDQT(s []byte) error {
	for len(s) > 0 {
		precision, id := int(s[0]>>4), int(s[0]&15)
		s = s[1:]
		if precision > 1 || id >= len(d.quant) || len(s) < 64*(precision+1) {
			return corrupt("bad DQT segment")
		}
		q := &d.quant[id]
		q.defined = true
		for k := range q.steps {
			if precision == 0 {
				q.steps[k] = int32(s[k])
			} else {
				q.steps[k] = int32(binary.BigEndian.Uint16(s[2*k:]))
			}
		}
		s = s[64*(precision+1):]
	}
	return nil
}

// readDHT reads Huffman tables, B.2.4.2.
func (d *decoder) readDHT(s []byte) error {
	for len(s) > 0 {
		if len(s) < 17 {
			return corrupt("bad DHT segment")
		}
		class, id := s[0]>>4, int(s[0]&15)
		counts := (*[16]byte)(s[1:17])
		total := 0
		for _, n := range counts {
			total += int(n)
		}
		s = s[17:]
		if class > 1 || id >= len(d.dc) || total > 256 || total > len(s) {
			return corrupt("bad DHT segment")
		}
		h := &d.dc[id]
		if class == 1 {
			h = &d.ac[id]
		}
		if !h.define(counts, s[:total]) {
			return corrupt("a Huffman table with too many codes")
		}
		s = s[total:]
	}
	return nil
}
