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
	servers := serve(t, 1)
	front := start(t, Config{URL: servers[0].ClientURL()})
	worker := start(t, Config{URL: servers[0].ClientURL()})
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
	setNow := func(now func() time.Time) {
		worker.address.mu.Lock()
		defer worker.address.mu.Unlock()
		worker.now = now
	}
	setNow(func() time.Time { return time.Now().Add(awayAtMost) })
	if worker.AddressLeadsNowhere() {
		t.Error("an address whose node does not come back is never tried again")
	}
	setNow(time.Now)
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
