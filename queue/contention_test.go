package queue

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tagroll/tagroll/internal/sleep"
)

// pass lets the time of a bubble pass.
func pass(d time.Duration) { _ = sleep.For(context.Background(), d) }

// Two nodes add photos on a slow machine. Each needs the record for two writes, and what lies
// between these takes longer than conflictPause: pauses of that length let neither through.
func TestContendersGetTheirTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const photos, roundTrip = 20, 40 * time.Millisecond
		var record atomic.Int64 // the revision of the batch's record
		ended := make(chan time.Duration)
		began := time.Now()
		for range 2 {
			go func() {
				for range photos {
					tries := contend()
					for {
						pass(roundTrip)
						mine := record.Add(1)
						pass(2 * roundTrip)
						if record.Load() == mine {
							break
						}
						if err := tries.pause(t.Context()); err != nil {
							t.Error(err)
							return
						}
					}
				}
				ended <- time.Since(began)
			}()
		}
		// Without the other one a node takes 2.4 seconds for its photos.
		for range 2 {
			if took := <-ended; took > time.Minute {
				t.Errorf("%d photos took %v", photos, took)
			}
		}
	})
}

// A pause is bounded, whatever an attempt took, and ends with its context.
func TestPauseIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tries := contend()
		for range 20 {
			pass(time.Minute)
			began := time.Now()
			if err := tries.pause(t.Context()); err != nil || time.Since(began) > longestPause+conflictPause {
				t.Fatalf("%v after %v", err, time.Since(began))
			}
		}
		reason := errors.New("enough")
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(reason)
		if err := tries.pause(ctx); err != reason {
			t.Errorf("got %v", err)
		}
	})
}

// A long queue of changes that moves is waited for, and one that does not move is given up.
func TestTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const patience = 5 * time.Second
		m := newReplica(nil)
		m.apply(keySubject("b"), newKey(), 1)
		if _, err := m.beginChange(t.Context(), "other", patience); err != ErrNotFound {
			t.Errorf("got %v", err)
		}
		wait := func(made bool, results chan<- error) {
			done, err := m.beginChange(t.Context(), "b", patience)
			if err == nil {
				pass(4 * time.Second)
				done(made)
			}
			results <- err
		}
		for _, test := range []struct {
			made   bool
			failed int
		}{{true, 0}, {false, 8}} {
			results := make(chan error, 10)
			for range 10 {
				go wait(test.made, results)
			}
			failed := 0
			for range 10 {
				if err := <-results; errors.Is(err, context.DeadlineExceeded) {
					failed++
				} else if err != nil {
					t.Error(err)
				}
			}
			if failed != test.failed {
				t.Errorf("with changes made: %v: %d of 10 gave up, want %d", test.made, failed, test.failed)
			}
		}
		ctx, cancel := context.WithCancel(t.Context())
		done, err := m.beginChange(ctx, "b", patience)
		if err != nil {
			t.Fatal(err)
		}
		cancel()
		if _, err := m.beginChange(ctx, "b", patience); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
		done(true)
	})
}
