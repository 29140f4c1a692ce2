package heif

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// The kinds of failure, to be asked for with errors.Is.
var (
	// ErrCorrupt is a file that breaks the rules of the format, or that the decoder gives up on.
	ErrCorrupt = errors.New("a corrupt file")
	// ErrTruncated is a file that is shorter than its boxes say; it is a [*TruncatedError].
	ErrTruncated = errors.New("a truncated file")
	// ErrTooManyPixels is a picture above the limit of pixels.
	ErrTooManyPixels = errors.New("too many pixels")
)

// TruncatedError says how much of a truncated file is there.
type TruncatedError struct {
	Share float64 // 0 to 1
}

func (e *TruncatedError) Error() string { return "heif: " + ErrTruncated.Error() }

// Unwrap returns ErrTruncated.
func (e *TruncatedError) Unwrap() error { return ErrTruncated }

// Info is what a file's boxes say of its primary picture.
type Info struct {
	// Width and Height are as coded, before Orientation; 0 if the file does not say.
	Width, Height int
	// Orientation is how the picture is to be turned, as an EXIF orientation, 1 to 8. The boxes
	// decide; EXIF data in the file must be ignored.
	Orientation int
	// Profile is the ICC profile, if there is one.
	Profile []byte
	// Coding are the code points of H.273 for the colours, if there are any.
	Coding *Coding
}

// Coding are code points of ITU-T H.273.
type Coding struct {
	Primaries, Transfer, Matrix int
	// FullRange is set if luma runs from 0 to 255, not from 16 to 235.
	FullRange bool
}

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

func find(all []box, kind string) []byte {
	for _, b := range all {
		if b.kind == kind {
			return b.content
		}
	}
	return nil
}

// ReadInfo reads the boxes of a HEIC or AVIF file. The error is ErrCorrupt or ErrTruncated.
func ReadInfo(data []byte) (Info, error) {
	info := Info{Orientation: 1}
	top, missing := boxes(data)
	if missing > 0 {
		return info, &TruncatedError{Share: float64(len(data)) / (float64(len(data)) + float64(missing))}
	}
	if len(top) == 0 || top[0].kind != "ftyp" {
		return info, fmt.Errorf("%w: it does not begin with its type", ErrCorrupt)
	}
	meta := find(top, "meta")
	if len(meta) < 4 {
		return info, fmt.Errorf("%w: it has no description of its pictures", ErrCorrupt)
	}
	items := inside(meta[4:])
	properties := inside(find(items, "iprp"))
	of, err := associations(find(properties, "ipma"), primaryItem(find(items, "pitm")))
	if err != nil {
		return info, err
	}
	all := inside(find(properties, "ipco"))
	angle, mirror := 0, -1
	for _, i := range of {
		if i < 1 || i > len(all) {
			continue
		}
		c := all[i-1].content
		switch kind := all[i-1].kind; {
		case kind == "ispe" && len(c) >= 12:
			info.Width, info.Height = int(binary.BigEndian.Uint32(c[4:])), int(binary.BigEndian.Uint32(c[8:]))
		case kind == "irot" && len(c) >= 1:
			angle = int(c[0] & 3)
		case kind == "imir" && len(c) >= 1:
			mirror = int(c[0] & 1)
		case kind == "colr":
			info.colour(c)
		}
	}
	info.Orientation = orientation(angle, mirror)
	return info, nil
}

// primaryItem reads the number of the primary item (ISO/IEC 14496-12, 8.11.4).
func primaryItem(pitm []byte) uint32 {
	switch {
	case len(pitm) >= 8 && pitm[0] > 0:
		return binary.BigEndian.Uint32(pitm[4:])
	case len(pitm) >= 6:
		return uint32(binary.BigEndian.Uint16(pitm[4:]))
	}
	return 0
}

// associations returns the numbers of an item's properties, counting from 1 (ISO/IEC 23008-12,
// 9.3.1).
func associations(ipma []byte, item uint32) ([]int, error) {
	cut := fmt.Errorf("%w: its properties are cut off", ErrCorrupt)
	if len(ipma) < 8 {
		return nil, cut
	}
	longItem, longIndex := ipma[0] > 0, ipma[3]&1 != 0
	count := binary.BigEndian.Uint32(ipma[4:])
	rest := ipma[8:]
	take := func(n int) (v uint32, ok bool) {
		if len(rest) < n {
			return 0, false
		}
		for _, b := range rest[:n] {
			v = v<<8 | uint32(b)
		}
		rest = rest[n:]
		return v, true
	}
	itemBytes, indexBytes, mask := 2, 1, uint32(0x7f) // the top bit says that the property is essential
	if longItem {
		itemBytes = 4
	}
	if longIndex {
		indexBytes, mask = 2, 0x7fff
	}
	for range count {
		id, ok := take(itemBytes)
		n, ok2 := take(1)
		if !ok || !ok2 {
			return nil, cut
		}
		var of []int
		for range n {
			v, ok := take(indexBytes)
			if !ok {
				return nil, cut
			}
			of = append(of, int(v&mask))
		}
		if id == item {
			return of, nil
		}
	}
	return nil, nil
}

// colour reads a colr box (ISO/IEC 14496-12, 12.1.5).
func (i *Info) colour(c []byte) {
	if len(c) < 4 {
		return
	}
	switch kind, c := string(c[:4]), c[4:]; {
	case kind == "prof" || kind == "rICC":
		i.Profile = c
	case kind == "nclx" && len(c) >= 7:
		i.Coding = &Coding{
			Primaries: int(binary.BigEndian.Uint16(c)),
			Transfer:  int(binary.BigEndian.Uint16(c[2:])),
			Matrix:    int(binary.BigEndian.Uint16(c[4:])),
			FullRange: c[6]&0x80 != 0,
		}
	}
}

// orientation is a rotation by angle quarters against the clock, followed by a mirroring, if
// there is one: 0 exchanges top and bottom, 1 left and right (ISO/IEC 23008-12, 6.5.10 and 6.5.12).
func orientation(angle, mirror int) int {
	switch mirror {
	case 0:
		return [4]int{4, 5, 2, 7}[angle]
	case 1:
		return [4]int{2, 7, 4, 5}[angle]
	}
	return [4]int{1, 8, 3, 6}[angle]
}
