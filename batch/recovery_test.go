package batch_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/batch"
	"github.com/tagroll/tagroll/journal"
	"github.com/tagroll/tagroll/limit"
)

// A refusal uses up no retry and no call, and the photo's clock stands still.
func TestRefusalIsNoAttempt(t *testing.T) {
	for _, code := range []tagroll.Code{tagroll.CodeRateLimited, tagroll.CodeModelLoading} {
		for name, retryAfter := range map[string]time.Duration{"a named time": 20 * time.Second, "no time": 0} {
			t.Run(string(code)+" with "+name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					calls := 0
					last, err := batch.Run(t.Context(), photos(1), calling(func(ctx context.Context, _ tagroll.Photo) error {
						switch calls++; {
						case calls <= 8:
							return &tagroll.Error{Code: code, RetryAfter: retryAfter}
						case calls == 9:
							return failing(tagroll.CodeProviderError)
						}
						return pause(ctx, 20*time.Second)
					}), batch.Options{})
					r := result(t, last, "0")
					if err != nil || last.Successful != 1 || r.Calls != 2 || r.Retries != 1 || r.Refusals != 8 || last.Refusals != 8 {
						t.Errorf("%v: %s after %d calls, %d retries, %d refusals; want success after 2, 1 and 8", err, r.Status, r.Calls, r.Retries, r.Refusals)
					}
				})
			})
		}
	}
}

// A photo that is refused for longer than MaxWait has failed if others were accepted meanwhile.
func TestRefusedForTooLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		last, err := batch.Run(t.Context(), photos(100), calling(func(ctx context.Context, photo tagroll.Photo) error {
			if photo.ID == "3" {
				return &tagroll.Error{Code: tagroll.CodeRateLimited, RetryAfter: 7 * time.Second}
			}
			return pause(ctx, 20*time.Second)
		}), batch.Options{MaxWait: 2 * time.Minute})
		r := result(t, last, "3")
		if err != nil || last.Successful != 99 || r.Error == nil || r.Error.Code != tagroll.CodeRateLimited || r.Calls != 0 {
			t.Errorf("%v, %d successful, photo 3 after %d calls: %+v", err, last.Successful, r.Calls, r.Error)
		}
		if took := time.Since(start); took > 11*time.Minute {
			t.Errorf("took %v", took)
		}
	})
}

// A provider that names no time is asked again at the end of MaxWait: whoever changes the request
// after half of that time, such as to another service tier, gets a chance to.
func TestLastTryAtTheEndOfMaxWait(t *testing.T) {
	for _, most := range []time.Duration{3 * time.Second, 6 * time.Second, time.Minute} {
		synctest.Test(t, func(t *testing.T) {
			start := time.Now()
			last, err := batch.Run(t.Context(), photos(1), calling(func(context.Context, tagroll.Photo) error {
				if time.Since(start) < most*3/4 {
					return &tagroll.Error{Code: tagroll.CodeRateLimited}
				}
				return nil
			}), batch.Options{MaxWait: most})
			if err != nil || last.Successful != 1 {
				t.Errorf("%v: %v, %d successful after %v", most, err, last.Successful, time.Since(start))
			}
		})
	}
}

// If nothing at all is accepted for MaxWait the batch stops, and every photo is pending.
func TestNothingIsAccepted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		last, err := batch.Run(t.Context(), photos(100), calling(func(context.Context, tagroll.Photo) error {
			return &tagroll.Error{Code: tagroll.CodeRateLimited}
		}), batch.Options{Total: 100})
		if tagroll.CodeOf(err) != tagroll.CodeRateLimited || last.Pending != 100 || time.Since(start) > 12*time.Minute {
			t.Errorf("%v after %v, %d pending", err, time.Since(start), last.Pending)
		}
	})
}

