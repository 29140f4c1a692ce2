package pipeline_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tagroll/tagroll"
)

// Whatever becomes of a photo, nothing of it stays published.
func TestRevoked(t *testing.T) {
	failed := &tagroll.Error{Code: tagroll.CodePublishFailed, Message: "as the test wants"}
	for _, tt := range []struct {
		name                string
		publisher, fallback publisher
		replies             []reply
		made                int
		code                tagroll.Code
	}{
		{name: "success", replies: []reply{says("fox")}, made: 1},
		{name: "needs review", replies: []reply{says("bad"), says("bad")}, made: 1, code: tagroll.CodeInvalidAnswer},
		{name: "a call fails", replies: []reply{fails(tagroll.CodeRefused)}, made: 1, code: tagroll.CodeRefused},
		{name: "a call panics", replies: []reply{panics}, made: 1, code: tagroll.CodeInternal},
		{name: "a call hangs", replies: []reply{hangs}, made: 1, code: tagroll.CodeCancelled},
		{name: "a repair fails", replies: []reply{says("bad"), fails(tagroll.CodeProviderError)}, made: 1, code: tagroll.CodeInvalidAnswer},
		{name: "a repair panics", replies: []reply{says("bad"), panics}, made: 1, code: tagroll.CodeInternal},
		{name: "a repair hangs", replies: []reply{says("bad"), hangs}, made: 1, code: tagroll.CodeInvalidAnswer},
		{name: "publishing fails halfway", publisher: publisher{fails: failed}, made: 1, code: tagroll.CodePublishFailed},
		{name: "fallback", replies: []reply{fails(tagroll.CodeImageFetchFailed), says("fox")}, made: 2},
		{name: "fallback and panic", replies: []reply{fails(tagroll.CodeImageFetchFailed), panics}, made: 2, code: tagroll.CodeInternal},
		{name: "the fallback fails halfway", fallback: publisher{fails: failed}, replies: []reply{fails(tagroll.CodeImageFetchFailed)}, made: 2, code: tagroll.CodePublishFailed},
		{name: "revoking fails", publisher: publisher{revoke: failed}, replies: []reply{says("fox")}, made: 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := new(stage)
				var log bytes.Buffer
				c := s.config(&describer{stage: s, replies: tt.replies})
				tt.publisher.stage, tt.publisher.name = s, "url"
				tt.fallback.stage, tt.fallback.name = s, "inline"
				c.Publisher, c.Fallback, c.Log = tt.publisher, tt.fallback, slog.New(slog.NewTextHandler(&log, nil))
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				result, err := s.run(ctx, build(t, c), photo("1"))
				if tagroll.CodeOf(err) != tt.code {
					t.Errorf("got the error %v, want code %q", err, tt.code)
				}
				if s.made != tt.made || s.live != 0 {
					t.Errorf("%d publications were made and %d are left, want %d and none", s.made, s.live, tt.made)
				}
				if (tt.publisher.revoke != nil) != strings.Contains(log.String(), "ERROR") {
					t.Errorf("the log is %q", log.String())
				}
				if err == nil && result.Status != tagroll.StatusSuccessful {
					t.Errorf("the status is %q", result.Status)
				}
			})
		})
	}
}

// A deadline that passes while the model answers, and before it has said a word, is the photo's
// error, with its cause.
func TestDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := new(stage)
		cause := &tagroll.Error{Code: tagroll.CodeTimeout, Message: "not done in time"}
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(time.Second, func() { cancel(cause) })
		result, err := s.run(ctx, build(t, s.config(&describer{stage: s, replies: []reply{babbles("hm"), hangs}})), photo("1"))
		if !errors.Is(err, cause) || result.Status == tagroll.StatusNeedsReview || result.Metadata != nil {
			t.Errorf("got %+v, %v", result, err)
		}
		if want := (tagroll.Usage{InputTokens: 200, CachedTokens: 20, OutputTokens: 40, CostUSD: 0.5}); result.Usage != want {
			t.Errorf("the usage is %+v, want %+v", result.Usage, want)
		}
	})
}

// Between two steps, too, the end of the batch is the end of the photo.
func TestStoppedBetweenSteps(t *testing.T) {
	s := new(stage)
	ctx, cancel := context.WithCancel(t.Context())
	c := s.config(&describer{stage: s})
	c.Compress = func(context.Context, []byte, tagroll.Facts) (tagroll.Image, error) {
		cancel()
		return tagroll.Image{}, nil
	}
	_, err := s.run(ctx, build(t, c), photo("1"))
	wantError(t, err, tagroll.CodeCancelled, tagroll.StagePublish)
	if s.made != 0 {
		t.Error("an image was published after its batch was stopped")
	}
}

// lazy is a publisher whose images are fetched or not.
type lazy struct {
	publisher
	fetched bool
}

func (p lazy) Publish(ctx context.Context, image tagroll.Image) (tagroll.Publication, error) {
	publication, err := p.publisher.Publish(ctx, image)
	publication.Fetched = func() bool { return p.fetched }
	return publication, err
}

