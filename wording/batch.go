package wording

import (
	"fmt"
	"slices"
	"sync"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/similar"
)

// Batch knows the photos of a batch: which of them look alike, and which words they have. The zero
// value is ready to use. It is safe for concurrent use.
//
// Agencies take the same title and keywords on several photos for spam (Adobe Stock, "Similar
// content policy").
type Batch struct {
	mu      sync.Mutex
	finder  similar.Finder
	indices map[string]int // photo ID -> its place in photos
	photos  []member
	titles  map[string][]int // key of a title -> photos that have it
	byWord  map[string][]int // a keyword's key -> photos that have it
}

type member struct {
	photo    tagroll.Photo
	content  string // SHA-256
	sketch   string
	title    string
	keywords map[string]bool // by key
}

// overlap is the share of common keywords from which two photos have the same ones.
const overlap = 0.9

// meet takes note of a photo that is about to be described, and returns the titles of those that
// look like it.
func (b *Batch) meet(photo tagroll.Photo, f tagroll.Facts, image tagroll.Image) (titles []string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	i := b.index(photo, f, looks(f, image))
	const most = 6 // more would not help a model to find another
	for _, k := range b.group(i) {
		if k != i && b.photos[k].title != "" && len(titles) < most && !slices.Contains(titles, b.photos[k].title) {
			titles = append(titles, b.photos[k].title)
		}
	}
	return titles
}

// Note takes over the words of a photo that is not described now, such as one whose result is
// known. The image may be empty: the photo then looks like no other.
func (b *Batch) Note(r tagroll.Result, image tagroll.Image) {
	if r.Metadata == nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.remember(b.index(r.Photo, r.Facts, looks(r.Facts, image)), *r.Metadata)
}

// Groups returns the photos that look alike, each group in the order in which its photos were met.
func (b *Batch) Groups() [][]tagroll.Photo {
	b.mu.Lock()
	defer b.mu.Unlock()
	var groups [][]tagroll.Photo
	for _, indices := range b.finder.Groups() {
		var group []tagroll.Photo
		for _, i := range indices {
			group = append(group, b.photos[i].photo)
		}
		groups = append(groups, group)
	}
	return groups
}

func looks(f tagroll.Facts, image tagroll.Image) similar.Photo {
	return similar.Photo{Sketch: image.Sketch, Width: image.Width, Height: image.Height, Taken: f.Taken}
}

// index returns the photo's place, and takes it in if it is new.
func (b *Batch) index(photo tagroll.Photo, f tagroll.Facts, looks similar.Photo) int {
	if i, ok := b.indices[photo.ID]; ok {
		return i
	}
	if b.indices == nil {
		b.indices, b.titles, b.byWord = make(map[string]int), make(map[string][]int), make(map[string][]int)
	}
	i := len(b.photos)
	b.indices[photo.ID] = i
	photo.Open = nil // what it holds is not needed any more
	b.photos = append(b.photos, member{photo: photo, content: f.SHA256, sketch: string(looks.Sketch)})
	b.finder.Add(looks)
	return i
}

// group returns the photos that look like one, itself included.
func (b *Batch) group(i int) []int {
	group := b.finder.Group(i)
	var members []int
	for k := range b.photos {
		if b.finder.Group(k) == group {
			members = append(members, k)
		}
	}
	return members
}

// judge compares a photo's words with the other photos' words, and remembers them.
func (b *Batch) judge(photo tagroll.Photo, prepared tagroll.Prepared, m tagroll.Metadata) []tagroll.Finding {
	b.mu.Lock()
	defer b.mu.Unlock()
	i := b.index(photo, prepared.Facts, looks(prepared.Facts, prepared.Image))
	b.forget(i)
	var findings []tagroll.Finding
	if k, ok := b.sameTitle(i, m.Title); ok {
		findings = append(findings, tagroll.Finding{Field: Title, Severity: tagroll.SeverityError, Rule: "same-title",
			Message: fmt.Sprintf("%s has the same title: say what is different here", b.photos[k].photo.Label())})
	} else if k, ok := b.sameKeywords(i, m.Keywords); ok {
		findings = append(findings, tagroll.Finding{Field: Keywords, Severity: tagroll.SeverityWarning, Rule: "same-keywords",
			Message: fmt.Sprintf("%s has nearly the same keywords: leave out what does not belong to both", b.photos[k].photo.Label())})
	}
	b.remember(i, m)
	return findings
}

// differs reports whether two photos are more than two copies of one picture. Copies whose files
// differ, as in what is said in them, have one sketch.
func (b *Batch) differs(i, k int) bool {
	p, q := &b.photos[i], &b.photos[k]
	return i != k && (p.content == "" || p.content != q.content) && (p.sketch == "" || p.sketch != q.sketch)
}

func (b *Batch) sameTitle(i int, title string) (int, bool) {
	for _, k := range b.titles[keyOf(title)] {
		if title != "" && b.differs(i, k) {
			return k, true
		}
	}
	return 0, false
}

// sameKeywords finds a photo whose keywords are nearly the same. Candidates are those that share
// one of a few keywords: if nine of ten are common, one of any six is, but for one case in a
// million.
func (b *Batch) sameKeywords(i int, keywords []string) (int, bool) {
	own := keySet(keywords)
	if len(own) < 5 {
		return 0, false
	}
	looked := make(map[int]bool)
	for _, keyword := range keywords[:min(len(keywords), 6)] {
		for _, k := range b.byWord[keyOf(keyword)] {
			if looked[k] || !b.differs(i, k) {
				continue
			}
			looked[k] = true
			if common(own, b.photos[k].keywords) > overlap {
				return k, true
			}
		}
	}
	return 0, false
}

// common is the share of keywords that two sets have in common, of all that either has (Jaccard
// index).
func common(a, b map[string]bool) float64 {
	both := 0
	for k := range a {
		if b[k] {
			both++
		}
	}
	return float64(both) / float64(len(a)+len(b)-both)
}

func keySet(keywords []string) map[string]bool {
	set := make(map[string]bool, len(keywords))
	for _, k := range keywords {
		set[keyOf(k)] = true
	}
	return set
}

func (b *Batch) remember(i int, m tagroll.Metadata) {
	b.forget(i)
	p := &b.photos[i]
	p.title, p.keywords = m.Title, keySet(m.Keywords)
	if m.Title != "" {
		b.titles[keyOf(m.Title)] = append(b.titles[keyOf(m.Title)], i)
	}
	for k := range p.keywords {
		b.byWord[k] = append(b.byWord[k], i)
	}
}

// forget takes a photo's earlier words out: a repaired answer takes the place of the first.
func (b *Batch) forget(i int) {
	p := &b.photos[i]
	without := func(list []int) []int { return slices.DeleteFunc(list, func(k int) bool { return k == i }) }
	if p.title != "" {
		b.titles[keyOf(p.title)] = without(b.titles[keyOf(p.title)])
	}
	for k := range p.keywords {
		b.byWord[k] = without(b.byWord[k])
	}
	p.title, p.keywords = "", nil
}
