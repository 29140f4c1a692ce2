package batch

import (
	"context"
	"sync"
	"time"

	"github.com/tagroll/tagroll"
)

// DefaultWarmUp is how long a server may take to load its model when it is first asked.
const DefaultWarmUp = 2 * time.Minute

// idle is how long after its last answer a local server is taken to have unloaded its
// model. Ollama does after five minutes.
const idle = 4 * time.Minute

// WarmUp lets photos wait beyond their deadline for the first answer of a server, because
// a local server loads its model when it is first asked, and begins anew if the client
// leaves. A server that answers in time costs no photo anything. All batches that use
// the server share one. Make it with [NewWarmUp].
type WarmUp struct {
	most time.Duration

	mu       sync.Mutex
	asked    time.Time // when the first call was made that is not answered yet
	answered time.Time // when the server answered last
	loading  bool      // the server has said last that it loads its model
	asking   *attempt  // the photo that asks whether that is over; the others wait for it
	changed  chan struct{}
}

// NewWarmUp returns a warm-up for a server that was not asked yet; most is how long it may
// take to answer first.
func NewWarmUp(most time.Duration) *WarmUp {
	return &WarmUp{most: most, changed: make(chan struct{})}
}

// enter waits while another photo asks a server that loads its model: one call finds out when that
// is over.
func (w *WarmUp) enter(ctx context.Context, a *attempt) error {
	for {
		w.mu.Lock()
		if !w.loading || w.asking == nil || w.asking == a {
			if w.loading {
				w.asking = a
			}
			w.mu.Unlock()
			return nil
		}
		changed := w.changed
		w.mu.Unlock()
		select {
		case <-changed:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// leave lets the next photo ask, if this one was asking.
func (w *WarmUp) leave(a *attempt) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.asking == a {
		w.asking = nil
		w.wake()
	}
}

// wake lets the photos that wait look again. The caller holds w.mu.
func (w *WarmUp) wake() {
	close(w.changed)
	w.changed = make(chan struct{})
}

// ask notes that a call is made.
func (w *WarmUp) ask() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if now := time.Now(); w.asked.IsZero() || !w.answered.IsZero() && now.Sub(w.answered) > idle {
		w.asked, w.answered = now, time.Time{}
	}
}

// hear notes how a call has ended.
func (w *WarmUp) hear(err error) {
	code := tagroll.CodeOf(err)
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case code == tagroll.CodeModelLoading:
		w.loading = true
	case isRefusal(code), code == tagroll.CodeTimeout, code == tagroll.CodeCancelled, code == tagroll.CodeNetwork:
		// no answer
	default:
		w.answered = time.Now()
		if w.loading {
			w.loading = false
			w.wake()
		}
	}
}

// state reports whether the server has answered, and if not whether there is time left.
func (w *WarmUp) state() (warm, waiting bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	warm = !w.answered.IsZero()
	return warm, !warm && !w.asked.IsZero() && time.Since(w.asked) < w.most
}
