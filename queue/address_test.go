package queue

import (
	"sync/atomic"
	"testing"
	"time"
)

// A node that leaves its public address waits until what others have published there is fetched.
// The others know that the address leads nowhere until it is served again.
func TestPublicAddress(t *testing.T) {
	const address = "https://photos.example.com/t/"
	t.Parallel()
	servers := serve(t, 1)
	front := start(t, Config{URL: servers[0].ClientURL()})
	var ahead atomic.Int64 // of the worker's clock
	timing := unhurried()
	timing.now = func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
	worker := startTimed(t, Config{URL: servers[0].ClientURL()}, timing)
	elsewhere := start(t, Config{URL: servers[0].ClientURL()})
	var asked atomic.Int32
	for _, err := range []error{
		// Its own it serves until they are done.
		front.FollowAddress(address, func() int { return 100 }),
		worker.FollowAddress(address, func() int { return 3 - int(asked.Add(1)) }),
		elsewhere.FollowAddress("https://other.example.com/t/", func() int { return 100 }),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	front.LeaveAddress(t.Context(), address)
	if got := asked.Load(); got != 3 {
		t.Errorf("the worker was asked %d times, want 3: until its images are fetched", got)
	}
	for name, n := range map[string]*Node{"front": front, "worker": worker, "elsewhere": elsewhere} {
		if got := n.AddressLeadsNowhere(); got != (n == worker) {
			t.Errorf("%s: the address leads nowhere: %v", name, got)
		}
	}
	ahead.Store(int64(awayAtMost))
	if worker.AddressLeadsNowhere() {
		t.Error("an address whose node does not come back is never tried again")
	}
	ahead.Store(0)
	front.ServeAddress(address)
	late := time.After(patience)
	for worker.AddressLeadsNowhere() { // the word is on its way
		select {
		case <-time.After(5 * time.Millisecond):
		case <-late:
			t.Fatal("the address still leads nowhere when its node is back")
		}
	}
}
