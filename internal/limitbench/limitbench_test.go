package limitbench

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"math"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/batch"
	"github.com/tagroll/tagroll/describe/openai"
	"github.com/tagroll/tagroll/limit"
	"github.com/tagroll/tagroll/openaitest"
)

// scenario is one row of the table.
type scenario struct {
	name   string
	photos int
	places int // 0: auto
	server openaitest.Config
	// bound is the time that the server's limit needs.
	bound  func(mean, slowest time.Duration) time.Duration
	within float64 // times bound
	// share is the share of the calls that may be refused; 0 holds them to nothing.
	share float64
}

// figures are what was measured of a scenario.
type figures struct {
	wall, bound           time.Duration
	calls, refusals, lost int
	most                  int
}

var four = openaitest.Latency{Median: 4 * time.Second, Sigma: 0.35}

// bucket is the time in which a limit that refills steadily lets n calls pass, and the last
// one is answered.
func bucket(n, perMinute, burst int) func(mean, slowest time.Duration) time.Duration {
	return func(mean, _ time.Duration) time.Duration {
		return time.Duration(float64(n-burst)/float64(perMinute)*float64(time.Minute)) + mean
	}
}

// window is the same for a limit that gives all back at once, every minute.
func window(n, perMinute int) func(mean, slowest time.Duration) time.Duration {
	return func(mean, _ time.Duration) time.Duration {
		return time.Duration((n-1)/perMinute)*time.Minute + mean
	}
}

// places is the time that n calls take at so many at once.
func places(n, at int) func(mean, slowest time.Duration) time.Duration {
	return func(mean, _ time.Duration) time.Duration { return mean * time.Duration(n) / time.Duration(at) }
}

func scenarios() []scenario {
	limits := func(perMinute int, windowed, hidden bool, form openaitest.RetryAfter) openaitest.Config {
		return openaitest.Config{Latency: four, Limits: openaitest.Limits{
			RequestsPerMinute: perMinute, FixedWindow: windowed, HideHeaders: hidden, RetryAfter: form,
		}}
	}
	var all []scenario
	for _, l := range []struct{ perMinute, photos, burst int }{{30, 300, 1}, {120, 600, 2}, {600, 3000, 10}} {
		for _, hidden := range []bool{false, true} {
			with, within, share := "headers", 1.06, 0.02
			if hidden {
				with, within, share = "no headers", 1.25, 0
			}
			// The last window is not full, so that all of its calls can be in flight at
			// once.
			inWindows := l.photos + min(l.perMinute/2, 60)
			all = append(all,
				scenario{fmt.Sprintf("%d a minute, bucket, %s", l.perMinute, with), l.photos, 0, limits(l.perMinute, false, hidden, ""), bucket(l.photos, l.perMinute, l.burst), within, share},
				scenario{fmt.Sprintf("%d a minute, window, %s", l.perMinute, with), inWindows, 0, limits(l.perMinute, true, hidden, ""), window(inWindows, l.perMinute), within, share})
		}
	}
	for _, form := range []openaitest.RetryAfter{openaitest.RetryAfterSeconds, openaitest.RetryAfterDate, openaitest.RetryAfterMessage, openaitest.RetryAfterNone} {
		all = append(all, scenario{"120 a minute, bucket, no headers, Retry-After: " + string(form), 600, 0, limits(120, false, true, form), bucket(600, 120, 2), 1.25, 0})
	}
	// The stand-in charges the prompt and the bound on the output, as OpenAI does.
	all = append(all, scenario{"200,000 tokens a minute, headers", 600, 0,
		openaitest.Config{Latency: four, Limits: openaitest.Limits{TokensPerMinute: 200_000}}, nil, 1.06, 0.02})
	for _, percent := range []int{5, 20} {
		all = append(all, scenario{fmt.Sprintf("%d%% refused by chance, 20 at once", percent), 300, 20,
			openaitest.Config{Latency: openaitest.Latency{Median: 2 * time.Second}, Faults: []openaitest.Fault{{Kind: openaitest.FaultRateLimit, Probability: float64(percent) / 100}}},
			places(300, 20), 1.4, 0})
	}
	all = append(all,
		scenario{"no limit, 5 at once", 100, 5, openaitest.Config{Latency: four}, places(100, 5), 1.06, 0},
		scenario{"no limit, auto", 100, 0, openaitest.Config{Latency: four}, func(_, slowest time.Duration) time.Duration { return slowest }, 3, 0})
	for _, slots := range []int{1, 4, 16} {
		n := 25 * slots
		all = append(all, scenario{fmt.Sprintf("a local server with %d at once, 6 s a photo, auto", slots), n, 0,
			openaitest.Config{Latency: openaitest.Latency{Median: 6 * time.Second}, Slots: slots}, places(n, slots), 1.1, 0})
	}
	all = append(all, scenario{"a local server with 1 at once, 10 s a photo, auto", 25, 0,
		openaitest.Config{Latency: openaitest.Latency{Median: 10 * time.Second}, Slots: 1}, places(25, 1), 1.1, 0})
	return all
}

