package intake

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/tagroll/tagroll"
)

// Namespaces of XMP part 1 and 2, and of the IPTC Photo Metadata Standard.
const (
	nsRDF       = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
	nsXML       = "http://www.w3.org/XML/1998/namespace"
	nsDC        = "http://purl.org/dc/elements/1.1/"
	nsPhotoshop = "http://ns.adobe.com/photoshop/1.0/"
	nsIPTC      = "http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/"
	nsTIFF      = "http://ns.adobe.com/tiff/1.0/"
	nsEXIF      = "http://ns.adobe.com/exif/1.0/"
	nsEXIFEX    = "http://cipa.jp/exif/1.0/"
	nsAUX       = "http://ns.adobe.com/exif/1.0/aux/"
)

// Bounds of the parser. encoding/xml keeps no tree, so that memory stays with what is
// kept here; time is bounded by maxPacket.
const (
	maxXMPDepth  = 64
	maxXMPValues = 10_000
)

// xmpFacts are the facts of an XMP packet. Beside an error, which means that the packet
// breaks off, are the facts up to there.
func xmpFacts(packet []byte) (tagroll.Facts, error) {
	p, err := parseXMP(packet)
	f := tagroll.Facts{
		Title:    cleanTitle(p.text(maxTitle, nsDC+"title"), p.text(maxTitle, nsPhotoshop+"Headline")),
		Caption:  cleanCaption(p.text(maxCaption, nsDC+"description")),
		Keywords: cleanKeywords(p[nsDC+"subject"]),
		Place: tagroll.Place{
			Location: p.text(maxName, nsIPTC+"Location"),
			City:     p.text(maxName, nsPhotoshop+"City"),
			Region:   p.text(maxName, nsPhotoshop+"State"),
			Country:  p.text(maxName, nsPhotoshop+"Country"),
		},
		Taken:           xmpTime(p.text(maxName, nsEXIF+"DateTimeOriginal", nsPhotoshop+"DateCreated")),
		Camera:          camera(p.text(maxName, nsTIFF+"Make"), p.text(maxName, nsTIFF+"Model")),
		Lens:            lens(p.text(maxName, nsEXIFEX+"LensModel", nsAUX+"Lens")),
		FocalLength:     p.number(nsEXIF + "FocalLength"),
		FocalLength35:   p.number(nsEXIF + "FocalLengthIn35mmFilm"),
		FNumber:         p.number(nsEXIF + "FNumber"),
		ExposureSeconds: p.number(nsEXIF + "ExposureTime"),
		ISO:             int(p.number(nsEXIF + "ISOSpeedRatings")),
		Position: position(
			xmpDegrees(p.text(maxName, nsEXIF+"GPSLatitude"), "N", "S"),
			xmpDegrees(p.text(maxName, nsEXIF+"GPSLongitude"), "E", "W")),
	}
	return f, err
}

// properties are the values of a packet's properties by namespace and name, in the order
// of the file; of alternatives by language the default one comes first.
type properties map[string][]string

func (p properties) text(limit int, names ...string) string {
	for _, name := range names {
		for _, value := range p[name] {
			if s := cleanText(value, limit); s != "" {
				return s
			}
		}
	}
	return ""
}

// number is a number or a fraction above zero, else 0.
func (p properties) number(name string) float64 {
	over, under, isFraction := strings.Cut(p.text(maxName, name), "/")
	n, err := strconv.ParseFloat(over, 64)
	if err == nil && isFraction {
		var d float64
		d, err = strconv.ParseFloat(under, 64)
		n /= d
	}
	if err != nil || !(n > 0 && n < maxMeasure) {
		return 0
	}
	return n
}

// parseXMP reads the properties of the rdf:Description elements of a packet, which may be
// attributes, elements or lists (XMP part 1, 7). Properties within structures are passed over.
// Beside an error it returns what it understood before.
func parseXMP(packet []byte) (properties, error) {
	if len(packet) > maxPacket {
		return nil, errors.New("XMP: the packet is too long")
	}
	d := xml.NewDecoder(bytes.NewReader(sanitizeXML(toUTF8(packet))))
	d.Strict = false // unknown entities and missing quotes are no reason to lose the rest
	d.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil }
	w := xmpWalk{properties: make(properties)}
	for {
		token, err := d.Token()
		if err == nil {
			err = w.token(token)
		}
		switch {
		case err == io.EOF:
			return w.properties, nil
		case err != nil:
			return w.properties, fmt.Errorf("XMP: %w", err)
		}
	}
}

