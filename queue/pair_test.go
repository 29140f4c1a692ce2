package queue

import (
	"context"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tagroll/tagroll"
)

// shot is a file of a photo, with the time that its camera says.
func shot(name string, taken time.Time) NewPhoto {
	format := tagroll.FormatJPEG
	if strings.HasSuffix(name, ".CR2") {
		format = tagroll.FormatRAW
	}
	return NewPhoto{ID: "id-" + strings.ReplaceAll(name, ".", "-"), Name: name, Bytes: int64(len(name)), Prepared: tagroll.Prepared{
		Facts: tagroll.Facts{Format: format, SHA256: "hash of " + name, Taken: taken},
		Image: tagroll.Image{JPEG: image(name), Width: 30, Height: 20},
	}}
}

// brokenShot is a file that could not be read.
func brokenShot(name string) NewPhoto {
	p := shot(name, time.Time{})
	p.Prepared.Image = tagroll.Image{}
	p.Err = &tagroll.Error{Code: tagroll.CodeUnsupportedFormat, Message: "no preview"}
	return p
}

var noon = time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)

// counting is work that counts its paid calls.
func counting(calls *atomic.Int64, wait <-chan struct{}) Work {
	return describing(func(ctx context.Context, _ tagroll.Photo) error {
		calls.Add(1)
		if wait != nil {
			select {
			case <-wait:
			case <-ctx.Done():
			}
		}
		return nil
	})
}

func mustAdd(t *testing.T, n *Node, b string, p NewPhoto) Photo {
	t.Helper()
	added, err := n.Add(t.Context(), b, p)
	if err != nil {
		t.Fatal(err)
	}
	return added
}

// wantPair fails unless a batch has one photo, with the JPEG's name and facts, whose partner is the
// RAW file.
func wantPair(t *testing.T, s Snapshot) {
	t.Helper()
	if len(s.Photos) != 1 {
		t.Fatalf("there are %d photos", len(s.Photos))
	}
	p := s.Photos[0]
	if p.Name != "IMG_1.JPG" || !slices.Equal(p.Partners, []string{"IMG_1.CR2"}) || p.Facts.SHA256 != "hash of IMG_1.JPG" || p.Bytes != 9 {
		t.Errorf("%+v", p)
	}
	if r := p.Result; r != nil && (r.Photo.Name != "IMG_1.JPG" || r.Facts.Format != tagroll.FormatJPEG || !slices.Equal(r.Photo.Partners, p.Partners)) {
		t.Errorf("the result is for %+v, %+v", r.Photo, r.Facts)
	}
}

// A RAW file and its JPEG are one photo and one call, whichever came first, whether the first was
// described already when the second came or is on its way, and after a restart.
func TestPairs(t *testing.T) {
	raw, jpeg := shot("IMG_1.CR2", noon), shot("IMG_1.JPG", noon.Add(time.Second-2*time.Hour))
	for name, order := range map[string][2]NewPhoto{"RAW first": {raw, jpeg}, "JPEG first": {jpeg, raw}} {
		for _, when := range []string{"pending", "under way", "described"} {
			t.Run(name+", "+when, func(t *testing.T) {
				var calls atomic.Int64
				goOn, dir := make(chan struct{}), t.TempDir()
				c := Config{DataDir: dir, Work: counting(&calls, goOn)}
				if when == "pending" {
					c.Work = nil
				}
				n := start(t, c)
				b := create(t, n)
				first := mustAdd(t, n, b, order[0])
				switch when {
				case "under way":
					until(t, n, b, "it is under way", func(s Snapshot) bool { return s.Progress.Processing == 1 })
				case "described":
					close(goOn)
					until(t, n, b, "it is described", done)
				}
				before, err := n.Get(t.Context(), b)
				if err != nil {
					t.Fatal(err)
				}
				second := mustAdd(t, n, b, order[1])
				if again := mustAdd(t, n, b, order[1]); second.ID != first.ID || again.ID != first.ID {
					t.Errorf("the second is %s, and again %s", second.ID, again.ID)
				}
				if after, _ := n.Get(t.Context(), b); after.Photos[0].Changed() <= before.Photos[0].Changed() {
					t.Error("who asks for changes does not hear of the second file")
				}
				switch when {
				case "pending":
					stop(t, n)
					close(goOn)
					c.Work = counting(&calls, nil)
					n = start(t, c)
				case "under way":
					close(goOn)
				}
				wantPair(t, until(t, n, b, "it is described", done))
				if calls.Load() != 1 {
					t.Errorf("%d calls were paid for", calls.Load())
				}
				if image, err := n.Image(t.Context(), b, first.ID); err != nil || len(image) == 0 {
					t.Errorf("its image: %v", err)
				}
				if _, err := n.Edit(t.Context(), b, first.ID, 0, func(r *tagroll.Result) error { r.Metadata.Title = "Edited"; return nil }); err != nil {
					t.Error(err)
				}
				s, err := n.Get(t.Context(), b)
				if err != nil || s.Photos[0].Result.Metadata.Title != "Edited" {
					t.Errorf("%v %+v", err, s.Photos)
				}
				wantPair(t, s)
			})
		}
	}
}

