package embed

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"slices"
	"strings"

	"github.com/tagroll/tagroll"
)

// prefixes are the namespaces that this package writes, by the prefix that each is known by.
var prefixes = []struct{ prefix, name string }{
	{"dc", nsDC}, {"photoshop", nsPhotoshop}, {"Iptc4xmpCore", nsCore}, {"Iptc4xmpExt", nsExt}, {"xmpNote", nsNote},
}

// wanted is one property to be written: a text, a list in a container, or a place.
type wanted struct {
	space, local string
	container    string // "Alt", "Bag", "Seq"; empty for a simple text
	items        []item
	place        *tagroll.Place // a Bag with one structure
}

// wantedOf lists the properties of the fields, in the order in which they are written.
func wantedOf(f Fields) []wanted {
	var list []wanted
	add := func(space, local, container, value string) {
		lang := ""
		if container == "Alt" {
			lang = "x-default"
		}
		if value != "" {
			list = append(list, wanted{space: space, local: local, container: container, items: []item{{lang, value}}})
		}
	}
	add(nsDC, "title", "Alt", f.Title)
	add(nsDC, "description", "Alt", f.Description)
	if len(f.Keywords) > 0 {
		subject := wanted{space: nsDC, local: "subject", container: "Bag"}
		for _, k := range f.Keywords {
			subject.items = append(subject.items, item{"", k})
		}
		list = append(list, subject)
	}
	add(nsDC, "creator", "Seq", f.Creator)
	add(nsDC, "rights", "Alt", f.Copyright)
	add(nsPhotoshop, "Headline", "", f.Headline)
	add(nsPhotoshop, "SupplementalCategories", "Bag", string(f.Category))
	add(nsPhotoshop, "City", "", f.Place.City)
	add(nsPhotoshop, "State", "", f.Place.Region)
	add(nsPhotoshop, "Country", "", f.Place.Country)
	add(nsCore, "Location", "", f.Place.Location)
	if f.Place != (tagroll.Place{}) {
		list = append(list, wanted{space: nsExt, local: "LocationCreated", place: &f.Place})
	}
	return list
}

// write writes a property as an element of an rdf:Description.
func (w wanted) write(b *bytes.Buffer) {
	name := prefixOf(w.space) + ":" + w.local
	switch {
	case w.place != nil:
		fmt.Fprintf(b, "   <%s>\n    <rdf:Bag>\n     <rdf:li rdf:parseType=\"Resource\">\n", name)
		for _, part := range []struct{ local, text string }{
			{"Sublocation", w.place.Location}, {"City", w.place.City},
			{"ProvinceState", w.place.Region}, {"CountryName", w.place.Country},
		} {
			if part.text != "" {
				fmt.Fprintf(b, "      <Iptc4xmpExt:%s>%s</Iptc4xmpExt:%[1]s>\n", part.local, escape(part.text))
			}
		}
		fmt.Fprintf(b, "     </rdf:li>\n    </rdf:Bag>\n   </%s>\n", name)
	case w.container == "":
		fmt.Fprintf(b, "   <%s>%s</%[1]s>\n", name, escape(w.items[0].text))
	default:
		fmt.Fprintf(b, "   <%s>\n    <rdf:%s>\n", name, w.container)
		for _, i := range w.items {
			lang := ""
			if i.lang != "" {
				lang = fmt.Sprintf(" xml:lang=\"%s\"", escape(i.lang))
			}
			fmt.Fprintf(b, "     <rdf:li%s>%s</rdf:li>\n", lang, escape(i.text))
		}
		fmt.Fprintf(b, "    </rdf:%s>\n   </%s>\n", w.container, name)
	}
}

// canon is the canonical form of the property, as scan would find it.
func (w wanted) canon() string {
	doc, err := scan(newPacket([]wanted{w}, ""))
	if err != nil || len(doc.properties) != 1 {
		// This equals no property: w is written, and never taken for one that is there.
		return ""
	}
	return doc.properties[0].canon
}

// escape writes a text for an element or an attribute. Line breaks come out as references,
// which no reader normalises.
func escape(text string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(text)) // a Builder returns no error
	return b.String()
}

func prefixOf(space string) string {
	for _, p := range prefixes {
		if p.name == space {
			return p.prefix
		}
	}
	return ""
}

// writeDescription writes an rdf:Description with the properties, each line indented for rdf:RDF.
func writeDescription(b *bytes.Buffer, about string, declareRDF bool, list []wanted) {
	fmt.Fprintf(b, "  <rdf:Description rdf:about=\"%s\"", escape(about))
	if declareRDF {
		fmt.Fprintf(b, "\n    xmlns:rdf=%q", nsRDF)
	}
	for i, p := range prefixes {
		used := i < 2 || slices.ContainsFunc(list, func(w wanted) bool { return w.space == p.name })
		if used {
			fmt.Fprintf(b, "\n    xmlns:%s=%q", p.prefix, p.name)
		}
	}
	b.WriteString(">\n")
	for _, w := range list {
		w.write(b)
	}
	b.WriteString("  </rdf:Description>")
}

// newPacket returns a whole packet (ISO 16684-1) with the properties.
func newPacket(list []wanted, about string) []byte {
	var b bytes.Buffer
	// The byte order mark within the packet's header tells readers the encoding.
	b.WriteString("<?xpacket begin=\"\ufeff\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n" +
		"<x:xmpmeta xmlns:x=\"adobe:ns:meta/\" x:xmptk=\"tagroll\">\n" +
		" <rdf:RDF xmlns:rdf=\"" + nsRDF + "\">\n")
	writeDescription(&b, about, false, list)
	// "w": the packet may be changed in place.
	b.WriteString("\n </rdf:RDF>\n</x:xmpmeta>\n<?xpacket end=\"w\"?>\n")
	return b.Bytes()
}
