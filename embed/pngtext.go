package embed

import (
	"bytes"
	"compress/zlib"
	"encoding/hex"
	"fmt"
	"io"
	"strings"
)

// rawProfile begins the keyword of a text chunk that holds metadata of another format in
// hexadecimal (ImageMagick's coders/png.c; exiftool's PNG tables).
const rawProfile = "Raw profile type "

// pngText is a text chunk with metadata.
type pngText struct {
	chunk    string // tEXt, zTXt or iTXt
	from, to int64
	profile  string // what a raw profile is called; empty for XMP in its own chunk
	title    string // what a raw profile is called within its text
	content  []byte
}

// takePNGText notes a text chunk, if it is about metadata that this package writes.
func (e *Edit) takePNGText(m *pngMetadata, t pngText) error {
	const longest = 80 // of a keyword and its zero (PNG specification, 11.3.3.1)
	at, size := t.from+8, t.to-t.from-12
	head, err := e.read(at, min(size, longest))
	if err != nil {
		return err
	}
	word, _, found := bytes.Cut(head, []byte{0})
	isProfile := false
	t.profile, isProfile = strings.CutPrefix(string(word), rawProfile)
	isXMP := t.chunk == "iTXt" && string(word) == pngKeyword
	if !found || !isXMP && !isProfile {
		return nil
	}
	if isXMP {
		t.profile = ""
	}
	if size > 4*maxPacket {
		return refuse("its XMP is too long")
	}
	body, err := e.read(at+int64(len(word))+1, size-int64(len(word))-1)
	if err != nil {
		return err
	}
	text, ok := pngTextOf(t.chunk, body)
	switch {
	case !ok && isXMP:
		return refuse("its XMP is damaged")
	case isXMP:
		t.content = text
		return m.addPacket(t)
	}
	return m.addProfile(t, text, ok)
}

// addProfile notes a raw profile of XMP or IPTC; others stay as they are.
func (m *pngMetadata) addProfile(t pngText, text []byte, ok bool) error {
	if ok {
		t.title, t.content, ok = decodeProfile(text)
	}
	packet, isXMP := bytes.CutPrefix(t.content, []byte(xmpSignature))
	switch {
	case t.profile == "xmp" && !ok, (t.profile == "iptc" || t.profile == "8bim") && !ok:
		return refuse("its raw profile of type %s is damaged", t.profile)
	case t.profile == "xmp", t.profile == "APP1" && isXMP:
		t.content = packet
		return m.addPacket(t)
	case t.profile == "iptc", t.profile == "8bim":
		m.records = append(m.records, t)
	}
	return nil
}

func (m *pngMetadata) addPacket(t pngText) error {
	for _, other := range m.packets {
		if (other.profile == "") == (t.profile == "") {
			return refuse("it has two XMP packets")
		}
	}
	m.packets = append(m.packets, t)
	return nil
}

// pngTextOf is the text of a chunk behind its keyword.
func pngTextOf(chunk string, body []byte) (text []byte, ok bool) {
	compressed := false
	switch chunk {
	case "zTXt": // the method of compression
		if len(body) < 1 || body[0] != 0 {
			return nil, false
		}
		compressed, body = true, body[1:]
	case "iTXt": // flag and method of compression, language, translated keyword
		if len(body) < 2 {
			return nil, false
		}
		compressed = body[0] != 0
		_, rest, found := bytes.Cut(body[2:], []byte{0})
		_, rest, also := bytes.Cut(rest, []byte{0})
		if !found || !also {
			return nil, false
		}
		body = rest
	}
	if !compressed {
		return body, true
	}
	z, err := zlib.NewReader(bytes.NewReader(body))
	if err != nil {
		return nil, false
	}
	text, err = io.ReadAll(io.LimitReader(z, 4*maxPacket))
	return text, err == nil
}

