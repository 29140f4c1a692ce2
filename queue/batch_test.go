package queue

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/batch"
)

// provider is a stand-in for what describes photos, which a test steers.
type provider struct {
	began chan string // photo IDs of calls under way
	let   chan error  // one value ends one call
	calls atomic.Int64
}

func newProvider() *provider {
	return &provider{began: make(chan string, 100), let: make(chan error, 100)}
}

func (p *provider) work() Work {
	return describing(func(ctx context.Context, photo tagroll.Photo) error {
		p.calls.Add(1)
		p.began <- photo.ID
		select {
		case err := <-p.let:
			return err
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	})
}

// underWay waits for so many calls.
func (p *provider) underWay(t *testing.T, n int) []string {
	t.Helper()
	var ids []string
	timeout := time.After(patience)
	for range n {
		select {
		case id := <-p.began:
			ids = append(ids, id)
		case <-timeout:
			t.Fatalf("%d calls were made, waiting for %d", len(ids), n)
		}
	}
	slices.Sort(ids)
	return ids
}

func counts(s Snapshot) string {
	p := s.Progress
	return fmt.Sprintf("%s: %d pending, %d processing, %d successful, %d in review, %d failed", s.State, p.Pending, p.Processing, p.Successful, p.NeedsReview, p.Failed)
}

func TestCancelEndsCallsAndRetryGoesOn(t *testing.T) {
	p := newProvider()
	n := start(t, Config{Work: p.work(), Options: batch.Options{Concurrency: 2}})
	b := create(t, n)
	add(t, n, b, 4)
	p.underWay(t, 2)
	p.let <- nil
	p.underWay(t, 1)
	s, err := n.Cancel(t.Context(), b)
	if err != nil {
		t.Fatal(err)
	}
	if got := counts(s); got != "cancelled: 3 pending, 0 processing, 1 successful, 0 in review, 0 failed" || s.Ended.IsZero() || s.Closed.IsZero() {
		t.Errorf("%s, %+v", got, s.Batch)
	}
	if _, err := n.Add(t.Context(), b, newPhoto("late")); !errors.Is(err, ErrClosed) {
		t.Errorf("a cancelled batch takes a photo: %v", err)
	}
	again, err := n.Cancel(t.Context(), b)
	if err != nil || again.Cancelled != s.Cancelled {
		t.Errorf("cancelled twice: %v, %+v", err, again.Batch)
	}
	retried, s, err := n.Retry(t.Context(), b, nil)
	if err != nil || retried != 3 || s.State != StateProcessing || !s.Ended.IsZero() {
		t.Fatalf("%d, %s, %v", retried, counts(s), err)
	}
	for range 3 {
		p.let <- nil
	}
	s = until(t, n, b, "all are done", done)
	if got := counts(s); got != "completed: 0 pending, 0 processing, 4 successful, 0 in review, 0 failed" {
		t.Error(got)
	}
	attempts := 0
	for _, p := range s.Photos {
		attempts += p.Calls
	}
	if attempts != 6 || s.Progress.Calls != 6 {
		t.Errorf("%d attempts, %d calls; the calls that were ended count", attempts, s.Progress.Calls)
	}
}

func TestRetryTakesFailedPhotosAgain(t *testing.T) {
	bad := &tagroll.Error{Code: tagroll.CodeImageRejected, Message: "cannot read it"}
	var heal atomic.Bool
	work := func(ctx context.Context, b Batch, photo tagroll.Photo, prepared tagroll.Prepared, attempt tagroll.Attempt) (tagroll.Result, error) {
		result, err := instant(ctx, b, photo, prepared, attempt)
		switch {
		case heal.Load():
		case photo.ID == "p1":
			return tagroll.Result{}, bad
		case photo.ID == "p2":
			result.Status = tagroll.StatusNeedsReview
		}
		return result, err
	}
	n := start(t, Config{Work: work})
	b := create(t, n)
	add(t, n, b, 3)
	unusable := NewPhoto{ID: "broken", Name: "broken.jpg", Err: &tagroll.Error{Code: tagroll.CodeCorruptImage, Message: "no image"}}
	if p, err := n.Add(t.Context(), b, unusable); err != nil || p.State != PhotoFailed || p.Result.Error.Code != tagroll.CodeCorruptImage {
		t.Fatalf("%+v, %v", p, err)
	}
	if _, err := n.CloseBatch(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	s := until(t, n, b, "all are done", done)
	if got := counts(s); got != "completed: 0 pending, 0 processing, 1 successful, 1 in review, 2 failed" {
		t.Error(got)
	}
	if e := s.Photos[0].Result.Error; e == nil || e.Code != bad.Code || e.Photo != "IMG_p1.jpg" {
		t.Errorf("%+v", e)
	}
	if _, _, err := n.Retry(t.Context(), b, []string{"p1", "unknown"}); !errors.Is(err, ErrNotFound) {
		t.Errorf("an unknown photo is retried: %v", err)
	}
	if retried, _, err := n.Retry(t.Context(), b, []string{"p3", "broken"}); err != nil || retried != 0 {
		t.Errorf("%d photos are retried that need not or cannot be: %v", retried, err)
	}
	heal.Store(true)
	if retried, _, err := n.Retry(t.Context(), b, nil); err != nil || retried != 1 {
		t.Errorf("%d retried, want the failed one that has an image: %v", retried, err)
	}
	until(t, n, b, "the failed one is done", func(s Snapshot) bool { return s.Progress.Successful == 2 })
	if retried, _, err := n.Retry(t.Context(), b, []string{"p2"}); err != nil || retried != 1 {
		t.Errorf("%d retried, want the one in review: %v", retried, err)
	}
	s = until(t, n, b, "the one in review is done", func(s Snapshot) bool { return s.Progress.Successful == 3 })
	if s.Photos[0].Calls != 2 || s.Progress.Usage.InputTokens != 5*7-7 {
		t.Errorf("%d calls, usage %+v", s.Photos[0].Calls, s.Progress.Usage)
	}
}

// A failure that dooms every photo stops the batch, on every node, and says why.
func TestFatalFailureStopsTheBatch(t *testing.T) {
	p := newProvider()
	n := start(t, Config{Work: p.work(), Options: batch.Options{Concurrency: 2}})
	b := create(t, n)
	add(t, n, b, 5)
	p.underWay(t, 2)
	p.let <- &tagroll.Error{Code: tagroll.CodeInvalidAPIKey, Message: "the key is wrong"}
	s := until(t, n, b, "it is stopped", func(s Snapshot) bool { return s.State == StateCancelled })
	if s.Error == nil || s.Error.Code != tagroll.CodeInvalidAPIKey || s.Error.Photo != "" || s.Progress.Failed != 1 || s.Progress.Pending != 4 {
		t.Errorf("%s, %+v", counts(s), s.Error)
	}
	retried, s, err := n.Retry(t.Context(), b, nil)
	if err != nil || retried != 5 || s.Error != nil {
		t.Errorf("%d retried, %+v, %v", retried, s.Error, err)
	}
	for range 5 {
		p.let <- nil
	}
	until(t, n, b, "all are done", done)
}

// A pause of the provider that is too long to sit out hands the batch back; it goes on later.
func TestLongPauseHandsTheBatchBack(t *testing.T) {
	var calls atomic.Int64
	work := describing(func(context.Context, tagroll.Photo) error {
		if calls.Add(1) == 1 {
			return &tagroll.Error{Code: tagroll.CodeRateLimited, Message: "later", RetryAfter: 300 * time.Millisecond}
		}
		return nil
	})
	n := start(t, Config{Work: work, Options: batch.Options{Concurrency: 1, MaxWait: 20 * time.Millisecond}})
	b := create(t, n)
	add(t, n, b, 2)
	s := until(t, n, b, "all are done", done)
	if s.Progress.Successful != 2 || s.Error != nil || s.State != StateOpen {
		t.Errorf("%s, %+v", counts(s), s.Error)
	}
}

// A failure of the engine is no photo's failure.
func TestEngineFailureIsTriedAgain(t *testing.T) {
	var calls atomic.Int64
	work := describing(func(context.Context, tagroll.Photo) error {
		if calls.Add(1) == 1 {
			return &tagroll.Error{Code: tagroll.CodeDiskFull, Message: "no space for the temporary image"}
		}
		return nil
	})
	timing := defaultTiming
	timing.handBack = 10 * time.Millisecond
	n := startTimed(t, Config{Work: work}, timing)
	b := create(t, n)
	add(t, n, b, 3)
	s := until(t, n, b, "all are done", done)
	if s.Progress.Successful != 3 || s.State != StateOpen {
		t.Errorf("%s", counts(s))
	}
}

func TestEdit(t *testing.T) {
	p := newProvider()
	n := start(t, Config{Work: p.work()})
	b := create(t, n)
	add(t, n, b, 1)
	p.underWay(t, 1)
	rename := func(r *tagroll.Result) error {
		r.Metadata.Title = "by hand"
		r.Metadata.Keywords[0] = "mine"
		return nil
	}
	if _, err := n.Edit(t.Context(), b, "p1", 0, rename); !errors.Is(err, ErrUnfinished) {
		t.Errorf("a photo in process is edited: %v", err)
	}
	p.let <- nil
	before := until(t, n, b, "it is done", done).Photos[0]
	after, err := n.Edit(t.Context(), b, "p1", before.Revision, rename)
	if err != nil {
		t.Fatal(err)
	}
	if after.Result.Metadata.Title != "by hand" || after.Edited.IsZero() || after.Revision <= before.Revision || after.State != PhotoSuccessful {
		t.Errorf("%+v", after)
	}
	if before.Result.Metadata.Title == "by hand" || before.Result.Metadata.Keywords[0] == "mine" {
		t.Error("an earlier snapshot has changed")
	}
	if _, err := n.Edit(t.Context(), b, "p1", before.Revision, rename); !errors.Is(err, ErrChanged) {
		t.Errorf("an old revision is edited: %v", err)
	}
	review := func(r *tagroll.Result) error { r.Status = tagroll.StatusNeedsReview; return nil }
	if p, err := n.Edit(t.Context(), b, "p1", 0, review); err != nil || p.State != PhotoNeedsReview {
		t.Errorf("%+v, %v", p, err)
	}
	refused := errors.New("refused")
	if _, err := n.Edit(t.Context(), b, "p1", 0, func(*tagroll.Result) error { return refused }); err != refused {
		t.Errorf("%v", err)
	}
	if _, err := n.Edit(t.Context(), b, "p2", 0, rename); !errors.Is(err, ErrNotFound) {
		t.Errorf("%v", err)
	}
}

func TestAdd(t *testing.T) {
	n := start(t, Config{}) // nobody works
	b := create(t, n)
	first, err := n.Add(t.Context(), b, newPhoto("p1"))
	if err != nil {
		t.Fatal(err)
	}
	other := newPhoto("p1")
	other.Name, other.Prepared.Image.JPEG = "other.jpg", []byte("other")
	again, err := n.Add(t.Context(), b, other)
	if err != nil || !reflect.DeepEqual(again, first) {
		t.Errorf("%+v, %v", again, err)
	}
	if got, err := n.Image(t.Context(), b, "p1"); err != nil || string(got) != string(image("p1")) {
		t.Errorf("the image was replaced: %v", err)
	}
	for _, id := range []string{"a b", "a.b", "ü", strings.Repeat("x", 65), "*", ">"} {
		if _, err := n.Add(t.Context(), b, NewPhoto{ID: id}); tagroll.CodeOf(err) != tagroll.CodeBadRequest {
			t.Errorf("ID %q: %v", id, err)
		}
	}
	if _, err := n.Add(t.Context(), "unknown", newPhoto("p1")); !errors.Is(err, ErrNotFound) {
		t.Errorf("%v", err)
	}
	large := newPhoto("large")
	large.Prepared.Image.JPEG = []byte(strings.Repeat("0123456789abcdef", 3*maxChunk/16+1))
	if _, err := n.Add(t.Context(), b, large); err != nil {
		t.Fatal(err)
	}
	if got, err := n.Image(t.Context(), b, "large"); err != nil || string(got) != string(large.Prepared.Image.JPEG) {
		t.Errorf("an image of several messages: %d bytes, %v", len(got), err)
	}
	if _, err := n.CloseBatch(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	if _, err := n.Add(t.Context(), b, newPhoto("late")); !errors.Is(err, ErrClosed) {
		t.Errorf("%v", err)
	}
	if again, err := n.Add(t.Context(), b, newPhoto("p1")); err != nil || again.ID != "p1" {
		t.Errorf("a photo that is there, after the end: %v", err)
	}
}

// Photos arrive on many connections at once, some of them twice, while the batch is closed: each
// has one place, and a photo that was accepted is there.
func TestAddAtOnce(t *testing.T) {
	n := start(t, Config{Work: instant})
	b := create(t, n)
	var all sync.WaitGroup
	var accepted atomic.Int64
	for i := range 60 {
		all.Go(func() {
			p, err := n.Add(t.Context(), b, newPhoto(fmt.Sprint("p", i/2)))
			if err == nil && p.ID != "" {
				accepted.Add(1)
			} else if !errors.Is(err, ErrClosed) {
				t.Error(err)
			}
			if i == 40 {
				if _, err := n.CloseBatch(t.Context(), b); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	s := until(t, n, b, "all are done", done)
	orders := map[int]bool{}
	for _, p := range s.Photos {
		orders[p.Order] = true
	}
	if len(orders) != len(s.Photos) || len(s.Photos) < int(accepted.Load())/2 || len(s.Photos) > 30 {
		t.Errorf("%d photos in %d places, %d accepted", len(s.Photos), len(orders), accepted.Load())
	}
}

func TestListIsTheSessionsOwn(t *testing.T) {
	n := start(t, Config{})
	if _, err := n.Create(t.Context(), NewBatch{}); tagroll.CodeOf(err) != tagroll.CodeConfiguration {
		t.Errorf("a batch that nobody could open: %v", err)
	}
	first, second := create(t, n), create(t, n)
	if _, err := n.Create(t.Context(), NewBatch{Token: "token"}); err != nil {
		t.Fatal(err)
	}
	list, err := n.List(t.Context(), "session")
	if err != nil || len(list) != 2 || list[0].ID != second || list[1].ID != first {
		t.Errorf("%v, %v", list, err)
	}
	for _, session := range []string{"", "other"} {
		if list, err := n.List(t.Context(), session); err != nil || len(list) != 0 {
			t.Errorf("session %q: %v, %v", session, list, err)
		}
	}
}

func TestWatch(t *testing.T) {
	n := start(t, Config{})
	b := create(t, n)
	changed, stop := n.Watch(b)
	other, stopOther := n.Watch("another batch")
	defer stopOther()
	add(t, n, b, 3)
	<-changed
	select {
	case <-changed:
		t.Error("changes do not add up")
	default:
	}
	if err := n.Delete(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	<-changed
	stop()
	stop()
	if len(other) > 0 {
		t.Error("told of another batch's change")
	}
	n.replica.mu.Lock()
	defer n.replica.mu.Unlock()
	if len(n.replica.watchers) != 1 || len(n.replica.waiters) != 0 {
		t.Errorf("left behind: %d watchers, %d waiters", len(n.replica.watchers), len(n.replica.waiters))
	}
}

func TestStats(t *testing.T) {
	p := newProvider()
	n := start(t, Config{Work: p.work(), Options: batch.Options{Concurrency: 1}})
	b := create(t, n)
	create(t, n)
	add(t, n, b, 3)
	p.underWay(t, 1)
	until(t, n, b, "one is in process", func(s Snapshot) bool { return s.Progress.Processing == 1 })
	n.measureStore(t.Context())
	s := n.Stats()
	if s.Batches[StateOpen] != 2 || s.Photos[PhotoPending] != 2 || s.Photos[PhotoProcessing] != 1 || s.Running != 1 || s.InProcess != 1 || s.QueueAge <= 0 || s.Lag <= 0 || s.StoredBytes == 0 {
		t.Errorf("%+v", s)
	}
	if len(s.Batches) != 4 || len(s.Photos) != 5 {
		t.Errorf("a state has no entry: %+v", s)
	}
}
