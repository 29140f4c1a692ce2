package queue

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/batch"
	"github.com/tagroll/tagroll/limit"
)

// budgeted opens a node with a budget of $1 a day, over the data in dir.
func budgeted(t *testing.T, dir string, now func() time.Time) *Node {
	t.Helper()
	timing := unhurried()
	timing.now = now
	limiter := limit.New(limit.Config{})
	n, err := open(t.Context(), Config{DataDir: dir, BudgetPerDay: 1, Options: batch.Options{Limiter: limiter}}, timing)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// spendAll makes calls of 3 cents at most, some at once, that cost two thirds of that, until the
// budget allows none, and returns what they have cost.
func spendAll(t *testing.T, n *Node) (spent float64, last error) {
	t.Helper()
	limiter := n.config.Options.Limiter
	var mu sync.Mutex
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for {
				pass, err := limiter.Enter(context.Background(), tagroll.Estimate{Most: tagroll.Usage{CostUSD: 0.03}}, time.Hour)
				mu.Lock()
				if err != nil {
					last = err
					mu.Unlock()
					return
				}
				spent += 0.02
				mu.Unlock()
				pass.Leave(tagroll.RateLimit{Spent: tagroll.Usage{InputTokens: 1, CostUSD: 0.02}}, nil)
			}
		})
	}
	all.Wait()
	return spent, last
}

// The day's budget is never passed, whether the process is restarted, killed or ended in good
// order, and is there again the next day.
func TestBudgetPerDayOutlivesTheProcess(t *testing.T) {
	dir := t.TempDir()
	noon := time.Now().Round(0) // the limiter goes by the real clock
	var nextDay atomic.Bool     // read by the node's own goroutines
	now := func() time.Time {
		if nextDay.Load() {
			return noon.Add(day)
		}
		return noon
	}
	first := budgeted(t, dir, now)
	pass, err := first.config.Options.Limiter.Enter(t.Context(), tagroll.Estimate{Most: tagroll.Usage{CostUSD: 0.4}}, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	pass.Leave(tagroll.RateLimit{Spent: tagroll.Usage{InputTokens: 1, CostUSD: 0.3}}, nil)
	if err := first.Close(t.Context()); err != nil { // gives back the ten cents
		t.Fatal(err)
	}

	second := budgeted(t, dir, now)
	spent, err := spendAll(t, second)
	if spent > 0.7+1e-9 || spent < 0.6 {
		t.Errorf("$%.2f spent of the $0.70 that were left", spent)
	}
	e := tagroll.AsError(err)
	if e.Code != tagroll.CodeRateLimited || e.RetryAfter <= 0 || e.RetryAfter > retryBudget {
		t.Errorf("%v, to be tried again in %v", err, e.RetryAfter)
	}
	if s := second.Stats(); !s.BudgetUntil.Equal(noon.Add(day)) || s.Limiter.PausedBy == "" {
		t.Errorf("used up until %v; %+v", s.BudgetUntil, s.Limiter)
	}
	// A node that is killed gives nothing back.
	second.config.Options.Limiter.Unspent()
	if err := second.Close(t.Context()); err != nil {
		t.Fatal(err)
	}

	third := budgeted(t, dir, now)
	if more, _ := spendAll(t, third); spent+more > 0.7+1e-9 {
		t.Errorf("$%.2f more after a restart", more)
	}
	nextDay.Store(true)
	if next, _ := spendAll(t, third); next < 0.9 || next > 1+1e-9 {
		t.Errorf("$%.2f spent of the next day's dollar", next)
	}
	if err := third.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// The photos of a day are counted across the end of the process, until the day is over.
func TestPhotosPerDayOutliveTheProcess(t *testing.T) {
	dir, now := t.TempDir(), time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)
	take := func(n *Node, photos int, want bool) {
		t.Helper()
		taken, until, err := n.TakePhotos(t.Context(), now, 5, photos)
		if err != nil || taken != want {
			t.Errorf("%d photos: taken %v, %v", photos, taken, err)
		}
		if end := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC); now.Before(end) && !until.Equal(end) {
			t.Errorf("the day is over at %v", until)
		}
	}
	n := start(t, Config{DataDir: dir})
	take(n, 3, true)
	take(n, 3, false) // none of them is counted
	stop(t, n)
	now = now.Add(23 * time.Hour)
	n = start(t, Config{DataDir: dir})
	take(n, 2, true)
	take(n, 1, false)
	if d := n.Stats().Damage; d != (Damage{}) {
		t.Errorf("the count is taken for damage: %+v", d)
	}
	now = now.Add(2 * time.Hour)
	take(n, 5, true)
}