// smallJPEG is the image of every photo: what is on it does not matter here.
func smallJPEG(t *testing.T) []byte {
	t.Helper()
	picture := image.NewRGBA(image.Rect(0, 0, 8, 8))
	picture.Set(1, 1, color.RGBA{200, 60, 20, 255})
	var b bytes.Buffer
	if err := jpeg.Encode(&b, picture, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// measure runs a scenario.
func measure(t *testing.T, s scenario) (f figures) {
	data := smallJPEG(t)
	synctest.Test(t, func(t *testing.T) {
		s.server.Seed = 7
		api, err := openaitest.New(s.server)
		if err != nil {
			t.Fatal(err)
		}
		defer api.Close()
		describer, err := openai.New(openai.Config{
			BaseURL: "http://stand-in/v1", APIKey: "k", Model: "gpt-4.1-nano",
			Transport: openaitest.NewTransport(api),
		})
		if err != nil {
			t.Fatal(err)
		}
		image := tagroll.Image{JPEG: data, Width: 8, Height: 8}
		expect := describer.Expect(tagroll.Request{Image: image})
		url := "data:image/jpeg;base64," + base64.StdEncoding.EncodeToString(data)
		var took []time.Duration
		limiter := limit.New(limit.Config{Auto: s.places == 0})
		options := batch.Options{Concurrency: s.places, Limiter: limiter, DiscardResults: true}
		if s.places == 0 {
			options.Concurrency = limit.DefaultMaxWindow
		}
		start := time.Now()
		times := make(chan time.Duration, s.photos)
		last, err := batch.Run(t.Context(), numbered(s.photos), func(ctx context.Context, photo tagroll.Photo, attempt tagroll.Attempt) (tagroll.Result, error) {
			var result tagroll.Result
			err := attempt.Call(ctx, expect, func(ctx context.Context) (tagroll.RateLimit, error) {
				began := time.Now()
				answer, err := describer.Describe(ctx, tagroll.Request{Photo: photo, Image: image, URL: url})
				if err == nil {
					times <- time.Since(began)
				}
				result.Usage = answer.Usage
				answer.RateLimit.Spent = answer.Usage
				return answer.RateLimit, err
			})
			return result, err
		}, options)
		if err != nil {
			t.Errorf("%v; %d successful", err, last.Successful)
		}
		close(times)
		var sum, slowest time.Duration
		for d := range times {
			took = append(took, d)
			sum, slowest = sum+d, max(slowest, d)
		}
		mean := sum / time.Duration(max(len(took), 1))
		if s.server.Slots > 0 {
			mean = s.server.Latency.Median
		}
		f = figures{wall: time.Since(start), calls: last.Calls, refusals: last.Refusals, lost: s.photos - last.Successful, most: api.Stats().MostInFlight}
		if s.bound != nil {
			f.bound = s.bound(mean, slowest)
		} else {
			// By what the stand-in charged in all, of which a minute's worth could be
			// had at once.
			charged := last.Usage.InputTokens + last.Calls*expect.Most.OutputTokens
			f.bound = time.Duration(math.Max(0, float64(charged-200_000))/200_000*float64(time.Minute)) + mean
		}
	})
	return f
}

func numbered(n int) func(yield func(tagroll.Photo) bool) {
	return func(yield func(tagroll.Photo) bool) {
		for i := range n {
			if !yield(tagroll.Photo{ID: fmt.Sprint(i), Name: fmt.Sprintf("%04d.jpg", i)}) {
				return
			}
		}
	}
}

// The table of docs/benchmarks.md. No photo is lost in any row.
func TestLimits(t *testing.T) {
	rows := "| scenario | photos | wall | bound | wall / bound | calls | refused | lost |\n|---|--:|--:|--:|--:|--:|--:|--:|\n"
	for _, s := range scenarios() {
		if racing {
			s.photos = min(s.photos, 40)
		}
		var f figures
		t.Run(s.name, func(t *testing.T) { f = measure(t, s) })
		if f.calls == 0 {
			continue
		}
		ratio := float64(f.wall) / float64(f.bound)
		rows += fmt.Sprintf("| %s | %d | %.1f s | %.1f s | %.2f | %d | %d | %d |\n",
			s.name, s.photos, f.wall.Seconds(), f.bound.Seconds(), ratio, f.calls, f.refusals, f.lost)
		if racing {
			if f.lost > 0 {
				t.Errorf("%s: %d lost", s.name, f.lost)
			}
			continue // so few photos say nothing of the ratio
		}
		if f.lost > 0 || ratio > s.within {
			t.Errorf("%s: %d lost, %.2f of the bound, want 0 and %.2f at most", s.name, f.lost, ratio, s.within)
		}
		if share := float64(f.refusals) / float64(f.calls+f.refusals); s.share > 0 && share > s.share {
			t.Errorf("%s: %.1f%% of the calls were refused, want %.0f%% at most", s.name, 100*share, 100*s.share)
		}
	}
	t.Log("\n" + rows)
}
