package web

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/batch"
	"github.com/tagroll/tagroll/internal/sleep"
	"github.com/tagroll/tagroll/queue"
)

// BenchmarkStatusUnderLoad asks for one batch after the other while 200 batches of 20 photos are
// worked on, 100 photos at a time with answers of 2 s, and 1,000 event streams are open. Beside the
// mean it reports the percentiles.
//
//	go test ./web -run '^$' -bench StatusUnderLoad -benchtime 10s
func BenchmarkStatusUnderLoad(b *testing.B) {
	const batches, photos, streams = 200, 20, 1000
	work := func(ctx context.Context, _ queue.Batch, photo tagroll.Photo, prepared tagroll.Prepared, attempt tagroll.Attempt) (tagroll.Result, error) {
		err := attempt.Call(ctx, tagroll.Estimate{}, func(ctx context.Context) (tagroll.RateLimit, error) {
			return tagroll.RateLimit{}, sleep.For(ctx, 2*time.Second)
		})
		return tagroll.Result{Status: tagroll.StatusSuccessful, Metadata: &tagroll.Metadata{Title: "Title of " + photo.Name, Keywords: make([]string, 30)}}, err
	}
	node, err := queue.Open(b.Context(), queue.Config{DataDir: b.TempDir(), Work: work, Options: batch.Options{Concurrency: 5}})
	if err != nil {
		b.Fatal(err)
	}
	s, err := New(Config{Node: node, Prepare: prepare, Describer: tagroll.DescriberInfo{Name: "offline"}, Limits: Limits{RequestsPerMinute: -1}})
	if err != nil {
		b.Fatal(err)
	}
	server := httptest.NewServer(s)
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: streams}}
	ctx, cancel := context.WithCancel(b.Context())
	var all sync.WaitGroup
	defer func() {
		cancel()
		all.Wait()
		s.Close()
		client.CloseIdleConnections()
		server.Close()
		node.Close(ctx) // at once: ctx has ended
	}()
	get := func(ctx context.Context, path string) *http.Response {
		r, err := http.NewRequestWithContext(ctx, "GET", server.URL+path, nil)
		if err != nil {
			b.Error(err)
		}
		r.Header.Set("Authorization", "Bearer t")
		a, err := client.Do(r)
		if err != nil {
			return nil // the benchmark is over
		}
		return a
	}
	var ids []string
	for range batches {
		made, err := node.Create(ctx, queue.NewBatch{Token: hashOf("t")})
		if err != nil {
			b.Fatal(err)
		}
		ids = append(ids, made.ID)
	}
	open := make(chan struct{}, streams)
	for i := range streams {
		all.Go(func() {
			a := get(ctx, "/api/v1/batches/"+ids[i%batches]+"/events")
			open <- struct{}{}
			if a != nil {
				io.Copy(io.Discard, a.Body)
				a.Body.Close()
			}
		})
	}
	for range streams {
		<-open
	}
	for _, id := range ids {
		for i := range photos {
			p := queue.NewPhoto{Name: fmt.Sprint(i, ".jpg"), Prepared: tagroll.Prepared{Image: tagroll.Image{JPEG: make([]byte, 100_000), Width: 1024, Height: 683}}}
			if _, err := node.Add(ctx, id, p); err != nil {
				b.Fatal(err)
			}
		}
	}
	var took []time.Duration
	for b.Loop() {
		began := time.Now()
		a := get(ctx, "/api/v1/batches/"+ids[len(took)%batches])
		io.Copy(io.Discard, a.Body)
		a.Body.Close()
		took = append(took, time.Since(began))
	}
	slices.Sort(took)
	for _, p := range []int{50, 99} {
		b.ReportMetric(float64(took[len(took)*p/100].Microseconds())/1000, fmt.Sprintf("p%d-ms", p))
	}
	b.ReportMetric(float64(s.Stats().Streams), "streams")
}

// BenchmarkStreams is one round of one changed photo for all streams of a batch of 100, the
// connections aside.
func BenchmarkStreams(b *testing.B) {
	for _, streams := range []int{1, 1000} {
		b.Run(fmt.Sprint(streams), func(b *testing.B) {
			e := &script{changed: make(chan struct{}, 1), snapshot: queue.Snapshot{Batch: queue.Batch{ID: "b", Created: time.Now()}, State: queue.StateProcessing, Revision: 10}}
			for i := range 100 {
				e.snapshot.Photos = append(e.snapshot.Photos, queue.Photo{ID: fmt.Sprint("p", i), Added: time.Now(), Revision: uint64(i)})
			}
			s, err := New(Config{Node: e, Prepare: prepare, Describer: tagroll.DescriberInfo{Name: "offline"}})
			if err != nil {
				b.Fatal(err)
			}
			f := &feed{s: s, batch: "b", round: &round{snapshot: e.snapshot}, next: make(chan struct{})}
			all := make([]*stream, streams)
			for i := range all {
				w := &responseRecorder{ResponseWriter: discard{}}
				w.begin(time.Minute)
				all[i] = &stream{s: s, w: w, control: http.NewResponseController(w), batch: "b", seen: 10}
			}
			for b.Loop() { // one round of one changed photo, for all
				e.change(1)
				f.refresh(b.Context())
				now, _ := f.latest()
				for _, st := range all {
					st.round(now)
				}
			}
		})
	}
}

// discard is a connection that takes everything at once.
type discard struct{}

func (discard) Header() http.Header         { return make(http.Header) }
func (discard) WriteHeader(int)             {}
func (discard) Write(p []byte) (int, error) { return len(p), nil }
func (discard) Flush()                      {}
