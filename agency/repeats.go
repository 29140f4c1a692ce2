package agency

import (
	"strings"

	"golang.org/x/text/unicode/norm"

	"github.com/tagroll/tagroll"
)

// Repeats finds what photos of one batch have in common and should not: agencies take the same
// title, or the same keywords, on several photos for spam, and a row finds one photo only. The
// zero Repeats is ready for use; it is for one goroutine.
type Repeats struct {
	names  map[string]string // by the name that agencies compare: the first photo's label
	labels []string          // of the photos
	words  Likeness
}

// Add compares a photo with the photos added before, and returns what there is against it:
// warnings, and an error for a file name that another photo has too. label names the photo in
// messages about others.
func (p *Repeats) Add(label, fileName string, m tagroll.Metadata) []tagroll.Finding {
	if p.names == nil {
		p.names = make(map[string]string)
	}
	r := &report{}
	name := NameKey(fileName)
	if first, taken := p.names[name]; taken {
		r.add(fieldFileName, tagroll.SeverityError, "filename-repeated", "%s has the same file name, so that a row finds only one of them: rename one", first)
	}
	if _, taken := p.names[name]; !taken && name != "" {
		p.names[name] = label
	}
	text := m.Title
	if text == "" {
		text = m.Description
	}
	if first, taken := p.words.SameTitle(text, anyPhoto); taken {
		r.add(fieldTitle, tagroll.SeverityWarning, "title-repeated", "%s has the same title, which agencies take for spam: say what is different", p.labels[first])
	}
	if first, taken := p.words.SameKeywords(m.Keywords, anyPhoto); taken {
		r.add(fieldKeywords, tagroll.SeverityWarning, "keywords-repeated", "%s has nearly the same keywords, which agencies take for spam: say what is different", p.labels[first])
	}
	p.words.Put(len(p.labels), text, m.Keywords)
	p.labels = append(p.labels, label)
	return r.findings
}

// NameKey is the form in which file names are compared: tables and systems write one name in
// capitals or not, and its accents as letters or beside them (macOS).
func NameKey(name string) string { return strings.ToLower(norm.NFC.String(name)) }

func anyPhoto(int) bool { return true }