// decodeProfile reads a raw profile: a line with its name, one with its length in bytes, and lines
// of hexadecimal digits.
func decodeProfile(text []byte) (title string, content []byte, ok bool) {
	parts := bytes.SplitN(bytes.TrimLeft(text, "\n"), []byte("\n"), 3)
	if len(parts) < 3 {
		return "", nil, false
	}
	length := 0
	if _, err := fmt.Sscan(string(parts[1]), &length); err != nil {
		return "", nil, false
	}
	digits := bytes.Join(bytes.Fields(parts[2]), nil)
	content = make([]byte, hex.DecodedLen(len(digits)))
	n, err := hex.Decode(content, digits)
	return string(parts[0]), content[:n], err == nil && n == length
}

// encode returns the chunk with another content.
func (t pngText) encode(content []byte) []byte {
	var text bytes.Buffer
	fmt.Fprintf(&text, "\n%s\n%8d", t.title, len(content))
	const line = 36 // bytes, as ImageMagick has it
	for at := 0; at < len(content); at += line {
		fmt.Fprintf(&text, "\n%x", content[at:min(at+line, len(content))])
	}
	text.WriteByte('\n')
	keyword := []byte(rawProfile + t.profile + "\x00")
	switch t.chunk {
	case "iTXt":
		return pngChunk(t.chunk, keyword, make([]byte, 4), text.Bytes())
	case "zTXt":
		var packed bytes.Buffer
		z := zlib.NewWriter(&packed)
		_, _ = z.Write(text.Bytes()) // a Buffer returns no error
		_ = z.Close()
		return pngChunk(t.chunk, keyword, []byte{0}, packed.Bytes())
	}
	return pngChunk(t.chunk, keyword, text.Bytes())
}

// packet is the XMP of the file: that of its own chunk, with what only a raw profile says.
func (m *pngMetadata) packet() ([]byte, error) {
	var own, profile []byte
	for _, t := range m.packets {
		switch {
		case len(bytes.Trim(t.content, " \t\r\n\x00")) == 0:
		case t.profile == "":
			own = t.content
		default:
			profile = t.content
		}
	}
	switch {
	case profile == nil:
		return own, nil
	case own == nil:
		return profile, nil
	}
	return joinPackets(own, profile)
}

// setRecords puts the fields into the IPTC of raw profiles. It returns what the first of them said
// before.
func (m *pngMetadata) setRecords(packet []byte, f Fields) (records *iptc, changes []change, err error) {
	var doc *document
	if len(packet) > 0 {
		if doc, err = scan(packet); err != nil {
			return nil, nil, refuse("%v", err)
		}
	}
	for _, t := range m.records {
		there, write, err := profileRecords(t.content)
		if err != nil {
			return nil, nil, refuse("%v", err)
		}
		if there == nil {
			continue
		}
		if records == nil {
			records = there
		}
		if content := write(there.merge(f.resolve(doc, records))); !bytes.Equal(content, t.content) {
			changes = append(changes, change{t.from, t.to, t.encode(content)})
		}
	}
	return records, changes, nil
}

// profileRecords returns the IPTC of a raw profile, nil if there is none, and what writes it in the
// form in which it is there: bare, or within Photoshop's resources.
func profileRecords(content []byte) (records *iptc, write func(records []byte) []byte, err error) {
	if len(content) > 0 && content[0] == 0x1c {
		records, err = parseIPTC(content)
		return records, func(r []byte) []byte { return r }, err
	}
	block, headed := bytes.CutPrefix(content, []byte(photoshopSignature))
	list, padding, err := parseResources(block)
	if err != nil {
		return nil, nil, err
	}
	raw, err := find(list, resourceIPTC)
	if err != nil || raw == nil {
		return nil, nil, err
	}
	records, err = parseIPTC(raw)
	return records, func(r []byte) []byte {
		block := withRecords(list, padding, r)
		if headed {
			return append([]byte(photoshopSignature), block...)
		}
		return block
	}, err
}
