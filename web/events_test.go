package web

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/queue"
)

// sse is an event as a browser parses it.
type sse struct {
	id, name, data string
}

// events reads a stream as the HTML standard says.
type events struct {
	t       *testing.T
	a       *http.Response
	scanner *bufio.Scanner
}

func (s *site) events(id string, headers ...string) *events {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), "GET", s.url+"/api/v1/batches/"+id+"/events", nil)
	if err != nil {
		s.t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	a, err := s.client.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { a.Body.Close() })
	e := &events{t: s.t, a: a, scanner: bufio.NewScanner(a.Body)}
	e.scanner.Buffer(nil, 10<<20)
	return e
}

// next returns the next event; false at the end of the stream.
func (e *events) next() (sse, bool) {
	var got sse
	for e.scanner.Scan() {
		field, value, _ := strings.Cut(e.scanner.Text(), ": ")
		switch {
		case e.scanner.Text() == "" && got.name != "":
			return got, true
		case field == "id":
			got.id = value
		case field == "event":
			got.name = value
		case field == "data":
			got.data = value
		}
	}
	return got, false
}

// rest returns the names of all events to the end, and the last event.
func (e *events) rest() (names []string, last sse) {
	for {
		got, ok := e.next()
		if !ok {
			return names, last
		}
		names, last = append(names, got.name), got
	}
}

func (e *events) batch(got sse) batchView {
	e.t.Helper()
	var b batchView
	if err := json.Unmarshal([]byte(got.data), &b); err != nil {
		e.t.Fatalf("%v: %+v", err, got)
	}
	return b
}

func TestEvents(t *testing.T) {
	s := newSite(t)
	b := s.newBatch("a.jpg", "slow.jpg")
	s.until(b.ID, func(b batchView) bool { return b.Progress.Completed == 1 && b.Progress.Processing == 1 })
	e := s.events(b.ID)
	if kind := e.a.Header.Get("Content-Type"); kind != "text/event-stream" || e.a.Header.Get("X-Accel-Buffering") != "no" || e.a.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("the header is %v", e.a.Header)
	}
	first, ok := e.next()
	if !ok || first.name != "progress" {
		t.Fatalf("the first event is %+v", first)
	}
	whole := e.batch(first)
	if whole.Photos == nil || len(*whole.Photos) != 2 || first.id != strconv.FormatUint(whole.Revision, 10) {
		t.Errorf("the snapshot is %+v", whole)
	}
	close(s.hold)
	names, last := e.rest()
	if len(names) < 3 || names[0] != "photo" || names[len(names)-1] != "done" || names[len(names)-2] != "progress" {
		t.Errorf("the events are %v", names)
	}
	done := e.batch(last)
	if done.State != "completed" || done.Photos != nil || done.EndedAt == nil {
		t.Errorf("the end is %+v", done)
	}

	// Coming back to a batch that has ended.
	if names, _ := s.events(b.ID).rest(); !slices.Equal(names, []string{"progress", "done"}) {
		t.Errorf("from the beginning: %v", names)
	}
	if a := s.events(b.ID, "Last-Event-ID", last.id).a; a.StatusCode != http.StatusNoContent {
		t.Errorf("with everything seen: %s", a.Status)
	}
	names, _ = s.events(b.ID, "Last-Event-ID", first.id).rest()
	if !slices.Equal(names, []string{"photo", "progress", "done"}) {
		t.Errorf("since the snapshot: %v", names)
	}
	// Cut off after the last change and before the end, a client hears of the end.
	if names, _ := s.events(b.ID, "Last-Event-ID", strings.TrimSuffix(last.id, doneSuffix)).rest(); !slices.Equal(names, []string{"progress", "done"}) {
		t.Errorf("with all changes seen: %v", names)
	}
	// What the store cannot have said counts as nothing seen.
	for _, id := range []string{"99999999", "-1", "x", "18446744073709551616"} {
		e := s.events(b.ID, "Last-Event-ID", id)
		if got, _ := e.next(); got.name != "progress" || e.batch(got).Photos == nil {
			t.Errorf("Last-Event-ID %s: %+v", id, got)
		}
	}
	if a := s.get("/api/v1/batches/" + b.ID + "/events?last_event_id=" + last.id); a.StatusCode != http.StatusNoContent {
		t.Errorf("by the query: %s", a.Status)
	}
	if a := s.do("HEAD", "/api/v1/batches/"+b.ID+"/events", nil); a.StatusCode != http.StatusOK || a.Header.Get("Content-Type") != "text/event-stream" {
		t.Errorf("HEAD: %s %v", a.Status, a.Header)
	}
}

