package batch

import (
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
}

// NewWarmUp returns a warm-up for a server that was not asked yet; most is how long it may
// take to answer first.
func NewWarmUp(most time.Duration) *WarmUp { return &WarmUp{most: most} }

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
	switch code := tagroll.CodeOf(err); {
	case isRefusal(code), code == tagroll.CodeTimeout, code == tagroll.CodeCancelled, code == tagroll.CodeNetwork:
		return // no answer
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.answered = time.Now()
}

// state reports whether the server has answered, and if not whether there is time left.
func (w *WarmUp) state() (warm, waiting bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	warm = !w.answered.IsZero()
	return warm, !warm && !w.asked.IsZero() && time.Since(w.asked) < w.most
}
