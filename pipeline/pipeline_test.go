package pipeline_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
	"weak"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/pipeline"
)

func TestWay(t *testing.T) {
	for _, tt := range []struct {
		name    string
		offline bool
		want    []string
	}{
		{"remote", false, []string{
			"wait", "read 1", "inspect bytes of 1", "compress png bytes of 1", "publish url: small bytes of 1",
			"call", "describe url:1", "normalize fox ", "check fox", "revoke url:1",
		}},
		{"offline", true, []string{
			"wait", "read 1", "inspect bytes of 1", "compress png bytes of 1",
			"describe ", "normalize fox ", "check fox",
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := new(stage)
			d := &describer{stage: s, offline: tt.offline, replies: []reply{says("fox ")}}
			result, err := s.run(t.Context(), build(t, s.config(d)), photo("1"))
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(s.notes, tt.want) {
				t.Errorf("got  %q\nwant %q", s.notes, tt.want)
			}
			if result.Status != tagroll.StatusSuccessful || result.Metadata.Title != "fox" || result.Raw != "" || result.Describer != d.Info() || result.Facts.Format != tagroll.FormatPNG {
				t.Errorf("the result is %+v", result)
			}
			r := s.requests[0]
			if r.Photo.ID != "1" || r.Facts.Bytes != 10 || string(r.Image.JPEG) != "small bytes of 1" || r.Repair != nil || r.Guide.Title.Ask != 42 {
				t.Errorf("the request is %+v", r)
			}
		})
	}
}

func TestNew(t *testing.T) {
	s := new(stage)
	for name, spoil := range map[string]func(*pipeline.Config){
		"Read": func(c *pipeline.Config) { c.Read = nil }, "Inspect": func(c *pipeline.Config) { c.Inspect = nil },
		"Compress": func(c *pipeline.Config) { c.Compress = nil }, "Describer": func(c *pipeline.Config) { c.Describer = nil },
		"Publisher": func(c *pipeline.Config) { c.Publisher = nil },
	} {
		c := s.config(&describer{stage: s})
		spoil(&c)
		if _, err := pipeline.New(c); tagroll.CodeOf(err) != tagroll.CodeConfiguration || !strings.Contains(err.Error(), name) {
			t.Errorf("without %s: %v", name, err)
		}
	}
	c := s.config(&describer{stage: s, offline: true, replies: []reply{says("bad but nobody minds")}})
	c.Publisher, c.Rules, c.Processors = nil, nil, 0
	result, err := s.run(t.Context(), build(t, c), photo("1"))
	if err != nil || result.Status != tagroll.StatusSuccessful {
		t.Errorf("without all that has a default: %+v, %v", result, err)
	}
}

// The built-in describer's words are a draft, unless the file itself names its photo.
func TestDrafts(t *testing.T) {
	for title, want := range map[string]tagroll.Status{"": tagroll.StatusNeedsReview, "Red fox": tagroll.StatusSuccessful} {
		s := new(stage)
		c := s.config(&describer{stage: s, offline: true, replies: []reply{says("fox")}})
		c.ReviewDrafts = true
		inspect := c.Inspect
		c.Inspect = func(data []byte) (tagroll.Facts, error) {
			facts, err := inspect(data)
			facts.Title = title
			return facts, err
		}
		result, err := s.run(t.Context(), build(t, c), photo("1"))
		if result.Status != want || (err == nil) != (want == tagroll.StatusSuccessful) || result.Metadata == nil {
			t.Errorf("title %q: %+v, %v", title, result, err)
		}
	}
}

