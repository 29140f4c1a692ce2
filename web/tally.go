package web

import (
	"sync"
	"time"

	"github.com/tagroll/tagroll/queue"
)

// tallies count what goes into batches, so that uploads at the same time to one batch keep its limits together.
type tallies struct {
	mu   sync.Mutex
	open map[string]*tally
}

// tally is of one batch, while something is uploaded to it.
type tally struct {
	users int // guarded by tallies.mu

	mu     sync.Mutex
	photos int
	bytes  int64
}

// join returns the batch's tally, which the first of several uploads starts with what the batch has.
func (t *tallies) join(snapshot queue.Snapshot) *tally {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.open == nil {
		t.open = make(map[string]*tally)
	}
	one, ok := t.open[snapshot.ID]
	if !ok {
		one = &tally{photos: len(snapshot.Photos)}
		for i := range snapshot.Photos {
			one.bytes += snapshot.Photos[i].Bytes
		}
		t.open[snapshot.ID] = one
	}
	one.users++
	return one
}

func (t *tallies) leave(batch string, one *tally) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if one.users--; one.users == 0 {
		delete(t.open, batch)
	}
}

// addPhoto reports whether there was room for one more.
func (t *tally) addPhoto(limit int) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.photos >= limit {
		return false
	}
	t.photos++
	return true
}

// addBytes reports whether there was room for that much; zero is no limit.
func (t *tally) addBytes(n, limit int64) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if limit > 0 && t.bytes+n > limit {
		return false
	}
	t.bytes += n
	return true
}

// openBatches count the batches of each owner that have not ended. The engine knows no addresses, so theirs are
// remembered here, and forgotten with a restart; those of a session are learned again.
type openBatches struct {
	limit int // zero is no limit

	mu     sync.Mutex
	owners map[string][]*openBatch
}

// openBatch has an empty ID while it is being made.
type openBatch struct {
	id   string
	over bool // it was not made after all
}

// enter reports whether every owner may have one more. ended says whether a batch does not count any more.
func (o *openBatches) enter(owners []string, ended func(id string) bool) (*openBatch, bool) {
	b := new(openBatch)
	if o.limit == 0 {
		return b, true
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	full := false
	for _, owner := range owners {
		o.prune(owner, ended)
		full = full || len(o.owners[owner]) >= o.limit
	}
	if full {
		return nil, false
	}
	for owner := range o.owners { // at random
		if len(o.owners) < tableSize {
			break
		}
		delete(o.owners, owner)
	}
	if o.owners == nil {
		o.owners = make(map[string][]*openBatch)
	}
	for _, owner := range owners {
		o.owners[owner] = append(o.owners[owner], b)
	}
	return b, true
}

// learn adds batches that the engine knows of an owner.
func (o *openBatches) learn(owner string, ids []string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.owners == nil {
		o.owners = make(map[string][]*openBatch)
	}
	for _, id := range ids {
		o.owners[owner] = append(o.owners[owner], &openBatch{id: id})
	}
}

// prune forgets the owner's batches that have ended, and keeps one of those that are there twice.
func (o *openBatches) prune(owner string, ended func(id string) bool) {
	var kept []*openBatch
	seen := make(map[string]bool)
	for _, b := range o.owners[owner] {
		if b.over || b.id != "" && (seen[b.id] || ended(b.id)) {
			continue
		}
		seen[b.id] = true
		kept = append(kept, b)
	}
	if kept == nil {
		delete(o.owners, owner)
		return
	}
	o.owners[owner] = kept
}

// made gives the batch its ID; an empty one says that it was not made after all.
func (o *openBatches) made(b *openBatch, id string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	b.id, b.over = id, id == ""
}

// storage remembers for a moment how much is stored.
type storage struct {
	mu    sync.Mutex
	at    time.Time
	bytes uint64
}

// full reports whether the store holds as much as it may; zero is no limit.
func (c *storage) full(limit int64, now time.Time, stats func() queue.Stats) bool {
	if limit == 0 {
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if now.Sub(c.at) >= time.Second || now.Before(c.at) {
		c.at, c.bytes = now, stats().StoredBytes
	}
	return c.bytes >= uint64(limit)
}
