package batch_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/batch"
	"github.com/tagroll/tagroll/journal"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// photos returns n photos with IDs "0", "1", ...
func photos(n int) iter.Seq[tagroll.Photo] {
	return func(yield func(tagroll.Photo) bool) {
		for i := range n {
			if !yield(tagroll.Photo{ID: fmt.Sprint(i), Name: "IMG.jpg"}) {
				return
			}
		}
	}
}

// pause waits for d in the test's time, or for the end of ctx.
func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// answering is the work of a photo with one call that takes d.
func answering(d time.Duration) tagroll.Process {
	return calling(func(ctx context.Context, _ tagroll.Photo) error { return pause(ctx, d) })
}

// calling is the work of a photo with one call.
func calling(call func(context.Context, tagroll.Photo) error) tagroll.Process {
	return func(ctx context.Context, photo tagroll.Photo, attempt tagroll.Attempt) (tagroll.Result, error) {
		err := attempt.Call(ctx, tagroll.Estimate{}, func(ctx context.Context) (tagroll.RateLimit, error) {
			return tagroll.RateLimit{}, call(ctx, photo)
		})
		return tagroll.Result{}, err
	}
}

func failing(code tagroll.Code) error {
	return &tagroll.Error{Code: code, Message: "as the test wants", Stage: tagroll.StageDescribe}
}

// result returns the result of the photo with this ID.
func result(t *testing.T, p tagroll.Progress, id string) tagroll.Result {
	t.Helper()
	for _, r := range p.Results {
		if r.Photo.ID == id {
			return r
		}
	}
	t.Fatalf("no result for photo %s", id)
	return tagroll.Result{}
}

// Criterion 1: never more than five photos at once, and always five while there are enough.
func TestConcurrency(t *testing.T) {
	for _, limit := range []int{0, 1, 5, 20} {
		t.Run(fmt.Sprint(limit), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				want := limit
				if limit == 0 {
					want = 5
				}
				var now, most atomic.Int64
				start := time.Now()
				last, err := batch.Run(t.Context(), photos(40), calling(func(ctx context.Context, _ tagroll.Photo) error {
					most.Store(max(most.Load(), now.Add(1)))
					defer now.Add(-1)
					return pause(ctx, time.Second)
				}), batch.Options{Concurrency: limit})
				if err != nil || last.Successful != 40 {
					t.Fatalf("%d successful, %v", last.Successful, err)
				}
				if int(most.Load()) != want {
					t.Errorf("%d at once, want %d", most.Load(), want)
				}
				if took, bound := time.Since(start), time.Duration((40+want-1)/want)*time.Second; took != bound {
					t.Errorf("took %v, want the bound %v", took, bound)
				}
			})
		})
	}
}

// Criterion 5: ten photos whose answers take 4 to 6 s are done at least three times faster
// than one by one, in the time of list scheduling and no more.
func TestTenPhotos(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		seconds := []float64{4.2, 5.8, 4.9, 6, 4.4, 5.1, 4, 5.5, 4.7, 5.3}
		last, err := batch.Run(t.Context(), photos(10), calling(func(ctx context.Context, photo tagroll.Photo) error {
			i, err := strconv.Atoi(photo.ID)
			if err != nil {
				return err
			}
			return pause(ctx, time.Duration(seconds[i]*float64(time.Second)))
		}), batch.Options{})
		if err != nil || last.Successful != 10 {
			t.Fatalf("%d successful, %v", last.Successful, err)
		}
		// Places become free after 4.2, 4.4, 4.9, 5.8 and 6 s; the last photo ends at 11.3.
		if last.Elapsed.Round(time.Millisecond) != 11300*time.Millisecond {
			t.Errorf("took %v, want 11.3s", last.Elapsed)
		}
		if s := last.Speedup(); s < 3 {
			t.Errorf("%.1f times faster than one by one, want 3 or more", s)
		}
	})
}

