package heif

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
)

// file is a file's boxes: its items and how they belong together (ISO/IEC 23008-12, 6).
type file struct {
	data    []byte
	idat    []byte
	items   map[uint32]*item
	primary uint32
	// derived, auxiliary and premultiplied are references from one item to others: what it is
	// made of, which picture it adds to, which picture its colours are multiplied with.
	derived, auxiliary, premultiplied map[uint32][]uint32
}

// item is a picture, or what a picture is made of.
type item struct {
	id         uint32
	kind       string
	properties []box
	inIdat     bool
	elsewhere  bool // the content is not in this file, or made of other items
	extents    []extent
	// samples are the content of a track's first picture, which has no extents.
	sample []byte
}

type extent struct{ at, length uint64 }

// parse reads a file's boxes. It demands no more than a primary item, so that the facts of a
// picture that cannot be decoded are known.
func parse(data []byte) (*file, error) {
	top, missing := boxes(data)
	if missing > 0 {
		return nil, &TruncatedError{Share: float64(len(data)) / (float64(len(data)) + float64(missing))}
	}
	if len(top) == 0 || top[0].kind != "ftyp" {
		return nil, fmt.Errorf("%w: it does not begin with its type", ErrCorrupt)
	}
	f := &file{
		data: data, items: make(map[uint32]*item),
		derived: make(map[uint32][]uint32), auxiliary: make(map[uint32][]uint32), premultiplied: make(map[uint32][]uint32),
	}
	meta := find(top, "meta")
	if len(meta) < 4 {
		// A sequence of pictures (brands hevc, msf1, avis) needs no items.
		if moov := find(top, "moov"); moov != nil {
			return f, f.readTrack(moov)
		}
		return nil, fmt.Errorf("%w: it has no description of its pictures", ErrCorrupt)
	}
	all := inside(meta[4:])
	f.primary = primaryItem(find(all, "pitm"))
	f.idat = find(all, "idat")
	f.readKinds(find(all, "iinf"))
	f.readReferences(find(all, "iref"))
	if err := f.readProperties(find(all, "iprp")); err != nil {
		return nil, err
	}
	return f, f.readPlaces(find(all, "iloc"))
}

