package embed

import (
	"bytes"
	"crypto/md5"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
)

// maxMain is the most that a JPEG's XMP segment holds (XMP part 3, 1.1.3). What is longer continues
// in segments of their own, the extended XMP.
const maxMain = 65502

// Parts of an extended XMP segment: the packet's MD5 in hexadecimal, its size, and the offset of
// the part.
const (
	guidLength   = 32
	extendedHead = len(extendedSignature) + guidLength + 8
	extendedPart = 65400
)

// jpegXMP is the XMP of a JPEG.
type jpegXMP struct {
	segment  []segment // the main packet's, one at most
	doc      *document // nil if there is none
	guid     string    // of the extended packet that belongs to it
	extended *document // nil if there is none, or none that can be read
	parts    []segment
}

func (h *header) xmp() (x jpegXMP, err error) {
	x.segment = h.all(0xe1, xmpSignature)
	switch len(x.segment) {
	case 0:
		return x, nil
	case 1:
	default:
		return x, refuse("it has two XMP packets")
	}
	packet := x.segment[0].content[len(xmpSignature):]
	if len(bytes.Trim(packet, " \t\r\n\x00")) == 0 {
		return x, nil // an empty one is replaced
	}
	if x.doc, err = scan(packet); err != nil {
		return x, refuse("%v", err)
	}
	if x.guid = x.doc.value(nsNote, "HasExtendedXMP"); len(x.guid) == guidLength {
		x.collect(h.all(0xe1, extendedSignature))
	}
	return x, nil
}

// collect puts the extended packet together. Parts of another packet, and packets with gaps, belong
// to nobody: they stay as they are.
func (x *jpegXMP) collect(parts []segment) {
	var packet []byte
	filled := 0
	for _, s := range parts {
		if len(s.content) < extendedHead || !strings.EqualFold(string(s.content[len(extendedSignature):][:guidLength]), x.guid) {
			continue
		}
		numbers := s.content[extendedHead-8:]
		size, offset, data := int64(binary.BigEndian.Uint32(numbers)), int64(binary.BigEndian.Uint32(numbers[4:])), numbers[8:]
		if packet == nil && size <= maxPacket {
			packet = make([]byte, size)
		}
		if size != int64(len(packet)) || offset+int64(len(data)) > size {
			return
		}
		filled += copy(packet[offset:], data)
		x.parts = append(x.parts, s)
	}
	doc, err := scan(packet)
	if filled == len(packet) && err == nil {
		x.extended = doc
	}
}

// setXMP replaces the packet if it says something else, and returns what is to be inserted.
func (h *header) setXMP(x jpegXMP, f Fields) ([]byte, error) {
	list := wantedOf(f)
	if len(list) == 0 {
		return nil, nil
	}
	if x.doc == nil {
		packet := newPacket(list, "")
		if len(packet) > maxMain {
			return nil, refuse("the texts are too long for a JPEG")
		}
		return h.replace(x.segment, appendSegment(nil, 0xe1, []byte(xmpSignature), packet)), nil
	}
	main := x.doc.merge(list)
	var extended []byte
	if x.extended != nil {
		extended = x.extended.without(list)
	}
	if len(main) > maxMain {
		var err error
		if main, extended, err = overflow(main, extended, list, x); err != nil {
			return nil, err
		}
	}
	old := x.segment
	var more []byte
	if x.extended == nil && extended != nil || x.extended != nil && !bytes.Equal(extended, x.extended.raw) {
		main, more = splitExtended(main, extended, x.guid)
		old = append(slices.Clone(old), x.parts...)
	} else if bytes.Equal(main, x.doc.raw) {
		return nil, nil
	}
	return h.replace(old, append(appendSegment(nil, 0xe1, []byte(xmpSignature), main), more...)), nil
}

// without returns the packet without the properties in the list.
func (d *document) without(list []wanted) []byte {
	var stale []*property
	for _, w := range list {
		stale = append(stale, d.all(w.space, w.local)...)
	}
	if len(stale) == 0 {
		return d.raw
	}
	return d.edit(stale, nil)
}

// noGUID stands where the extended packet's MD5 comes, until it is known.
var noGUID = strings.Repeat("0", guidLength)

// overflow makes a main packet short enough: without padding, and if that is not enough, with its
// largest properties moved to the extended packet. Those in the list stay, since many programs read
// the main packet only.
func overflow(main, extended []byte, list []wanted, x jpegXMP) (short, moved []byte, err error) {
	if main = withoutPadding(main); len(main) <= maxMain {
		return main, extended, nil
	}
	if x.guid != "" && x.extended == nil {
		return nil, nil, refuse("its XMP is too long, and its extended XMP is damaged")
	}
	doc, err := scan(main)
	if err != nil {
		return nil, nil, refuse("%v", err)
	}
	var candidates []*property
	for i := range doc.properties {
		p := &doc.properties[i]
		ours := slices.ContainsFunc(list, func(w wanted) bool { return w.space == p.name.Space && w.local == p.name.Local })
		if !ours && !p.attribute && p.name.Space != nsNote {
			candidates = append(candidates, p)
		}
	}
	slices.SortStableFunc(candidates, func(a, b *property) int { return (b.span.to - b.span.from) - (a.span.to - a.span.from) })
	for n := 1; n <= len(candidates); n++ {
		short = doc.edit(candidates[:n], func(b *bytes.Buffer) {
			if x.guid == "" {
				note := wanted{space: nsNote, local: "HasExtendedXMP", items: []item{{"", noGUID}}}
				writeDescription(b, doc.about, doc.rdfPrefix != "rdf:", []wanted{note})
			}
		})
		if len(short) > maxMain {
			continue
		}
		moved, err = doc.moveTo(extended, candidates[:n])
		return short, moved, err
	}
	return nil, nil, refuse("its XMP is too long to add to")
}

