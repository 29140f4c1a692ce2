package queue

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/batch"
)

// dead returns the data directory of a process that was killed at this moment: a copy of a living
// one's.
func dead(t *testing.T, n *Node) string {
	t.Helper()
	for tries := 1; ; tries++ {
		dir := t.TempDir()
		err := os.CopyFS(dir, os.DirFS(n.config.DataDir))
		if err == nil {
			return dir
		}
		// The engine renames files now and then, and the copy misses one.
		if !errors.Is(err, fs.ErrNotExist) || tries == 100 {
			t.Fatal(err)
		}
	}
}

// A process that is killed loses nothing: what is done stays done, what was in flight is tried
// again, and what was waiting is taken up, at once.
func TestKilled(t *testing.T) {
	p := newProvider()
	timing := unhurried()
	timing.lease = time.Hour // the dead process's lease lasts longer than the test
	first := startTimed(t, Config{Work: p.work(), Options: batch.Options{Concurrency: 2}}, timing)
	b := create(t, first)
	add(t, first, b, 6)
	p.underWay(t, 2)
	p.let <- nil
	p.underWay(t, 1)
	until(t, first, b, "one is done and two are in process", func(s Snapshot) bool {
		return s.Progress.Successful == 1 && s.Progress.Processing == 2
	})
	var tried []string
	second := startTimed(t, Config{DataDir: dead(t, first), Work: describing(func(_ context.Context, photo tagroll.Photo) error {
		tried = append(tried, photo.ID)
		return nil
	}), Options: batch.Options{Concurrency: 1}}, timing)
	s := until(t, second, b, "all are done", done)
	if len(tried) != 5 {
		t.Errorf("tried %v, want all but the one that was done", tried)
	}
	attempts := 0
	for _, p := range s.Photos {
		attempts += p.Calls
		if got, err := second.Image(t.Context(), b, p.ID); err != nil || !bytes.Equal(got, image(p.ID)) {
			t.Errorf("image of %s: %v", p.ID, err)
		}
	}
	if attempts != 6+2 {
		t.Errorf("%d attempts, want 8: those in flight count twice", attempts)
	}
	if s.Session != "session" || len(s.Agencies) != 1 {
		t.Errorf("%+v", s.Batch)
	}
}

// Close lets calls in flight end, and makes no new ones.
func TestCloseWaitsForCallsInFlight(t *testing.T) {
	p := newProvider()
	n := start(t, Config{Work: p.work(), Options: batch.Options{Concurrency: 2}})
	b := create(t, n)
	add(t, n, b, 5)
	p.underWay(t, 2)
	closed := make(chan error)
	go func() { closed <- n.Close(context.Background()) }()
	for n.Ready() == nil {
		runtime.Gosched()
	}
	if _, err := n.Create(t.Context(), NewBatch{Session: "s"}); !errors.Is(err, ErrUnavailable) {
		t.Errorf("a closing node takes a batch: %v", err)
	}
	p.let <- nil
	p.let <- nil
	if err := <-closed; err != nil {
		t.Error(err)
	}
	again := start(t, Config{DataDir: n.config.DataDir})
	s, err := again.Get(t.Context(), b)
	if err != nil || counts(s) != "open: 3 pending, 0 processing, 2 successful, 0 in review, 0 failed" || p.calls.Load() != 2 {
		t.Errorf("%s, %d calls, %v", counts(s), p.calls.Load(), err)
	}
}

// A Close that cannot wait ends the calls; their photos are pending, and no claim stays behind.
func TestCloseEndsCalls(t *testing.T) {
	p := newProvider()
	n := start(t, Config{Work: p.work(), Options: batch.Options{Concurrency: 2}})
	b := create(t, n)
	add(t, n, b, 3)
	p.underWay(t, 2)
	stop(t, n)
	again := start(t, Config{DataDir: n.config.DataDir, Work: instant})
	s := until(t, again, b, "all are done", done)
	if s.Progress.Calls != 5 {
		t.Errorf("%d calls, want 5", s.Progress.Calls)
	}
}

func TestDataDirectoryIsExclusive(t *testing.T) {
	n := start(t, Config{})
	if _, err := Open(t.Context(), Config{DataDir: n.config.DataDir}); !errors.Is(err, ErrLocked) {
		t.Errorf("%v", err)
	}
	stop(t, n)
	again, err := Open(t.Context(), Config{DataDir: n.config.DataDir})
	if err != nil {
		t.Fatal(err)
	}
	stop(t, again)
}