// item returns the item of a number, made when it is first met.
func (f *file) item(id uint32) *item {
	i := f.items[id]
	if i == nil {
		i = &item{id: id}
		f.items[id] = i
	}
	return i
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

// readKinds reads an iinf box (ISO/IEC 14496-12, 8.11.6).
func (f *file) readKinds(iinf []byte) {
	r := reader{rest: iinf}
	version, _ := r.fullBox()
	r.number(2)
	if version > 0 {
		r.number(2)
	}
	for _, b := range inside(r.rest) {
		r := reader{rest: b.content}
		version, _ := r.fullBox()
		if b.kind != "infe" || version < 2 {
			continue
		}
		size := 2
		if version > 2 {
			size = 4
		}
		id := uint32(r.number(size))
		r.number(2)
		if kind := r.bytes(4); !r.failed {
			f.item(id).kind = string(kind)
		}
	}
}

// readReferences reads an iref box (ISO/IEC 14496-12, 8.11.12).
func (f *file) readReferences(iref []byte) {
	r := reader{rest: iref}
	size := 2
	if version, _ := r.fullBox(); version > 0 {
		size = 4
	}
	for _, b := range inside(r.rest) {
		into := map[string]map[uint32][]uint32{"dimg": f.derived, "auxl": f.auxiliary, "prem": f.premultiplied}[b.kind]
		if into == nil {
			continue
		}
		r := reader{rest: b.content}
		from := uint32(r.number(size))
		for range r.number(2) {
			if to := uint32(r.number(size)); !r.failed {
				into[from] = append(into[from], to)
			}
		}
	}
}

// readProperties reads an iprp box: the properties, and which are whose (ISO/IEC 23008-12, 9.3).
func (f *file) readProperties(iprp []byte) error {
	properties := inside(iprp)
	all := inside(find(properties, "ipco"))
	for _, b := range properties {
		if b.kind != "ipma" {
			continue
		}
		r := reader{rest: b.content}
		version, flags := r.fullBox()
		// The top bit says that the property is essential.
		itemSize, indexSize, mask := 2, 1, uint64(0x7f)
		if version > 0 {
			itemSize = 4
		}
		if flags&1 != 0 {
			indexSize, mask = 2, 0x7fff
		}
		for count := r.number(4); count > 0 && !r.failed; count-- {
			i := f.item(uint32(r.number(itemSize)))
			for range r.number(1) {
				if n := r.number(indexSize) & mask; n >= 1 && n <= uint64(len(all)) {
					i.properties = append(i.properties, all[n-1])
				}
			}
		}
		if r.failed {
			return cut("its properties are")
		}
	}
	if iprp == nil || !slices.ContainsFunc(properties, func(b box) bool { return b.kind == "ipma" }) {
		return cut("its properties are")
	}
	return nil
}

// readPlaces reads an iloc box: where the content of items is (ISO/IEC 14496-12, 8.11.3).
func (f *file) readPlaces(iloc []byte) error {
	if iloc == nil {
		return nil
	}
	r := reader{rest: iloc}
	version, _ := r.fullBox()
	sizes := r.number(2)
	offsetSize, lengthSize, baseSize, indexSize := int(sizes>>12), int(sizes>>8&15), int(sizes>>4&15), int(sizes&15)
	idSize := 2
	if version > 1 {
		idSize = 4
	}
	if version == 0 {
		indexSize = 0 // reserved
	}
	for items := r.number(idSize); items > 0 && !r.failed; items-- {
		i := f.item(uint32(r.number(idSize)))
		method := uint64(0)
		if version > 0 {
			method = r.number(2) & 15
		}
		i.inIdat = method == 1
		i.elsewhere = method > 1 || r.number(2) != 0
		base := r.number(baseSize)
		extents := r.number(2)
		if indexSize+offsetSize+lengthSize == 0 {
			extents = min(extents, 1) // more of them would cost time and no bytes
		}
		i.extents = nil
		for ; extents > 0 && !r.failed; extents-- {
			r.number(indexSize)
			at := base + r.number(offsetSize)
			i.extents = append(i.extents, extent{at, r.number(lengthSize)})
		}
	}
	if r.failed {
		return cut("the places of its pictures are")
	}
	return nil
}

// content returns an item's bytes. Those of one piece are the file's own.
func (f *file) content(i *item) ([]byte, error) {
	if i.sample != nil {
		return i.sample, nil
	}
	from := f.data
	if i.inIdat {
		from = f.idat
	}
	if i.elsewhere {
		return nil, fmt.Errorf("%w: a picture outside of the file", ErrUnsupported)
	}
	var pieces [][]byte
	total := uint64(0)
	for _, e := range i.extents {
		if e.at > uint64(len(from)) || e.length > uint64(len(from))-e.at {
			return nil, cut("a picture is")
		}
		if e.length == 0 { // up to the end
			e.length = uint64(len(from)) - e.at
		}
		// Pieces may overlap in a hostile file, and must not add up to more than there is.
		if total += e.length; total > uint64(len(f.data)) {
			return nil, cut("a picture is")
		}
		pieces = append(pieces, from[e.at:e.at+e.length])
	}
	if len(pieces) == 1 {
		return pieces[0], nil
	}
	return bytes.Join(pieces, nil), nil
}

// resolve follows an item that only shows another one differently (iden) to that one, and returns
// the properties of both in the order in which they are applied.
func (f *file) resolve(id uint32) (*item, []box, error) {
	var properties []box
	for range 8 {
		i := f.item(id)
		properties = slices.Concat(i.properties, properties)
		if i.kind != "iden" {
			return i, properties, nil
		}
		if len(f.derived[id]) != 1 {
			break
		}
		id = f.derived[id][0]
	}
	return nil, nil, fmt.Errorf("%w: a picture is derived from none", ErrCorrupt)
}

// alphaOf returns the item that holds the transparency of another, nil if there is none, and
// whether the colours are multiplied with it.
func (f *file) alphaOf(id uint32) (alpha *item, multiplied bool) {
	for from, to := range f.auxiliary {
		if !slices.Contains(to, id) {
			continue
		}
		c := find(f.item(from).properties, "auxC")
		if len(c) < 4 {
			continue
		}
		name, _, _ := bytes.Cut(c[4:], []byte{0})
		switch string(name) {
		case "urn:mpeg:mpegB:cicp:systems:auxiliary:alpha", "urn:mpeg:hevc:2015:auxid:1":
			if alpha == nil || from < alpha.id {
				alpha = f.item(from)
			}
		}
	}
	return alpha, alpha != nil && slices.Contains(f.premultiplied[id], alpha.id)
}
