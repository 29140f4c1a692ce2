package queue

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/tagroll/tagroll"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// start opens a node that is closed with its test.
func start(t *testing.T, c Config) *Node {
	t.Helper()
	return startTimed(t, c, unhurried())
}

// unhurried is the timing of tests that no machine is too slow for: where production gives up after
// seconds, they wait for minutes.
func unhurried() timing {
	t := defaultTiming
	t.open, t.connect, t.create, t.write = longest, patience, patience, patience
	t.elsewhere, t.farewell = 5*time.Second, 5*time.Second
	return t
}

func startTimed(t *testing.T, c Config, timing timing) *Node {
	t.Helper()
	if c.DataDir == "" && c.URL == "" {
		c.DataDir = t.TempDir()
	}
	n, err := open(t.Context(), c, timing)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(t, n) })
	return n
}

// stop closes a node without waiting for what is in flight.
func stop(t *testing.T, n *Node) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := n.Close(ctx); err != nil {
		t.Error(err)
	}
}

// describing is work with one paid call.
func describing(call func(ctx context.Context, photo tagroll.Photo) error) Work {
	return func(ctx context.Context, _ Batch, photo tagroll.Photo, prepared tagroll.Prepared, attempt tagroll.Attempt) (tagroll.Result, error) {
		err := attempt.Call(ctx, tagroll.Estimate{}, func(ctx context.Context) (tagroll.RateLimit, error) {
			return tagroll.RateLimit{}, call(ctx, photo)
		})
		return tagroll.Result{
			Facts:    prepared.Facts,
			Metadata: &tagroll.Metadata{Title: "title of " + photo.Name, Keywords: []string{fmt.Sprint(len(prepared.Image.JPEG), " bytes")}},
			Usage:    tagroll.Usage{InputTokens: 7, CostUSD: 0.001},
		}, err
	}
}

// instant describes at once.
var instant = describing(func(context.Context, tagroll.Photo) error { return nil })

// create makes a batch.
func create(t *testing.T, n *Node) string {
	t.Helper()
	s, err := n.Create(t.Context(), NewBatch{Session: "session", Agencies: []string{"adobe-stock"}})
	if err != nil {
		t.Fatal(err)
	}
	return s.ID
}

// add adds photos p1, p2, ... with images of their own.
func add(t *testing.T, n *Node, b string, photos int) {
	t.Helper()
	for i := range photos {
		id := fmt.Sprintf("p%d", i+1)
		if _, err := n.Add(t.Context(), b, newPhoto(id)); err != nil {
			t.Fatal(err)
		}
	}
}

func newPhoto(id string) NewPhoto {
	return NewPhoto{ID: id, Name: "IMG_" + id + ".jpg", Bytes: 12345, Prepared: tagroll.Prepared{
		Facts: tagroll.Facts{Format: tagroll.FormatJPEG, Title: "a title in the file"},
		Image: tagroll.Image{JPEG: image(id), Width: 30, Height: 20},
	}}
}

func image(id string) []byte { return bytes.Repeat([]byte("image of "+id+". "), 100) }

// How long a test waits: patience without any change, and longest in all. A machine on which
// everything is slow reaches neither.
const (
	patience = time.Minute
	longest  = 5 * time.Minute
)

// until waits until the batch is as wanted. It fails when the batch does not change any more.
func until(t *testing.T, n *Node, b string, what string, wanted func(Snapshot) bool) Snapshot {
	t.Helper()
	changed, stop := n.Watch(b)
	defer stop()
	idle, over := time.NewTimer(patience), time.NewTimer(longest)
	defer idle.Stop()
	defer over.Stop()
	var last uint64
	for {
		s, err := n.Get(t.Context(), b)
		if err != nil {
			t.Fatalf("waiting until %s: %v", what, err)
		}
		if wanted(s) {
			return s
		}
		if s.Revision != last {
			last = s.Revision
			idle.Reset(patience)
		}
		select {
		case <-changed:
			continue
		case <-idle.C:
		case <-over.C:
		}
		for _, p := range s.Photos {
			if p.Result != nil && p.Result.Error != nil {
				t.Logf("%s: %+v", p.Name, p.Result.Error)
			}
		}
		t.Fatalf("waited in vain until %s: %s", what, counts(s))
	}
}

// logged is the log of a node, which a test that fails shows.
func logged(t *testing.T, node string) *slog.Logger {
	t.Helper()
	text := new(nodeLog)
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the log of node %s:\n%s", node, text.String())
		}
	})
	return slog.New(slog.NewTextHandler(text, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

// nodeLog is a buffer for several goroutines.
type nodeLog struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *nodeLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *nodeLog) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func done(s Snapshot) bool { return s.Progress.Total > 0 && s.Progress.Completed == s.Progress.Total }

func TestBatch(t *testing.T) {
	n := start(t, Config{Work: instant})
	b := create(t, n)
	add(t, n, b, 12)
	s := until(t, n, b, "all are done", done)
	if s.State != StateOpen {
		t.Errorf("state %s", s.State)
	}
	s, err := n.CloseBatch(t.Context(), b)
	if err != nil {
		t.Fatal(err)
	}
	if s.State != StateCompleted || s.Progress.Successful != 12 || s.Ended.IsZero() || !s.Expires.Equal(s.Ended.Add(time.Hour)) {
		t.Errorf("%+v", s)
	}
	for i, p := range s.Photos {
		if p.ID != fmt.Sprintf("p%d", i+1) || p.Order != i+1 || p.State != PhotoSuccessful || p.Calls != 1 || p.Result.Metadata.Title != "title of IMG_"+p.ID+".jpg" {
			t.Errorf("%+v", p)
		}
		got, err := n.Image(t.Context(), b, p.ID)
		if err != nil || !bytes.Equal(got, image(p.ID)) {
			t.Errorf("image of %s: %v", p.ID, err)
		}
	}
}