// When photo after photo fails in the same way the batch stops, and the rest is pending.
func TestBreaker(t *testing.T) {
	for _, test := range []struct {
		code   tagroll.Code
		slots  int
		failed int // at least; those in flight with them may have failed too
		calls  int // of each
	}{
		{tagroll.CodeNetwork, 5, 10, 2}, {tagroll.CodeProviderError, 5, 10, 2}, {tagroll.CodeBadRequest, 1, 10, 1},
		{tagroll.CodeTimeout, 5, 10, 1}, {tagroll.CodeImageRejected, 20, 40, 1}, {tagroll.CodeForbidden, 5, 2, 1},
	} {
		t.Run(string(test.code), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				last, err := batch.Run(t.Context(), photos(500), calling(func(ctx context.Context, photo tagroll.Photo) error {
					if err := pause(ctx, time.Second); err != nil || len(photo.ID) == 1 {
						return err // the server dies after ten photos
					}
					return failing(test.code)
				}), batch.Options{Concurrency: test.slots, Total: 500})
				if !errors.Is(err, batch.ErrNothingSucceeds) || tagroll.CodeOf(err) != test.code {
					t.Fatalf("Run returned %v, want %s and ErrNothingSucceeds", err, test.code)
				}
				if last.Successful != 10 || last.Failed < test.failed || last.Failed > test.failed+test.slots || last.Pending != 490-last.Failed {
					t.Errorf("%d successful, %d failed, %d pending", last.Successful, last.Failed, last.Pending)
				}
				if most := 10 + test.calls*(last.Failed+test.slots); last.Calls > most {
					t.Errorf("%d calls, want %d at most", last.Calls, most)
				}
			})
		})
	}
}

// Answers of which something can be read and nothing be used are failures: a model that cannot see
// fills title and keywords all the same.
func TestBreakerCountsUselessAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		last, err := batch.Run(t.Context(), photos(100), func(ctx context.Context, _ tagroll.Photo, a tagroll.Attempt) (tagroll.Result, error) {
			answered := func(context.Context) (tagroll.RateLimit, error) { return tagroll.RateLimit{}, nil }
			if err := a.Call(ctx, tagroll.Estimate{}, answered); err != nil {
				return tagroll.Result{}, err
			}
			blind := tagroll.Result{Status: tagroll.StatusNeedsReview, Metadata: &tagroll.Metadata{Title: "No image was provided"}}
			return blind, failing(tagroll.CodeMalformedAnswer)
		}, batch.Options{Concurrency: 1})
		if !errors.Is(err, batch.ErrNothingSucceeds) || last.NeedsReview != 10 {
			t.Errorf("%v after %d photos", err, last.NeedsReview)
		}
	})
}

// inTurn are failures of two kinds.
func inTurn(n int64) tagroll.Code {
	return []tagroll.Code{tagroll.CodeBadRequest, tagroll.CodeImageRejected}[n%2]
}

// A server that fails now so and now so is a dead end as well: it takes twice as many photos to be
// sure of that, since it could be the photos.
func TestBreakerOfSeveralKinds(t *testing.T) {
	for slots, want := range map[int]int{1: 20, 10: 40} {
		synctest.Test(t, func(t *testing.T) {
			var n atomic.Int64
			last, err := batch.Run(t.Context(), photos(500), calling(func(ctx context.Context, _ tagroll.Photo) error {
				if err := pause(ctx, time.Second); err != nil {
					return err
				}
				return failing(inTurn(n.Add(1)))
			}), batch.Options{Concurrency: slots, Total: 500})
			if !errors.Is(err, batch.ErrNothingSucceeds) || !strings.Contains(err.Error(), "in several ways") || last.Failed < want || last.Failed > want+slots {
				t.Errorf("%v after %d photos, want %d", err, last.Failed, want)
			}
		})
	}
}

// Failures among successes, of several kinds, or about the photos themselves stop nothing.
func TestBreakerStaysClosed(t *testing.T) {
	for name, fails := range map[string]func(n int64) tagroll.Code{
		"one success in ten": func(n int64) tagroll.Code {
			if n%10 == 0 {
				return ""
			}
			return tagroll.CodeBadRequest
		},
		"403 among successes": func(n int64) tagroll.Code {
			if n%2 == 0 {
				return ""
			}
			return tagroll.CodeForbidden
		},
		"two kinds in turn, and one success in fifteen": func(n int64) tagroll.Code {
			if n%15 == 0 {
				return ""
			}
			return inTurn(n)
		},
		"what the photo shows": func(int64) tagroll.Code { return tagroll.CodeContentPolicy },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var n atomic.Int64
				last, err := batch.Run(t.Context(), photos(100), calling(func(ctx context.Context, _ tagroll.Photo) error {
					code := fails(n.Add(1))
					if err := pause(ctx, time.Second); err != nil || code == "" {
						return err
					}
					return failing(code)
				}), batch.Options{Concurrency: 1})
				if err != nil || last.Completed != 100 {
					t.Errorf("%v after %d photos", err, last.Completed)
				}
			})
		})
	}
}