// Criterion 3: a failing, panicking or hanging photo harms no other.
func TestFailuresStayAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		forever := make(chan struct{})
		defer close(forever)
		last, err := batch.Run(t.Context(), photos(12), func(ctx context.Context, photo tagroll.Photo, _ tagroll.Attempt) (tagroll.Result, error) {
			switch photo.ID {
			case "2":
				return tagroll.Result{}, failing(tagroll.CodeCorruptImage)
			case "4":
				panic("a defect")
			case "6":
				<-forever // ignores its context
			case "8":
				<-ctx.Done()
				return tagroll.Result{}, context.Cause(ctx)
			case "9":
				return tagroll.Result{}, errors.New("of no known kind")
			}
			return tagroll.Result{Metadata: &tagroll.Metadata{Title: photo.ID}}, nil
		}, batch.Options{Concurrency: 3})
		if err != nil {
			t.Fatal(err)
		}
		if last.Successful != 7 || last.Failed != 5 || last.Completed != 12 || last.Pending != 0 {
			t.Fatalf("counts are wrong: %+v", last)
		}
		for id, want := range map[string]tagroll.Code{
			"2": tagroll.CodeCorruptImage, "4": tagroll.CodeInternal, "6": tagroll.CodeTimeout, "8": tagroll.CodeTimeout, "9": tagroll.CodeInternal,
		} {
			r := result(t, last, id)
			if r.Status != tagroll.StatusFailed || r.Error.Code != want || r.Error.Photo != "IMG.jpg" {
				t.Errorf("photo %s: %s, %+v, want %s", id, r.Status, r.Error, want)
			}
		}
		if m := result(t, last, "5").Metadata; m == nil || m.Title != "5" {
			t.Errorf("photo 5 has metadata %+v, want its own", m)
		}
	})
}

// Criterion 6: at its deadline a photo's call really ends, the photo has failed with a
// timeout, and the others are not held up.
func TestTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var ended time.Duration
		start := time.Now()
		last, err := batch.Run(t.Context(), photos(10), calling(func(ctx context.Context, photo tagroll.Photo) error {
			if photo.ID != "0" {
				return pause(ctx, time.Second)
			}
			<-ctx.Done()
			ended = time.Since(start)
			return context.Cause(ctx)
		}), batch.Options{Concurrency: 2})
		if err != nil {
			t.Fatal(err)
		}
		r := result(t, last, "0")
		if ended != 30*time.Second || r.Error == nil || r.Error.Code != tagroll.CodeTimeout {
			t.Fatalf("the call ended after %v with %+v, want 30s and a timeout", ended, r.Error)
		}
		if r.Calls != 1 {
			t.Errorf("%d calls after a timeout, want no further one", r.Calls)
		}
		if last.Successful != 9 || time.Since(start) != 30*time.Second {
			t.Errorf("%d others successful after %v, want 9 and no time lost", last.Successful, time.Since(start))
		}
	})
}

// One deadline covers all attempts, but stands still while the photo waits for its turn.
func TestTimeoutCountsOnlyThePhotosOwnTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		last, _ := batch.Run(t.Context(), photos(1), func(ctx context.Context, _ tagroll.Photo, attempt tagroll.Attempt) (tagroll.Result, error) {
			err := attempt.Wait(func() error { return pause(ctx, time.Hour) })
			if err != nil {
				return tagroll.Result{}, err
			}
			return tagroll.Result{}, attempt.Call(ctx, tagroll.Estimate{}, func(ctx context.Context) (tagroll.RateLimit, error) {
				if err := pause(ctx, 20*time.Second); err != nil {
					return tagroll.RateLimit{}, err
				}
				return tagroll.RateLimit{}, failing(tagroll.CodeProviderError)
			})
		}, batch.Options{})
		r := result(t, last, "0")
		if r.Error == nil || r.Error.Code != tagroll.CodeTimeout || r.Calls != 2 {
			t.Fatalf("%d calls and %+v, want a timeout during the second", r.Calls, r.Error)
		}
		if total := time.Duration(r.Timings.Total); total != 30*time.Second {
			t.Errorf("its own time was %v, want 30s", total)
		}
		if waited := time.Duration(r.Timings.Waited); waited != time.Hour {
			t.Errorf("it waited %v, want 1h", waited)
		}
	})
}

