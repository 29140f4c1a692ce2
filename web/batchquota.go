package web

import (
	"sync"

	"github.com/tagroll/tagroll/queue"
)

// batchQuotas count what goes into batches, so that uploads at the same time to one batch keep its
// limits together.
type batchQuotas struct {
	mu   sync.Mutex
	open map[string]*batchQuota
}

// batchQuota is of one batch, while something is uploaded to it.
type batchQuota struct {
	users int // guarded by batchQuotas.mu

	mu     sync.Mutex
	photos int
	bytes  int64
}

// join returns the batch's quota, which the first of several uploads starts with what the batch
// has.
func (t *batchQuotas) join(snapshot queue.Snapshot) *batchQuota {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.open == nil {
		t.open = make(map[string]*batchQuota)
	}
	one, ok := t.open[snapshot.ID]
	if !ok {
		one = &batchQuota{photos: len(snapshot.Photos)}
		for i := range snapshot.Photos {
			one.bytes += snapshot.Photos[i].Bytes
		}
		t.open[snapshot.ID] = one
	}
	one.users++
	return one
}

func (t *batchQuotas) leave(batch string, one *batchQuota) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if one.users--; one.users == 0 {
		delete(t.open, batch)
	}
}

// addPhoto reports whether there was room for one more.
func (t *batchQuota) addPhoto(limit int) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.photos >= limit {
		return false
	}
	t.photos++
	return true
}

// addBytes reports whether there was room for that much; zero is no limit.
func (t *batchQuota) addBytes(n, limit int64) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if limit > 0 && t.bytes+n > limit {
		return false
	}
	t.bytes += n
	return true
}