// sanitizeXML replaces what XML does not allow, and encoding/xml would stop at.
func sanitizeXML(packet []byte) []byte {
	return bytes.Map(func(r rune) rune {
		if r < ' ' && r != '\t' && r != '\n' && r != '\r' || r&0xfffe == 0xfffe {
			return ' '
		}
		return r
	}, packet)
}

// xmpWalk is a parser's state between two tokens. It counts depth instead of building a tree.
type xmpWalk struct {
	properties properties
	values     int

	depth       int
	rdf         int // depth of rdf:RDF, 0 outside
	description int // depth of the rdf:Description, 0 outside
	property    string
	list        string // "Alt", "Bag" or "Seq" inside one
	isDefault   bool   // the list item is in the default language
	text        strings.Builder
}

func (w *xmpWalk) token(token xml.Token) error {
	switch t := token.(type) {
	case xml.StartElement:
		w.depth++
		if w.depth > maxXMPDepth {
			return errors.New("nested too deeply")
		}
		return w.start(t)
	case xml.CharData:
		if w.inText() && w.text.Len() < utf8.UTFMax*maxCaption {
			w.text.Write(t)
		}
	case xml.EndElement:
		err := w.end()
		w.depth--
		return err
	}
	return nil
}

// below is how many levels deeper than the rdf:Description the walk is: 1 is a property,
// 2 a list, 3 an item. It is 0 or less elsewhere.
func (w *xmpWalk) below() int {
	if w.description == 0 {
		return 0
	}
	return w.depth - w.description
}

func (w *xmpWalk) inText() bool {
	return w.below() == 1 || w.below() == 3 && w.list != ""
}

func (w *xmpWalk) start(t xml.StartElement) error {
	switch {
	case w.rdf == 0 && t.Name == xml.Name{Space: nsRDF, Local: "RDF"}:
		w.rdf = w.depth
	case w.rdf != 0 && w.depth == w.rdf+1 && t.Name == xml.Name{Space: nsRDF, Local: "Description"}:
		w.description = w.depth
		for _, a := range t.Attr {
			if err := w.add(a.Name.Space+a.Name.Local, a.Value, false); err != nil {
				return err
			}
		}
	case w.below() == 1:
		w.property, w.list = t.Name.Space+t.Name.Local, ""
		w.text.Reset()
	case w.below() == 2:
		w.list = ""
		if t.Name.Space == nsRDF && (t.Name.Local == "Alt" || t.Name.Local == "Bag" || t.Name.Local == "Seq") {
			w.list = t.Name.Local
		}
		w.text.Reset()
	case w.below() == 3:
		w.isDefault = false
		for _, a := range t.Attr {
			if a.Name.Local == "lang" && (a.Name.Space == nsXML || a.Name.Space == "xml") {
				w.isDefault = a.Value == "x-default"
			}
		}
		w.text.Reset()
	}
	return nil
}

func (w *xmpWalk) end() (err error) {
	switch {
	case w.inText():
		err = w.add(w.property, w.text.String(), w.list == "Alt" && w.isDefault)
		w.text.Reset()
	case w.depth == w.description:
		w.description = 0
	case w.depth == w.rdf:
		w.rdf = 0
	}
	return err
}

// add keeps a value that is not blank.
func (w *xmpWalk) add(name, value string, first bool) error {
	if strings.TrimSpace(value) == "" {
		return nil
	}
	if w.values++; w.values > maxXMPValues {
		return errors.New("too many values")
	}
	if first {
		w.properties[name] = slices.Insert(w.properties[name], 0, value)
	} else {
		w.properties[name] = append(w.properties[name], value)
	}
	return nil
}

// xmpTime is the moment of a date and time of XMP part 1 ("Date"). A date alone is no moment.
func xmpTime(s string) time.Time {
	t, _ := moment(s)
	return t
}

// xmpDegrees is a coordinate of XMP part 2 ("GPSCoordinate"): "26,34.951N" or
// "26,34,57N"; NaN if it is not one.
func xmpDegrees(s, positive, negative string) float64 {
	if s == "" {
		return math.NaN()
	}
	parts := strings.Split(s[:len(s)-1], ",")
	if len(parts) < 2 || len(parts) > 3 {
		return math.NaN()
	}
	dms := make([]float64, 3)
	for i, part := range parts {
		n, err := strconv.ParseFloat(part, 64)
		if err != nil {
			return math.NaN()
		}
		dms[i] = n
	}
	return degrees(dms, s[len(s)-1:], positive, negative)
}