// Criterion 7: recoverable failures are repeated once, others never.
func TestRetries(t *testing.T) {
	always := 1 << 30
	for _, test := range []struct {
		code    tagroll.Code
		fails   int // how often
		retries int
		calls   int
		want    tagroll.Code
	}{
		{tagroll.CodeProviderError, always, 0, 2, tagroll.CodeProviderError},
		{tagroll.CodeProviderError, 1, 0, 2, ""},
		{tagroll.CodeNetwork, always, 0, 2, tagroll.CodeNetwork},
		{tagroll.CodeNetwork, 1, 0, 2, ""},
		{tagroll.CodeUnsupportedParameter, 2, 0, 3, ""},
		{tagroll.CodeUnsupportedParameter, 1, -1, 2, ""},
		{tagroll.CodeUnsupportedParameter, always, 0, 7, tagroll.CodeUnsupportedParameter},
		{tagroll.CodeProviderError, always, -1, 1, tagroll.CodeProviderError},
		{tagroll.CodeProviderError, always, 3, 4, tagroll.CodeProviderError},
		{tagroll.CodeBadRequest, always, 0, 1, tagroll.CodeBadRequest},
		{tagroll.CodeImageRejected, always, 0, 1, tagroll.CodeImageRejected},
		{tagroll.CodeRefused, always, 0, 1, tagroll.CodeRefused},
		{tagroll.CodeAnswerTruncated, always, 0, 2, tagroll.CodeAnswerTruncated},
		{tagroll.CodeContentFiltered, always, 0, 1, tagroll.CodeContentFiltered},
		{tagroll.CodeEmptyAnswer, 1, 0, 2, ""},
	} {
		t.Run(fmt.Sprintf("%s %d times, retries %d", test.code, test.fails, test.retries), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				calls := 0
				last, err := batch.Run(t.Context(), photos(1), calling(func(context.Context, tagroll.Photo) error {
					if calls++; calls <= test.fails {
						return failing(test.code)
					}
					return nil
				}), batch.Options{Retries: test.retries})
				if err != nil {
					t.Fatal(err)
				}
				r := result(t, last, "0")
				var got tagroll.Code
				if r.Error != nil {
					got = r.Error.Code
				}
				if calls != test.calls || r.Calls != calls || r.Retries != calls-1 || got != test.want {
					t.Errorf("%d calls (reported %d, %d of them retries) and %q; want %d and %q", calls, r.Calls, r.Retries, got, test.calls, test.want)
				}
			})
		})
	}
}

// The wait before a repetition: what the provider says, else growing and random within bounds.
func TestBackoff(t *testing.T) {
	for _, test := range []struct {
		name        string
		retryAfter  time.Duration
		least, most time.Duration
	}{
		// The pauses are 1 s and 2 s, half of each is random.
		{"by itself", 0, 1500 * time.Millisecond, 3 * time.Second},
		{"as told", 7 * time.Second, 14 * time.Second, 14 * time.Second},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				start := time.Now()
				_, _ = batch.Run(t.Context(), photos(1), calling(func(context.Context, tagroll.Photo) error {
					e := failing(tagroll.CodeProviderError).(*tagroll.Error)
					e.RetryAfter = test.retryAfter
					return e
				}), batch.Options{Retries: 2})
				if took := time.Since(start); took < test.least || took > test.most {
					t.Errorf("three attempts took %v, want %v to %v", took, test.least, test.most)
				}
			})
		})
	}
}

// A wait that the deadline would cut off is not begun: the photo fails at once with what happened.
func TestNoWaitBeyondTheDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		last, _ := batch.Run(t.Context(), photos(1), calling(func(context.Context, tagroll.Photo) error {
			e := failing(tagroll.CodeProviderError).(*tagroll.Error)
			e.RetryAfter = time.Minute
			return e
		}), batch.Options{})
		r := result(t, last, "0")
		if r.Calls != 1 || r.Error.Code != tagroll.CodeProviderError || time.Since(start) != 0 {
			t.Errorf("%d calls, %+v after %v", r.Calls, r.Error, time.Since(start))
		}
	})
}

// The cap on paid calls holds for work that calls as often as it may.
func TestCallLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		calls := 0
		last, _ := batch.Run(t.Context(), photos(1), func(ctx context.Context, _ tagroll.Photo, attempt tagroll.Attempt) (tagroll.Result, error) {
			for {
				err := attempt.Call(ctx, tagroll.Estimate{}, func(context.Context) (tagroll.RateLimit, error) {
					calls++
					return tagroll.RateLimit{}, failing(tagroll.CodeNetwork)
				})
				if tagroll.CodeOf(err) == tagroll.CodeCallLimit {
					return tagroll.Result{}, err
				}
			}
		}, batch.Options{})
		if r := result(t, last, "0"); calls != 4 || r.Calls != 4 || r.Error.Code != tagroll.CodeCallLimit {
			t.Errorf("%d calls, reported %d, %+v; want 4", calls, r.Calls, r.Error)
		}
	})
}

