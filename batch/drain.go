package batch

import (
	"errors"

	"github.com/tagroll/tagroll"
)

// errDrained is the cause with which a batch that drains ends the photos that have no paid
// call under way.
var errDrained = errors.New("the batch takes no further photo")

// drained reports whether no further call is made: because of Options.Drain, or of a stop.
func (r *run) drained() bool {
	select {
	case <-r.opts.Drain:
		return true
	case <-r.drain:
		return true
	default:
		return false
	}
}

// watchDrain ends the photos without a paid call when the batch is to drain, until the returned
// function is called.
func (r *run) watchDrain() (stop func()) {
	if r.opts.Drain == nil {
		return func() {}
	}
	over, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		select {
		case <-over:
			return
		case <-r.opts.Drain:
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		r.stopTaking()
	}()
	return func() {
		close(over)
		<-done
	}
}

// stopTaking ends the photos without a paid call, and allows no further call. The caller holds
// r.mu.
func (r *run) stopTaking() {
	if r.draining {
		return
	}
	r.draining = true
	close(r.drain)
	for a := range r.attempts {
		if !a.paying {
			a.clock.cancel(errDrained)
		}
	}
}

// enlist makes a photo under way known. A batch that drains ends it at once.
func (r *run) enlist(a *attempt) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.attempts == nil {
		r.attempts = make(map[*attempt]bool)
	}
	r.attempts[a] = true
	if r.draining {
		a.clock.cancel(errDrained)
	}
}

func (r *run) dismiss(a *attempt) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.attempts, a)
}

// beginCall reports whether a call may still be made. What it brings is not given up by a drain.
func (r *run) beginCall(a *attempt) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.draining || r.drained() {
		return false
	}
	a.paying = true
	return true
}

// endCall notes how a call has ended. A photo that got no answer can be given back.
func (r *run) endCall(a *attempt, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	a.paying = err == nil || tagroll.CodeOf(err) == tagroll.CodeMalformedAnswer
}

// notBegun is the error of a call that a draining batch does not make.
func notBegun() error {
	return &tagroll.Error{Code: tagroll.CodeCancelled, Message: "not tried", Err: errDrained}
}
