package embed

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"sort"
	"strings"

	"github.com/tagroll/tagroll"
)

// Packet returns the fields as a new XMP packet (ISO 16684-1), for a file beside the photo. What
// reads dc:subject keeps the order in which it is written, although XMP calls the list unordered.
//
// What is no character of XML 1.0 becomes a space if it is a control character, else U+FFFD; line
// breaks and tabs of the description stay. Nothing else is changed.
func Packet(f Fields) []byte {
	return newPacket(wantedOf(f.clean()), "")
}

// Sidecar returns the content of an XMP sidecar: the existing one with the fields merged in, or a
// new one where existing is empty. Every other property of the existing sidecar stays as it is, to
// the byte.
//
// It fails with CodeCannotEmbed if the existing sidecar cannot be read.
func Sidecar(existing []byte, f Fields) ([]byte, error) {
	if len(bytes.TrimSpace(existing)) == 0 {
		return Packet(f), nil
	}
	merged, _, err := mergeSidecar(existing, f)
	return merged, err
}

// mergeSidecar is Sidecar for one that exists. loses is whether some of its words are gone then.
func mergeSidecar(existing []byte, f Fields) (merged []byte, loses bool, err error) {
	doc, err := scan(existing)
	if err != nil {
		return nil, false, refuse("%v", strings.Replace(err.Error(), "its XMP", "the sidecar", 1))
	}
	list := wantedOf(f.clean().resolve(doc, nil))
	merged = doc.merge(list)
	return merged, doc.loses(merged, list), nil
}

// resolve leaves out what a person wrote into the file and no field may replace: a headline of its
// own, categories of another list, a place in more detail.
func (f Fields) resolve(doc *document, records *iptc) Fields {
	title, headline := records.text(iptcObjectName), records.text(iptcHeadline)
	if doc != nil {
		title = cmp.Or(doc.value(nsDC, "title"), title)
		headline = cmp.Or(doc.value(nsPhotoshop, "Headline"), headline)
		for _, p := range doc.all(nsPhotoshop, "SupplementalCategories") {
			if slices.ContainsFunc(p.items, func(i item) bool { return !isCategory(i.text) }) {
				f.Category = ""
			}
		}
	}
	// ObjectName of IPTC is cut, so a headline that begins with it repeats it.
	if headline != "" && headline != f.Headline && (title == "" || !strings.HasPrefix(headline, title)) {
		f.Headline = ""
	}
	return f
}

func isCategory(name string) bool {
	_, ok := tagroll.ParseCategory(name)
	return ok
}

// merge returns the packet with the properties, each of which takes the place of what the packet
// has under its name. All else stays to the byte. A packet that says so already is returned as it
// is. Otherwise all of the properties move to one description, so that there is never more than one
// of ours.
func (d *document) merge(list []wanted) []byte {
	var put []wanted
	var stale []*property
	same := true
	for _, w := range list {
		there := d.all(w.space, w.local)
		if w.place != nil && slices.ContainsFunc(there, (*property).isDetailed) {
			continue
		}
		if w.container == "Alt" {
			w.items = withLanguages(w.items[0], there)
		}
		same = same && len(there) == 1 && there[0].canon == w.canon()
		stale = append(stale, there...)
		put = append(put, w)
	}
	if same {
		return d.raw
	}
	return d.edit(stale, func(b *bytes.Buffer) { writeDescription(b, d.about, d.rdfPrefix != "rdf:", put) })
}

// loses reports whether a packet that merge returned lacks words that the document has under the
// names in the list.
func (d *document) loses(merged []byte, list []wanted) bool {
	after, err := scan(merged)
	if err != nil {
		return true
	}
	for _, w := range list {
		kept := textsOf(after.all(w.space, w.local))
		for _, text := range textsOf(d.all(w.space, w.local)) {
			if !slices.Contains(kept, text) {
				return true
			}
		}
	}
	return false
}

// textsOf are the texts of properties that are not empty.
func textsOf(properties []*property) []string {
	var texts []string
	for _, p := range properties {
		for _, i := range append([]item{{text: p.text}}, p.items...) {
			if text := strings.TrimSpace(i.text); text != "" {
				texts = append(texts, text)
			}
		}
	}
	return texts
}

// isDetailed reports whether a LocationCreated holds more than names, or names of more than one
// place.
func (p *property) isDetailed() bool {
	places := 0
	for _, name := range p.below {
		switch name {
		case "li":
			places++
		case "Bag", "Seq", "Description", "Sublocation", "City", "ProvinceState", "CountryName":
		default:
			return true
		}
	}
	return places > 1
}

// withLanguages is a text in the default language, followed by the translations that were there. A
// translation that only repeated the old default text, as Adobe's programs write it, repeats the
// new one.
func withLanguages(text item, there []*property) []item {
	items := []item{text}
	if len(there) != 1 {
		return items
	}
	old := there[0].first()
	for _, i := range there[0].items {
		switch {
		case i.lang == "" || i.lang == "x-default":
		case i.text == old:
			items = append(items, item{i.lang, text.text})
		default:
			items = append(items, i)
		}
	}
	return items
}

// cutsOf returns what goes when properties are removed, in order: their spans, and those of
// descriptions that are empty then.
func (d *document) cutsOf(remove []*property) []span {
	var cuts []span
	left := make([]int, len(d.descriptions))
	for i, description := range d.descriptions {
		left[i] = description.properties
	}
	touched := make([]bool, len(d.descriptions))
	for _, p := range remove {
		left[p.description]--
		touched[p.description] = true
		cuts = append(cuts, d.withSpace(p.span, p.attribute))
	}
	for i, description := range d.descriptions {
		if touched[i] && left[i] == 0 && !description.other {
			cuts = append(cuts, d.withSpace(description.span, false))
		}
	}
	// A description comes before the properties in it, which it takes along.
	sort.Slice(cuts, func(i, j int) bool { return cmp.Or(cuts[i].from-cuts[j].from, cuts[j].to-cuts[i].to) < 0 })
	return cuts
}

// edit removes properties, and descriptions that are empty then, and writes what insert writes at
// the end of rdf:RDF.
func (d *document) edit(remove []*property, insert func(*bytes.Buffer)) []byte {
	cuts := d.cutsOf(remove)
	var b bytes.Buffer
	at := 0
	copyTo := func(end int) { // leaves the cuts out
		for len(cuts) > 0 && cuts[0].from < end {
			if cuts[0].from > at {
				b.Write(d.raw[at:cuts[0].from])
			}
			at = max(at, cuts[0].to)
			cuts = cuts[1:]
		}
		if end > at {
			b.Write(d.raw[at:end])
		}
		at = max(at, end)
	}
	if insert == nil {
		copyTo(len(d.raw))
		return b.Bytes()
	}
	if d.selfClosing {
		copyTo(d.rdf.to - len("/>"))
		b.WriteString(">\n")
		insert(&b)
		fmt.Fprintf(&b, "\n </%sRDF>", d.rdfPrefix)
		at = d.rdf.to
	} else {
		end := d.withSpace(span{d.rdfEnd, d.rdfEnd}, false).from
		copyTo(end)
		b.WriteByte('\n')
		insert(&b)
		if end == d.rdfEnd {
			b.WriteByte('\n')
		}
	}
	copyTo(len(d.raw))
	return b.Bytes()
}

// withSpace adds the white space before an element to its span. An attribute's span has it already.
func (d *document) withSpace(s span, attribute bool) span {
	for !attribute && s.from > 0 && bytes.IndexByte([]byte(" \t\r\n"), d.raw[s.from-1]) >= 0 {
		s.from--
	}
	return s
}
