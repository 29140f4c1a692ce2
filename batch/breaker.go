package batch

import (
	"errors"
	"fmt"

	"github.com/tagroll/tagroll"
)

// Bounds of the breaker.
const (
	breakAfter          = 10 // photos, or twice as many as are in process if that is more
	breakAfterForbidden = 2
)

// ErrNothingSucceeds is wrapped by the error of a batch that stopped because its last
// photos had failed in the same way and none had succeeded among them.
var ErrNothingSucceeds = errors.New("nothing succeeds")

// breaker counts photos that failed in the same way, one after the other. Answers that cannot be
// used are failures, whatever could be read of them.
type breaker struct {
	code   tagroll.Code
	streak int
}

// count takes in a photo's result and reports whether the batch should stop, with
// slots photos in process at once.
func (b *breaker) count(result tagroll.Result, slots int) bool {
	if result.Reused || result.Status == tagroll.StatusPending {
		return false
	}
	useless := result.Error != nil && result.Error.Code == tagroll.CodeMalformedAnswer
	if result.Metadata != nil && !useless || result.Error == nil {
		b.streak = 0
		return false
	}
	switch code := result.Error.Code; {
	case result.Calls == 0:
		return false // the photo's own failure: the provider was not asked
	case code == tagroll.CodeContentPolicy, code == tagroll.CodeRefused, code == tagroll.CodeContentFiltered:
		return false // about what the photo shows
	case code != b.code:
		b.code, b.streak = code, 0
	}
	b.streak++
	if b.code == tagroll.CodeForbidden {
		return b.streak >= breakAfterForbidden
	}
	return b.streak >= max(breakAfter, 2*slots)
}

// watch stops the batch if a result shows that nothing succeeds.
func (r *run) watch(result tagroll.Result) {
	slots := r.opts.Concurrency
	if w := r.opts.Limiter.State().Window; w > 0 {
		slots = min(slots, w)
	}
	r.mu.Lock()
	stop, streak := r.breaker.count(result, slots), r.breaker.streak
	r.mu.Unlock()
	if stop {
		e := *result.Error
		e.Message = fmt.Sprintf("the last %d photos failed in the same way and none succeeded, so the rest was not tried: %s", streak, e.Message)
		e.Err = ErrNothingSucceeds
		r.stop(&e)
	}
}
