package intake

import "testing"

// The copy that a browser made has lost what the camera wrote; the head of the original brings it
// back, and nothing else.
func TestComplete(t *testing.T) {
	original := load(t, "camera.jpg")
	copied, err := Inspect(load(t, "base.jpg"), Limits{})
	if err != nil || copied.Camera != "" {
		t.Fatalf("the copy says %+v, %v", copied, err)
	}
	whole, err := Inspect(original, Limits{})
	if err != nil || whole.Camera == "" || whole.Taken.IsZero() {
		t.Fatalf("the original says %+v, %v", whole, err)
	}
	got := Complete(copied, original[:len(original)*2/3], Limits{MaxBytes: 1, MaxPixels: 1})
	if got.Camera != whole.Camera || got.Lens != whole.Lens || !got.Taken.Equal(whole.Taken) || got.FNumber != whole.FNumber || got.ISO != whole.ISO {
		t.Errorf("completed it says %+v", got)
	}
	if got.SHA256 != copied.SHA256 || got.Bytes != copied.Bytes || got.Width != copied.Width || got.Orientation != copied.Orientation {
		t.Errorf("the head has changed what is the copy's own: %+v", got)
	}
	mine := copied
	mine.Camera = "mine"
	if got := Complete(mine, original, Limits{}); got.Camera != "mine" {
		t.Errorf("the head has replaced the camera: %q", got.Camera)
	}
	for _, head := range [][]byte{nil, {}, []byte("no photo"), original[:2], original[:30]} {
		if got := Complete(mine, head, Limits{}); got.Camera != "mine" || got.Bytes != mine.Bytes {
			t.Errorf("a head of %d bytes leads to %+v", len(head), got)
		}
	}
}
