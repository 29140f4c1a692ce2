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
	// breakAfterMixed photos that failed in different ways, or four times as many as are in
	// process: these may be bad photos, but hardly all of so many.
	breakAfterMixed = 20
)

// ErrNothingSucceeds is wrapped by the error of a batch that stopped because its last
// photos had failed and none had succeeded among them.
var ErrNothingSucceeds = errors.New("nothing succeeds")

// breaker counts photos that failed one after the other, in the same way and in any. Answers that
// cannot be used are failures, whatever could be read of them.
type breaker struct {
	code   tagroll.Code
	streak int // in this way
	all    int // in any way
}

// count takes in a photo's result and reports whether the batch should stop, with
// slots photos in process at once.
func (b *breaker) count(result tagroll.Result, slots int) bool {
	if result.Reused || result.Status == tagroll.StatusPending {
		return false
	}
	useless := result.Error != nil && result.Error.Code == tagroll.CodeMalformedAnswer
	if result.Metadata != nil && !useless || result.Error == nil {
		b.streak, b.all = 0, 0
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
	b.all++
	if b.code == tagroll.CodeForbidden && b.streak >= breakAfterForbidden {
		return true
	}
	return b.code != tagroll.CodeForbidden && b.streak >= max(breakAfter, 2*slots) || b.all >= max(breakAfterMixed, 4*slots)
}

// failed says how the last photos have failed.
func (b *breaker) failed() string {
	if b.streak == b.all || b.code == tagroll.CodeForbidden || b.streak >= breakAfter {
		return fmt.Sprintf("the last %d photos failed in the same way and none succeeded, so the rest was not tried", b.streak)
	}
	return fmt.Sprintf("the last %d photos all failed, in several ways, so the rest was not tried; the last of them", b.all)
}

// watch stops the batch if a result shows that nothing succeeds.
func (r *run) watch(result tagroll.Result) {
	slots := r.opts.Concurrency
	if w := r.opts.Limiter.State().Window; w > 0 {
		slots = min(slots, w)
	}
	r.mu.Lock()
	stop, failed := r.breaker.count(result, slots), r.breaker.failed()
	r.mu.Unlock()
	if stop {
		e := *result.Error
		e.Message = failed + ": " + e.Message
		e.Err = ErrNothingSucceeds
		r.stop(&e)
	}
}
