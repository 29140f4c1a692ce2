package pipeline_test

import (
	"testing"

	"github.com/tagroll/tagroll"
)

// Results for images of another form are not each other's.
func TestIdentity(t *testing.T) {
	identity := func(image string, photo tagroll.Photo) string {
		s := new(stage)
		c := s.config(&describer{stage: s})
		c.ImageVersion = image
		return build(t, c).Identity(photo)
	}
	plain, small := identity("", photo("1")), identity("side 512", photo("1"))
	if plain == small || small == identity("side 768", photo("1")) {
		t.Error("photos in another size have the same identity")
	}
	if small != identity("side 512", photo("2")) {
		t.Error("the identity depends on the photo")
	}
	if inContext := (tagroll.Photo{ID: "1", Name: "1.jpg", Context: "Rome"}); small == identity("side 512", inContext) {
		t.Error("the identity does not depend on the folder's context")
	}
}
