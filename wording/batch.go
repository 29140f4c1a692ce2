package wording

import (
	"fmt"
	"slices"
	"sync"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/agency"
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
	words   agency.Likeness
	lists   *lists
}

type member struct {
	photo   tagroll.Photo
	content string // SHA-256
	sketch  string
	title   string
}

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
	return similar.Photo{Sketch: image.Sketch, Width: image.Width, Height: image.Height, Taken: f.Taken, Camera: f.Camera}
}

// index returns the photo's place, and takes it in if it is new.
func (b *Batch) index(photo tagroll.Photo, f tagroll.Facts, looks similar.Photo) int {
	if i, ok := b.indices[photo.ID]; ok {
		return i
	}
	if b.indices == nil {
		b.indices = make(map[string]int)
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
	differs := func(k int) bool { return b.differs(i, k) }
	if k, ok := b.words.SameTitle(m.Title, differs); ok {
		findings = append(findings, tagroll.Finding{Field: Title, Severity: tagroll.SeverityError, Rule: "same-title",
			Message: fmt.Sprintf("%s has the same title: say what is different here", b.photos[k].photo.Label())})
	} else if k, ok := b.words.SameKeywords(m.Keywords, differs); ok {
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

func (b *Batch) remember(i int, m tagroll.Metadata) {
	b.photos[i].title = m.Title
	b.words.Put(i, m.Title, m.Keywords)
}

// forget takes a photo's earlier words out: a repaired answer takes the place of the first.
func (b *Batch) forget(i int) {
	b.photos[i].title = ""
	b.words.Remove(i)
}