// A failure that dooms every photo stops the batch; what was not tried is pending.
func TestFatalFailureStopsTheBatch(t *testing.T) {
	for _, code := range []tagroll.Code{tagroll.CodeInvalidAPIKey, tagroll.CodeQuotaExhausted, tagroll.CodeModelNotFound} {
		t.Run(string(code), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var calls atomic.Int64
				last, err := batch.Run(t.Context(), photos(100), calling(func(ctx context.Context, photo tagroll.Photo) error {
					calls.Add(1)
					if photo.ID == "6" {
						// The first five are done by then.
						_ = pause(ctx, time.Millisecond)
						return failing(code)
					}
					return pause(ctx, time.Second)
				}), batch.Options{Total: 100})
				if tagroll.CodeOf(err) != code {
					t.Fatalf("Run returned %v, want %s", err, code)
				}
				if calls.Load() > 10 {
					t.Errorf("%d calls, want no more than were in flight", calls.Load())
				}
				// The four calls under way are paid for, and end.
				if last.Successful != 9 || last.Failed != 1 || last.Pending != 90 || last.Processing != 0 {
					t.Errorf("%d successful, %d failed, %d pending, %d processing; want 9, 1, 90, 0", last.Successful, last.Failed, last.Pending, last.Processing)
				}
				if e := result(t, last, "6").Error; e.Code != code {
					t.Errorf("the photo failed with %s", e.Code)
				}
			})
		})
	}
}

// The same holds for what fails before a call, such as a full disk where the image is to be stored.
func TestFatalFailureOutsideOfACall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		last, err := batch.Run(t.Context(), photos(100), func(ctx context.Context, photo tagroll.Photo, attempt tagroll.Attempt) (tagroll.Result, error) {
			if photo.ID == "6" {
				_ = pause(ctx, time.Millisecond) // the first five are done by then
				return tagroll.Result{}, failing(tagroll.CodeDiskFull)
			}
			return answering(time.Second)(ctx, photo, attempt)
		}, batch.Options{Total: 100})
		if tagroll.CodeOf(err) != tagroll.CodeDiskFull || last.Successful != 9 || last.Failed != 1 || last.Pending != 90 {
			t.Errorf("%v; %d successful, %d failed, %d pending; want disk_full, 9, 1, 90", err, last.Successful, last.Failed, last.Pending)
		}
	})
}

// Calls under way when the batch stops are paid for: their answers are kept if they come within
// ten seconds. Before the first answer, nobody waits for what a wrong key will not bring.
func TestStopLetsCallsEnd(t *testing.T) {
	for _, test := range []struct {
		name     string
		code     tagroll.Code
		answered bool // a call, before the batch stops
		takes    time.Duration
		want     int // successful
		took     time.Duration
	}{
		{"full disk", tagroll.CodeDiskFull, false, 8 * time.Second, 4, 8 * time.Second},
		{"full disk, slow calls", tagroll.CodeDiskFull, false, 25 * time.Second, 0, 11 * time.Second},
		{"no credit left", tagroll.CodeQuotaExhausted, true, 8 * time.Second, 5, 9 * time.Second},
		{"wrong key", tagroll.CodeInvalidAPIKey, false, 8 * time.Second, 0, time.Second},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				start := time.Now()
				var made atomic.Int64
				last, err := batch.Run(t.Context(), photos(50), calling(func(ctx context.Context, photo tagroll.Photo) error {
					made.Add(1)
					switch {
					case photo.ID == "0":
						_ = pause(ctx, time.Second)
						if test.answered {
							return nil
						}
						return failing(test.code)
					case photo.ID == "5":
						return failing(test.code)
					}
					return pause(ctx, test.takes)
				}), batch.Options{Total: 50})
				if tagroll.CodeOf(err) != test.code || last.Successful != test.want || last.Failed != 1 || last.Pending != 49-test.want || made.Load() > 6 {
					t.Errorf("%v; %d successful, %d failed, %d pending, %d calls", err, last.Successful, last.Failed, last.Pending, made.Load())
				}
				if took := time.Since(start); took > test.took {
					t.Errorf("took %v, want %v at most", took, test.took)
				}
			})
		})
	}
}

// Cancelling ends the calls, keeps what is done and gives the rest back.
func TestCancel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(1500*time.Millisecond, cancel)
		start := time.Now()
		last, err := batch.Run(ctx, photos(20), answering(time.Second), batch.Options{Total: 20})
		if tagroll.CodeOf(err) != tagroll.CodeCancelled || time.Since(start) != 1500*time.Millisecond {
			t.Fatalf("%v after %v", err, time.Since(start))
		}
		if last.Successful != 5 || last.Failed != 0 || last.Pending != 15 {
			t.Errorf("%d successful, %d failed, %d pending; want 5, 0, 15", last.Successful, last.Failed, last.Pending)
		}
	})
}