// crowd runs n photos at once and returns the time that each waited.
func crowd(t *testing.T, p *pipeline.Pipeline, n int) (waited []time.Duration) {
	var all sync.WaitGroup
	waited = make([]time.Duration, n)
	for i := range n {
		all.Go(func() {
			attempt := new(stage).attempt()
			attempt.Wait = func(wait func() error) error {
				start := time.Now()
				defer func() { waited[i] += time.Since(start) }()
				return wait()
			}
			if _, err := p.Process(t.Context(), photo(fmt.Sprint(i)), attempt); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	slices.Sort(waited)
	return waited
}

func TestProcessors(t *testing.T) {
	for _, processors := range []int{1, 2, 0} {
		t.Run(fmt.Sprint(processors), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				want := processors
				if want == 0 {
					want = runtime.GOMAXPROCS(0)
				}
				n := 5 * want
				var now, most, describing, mostDescribing atomic.Int64
				s := new(stage)
				c := s.config(calling(func(ctx context.Context) {
					mostDescribing.Store(max(mostDescribing.Load(), describing.Add(1)))
					defer describing.Add(-1)
					after(ctx, time.Minute)
				}))
				c.Processors = processors
				c.Read = func(ctx context.Context, _ tagroll.Photo) ([]byte, error) {
					most.Store(max(most.Load(), now.Add(1)))
					return []byte("x"), after(ctx, time.Second)
				}
				c.Compress = func(ctx context.Context, _ []byte, _ tagroll.Facts) (tagroll.Image, error) {
					defer now.Add(-1)
					return tagroll.Image{}, after(ctx, time.Second)
				}
				start := time.Now()
				waited := crowd(t, build(t, c), n)
				if int(most.Load()) != want {
					t.Errorf("%d photos between intake and compress at once, want %d", most.Load(), want)
				}
				if int(mostDescribing.Load()) != n {
					t.Errorf("%d photos were described at once, want all %d: processors are held for too long", mostDescribing.Load(), n)
				}
				if took := time.Since(start); took != 70*time.Second {
					t.Errorf("took %v, want 5 rounds of 2 s and a minute", took)
				}
				for i, d := range waited {
					if want := time.Duration(i/want) * 2 * time.Second; d != want {
						t.Errorf("waiter %d waited %v in Attempt.Wait, want %v", i, d, want)
					}
				}
			})
		})
	}
}

// A pipeline leaves the process' own number of processors alone, and what a dry run prepares keeps
// to the pipeline's: however many photos are begun, one is read and decoded.
func TestPreviewKeepsToTheProcessors(t *testing.T) {
	before := runtime.GOMAXPROCS(0)
	synctest.Test(t, func(t *testing.T) {
		var now, most atomic.Int64
		s := new(stage)
		c := s.config(&describer{stage: s})
		c.Processors = 1
		c.Read = func(ctx context.Context, _ tagroll.Photo) ([]byte, error) {
			most.Store(max(most.Load(), now.Add(1)))
			return []byte("x"), after(ctx, time.Second)
		}
		c.Compress = func(ctx context.Context, _ []byte, _ tagroll.Facts) (tagroll.Image, error) {
			defer now.Add(-1)
			return tagroll.Image{}, after(ctx, time.Second)
		}
		p := build(t, c)
		start := time.Now()
		var all sync.WaitGroup
		for i := range 5 {
			all.Go(func() {
				if _, request, err := p.Preview(t.Context(), photo(fmt.Sprint(i)), new(stage).attempt()); err != nil || request == nil {
					t.Error(request, err)
				}
			})
		}
		all.Wait()
		if took := time.Since(start); most.Load() != 1 || took != 10*time.Second {
			t.Errorf("%d photos at once, in %v", most.Load(), took)
		}
	})
	if after := runtime.GOMAXPROCS(0); after != before {
		t.Errorf("GOMAXPROCS was %d and is %d", before, after)
	}
}

// Large photos are worked on one at a time, and hold up no small ones.
func TestLargePhotos(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var now, most, all, mostAll atomic.Int64
		s := new(stage)
		c := s.config(calling(func(context.Context) {}))
		c.Processors = 3
		isLarge := func(photo tagroll.Photo) bool { return len(photo.ID) == 1 } // 0 to 9
		c.Size = func(photo tagroll.Photo) int64 {
			if isLarge(photo) {
				return pipeline.LargePhoto + 1
			}
			return pipeline.LargePhoto
		}
		c.Read = func(ctx context.Context, photo tagroll.Photo) ([]byte, error) {
			mostAll.Store(max(mostAll.Load(), all.Add(1)))
			defer all.Add(-1)
			if isLarge(photo) {
				most.Store(max(most.Load(), now.Add(1)))
				defer now.Add(-1)
			}
			return []byte("x"), after(ctx, time.Second)
		}
		crowd(t, build(t, c), 30)
		if most.Load() != 1 || mostAll.Load() != 3 {
			t.Errorf("%d large photos at once, %d in all, want 1 of 3", most.Load(), mostAll.Load())
		}
	})
}

