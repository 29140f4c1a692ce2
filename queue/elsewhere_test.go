package queue

import (
	"bytes"
	"testing"
)

// A temporary image of one node is had through any other, whole; one that nobody has is not.
func TestTemporaryElsewhere(t *testing.T) {
	t.Parallel()
	servers := serve(t, 1)
	a := start(t, Config{URL: servers[0].ClientURL()})
	b := start(t, Config{URL: servers[0].ClientURL()})
	large := bytes.Repeat([]byte("0123456789"), 150_000)
	images := map[string][]byte{"LARGE": large, "SMALL": []byte("small")}
	for _, n := range []*Node{a, b} {
		mine := images
		if n == b {
			mine = nil
		}
		if err := n.ShareTemporary(func(token string) ([]byte, bool) { image, ok := mine[token]; return image, ok }); err != nil {
			t.Fatal(err)
		}
	}
	for token, want := range images {
		if got, ok := b.TemporaryElsewhere(t.Context(), token); !ok || !bytes.Equal(got, want) {
			t.Errorf("%s: %d bytes of %d, %v", token, len(got), len(want), ok)
		}
	}
	if got, ok := b.TemporaryElsewhere(t.Context(), "NONE"); ok {
		t.Errorf("an image that nobody has: %q", got)
	}
	alone := start(t, Config{DataDir: t.TempDir()})
	if err := alone.ShareTemporary(nil); err != nil {
		t.Error(err)
	}
	if _, ok := alone.TemporaryElsewhere(t.Context(), "LARGE"); ok {
		t.Error("a node without a cluster has found others")
	}
}
