package queue

import (
	"context"
	"time"
)

// extension is how much longer a batch is kept after one Extend.
const extension = time.Hour

// maxExtension bounds how far beyond Config.Keep the end of a batch can be moved at any time.
const maxExtension = 24 * time.Hour

// expires returns when an ended batch is deleted: Config.Keep after its end or its owner's last
// look, and not before the time that Extend has set.
func (n *Node) expires(v *view) time.Time {
	return latest(latest(v.batch.Ended, v.touched).Add(n.config.Keep), v.until)
}

// Touch says that the owner looks at a batch or edits it. The expiry of an ended batch moves to
// Config.Keep from now. To save writes, a touch shortly after another one is not stored: the expiry
// is exact to a sixtieth of Config.Keep, at most a minute. Touch fails with ErrNotFound and
// ErrUnavailable.
func (n *Node) Touch(ctx context.Context, b string) error {
	v, ok := n.replica.view(b)
	if !ok {
		return ErrNotFound
	}
	every := min(n.config.Keep/60, time.Minute)
	if v.batch.Ended.IsZero() || n.now().Sub(latest(v.batch.Ended, v.touched)) < every {
		return nil
	}
	if err := n.accepts(ctx); err != nil {
		return err
	}
	if err := n.storeError.Load(); err != nil {
		return *err
	}
	_, err := n.alter(ctx, b, func(rec *batchRecord) error {
		if n.now().Sub(rec.Touched) < every {
			return errUnchanged
		}
		rec.Touched = n.time()
		return nil
	})
	return err
}

// Extend keeps a batch for one more hour than it would be kept now, up to Config.Keep and 24 hours
// from now. A batch that has not ended is kept for at least Config.Keep and an hour from now. It
// fails with ErrNotFound and ErrUnavailable.
func (n *Node) Extend(ctx context.Context, b string) (Snapshot, error) {
	if err := n.accepts(ctx); err != nil {
		return Snapshot{}, err
	}
	return n.alter(ctx, b, func(rec *batchRecord) error {
		v, ok := n.replica.view(b)
		if !ok {
			return ErrNotFound
		}
		now := n.time()
		end := latest(now.Add(n.config.Keep), rec.Until)
		if !v.batch.Ended.IsZero() {
			end = latest(n.expires(v), rec.Until)
		}
		end = end.Add(extension)
		if most := now.Add(n.config.Keep + maxExtension); end.After(most) {
			end = most
		}
		if !end.After(rec.Until) {
			return errUnchanged
		}
		rec.Until = end
		return nil
	})
}
