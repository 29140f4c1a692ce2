package agency

import (
	"cmp"
	"hash/fnv"
	"slices"
)

// similarKeywords is the share of keywords that two photos may have in common, of all that either
// has. leastKeywords is how many a photo must have for that: fewer are alike by chance.
const (
	similarKeywords = 0.9
	leastKeywords   = 5
)

// Likeness finds photos of a batch with the same title or nearly the same keywords, whatever form
// their words have. Photos are numbers of the caller's. The zero Likeness is ready for use; it is
// for one goroutine.
type Likeness struct {
	photos   map[int]likePhoto
	byTitle  map[string][]int
	byPrefix map[uint64][]int // photos by each of their first keywords
}

type likePhoto struct {
	title    string
	keywords []uint64 // as hashes, in ascending order
}

// Put takes in a photo's words, in place of those that it had before.
func (l *Likeness) Put(photo int, title string, keywords []string) {
	if l.photos == nil {
		l.photos, l.byTitle, l.byPrefix = make(map[int]likePhoto), make(map[string][]int), make(map[uint64][]int)
	}
	l.Remove(photo)
	p := likePhoto{stemKey(judged(title)), hashes(keywords)}
	l.photos[photo] = p
	if p.title != "" {
		l.byTitle[p.title] = append(l.byTitle[p.title], photo)
	}
	for _, key := range prefix(p.keywords) {
		l.byPrefix[key] = append(l.byPrefix[key], photo)
	}
}

// Remove forgets a photo's words.
func (l *Likeness) Remove(photo int) {
	p, there := l.photos[photo]
	if !there {
		return
	}
	delete(l.photos, photo)
	without := func(list []int) []int { return slices.DeleteFunc(list, func(other int) bool { return other == photo }) }
	l.byTitle[p.title] = without(l.byTitle[p.title])
	for _, key := range prefix(p.keywords) {
		l.byPrefix[key] = without(l.byPrefix[key])
	}
}

// SameTitle returns the first photo with a title that counts, of those that differ accepts.
func (l *Likeness) SameTitle(title string, differs func(photo int) bool) (photo int, found bool) {
	if title = stemKey(judged(title)); title == "" {
		return 0, false
	}
	for _, other := range l.byTitle[title] {
		if differs(other) {
			return other, true
		}
	}
	return 0, false
}

// SameKeywords returns a photo with nearly the same keywords, of those that differs accepts.
//
// Two sets that have more than nine tenths in common share one of the first few keywords of each,
// in whatever order all sets are sorted; so only photos that share such a keyword are compared.
func (l *Likeness) SameKeywords(keywords []string, differs func(photo int) bool) (photo int, found bool) {
	own := hashes(keywords)
	tried := make(map[int]bool)
	for _, key := range prefix(own) {
		for _, other := range l.byPrefix[key] {
			if tried[other] || !differs(other) {
				continue
			}
			tried[other] = true
			if overlap(own, l.photos[other].keywords) > similarKeywords {
				return other, true
			}
		}
	}
	return 0, false
}

// hashes returns what keywords have in common that count as one, sorted.
func hashes(keywords []string) []uint64 {
	var set []uint64
	for _, k := range keywords {
		if key := stemKey(judged(k)); key != "" {
			h := fnv.New64a()
			h.Write([]byte(key))
			set = append(set, h.Sum64())
		}
	}
	slices.Sort(set)
	return slices.Compact(set)
}

// prefix returns the keywords of a sorted set of which a similar set has one.
func prefix(set []uint64) []uint64 {
	n := len(set)
	if n < leastKeywords {
		return nil
	}
	return set[:n-(9*n+9)/10+1]
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
