package cache

import (
	"context"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"

	"github.com/tagroll/tagroll/internal/underway"
)

// lookAgain is how often a photo looks whether another process has let go of its key.
const lookAgain = 100 * time.Millisecond

// lock keeps other processes with the same folder from describing a key's picture at the same time.
// It waits while another process holds the lock; its error is ctx's. A lock ends with its process.
// Where a folder knows no locks, pictures are described without.
func (s *Store) lock(ctx context.Context, key string) (unlock func(), err error) {
	none := func() {}
	if s.opts.Dir == "" || s.opts.Fresh {
		return none, nil
	}
	// The name is one that prune removes, should a process die before it does.
	path := filepath.Join(filepath.Dir(s.path(key)), underway.Prefix+key[:32]+".lock")
	if os.MkdirAll(filepath.Dir(path), 0o700) != nil {
		return none, nil // which shows when the result is written
	}
	for {
		lock := flock.New(path)
		locked, err := lock.TryLockContext(ctx, lookAgain)
		if ctx.Err() != nil {
			lock.Close()
			return none, context.Cause(ctx)
		}
		if err != nil || !locked {
			lock.Close()
			return none, nil
		}
		// Who had the lock has removed its file. A lock on a file that is gone keeps out
		// nobody.
		held, heldErr := lock.Stat()
		there, thereErr := os.Stat(path)
		if heldErr != nil || thereErr == nil && os.SameFile(held, there) {
			return func() {
				// Removing the file while it is locked takes nobody else's lock
				// away.
				_ = os.Remove(path)
				lock.Close()
			}, nil
		}
		lock.Close()
	}
}
