package batch

import (
	"context"
	"sync"
	"time"

	"github.com/tagroll/tagroll"
)

// DefaultWarmUp is how long the first call may take to a server that has to load its model.
const DefaultWarmUp = 2 * time.Minute

// idle is how long after the last call a local server is taken to have unloaded its
// model. Ollama does after five minutes.
const idle = 4 * time.Minute

// WarmUp lets the first call to a server go alone and take longer than a photo may,
// because a local server loads its model when it is first asked. All batches that use
// the server share one. Make it with [NewWarmUp].
type WarmUp struct {
	most time.Duration

	mu      sync.Mutex
	last    time.Time     // when a call ended
	leading chan struct{} // closed when the call that goes alone has ended; nil if there is none
}

// NewWarmUp returns a warm-up for a server that was not asked yet; most is how long the
// first call may take.
func NewWarmUp(most time.Duration) *WarmUp { return &WarmUp{most: most} }

// enter waits while another call goes alone. It reports whether this one is to.
func (w *WarmUp) enter(ctx context.Context) (alone bool, err error) {
	for {
		w.mu.Lock()
		leading := w.leading
		switch {
		case !w.last.IsZero() && time.Since(w.last) < idle:
			w.mu.Unlock()
			return false, nil
		case leading == nil:
			w.leading = make(chan struct{})
			w.mu.Unlock()
			return true, nil
		}
		w.mu.Unlock()
		select {
		case <-leading:
		case <-ctx.Done():
			return false, context.Cause(ctx)
		}
	}
}

// leave notes that a call has ended; alone is what enter said of it.
func (w *WarmUp) leave(alone bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.last = time.Now()
	if alone {
		close(w.leading)
		w.leading = nil
	}
}

// warmUp makes a call by the rules of Options.WarmUp. A refusal, such as that of a
// server which is loading its model, does not end the warm-up.
func (a *attempt) warmUp(ctx context.Context, call func(context.Context) error) error {
	w := a.run.opts.WarmUp
	if w == nil {
		return call(ctx)
	}
	if !a.alone {
		err := a.wait(func() (err error) {
			a.alone, err = w.enter(ctx)
			return err
		})
		if err != nil {
			return err
		}
	}
	if !a.alone {
		defer w.leave(false)
		return call(ctx)
	}
	limited, cancel := context.WithTimeoutCause(ctx, w.most, &tagroll.Error{
		Code: tagroll.CodeTimeout, Err: context.DeadlineExceeded,
		Message: "the first call, which may have had to load the model, was not answered within " + w.most.String() + ": allow it more time, or start the model before",
	})
	defer cancel()
	err := a.wait(func() error { return call(limited) })
	if !isRefusal(tagroll.CodeOf(err)) {
		a.endWarmUp()
	}
	return err
}

// endWarmUp lets the other calls go, if this attempt's call went alone.
func (a *attempt) endWarmUp() {
	if a.alone {
		a.alone = false
		a.run.opts.WarmUp.leave(true)
	}
}
