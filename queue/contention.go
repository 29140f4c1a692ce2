package queue

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/tagroll/tagroll/internal/sleep"
)

const (
	// conflictPause is the shortest time before a change that conflicted is made again.
	conflictPause = 5 * time.Millisecond
	// longestPause bounds the pauses: a write may take a few of them (timing.write).
	longestPause = 400 * time.Millisecond
)

// contention paces a change that the changes of other nodes undo. Adding a photo takes two writes
// in a row, and between these another node's first write undoes what was done. Nodes that all
// try again after the same time can go on so for ever, the more surely the slower the machine is.
// So each pause is drawn by chance, from a time that is several times as long as a try took:
// sooner or later one node is alone for long enough.
type contention struct {
	began time.Time     // of the current try
	took  time.Duration // the longest try so far
	lost  int           // tries that were undone
}

// contend returns the contention of a change whose first try begins now.
func contend() contention { return contention{began: time.Now()} }

// pause waits after a try that was undone; the next one begins when pause returns. It fails
// with the cause of ctx.
func (c *contention) pause(ctx context.Context) error {
	err := sleep.For(ctx, conflictPause+rand.N(c.most()))
	c.began = time.Now()
	return err
}

// most returns how long the pause may be at most.
func (c *contention) most() time.Duration {
	c.lost++
	c.took = max(c.took, time.Since(c.began), conflictPause)
	return min(c.took<<min(c.lost, 3), longestPause)
}