// An engine that cannot store fails at once and says why, instead of when its time to start is
// over.
func TestDirectoryThatCannotBeUsed(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "jetstream"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Open(t.Context(), Config{DataDir: dir})
	if err == nil || !strings.Contains(err.Error(), "not a directory") {
		t.Errorf("Open = %v, want an error that says that it is not a directory", err)
	}
}

func TestConfiguration(t *testing.T) {
	for name, c := range map[string]Config{
		"neither directory nor URL": {},
		"a limit of a cluster":      {URL: "nats://127.0.0.1", MaxStoreBytes: 1},
		"a certificate without key": {URL: "nats://127.0.0.1", Certificate: "c.pem"},
		"a negative limit":          {DataDir: t.TempDir(), MaxPhotos: -1},
		"replicas without cluster":  {DataDir: t.TempDir(), Replicas: 3},
	} {
		if _, err := Open(t.Context(), c); tagroll.CodeOf(err) != tagroll.CodeConfiguration {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, err := Open(t.Context(), Config{URL: "nats://127.0.0.1:1"})
	if !errors.Is(err, ErrUnavailable) || !errors.Is(err, ErrNotYet) {
		t.Errorf("a server that is not there: %v", err)
	}
}

// A data directory of a newer version is refused by name, and left as it is.
func TestNewerDataDirectory(t *testing.T) {
	for form, want := range map[string]string{"2\n": "newer version", "x": "does not name a form"} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "form"), []byte(form), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := Open(t.Context(), Config{DataDir: dir})
		if tagroll.CodeOf(err) != tagroll.CodeConfiguration || !strings.Contains(err.Error(), want) {
			t.Errorf("form %q: %v", form, err)
		}
		if _, err := os.Stat(filepath.Join(dir, "jetstream")); err == nil {
			t.Error("something was written into it")
		}
	}
}

