package queue

import (
	"context"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/tagroll/tagroll"
)

// sketch draws a picture of its own for each motif; frames of one motif differ a little.
func sketch(motif, frame uint64) []byte {
	r, noise := rand.New(rand.NewPCG(motif, 1)), rand.New(rand.NewPCG(motif, frame))
	const blocks = tagroll.SketchSide / 4
	levels := make([]byte, blocks*blocks)
	for i := range levels {
		levels[i] = byte(20 + r.IntN(200))
	}
	s := make([]byte, tagroll.SketchSide*tagroll.SketchSide)
	for i := range s {
		y, x := i/tagroll.SketchSide, i%tagroll.SketchSide
		s[i] = levels[y/4*blocks+x/4] + byte(noise.IntN(5))
	}
	return s
}

func addSketch(t *testing.T, n *Node, b, id string, motif, frame uint64) {
	t.Helper()
	image := tagroll.Image{JPEG: []byte("small " + id), Width: 1024, Height: 683, Sketch: sketch(motif, frame)}
	if _, err := n.Add(t.Context(), b, NewPhoto{ID: id, Name: id + ".jpg", Prepared: tagroll.Prepared{Image: image}}); err != nil {
		t.Fatal(err)
	}
}

func groupsOf(s Snapshot) (groups []string) {
	for _, p := range s.Photos {
		groups = append(groups, p.Group)
	}
	return groups
}

func wantGroups(t *testing.T, n *Node, b string, want ...string) Snapshot {
	t.Helper()
	s, err := n.Get(t.Context(), b)
	if got := groupsOf(s); err != nil || !slices.Equal(got, want) {
		t.Errorf("the groups are %q (%v), want %q", got, err, want)
	}
	return s
}

// Photos that look alike carry the ID of the first of them. Whoever asks for changes hears of an
// earlier photo whose group has changed, and the node knows the photos of before a restart.
func TestGroups(t *testing.T) {
	dir := t.TempDir()
	n := start(t, Config{DataDir: dir})
	s, err := n.Create(t.Context(), NewBatch{Session: "session"})
	if err != nil {
		t.Fatal(err)
	}
	addSketch(t, n, s.ID, "fox", 1, 1)
	addSketch(t, n, s.ID, "owl", 2, 1)
	before := wantGroups(t, n, s.ID, "", "")
	addSketch(t, n, s.ID, "fox2", 1, 2)
	after := wantGroups(t, n, s.ID, "fox", "", "fox")
	if p := after.Photos; p[0].Changed() <= before.Revision || p[0].Revision > before.Revision || p[1].Changed() > before.Revision {
		t.Errorf("revisions before %d, after: %d/%d, %d/%d", before.Revision, p[0].Revision, p[0].Changed(), p[1].Revision, p[1].Changed())
	}
	if err := n.Close(context.Background()); err != nil {
		t.Fatal(err)
	}

	n = start(t, Config{DataDir: dir})
	wantGroups(t, n, s.ID, "fox", "", "fox")
	addSketch(t, n, s.ID, "owl2", 2, 2)
	addSketch(t, n, s.ID, "fox3", 1, 3)
	wantGroups(t, n, s.ID, "fox", "owl", "fox", "owl", "fox")
	if err := n.RemovePhoto(t.Context(), s.ID, "owl"); err != nil {
		t.Fatal(err)
	}
	wantGroups(t, n, s.ID, "fox", "fox", "", "fox")
}

// The work on a photo sees its sketch.
func TestWorkHasTheSketch(t *testing.T) {
	seen := make(chan []byte, 1)
	n := start(t, Config{Work: func(ctx context.Context, b Batch, p tagroll.Photo, prepared tagroll.Prepared, a tagroll.Attempt) (tagroll.Result, error) {
		seen <- prepared.Image.Sketch
		return instant(ctx, b, p, prepared, a)
	}})
	s, err := n.Create(t.Context(), NewBatch{Session: "session"})
	if err != nil {
		t.Fatal(err)
	}
	addSketch(t, n, s.ID, "fox", 1, 1)
	if got := <-seen; !slices.Equal(got, sketch(1, 1)) {
		t.Errorf("the sketch has %d fields", len(got))
	}
}
