package pipeline_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/pipeline"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// stage is where a photo's steps are played, and the notes of what happened.
type stage struct {
	mu       sync.Mutex
	notes    []string
	requests []tagroll.Request
	live     int // publications that were made and not revoked
	made     int
}

func (s *stage) note(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.notes = append(s.notes, fmt.Sprintf(format, args...))
}

// urls returns the URLs that were asked for.
func (s *stage) urls() (urls []string) {
	for _, r := range s.requests {
		urls = append(urls, r.URL)
	}
	return urls
}

// config returns a pipeline's steps, each of which notes what it is given.
func (s *stage) config(d tagroll.Describer) pipeline.Config {
	return pipeline.Config{
		Read: func(_ context.Context, photo tagroll.Photo) ([]byte, error) {
			s.note("read %s", photo.ID)
			return []byte("bytes of " + photo.ID), nil
		},
		Inspect: func(data []byte) (tagroll.Facts, error) {
			s.note("inspect %s", data)
			return tagroll.Facts{Format: tagroll.FormatPNG, Bytes: int64(len(data))}, nil
		},
		Compress: func(_ context.Context, data []byte, facts tagroll.Facts) (tagroll.Image, error) {
			s.note("compress %s %s", facts.Format, data)
			return tagroll.Image{JPEG: []byte("small " + string(data))}, nil
		},
		Publisher:  publisher{stage: s, name: "url"},
		Describer:  d,
		Rules:      rules{s},
		Processors: 1,
	}
}

// publisher is a tagroll.Publisher.
type publisher struct {
	*stage
	name   string
	inline bool
	fails  error // beside a publication that was made all the same
	revoke error
}

func (p publisher) Publish(_ context.Context, image tagroll.Image) (tagroll.Publication, error) {
	p.note("publish %s: %s", p.name, image.JPEG)
	p.mu.Lock()
	p.live++
	p.made++
	url := fmt.Sprintf("%s:%d", p.name, p.made)
	p.mu.Unlock()
	return tagroll.Publication{URL: url, Inline: p.inline, Revoke: sync.OnceValue(func() error {
		p.note("revoke %s", url)
		p.mu.Lock()
		defer p.mu.Unlock()
		p.live--
		return p.revoke
	})}, p.fails
}

// describer is a tagroll.Describer that gives the replies in order. One too many calls is a
// failure.
type describer struct {
	*stage
	offline bool
	replies []reply
}

type reply func(context.Context) (tagroll.Answer, error)

func (d *describer) Info() tagroll.DescriberInfo {
	return tagroll.DescriberInfo{Name: "fake", Prompt: "1", Remote: !d.offline}
}

func (d *describer) Describe(ctx context.Context, r tagroll.Request) (tagroll.Answer, error) {
	d.note("describe %s", r.URL)
	d.mu.Lock()
	n := len(d.requests)
	d.requests = append(d.requests, r)
	d.mu.Unlock()
	if n >= len(d.replies) {
		return tagroll.Answer{}, errors.New("one call too many")
	}
	return d.replies[n](ctx)
}

// usage is what every answer consumes.
var usage = tagroll.Usage{InputTokens: 100, CachedTokens: 10, OutputTokens: 20, CostUSD: 0.25}

// says is an answer with a title. The rules have something against some words in it.
func says(title string) reply {
	return func(context.Context) (tagroll.Answer, error) {
		return tagroll.Answer{Metadata: tagroll.Metadata{Title: title}, Raw: "raw " + title, Usage: usage}, nil
	}
}

// fails is a call that fails.
func fails(code tagroll.Code) reply {
	return func(context.Context) (tagroll.Answer, error) {
		return tagroll.Answer{Usage: usage}, &tagroll.Error{Code: code, Message: "as the test wants"}
	}
}

// babbles is an answer that is not JSON.
func babbles(text string) reply {
	return func(context.Context) (tagroll.Answer, error) {
		return tagroll.Answer{Raw: text, Usage: usage}, &tagroll.Error{Code: tagroll.CodeMalformedAnswer, Message: text + " is no JSON", Stage: tagroll.StageDescribe}
	}
}

func panics(context.Context) (tagroll.Answer, error) { panic("as the test wants") }

// hangs is a call that ends with its context.
func hangs(ctx context.Context) (tagroll.Answer, error) {
	<-ctx.Done()
	return tagroll.Answer{Usage: usage}, &tagroll.Error{Code: tagroll.CodeCancelled, Message: "the call was ended", Err: context.Cause(ctx)}
}

// rules is a pipeline.Rules: every word "bad..." in a title is an error, every "poor..." a
// warning, and a file name may be either.
type rules struct{ *stage }

func (r rules) Guide() tagroll.Guide { return tagroll.Guide{Title: tagroll.TitleGuide{Ask: 42}} }

func (r rules) Normalize(m tagroll.Metadata) tagroll.Metadata {
	r.note("normalize %s", m.Title)
	m.Title = strings.TrimSpace(m.Title)
	return m
}

func (r rules) Check(name string, m tagroll.Metadata) (findings []tagroll.Finding) {
	r.note("check %s", m.Title)
	for field, words := range map[string][]string{"filename": strings.Fields(name), "title": strings.Fields(m.Title)} {
		for _, word := range words {
			switch f := (tagroll.Finding{Field: field, Message: "about " + word}); {
			case strings.HasPrefix(word, "bad"):
				f.Severity = tagroll.SeverityError
				findings = append(findings, f)
			case strings.HasPrefix(word, "poor"):
				f.Severity = tagroll.SeverityWarning
				findings = append(findings, f)
			}
		}
	}
	return findings
}

// attempt is a tagroll.Attempt that allows everything at once.
func (s *stage) attempt() tagroll.Attempt {
	return tagroll.Attempt{
		Call: func(ctx context.Context, _ tagroll.Estimate, call func(context.Context) (tagroll.RateLimit, error)) error {
			s.note("call")
			limit, err := call(ctx)
			if limit.Spent != usage && err == nil {
				return fmt.Errorf("the call reports %+v", limit.Spent)
			}
			return err
		},
		Wait: func(wait func() error) error {
			s.note("wait")
			return wait()
		},
	}
}

// photo is called by its name in every message.
func photo(id string) tagroll.Photo { return tagroll.Photo{ID: id, Name: id + ".jpg"} }

func build(t *testing.T, c pipeline.Config) *pipeline.Pipeline {
	t.Helper()
	p, err := pipeline.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// run takes a photo along the way. What a step panics with is an error here.
func (s *stage) run(ctx context.Context, p *pipeline.Pipeline, photo tagroll.Photo) (result tagroll.Result, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	return p.Process(ctx, photo, s.attempt())
}

// after waits in the test's time.
func after(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// wantError fails the test unless err is a *tagroll.Error of the code and stage.
func wantError(t *testing.T, err error, code tagroll.Code, stage tagroll.Stage) {
	t.Helper()
	e, ok := errors.AsType[*tagroll.Error](err)
	if !ok || e.Code != code || e.Stage != stage || e.Message == "" {
		t.Errorf("got the error %#v, want code %q and stage %q", err, code, stage)
	}
}

var errDisk = &fs.PathError{Op: "read", Path: "x", Err: fs.ErrPermission}
