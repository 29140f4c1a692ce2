// Package heiftest builds HEIC and AVIF files for tests, around small coded pictures of its own
// (folder samples, whose README says how they were made).
package heiftest

import (
	"bytes"
	"embed"
	"encoding/binary"
	"fmt"
	"slices"
)

//go:embed samples
var samples embed.FS

// Sample returns a file of folder samples.
func Sample(name string) []byte {
	b, err := samples.ReadFile("samples/" + name)
	if err != nil {
		panic(err)
	}
	return b
}

// Item is one item of a file.
type Item struct {
	Kind       string // hvc1, av01, grid, iden, Exif
	Content    []byte
	Properties [][]byte // whole boxes, in the order in which they are applied
}

// With returns the item with more properties.
func (i Item) With(properties ...[]byte) Item {
	i.Properties = slices.Concat(i.Properties, properties)
	return i
}

// Reference says that an item is made of others (dimg) or adds to them (auxl). Items count from 1.
type Reference struct {
	Kind string
	From int
	To   []int
}

// File is a file of items; the first is the primary one.
type File struct {
	Brand      string   // the major brand
	Compatible []string // the others
	Items      []Item
	References []Reference
}

// box makes a box.
func box(kind string, parts ...[]byte) []byte {
	content := bytes.Join(parts, nil)
	return slices.Concat(u32(uint32(len(content)+8)), []byte(kind), content)
}

// u32 is numbers of 32 bits.
func u32(v ...uint32) (b []byte) {
	for _, n := range v {
		b = binary.BigEndian.AppendUint32(b, n)
	}
	return b
}

// u16 is numbers of 16 bits.
func u16(v ...int) (b []byte) {
	for _, n := range v {
		b = binary.BigEndian.AppendUint16(b, uint16(n))
	}
	return b
}

// Size is the property ispe.
func Size(w, h int) []byte { return box("ispe", u32(0, uint32(w), uint32(h))) }

// Turned is irot: quarters against the clock.
func Turned(quarters byte) []byte { return box("irot", []byte{quarters}) }

// Mirrored is imir: 0 exchanges top and bottom, 1 left and right.
func Mirrored(axis byte) []byte { return box("imir", []byte{axis}) }

// Aperture is clap: a rectangle inside a picture of w x h pixels.
func Aperture(w, h, x, y, width, height int) []byte {
	// The centre is counted in halves of a pixel.
	centre := func(whole, first, n int) uint32 { return uint32(int32(2*first + n - whole)) }
	return box("clap", u32(uint32(width), 1, uint32(height), 1, centre(w, x, width), 2, centre(h, y, height), 2))
}

// Colours is colr of type nclx.
func Colours(primaries, transfer, matrix int, full bool) []byte {
	flags := byte(0)
	if full {
		flags = 0x80
	}
	return box("colr", []byte("nclx"), u16(primaries, transfer, matrix), []byte{flags})
}

// Auxiliary is auxC, by which a picture is the transparency of another.
func Auxiliary() []byte {
	return box("auxC", u32(0), []byte("urn:mpeg:mpegB:cicp:systems:auxiliary:alpha\x00"))
}

// Grid is the content of an item of that kind.
func Grid(columns, rows, w, h int) Item {
	content := slices.Concat([]byte{0, 1, byte(rows - 1), byte(columns - 1)}, u32(uint32(w), uint32(h)))
	return Item{Kind: "grid", Content: content, Properties: [][]byte{Size(w, h)}}
}

// Tiled is a file whose picture is a grid of one tile over and over.
func Tiled(brand string, columns, rows, w, h int, tile Item, properties ...[]byte) File {
	f := File{Brand: brand, Items: []Item{Grid(columns, rows, w, h).With(properties...)}}
	of := Reference{Kind: "dimg", From: 1}
	for n := range columns * rows {
		f.Items = append(f.Items, tile)
		of.To = append(of.To, n+2)
	}
	f.References = []Reference{of}
	return f
}

