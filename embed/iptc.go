package embed

import (
	"bytes"
	"encoding/binary"
	"errors"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/tagroll/tagroll/internal/codepage"
)

// Datasets of the IPTC Information Interchange Model 4.2, as record<<8 | dataset.
const (
	iptcEnvelope     = 1 << 8
	iptcCharacterSet = 1<<8 | 90
	iptcVersion      = 2 << 8
	iptcObjectName   = 2<<8 | 5
	iptcKeyword      = 2<<8 | 25
	iptcByline       = 2<<8 | 80
	iptcCity         = 2<<8 | 90
	iptcSublocation  = 2<<8 | 92
	iptcProvince     = 2<<8 | 95
	iptcCountry      = 2<<8 | 101
	iptcHeadline     = 2<<8 | 105
	iptcCopyright    = 2<<8 | 116
	iptcCaption      = 2<<8 | 120
)

// utf8Mark is the escape sequence of ISO 2022 for UTF-8.
const utf8Mark = "\x1b%G"

// maxDatasets bounds the datasets of one file; a photo's has some dozens.
const maxDatasets = 4096

var errNotIPTC = errors.New("its IPTC is damaged")

// iptc are the datasets of a file, in its order. A nil *iptc has none.
type iptc struct {
	datasets []dataset
}

// dataset is one value. head are the bytes before the content: tag marker, record, dataset and
// size.
type dataset struct {
	id            int
	head, content []byte
}

// parseIPTC reads datasets (IIM 4.2, 1.6). Zeros behind the last are padding.
func parseIPTC(records []byte) (*iptc, error) {
	all := &iptc{}
	for {
		if len(bytes.TrimLeft(records, "\x00")) == 0 {
			return all, nil
		}
		if len(records) < 5 || records[0] != 0x1c || len(all.datasets) == maxDatasets {
			return nil, errNotIPTC
		}
		head, size := 5, uint64(binary.BigEndian.Uint16(records[3:]))
		if size >= 0x8000 { // an extended dataset: the number of bytes that hold its size
			digits := int(size & 0x7fff)
			if digits < 1 || digits > 4 || len(records) < 5+digits {
				return nil, errNotIPTC
			}
			head, size = 5+digits, 0
			for _, b := range records[5:head] {
				size = size<<8 | uint64(b)
			}
		}
		if size > uint64(len(records)-head) {
			return nil, errNotIPTC
		}
		end := head + int(size)
		all.datasets = append(all.datasets, dataset{
			id: int(records[1])<<8 | int(records[2]), head: records[:head], content: records[head:end],
		})
		records = records[end:]
	}
}

// table is what the texts are in that are not UTF-8; nil where all are.
func (x *iptc) table() *codepage.Table {
	var texts [][]byte
	for _, d := range x.datasets {
		switch {
		case d.id == iptcCharacterSet && string(d.content) == utf8Mark:
			return nil
		case d.id == iptcCharacterSet && codepage.MarksLatin1(d.content):
			return codepage.Windows1252
		case d.isText() && !utf8.Valid(d.content):
			texts = append(texts, d.content)
		}
	}
	return codepage.Guess(texts...)
}

// isText reports whether the dataset is a text of record 2, which the mark for the character set is
// about. The others there are the version, a raster and a preview picture.
func (d dataset) isText() bool {
	switch d.id {
	case iptcVersion, 2<<8 | 125, 2<<8 | 200, 2<<8 | 201, 2<<8 | 202:
		return false
	}
	return d.id>>8 == 2
}

// text is the first value of a text in UTF-8; empty if there is none.
func (x *iptc) text(id int) string {
	if x == nil {
		return ""
	}
	for _, d := range x.datasets {
		if d.id == id {
			return decodeIPTC(d.content, x.table())
		}
	}
	return ""
}

// decodeIPTC decodes a text: UTF-8 where it is marked so or valid, else of a table.
func decodeIPTC(text []byte, table *codepage.Table) string {
	if table == nil || utf8.Valid(text) {
		return string(text)
	}
	return table.Decode(text)
}

// bounded is a field of IPTC by its number, and how many bytes IPTC has room for (IIM 4.2, section
// 6).
type bounded struct {
	id, most int
	values   []string
}

// bounded lists the fields in the order of their numbers.
func (f Fields) bounded() []bounded {
	return []bounded{
		{iptcObjectName, 64, []string{f.Title}},
		{iptcKeyword, 64, f.Keywords},
		{iptcByline, 32, []string{f.Creator}},
		{iptcCity, 32, []string{f.Place.City}},
		{iptcSublocation, 32, []string{f.Place.Location}},
		{iptcProvince, 32, []string{f.Place.Region}},
		{iptcCountry, 64, []string{f.Place.Country}},
		{iptcHeadline, 256, []string{f.Headline}},
		{iptcCopyright, 128, []string{f.Copyright}},
		{iptcCaption, 2000, []string{f.Description}},
	}
}

// merge returns the records with the fields in the place of what they had, all texts in UTF-8 and
// marked as such. Texts that are too long for IPTC are cut at a word.
func (x *iptc) merge(f Fields) []byte {
	var list, ours []dataset
	if x != nil {
		list = x.inUTF8()
	}
	ours = append(ours, newDataset(iptcCharacterSet, []byte(utf8Mark)))
	for _, field := range f.bounded() {
		for _, v := range field.values {
			if v = strings.TrimSpace(cutWords(v, field.most)); v != "" {
				ours = append(ours, newDataset(field.id, []byte(v)))
			}
		}
	}
	list = slices.DeleteFunc(list, func(d dataset) bool { return contains(ours, d.id) })
	// Both are mandatory; 4 is the current one.
	for _, version := range []int{iptcEnvelope, iptcVersion} {
		if !contains(list, version) {
			list = insert(list, newDataset(version, []byte{0, 4}))
		}
	}
	for _, d := range ours {
		list = insert(list, d)
	}
	var out []byte
	for _, d := range list {
		out = append(append(out, d.head...), d.content...)
	}
	return out
}

func contains(list []dataset, id int) bool {
	return slices.ContainsFunc(list, func(d dataset) bool { return d.id == id })
}

// insert puts a dataset before the first that has a greater number.
func insert(list []dataset, d dataset) []dataset {
	at := slices.IndexFunc(list, func(other dataset) bool { return other.id > d.id })
	if at < 0 {
		at = len(list)
	}
	return slices.Insert(list, at, d)
}

// inUTF8 returns the datasets with their texts converted.
func (x *iptc) inUTF8() []dataset {
	list := slices.Clone(x.datasets)
	table := x.table()
	for i, d := range list {
		if table != nil && d.isText() && !utf8.Valid(d.content) {
			list[i] = newDataset(d.id, []byte(table.Decode(d.content)))
		}
	}
	return list
}

func newDataset(id int, content []byte) dataset {
	head := []byte{0x1c, byte(id >> 8), byte(id)}
	if len(content) < 0x8000 {
		return dataset{id, binary.BigEndian.AppendUint16(head, uint16(len(content))), content}
	}
	head = append(head, 0x80, 4) // an extended dataset, whose size has four bytes
	return dataset{id, binary.BigEndian.AppendUint32(head, uint32(len(content))), content}
}
