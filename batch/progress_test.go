package batch_test

import (
	"context"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/batch"
)

// Criterion 4: the progress adds up at every moment, and brings each result once.
func TestProgress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var seen []tagroll.Progress
		var finished []string
		last, err := batch.Run(t.Context(), photos(20), calling(func(ctx context.Context, photo tagroll.Photo) error {
			if photo.ID == "7" {
				return failing(tagroll.CodeRefused)
			}
			return pause(ctx, 4*time.Second)
		}), batch.Options{Total: 20, OnProgress: func(p tagroll.Progress) {
			if p.Total != p.Completed+p.Processing+p.Pending || p.Completed != p.Successful+p.NeedsReview+p.Failed || p.Processing != len(p.Current) || p.Processing > 5 || p.Pending < 0 || len(p.Results) != p.Completed {
				t.Errorf("does not add up: %+v", p)
			}
			for _, r := range p.Finished {
				finished = append(finished, r.Photo.ID)
			}
			seen = append(seen, p)
		}})
		if err != nil {
			t.Fatal(err)
		}
		end := seen[len(seen)-1]
		if !end.Done || end.Completed != 20 || end.Remaining != 0 || last.Completed != 20 || last.Failed != 1 {
			t.Errorf("the last progress is %+v", end)
		}
		if slices.Sort(finished); len(slices.Compact(finished)) != 20 {
			t.Errorf("%d results announced, want each of 20 once: %v", len(finished), finished)
		}
		if seen[0].Remaining >= 0 {
			t.Errorf("%v remaining before anything is known", seen[0].Remaining)
		}
		// 19 photos of 4 s and one of none, by 5: the speed-up is that of the slots,
		// nearly.
		if s := last.Speedup(); s < 4.7 || s > 5 {
			t.Errorf("speed-up %.2f", s)
		}
		if last.Average != 19*4*time.Second/20 {
			t.Errorf("average %v", last.Average)
		}
	})
}

// With photos of like length the estimate is right from the first result on.
func TestEstimate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		const n, each = 23, 5 * time.Second
		whole := time.Duration((n+4)/5) * each
		_, err := batch.Run(t.Context(), photos(n), answering(each), batch.Options{Total: n, OnProgress: func(p tagroll.Progress) {
			if p.Completed == 0 {
				return
			}
			left := whole - time.Since(start)
			if off := (p.Remaining - left).Abs(); off > each {
				t.Errorf("after %v: %v estimated, %v left", time.Since(start), p.Remaining, left)
			}
		}})
		if err != nil {
			t.Fatal(err)
		}
	})
}

// Photos that fail before any call do not make the rest look quick.
func TestEstimateLeavesOutUnreadablePhotos(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const n, broken, each = 30, 10, 5 * time.Second
		start := time.Now()
		whole := (n - broken) / 5 * each
		answer := answering(each)
		_, err := batch.Run(t.Context(), photos(n), func(ctx context.Context, photo tagroll.Photo, attempt tagroll.Attempt) (tagroll.Result, error) {
			if len(photo.ID) == 1 { // the first ten
				return tagroll.Result{}, failing(tagroll.CodeCorruptImage)
			}
			return answer(ctx, photo, attempt)
		}, batch.Options{Total: n, OnProgress: func(p tagroll.Progress) {
			left := whole - time.Since(start)
			if off := (p.Remaining - left).Abs(); p.Remaining >= 0 && off > each {
				t.Errorf("after %v: %v estimated, %v left", time.Since(start), p.Remaining, left)
			}
		}})
		if err != nil {
			t.Fatal(err)
		}
	})
}

// At a provider's limit the estimate goes by its pace, not by how quick the calls are.
func TestEstimateAtALimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const n = 100
		p := &provider{limit: &bucket{perMinute: 30, size: 5}, perMin: 30, headers: true, latency: func() time.Duration { return time.Second }}
		start := time.Now()
		whole := (n - 5) * 2 * time.Second
		seen := 0
		_, err := batch.Run(t.Context(), photos(n), func(ctx context.Context, _ tagroll.Photo, attempt tagroll.Attempt) (tagroll.Result, error) {
			return tagroll.Result{}, attempt.Call(ctx, tagroll.Estimate{}, p.call)
		}, batch.Options{Total: n, OnProgress: func(progress tagroll.Progress) {
			if progress.Completed < 10 || progress.Done {
				return
			}
			seen++
			left := whole - time.Since(start)
			if off := (progress.Remaining - left).Abs(); off > whole/10 {
				t.Errorf("after %v: %v estimated, %v left", time.Since(start), progress.Remaining, left)
			}
		}})
		if err != nil || seen < 50 {
			t.Fatal(err, seen)
		}
	})
}

// A slow callback misses nothing and delays no photo; a panicking one is dropped.
func TestBadCallbacks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		var workEnded atomic.Int64
		finished := 0
		_, err := batch.Run(t.Context(), photos(50), calling(func(ctx context.Context, _ tagroll.Photo) error {
			defer func() { workEnded.Store(int64(time.Since(start))) }()
			return pause(ctx, time.Second)
		}), batch.Options{OnProgress: func(p tagroll.Progress) {
			finished += len(p.Finished)
			_ = pause(context.Background(), 7*time.Second)
		}})
		if took := time.Duration(workEnded.Load()); err != nil || took != 10*time.Second || finished != 50 {
			t.Errorf("%v; the work took %v, want 10s; %d results announced, want 50", err, took, finished)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		calls := 0
		last, err := batch.Run(t.Context(), photos(50), answering(time.Second), batch.Options{OnProgress: func(tagroll.Progress) {
			calls++
			panic("a defect of the caller")
		}})
		if err != nil || last.Successful != 50 || calls != 1 {
			t.Errorf("%v; %d successful; the callback was called %d times", err, last.Successful, calls)
		}
	})
}

// While nothing happens the callback still comes once a second, for the clocks on a screen.
func TestHeartbeat(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		calls := 0
		_, _ = batch.Run(t.Context(), photos(1), answering(10*time.Second), batch.Options{OnProgress: func(tagroll.Progress) { calls++ }})
		if calls < 10 || calls > 14 {
			t.Errorf("%d calls in ten seconds", calls)
		}
	})
}

// Results are not kept if the caller does not want them.
func TestDiscardResults(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		announced := 0
		last, err := batch.Run(t.Context(), photos(30), answering(time.Second), batch.Options{DiscardResults: true, OnProgress: func(p tagroll.Progress) {
			announced += len(p.Finished)
			if p.Results != nil {
				t.Error("results are kept")
			}
		}})
		if err != nil || last.Results != nil || announced != 30 {
			t.Errorf("%v, %d kept, %d announced", err, len(last.Results), announced)
		}
	})
}

// Photos may arrive while others are in process.
func TestPhotosArrive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		arriving := func(yield func(tagroll.Photo) bool) {
			for i := range 5 {
				if !yield(tagroll.Photo{ID: fmt.Sprint(i), Name: "a.jpg"}) {
					return
				}
				_ = pause(t.Context(), 3*time.Second)
			}
		}
		last, err := batch.Run(t.Context(), arriving, answering(4*time.Second), batch.Options{})
		if err != nil || last.Successful != 5 || last.Total != 5 {
			t.Fatalf("%v, %+v", err, last)
		}
		if took := time.Since(start); took != 16*time.Second {
			t.Errorf("took %v; the last photo came after 12s and took 4s", took)
		}
	})
}