// Bytes is the file.
func (f File) Bytes() []byte {
	var infe, iref, ipco, ipma, iloc, mdat [][]byte
	properties := make(map[string]int)
	for n, i := range f.Items {
		id := n + 1
		infe = append(infe, box("infe", u32(2<<24), u16(id, 0), []byte(i.Kind), []byte{0}))
		ipma = append(ipma, u16(id), []byte{byte(len(i.Properties))})
		for _, p := range i.Properties {
			if properties[string(p)] == 0 {
				ipco = append(ipco, p)
				properties[string(p)] = len(ipco)
			}
			ipma = append(ipma, u16(0x8000|properties[string(p)]))
		}
	}
	for _, r := range f.References {
		iref = append(iref, box(r.Kind, u16(r.From, len(r.To)), u16(r.To...)))
	}
	brands := []byte(f.Brand + "\x00\x00\x00\x00")
	for _, b := range f.Compatible {
		brands = append(brands, b...)
	}
	ftyp := box("ftyp", brands)
	// The first round finds the size of the boxes, the second one writes the contents' places.
	var meta []byte
	for _, at := range []int{0, 1} {
		begin := at * (len(ftyp) + len(meta) + 8)
		iloc, mdat = nil, nil
		placed := make(map[string]int)
		for n, i := range f.Items {
			offset, known := placed[string(i.Content)]
			if !known {
				offset = begin
				placed[string(i.Content)] = offset
				mdat = append(mdat, i.Content)
				begin += len(i.Content)
			}
			iloc = append(iloc, u16(n+1, 0, 1), u32(uint32(offset), uint32(len(i.Content))))
		}
		meta = box("meta", u32(0),
			box("hdlr", u32(0, 0), []byte("pict"), make([]byte, 13)),
			box("pitm", u32(0), u16(1)),
			box("iinf", u32(0), u16(len(infe)), bytes.Join(infe, nil)),
			box("iref", u32(0), bytes.Join(iref, nil)),
			box("iprp", box("ipco", ipco...), box("ipma", u32(1), u32(uint32(len(f.Items))), bytes.Join(ipma, nil))),
			box("iloc", u32(0), []byte{0x44, 0}, u16(len(f.Items)), bytes.Join(iloc, nil)))
	}
	return slices.Concat(ftyp, meta, box("mdat", mdat...))
}

// Coded takes the first coded picture out of a sample, with its size and its decoder's
// parameters, and without any other property.
func Coded(sample []byte) Item {
	meta := find(sample, "meta")[4:]
	ilocs := find(meta, "iloc")
	var item Item
	for kind, content := range boxes(find(meta, "iprp", "ipco")) {
		switch kind {
		case "ispe", "hvcC", "av1C":
			if !slices.ContainsFunc(item.Properties, func(p []byte) bool { return string(p[4:8]) == kind }) {
				item.Properties = append(item.Properties, box(kind, content))
			}
			if kind == "hvcC" {
				item.Kind = "hvc1"
			} else if kind == "av1C" {
				item.Kind = "av01"
			}
		}
	}
	// The encoders write offsets and lengths of 4 bytes, one extent each.
	version, base := ilocs[0], int(ilocs[5]>>4)
	at := 8 + 2 // the first item's number
	if version > 0 {
		at += 2
	}
	at += 2 + base + 2
	offset, length := binary.BigEndian.Uint32(ilocs[at:]), binary.BigEndian.Uint32(ilocs[at+4:])
	if base == 4 {
		offset += binary.BigEndian.Uint32(ilocs[at-6:])
	}
	if ilocs[4] != 0x44 || int(offset+length) > len(sample) {
		panic(fmt.Sprintf("heiftest: a sample's iloc % x", ilocs))
	}
	item.Content = sample[offset : offset+length]
	return item
}

func boxes(data []byte) func(yield func(string, []byte) bool) {
	return func(yield func(string, []byte) bool) {
		for len(data) >= 8 {
			n := binary.BigEndian.Uint32(data)
			if !yield(string(data[4:8]), data[8:n]) {
				return
			}
			data = data[n:]
		}
	}
}

// find returns the content of the first box on a path.
func find(data []byte, path ...string) []byte {
	for _, want := range path {
		var content []byte
		for kind, c := range boxes(data) {
			if kind == want {
				content = c
				break
			}
		}
		if content == nil {
			panic("heiftest: a sample without " + want)
		}
		data = content
	}
	return data
}