// A fallback holds for the rest of the run, unless images were fetched before. An answer to an
// image that nobody has fetched is a reason to fall back, too.
func TestFallbackIsRemembered(t *testing.T) {
	const fetch = tagroll.CodeImageFetchFailed
	for _, tt := range []struct {
		name     string
		fetched  bool
		replies  []reply
		describe []string // the URLs that were asked for, of two photos
	}{
		{"could not fetch", true, []reply{fails(fetch), says("fox"), says("fox")}, []string{"url:1", "second:2", "second:3"}},
		{"made up", false, []reply{says("fox"), says("fox"), says("fox")}, []string{"url:1", "second:2", "second:3"}},
		{"refused, not fetched", false, []reply{fails(tagroll.CodeBadRequest), says("fox"), says("fox")}, []string{"url:1", "second:2", "second:3"}},
		{"rejected, not fetched", false, []reply{fails(tagroll.CodeImageRejected), says("fox"), says("fox")}, []string{"url:1", "second:2", "second:3"}},
		{"could fetch before", true, []reply{says("fox"), fails(fetch), says("fox")}, []string{"url:1", "url:2", "second:3"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := new(stage)
			c := s.config(&describer{stage: s, replies: tt.replies})
			c.Publisher = lazy{publisher{stage: s, name: "url"}, tt.fetched}
			c.Fallback = publisher{stage: s, name: "second", inline: true}
			p := build(t, c)
			for _, id := range []string{"1", "2"} {
				if result, err := s.run(t.Context(), p, photo(id)); err != nil || result.Status != tagroll.StatusSuccessful {
					t.Errorf("photo %s: %s, %v", id, result.Status, err)
				}
			}
			urls := s.urls()
			if !slices.Equal(urls, tt.describe) || s.live != 0 {
				t.Errorf("asked for %q, want %q; %d are left", urls, tt.describe, s.live)
			}
		})
	}
}

// A provider that has fetched images and cannot fetch one is sent them inline for a while, since
// each try costs a call, and is then trusted again.
func TestFallbackForAWhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := new(stage)
		c := s.config(&describer{stage: s, replies: []reply{
			says("fox"), fails(tagroll.CodeImageFetchFailed), says("fox"), says("fox"), says("fox"),
		}})
		c.Fallback = publisher{stage: s, name: "second", inline: true}
		p := build(t, c)
		for n, after := range []time.Duration{0, 0, 9 * time.Second, 2 * time.Second} {
			<-time.After(after)
			if result, err := s.run(t.Context(), p, photo(strconv.Itoa(n))); err != nil || result.Status != tagroll.StatusSuccessful {
				t.Errorf("photo %d: %s, %v", n, result.Status, err)
			}
		}
		if got, want := s.urls(), []string{"url:1", "url:2", "second:3", "second:4", "url:5"}; !slices.Equal(got, want) {
			t.Errorf("asked for %q, want %q", got, want)
		}
	})
}

// gone is a publisher whose address comes to lead nowhere while photos wait for their calls.
type gone struct{ publisher }

func (p gone) Publish(ctx context.Context, image tagroll.Image) (tagroll.Publication, error) {
	publication, err := p.publisher.Publish(ctx, image)
	publication.Unreachable = func() bool { return true }
	return publication, err
}

// An image at an address that is known to lead nowhere is sent inline: no call is made for nothing.
func TestUnreachableAddress(t *testing.T) {
	s := new(stage)
	c := s.config(&describer{stage: s, replies: []reply{says("bad"), says("fox")}})
	c.Publisher = gone{publisher{stage: s, name: "url"}}
	c.Fallback = publisher{stage: s, name: "second", inline: true}
	if result, err := s.run(t.Context(), build(t, c), photo("1")); err != nil || result.Status != tagroll.StatusSuccessful {
		t.Errorf("%s, %v", result.Status, err)
	}
	if got, want := s.urls(), []string{"second:2", "second:2"}; !slices.Equal(got, want) || s.live != 0 {
		t.Errorf("asked for %q, want %q; %d are left", got, want, s.live)
	}
}

func TestFallback(t *testing.T) {
	const fetch = tagroll.CodeImageFetchFailed
	for _, tt := range []struct {
		name     string
		inline   bool // the first publication
		without  bool // no fallback
		replies  []reply
		describe []string // the URLs that were asked for
		code     tagroll.Code
	}{
		{name: "once", replies: []reply{fails(fetch), says("fox")}, describe: []string{"url:1", "second:2"}},
		{name: "not twice", replies: []reply{fails(fetch), fails(fetch)}, describe: []string{"url:1", "second:2"}, code: fetch},
		{name: "not from inline", inline: true, replies: []reply{fails(fetch)}, describe: []string{"url:1"}, code: fetch},
		{name: "none configured", without: true, replies: []reply{fails(fetch)}, describe: []string{"url:1"}, code: fetch},
		{name: "not for other failures", replies: []reply{fails(tagroll.CodeImageRejected)}, describe: []string{"url:1"}, code: tagroll.CodeImageRejected},
		{name: "then a repair", replies: []reply{fails(fetch), says("bad"), says("fox")}, describe: []string{"url:1", "second:2", "second:2"}},
		{name: "not again for the repair", replies: []reply{fails(fetch), says("bad"), fails(fetch)}, describe: []string{"url:1", "second:2", "second:2"}, code: tagroll.CodeInvalidAnswer},
		{name: "for the repair only", replies: []reply{says("bad"), fails(fetch), says("fox")}, describe: []string{"url:1", "url:1", "second:2"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := new(stage)
			c := s.config(&describer{stage: s, replies: tt.replies})
			c.Publisher = publisher{stage: s, name: "url", inline: tt.inline}
			if !tt.without {
				c.Fallback = publisher{stage: s, name: "second"}
			}
			_, err := s.run(t.Context(), build(t, c), photo("1"))
			if tagroll.CodeOf(err) != tt.code {
				t.Errorf("got the error %v, want code %q", err, tt.code)
			}
			urls := s.urls()
			if !slices.Equal(urls, tt.describe) {
				t.Errorf("asked with %q, want %q", urls, tt.describe)
			}
			if i := slices.Index(s.notes, "publish second: small bytes of 1"); i >= 0 && s.notes[i-1] != "revoke url:1" {
				t.Errorf("the first URL was not revoked before the second was made: %q", s.notes)
			}
		})
	}
}
