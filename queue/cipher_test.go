package queue

import (
	"bytes"
	"testing"

	"github.com/tagroll/tagroll/progress"
)

func TestSeal(t *testing.T) {
	s, err := newBatchCipher(newKey())
	if err != nil {
		t.Fatal(err)
	}
	stored := s.seal("subject", []byte("a value"))
	if bytes.Contains(stored, []byte("a value")) {
		t.Error("in clear")
	}
	if got, err := s.open("subject", stored); err != nil || string(got) != "a value" {
		t.Errorf("%q, %v", got, err)
	}
	if _, err := s.open("another", stored); err == nil {
		t.Error("a value has changed places")
	}
	for i := range stored {
		damaged := bytes.Clone(stored)
		damaged[i] ^= 1
		if _, err := s.open("subject", damaged); err == nil {
			t.Errorf("damaged at %d, and opened", i)
		}
		if _, err := s.open("subject", stored[:i]); err == nil {
			t.Errorf("cut at %d, and opened", i)
		}
	}
	other, _ := newBatchCipher(newKey())
	if _, err := other.open("subject", stored); err == nil {
		t.Error("opened with another key")
	}
	names := map[string]bool{s.name("a.jpg"): true, s.name("b.jpg"): true, other.name("a.jpg"): true}
	if len(names) != 3 || !names[s.name("a.jpg")] {
		t.Error("names of photos tell something, or are not stable")
	}
}

// Whatever a cluster delivers, the replica stays whole: views can be had, and deletions work.
func FuzzMirror(f *testing.F) {
	key := bytes.Repeat([]byte{7}, keySize)
	f.Add("tagroll.key.b", key, uint64(1))
	f.Add("tagroll.batch.b", []byte{valueErasing}, uint64(2))
	f.Add("tagroll.batch.b", []byte(`{"session":"s"}`), uint64(2))
	f.Add("tagroll.photo.b.p", []byte(`{"id":"p","state":"successful"}`), uint64(3))
	f.Add("tagroll.photo.b.p", []byte(`{"id":"p","state":"processing","result":{}}`), uint64(3))
	f.Add("tagroll.", []byte{}, uint64(0))
	f.Fuzz(func(t *testing.T, subject string, value []byte, rev uint64) {
		m := newReplica(func(string, error) {})
		s, _ := newBatchCipher(key)
		m.rewind()
		m.apply("tagroll.key.b", key, 1)
		m.apply("tagroll.batch.b", s.seal("tagroll.batch.b", []byte(`{"session":"s","closed":"2026-01-01T00:00:00Z"}`)), 2)
		m.apply(subject, value, rev)
		// A trusted node of another version may write the same.
		m.apply(subject, s.seal(subject, value), rev)
		m.apply("tagroll.photo.b.p", s.seal("tagroll.photo.b.p", []byte(`{"id":"p","state":"pending","order":1}`)), 3)
		m.catchUp(2)
		for _, v := range m.views("") {
			p := v.counter.At(progress.Moment{Total: len(v.photos), Began: v.began})
			if p.Completed+p.Processing > len(v.photos) || p.Completed+v.unfinished() != len(v.photos) {
				t.Errorf("%d photos, %+v", len(v.photos), p)
			}
		}
		m.apply("tagroll.batch.b", []byte{valueGone}, 1<<63)
		if _, ok := m.view("b"); ok {
			t.Error("deleted, and still there")
		}
	})
}
