package telemetry

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/internal/otlp"
	"github.com/tagroll/tagroll/internal/prom"
	"github.com/tagroll/tagroll/queue"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// newTelemetry returns telemetry whose spans end up in memory, and those that have been exported
// after a Close.
func newTelemetry(t *testing.T) (*Telemetry, *keeping) {
	t.Helper()
	spans := &keeping{}
	tel, err := New(t.Context(), Config{Version: "1.2.3", exporter: spans})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { closeNow(t, tel) })
	return tel, spans
}

// keeping keeps spans in place of sending them.
type keeping struct {
	mu    sync.Mutex
	spans []*otlp.Span
}

func (k *keeping) export(_ context.Context, t otlp.Traces) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.spans = append(k.spans, t.Spans...)
	return nil
}

func (k *keeping) shutdown() {}

// kept returns the spans by their names.
func (k *keeping) kept() map[string]*otlp.Span {
	k.mu.Lock()
	defer k.mu.Unlock()
	named := make(map[string]*otlp.Span)
	for _, s := range k.spans {
		named[s.Name] = s
	}
	return named
}

func closeNow(t *testing.T, tel *Telemetry) {
	t.Helper()
	if err := tel.Close(context.WithoutCancel(t.Context())); err != nil {
		t.Error(err)
	}
}

// model is a remote describer that answers as it is told.
type model struct {
	answer tagroll.Answer
	err    error
	calls  atomic.Int64
	// stalled, if set, is told of each call, which then lasts until its context ends.
	stalled chan struct{}
	panics  bool
}

func (m *model) Info() tagroll.DescriberInfo {
	return tagroll.DescriberInfo{Name: "openai", Model: "gpt-5-nano", Prompt: "7", Remote: true, Identity: "gpt-5-nano 7"}
}

func (m *model) Describe(ctx context.Context, r tagroll.Request) (tagroll.Answer, error) {
	ended := func() (tagroll.Answer, error) {
		return tagroll.Answer{}, &tagroll.Error{Code: tagroll.CodeOf(ctx.Err()), Stage: tagroll.StageDescribe,
			Message: "the call has ended", Err: errors.Join(ctx.Err(), context.Cause(ctx))}
	}
	if ctx.Err() != nil {
		return ended()
	}
	m.calls.Add(1)
	if m.panics {
		panic("a defect")
	}
	if m.stalled != nil {
		m.stalled <- struct{}{}
		<-ctx.Done()
		return ended()
	}
	return m.answer, m.err
}

var goodAnswer = tagroll.Answer{
	Metadata: tagroll.Metadata{Title: "Secret title", Keywords: []string{"secretkeyword"}, Category: "Animals"},
	Raw:      `{"title":"Secret title"}`,
	Usage:    tagroll.Usage{InputTokens: 1500, CachedTokens: 1000, OutputTokens: 80, CostUSD: 0.25, Tier: "flex"},
}

// engine is a node with figures.
type engine struct {
	stats queue.Stats
	err   error
}

func (e *engine) Stats() queue.Stats { return e.stats }
func (e *engine) Ready() error       { return e.err }

var busyEngine = engine{stats: queue.Stats{
	Batches:     map[queue.State]int{queue.StateOpen: 1, queue.StateProcessing: 2, queue.StateCompleted: 0, queue.StateCancelled: 0},
	Photos:      map[queue.PhotoState]int{queue.PhotoPending: 7, queue.PhotoProcessing: 5},
	StoredBytes: 1 << 20, QueueAge: 90 * time.Second, Running: 2, InProcess: 5, Lag: 20 * time.Millisecond,
	Works:   true,
	Limiter: tagroll.LimiterState{PausedFor: 9 * time.Second, PausedBy: tagroll.PausedByProvider, Waiting: 3, Window: 12, CallsPerMinute: 60, ReservedUSD: 0.25},
}}

// exercise makes everything that is counted happen once.
func exercise(t *testing.T, tel *Telemetry) {
	t.Helper()
	tel.Watch(&busyEngine)
	tel.WatchServer(func() ServerStats {
		return ServerStats{EventStreams: 3, Uploads: 2, UploadBytes: 4096, Preparing: 1, Refused: map[string]uint64{"photos": 4}}
	})
	ctx := t.Context()
	_, ended := tel.Prepare(ctx)
	ended(&tagroll.Error{Code: tagroll.CodeCorruptImage})
	d := tel.Describer(&model{answer: goodAnswer})
	p := tel.Publisher(urls{})
	work := tel.Work(func(ctx context.Context, _ queue.Batch, photo tagroll.Photo, _ tagroll.Prepared, _ tagroll.Attempt) (tagroll.Result, error) {
		_, ended := tel.Stage(ctx, photo, tagroll.StagePublish)
		publication, err := p.Publish(ctx, tagroll.Image{})
		ended(err)
		defer publication.Revoke()
		below, ended := tel.Stage(ctx, photo, tagroll.StageDescribe)
		_, err = d.Describe(below, tagroll.Request{URL: publication.URL})
		ended(err)
		_, ended = tel.Stage(ctx, photo, tagroll.StageValidate)
		err = &tagroll.Error{Code: tagroll.CodeInvalidAnswer, Message: "the title names a brand"}
		ended(err)
		return tagroll.Result{Status: tagroll.StatusNeedsReview}, err
	})
	if _, err := work(ctx, queue.Batch{ID: "batch1"}, tagroll.Photo{ID: "photo1", Name: "secret.jpg"}, tagroll.Prepared{}, tagroll.Attempt{}); err == nil {
		t.Error("the decorator has lost an error")
	}
	tel.HTTP("/api/v1/batches/{id}", "GET", 200, 3*time.Millisecond)
	tel.HTTP("", "BREW", 404, time.Millisecond)
}

// urls publishes at addresses that nobody serves. Its second revocation fails.
type urls struct{}

func (urls) Publish(context.Context, tagroll.Image) (tagroll.Publication, error) {
	revoked := 0
	return tagroll.Publication{URL: "https://photos.example/t/secret", Revoke: func() error {
		if revoked++; revoked > 1 {
			return errors.New("the disk is gone")
		}
		return nil
	}}, nil
}

// gather returns every sample by its name and labels, as name{label="value"}; histograms by their
// count.
func gather(t *testing.T, tel *Telemetry) map[string]float64 {
	t.Helper()
	samples := make(map[string]float64)
	for _, f := range tel.registry.Gather() {
		for _, sample := range f.Samples {
			if sample.Suffix == "" || sample.Suffix == "_count" {
				samples[f.Name+labels(sample.Labels)] = sample.Value
			}
		}
	}
	return samples
}

func labels(pairs []prom.Label) string {
	var texts []string
	for _, p := range pairs {
		texts = append(texts, p.Name+"="+p.Value)
	}
	if texts == nil {
		return ""
	}
	return "{" + strings.Join(texts, ",") + "}"
}

// expect checks some of the samples.
func expect(t *testing.T, tel *Telemetry, want map[string]float64) {
	t.Helper()
	got := gather(t, tel)
	for _, name := range slices.Sorted(maps.Keys(want)) {
		value, ok := got[name]
		if !ok || value != want[name] {
			t.Errorf("%s is %v, want %v (there: %v)", name, value, want[name], ok)
		}
	}
}