// calling is a remote describer that does something and then answers.
type calling func(context.Context)

func (calling) Info() tagroll.DescriberInfo { return tagroll.DescriberInfo{Remote: true} }

func (c calling) Describe(ctx context.Context, _ tagroll.Request) (tagroll.Answer, error) {
	c(ctx)
	return says("fox")(ctx)
}

// Whatever becomes of a photo, its processor is free for the next.
// A step that waits for memory does so by Attempt.Wait: the photo's clock stands still.
func TestCompressMayWait(t *testing.T) {
	s := new(stage)
	c := s.config(&describer{stage: s, replies: []reply{says("fox")}})
	waiting, waited := false, false
	c.Compress = func(ctx context.Context, _ []byte, _ tagroll.Facts) (tagroll.Image, error) {
		return tagroll.Image{JPEG: []byte("small")}, tagroll.Wait(ctx, func() error { waited = waiting; return nil })
	}
	attempt := tagroll.Attempt{
		Call: func(ctx context.Context, _ tagroll.Estimate, call func(context.Context) (tagroll.RateLimit, error)) error {
			_, err := call(ctx)
			return err
		},
		Wait: func(wait func() error) error {
			waiting = true
			defer func() { waiting = false }()
			return wait()
		},
	}
	if _, err := build(t, c).Process(t.Context(), photo("1"), attempt); err != nil || !waited {
		t.Errorf("%v; the clock stood still: %v", err, waited)
	}
}

func TestProcessorIsGivenBack(t *testing.T) {
	for name, spoil := range map[string]func(*pipeline.Config){
		"read fails": func(c *pipeline.Config) {
			c.Read = func(context.Context, tagroll.Photo) ([]byte, error) { return nil, errDisk }
		},
		"inspect fails": func(c *pipeline.Config) {
			c.Inspect = func([]byte) (tagroll.Facts, error) { return tagroll.Facts{}, errDisk }
		},
		"compress panics": func(c *pipeline.Config) {
			c.Compress = func(context.Context, []byte, tagroll.Facts) (tagroll.Image, error) { panic("as the test wants") }
		},
	} {
		t.Run(name, func(t *testing.T) {
			// Waiting for ever fails at once in a bubble.
			synctest.Test(t, func(t *testing.T) {
				s := new(stage)
				c := s.config(&describer{stage: s})
				spoil(&c)
				p := build(t, c)
				for range 3 {
					if _, err := s.run(t.Context(), p, photo("1")); err == nil {
						t.Error("the step did not fail")
					}
				}
			})
		})
	}
}

// A photo whose batch is stopped does not wait for a processor, nor begin.
func TestWaitEndsWithContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, release := new(stage), make(chan struct{})
		c := s.config(&describer{stage: s, replies: []reply{says("fox")}})
		c.Read = func(_ context.Context, p tagroll.Photo) ([]byte, error) {
			s.note("read %s", p.ID)
			<-release
			return nil, nil
		}
		p := build(t, c)
		var all sync.WaitGroup
		all.Go(func() {
			if _, err := s.run(t.Context(), p, photo("first")); err != nil {
				t.Error(err)
			}
		})
		synctest.Wait()
		ctx, cancel := context.WithCancel(t.Context())
		all.Go(func() {
			_, err := s.run(ctx, p, photo("second"))
			wantError(t, err, tagroll.CodeCancelled, tagroll.StageIntake)
		})
		synctest.Wait()
		cancel()
		synctest.Wait()
		close(release)
		all.Wait()
		if slices.Contains(s.notes, "read second") {
			t.Error("the photo was read after its batch was stopped")
		}
		if _, err := s.run(ctx, p, photo("third")); tagroll.CodeOf(err) != tagroll.CodeCancelled || slices.Contains(s.notes, "read third") {
			t.Errorf("a photo began after its batch was stopped: %v, %q", err, s.notes)
		}
	})
}