// What failed in a server's bad minute is tried once more at the end.
func TestSecondPass(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		var announced []string
		last, err := batch.Run(t.Context(), photos(60), calling(func(ctx context.Context, _ tagroll.Photo) error {
			since := time.Since(start)
			if err := pause(ctx, 4*time.Second); err != nil {
				return err
			}
			if since > 10*time.Second && since < 22*time.Second {
				return failing(tagroll.CodeProviderError)
			}
			return nil
		}), batch.Options{OnProgress: func(p tagroll.Progress) {
			if p.Total != p.Completed+p.Processing+p.Pending {
				t.Errorf("does not add up: %+v", p)
			}
			for _, r := range p.Finished {
				announced = append(announced, r.Photo.ID)
			}
		}})
		if err != nil || last.Successful != 60 || len(announced) != 60 {
			t.Fatalf("%v, %d successful, %d announced", err, last.Successful, len(announced))
		}
		again := 0
		for _, r := range last.Results {
			if r.Calls > 4 {
				t.Errorf("photo %s took %d calls", r.Photo.ID, r.Calls)
			}
			if r.Calls == 3 && r.Retries == 2 {
				again++
			}
		}
		if again != 5 {
			t.Errorf("%d photos were tried again at the end, want 5", again)
		}
	})
}

// A photo that fails gets the result of its copy, whichever of them ends first.
func TestCopyServesBoth(t *testing.T) {
	for _, test := range []struct {
		name          string
		first, second tagroll.Code
		takes         [2]time.Duration
		want          int // successful
	}{
		{"the copy is slower", tagroll.CodeAnswerTruncated, "", [2]time.Duration{time.Second, 9 * time.Second}, 2},
		{"the copy is faster", tagroll.CodeAnswerTruncated, "", [2]time.Duration{9 * time.Second, time.Second}, 2},
		{"both fail", tagroll.CodeAnswerTruncated, tagroll.CodeAnswerTruncated, [2]time.Duration{time.Second, 9 * time.Second}, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				process := func(ctx context.Context, photo tagroll.Photo, a tagroll.Attempt) (tagroll.Result, error) {
					if known, ok := a.Known(ctx, "same"); ok {
						return known, nil
					}
					code, takes := test.first, test.takes[0]
					if photo.ID == "1" {
						code, takes = test.second, test.takes[1]
					}
					result := tagroll.Result{Facts: tagroll.Facts{SHA256: "same"}}
					return result, a.Call(ctx, tagroll.Estimate{}, func(ctx context.Context) (tagroll.RateLimit, error) {
						err := pause(ctx, takes)
						if err == nil && code != "" {
							err = failing(code)
						}
						return tagroll.RateLimit{}, err
					})
				}
				last, err := batch.Run(t.Context(), photos(2), process, batch.Options{Journal: new(journal.Memory), Retries: -1})
				if err != nil || last.Successful != test.want || last.Failed != 2-test.want || last.Calls != 2 {
					t.Errorf("%v: %d successful, %d failed, %d calls", err, last.Successful, last.Failed, last.Calls)
				}
				if r := result(t, last, "0"); test.want == 2 && r.SameAs != result(t, last, "1").Photo.Label() {
					t.Errorf("the first has %+v", r)
				}
			})
		})
	}
}

// Without a success since there is no second pass: everything answers 500, and each photo costs two
// calls.
func TestNoSecondPassWithoutSuccess(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		last, err := batch.Run(t.Context(), photos(8), calling(func(context.Context, tagroll.Photo) error {
			return failing(tagroll.CodeProviderError)
		}), batch.Options{})
		if err != nil || last.Failed != 8 || last.Calls != 16 {
			t.Errorf("%v, %d failed, %d calls; want 8 and 16", err, last.Failed, last.Calls)
		}
	})
}

// A server that loads its model when it is first asked gets the time for it, and no call is given
// up meanwhile.
func TestWarmUp(t *testing.T) {
	for name, warmUp := range map[string]*batch.WarmUp{"with": batch.NewWarmUp(2 * time.Minute), "without": nil} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				loaded := time.Now().Add(100 * time.Second)
				start := time.Now()
				last, _ := batch.Run(t.Context(), photos(20), calling(func(ctx context.Context, _ tagroll.Photo) error {
					return pause(ctx, max(0, time.Until(loaded))+10*time.Second)
				}), batch.Options{WarmUp: warmUp})
				if took := time.Since(start); warmUp != nil && (last.Successful != 20 || took != 140*time.Second) {
					t.Errorf("%d successful after %v; want 20, and no more than the loading and four times 10s", last.Successful, took)
				}
				if warmUp == nil && last.Successful == 20 {
					t.Error("all successful: the test shows nothing")
				}
			})
		})
	}
}