// withoutPadding removes the white space that a packet keeps for changes in place.
func withoutPadding(packet []byte) []byte {
	end := bytes.LastIndex(packet, []byte("<?xpacket end"))
	if end < 0 {
		return packet
	}
	body := bytes.TrimRight(packet[:end], " \t\r\n")
	return slices.Concat(body, []byte("\n"), packet[end:])
}

// moveTo adds properties, as they are written, to an extended packet, which is a new one where
// there is none.
func (d *document) moveTo(extended []byte, properties []*property) ([]byte, error) {
	if extended == nil {
		extended = []byte("<x:xmpmeta xmlns:x=\"adobe:ns:meta/\">\n" +
			" <rdf:RDF xmlns:rdf=\"" + nsRDF + "\">\n </rdf:RDF>\n</x:xmpmeta>\n")
	}
	to, err := scan(extended)
	if err != nil {
		return nil, refuse("%v", err)
	}
	return to.edit(nil, func(b *bytes.Buffer) {
		// The properties keep the prefixes that they were written with.
		names := make([]string, 0, len(d.namespaces))
		for prefix := range d.namespaces {
			names = append(names, prefix)
		}
		slices.Sort(names)
		ours := "rdf"
		if d.namespaces[ours] != nsRDF {
			ours = "rdf-of-tagroll"
		}
		fmt.Fprintf(b, "  <%s:Description %[1]s:about=\"%[2]s\" xmlns:%[1]s=\"%[3]s\"", ours, escape(d.about), nsRDF)
		for _, prefix := range names {
			if prefix == ours {
				continue
			}
			fmt.Fprintf(b, "\n    xmlns:%s=\"%s\"", prefix, escape(d.namespaces[prefix]))
		}
		b.WriteString(">")
		for _, p := range properties {
			b.WriteString("\n   ")
			b.Write(d.element(p))
		}
		fmt.Fprintf(b, "\n  </%s:Description>", ours)
	}), nil
}

// element returns a property as an element of a description, as it is written.
func (d *document) element(p *property) []byte {
	written := d.raw[p.span.from:p.span.to]
	if !p.attribute {
		return written
	}
	name, value, _ := bytes.Cut(written, []byte("="))
	value = bytes.TrimSpace(value)
	return fmt.Appendf(nil, "<%s>%s</%[1]s>", bytes.TrimSpace(name), value[1:len(value)-1])
}

// joinPackets adds to a packet the properties that only another one of the same photo has.
func joinPackets(packet, other []byte) ([]byte, error) {
	to, err := scan(packet)
	if err != nil {
		return nil, refuse("%v", err)
	}
	from, err := scan(other)
	if err != nil {
		return nil, refuse("%v", err)
	}
	var missing []*property
	for i := range from.properties {
		if p := &from.properties[i]; len(to.all(p.name.Space, p.name.Local)) == 0 && p.name.Space != nsNote {
			missing = append(missing, p)
		}
	}
	if len(missing) == 0 {
		return packet, nil
	}
	joined, err := from.moveTo(packet, missing)
	if err != nil {
		return nil, err
	}
	check, err := scan(joined)
	for _, p := range missing { // two namespaces under one prefix would be mixed up
		if err != nil || !slices.ContainsFunc(check.all(p.name.Space, p.name.Local), func(q *property) bool { return q.canon == p.canon }) {
			return nil, refuse("it has two XMP packets")
		}
	}
	return joined, nil
}

// splitExtended makes segments of an extended packet, and writes its MD5 into the main one.
func splitExtended(main, extended []byte, guid string) (named, segments []byte) {
	sum := md5.Sum(extended)
	name := strings.ToUpper(hex.EncodeToString(sum[:]))
	if guid == "" {
		guid = noGUID
	}
	named = bytes.ReplaceAll(main, []byte(guid), []byte(name))
	offset := 0
	for part := range slices.Chunk(extended, extendedPart) {
		numbers := binary.BigEndian.AppendUint32(nil, uint32(len(extended)))
		numbers = binary.BigEndian.AppendUint32(numbers, uint32(offset))
		segments = appendSegment(segments, 0xe1, []byte(extendedSignature), []byte(name), numbers, part)
		offset += len(part)
	}
	return named, segments
}
