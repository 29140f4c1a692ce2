package queue

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tagroll/tagroll/batch"

	"github.com/tagroll/tagroll/internal/sleep"
)

// A batch of 10 photos is not behind one of 5,000.
func TestFairTurns(t *testing.T) {
	p := newProvider()
	// Only the test ends calls. Adding 5,000 photos may take longer than a photo's time.
	n := start(t, Config{Work: p.work(), MaxPhotos: 4, Options: batch.Options{Concurrency: 8, Timeout: -1}})
	large, small := create(t, n), create(t, n)
	add(t, n, large, 5000)
	p.underWay(t, 4)
	for i := range 10 {
		if _, err := n.Add(t.Context(), small, newPhoto(fmt.Sprint("small", i))); err != nil {
			t.Fatal(err)
		}
	}
	waiting := func() bool {
		n.scheduler.mu.Lock()
		defer n.scheduler.mu.Unlock()
		s := n.scheduler.batches[small]
		return s != nil && len(s.waiting) > 0
	}
	ended := 0
	for begun := 0; begun < 10; ended++ {
		// The batch's next photo stands in line before a place is free: it is the order
		// that is tested, and not how fast a photo is on its way to it.
		for late := time.Now().Add(patience); !waiting(); {
			if _ = sleep.For(t.Context(), time.Millisecond); time.Now().After(late) {
				t.Fatalf("no photo of the small batch waits, and %d of 10 have begun", begun)
			}
		}
		p.let <- nil
		if id := p.underWay(t, 1)[0]; id[0] == 's' {
			begun++
		}
	}
	if ended > 25 {
		t.Errorf("the small batch's photos had all begun after %d calls had ended; a fair share takes about 20", ended)
	}
	if taken := n.scheduler.inUse(); taken > 4 {
		t.Errorf("%d photos in process, 4 are allowed", taken)
	}
}

func TestTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		scheduler := newFairScheduler(2)
		got := make(chan string, 10)
		gives := make(chan func(), 10)
		ask := func(batch string) {
			go func() {
				release, err := scheduler.acquire(t.Context(), batch)
				if err != nil {
					t.Error(err)
				}
				got <- batch
				gives <- release
			}()
			synctest.Wait()
		}
		for _, b := range []string{"a", "a", "a", "b", "c", "b"} {
			ask(b)
		}
		order := ""
		for range 6 {
			order += <-got
			release := <-gives
			release()
			release() // does nothing
			synctest.Wait()
		}
		// While a holds a slot, b is next, since it came before c. Then no photo of a
		// waits, whose last grant is longer ago than c has waited.
		if order != "aabacb" {
			t.Errorf("granted in the order %s", order)
		}
		if len(scheduler.batches) != 0 || scheduler.free != 2 {
			t.Errorf("left behind: %d batches, %d slots free", len(scheduler.batches), scheduler.free)
		}
	})
}

func TestTurnsGivenUp(t *testing.T) {
	scheduler := newFairScheduler(1)
	release, err := scheduler.acquire(t.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if _, err := scheduler.acquire(ctx, "b"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v", err)
	}
	release()
	if len(scheduler.batches) != 0 || scheduler.free != 1 {
		t.Errorf("left behind: %d batches, %d slots free", len(scheduler.batches), scheduler.free)
	}
}
