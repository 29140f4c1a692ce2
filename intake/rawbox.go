package intake

import (
	"iter"
	"math"
)

// The names of the boxes of Canon's own in a CR3 (github.com/lclevy/canon_cr3), and of the XMP
// packet (XMP part 3, ISO base media).
const (
	uuidCanon   = "\x85\xc0\xb6\x87\x82\x0f\x11\xe0\x81\x11\xf4\xce\x46\x2b\x6a\x48"
	uuidPreview = "\xea\xf4\x2b\x5e\x1c\x98\x4b\x88\xb9\xfb\xb7\xdc\x40\x6e\x4d\x16"
	uuidXMP     = "\xbe\x7a\xcf\xcb\x97\xa9\x42\xe8\x9c\x71\x99\x94\x91\xe3\xaf\xac"
)

// readBoxes reads a CR3: EXIF in four blocks, a preview in a box of its own, and the full picture
// as a JPEG in a track beside those of the sensor's data.
func (f *rawFile) readBoxes() {
	for name, content := range boxesIn(f.ranges) {
		switch id := string(content.at(0, 16)); {
		case name == "moov":
			f.readMovie(content)
		case name == "uuid" && id == uuidXMP:
			f.xmp = content.at(16, min(content.size()-16, maxPacket))
		case name == "uuid" && id == uuidPreview:
			for name, preview := range boxesIn(from(content, 24)) {
				if name == "PRVW" {
					f.tryBox(preview)
				}
			}
		}
	}
}

func (f *rawFile) readMovie(moov part) {
	for name, content := range boxesIn(moov) {
		switch {
		case name == "uuid" && string(content.at(0, 16)) == uuidCanon:
			f.readCanon(from(content, 16))
		case name == "trak":
			f.readTrack(content)
		}
	}
}

// readCanon reads the boxes CMT1 (the image's directory), CMT2 (EXIF) and CMT4 (GPS), each a
// TIFF of its own.
func (f *rawFile) readCanon(canon part) {
	for name, content := range boxesIn(canon) {
		t, ok := newTIFF(content)
		if !ok {
			continue
		}
		switch name {
		case "CMT1":
			f.image = t.first(imageTags)
			size := t.first(tiffTags)
			f.notePicture(size.integer(tagWidth), size.integer(tagHeight))
		case "CMT2":
			f.exif = t.first(exifTags)
		case "CMT4":
			f.gps = t.first(gpsTags)
		}
	}
}

// tryBox tries the JPEG in a box, which begins behind some numbers and ends with the box.
func (f *rawFile) tryBox(box part) {
	const head = 32
	b := box.at(0, head)
	for i := range max(len(b)-1, 0) {
		if b[i] == 0xff && b[i+1] == 0xd8 {
			start, length := f.extent(box)
			f.try(start+uint64(i), length-uint64(i))
			return
		}
	}
}

// extent returns where a part of the file begins, and how long it is.
func (f *rawFile) extent(p part) (start, length uint64) {
	start, length = p.from, p.length
	for outer, ok := p.ranges.(part); ok; outer, ok = outer.ranges.(part) {
		start += outer.from
	}
	return start, length
}

// readTrack tries the one sample of a track (ISO/IEC 14496-12, 8.7). The sensor's data are no JPEG.
func (f *rawFile) readTrack(track part) {
	table := track
	for _, name := range []string{"mdia", "minf", "stbl"} {
		table = firstBox(table, name)
	}
	sizes := boxReader{rest: firstBox(table, "stsz").at(4, 12)}
	length := sizes.number(4)
	if count := sizes.number(4); length == 0 && count > 0 {
		length = sizes.number(4)
	}
	if long := firstBox(table, "co64").at(8, 8); len(long) == 8 {
		r := boxReader{rest: long}
		f.try(r.number(8), length)
	} else if short := firstBox(table, "stco").at(8, 4); len(short) == 4 {
		r := boxReader{rest: short}
		f.try(r.number(4), length)
	}
}

// firstBox returns the content of the first box of a name, which is empty if there is none.
func firstBox(r part, name string) part {
	for n, content := range boxesIn(r) {
		if n == name {
			return content
		}
	}
	return part{ranges: r.ranges}
}

// boxesIn returns the boxes of a container in their order, as boxes does, of a file that is not in
// memory. A container has no more than maxBoxes.
func boxesIn(r ranges) iter.Seq2[string, part] {
	const maxBoxes = 200
	return func(yield func(string, part) bool) {
		pos := uint64(0)
		for range maxBoxes {
			head := r.at(pos, 16)
			if len(head) < 8 {
				return
			}
			name := string(head[4:8])
			numbers := boxReader{rest: head}
			start, size := uint64(8), numbers.number(4)
			switch {
			case size == 0: // up to the end
				size = r.size() - pos
			case size == 1 && len(head) == 16:
				numbers = boxReader{rest: head[8:]}
				start, size = 16, numbers.number(8)
			}
			if size < start || size > math.MaxInt64 || size > r.size()-pos || !yield(name, part{r, pos + start, size - start}) {
				return
			}
			pos += size
		}
	}
}
