package queue

import (
	"sync"

	"github.com/tagroll/tagroll/similar"
)

// album finds the photos of one batch that look alike, as they are added. It belongs to one node;
// photos that were added at other nodes, or before this one was opened, are taken in when the next
// photo comes. Two photos that two nodes add at the same moment may miss each other.
type album struct {
	mu     sync.Mutex
	finder similar.Finder
	ids    []string // by the finder's index
	known  map[string]bool
}

// alike returns the IDs of the batch's photos that look like a new one, one of each group.
func (n *Node) alike(b string, rec *photoRecord) []string {
	if len(rec.Image.Sketch) == 0 {
		return nil
	}
	a, there := n.replica.album(b)
	if a == nil {
		return nil
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, old := range there {
		if old.ID != rec.ID {
			a.add(old)
		}
	}
	return a.add(rec)
}

// add takes a photo in, and returns one ID of each group that it belongs to.
func (a *album) add(rec *photoRecord) (ids []string) {
	if a.known[rec.ID] {
		return nil
	}
	if a.known == nil {
		a.known = make(map[string]bool)
	}
	a.known[rec.ID] = true
	groups := make([]int, len(a.ids))
	for i := range groups {
		groups[i] = a.finder.Group(i)
	}
	seen := make(map[int]bool)
	for _, i := range a.finder.Add(rec.looks()) {
		if !seen[groups[i]] {
			seen[groups[i]] = true
			ids = append(ids, a.ids[i])
		}
	}
	a.ids = append(a.ids, rec.ID)
	return ids
}

func (r *photoRecord) looks() similar.Photo {
	return similar.Photo{Sketch: r.Image.Sketch, Width: r.Image.Width, Height: r.Image.Height, Taken: r.Facts.Taken, Camera: r.Facts.Camera}
}

// album returns what finds a batch's similar photos, and the batch's photos; nil if there is no
// such batch.
func (m *replica) album(b string) (*album, []*photoRecord) {
	m.mu.Lock()
	defer m.mu.Unlock()
	e := m.batches[b]
	if e == nil || e.rec == nil {
		return nil, nil
	}
	records := make([]*photoRecord, len(e.order))
	for i, p := range e.order {
		records[i] = p.rec
	}
	return &e.album, records
}

// grouping is the groups of a batch, as a node has seen them.
type grouping struct {
	of    map[string]string // photo ID -> the ID of its group's first photo
	since map[string]uint64 // photo ID -> the batch's revision when its group changed
}

// regroup brings the groups up to date. The caller holds the replica's lock.
func (e *entry) regroup() {
	now := e.groups()
	if e.grouped.since == nil {
		e.grouped = grouping{of: now, since: make(map[string]uint64)}
		return // who asks for changes has not seen any group yet, or saw these
	}
	for _, p := range e.order {
		if id := p.rec.ID; e.grouped.of[id] != now[id] {
			e.grouped.since[id] = e.newest
		}
	}
	e.grouped.of = now
}

// groups returns the group of each photo that looks like another one, by photo ID: the ID of the
// group's first photo in the order of the batch.
func (e *entry) groups() map[string]string {
	parents := make(map[string]string)
	root := func(id string) string {
		for parents[id] != "" {
			id = parents[id]
		}
		return id
	}
	inGroup := make(map[string]bool)
	for _, p := range e.order {
		for _, other := range p.rec.Alike {
			there := e.find(other)
			if there == nil || there == p {
				continue // it was removed, or is another file of this photo
			}
			other = there.rec.ID
			inGroup[p.rec.ID], inGroup[other] = true, true
			if a, b := root(p.rec.ID), root(other); a != b {
				parents[a] = b
			}
		}
	}
	first, groups := make(map[string]string), make(map[string]string)
	for _, p := range e.order {
		if id := p.rec.ID; inGroup[id] {
			if first[root(id)] == "" {
				first[root(id)] = id
			}
			groups[id] = first[root(id)]
		}
	}
	return groups
}
