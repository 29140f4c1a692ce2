// Package describetest holds the conformance suite of [tagroll.Describer]. Every
// describer runs it in its own tests, so that whoever uses one can rely on the
// contract and not on the kind.
//
// In flows a function that makes a describer and says how to watch its provider,
// out flow failures of the test. Only what every describer must do is tested
// here; what is special to one belongs to its own tests.
package describetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tagroll/tagroll"
)

// Subject is a describer under test, with what the suite must know of its provider.
type Subject struct {
	// Describer is fresh: it has made no call yet.
	Describer tagroll.Describer
	// Calls returns how many calls have reached the provider. Nil for a describer
	// that is not remote, required otherwise.
	Calls func() int
	// Stall makes the provider accept every further call and never answer it. It
	// returns a channel that yields once for every call that has arrived since. Nil
	// for a describer that is not remote, required otherwise.
	Stall func() (arrived <-chan struct{})
}

// TestDescriber tests that the describers returned by make keep the contract of
// [tagroll.Describer]. Make is called for every test anew; it releases what it
// holds with t.Cleanup. The provider must answer every request well until Stall.
func TestDescriber(t *testing.T, make func(t *testing.T) Subject) {
	tests := []struct {
		name string
		run  func(*testing.T, Subject)
	}{
		{"Info", testInfo},
		{"Answer", testAnswer},
		{"Request", testRequest},
		{"Concurrent", testConcurrent},
		{"CancelledBefore", testCancelledBefore},
		{"DeadlineBefore", testDeadlineBefore},
		{"CancelledDuring", testCancelledDuring},
		{"DeadlineDuring", testDeadlineDuring},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			subject := make(t)
			if remote := subject.Describer.Info().Remote; remote != (subject.Calls != nil) || remote != (subject.Stall != nil) {
				t.Fatal("Calls and Stall are required for a remote describer, and for no other")
			}
			test.run(t, subject)
		})
	}
}

// Request returns a request for a small generated photo. Different n give different photos.
func Request(n int) tagroll.Request {
	const width, height = 96, 64
	m := image.NewRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			m.Set(x, y, color.RGBA{uint8(40*n + 2*x), uint8(90*n + 3*y), uint8(200 - 30*n), 255})
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, nil); err != nil {
		panic("describetest: " + err.Error()) // writing to memory does not fail
	}
	name := fmt.Sprintf("photo-%d.jpg", n)
	return tagroll.Request{
		Photo: tagroll.Photo{ID: name, Name: name},
		Facts: tagroll.Facts{Format: tagroll.FormatJPEG, Bytes: int64(b.Len()), Width: width, Height: height, Orientation: 1},
		Image: tagroll.Image{JPEG: b.Bytes(), Width: width, Height: height},
		URL:   fmt.Sprintf("https://photos.example/t/%d", n),
	}
}

func testInfo(t *testing.T, s Subject) {
	before := s.Describer.Info()
	if before.Name == "" || before.Prompt == "" || before.Identity == "" {
		t.Errorf("Info() = %+v, want a name, a prompt version and an identity", before)
	}
	if _, err := s.Describer.Describe(t.Context(), Request(1)); err != nil {
		t.Fatalf("Describe: %v", err)
	}
	if after := s.Describer.Info(); after != before {
		t.Errorf("Info() changed from %+v to %+v", before, after)
	}
}

func testAnswer(t *testing.T, s Subject) {
	answer, err := s.Describer.Describe(t.Context(), Request(1))
	if err != nil {
		t.Fatalf("Describe: %v", err)
	}
	checkAnswer(t, s, answer)
	if s.Calls != nil && s.Calls() != 1 {
		t.Errorf("one Describe made %d calls, want 1", s.Calls())
	}
}

func checkAnswer(t *testing.T, s Subject, answer tagroll.Answer) {
	t.Helper()
	m := answer.Metadata
	if m.Title == "" || m.Title != strings.TrimSpace(m.Title) || strings.ContainsAny(m.Title, "\n\r\t") {
		t.Errorf("the title %q is not one line of text", m.Title)
	}
	if len(m.Keywords) == 0 {
		t.Error("there are no keywords")
	}
	for _, k := range m.Keywords {
		if k == "" || k != strings.TrimSpace(k) {
			t.Errorf("the keyword %q is empty or has space around it", k)
		}
	}
	if !slices.Contains(tagroll.Categories(), m.Category) {
		t.Errorf("the category %q is none of Categories()", m.Category)
	}
	if remote := s.Describer.Info().Remote; remote != (answer.Raw != "") {
		t.Errorf("Raw is %q, want text exactly if the describer is remote", answer.Raw)
	}
	if !s.Describer.Info().Remote && (answer.Usage != tagroll.Usage{} || answer.RateLimit.Allowances != nil) {
		t.Error("a describer that is not remote reports usage or a rate limit")
	}
	if answer.Usage.InputTokens < 0 || answer.Usage.OutputTokens < 0 || answer.Usage.CachedTokens > answer.Usage.InputTokens {
		t.Errorf("the usage %+v is impossible", answer.Usage)
	}
}

