package heif

import (
	"context"
	"os"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// budget is memory that decoders share, in bytes. A decoder has its whole need or waits; who came
// first is served first, so that large photos are not overtaken for ever.
type budget struct {
	mu      sync.Mutex
	total   int64
	used    int64
	waiting []*reservation
}

type reservation struct {
	n       int64
	granted chan struct{}
}

// maxTotal is what all decoders of the process may have together, if there is as much. The largest
// single picture that is decoded, 67 megapixels of 8 bits with halved chroma, takes two thirds.
const maxTotal = 512 << 20

// shared is the process's budget: a small machine or container gives a third of its memory.
var shared = sync.OnceValue(func() *budget { return &budget{total: min(maxTotal, available()/3)} })

// take waits until n bytes are free, which must be no more than the total, and returns how to give
// them back.
func (b *budget) take(ctx context.Context, n int64) (release func(), err error) {
	b.mu.Lock()
	release = sync.OnceFunc(func() { b.put(n) })
	if len(b.waiting) == 0 && b.used+n <= b.total {
		b.used += n
		b.mu.Unlock()
		return release, nil
	}
	c := &reservation{n: n, granted: make(chan struct{})}
	b.waiting = append(b.waiting, c)
	b.mu.Unlock()
	select {
	case <-c.granted:
		return release, nil
	case <-ctx.Done():
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if i := slices.Index(b.waiting, c); i >= 0 {
		b.waiting = slices.Delete(b.waiting, i, i+1)
	} else {
		b.used -= n // granted in the same moment
	}
	b.serve()
	return nil, ctx.Err()
}

func (b *budget) put(n int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.used -= n
	b.serve()
}

// serve grants what fits, in order. Its caller holds the lock.
func (b *budget) serve() {
	for len(b.waiting) > 0 && b.used+b.waiting[0].n <= b.total {
		c := b.waiting[0]
		b.waiting = b.waiting[1:]
		b.used += c.n
		close(c.granted)
	}
}

// available is the memory that the process may use: the least of what Go, a container (cgroup) and
// the machine allow, where they say so.
func available() int64 {
	least := int64(1) << 40
	if limit := debug.SetMemoryLimit(-1); limit < least {
		least = limit
	}
	for _, name := range []string{"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"} {
		if n, err := strconv.ParseInt(strings.TrimSpace(readAll(name)), 10, 64); err == nil && n > 0 {
			least = min(least, n)
		}
	}
	// "MemTotal:       24689740 kB"
	if fields := strings.Fields(readAll("/proc/meminfo")); len(fields) > 1 {
		if kilobytes, err := strconv.ParseInt(fields[1], 10, 64); err == nil && kilobytes > 0 {
			least = min(least, kilobytes<<10)
		}
	}
	return least
}

func readAll(name string) string {
	b, _ := os.ReadFile(name)
	return string(b)
}