// While photos are described, which takes longest, memory does not hold their files.
func TestDataIsReleased(t *testing.T) {
	s := new(stage)
	var file weak.Pointer[byte]
	held := true
	c := s.config(calling(func(context.Context) {
		runtime.GC()
		held = file.Value() != nil
	}))
	c.Read = func(context.Context, tagroll.Photo) ([]byte, error) {
		data := make([]byte, 1<<20)
		file = weak.Make(&data[0])
		return data, nil
	}
	c.Inspect = func([]byte) (tagroll.Facts, error) { return tagroll.Facts{}, nil }
	c.Compress = func(context.Context, []byte, tagroll.Facts) (tagroll.Image, error) { return tagroll.Image{}, nil }
	if _, err := s.run(t.Context(), build(t, c), photo("1")); err != nil {
		t.Fatal(err)
	}
	if held {
		t.Error("a photo's bytes are in memory while it is described")
	}
}

func TestStages(t *testing.T) {
	known := &tagroll.Error{Code: tagroll.CodeCorruptImage, Message: "known"}
	staged := &tagroll.Error{Code: tagroll.CodeDiskFull, Message: "staged", Stage: tagroll.StageCleanUp}
	for _, tt := range []struct {
		name  string
		spoil func(*pipeline.Config, error)
		stage tagroll.Stage
	}{
		{"read", func(c *pipeline.Config, err error) {
			c.Read = func(context.Context, tagroll.Photo) ([]byte, error) { return nil, err }
		}, tagroll.StageIntake},
		{"inspect", func(c *pipeline.Config, err error) {
			c.Inspect = func([]byte) (tagroll.Facts, error) { return tagroll.Facts{}, err }
		}, tagroll.StageIntake},
		{"compress", func(c *pipeline.Config, err error) {
			c.Compress = func(context.Context, []byte, tagroll.Facts) (tagroll.Image, error) { return tagroll.Image{}, err }
		}, tagroll.StageCompress},
		{"publish", func(c *pipeline.Config, err error) {
			p := c.Publisher.(publisher)
			p.fails = err
			c.Publisher = p
		}, tagroll.StagePublish},
		{"describe", func(c *pipeline.Config, err error) {
			c.Describer.(*describer).replies = []reply{func(context.Context) (tagroll.Answer, error) { return tagroll.Answer{Raw: "no"}, err }}
		}, tagroll.StageDescribe},
	} {
		t.Run(tt.name, func(t *testing.T) {
			run := func(cause error) (tagroll.Result, error) {
				s := new(stage)
				c := s.config(&describer{stage: s})
				tt.spoil(&c, cause)
				return s.run(t.Context(), build(t, c), photo("1"))
			}
			result, err := run(errDisk)
			wantError(t, err, tagroll.CodeInternal, tt.stage)
			if !errors.Is(err, errDisk) {
				t.Errorf("%v does not wrap its cause", err)
			}
			if result.Metadata != nil || result.Findings != nil || result.Raw != "" || result.Status == tagroll.StatusSuccessful {
				t.Errorf("the result of a failure is %+v", result)
			}
			if read := tt.stage != tagroll.StageIntake; read != (result.Facts.Bytes != 0) {
				t.Errorf("the facts are %+v", result.Facts)
			}
			_, err = run(known)
			wantError(t, err, tagroll.CodeCorruptImage, tt.stage)
			if known.Stage != "" {
				t.Error("the step's own error was changed")
			}
			_, err = run(staged)
			wantError(t, err, tagroll.CodeDiskFull, tagroll.StageCleanUp)
		})
	}
}
