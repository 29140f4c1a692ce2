package queue

import "testing"

// Where the images cannot be removed now, as on a full disk, a batch is deleted all the same: its
// key goes, and nothing of it can be read.
func TestDeleteWithoutRoom(t *testing.T) {
	n := start(t, Config{})
	b := create(t, n)
	add(t, n, b, 1)
	if err := n.js.DeleteStream(t.Context(), imageStream); err != nil {
		t.Fatal(err)
	}
	if err := n.Delete(t.Context(), b); err != nil {
		t.Errorf("it cannot be deleted: %v", err)
	}
	if !n.isErased(t.Context(), b) {
		t.Error("its key is still there")
	}
	if _, err := n.Get(t.Context(), b); err == nil {
		t.Error("it is still shown")
	}
}