// A deadline of the caller is a cancellation of the batch, not a timeout of its photos.
func TestCallersDeadlineIsNoTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		last, err := batch.Run(ctx, photos(3), answering(time.Minute), batch.Options{Total: 3, Timeout: -1})
		if tagroll.CodeOf(err) != tagroll.CodeCancelled || last.Failed != 0 || last.Pending != 3 {
			t.Errorf("%v, %d failed, %d pending", err, last.Failed, last.Pending)
		}
	})
}

func TestNothingStartsOnACancelledContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	last, err := batch.Run(ctx, photos(3), func(context.Context, tagroll.Photo, tagroll.Attempt) (tagroll.Result, error) {
		t.Error("work was started")
		return tagroll.Result{}, nil
	}, batch.Options{Total: 3})
	if tagroll.CodeOf(err) != tagroll.CodeCancelled || last.Pending != 3 {
		t.Errorf("%v, %d pending", err, last.Pending)
	}
}

func TestEmptyBatchAndBadOptions(t *testing.T) {
	if _, err := batch.Run(t.Context(), photos(0), answering(0), batch.Options{}); tagroll.CodeOf(err) != tagroll.CodeEmptyBatch {
		t.Errorf("an empty batch: %v", err)
	}
	if _, err := batch.Run(t.Context(), photos(1), answering(0), batch.Options{Concurrency: -1}); tagroll.CodeOf(err) != tagroll.CodeConfiguration {
		t.Errorf("a negative concurrency: %v", err)
	}
}

// Names may repeat: each photo gets its own result. IDs may not.
func TestSameNamesAndSameIDs(t *testing.T) {
	list := []tagroll.Photo{{ID: "x/a.jpg", Name: "a.jpg"}, {ID: "y/a.jpg", Name: "a.jpg"}, {ID: "x/a.jpg", Name: "a.jpg"}}
	last, err := batch.Run(t.Context(), slices.Values(list), func(_ context.Context, photo tagroll.Photo, _ tagroll.Attempt) (tagroll.Result, error) {
		return tagroll.Result{Metadata: &tagroll.Metadata{Title: photo.ID}}, nil
	}, batch.Options{})
	if err != nil || last.Successful != 2 || last.Failed != 1 {
		t.Fatalf("%d successful, %d failed, %v", last.Successful, last.Failed, err)
	}
	for _, r := range last.Results {
		switch {
		case r.Status == tagroll.StatusFailed:
			if r.Error.Code != tagroll.CodeDuplicatePhoto {
				t.Errorf("the second x/a.jpg: %v", r.Error)
			}
		case r.Metadata.Title != r.Photo.ID:
			t.Errorf("%s got the metadata of %s", r.Photo.ID, r.Metadata.Title)
		}
	}
}

// recorder is a journal that notes the order of what happens.
type recorder struct {
	journal.Memory
	mu     sync.Mutex
	events []string
	fail   func(event string) error
}

func (r *recorder) note(event string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.events = append(r.events, event)
	if r.fail != nil {
		return r.fail(event)
	}
	return nil
}

func (r *recorder) Start(ctx context.Context, photo tagroll.Photo, k int) error {
	if err := r.note(fmt.Sprintf("start %s call %d", photo.ID, k)); err != nil {
		return err
	}
	return r.Memory.Start(ctx, photo, k)
}

func (r *recorder) Finish(ctx context.Context, result tagroll.Result) error {
	if err := r.note("finish " + result.Photo.ID); err != nil {
		return err
	}
	return r.Memory.Finish(ctx, result)
}

// A call is in the journal before it is made, and a result before it is announced.
func TestJournalComesFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := &recorder{}
		calls := 0
		_, err := batch.Run(t.Context(), photos(1), calling(func(context.Context, tagroll.Photo) error {
			if j.note("call"); calls == 0 {
				calls++
				return failing(tagroll.CodeNetwork)
			}
			return nil
		}), batch.Options{Journal: j, OnProgress: func(p tagroll.Progress) {
			for _, r := range p.Finished {
				j.note("announce " + r.Photo.ID)
			}
		}})
		if err != nil {
			t.Fatal(err)
		}
		want := []string{"start 0 call 1", "call", "start 0 call 2", "call", "finish 0", "announce 0"}
		if !slices.Equal(j.events, want) {
			t.Errorf("got  %q\nwant %q", j.events, want)
		}
	})
}

