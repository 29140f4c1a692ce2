package queue

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestSecretStays(t *testing.T) {
	dir := t.TempDir()
	n := start(t, Config{DataDir: dir})
	first, err := n.Secret(t.Context())
	if err != nil || len(first) != 32 {
		t.Fatalf("%d bytes, %v", len(first), err)
	}
	stop(t, n)
	n = start(t, Config{DataDir: dir})
	if again, err := n.Secret(t.Context()); err != nil || !bytes.Equal(again, first) {
		t.Errorf("after a restart another one: %v", err)
	}
	if list := n.replica.remains(0, 0); len(list) != 0 {
		t.Errorf("it is taken for what is left of a batch: %v", list)
	}
}

// A disk that returns other bytes than were written costs what they held, and nothing else, and it
// is said.
func TestDamageIsCounted(t *testing.T) {
	dir := t.TempDir()
	n := start(t, Config{DataDir: dir})
	b := create(t, n)
	add(t, n, b, 5)
	stop(t, n)
	blocks, err := filepath.Glob(filepath.Join(dir, "jetstream", "*", "streams", imageStream, "msgs", "*.blk"))
	if err != nil || len(blocks) == 0 {
		t.Fatalf("%v, %v", blocks, err)
	}
	for _, block := range blocks {
		data, err := os.ReadFile(block)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(block, data[:len(data)/2], 0o600); err != nil {
			t.Fatal(err)
		}
	}
	index, _ := filepath.Glob(filepath.Join(dir, "jetstream", "*", "streams", imageStream, "msgs", "index.db"))
	for _, file := range index {
		if err := os.Remove(file); err != nil {
			t.Fatal(err)
		}
	}
	n = start(t, Config{DataDir: dir})
	timeout := time.After(patience)
	for n.damage.Load() == nil {
		select {
		case <-timeout:
			t.Fatal("the store was not looked at")
		case <-time.After(10 * time.Millisecond):
		}
	}
	d := n.Stats().Damage
	if d.Images == 0 || d.Images == 5 {
		t.Errorf("%+v", d)
	}
	if s, err := n.Get(t.Context(), b); err != nil || len(s.Photos) != 5 {
		t.Errorf("the batch: %+v, %v", s, err)
	}
}

// What the engine cannot miss, since the end of its file is gone, is counted all the same; and so
// is what is left of it.
func TestLostChangesAreCounted(t *testing.T) {
	dir := t.TempDir()
	n := start(t, Config{DataDir: dir})
	create(t, n)
	b := create(t, n)
	add(t, n, b, 5)
	stop(t, n)
	state := filepath.Join(dir, "jetstream", "$G", "streams", stateStream, "msgs")
	entries, err := os.ReadDir(state)
	if err != nil || len(entries) == 0 {
		t.Fatalf("%v, %v", entries, err)
	}
	for _, file := range entries {
		if err := os.Remove(filepath.Join(state, file.Name())); err != nil {
			t.Fatal(err)
		}
	}
	n = start(t, Config{DataDir: dir})
	if n.lost < 7 {
		t.Errorf("%d changes are counted as lost", n.lost)
	}
	b = create(t, n)
	stop(t, n)
	n = start(t, Config{DataDir: dir})
	if _, err := n.Get(t.Context(), b); err != nil || n.lost != 0 {
		t.Errorf("after the next start: %v, %d changes lost", err, n.lost)
	}
}

// The leases of a process that is gone count no more, whatever is left of their file.
func TestDamagedLeases(t *testing.T) {
	dir := t.TempDir()
	n := start(t, Config{DataDir: dir, Work: instant})
	add(t, n, create(t, n), 1)
	stop(t, n)
	leases := filepath.Join(dir, "jetstream", "$G", "streams", workStream, "obs", workers)
	if err := os.MkdirAll(leases, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(leases, "o.dat"), []byte("no leases"), 0o600); err != nil {
		t.Fatal(err)
	}
	n = start(t, Config{DataDir: dir, Work: instant})
	b := create(t, n)
	add(t, n, b, 1)
	until(t, n, b, "it is done", done)
}
