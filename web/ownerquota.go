package web

import (
	"sync"
)

// ownerQuota count the batches of each owner that have not ended. The engine knows no addresses,
// so theirs are remembered here, and forgotten with a restart; those of a session are learned
// again.
type ownerQuota struct {
	limit int // zero is no limit

	mu     sync.Mutex
	owners map[string][]*openBatch
}

// openBatch has an empty ID while it is being made.
type openBatch struct {
	id   string
	over bool // it was not made after all
}

// enter reports whether every owner may have one more. ended says whether a batch does not count
// any more.
func (o *ownerQuota) enter(owners []string, ended func(id string) bool) (*openBatch, bool) {
	b := new(openBatch)
	if o.limit == 0 {
		return b, true
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	full := false
	for _, owner := range owners {
		o.prune(owner, ended)
		full = full || len(o.owners[owner]) >= limitFor(o.limit, owner)
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
func (o *ownerQuota) learn(owner string, ids []string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.owners == nil {
		o.owners = make(map[string][]*openBatch)
	}
	for _, id := range ids {
		o.owners[owner] = append(o.owners[owner], &openBatch{id: id})
	}
}

// prune forgets the owner's batches that have ended, and keeps one of each that is there twice.
func (o *ownerQuota) prune(owner string, ended func(id string) bool) {
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
func (o *ownerQuota) made(b *openBatch, id string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	b.id, b.over = id, id == ""
}
