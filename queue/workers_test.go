package queue

import (
	"context"
	"testing"
	"time"

	"github.com/tagroll/tagroll"
)

// A node that describes nothing shows what holds back the node that does.
func TestFrontShowsTheWorkersLimiter(t *testing.T) {
	t.Parallel()
	servers := serve(t, 1)
	front := start(t, Config{URL: urls(servers...)})
	if front.Stats().Works {
		t.Error("a node without work says that it describes")
	}
	worker := start(t, Config{URL: urls(servers...), Work: describing(func(context.Context, tagroll.Photo) error {
		return &tagroll.Error{Code: tagroll.CodeRateLimited, Message: "too many calls", RetryAfter: time.Hour}
	})})
	if !worker.Stats().Works {
		t.Error("a worker says that it describes nothing")
	}
	b := create(t, front)
	add(t, front, b, 1)
	timeout := time.After(patience)
	for { // a pause changes no record
		s, err := front.Get(t.Context(), b)
		if err != nil {
			t.Fatal(err)
		}
		if l := s.Progress.Limiter; l.Paused() {
			if l.PausedBy != tagroll.PausedByProvider || l.PausedFor < 50*time.Minute || l.PausedUntil.IsZero() {
				t.Errorf("%+v", l)
			}
			return
		}
		select {
		case <-timeout:
			t.Fatalf("no pause: %+v", s.Progress.Limiter)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// Two workers together: calls may be made as soon as one of them may make one, and what is under
// way adds up. A worker that is silent does not count.
func TestWorkersTogether(t *testing.T) {
	now := time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)
	w := workerStates{reports: map[string]workerReport{
		"a": {Slots: 5, Named: true, Spare: 3, PausedFor: time.Minute, heard: now.Add(-time.Second),
			State: tagroll.LimiterState{InFlight: 2, Waiting: 1, Window: 8, CallsPerMinute: 60, PausedBy: tagroll.PausedByPace}},
		"b": {Slots: 5, Named: true, Spare: 1, PausedFor: 30 * time.Second, heard: now,
			State: tagroll.LimiterState{InFlight: 1, Refused: 4, Window: 4, CallsPerMinute: 50, PausedBy: tagroll.PausedByProvider}},
		"gone": {Slots: 5, heard: now.Add(-time.Minute), State: tagroll.LimiterState{InFlight: 9}},
	}}
	want := tagroll.LimiterState{
		InFlight: 3, Waiting: 1, Window: 12, CallsPerMinute: 60, Named: true, Spare: 1, Refused: 4,
		PausedFor: 30 * time.Second, PausedUntil: now.Add(30 * time.Second), PausedBy: tagroll.PausedByProvider,
	}
	if got, slots := w.together(now); got != want || slots != 10 {
		t.Errorf("%+v with %d slots, want %+v", got, slots, want)
	}
	if got, slots := w.together(now.Add(time.Minute)); got != (tagroll.LimiterState{}) || slots != 0 {
		t.Errorf("of nobody: %+v with %d slots", got, slots)
	}
}