// A journal that cannot be written means: do not call.
func TestJournalFailureStopsTheBatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := &recorder{fail: func(event string) error {
			if event == "start 3 call 1" {
				return failing(tagroll.CodeDiskFull)
			}
			return nil
		}}
		last, err := batch.Run(t.Context(), photos(10), calling(func(ctx context.Context, photo tagroll.Photo) error {
			if photo.ID == "3" {
				t.Error("a call was made that the journal does not know of")
			}
			return pause(ctx, time.Second)
		}), batch.Options{Journal: j, Concurrency: 1, Total: 10})
		if tagroll.CodeOf(err) != tagroll.CodeDiskFull || last.Successful != 3 || last.Pending != 6 {
			t.Errorf("%v, %d successful, %d pending", err, last.Successful, last.Pending)
		}
	})
}

// A second run over the same journal does only what the first has left.
func TestResume(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var j journal.Memory
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(2500*time.Millisecond, cancel)
		first, _ := batch.Run(ctx, photos(20), calling(func(ctx context.Context, photo tagroll.Photo) error {
			if photo.ID == "1" {
				return failing(tagroll.CodeRefused)
			}
			return pause(ctx, time.Second)
		}), batch.Options{Journal: &j, Total: 20})
		done := make(map[string]bool)
		for _, r := range first.Results {
			done[r.Photo.ID] = r.Status == tagroll.StatusSuccessful
		}
		var again []string
		var mu sync.Mutex
		second, err := batch.Run(t.Context(), photos(20), calling(func(_ context.Context, photo tagroll.Photo) error {
			mu.Lock()
			defer mu.Unlock()
			again = append(again, photo.ID)
			if done[photo.ID] {
				t.Errorf("photo %s was done and is called again", photo.ID)
			}
			return nil
		}), batch.Options{Journal: &j, Total: 20})
		if err != nil || second.Successful != 20 || second.Completed != 20 {
			t.Fatalf("%d successful of %d, %v", second.Successful, second.Completed, err)
		}
		if second.Reused+len(again) != 20 || !slices.Contains(again, "1") || second.Reused != first.Successful {
			t.Errorf("%d reused and %d called again (%v), after %d successful", second.Reused, len(again), again, first.Successful)
		}
	})
}

// Words that were paid for are kept, even if their photo's time was up or the batch was stopped
// meanwhile.
func TestReviewOutlivesTheEnd(t *testing.T) {
	for _, stopped := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			last, _ := batch.Run(ctx, photos(1), func(ctx context.Context, _ tagroll.Photo, _ tagroll.Attempt) (tagroll.Result, error) {
				if stopped {
					cancel()
				}
				<-ctx.Done()
				return tagroll.Result{Status: tagroll.StatusNeedsReview, Metadata: &tagroll.Metadata{Title: "paid"}}, failing(tagroll.CodeInvalidAnswer)
			}, batch.Options{})
			r := result(t, last, "0")
			if r.Status != tagroll.StatusNeedsReview || r.Metadata == nil || r.Error.Code != tagroll.CodeInvalidAnswer {
				t.Errorf("stopped %v: %+v, %+v, want the words for review", stopped, r, r.Error)
			}
		})
	}
}

// A result that comes back from a journal's file is that of this run's photo: the file holds no
// way to open the photo, and has replaced what is not UTF-8 in its name.
func TestStoredResultHasThisRunsPhoto(t *testing.T) {
	path := filepath.Join(t.TempDir(), "batch.journal")
	photo := tagroll.Photo{ID: "1", Name: "caf\xe9\x01.jpg", Path: "shoot/caf\xe9\x01.jpg", Version: "1", Open: func() (io.ReadCloser, error) { return nil, io.EOF }}
	for run := range 2 {
		j, err := journal.OpenFile(path, journal.FileOptions{})
		if err != nil {
			t.Fatal(err)
		}
		last, err := batch.Run(t.Context(), slices.Values([]tagroll.Photo{photo}), answering(0), batch.Options{Journal: j})
		if err := errors.Join(err, j.Close()); err != nil {
			t.Fatal(err)
		}
		got := result(t, last, "1")
		if got.Reused != (run == 1) || got.Photo.Name != photo.Name || got.Photo.Path != photo.Path || got.Photo.Open == nil {
			t.Errorf("run %d: %+v", run, got)
		}
	}
}
