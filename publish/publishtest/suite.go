// Package publishtest holds the suite that every [tagroll.Publisher] passes.
package publishtest

import (
	"bytes"
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/tagroll/tagroll"
)

// Subject is a publisher under test and the ways to look at what it does.
type Subject struct {
	Publisher tagroll.Publisher
	// Fetch returns what a provider finds at a URL; ok is false if it finds nothing.
	Fetch func(url string) (content []byte, ok bool)
	// Stored returns how many images are stored somewhere. Nil if none ever is.
	Stored func() int
}

// Test runs the suite. Each call of open returns a publisher that has published nothing yet.
func Test(t *testing.T, open func(t *testing.T) Subject) {
	for _, test := range []struct {
		name string
		run  func(*testing.T, Subject)
	}{
		{"the URL yields the very bytes", testBytes},
		{"every publication has a URL of its own", testOwnURL},
		{"the publisher keeps no hold of the image", testReuse},
		{"revoking ends the URL and removes the image", testRevoke},
		{"revoking again does no harm", testRevokeAgain},
		{"revoking works after the context has ended", testRevokeLate},
		{"an ended context publishes nothing", testCancelled},
		{"many at once", testConcurrent},
	} {
		t.Run(test.name, func(t *testing.T) { test.run(t, open(t)) })
	}
}

// Image returns an image of the given number of bytes; different n give different bytes.
// A publisher looks at no pixel, so that nothing but the beginning is a JPEG's.
func Image(n, size int) tagroll.Image {
	content := make([]byte, size)
	for i := range content {
		content[i] = byte(i*7 + i>>8 + n*31)
	}
	copy(content, "\xff\xd8\xff")
	return tagroll.Image{JPEG: content, Width: 3, Height: 2}
}

func testBytes(t *testing.T, s Subject) {
	for _, size := range []int{4, 1000, 300_000} {
		image := Image(1, size)
		p := publish(t, s, image)
		s.yields(t, p.URL, image.JPEG)
		s.yields(t, p.URL, image.JPEG) // a provider may come twice
		revoke(t, p)
	}
}

func testOwnURL(t *testing.T, s Subject) {
	image := Image(1, 100)
	first, second := publish(t, s, image), publish(t, s, image)
	if first.Inline {
		revoke(t, first)
		revoke(t, second)
		return // the URL is the image
	}
	if first.URL == second.URL {
		t.Errorf("two publications have the same URL %s", first.URL)
	}
	revoke(t, first)
	s.yields(t, second.URL, image.JPEG)
	revoke(t, second)
}

func testReuse(t *testing.T, s Subject) {
	image := Image(1, 1000)
	want := bytes.Clone(image.JPEG)
	p := publish(t, s, image)
	if !bytes.Equal(image.JPEG, want) {
		t.Error("Publish changed the image")
	}
	clear(image.JPEG)
	s.yields(t, p.URL, want)
	revoke(t, p)
}

func testRevoke(t *testing.T, s Subject) {
	p := publish(t, s, Image(1, 1000))
	if s.Stored != nil && s.Stored() != 1 {
		t.Errorf("%d images are stored, want 1", s.Stored())
	}
	revoke(t, p)
	s.yieldsNothing(t, p)
}

func testRevokeAgain(t *testing.T, s Subject) {
	other := publish(t, s, Image(2, 1000))
	p := publish(t, s, Image(1, 1000))
	for range 3 {
		revoke(t, p)
	}
	s.yields(t, other.URL, Image(2, 1000).JPEG)
	revoke(t, other)
	s.yieldsNothing(t, p)
}

func testRevokeLate(t *testing.T, s Subject) {
	ctx, cancel := context.WithCancel(t.Context())
	image := Image(1, 1000)
	p, err := s.Publisher.Publish(ctx, image)
	if err != nil {
		cancel()
		t.Fatal(err)
	}
	cancel()
	// The caller ends a publication, not the context.
	s.yields(t, p.URL, image.JPEG)
	revoke(t, p)
	s.yieldsNothing(t, p)
}

func testCancelled(t *testing.T, s Subject) {
	cause := errors.New("publishtest: stop")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(cause)
	p, err := s.Publisher.Publish(ctx, Image(1, 1000))
	if !errors.Is(err, cause) {
		t.Errorf("got the error %v, want one that wraps the context's cause", err)
	}
	if p.URL != "" {
		t.Errorf("got the URL %s beside an error", p.URL)
	}
	if s.Stored != nil && s.Stored() != 0 {
		t.Errorf("%d images are stored, want none", s.Stored())
	}
	revoke(t, p)
}

func testConcurrent(t *testing.T, s Subject) {
	var all sync.WaitGroup
	for n := range 20 {
		all.Go(func() {
			image := Image(n, 1000+n)
			p, err := s.Publisher.Publish(t.Context(), image)
			if err != nil {
				t.Error(err)
				return
			}
			s.yields(t, p.URL, image.JPEG)
			var twice sync.WaitGroup
			for range 2 {
				twice.Go(func() {
					if err := p.Revoke(); err != nil {
						t.Errorf("Revoke: %v", err)
					}
				})
			}
			twice.Wait()
			if _, ok := s.Fetch(p.URL); ok && !p.Inline {
				t.Error("a revoked URL yields something")
			}
		})
	}
	all.Wait()
	if s.Stored != nil && s.Stored() != 0 {
		t.Errorf("%d images are stored after all were revoked", s.Stored())
	}
}

func publish(t *testing.T, s Subject, image tagroll.Image) tagroll.Publication {
	t.Helper()
	p, err := s.Publisher.Publish(t.Context(), image)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func revoke(t *testing.T, p tagroll.Publication) {
	t.Helper()
	if p.Revoke == nil {
		t.Fatal("Revoke is nil")
	}
	if err := p.Revoke(); err != nil {
		t.Errorf("Revoke: %v", err)
	}
}

func (s Subject) yields(t *testing.T, url string, want []byte) {
	t.Helper()
	got, ok := s.Fetch(url)
	switch {
	case !ok:
		t.Error("the URL yields nothing")
	case !bytes.Equal(got, want):
		t.Errorf("the URL yields %d bytes that are not the %d of the image", len(got), len(want))
	}
}

// yieldsNothing checks what a revoked publication leaves. A data URL cannot be ended.
func (s Subject) yieldsNothing(t *testing.T, p tagroll.Publication) {
	t.Helper()
	if _, ok := s.Fetch(p.URL); ok && !p.Inline {
		t.Error("a revoked URL yields something")
	}
	if s.Stored != nil && s.Stored() != 0 {
		t.Errorf("%d images are stored after all were revoked", s.Stored())
	}
}
