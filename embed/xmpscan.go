package embed

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// Namespaces of XMP part 1 to 3, and of the IPTC Photo Metadata Standard.
const (
	nsRDF       = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
	nsXML       = "http://www.w3.org/XML/1998/namespace"
	nsDC        = "http://purl.org/dc/elements/1.1/"
	nsPhotoshop = "http://ns.adobe.com/photoshop/1.0/"
	nsCore      = "http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/"
	nsExt       = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
	nsNote      = "http://ns.adobe.com/xmp/note/"
)

const (
	// maxPacket bounds a packet in bytes: real ones have some kilobytes, a few some megabytes.
	maxPacket = 16 << 20
	maxDepth  = 100
)

var errNotXML = errors.New("its XMP is not well formed")

// span is a range of bytes in a packet.
type span struct{ from, to int }

// property is one property of a packet: a child element of an rdf:Description, or an attribute.
type property struct {
	name        xml.Name
	span        span
	attribute   bool
	description int // index of its description

	// text is the value of a simple property; items are those of a list.
	text  string
	items []item
	// canon is the whole value in a form that does not depend on prefixes and white space.
	canon string
	// below are the local names of all elements within.
	below []string
}

// item is one item of a list, with its language where it has one.
type item struct{ lang, text string }

// first is the value that a reader shows: of alternatives the default language's.
func (p *property) first() string {
	for _, i := range p.items {
		if i.lang == "x-default" {
			return i.text
		}
	}
	if len(p.items) > 0 {
		return p.items[0].text
	}
	return p.text
}

// description is one rdf:Description below rdf:RDF.
type description struct {
	span       span
	properties int
	// other is whether it holds something else than properties and its own description: text,
	// comments.
	other bool
}

// document is what is known of a packet.
type document struct {
	raw          []byte
	rdf          span // of the start tag of rdf:RDF
	rdfEnd       int  // where the end tag begins; the end of the start tag if it closes itself
	selfClosing  bool
	rdfPrefix    string // with colon, empty for the default namespace
	about        string // the rdf:about that all descriptions share
	descriptions []description
	properties   []property
	namespaces   map[string]string // prefix to name, those in scope of any property
}

// all returns the properties of a name.
func (d *document) all(space, local string) []*property {
	var found []*property
	for i := range d.properties {
		if p := &d.properties[i]; p.name.Space == space && p.name.Local == local {
			found = append(found, p)
		}
	}
	return found
}

// value returns what a reader shows of a property; empty if there is none.
func (d *document) value(space, local string) string {
	for _, p := range d.all(space, local) {
		if v := p.first(); v != "" {
			return v
		}
	}
	return ""
}

// scanner is the state between two tokens.
type scanner struct {
	*document
	depth   int
	rdfAt   int // depth of rdf:RDF, 0 outside
	descAt  int // depth of the rdf:Description, 0 outside
	current property
	canon   strings.Builder
	text    strings.Builder
	lang    string
	stack   []bool // whether the element at each depth below a property has elements within
}

// scan reads a packet. It fails if the packet is not well-formed XML in UTF-8 with an rdf:RDF in
// it: nothing can be added safely then.
func scan(packet []byte) (*document, error) {
	if len(packet) > maxPacket {
		return nil, errors.New("its XMP is too long")
	}
	body := bytes.TrimRight(packet, "\x00")
	if !utf8.Valid(body) {
		return nil, errors.New("its XMP is not in UTF-8")
	}
	s := scanner{document: &document{raw: packet, namespaces: map[string]string{}}}
	d := xml.NewDecoder(bytes.NewReader(body))
	d.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil }
	for {
		from := int(d.InputOffset())
		token, err := d.Token()
		if err == io.EOF {
			break
		}
		if err == nil {
			err = s.token(token, span{from, int(d.InputOffset())})
		}
		if err != nil {
			return nil, errNotXML
		}
	}
	if s.rdf.to == 0 || s.rdfEnd == 0 {
		return nil, errors.New("its XMP has no rdf:RDF")
	}
	return s.document, nil
}

func (s *scanner) token(token xml.Token, at span) error {
	switch t := token.(type) {
	case xml.StartElement:
		s.depth++
		if s.depth > maxDepth {
			return errNotXML
		}
		return s.start(t, at)
	case xml.EndElement:
		s.end(at)
		s.depth--
	case xml.CharData:
		s.chars(t)
	case xml.Directive:
		return errNotXML // a document type may declare entities, which would be lost
	case xml.Comment, xml.ProcInst:
		if s.descAt != 0 && s.depth == s.descAt {
			s.descriptions[len(s.descriptions)-1].other = true
		}
	}
	return nil
}

func (s *scanner) inProperty() bool { return s.descAt != 0 && s.depth > s.descAt }

func (s *scanner) start(t xml.StartElement, at span) error {
	if s.rdfAt == 0 || s.depth <= s.rdfAt+2 {
		s.declare(t)
	}
	switch {
	case s.rdfAt == 0 && s.rdf.to == 0 && t.Name.Space == nsRDF && t.Name.Local == "RDF":
		s.rdfAt, s.rdf = s.depth, at
		s.selfClosing = bytes.HasSuffix(s.raw[at.from:at.to], []byte("/>"))
		name := rawName(s.raw[at.from+1 : at.to])
		s.rdfPrefix = strings.TrimSuffix(name, "RDF")
	case s.rdfAt != 0 && s.descAt == 0 && s.depth == s.rdfAt+1 && t.Name.Space == nsRDF && t.Name.Local == "Description":
		s.descAt = s.depth
		return s.describe(t, at)
	case s.inProperty():
		s.element(t, at)
	}
	return nil
}