func TestEventsOfDeletedBatch(t *testing.T) {
	s := newSite(t)
	b := s.openBatch()
	e := s.events(b.ID)
	e.next()
	s.do("DELETE", "/api/v1/batches/"+b.ID, nil)
	names, last := e.rest()
	if !slices.Equal(names, []string{"deleted"}) || last.data != `{"id":"`+b.ID+`"}` {
		t.Errorf("%v %+v", names, last)
	}
}

// Closing the server ends its streams, and a client that goes leaves nothing behind.
func TestStreamsEnd(t *testing.T) {
	s := newSite(t)
	b := s.openBatch()
	ctx, cancel := context.WithCancel(t.Context())
	r, _ := http.NewRequestWithContext(ctx, "GET", s.url+"/api/v1/batches/"+b.ID+"/events", nil)
	a, err := s.client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	e := s.events(b.ID)
	e.next()
	if n := s.Stats().Streams; n != 2 {
		t.Errorf("%d streams, want 2", n)
	}
	cancel()
	a.Body.Close()
	s.Close()
	if names, _ := e.rest(); len(names) != 0 {
		t.Errorf("after the end: %v", names)
	}
	for late := time.Now().Add(unchanged); s.Stats().Streams > 0; {
		if time.Now().After(late) {
			t.Fatal("a stream never ends")
		}
		s.get("/healthz")
	}
	s.feeds.mu.Lock()
	defer s.feeds.mu.Unlock()
	if len(s.feeds.open) != 0 {
		t.Errorf("%d feeds are left", len(s.feeds.open))
	}
}

// Many streams of one batch see every photo, whatever their speed.
func TestManyStreams(t *testing.T) {
	s := newSite(t)
	b := s.openBatch()
	var all sync.WaitGroup
	const streams, photos = 100, 30
	ready := make(chan struct{}, streams)
	for range streams {
		all.Go(func() {
			e := s.events(b.ID)
			first, _ := e.next()
			states := make(map[string]queue.PhotoState)
			for _, p := range *e.batch(first).Photos {
				states[p.ID] = p.State
			}
			ready <- struct{}{}
			for {
				got, ok := e.next()
				if !ok || got.name == "done" {
					break
				}
				if got.name == "photo" {
					var p photoView
					json.Unmarshal([]byte(got.data), &p)
					states[p.ID] = p.State
				}
			}
			if len(states) != photos {
				t.Errorf("saw %d photos", len(states))
			}
			for id, state := range states {
				if state != queue.PhotoSuccessful {
					t.Errorf("saw photo %s at last as %s", id, state)
				}
			}
		})
	}
	for range streams {
		<-ready
	}
	for i := range photos {
		s.send("/api/v1/batches/"+b.ID+"/photos", []part{{"photos", fmt.Sprint(i, ".jpg"), "photo"}})
	}
	s.post("/api/v1/batches/"+b.ID+"/close", "")
	all.Wait()
}

// script is an engine whose one batch changes when a test says so.
type script struct {
	engine
	mu       sync.Mutex
	snapshot queue.Snapshot
	err      error
	changed  chan struct{}
	gets     int
}

func (e *script) Get(context.Context, string) (queue.Snapshot, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.gets++
	return e.snapshot, e.err
}

func (e *script) Watch(string) (<-chan struct{}, func()) { return e.changed, func() {} }

// change makes a new revision of a photo.
func (e *script) change(photo int) {
	e.mu.Lock()
	e.snapshot.Revision++
	photos := slices.Clone(e.snapshot.Photos)
	photos[photo].Revision = e.snapshot.Revision
	e.snapshot.Photos = photos
	e.mu.Unlock()
	e.announce()
}

func (e *script) announce() {
	select {
	case e.changed <- struct{}{}:
	default:
	}
}

// client takes what a stream sends, with the time. It implements what a connection has.
type client struct {
	*httptest.ResponseRecorder
	mu    sync.Mutex
	began time.Time
	got   []string // "time name", heartbeats as "beat"
	stuck bool
	until time.Time
}

func (c *client) Write(p []byte) (int, error) {
	c.mu.Lock()
	stuck, until := c.stuck, c.until
	c.mu.Unlock()
	if stuck {
		<-time.After(time.Until(until))
		return 0, context.DeadlineExceeded
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for line := range strings.Lines(string(p)) {
		name, ok := strings.CutPrefix(line, "event: ")
		if strings.HasPrefix(line, ":") {
			name, ok = "beat", true
		}
		if ok {
			c.got = append(c.got, fmt.Sprint(time.Since(c.began), " ", strings.TrimSpace(name)))
		}
	}
	return len(p), nil
}

func (c *client) SetWriteDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.until = t
	return nil
}

