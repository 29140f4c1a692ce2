package agency

import (
	"cmp"
	"hash/fnv"
	"slices"
	"strings"

	"github.com/tagroll/tagroll"
)

// similarKeywords is the share of keywords that two photos may have in common, of all that either
// has.
const similarKeywords = 0.9

// Batch compares the photos of one batch with each other: agencies take the same title, or the same
// keywords, on several photos for spam, and a row finds one photo only. The zero Batch is ready for
// use; it is for one goroutine.
type Batch struct {
	names    map[string]string // by the name that agencies compare: the first photo's label
	titles   map[string]string
	keywords []keywordSet
	byPrefix map[uint64][]int // keyword sets by each of their first keywords
}

// keywordSet is a photo's keywords as hashes, in ascending order.
type keywordSet struct {
	label string
	keys  []uint64
}

// Add compares a photo with the photos added before, and returns what there is against it:
// warnings, and an error for a file name that another photo has too. label names the photo in
// messages about others.
func (b *Batch) Add(label, fileName string, m tagroll.Metadata) []tagroll.Finding {
	if b.names == nil {
		b.names, b.titles, b.byPrefix = make(map[string]string), make(map[string]string), make(map[uint64][]int)
	}
	r := &report{}
	if first, taken := b.first(b.names, strings.ToLower(fileName), label); taken {
		r.add(fieldFileName, tagroll.SeverityError, "filename-repeated", "%s has the same file name, so that a row finds only one of them: rename one", first)
	}
	text := m.Title
	if text == "" {
		text = m.Description
	}
	if first, taken := b.first(b.titles, strings.Join(keys(text), " "), label); taken {
		r.add(fieldTitle, tagroll.SeverityWarning, "title-repeated", "%s has the same title, which agencies take for spam: say what is different", first)
	}
	if first := b.similar(label, m.Keywords); first != "" {
		r.add(fieldKeywords, tagroll.SeverityWarning, "keywords-repeated", "%s has nearly the same keywords, which agencies take for spam: say what is different", first)
	}
	return r.findings
}

// first returns the label that was noted for a key before, or notes this one.
func (b *Batch) first(seen map[string]string, key, label string) (string, bool) {
	if key == "" {
		return "", false
	}
	if first, ok := seen[key]; ok {
		return first, true
	}
	seen[key] = label
	return "", false
}

// similar returns the label of an earlier photo with nearly the same keywords, and remembers this
// one's.
//
// Two sets that have more than nine tenths in common share one of the first few keywords of each,
// in whatever order all sets are sorted; so only photos that share such a keyword are compared.
func (b *Batch) similar(label string, words []string) string {
	set := keywordSet{label: label}
	for _, k := range words {
		if key := stemKey(k); key != "" {
			h := fnv.New64a()
			h.Write([]byte(key))
			set.keys = append(set.keys, h.Sum64())
		}
	}
	slices.Sort(set.keys)
	set.keys = slices.Compact(set.keys)
	if len(set.keys) < 5 {
		return "" // so few are alike by chance
	}
	n := len(set.keys)
	prefix := set.keys[:n-(9*n+9)/10+1]
	tried := make(map[int]bool)
	for _, key := range prefix {
		for _, i := range b.byPrefix[key] {
			if !tried[i] {
				tried[i] = true
				if overlap(set.keys, b.keywords[i].keys) > similarKeywords {
					return b.keywords[i].label // it stands for this one as well
				}
			}
		}
	}
	b.keywords = append(b.keywords, set)
	for _, key := range prefix {
		b.byPrefix[key] = append(b.byPrefix[key], len(b.keywords)-1)
	}
	return ""
}

// overlap is the share of two sorted sets' elements that both have.
func overlap(a, b []uint64) float64 {
	both, i, j := 0, 0, 0
	for i < len(a) && j < len(b) {
		switch cmp.Compare(a[i], b[j]) {
		case 0:
			both, i, j = both+1, i+1, j+1
		case -1:
			i++
		default:
			j++
		}
	}
	return float64(both) / float64(len(a)+len(b)-both)
}
