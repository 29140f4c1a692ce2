// Package similar finds photos that look alike: frames of a burst, the same motif a step to the
// side, another exposure or crop. Agencies take few of a kind and block accounts that send many.
//
// A photo is known by its sketch ([tagroll.Image].Sketch), which package compress makes on its way.
// [Finder.Add] takes photos one after the other, as they are prepared, and says which group each
// belongs to. Memory grows by 1.5 KB a photo. Time grows with the photos seen: each of a thousand
// takes under a millisecond (BenchmarkAdd).
//
// The measure is the correlation of what is left of two sketches without their coarse shades, at
// the best of a few shifts and scales. Coarse shades are alike in all photos of a sky over a sea;
// details coincide only where the motif is the same. A difference in exposure cancels out.
package similar

import (
	"math/bits"
	"sort"
	"time"

	"github.com/tagroll/tagroll"
)

const (
	side = tagroll.SketchSide
	// margin is what a shift may push over the edge, in fields: 9% of the photo.
	margin = 3

	// alike is the correlation from which two photos are similar. docs/benchmarks.md says what
	// it finds of real photos. A limit by itself is not enough: blurred parts of one photo,
	// which are little but a slope from light to dark, correlate with up to 0.8, and the hashes
	// tell them apart.
	alike = 0.62
	// alikeInBurst is the same for photos that one camera took within burst of each other,
	// where the subject moves.
	alikeInBurst = 0.5
	burst        = 3 * time.Second

	// Two cheaper measures go before the correlation. hashBits is how many of the 64 bits of
	// two hashes may differ, for photos of a burst burstHashBits; those of unrelated photos
	// differ in 32 +- 4. alikeAtHalf is the least correlation at half the resolution.
	hashBits      = 24
	burstHashBits = 32
	alikeAtHalf   = 0.4
)

// scales are the sizes at which a sketch is laid over another: crops of 8 and 15%.
var scales = [...]float64{1, 1.08, 1 / 1.08, 1.17, 1 / 1.17}

// Accepted is how many photos of one motif agencies take without complaint (Adobe Stock: about
// three versions).
const Accepted = 3

// Photo is what a Finder has to know of a photo.
type Photo struct {
	// Sketch is the sketch of its small image. A photo without one is like no other.
	Sketch []byte
	// Width and Height are those of the small image: a portrait is like no landscape.
	Width, Height int
	// Taken is when it was taken; zero if unknown. Midnight to the nanosecond is a day without
	// a time.
	Taken time.Time
	// Camera is what took it; empty if unknown.
	Camera string
}

// Finder groups photos. The zero value is ready to use. It is not safe for concurrent use.
type Finder struct {
	seen    []entry
	parents []int // a forest of groups (union-find)
}

// entry is what is kept of a photo.
type entry struct {
	width, height int
	taken         time.Time
	camera        string
	sketched      bool
	hash          uint64
	detail, half  field // the sketch's details, and the same at half the resolution
}

// scaled is a sketch's details at each scale.
type scaled struct{ detail, half [len(scales)]area }

// Add takes the next photo, whose index is the number of photos added before. It returns the
// indices of the photos that it is similar to, the most similar first.
func (f *Finder) Add(photo Photo) []int {
	index := len(f.seen)
	e := entry{width: photo.Width, height: photo.Height, taken: photo.Taken, camera: photo.Camera, sketched: len(photo.Sketch) == side*side}
	var matches []match
	if e.sketched {
		var s scaled
		for i, scale := range scales {
			detail := details(photo.Sketch, scale)
			s.detail[i], s.half[i] = newArea(detail), newArea(detail.halve())
		}
		e.hash, e.detail, e.half = hash(photo.Sketch), s.detail[0].field, s.half[0].field
		matches = f.matches(&e, &s)
	}
	f.parents = append(f.parents, index)
	for _, m := range matches {
		f.join(index, m.index)
	}
	f.seen = append(f.seen, e)
	indices := make([]int, len(matches))
	for i, m := range matches {
		indices[i] = m.index
	}
	return indices
}

type match struct {
	index       int
	correlation float64
}

// matches compares a photo with all before it, and returns those that are similar, the most similar
// first.
func (f *Finder) matches(e *entry, s *scaled) []match {
	var found []match
	for i := range f.seen {
		if c, ok := compare(e, s, &f.seen[i]); ok {
			found = append(found, match{i, c})
		}
	}
	sort.SliceStable(found, func(i, j int) bool { return found[i].correlation > found[j].correlation })
	return found
}

// compare returns the correlation of a new photo with an earlier one, if they are similar.
func compare(a *entry, s *scaled, b *entry) (c float64, similar bool) {
	limit, bitsLimit := alike, hashBits
	if inBurst(a, b) {
		limit, bitsLimit = alikeInBurst, burstHashBits
	}
	if !b.sketched || bits.OnesCount64(a.hash^b.hash) > bitsLimit || !sameShape(a, b) {
		return 0, false
	}
	if correlation(&s.half, b.half, margin/2) < alikeAtHalf {
		return 0, false
	}
	c = correlation(&s.detail, b.detail, margin)
	return c, c >= limit
}

// Group returns a number that all photos similar to the one at index share, directly or by way of
// others: the smallest index among them.
func (f *Finder) Group(index int) int {
	for f.parents[index] != index {
		f.parents[index] = f.parents[f.parents[index]]
		index = f.parents[index]
	}
	return index
}

// Groups returns the groups of two photos and more. Groups and their photos are in the order in
// which they were added.
func (f *Finder) Groups() [][]int {
	members := make(map[int][]int)
	var order []int
	for i := range f.parents {
		g := f.Group(i)
		if members[g] == nil {
			order = append(order, g)
		}
		members[g] = append(members[g], i)
	}
	var groups [][]int
	for _, g := range order {
		if len(members[g]) > 1 {
			groups = append(groups, members[g])
		}
	}
	return groups
}

func (f *Finder) join(a, b int) {
	a, b = f.Group(a), f.Group(b)
	f.parents[max(a, b)] = min(a, b)
}

// sameShape allows for a crop of a sixth on one side.
func sameShape(a, b *entry) bool {
	if a.width*a.height == 0 || b.width*b.height == 0 {
		return true
	}
	ratio := float64(a.width) * float64(b.height) / (float64(a.height) * float64(b.width))
	return ratio < 1.2 && ratio > 1/1.2
}

// inBurst reports whether two photos may be frames of one burst. Two cameras at one place seldom
// look at the same. Of photos that are known by their day alone, such as scans, all would be one
// burst.
func inBurst(a, b *entry) bool {
	return timed(a.taken) && timed(b.taken) && a.taken.Sub(b.taken).Abs() <= burst &&
		(a.camera == b.camera || a.camera == "" || b.camera == "")
}

// timed reports whether more than a day is known.
func timed(t time.Time) bool {
	hour, minute, second := t.Clock()
	return !t.IsZero() && (hour|minute|second|t.Nanosecond()) != 0
}
