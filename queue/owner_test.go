package queue

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tagroll/tagroll"
)

// completed makes a batch of so many photos that are all described.
func completed(t *testing.T, n *Node, photos int) Snapshot {
	t.Helper()
	b := create(t, n)
	add(t, n, b, photos)
	if _, err := n.CloseBatch(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	return until(t, n, b, "it is completed", func(s Snapshot) bool { return s.State == StateCompleted })
}

func TestTouchMovesTheEnd(t *testing.T) {
	timing := unhurried()
	timing.tick = time.Hour // the test runs the maintenance itself
	var ahead atomic.Int64  // read by the node's own goroutines
	timing.now = func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
	n := startTimed(t, Config{Work: instant}, timing)
	s := completed(t, n, 1)
	for range 5 { // far beyond the hour for which it is kept
		ahead.Add(int64(50 * time.Minute))
		if err := n.Touch(t.Context(), s.ID); err != nil {
			t.Fatal(err)
		}
		n.maintainBatches(t.Context())
		now, err := n.Get(t.Context(), s.ID)
		if err != nil {
			t.Fatalf("expired under its owner's eyes: %v", err)
		}
		if left := now.Expires.Sub(n.now()); left < 58*time.Minute || left > time.Hour {
			t.Errorf("%v are left", left)
		}
		before := now.Revision
		if err := n.Touch(t.Context(), s.ID); err != nil {
			t.Fatal(err)
		}
		if now, _ := n.Get(t.Context(), s.ID); now.Revision != before {
			t.Error("each look costs a write")
		}
	}
	ahead.Add(int64(61 * time.Minute))
	n.maintainBatches(t.Context())
	if _, err := n.Get(t.Context(), s.ID); !errors.Is(err, ErrNotFound) {
		t.Errorf("not expired: %v", err)
	}
}

func TestExtend(t *testing.T) {
	n := start(t, Config{Work: instant})
	s := completed(t, n, 1)
	first := s.Expires
	s, err := n.Extend(t.Context(), s.ID)
	if err != nil || s.Expires.Sub(first) != time.Hour {
		t.Errorf("%v: one hour more is %v", err, s.Expires.Sub(first))
	}
	for range 40 {
		if s, err = n.Extend(t.Context(), s.ID); err != nil {
			t.Fatal(err)
		}
	}
	if left := time.Until(s.Expires); left > 25*time.Hour {
		t.Errorf("it can be kept for %v", left)
	}
}

func TestReopen(t *testing.T) {
	n := start(t, Config{Work: instant})
	s := completed(t, n, 2)
	if _, err := n.Add(t.Context(), s.ID, newPhoto("p3")); !errors.Is(err, ErrClosed) {
		t.Errorf("unasked: %v", err)
	}
	late := newPhoto("p3")
	late.Reopen = true
	if _, err := n.Add(t.Context(), s.ID, late); err != nil {
		t.Fatal(err)
	}
	s = until(t, n, s.ID, "the new one is done", done)
	if s.State != StateOpen || !s.Expires.IsZero() || len(s.Photos) != 3 {
		t.Errorf("%s, expires %v, %d photos", s.State, s.Expires, len(s.Photos))
	}
	if _, err := n.Cancel(t.Context(), s.ID); err != nil {
		t.Fatal(err)
	}
	late.ID = "p4"
	if _, err := n.Add(t.Context(), s.ID, late); !errors.Is(err, ErrClosed) {
		t.Errorf("into a cancelled batch: %v", err)
	}
}

// Photos that arrive in any order stand where their sender wants them, also after a restart.
func TestPosition(t *testing.T) {
	dir := t.TempDir()
	n := start(t, Config{DataDir: dir})
	b := create(t, n)
	for _, p := range []struct {
		id       string
		position int64
	}{{"c", 3}, {"a", 1}, {"d", 0}, {"b", 2}, {"e", 0}} {
		photo := newPhoto(p.id)
		photo.Position = p.position
		if _, err := n.Add(t.Context(), b, photo); err != nil {
			t.Fatal(err)
		}
	}
	order := func() string {
		s, err := n.Get(t.Context(), b)
		if err != nil {
			t.Fatal(err)
		}
		var ids []string
		for _, p := range s.Photos {
			ids = append(ids, p.ID)
		}
		return strings.Join(ids, "")
	}
	if got := order(); got != "abcde" {
		t.Errorf("in the order %s", got)
	}
	stop(t, n)
	n = start(t, Config{DataDir: dir})
	if got := order(); got != "abcde" {
		t.Errorf("after a restart in the order %s", got)
	}
}

func TestRemovePhoto(t *testing.T) {
	dir := t.TempDir()
	n := start(t, Config{DataDir: dir, Work: instant})
	s := completed(t, n, 3)
	if err := n.RemovePhoto(t.Context(), s.ID, "p2"); err != nil {
		t.Fatal(err)
	}
	if err := n.RemovePhoto(t.Context(), s.ID, "p2"); !errors.Is(err, ErrNotFound) {
		t.Errorf("twice: %v", err)
	}
	check := func(when string) Snapshot {
		t.Helper()
		now, err := n.Get(t.Context(), s.ID)
		if err != nil {
			t.Fatal(err)
		}
		if len(now.Photos) != 2 || now.Photos[1].ID != "p3" || now.State != StateCompleted {
			t.Errorf("%s: %s of %d photos", when, now.State, len(now.Photos))
		}
		if len(now.Removed) != 1 || now.Removed[0].ID != "p2" || now.Removed[0].Revision <= s.Revision || now.Revision < now.Removed[0].Revision {
			t.Errorf("%s: removed %+v, revision %d", when, now.Removed, now.Revision)
		}
		return now
	}
	check("at once")
	if _, err := n.Image(t.Context(), s.ID, "p2"); !errors.Is(err, ErrNotFound) {
		t.Errorf("its image: %v", err)
	}
	stop(t, n)
	n = start(t, Config{DataDir: dir, Work: instant})
	check("after a restart")
	again := newPhoto("p2")
	again.Reopen = true
	if _, err := n.Add(t.Context(), s.ID, again); err != nil {
		t.Fatal(err)
	}
	now := until(t, n, s.ID, "it is done again", done)
	if len(now.Photos) != 3 || len(now.Removed) != 0 {
		t.Errorf("%d photos, removed %+v", len(now.Photos), now.Removed)
	}
}

// The result of a call that was under way is dropped, and the run goes on with the other photos.
func TestRemovePhotoUnderWay(t *testing.T) {
	calls, release := make(chan string, 10), make(chan struct{})
	n := start(t, Config{Work: describing(func(ctx context.Context, p tagroll.Photo) error {
		calls <- p.Name
		select {
		case <-release:
		case <-ctx.Done():
		}
		return ctx.Err()
	})})
	b := create(t, n)
	add(t, n, b, 1)
	<-calls
	if err := n.RemovePhoto(t.Context(), b, "p1"); err != nil {
		t.Fatal(err)
	}
	if _, err := n.Add(t.Context(), b, newPhoto("p2")); err != nil {
		t.Fatal(err)
	}
	close(release)
	s := until(t, n, b, "the other is done", done)
	if len(s.Photos) != 1 || s.Photos[0].ID != "p2" || s.Progress.Successful != 1 {
		t.Errorf("%+v", s.Photos)
	}
}

func TestEditMany(t *testing.T) {
	n := start(t, Config{Work: instant})
	s := completed(t, n, 4)
	title := func(text string) func(*tagroll.Result) error {
		return func(r *tagroll.Result) error { r.Metadata.Title = text; return nil }
	}
	var edits []PhotoEdit
	for _, p := range s.Photos {
		edits = append(edits, PhotoEdit{p.ID, p.Revision, title("new title of " + p.ID)})
	}
	stale := slices.Clone(edits)
	stale[2].Revision--
	edited, failures, err := n.EditMany(t.Context(), s.ID, stale)
	if err != nil || edited != nil || len(failures) != 1 || failures[0].Photo != "p3" || !errors.Is(failures[0].Err, ErrChanged) {
		t.Errorf("%v, %v, %v", edited, failures, err)
	}
	if now, _ := n.Get(t.Context(), s.ID); now.Revision != s.Revision {
		t.Error("some were stored although one could not be")
	}
	edited, failures, err = n.EditMany(t.Context(), s.ID, edits)
	if err != nil || failures != nil || len(edited) != 4 {
		t.Fatalf("%d, %v, %v", len(edited), failures, err)
	}
	for _, p := range edited {
		if p.Result.Metadata.Title != "new title of "+p.ID || !slices.Equal(p.EditedFields, []string{FieldTitle}) {
			t.Errorf("%+v", p)
		}
	}
}

// againWork fails, or answers differently, from the second call on.
func againWork(second func(ctx context.Context) (*tagroll.Metadata, error)) Work {
	var calls atomic.Int64
	return func(ctx context.Context, _ Batch, photo tagroll.Photo, _ tagroll.Prepared, attempt tagroll.Attempt) (tagroll.Result, error) {
		m := &tagroll.Metadata{Title: "first title", Keywords: []string{"first"}, Category: "Animals"}
		err := attempt.Call(ctx, tagroll.Estimate{}, func(ctx context.Context) (tagroll.RateLimit, error) {
			if calls.Add(1) == 1 {
				return tagroll.RateLimit{}, nil
			}
			var err error
			m, err = second(ctx)
			return tagroll.RateLimit{}, err
		})
		return tagroll.Result{Metadata: m, Status: tagroll.StatusSuccessful}, err
	}
}

func TestDescribeAgainKeepsWhatAPersonWrote(t *testing.T) {
	judged := make(chan string, 10)
	n := start(t, Config{
		Judge: func(_ Batch, r *tagroll.Result) { judged <- r.Metadata.Title },
		Work: againWork(func(context.Context) (*tagroll.Metadata, error) {
			return &tagroll.Metadata{Title: "second title", Keywords: []string{"second"}, Category: "Food"}, nil
		}),
	})
	s := completed(t, n, 1)
	if _, err := n.Edit(t.Context(), s.ID, "p1", 0, func(r *tagroll.Result) error { r.Metadata.Title = "by hand"; return nil }); err != nil {
		t.Fatal(err)
	}
	before, _, err := n.DescribeAgain(t.Context(), s.ID, []string{"p1"}, false)
	if err != nil || len(before) != 1 || before[0].Result.Metadata.Title != "by hand" {
		t.Fatalf("%+v, %v", before, err)
	}
	s = until(t, n, s.ID, "it is done", done)
	m := s.Photos[0].Result.Metadata
	if m.Title != "by hand" || m.Keywords[0] != "second" || m.Category != "Food" {
		t.Errorf("%+v", m)
	}
	if got := <-judged; got != "by hand" {
		t.Errorf("judged %q", got)
	}
	if _, _, err := n.DescribeAgain(t.Context(), s.ID, []string{"p1"}, true); err != nil {
		t.Fatal(err)
	}
	s = until(t, n, s.ID, "it is done", done)
	if p := s.Photos[0]; p.Result.Metadata.Title != "second title" || p.EditedFields != nil || p.Calls != 3 {
		t.Errorf("%+v", p)
	}
}

func TestDescribeAgainLosesNothing(t *testing.T) {
	t.Run("failure", func(t *testing.T) {
		n := start(t, Config{Work: againWork(func(context.Context) (*tagroll.Metadata, error) {
			return nil, &tagroll.Error{Code: tagroll.CodeRefused, Message: "declined"}
		})})
		s := completed(t, n, 1)
		if _, _, err := n.DescribeAgain(t.Context(), s.ID, []string{"p1"}, true); err != nil {
			t.Fatal(err)
		}
		p := until(t, n, s.ID, "it is done", done).Photos[0]
		if p.State != PhotoSuccessful || p.Result.Metadata.Title != "first title" || p.AgainError == nil || p.AgainError.Code != tagroll.CodeRefused {
			t.Errorf("%+v", p)
		}
	})
	t.Run("cancel", func(t *testing.T) {
		waiting := make(chan struct{}, 1)
		n := start(t, Config{Work: againWork(func(ctx context.Context) (*tagroll.Metadata, error) {
			waiting <- struct{}{}
			<-ctx.Done()
			return nil, ctx.Err()
		})})
		s := completed(t, n, 1)
		if _, _, err := n.DescribeAgain(t.Context(), s.ID, []string{"p1"}, true); err != nil {
			t.Fatal(err)
		}
		<-waiting
		if now, _ := n.Get(t.Context(), s.ID); now.Photos[0].Previous == nil {
			t.Error("what it had is not shown meanwhile")
		}
		if _, err := n.Cancel(t.Context(), s.ID); err != nil {
			t.Fatal(err)
		}
		p := until(t, n, s.ID, "it has its result", func(s Snapshot) bool { return s.Photos[0].Result != nil }).Photos[0]
		if p.State != PhotoSuccessful || p.Result.Metadata.Title != "first title" {
			t.Errorf("%+v", p)
		}
	})
}

func TestChangeBatch(t *testing.T) {
	seen := make(chan Batch, 1)
	n := start(t, Config{Work: func(ctx context.Context, b Batch, p tagroll.Photo, _ tagroll.Prepared, a tagroll.Attempt) (tagroll.Result, error) {
		seen <- b
		return instant(ctx, b, p, tagroll.Prepared{}, a)
	}})
	s, err := n.Create(t.Context(), NewBatch{Session: "session", Name: "Lisbon", Brief: tagroll.Brief{Context: "old trams", Language: "German"}})
	if err != nil || s.Name != "Lisbon" || s.Brief.Context != "old trams" {
		t.Fatalf("%+v, %v", s.Batch, err)
	}
	name, about := "Lisbon, May", "trams of 1930"
	say := func(b tagroll.Brief) tagroll.Brief {
		b.Context = about
		return b
	}
	if s, err = n.Change(t.Context(), s.ID, BatchChange{Name: &name, Brief: say}); err != nil || s.Name != name {
		t.Errorf("%+v, %v", s.Batch, err)
	}
	add(t, n, s.ID, 1)
	if b := <-seen; b.Brief.Context != about || b.Brief.Language != "German" {
		t.Errorf("described with the brief %+v", b.Brief)
	}
}
