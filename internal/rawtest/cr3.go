package rawtest

import (
	"encoding/binary"
	"slices"
)

// box is a box of ISO/IEC 14496-12.
func box(name string, content ...[]byte) []byte {
	b := slices.Concat(content...)
	return append(append(binary.BigEndian.AppendUint32(nil, uint32(8+len(b))), name...), b...)
}

// be32 are numbers in big-endian order.
func be32(list ...uint32) (b []byte) {
	for _, n := range list {
		b = binary.BigEndian.AppendUint32(b, n)
	}
	return b
}

// cr3 has the preview as a track of its own, beside the one of the sensor's data.
func (f File) cr3() []byte {
	head := box("ftyp", []byte("crx \x00\x00\x00\x01crx isom"))
	data := slices.Concat(f.JPEG, f.lossless()[2:])
	// The places of the tracks depend on the length of what stands before them, not on the
	// places.
	rest := f.boxes(0)
	rest = f.boxes(uint32(len(head) + len(rest) + 8))
	return slices.Concat(head, rest, box("mdat", data))
}

// boxes are all between the head and the data, which begin at an offset.
func (f File) boxes(data uint32) []byte {
	one := func(directory func(t *tiff) []entry) []byte {
		t := newTIFF("II", "*\x00")
		return t.file(t.directory(0, directory(t)...))
	}
	canon := box("uuid", []byte("\x85\xc0\xb6\x87\x82\x0f\x11\xe0\x81\x11\xf4\xce\x46\x2b\x6a\x48"),
		box("CNCV", []byte("CanonCR3_001/00.11.00/00.00.00")),
		box("CMT1", one(func(t *tiff) []entry {
			return append(f.size(t), text(0x010f, f.Make), text(0x0110, f.Model), t.short(0x0112, f.Orientation))
		})),
		box("CMT2", one(func(t *tiff) []entry { return []entry{text(0x9003, f.Taken), t.short(0x8827, 200)} })))
	if f.Latitude != 0 || f.Longitude != 0 {
		canon = append(canon, box("CMT4", one(f.gps))...)
		copy(canon, be32(uint32(len(canon))))
	}
	track := func(codec string, at, length uint32) []byte {
		sample := box("CRAW", make([]byte, 82), box(codec, be32(0)))
		return box("trak", box("mdia", box("hdlr", be32(0, 0), []byte("vide"), be32(0, 0, 0)), box("minf", box("stbl",
			box("stsd", be32(0, 1), sample), box("stsc", be32(0, 1, 1, 1, 1)),
			box("stsz", be32(0, length, 1)), box("co64", be32(0, 1, 0, at))))))
	}
	var tracks [][]byte
	var preview []byte
	if f.JPEG != nil {
		tracks = append(tracks, track("JPEG", data, uint32(len(f.JPEG))))
	}
	tracks = append(tracks, track("CMP1", data+uint32(len(f.JPEG)), uint32(f.Sensor)))
	if f.Middle != nil { // the head of PRVW: numbers, the size in pixels, that of the JPEG
		prvw := slices.Concat(be32(0, 1<<16|160, 120<<16|1, uint32(len(f.Middle))), f.Middle)
		preview = box("uuid", []byte("\xea\xf4\x2b\x5e\x1c\x98\x4b\x88\xb9\xfb\xb7\xdc\x40\x6e\x4d\x16"), be32(0, 1), box("PRVW", prvw))
	}
	boxes := box("moov", append([][]byte{canon}, tracks...)...)
	if f.XMP != "" {
		boxes = append(boxes, box("uuid", []byte("\xbe\x7a\xcf\xcb\x97\xa9\x42\xe8\x9c\x71\x99\x94\x91\xe3\xaf\xac"), []byte(f.XMP))...)
	}
	return append(boxes, preview...)
}