// Nodes of a cluster count the same photos of the day.
func TestPhotosPerDayAreShared(t *testing.T) {
	t.Parallel()
	servers := serve(t, 1)
	nodes := []*Node{start(t, Config{URL: urls(servers...)}), start(t, Config{URL: urls(servers...)})}
	now := time.Now()
	var taken atomic.Int64
	var all sync.WaitGroup
	for i := range 24 {
		all.Go(func() {
			ok, _, err := nodes[i%2].TakePhotos(t.Context(), now, 10, 1)
			if err != nil {
				t.Error(err)
			}
			if ok {
				taken.Add(1)
			}
		})
	}
	all.Wait()
	if taken.Load() != 10 {
		t.Errorf("%d photos were taken, want 10", taken.Load())
	}
}

// Two nodes that draw at once do not draw the same money.
func TestBudgetPerDayIsShared(t *testing.T) {
	n := budgeted(t, t.TempDir(), time.Now)
	defer n.Close(t.Context())
	other := &dayQuota{node: n, subject: keySubject(budgetName), perDay: 1}
	var mu sync.Mutex
	var all sync.WaitGroup
	drawn := 0.0
	for _, q := range []*dayQuota{n.budget, other, n.budget, other} {
		all.Go(func() {
			for {
				granted, _, err := q.draw(context.Background(), 0.013)
				if err != nil {
					if !errors.Is(err, context.Canceled) && tagroll.CodeOf(err) != tagroll.CodeRateLimited {
						t.Error(err)
					}
					return
				}
				mu.Lock()
				drawn += granted
				mu.Unlock()
			}
		})
	}
	all.Wait()
	if drawn > 1+1e-9 || drawn < 1-0.013-1e-9 {
		t.Errorf("$%.3f drawn of $1", drawn)
	}
}

// A node whose clock is behind the one that began the day does not begin it again.
func TestBudgetPerDayOfALateClock(t *testing.T) {
	n := budgeted(t, t.TempDir(), time.Now)
	defer n.Close(t.Context())
	now := time.Now()
	spend := func(use *dayUse) { use.Used += 0.4 }
	for _, late := range []time.Duration{0, time.Millisecond, 10 * time.Minute} {
		if _, err := n.budget.change(t.Context(), now.Add(-late), spend); err != nil {
			t.Fatal(err)
		}
	}
	use, err := n.budget.change(t.Context(), now, func(*dayUse) {})
	if err != nil || use.Used < 1.2-1e-9 {
		t.Errorf("%v, $%.2f of the day are used, want 1.20", err, use.Used)
	}
}

// A batch that would pass the day's budget waits for the next day: nothing fails, nothing is lost.
func TestBatchWaitsForTheNextDaysBudget(t *testing.T) {
	work := func(ctx context.Context, _ Batch, _ tagroll.Photo, _ tagroll.Prepared, attempt tagroll.Attempt) (tagroll.Result, error) {
		usage := tagroll.Usage{InputTokens: 1, CostUSD: 0.3}
		err := attempt.Call(ctx, tagroll.Estimate{Most: usage}, func(context.Context) (tagroll.RateLimit, error) {
			return tagroll.RateLimit{Spent: usage}, nil
		})
		if err != nil {
			usage = tagroll.Usage{}
		}
		return tagroll.Result{Usage: usage}, err
	}
	n := start(t, Config{Work: work, BudgetPerDay: 1, Options: batch.Options{Concurrency: 1}})
	b := create(t, n)
	add(t, n, b, 5)
	s := until(t, n, b, "three are described", func(s Snapshot) bool { return s.Progress.Successful == 3 })
	timeout := time.After(patience)
	for s.Progress.Limiter.PausedBy != tagroll.PausedByBudget { // which changes no record
		var err error
		select {
		case <-time.After(10 * time.Millisecond):
			if s, err = n.Get(t.Context(), b); err != nil {
				t.Fatal(err)
			}
		case <-timeout:
			t.Fatalf("no pause: %+v", s.Progress)
		}
	}
	if s.Progress.Successful != 3 || s.Progress.Pending != 2 || s.Error != nil || s.Progress.Usage.CostUSD > 1 {
		t.Errorf("%s, $%.2f, %+v", counts(s), s.Progress.Usage.CostUSD, s.Error)
	}
	if left := s.Progress.Limiter.PausedFor; !s.Progress.Limiter.Paused() || left < 23*time.Hour || s.Progress.Remaining < left {
		t.Errorf("a pause of %v, %v remaining", left, s.Progress.Remaining)
	}
}
