package main

import (
	"context"
	"encoding/base64"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/batch"
	"github.com/tagroll/tagroll/describe/describetest"
	"github.com/tagroll/tagroll/describe/openai"
	"github.com/tagroll/tagroll/openaitest"
)

// At the tier flex an answer may take its 15 minutes. While the tier is busy photos wait, which
// costs nothing, and with flex,auto they are described at the full price after half of --max-wait:
// the refusals do not slow that down.
func TestFlexTakesItsTime(t *testing.T) {
	type outcome struct {
		successful, calls int
		tier              string
	}
	for name, test := range map[string]struct {
		args    []string
		latency time.Duration
		faults  []openaitest.Fault
		photos  int
		want    outcome
		atMost  time.Duration
		refused bool
	}{
		"a slow answer": {[]string{"--tier", "flex"}, 14 * time.Minute, nil, 5, outcome{5, 5, "flex"}, 15 * time.Minute, false},
		"too slow":      {[]string{"--tier", "flex"}, 16 * time.Minute, nil, 1, outcome{0, 1, ""}, 16 * time.Minute, false},
		"a time of its own": {[]string{"--tier", "flex", "--timeout", "20m"}, 16 * time.Minute, nil, 5,
			outcome{5, 5, "flex"}, 17 * time.Minute, false},
		"busy for a while, then slow": {[]string{"--tier", "flex"}, 14 * time.Minute, []openaitest.Fault{{Kind: openaitest.FaultBusy, First: 30}}, 5,
			outcome{5, 5, "flex"}, 17 * time.Minute, true},
		"busy all the time": {[]string{"--tier", "flex,auto"}, 4 * time.Second, []openaitest.Fault{{Kind: openaitest.FaultBusy}}, 30,
			outcome{30, 30, "default"}, 7 * time.Minute, true},
		"busy, and others wait less": {[]string{"--tier", "flex,auto", "--max-wait", "1m"}, 4 * time.Second, []openaitest.Fault{{Kind: openaitest.FaultBusy}}, 30,
			outcome{30, 30, "default"}, 2 * time.Minute, true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := newProgram()
				s, err := p.parseRun(append([]string{"--api-key", "k", "--provider", "openai", "shoot"}, test.args...))
				if err != nil {
					t.Fatal(err)
				}
				server, err := openaitest.New(openaitest.Config{Latency: openaitest.Latency{Median: test.latency}, Faults: test.faults})
				if err != nil {
					t.Fatal(err)
				}
				defer server.Close()
				d, err := openai.New(openai.Config{APIKey: "k", Tier: s.tier, TierPatience: s.tierPatience, Transport: openaitest.NewTransport(server)})
				if err != nil {
					t.Fatal(err)
				}
				defer d.CloseIdleConnections()
				describe := func(ctx context.Context, photo tagroll.Photo, attempt tagroll.Attempt) (result tagroll.Result, err error) {
					r := describetest.Request(1)
					r.Photo, r.URL = photo, "data:image/jpeg;base64,"+base64.StdEncoding.EncodeToString(r.Image.JPEG)
					err = attempt.Call(ctx, d.Expect(r), func(ctx context.Context) (tagroll.RateLimit, error) {
						answer, err := d.Describe(ctx, r)
						result.Usage = result.Usage.Add(answer.Usage)
						return answer.RateLimit, err
					})
					return result, err
				}
				var photos []tagroll.Photo
				for n := range test.photos {
					photos = append(photos, tagroll.Photo{ID: string(rune('A' + n))})
				}
				began := time.Now()
				last, err := batch.Run(t.Context(), slices.Values(photos), describe, s.options("openai", 0))
				if err != nil {
					t.Fatal(err)
				}
				if got := (outcome{last.Successful, last.Calls, last.Usage.Tier}); got != test.want || (last.Refusals > 0) != test.refused {
					t.Errorf("got %+v and %d refusals, want %+v", got, last.Refusals, test.want)
				}
				if took := time.Since(began); took > test.atMost || took < test.latency && test.want.successful > 0 {
					t.Errorf("took %v, want at most %v", took, test.atMost)
				}
			})
		})
	}
}
