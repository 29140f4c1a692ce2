package batch_test

import (
	"context"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/batch"
	"github.com/tagroll/tagroll/limit"
)

// With a window that the limiter chooses, photos are prepared as calls will need them: prepared
// ones do not pile up behind a server that answers one call at a time, and do not hold back one
// that answers all.
func TestPreparedPhotosDoNotPileUp(t *testing.T) {
	for name, tt := range map[string]struct{ capacity, ahead int }{
		"one call at a time":        {capacity: 1},
		"all at once":               {capacity: 1000},
		"one call at a time, ahead": {capacity: 1, ahead: 100},
		"all at once, ahead":        {capacity: 1000, ahead: 100},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				limiter := limit.New(limit.Config{Auto: true})
				server := make(chan struct{}, tt.capacity)
				var mu sync.Mutex
				prepared, mostPrepared, called, mostCalled, widest := 0, 0, 0, 0, 0
				last, err := batch.Run(t.Context(), photos(400), func(ctx context.Context, _ tagroll.Photo, attempt tagroll.Attempt) (tagroll.Result, error) {
					mu.Lock()
					// And waits for its call, or is answered.
					prepared++
					// The present one may be narrower already.
					widest = max(widest, limiter.State().Window)
					most := widest + widest/2 + 2*runtime.GOMAXPROCS(0)
					if tt.ahead > 0 {
						most = widest + tt.ahead
					}
					mostPrepared = max(mostPrepared, prepared)
					if prepared > most {
						t.Errorf("%d photos are prepared for a window of %d", prepared, widest)
					}
					mu.Unlock()
					err := attempt.Call(ctx, tagroll.Estimate{}, func(ctx context.Context) (tagroll.RateLimit, error) {
						mu.Lock()
						called++
						mostCalled = max(mostCalled, called)
						mu.Unlock()
						server <- struct{}{}
						err := pause(ctx, 2*time.Second)
						<-server
						mu.Lock()
						called--
						prepared--
						mu.Unlock()
						return tagroll.RateLimit{}, err
					})
					return tagroll.Result{}, err
				}, batch.Options{Limiter: limiter, Concurrency: limit.DefaultMaxWindow, Ahead: tt.ahead})
				if err != nil || last.Successful != 400 {
					t.Errorf("%v, %d successful", err, last.Successful)
				}
				if mostPrepared < tt.ahead {
					t.Errorf("at most %d photos were prepared", mostPrepared)
				}
				if tt.capacity == 1 && widest > 16 {
					t.Errorf("the window grew to %d", widest)
				}
				if tt.capacity > 1 && mostCalled < 100 {
					t.Errorf("at most %d calls were under way", mostCalled)
				}
			})
		})
	}
}