// While a server says that it loads its model, one photo asks whether that is over.
func TestOneCallAsksALoadingServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		loaded := time.Now().Add(60 * time.Second)
		var asked atomic.Int64
		last, err := batch.Run(t.Context(), photos(30), calling(func(ctx context.Context, _ tagroll.Photo) error {
			if time.Now().Before(loaded) {
				asked.Add(1)
				return &tagroll.Error{Code: tagroll.CodeModelLoading, RetryAfter: 5 * time.Second}
			}
			return pause(ctx, time.Second)
		}), batch.Options{Concurrency: 10, WarmUp: batch.NewWarmUp(2 * time.Minute)})
		// The first ten are under way before anybody knows.
		if err != nil || last.Successful != 30 || asked.Load() > 10+60/5 {
			t.Errorf("%v, %d successful, the server was asked %d times while it loaded", err, last.Successful, asked.Load())
		}
	})
}

// A photo that fails while it is its turn to ask lets the next one ask; without that the batch
// would never end.
func TestTurnToAskIsGivenOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		loaded := time.Now().Add(60 * time.Second)
		var asked atomic.Int64
		last, err := batch.Run(t.Context(), photos(4), calling(func(ctx context.Context, _ tagroll.Photo) error {
			switch n := asked.Add(1); {
			case n == 5: // the first four are under way before anybody knows
				return failing(tagroll.CodeNetwork)
			case time.Now().Before(loaded):
				return &tagroll.Error{Code: tagroll.CodeModelLoading, RetryAfter: 5 * time.Second}
			}
			return pause(ctx, time.Second)
		}), batch.Options{Concurrency: 4, Retries: -1, WarmUp: batch.NewWarmUp(2 * time.Minute)})
		if err != nil || last.Completed != 4 || last.Successful < 3 {
			t.Errorf("%v, %d successful of %d", err, last.Successful, last.Completed)
		}
	})
}

// Its time is bounded, a photo that hangs has its usual time once the server has answered, and a
// server that is quick from the beginning costs no time.
func TestWarmUpIsBounded(t *testing.T) {
	for _, test := range []struct {
		name string
		work func(ctx context.Context, photo tagroll.Photo) error
		want time.Duration // of the batch
	}{
		{"no answer", func(ctx context.Context, _ tagroll.Photo) error { return pause(ctx, time.Hour) }, 2 * time.Minute},
		{"one hangs", func(ctx context.Context, photo tagroll.Photo) error {
			if photo.ID == "1" {
				return pause(ctx, time.Hour)
			}
			return pause(ctx, 5*time.Second)
		}, 30 * time.Second},
		{"quick", func(ctx context.Context, _ tagroll.Photo) error { return pause(ctx, 5*time.Second) }, 5 * time.Second},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				start := time.Now()
				_, err := batch.Run(t.Context(), photos(5), calling(test.work), batch.Options{WarmUp: batch.NewWarmUp(2 * time.Minute)})
				if took := time.Since(start); err != nil || took != test.want {
					t.Errorf("%v after %v, want %v", err, took, test.want)
				}
			})
		})
	}
}

// The budget is never passed; what is left is pending.
func TestBudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		expect := tagroll.Estimate{Most: tagroll.Usage{CostUSD: 0.05}}
		var mu sync.Mutex
		spent := 0.0
		limiter := limit.New(limit.Config{Budget: 1})
		last, err := batch.Run(t.Context(), photos(100), func(ctx context.Context, _ tagroll.Photo, attempt tagroll.Attempt) (tagroll.Result, error) {
			err := attempt.Call(ctx, expect, func(ctx context.Context) (tagroll.RateLimit, error) {
				mu.Lock()
				spent += 0.03
				mu.Unlock()
				return tagroll.RateLimit{Spent: tagroll.Usage{InputTokens: 1, CostUSD: 0.03}}, pause(ctx, time.Second)
			})
			return tagroll.Result{}, err
		}, batch.Options{Total: 100, Limiter: limiter})
		if tagroll.CodeOf(err) != tagroll.CodeBudgetReached || last.Successful != 32 || last.Pending != 68 || last.Failed != 0 {
			t.Errorf("%v; %d successful, %d failed, %d pending; want 32, 0, 68", err, last.Successful, last.Failed, last.Pending)
		}
		if spent > 1 || limiter.State().ReservedUSD > 1e-9 {
			t.Errorf("$%.2f spent, %+v", spent, limiter.State())
		}
	})
}
