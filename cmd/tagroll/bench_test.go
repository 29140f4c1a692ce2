package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/tagroll/tagroll/openaitest"
)

// BenchmarkRun measures a whole run against a stand-in API whose answers take 4 s in the
// median (lognormal, sigma 0.35), and compares it with the list-scheduling bound of
// the latencies that were served: the time of an orchestrator that costs nothing.
// Latencies are scaled down to a twentieth; TAGROLL_BENCH_SCALE=1 takes the real ones.
//
//	go test ./cmd/tagroll -run '^$' -bench Run -benchtime 1x
func BenchmarkRun(b *testing.B) {
	scale := 0.05
	if text := os.Getenv("TAGROLL_BENCH_SCALE"); text != "" {
		var err error
		if scale, err = strconv.ParseFloat(text, 64); err != nil {
			b.Fatal(err)
		}
	}
	for _, c := range []struct{ photos, concurrency int }{{10, 5}, {100, 5}, {100, 20}} {
		b.Run(fmt.Sprintf("photos=%d/concurrency=%d", c.photos, c.concurrency), func(b *testing.B) {
			dir := b.TempDir()
			for i := range c.photos {
				name := filepath.Join(dir, fmt.Sprintf("%d.jpg", i))
				if err := os.WriteFile(name, picture(name, 320+i, 240, i), 0o600); err != nil {
					b.Fatal(err)
				}
			}
			seed := uint64(0)
			var took, bound, oneByOne time.Duration
			for b.Loop() {
				seed++
				api, err := openaitest.Start(openaitest.Config{Seed: seed, Latency: openaitest.Latency{Median: 4 * time.Second, Sigma: 0.35, Scale: scale}})
				if err != nil {
					b.Fatal(err)
				}
				p := &program{stdout: io.Discard, stderr: io.Discard, getenv: func(string) string { return "" }}
				start := time.Now()
				if code := p.main([]string{"run", "--base-url", api.URL(), "-c", fmt.Sprint(c.concurrency), "-o", filepath.Join(dir, "out.csv"), "--fresh", "--progress", "none", dir}); code != exitOK {
					b.Fatalf("exit status %d", code)
				}
				took += time.Since(start)
				latencies := api.Stats().LatenciesMS
				bound += listSchedule(latencies, c.concurrency)
				oneByOne += listSchedule(latencies, 1)
				api.Close()
			}
			b.ReportMetric(100*(took.Seconds()/bound.Seconds()-1), "%-above-bound")
			b.ReportMetric(oneByOne.Seconds()/took.Seconds(), "x-one-by-one")
		})
	}
}

// listSchedule returns when the last of the jobs ends if each is given, in order, to
// the first of n workers that is free (Graham 1966).
func listSchedule(milliseconds []float64, n int) time.Duration {
	free := make([]float64, n)
	end := 0.0
	for _, job := range milliseconds {
		first := 0
		for i := range free {
			if free[i] < free[first] {
				first = i
			}
		}
		free[first] += job
		end = max(end, free[first])
	}
	return time.Duration(end * float64(time.Millisecond))
}

// The bound is right where it is plain to see.
func TestListSchedule(t *testing.T) {
	for _, test := range []struct {
		jobs []float64
		n    int
		want time.Duration
	}{
		{[]float64{4000, 4000, 4000}, 1, 12 * time.Second},
		{[]float64{4000, 4000, 4000}, 3, 4 * time.Second},
		{[]float64{4000, 1000, 1000, 1000}, 2, 4 * time.Second},
		{nil, 2, 0},
	} {
		if got := listSchedule(test.jobs, test.n); got != test.want {
			t.Errorf("%v on %d: %v, want %v", test.jobs, test.n, got, test.want)
		}
	}
}