// declare notes the namespaces that an element declares.
func (s *scanner) declare(t xml.StartElement) {
	for _, a := range t.Attr {
		if a.Name.Space == "xmlns" {
			s.namespaces[a.Name.Local] = a.Value
		}
	}
}

// describe takes the properties that an rdf:Description has as attributes.
func (s *scanner) describe(t xml.StartElement, at span) error {
	spans, err := attributeSpans(s.raw[at.from:at.to])
	if err != nil || len(spans) != len(t.Attr) {
		return errNotXML
	}
	s.descriptions = append(s.descriptions, description{span: span{at.from, 0}})
	d := &s.descriptions[len(s.descriptions)-1]
	for i, a := range t.Attr {
		switch {
		case a.Name.Space == "xmlns" || a.Name.Space == "" && a.Name.Local == "xmlns":
		case (a.Name.Space == nsRDF || a.Name.Space == "") && a.Name.Local == "about":
			if s.about == "" {
				s.about = a.Value
			}
		default:
			d.properties++
			p := property{name: a.Name, attribute: true, description: len(s.descriptions) - 1, text: a.Value}
			p.span = span{at.from + spans[i].from, at.from + spans[i].to}
			p.canon = canonOpen(a.Name, nil) + canonText(a.Value) + canonClose
			s.properties = append(s.properties, p)
		}
	}
	return nil
}

// element takes an element that is a property or lies within one.
func (s *scanner) element(t xml.StartElement, at span) {
	level := s.depth - s.descAt
	if level == 1 {
		s.descriptions[len(s.descriptions)-1].properties++
		s.current = property{name: t.Name, span: span{at.from, 0}, description: len(s.descriptions) - 1}
		s.canon.Reset()
		s.text.Reset()
		s.stack = s.stack[:0]
	} else {
		s.stack[len(s.stack)-1] = true
		s.current.below = append(s.current.below, t.Name.Local)
	}
	s.stack = append(s.stack, false)
	s.flush(true)
	s.canon.WriteString(canonOpen(t.Name, t.Attr))
	if level == 3 {
		s.lang = ""
		for _, a := range t.Attr {
			if a.Name.Local == "lang" && (a.Name.Space == nsXML || a.Name.Space == "xml") {
				s.lang = a.Value
			}
		}
	}
}

// flush ends a run of text. White space between elements means nothing.
func (s *scanner) flush(between bool) {
	if text := s.text.String(); !between || strings.TrimSpace(text) != "" {
		s.canon.WriteString(canonText(text))
	}
	s.text.Reset()
}

func (s *scanner) chars(t xml.CharData) {
	switch {
	case s.inProperty():
		s.text.Write(t)
	case s.descAt != 0 && len(bytes.TrimSpace(t)) > 0:
		s.descriptions[len(s.descriptions)-1].other = true
	}
}

func (s *scanner) end(at span) {
	switch {
	case s.inProperty():
		level, leaf := s.depth-s.descAt, !s.stack[len(s.stack)-1]
		s.stack = s.stack[:len(s.stack)-1]
		text := s.text.String()
		s.flush(!leaf)
		s.canon.WriteString(canonClose)
		if level == 3 && leaf {
			s.current.items = append(s.current.items, item{s.lang, text})
		}
		if level == 1 {
			if leaf {
				s.current.text = text
			}
			s.current.span.to, s.current.canon = at.to, s.canon.String()
			s.properties = append(s.properties, s.current)
		}
	case s.descAt != 0 && s.depth == s.descAt:
		s.descriptions[len(s.descriptions)-1].span.to = at.to
		s.descAt = 0
	case s.rdfAt != 0 && s.depth == s.rdfAt:
		s.rdfEnd, s.rdfAt = at.from, 0
	}
}

// The canonical form of a value: names by their namespace, attributes sorted, prefixes and white
// space left out.

const canonClose = "\x00<"

func canonOpen(name xml.Name, attributes []xml.Attr) string {
	list := make([]string, 0, len(attributes))
	for _, a := range attributes {
		if a.Name.Space != "xmlns" && (a.Name.Space != "" || a.Name.Local != "xmlns") {
			list = append(list, a.Name.Space+" "+a.Name.Local+"="+a.Value)
		}
	}
	slices.Sort(list)
	return "\x00>" + name.Space + " " + name.Local + "\x01" + strings.Join(list, "\x01")
}

func canonText(text string) string { return "\x02" + text }

// rawName is the name at the beginning of a tag, as written.
func rawName(tag []byte) string {
	end := bytes.IndexAny(tag, " \t\r\n/>")
	if end < 0 {
		end = len(tag)
	}
	return string(tag[:end])
}

// attributeSpans returns where each attribute of a start tag is, with the white space before it.
func attributeSpans(tag []byte) ([]span, error) {
	var spans []span
	at := 1 + len(rawName(tag[1:]))
	for {
		from := at
		for at < len(tag) && bytes.IndexByte([]byte(" \t\r\n"), tag[at]) >= 0 {
			at++
		}
		if at >= len(tag) || tag[at] == '/' || tag[at] == '>' {
			return spans, nil
		}
		equals := bytes.IndexByte(tag[at:], '=')
		if equals < 0 {
			return nil, errNotXML
		}
		at += equals + 1
		for at < len(tag) && bytes.IndexByte([]byte(" \t\r\n"), tag[at]) >= 0 {
			at++
		}
		if at >= len(tag) || tag[at] != '"' && tag[at] != '\'' {
			return nil, errNotXML
		}
		closing := bytes.IndexByte(tag[at+1:], tag[at])
		if closing < 0 {
			return nil, errNotXML
		}
		at += closing + 2
		spans = append(spans, span{from, at})
	}
}
