package batch_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/batch"
	"github.com/tagroll/tagroll/limit"
)

// The end of a budget ends no call that is under way: it is paid for. What such calls leave of
// their reservations is spent as well.
func TestBudgetEndsNoCallUnderWay(t *testing.T) {
	day := time.Now().Add(24 * time.Hour)
	for name, makeLimiter := range map[string]func() *limit.Limiter{
		"of the run": func() *limit.Limiter { return limit.New(limit.Config{Budget: 0.5}) },
		"of the day": func() *limit.Limiter {
			l, left := limit.New(limit.Config{}), 0.5
			var mu sync.Mutex // several calls ask at the same time
			l.SpendFrom(func(_ context.Context, need float64) (float64, time.Time, error) {
				mu.Lock()
				defer mu.Unlock()
				if left < need-1e-9 {
					return 0, day, &tagroll.Error{Code: tagroll.CodeRateLimited, RetryAfter: time.Hour}
				}
				left -= need
				return need, day, nil
			})
			return l
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var cancelled atomic.Int64
				limiter := makeLimiter()
				last, err := batch.Run(t.Context(), photos(40), func(ctx context.Context, photo tagroll.Photo, attempt tagroll.Attempt) (tagroll.Result, error) {
					expect := tagroll.Estimate{Most: tagroll.Usage{CostUSD: 0.1}}
					err := attempt.Call(ctx, expect, func(ctx context.Context) (tagroll.RateLimit, error) {
						err := pause(ctx, time.Duration(len(photo.ID)+3)*time.Second)
						if err != nil {
							cancelled.Add(1)
						}
						return tagroll.RateLimit{Spent: tagroll.Usage{InputTokens: 1, CostUSD: 0.04}}, err
					})
					return tagroll.Result{}, err
				}, batch.Options{Concurrency: 10, Total: 40, Limiter: limiter})
				if s := limiter.State(); name == "of the day" && s.PausedBy != tagroll.PausedByBudget || s.ReservedUSD > 1e-9 {
					t.Errorf("%+v", s)
				}
				if code := tagroll.CodeOf(err); code != tagroll.CodeBudgetReached && code != tagroll.CodeRateLimited {
					t.Error(err)
				}
				if cancelled.Load() > 0 || last.Failed > 0 {
					t.Errorf("%d calls were ended, %d photos failed", cancelled.Load(), last.Failed)
				}
				// 11 times 4 cents leave less than 10 of 50.
				if last.Successful != 11 || last.Pending != 29 {
					t.Errorf("%d successful, %d pending", last.Successful, last.Pending)
				}
			})
		})
	}
}
