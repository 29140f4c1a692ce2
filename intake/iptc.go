package intake

import (
	"bytes"
	"encoding/binary"
	"errors"
	"time"
	"unicode/utf8"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/internal/codepage"
)

// Datasets of the IPTC Information Interchange Model 4.2, record 2, as record<<8 | dataset.
const (
	iptcCharacterSet = 1<<8 | 90
	iptcObjectName   = 2<<8 | 5
	iptcKeyword      = 2<<8 | 25
	iptcDateCreated  = 2<<8 | 55
	iptcTimeCreated  = 2<<8 | 60
	iptcCity         = 2<<8 | 90
	iptcSublocation  = 2<<8 | 92
	iptcProvince     = 2<<8 | 95
	iptcCountry      = 2<<8 | 101
	iptcHeadline     = 2<<8 | 105
	iptcCaption      = 2<<8 | 120
)

// maxDatasets is how many datasets are read; a photo's has some dozens.
const maxDatasets = 4096

// iptcFacts are the facts of IPTC records. Beside an error, which means that the records
// break off, are the facts up to there.
func iptcFacts(records []byte) (tagroll.Facts, error) {
	fields, err := iptcFields(records)
	decode := fallback(fields)
	text := func(dataset, limit int) string {
		for _, content := range fields[dataset] {
			if s := cleanText(decode(content), limit); s != "" {
				return s
			}
		}
		return ""
	}
	var keywords []string
	for _, keyword := range fields[iptcKeyword] {
		keywords = append(keywords, decode(keyword))
	}
	f := tagroll.Facts{
		Title:    cleanTitle(text(iptcObjectName, maxTitle), text(iptcHeadline, maxTitle)),
		Caption:  cleanCaption(text(iptcCaption, maxCaption)),
		Keywords: cleanKeywords(keywords),
		Place: tagroll.Place{
			Location: text(iptcSublocation, maxName),
			City:     text(iptcCity, maxName),
			Region:   text(iptcProvince, maxName),
			Country:  text(iptcCountry, maxName),
		},
		Taken: iptcTime(text(iptcDateCreated, maxName), text(iptcTimeCreated, maxName)),
	}
	return f, err
}

// iptcFields reads datasets: 0x1c, record, dataset, size, content (IIM 4.2, 1.6).
func iptcFields(records []byte) (map[int][][]byte, error) {
	fields := make(map[int][][]byte)
	for range maxDatasets {
		records = bytes.TrimLeft(records, "\x00") // padding
		if len(records) == 0 {
			return fields, nil
		}
		if len(records) < 5 || records[0] != 0x1c {
			return fields, errors.New("IPTC: something else than a dataset")
		}
		dataset := int(records[1])<<8 | int(records[2])
		size := int(binary.BigEndian.Uint16(records[3:]))
		records = records[5:]
		if size >= 0x8000 { // an extended dataset, which no field of these has
			return fields, errors.New("IPTC: an extended dataset")
		}
		if size > len(records) {
			return fields, errors.New("IPTC: a dataset is longer than the block")
		}
		fields[dataset] = append(fields[dataset], records[:size])
		records = records[size:]
	}
	return fields, errors.New("IPTC: too many datasets")
}

// iptcTexts are the datasets that hold words.
var iptcTexts = []int{iptcObjectName, iptcKeyword, iptcCity, iptcSublocation, iptcProvince, iptcCountry, iptcHeadline, iptcCaption}

// fallback returns how texts are decoded: as Latin-1 where the records say so, else as UTF-8 if
// valid, else as all texts together look, since a single word says little.
func fallback(fields map[int][][]byte) func([]byte) string {
	if marks := fields[iptcCharacterSet]; len(marks) > 0 && codepage.MarksLatin1(marks[0]) {
		return codepage.Windows1252.Decode
	}
	var all [][]byte
	for _, dataset := range iptcTexts {
		for _, text := range fields[dataset] {
			if !utf8.Valid(text) {
				all = append(all, text)
			}
		}
	}
	table := codepage.Guess(all...)
	return func(text []byte) string {
		if utf8.Valid(text) {
			return string(text)
		}
		return table.Decode(text)
	}
}

// iptcTime is the moment of a date (20240131) and a time (131415+0100, or without the
// zone). A date alone is no moment.
func iptcTime(date, clock string) time.Time {
	t, _ := moment(date + " " + clock)
	return t
}