// scripted starts a stream on a scripted engine, in a synctest bubble.
func scripted(t *testing.T) (*script, *client, chan struct{}, func()) {
	e := &script{changed: make(chan struct{}, 1), snapshot: queue.Snapshot{
		Batch: queue.Batch{ID: "b", Token: hashOf("t"), Created: time.Now()}, State: queue.StateProcessing, Revision: 10,
		Photos: []queue.Photo{{ID: "p1", Added: time.Now(), Revision: 5}, {ID: "p2", Added: time.Now(), Revision: 6}},
	}}
	s, err := New(Config{Node: e, Prepare: prepare, Describer: tagroll.DescriberInfo{Name: "offline"}})
	if err != nil {
		t.Fatal(err)
	}
	c := &client{ResponseRecorder: httptest.NewRecorder(), began: time.Now()}
	ctx, cancel := context.WithCancel(t.Context())
	r := httptest.NewRequestWithContext(ctx, "GET", "/api/v1/batches/b/events", nil)
	r.Header.Set("Authorization", "Bearer t")
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.ServeHTTP(c, r)
	}()
	synctest.Wait()
	return e, c, done, func() { cancel(); s.Close(); synctest.Wait() }
}

// Changes are told at once when it was quiet, and then four times a second at most.
func TestPaceOfEvents(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, c, done, stop := scripted(t)
		<-time.After(time.Second)
		for range 60 { // for 600 ms
			e.change(0)
			<-time.After(10 * time.Millisecond)
		}
		e.change(1)
		<-time.After(40 * time.Second)
		stop()
		<-done
		want := []string{"0s progress",
			"1s photo", "1s progress", "1.25s photo", "1.25s progress", "1.5s photo", "1.5s progress", "1.75s photo", "1.75s photo", "1.75s progress",
			"16.75s beat", "31.75s beat"}
		if !slices.Equal(c.got, want) {
			t.Errorf("got  %q\nwant %q", c.got, want)
		}
		if e.gets > 10 {
			t.Errorf("the engine was asked %d times", e.gets)
		}
	})
}

// A provider's pause shows although nothing of the batch changes.
func TestPauseShows(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, c, done, stop := scripted(t)
		e.mu.Lock()
		e.snapshot.Progress.Processing = 1
		e.snapshot.Revision++
		e.mu.Unlock()
		e.announce()
		<-time.After(time.Second)
		e.mu.Lock()
		e.snapshot.Progress.Limiter.PausedFor = time.Minute
		e.mu.Unlock()
		<-time.After(3 * time.Second)
		stop()
		<-done
		if want := []string{"0s progress", "0s progress", "2s progress"}; !slices.Equal(c.got, want) {
			t.Errorf("got %q, want %q", c.got, want)
		}
	})
}

// An engine that cannot answer for a while does not end the streams.
func TestStreamOutlivesTrouble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, c, done, stop := scripted(t)
		e.mu.Lock()
		e.err = errFull
		e.mu.Unlock()
		e.change(0)
		<-time.After(time.Second)
		e.mu.Lock()
		e.err = nil
		e.mu.Unlock()
		e.change(1)
		<-time.After(time.Second)
		stop()
		<-done
		if want := []string{"0s progress", "1s photo", "1s photo", "1s progress"}; !slices.Equal(c.got, want) {
			t.Errorf("got %q, want %q", c.got, want)
		}
	})
}

// A client that does not read is dropped after Limits.Stall, and holds up nobody.
func TestClientThatDoesNotRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, c, done, stop := scripted(t)
		defer stop()
		c.mu.Lock()
		c.stuck = true
		c.mu.Unlock()
		began := time.Now()
		e.change(0)
		<-done
		if took := time.Since(began); took != 30*time.Second {
			t.Errorf("dropped after %v", took)
		}
	})
}

// A pause stands in the batch as a time and in seconds, for clients whose clock is another.
func TestPauseInSeconds(t *testing.T) {
	until := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	b := queue.Snapshot{Batch: queue.Batch{ID: "b", Created: until.Add(-time.Hour)}, State: queue.StateProcessing}
	b.Progress.Limiter = tagroll.LimiterState{PausedFor: 90 * time.Second, PausedUntil: until, PausedBy: tagroll.PausedByProvider}
	v := new(Server).viewBatch(b, false)
	if v.PausedSeconds != 90 || v.Limiter.PausedUntil == nil || !v.Limiter.PausedUntil.Equal(until) {
		t.Errorf("a pause of 90 s until %v is shown as %v s until %v", until, v.PausedSeconds, v.Limiter.PausedUntil)
	}
	// The gap between two calls is no pause.
	b.Progress.Limiter = tagroll.LimiterState{PausedFor: 500 * time.Millisecond, PausedUntil: until}
	if v := new(Server).viewBatch(b, false); v.PausedSeconds != 0 || v.Limiter.PausedUntil != nil {
		t.Errorf("half a second is shown as a pause of %v s until %v", v.PausedSeconds, v.Limiter.PausedUntil)
	}
}
