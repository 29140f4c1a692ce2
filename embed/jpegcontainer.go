package embed

import (
	"bytes"
	"encoding/binary"
	"regexp"
	"slices"
	"strconv"
)

const nsContainer = "http://ns.google.com/photos/1.0/container/"

// Parts of Google's list of what a file holds (Ultra HDR, motion photos): an item, what marks the
// picture that comes first, and its length in bytes, as an attribute or as an element.
var (
	containerItem    = regexp.MustCompile(`<[\w.-]+:li\b[\s\S]*?</[\w.-]+:li>`)
	containerPrimary = regexp.MustCompile(`:Semantic(?:[ \t\r\n]*=[ \t\r\n]*["']|>)Primary["'<]`)
	containerLength  = regexp.MustCompile(`:Length(?:[ \t\r\n]*=[ \t\r\n]*["']|>)([1-9][0-9]{0,9})["'<]`)
)

// primaryLength finds the length of the first picture in a packet: its digits stand from from to
// to. Most writers leave the length out, or write 0.
func primaryLength(doc *document) (from, to int, length int64, ok bool) {
	for _, directory := range doc.all(nsContainer, "Directory") {
		if directory.attribute {
			continue
		}
		text := doc.raw[directory.span.from:directory.span.to]
		for _, at := range containerItem.FindAllIndex(text, -1) {
			item := text[at[0]:at[1]]
			digits := containerLength.FindSubmatchIndex(item)
			if digits == nil || !containerPrimary.Match(item) {
				continue
			}
			length, err := strconv.ParseInt(string(item[digits[2]:digits[3]]), 10, 64)
			start := directory.span.from + at[0]
			return start + digits[2], start + digits[3], length, err == nil
		}
	}
	return 0, 0, 0, false
}

// moveContainer corrects the length of the first picture in Google's list. The other lengths are
// those of what stands behind the picture.
func (e *Edit) moveContainer(h *header, x jpegXMP) error {
	grown := moved(h.end, h.changes) - h.end
	if x.doc == nil || grown == 0 {
		return nil
	}
	old := x.segment[0]
	packet, rest := x.doc.raw, []byte(nil)
	at := slices.IndexFunc(h.changes, func(c change) bool { return c.from == old.from && c.to == old.to })
	if at >= 0 {
		put := h.changes[at].put
		end := 2 + int(binary.BigEndian.Uint16(put[2:]))
		packet, rest = put[4+len(xmpSignature):end], put[end:]
	}
	doc, err := scan(packet)
	if err != nil {
		return refuse("%v", err)
	}
	from, to, length, ok := primaryLength(doc)
	if !ok || length <= h.end || length > e.size {
		return nil // it was wrong before
	}
	digits := strconv.FormatInt(length+grown, 10)
	if longer := len(digits) - (to - from); longer != 0 { // which makes the picture longer, too
		digits = strconv.FormatInt(length+grown+int64(longer), 10)
	}
	packet = slices.Concat(packet[:from], []byte(digits), packet[to:])
	if len(packet) > maxMain {
		return refuse("its XMP is too long to add to")
	}
	put := append(appendSegment(nil, 0xe1, []byte(xmpSignature), packet), bytes.Clone(rest)...)
	if at >= 0 {
		h.changes[at].put = put
		return nil
	}
	h.changes = append(h.changes, change{old.from, old.to, put})
	return nil
}