// Files of one name are photos of their own where their cameras name other times, and where neither
// is a RAW file.
func TestNoPairs(t *testing.T) {
	n := start(t, Config{Work: instant})
	b := create(t, n)
	mustAdd(t, n, b, shot("IMG_1.CR2", noon))
	mustAdd(t, n, b, shot("IMG_1.JPG", noon.Add(7*time.Minute)))
	mustAdd(t, n, b, shot("IMG_2.PNG", noon))
	mustAdd(t, n, b, shot("IMG_2.JPG", noon))
	mustAdd(t, n, b, shot("IMG_3.CR2", noon))
	mustAdd(t, n, b, shot("IMG_3-2.JPG", noon))
	if s := until(t, n, b, "all are described", done); len(s.Photos) != 6 {
		t.Errorf("there are %d photos", len(s.Photos))
	}
	// Of several the one counts that is sold.
	if p := mustAdd(t, n, b, shot("IMG_2.CR2", noon)); p.Name != "IMG_2.JPG" {
		t.Errorf("the RAW file belongs to %s", p.Name)
	}
}

// A RAW file that cannot be read makes way for its JPEG, and a JPEG that cannot be read stands for
// nothing.
func TestBrokenPairs(t *testing.T) {
	n := start(t, Config{Work: instant})
	b := create(t, n)
	mustAdd(t, n, b, brokenShot("IMG_1.CR2"))
	mustAdd(t, n, b, shot("IMG_1.JPG", noon))
	s := until(t, n, b, "it is described", func(s Snapshot) bool { return s.Progress.Successful == 1 })
	wantPair(t, s)
	if len(s.Removed) != 1 || s.Removed[0].ID != "id-IMG_1-CR2" {
		t.Errorf("who has seen the failed photo does not hear that it is gone: %+v", s.Removed)
	}
	mustAdd(t, n, b, shot("IMG_2.JPG", noon))
	if p := mustAdd(t, n, b, brokenShot("IMG_2.CR2")); p.Name != "IMG_2.JPG" {
		t.Errorf("the RAW file without a preview is %s", p.Name)
	}
	mustAdd(t, n, b, brokenShot("IMG_3.JPG"))
	if p := mustAdd(t, n, b, shot("IMG_3.CR2", noon)); p.Name != "IMG_3.CR2" {
		t.Errorf("the RAW file of a broken JPEG is %s", p.Name)
	}
}

// A photo is removed with all of its files, and can be added again.
func TestRemovePair(t *testing.T) {
	dir := t.TempDir()
	n := start(t, Config{DataDir: dir})
	b := create(t, n)
	raw, jpeg := shot("IMG_1.CR2", noon), shot("IMG_1.JPG", noon)
	first := mustAdd(t, n, b, raw)
	mustAdd(t, n, b, jpeg)
	if err := n.RemovePhoto(t.Context(), b, jpeg.ID); err != nil {
		t.Fatal(err)
	}
	if s, err := n.Get(t.Context(), b); err != nil || len(s.Photos) != 0 {
		t.Errorf("%v, %+v", err, s.Photos)
	}
	if p := mustAdd(t, n, b, jpeg); p.ID != jpeg.ID || p.Name != jpeg.Name || len(p.Partners) != 0 {
		t.Errorf("%+v", p)
	}
	if p := mustAdd(t, n, b, raw); p.ID != jpeg.ID || first.ID != raw.ID {
		t.Errorf("%+v", p)
	}
	stop(t, n)
	n = start(t, Config{DataDir: dir})
	s, err := n.Get(t.Context(), b)
	if err != nil {
		t.Fatal(err)
	}
	wantPair(t, s)
}