// holds reports which files below a folder hold one of the texts.
func holds(t *testing.T, dir string, texts ...[]byte) []string {
	t.Helper()
	var found []string
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		data, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil // the engine has removed the file meanwhile
		}
		for _, text := range texts {
			if bytes.Contains(data, text) || bytes.Contains([]byte(path), text) {
				found = append(found, filepath.Base(path)+": "+string(text))
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// Nothing of a photo is in clear in the engine's files, and with the batch goes the only key to it.
func TestDeleteLeavesNothingReadable(t *testing.T) {
	n := start(t, Config{Work: instant})
	b, other := create(t, n), create(t, n)
	add(t, n, b, 5)
	if _, err := n.Add(t.Context(), b, newPhoto("holiday_in_rome")); err != nil {
		t.Fatal(err)
	}
	add(t, n, other, 1)
	until(t, n, b, "all are done", done)
	key, _, err := n.read(t.Context(), stateStream, keySubject(b))
	if err != nil || len(key) != keySize {
		t.Fatalf("%d bytes, %v", len(key), err)
	}
	if len(holds(t, n.config.DataDir, key)) == 0 {
		t.Fatal("the key is not found even now: the test looks at the wrong place")
	}
	clear := [][]byte{[]byte("IMG_p"), []byte("title"), []byte("image of"), []byte("session"), []byte("adobe"), []byte("holiday")}
	if found := holds(t, n.config.DataDir, clear...); len(found) > 0 {
		t.Errorf("in clear: %v", found)
	}
	if err := n.Delete(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	if found := holds(t, n.config.DataDir, key); len(found) > 0 {
		t.Errorf("the key is still there: %v", found)
	}
	if _, err := n.Get(t.Context(), b); !errors.Is(err, ErrNotFound) {
		t.Errorf("%v", err)
	}
	if err := n.Delete(t.Context(), b); !errors.Is(err, ErrNotFound) {
		t.Errorf("deleted twice: %v", err)
	}
	if _, err := n.Image(t.Context(), b, "p1"); !errors.Is(err, ErrNotFound) {
		t.Errorf("%v", err)
	}
	for _, stream := range []string{stateStream, imageStream, workStream} {
		info, err := n.streams[stream].Info(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		// The other batch's key, record and photo; the marker of the deleted one.
		if want := map[string]uint64{stateStream: 4, imageStream: 1}[stream]; info.State.Msgs != want {
			t.Errorf("%s holds %d messages, want %d", stream, info.State.Msgs, want)
		}
	}
	stop(t, n)
	if found := holds(t, n.config.DataDir, key); len(found) > 0 {
		t.Errorf("the key is there again: %v", found)
	}
	again := start(t, Config{DataDir: n.config.DataDir})
	if list, _ := again.List(t.Context(), "session"); len(list) != 1 || list[0].ID != other {
		t.Errorf("after a restart: %+v", list)
	}
}

// A batch is deleted while it runs: its calls end, and what they bring does not bring it back.
func TestDeleteWhileRunning(t *testing.T) {
	stubborn := make(chan struct{})
	began := make(chan string, 10)
	n := start(t, Config{Options: batch.Options{Concurrency: 2}, Work: describing(func(ctx context.Context, photo tagroll.Photo) error {
		began <- photo.ID
		<-stubborn // an answer that comes although nobody waits for it any more
		return nil
	})})
	b := create(t, n)
	add(t, n, b, 3)
	<-began
	<-began
	if err := n.Delete(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	close(stubborn)
	n.runsDone.Wait()
	if _, err := n.Get(t.Context(), b); !errors.Is(err, ErrNotFound) {
		t.Errorf("%v", err)
	}
	info, err := n.streams[stateStream].Info(t.Context())
	if err != nil || info.State.Msgs != 1 {
		t.Errorf("%d messages are left, want the marker only: %v", info.State.Msgs, err)
	}
}

// The process died in the midst of a deletion: the next one ends it.
func TestDeletionIsEnded(t *testing.T) {
	first := start(t, Config{})
	b, c := create(t, first), create(t, first)
	add(t, first, b, 2)
	add(t, first, c, 2)
	// At its first step, and after the key was erased and the marker lost.
	if _, err := first.publish(t.Context(), batchSubject(b), []byte{valueErasing}); err != nil {
		t.Fatal(err)
	}
	for _, subject := range []string{keySubject(c), batchSubject(c)} {
		if err := first.purge(t.Context(), stateStream, subject); err != nil {
			t.Fatal(err)
		}
	}
	// And a photo's image came too late for its batch.
	if _, err := first.publish(t.Context(), chunkSubject("unknown", "image", 0), []byte("late")); err != nil {
		t.Fatal(err)
	}
	timing := defaultTiming
	timing.quiet = 0
	n := startTimed(t, Config{DataDir: dead(t, first)}, timing)
	n.maintainBatches(t.Context())
	n.sweep(t.Context(), n.sweep(t.Context(), nil))
	for stream, want := range map[string]uint64{stateStream: 2, imageStream: 0, workStream: 0} {
		info, err := n.streams[stream].Info(t.Context())
		if err != nil || info.State.Msgs != want {
			t.Errorf("%s: %d messages, want %d: %v", stream, info.State.Msgs, want, err)
		}
	}
}

func TestExpiry(t *testing.T) {
	timing := unhurried()
	timing.tick = time.Hour             // the test looks after the batches itself
	var clock atomic.Pointer[time.Time] // nil while it is the machine's
	timing.now = func() time.Time {
		if set := clock.Load(); set != nil {
			return *set
		}
		return time.Now()
	}
	n := startTimed(t, Config{Work: instant, Keep: time.Hour, Idle: 2 * time.Hour}, timing)
	ended, open := create(t, n), create(t, n)
	add(t, n, ended, 1)
	add(t, n, open, 1)
	until(t, n, ended, "it is done", done)
	until(t, n, open, "it is done", done)
	s, err := n.CloseBatch(t.Context(), ended)
	if err != nil {
		t.Fatal(err)
	}
	at := func(d time.Duration) {
		now := s.Expires.Add(d)
		clock.Store(&now)
		n.maintainBatches(t.Context())
	}
	at(-time.Second)
	if _, err := n.Get(t.Context(), ended); err != nil {
		t.Fatalf("it is gone before its time: %v", err)
	}
	at(time.Second)
	if _, err := n.Get(t.Context(), ended); !errors.Is(err, ErrNotFound) {
		t.Errorf("it is still there: %v", err)
	}
	if s, err := n.Get(t.Context(), open); err != nil || s.State != StateOpen {
		t.Errorf("an open batch: %s, %v", s.State, err)
	}
	at(90 * time.Minute)
	if s, err := n.Get(t.Context(), open); err != nil || s.State != StateCompleted {
		t.Errorf("an open batch that nobody adds to: %s, %v", s.State, err)
	}
}

// Photos are taken again at the moment at which the batch expires: it stays.
func TestRetryBeatsExpiry(t *testing.T) {
	n := start(t, Config{Work: describing(func(context.Context, tagroll.Photo) error {
		return &tagroll.Error{Code: tagroll.CodeRefused, Message: "no"}
	})})
	b := create(t, n)
	add(t, n, b, 1)
	if _, err := n.CloseBatch(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	until(t, n, b, "it has failed", done)
	expired, _ := n.replica.view(b)
	if _, _, err := n.Retry(t.Context(), b, nil); err != nil {
		t.Fatal(err)
	}
	if err := n.expire(t.Context(), expired); err != nil {
		t.Fatal(err)
	}
	until(t, n, b, "it has failed again", func(s Snapshot) bool { return s.Photos[0].Calls == 2 && done(s) })
}

// The announcement of a batch's work was lost: it is made again.
func TestForgottenWorkIsFound(t *testing.T) {
	timing := defaultTiming
	timing.quiet = 0
	n := startTimed(t, Config{}, timing)
	b := create(t, n)
	add(t, n, b, 1)
	if err := n.purge(t.Context(), workStream, workSubject(b)); err != nil {
		t.Fatal(err)
	}
	stop(t, n)
	n = startTimed(t, Config{DataDir: n.config.DataDir, Work: instant}, timing)
	n.maintainBatches(t.Context())
	until(t, n, b, "it is done", done)
}

// A store that is full takes nothing more and says so; when room is made it goes on.
func TestFullStore(t *testing.T) {
	n := start(t, Config{Work: instant, MaxStoreBytes: 8 << 20})
	var batches []string
	photo := newPhoto("p")
	photo.Prepared.Image.JPEG = bytes.Repeat([]byte("x"), 500<<10)
	for range 40 {
		b := create(t, n)
		batches = append(batches, b)
		if _, err := n.Add(t.Context(), b, photo); errors.Is(err, ErrUnavailable) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
	if n.Ready() == nil || len(batches) < 10 || len(batches) > 20 {
		t.Fatalf("%d batches, ready: %v", len(batches), n.Ready())
	}
	// There is room for the results of what was accepted.
	until(t, n, batches[0], "it is done", done)
	for _, b := range batches[:5] {
		if err := n.Delete(t.Context(), b); err != nil {
			t.Fatal(err)
		}
	}
	if err := n.Ready(); err != nil {
		t.Error(err)
	}
	if _, err := n.Add(t.Context(), create(t, n), photo); err != nil {
		t.Error(err)
	}
}

// The replica's consumer is lost, and changes are made meanwhile: the replica finds out what it
// missed.
func TestMirrorIsRestored(t *testing.T) {
	n := start(t, Config{})
	b, gone := create(t, n), create(t, n)
	add(t, n, b, 3)
	changed, stopWatching := n.Watch(gone)
	defer stopWatching()
	consumers := n.streams[stateStream].ConsumerNames(t.Context())
	// What is removed without a marker can only be missed.
	for name := range consumers.Name() {
		if err := n.streams[stateStream].DeleteConsumer(t.Context(), name); err != nil {
			t.Fatal(err)
		}
	}
	for _, subject := range []string{keySubject(gone), batchSubject(gone)} {
		if err := n.purge(t.Context(), stateStream, subject); err != nil {
			t.Fatal(err)
		}
	}
	select {
	case <-changed:
	case <-time.After(patience):
		t.Fatal("the deletion is not noticed")
	}
	if _, err := n.Get(t.Context(), gone); !errors.Is(err, ErrNotFound) {
		t.Errorf("%v", err)
	}
	if _, err := n.Add(t.Context(), b, newPhoto("p4")); err != nil {
		t.Error(err)
	}
	if s, err := n.Get(t.Context(), b); err != nil || len(s.Photos) != 4 || n.Ready() != nil {
		t.Errorf("%d photos, %v, ready: %v", len(s.Photos), err, n.Ready())
	}
}
