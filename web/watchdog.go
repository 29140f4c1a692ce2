package web

import (
	"math"
	"sort"
	"sync"
	"time"
)

// enoughTime is how much longer an upload may be expected to take while others wait for the memory
// that it holds.
const enoughTime = 2 * time.Second

// watchdog keeps slow clients from holding the memory that others wait for. It does nothing while
// there is memory. Once an upload has waited for memory, the watchdog ends the uploads that hold
// more than the waiting client does, wait for their own client, and would need the longest for the
// rest.
type watchdog struct {
	mu      sync.Mutex
	uploads map[*upload]bool
}

func (d *watchdog) add(u *upload) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.uploads == nil {
		d.uploads = make(map[*upload]bool)
	}
	d.uploads[u] = true
}

func (d *watchdog) remove(u *upload) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.uploads, u)
}

// freeMemory ends slow uploads until so much memory has become free.
func (s *Server) freeMemory(client string, amount int64) {
	own := s.memory.of(client)
	type candidate struct {
		*upload
		holds int64
		left  time.Duration
	}
	var all []candidate
	s.watchdog.mu.Lock()
	for u := range s.watchdog.uploads {
		holds := u.holds.Load()
		if holds == 0 || u.visitor.client.String() == client || s.memory.of(u.visitor.client.String()) <= own {
			continue
		}
		if left := u.body.expected(); left > enoughTime {
			all = append(all, candidate{u, holds, left})
		}
	}
	s.watchdog.mu.Unlock()
	// An upload costs the others its memory, times how long it would hold it.
	cost := func(c candidate) float64 { return float64(c.holds) * min(c.left.Seconds(), math.MaxInt32) }
	sort.Slice(all, func(i, j int) bool { return cost(all[i]) > cost(all[j]) })
	for _, c := range all {
		if amount <= 0 {
			return
		}
		c.body.end(errTooSlow)
		amount -= c.holds
	}
}