// testRequest checks that a describer leaves what it is given as it is, and answers a repair.
func testRequest(t *testing.T, s Subject) {
	given, want := Request(1), Request(1)
	given.Facts.Keywords, want.Facts.Keywords = []string{"b", "a"}, []string{"b", "a"}
	given.Repair = &tagroll.Repair{Answer: `{"title":""}`, Problems: []string{"the title is empty"}}
	want.Repair = &tagroll.Repair{Answer: `{"title":""}`, Problems: []string{"the title is empty"}}
	answer, err := s.Describer.Describe(t.Context(), given)
	if err != nil {
		t.Fatalf("Describe with a repair: %v", err)
	}
	checkAnswer(t, s, answer)
	if !reflect.DeepEqual(given, want) {
		t.Error("Describe changed its request")
	}
}

func testConcurrent(t *testing.T, s Subject) {
	const photos = 16
	var wg sync.WaitGroup
	for n := range photos {
		wg.Go(func() {
			answer, err := s.Describer.Describe(t.Context(), Request(n))
			if err != nil {
				t.Errorf("photo %d: %v", n, err)
				return
			}
			checkAnswer(t, s, answer)
			s.Describer.Info()
		})
	}
	wg.Wait()
	if s.Calls != nil && s.Calls() != photos {
		t.Errorf("%d photos made %d calls", photos, s.Calls())
	}
}

var errStop = errors.New("describetest: stop")

func testCancelledBefore(t *testing.T, s Subject) {
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errStop)
	_, err := s.Describer.Describe(ctx, Request(1))
	checkEnded(t, err, tagroll.CodeCancelled, context.Canceled)
	if !errors.Is(err, errStop) {
		t.Errorf("the error %v does not wrap the context's cause", err)
	}
	if s.Calls != nil && s.Calls() != 0 {
		t.Errorf("a cancelled Describe made %d calls", s.Calls())
	}
}

func testDeadlineBefore(t *testing.T, s Subject) {
	ctx, cancel := context.WithDeadline(t.Context(), time.Unix(0, 0))
	defer cancel()
	_, err := s.Describer.Describe(ctx, Request(1))
	checkEnded(t, err, tagroll.CodeTimeout, context.DeadlineExceeded)
	if s.Calls != nil && s.Calls() != 0 {
		t.Errorf("a Describe after its deadline made %d calls", s.Calls())
	}
}

func testCancelledDuring(t *testing.T, s Subject) {
	if s.Stall == nil {
		t.Log("not remote: there is no call to be cancelled")
		return
	}
	arrived := s.Stall()
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	done := make(chan error, 1)
	go func() {
		_, err := s.Describer.Describe(ctx, Request(1))
		done <- err
	}()
	<-arrived
	cancel(errStop)
	err := <-done // a describer that does not end hangs here, until the test's own timeout
	checkEnded(t, err, tagroll.CodeCancelled, context.Canceled)
	if !errors.Is(err, errStop) {
		t.Errorf("the error %v does not wrap the context's cause", err)
	}
}

// testDeadlineDuring ends a call as a deadline does, but exactly when the call has arrived.
func testDeadlineDuring(t *testing.T, s Subject) {
	if s.Stall == nil {
		t.Log("not remote: there is no call to run out of time")
		return
	}
	arrived := s.Stall()
	ctx := &deadlineContext{Context: t.Context(), done: make(chan struct{})}
	done := make(chan error, 1)
	go func() {
		_, err := s.Describer.Describe(ctx, Request(1))
		done <- err
	}()
	<-arrived
	close(ctx.done)
	checkEnded(t, <-done, tagroll.CodeTimeout, context.DeadlineExceeded)
}

// deadlineContext is a context whose deadline passes when done is closed.
type deadlineContext struct {
	context.Context
	done chan struct{}
}

func (c *deadlineContext) Done() <-chan struct{} { return c.done }

func (c *deadlineContext) Err() error {
	select {
	case <-c.done:
		return context.DeadlineExceeded
	default:
		return nil
	}
}

func checkEnded(t *testing.T, err error, code tagroll.Code, is error) {
	t.Helper()
	e, ok := errors.AsType[*tagroll.Error](err)
	if !ok {
		t.Fatalf("got the error %v, want a *tagroll.Error", err)
	}
	if e.Code != code || e.Stage != tagroll.StageDescribe || e.Message == "" {
		t.Errorf("got code %q, stage %q, message %q; want code %q, stage %q and a message", e.Code, e.Stage, e.Message, code, tagroll.StageDescribe)
	}
	if !errors.Is(err, is) {
		t.Errorf("the error %v does not wrap %v", err, is)
	}
}
