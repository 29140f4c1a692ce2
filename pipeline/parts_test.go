package pipeline_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/pipeline"
)

// The way in two parts leads to what the whole way leads to.
func TestParts(t *testing.T) {
	s := new(stage)
	p := build(t, s.config(&describer{stage: s, replies: []reply{says("fox ")}}))
	prepared, err := p.Prepare(t.Context(), photo("1"), nil)
	if err != nil {
		t.Fatal(err)
	}
	if string(prepared.Image.JPEG) != "small bytes of 1" || prepared.Facts.Format != tagroll.FormatPNG || prepared.Timings.Intake == 0 {
		t.Errorf("prepared is %+v", prepared)
	}
	if want := []string{"read 1", "inspect bytes of 1", "compress png bytes of 1"}; !slices.Equal(s.notes, want) {
		t.Errorf("to prepare: got %q, want %q", s.notes, want)
	}
	s.notes = nil
	result, err := p.Describe(t.Context(), photo("1"), prepared, s.attempt())
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"publish url: small bytes of 1", "call", "describe url:1", "normalize fox ", "check fox", "revoke url:1"}; !slices.Equal(s.notes, want) {
		t.Errorf("to describe: got %q, want %q", s.notes, want)
	}
	if result.Status != tagroll.StatusSuccessful || result.Facts.Format != tagroll.FormatPNG || result.Timings.Intake != prepared.Timings.Intake || result.Describer.Name != "fake" {
		t.Errorf("the result is %+v", result)
	}
}

// Bytes that are here already are not read again, and rules can be others than those of the
// pipeline.
func TestPrepareBytes(t *testing.T) {
	s := new(stage)
	c := s.config(&describer{stage: s, replies: []reply{says("fox"), says("fox")}})
	c.Rules = nil
	p := build(t, c)
	if _, err := p.Prepare(t.Context(), photo("1"), []byte("here")); err != nil {
		t.Fatal(err)
	}
	if want := []string{"inspect here", "compress png here"}; !slices.Equal(s.notes, want) {
		t.Errorf("got %q, want %q", s.notes, want)
	}
	for rules, want := range map[pipeline.Rules]bool{nil: false, rules{s}: true} {
		s.notes = nil
		if _, err := p.WithRules(rules).Describe(t.Context(), photo("1"), tagroll.Prepared{}, s.attempt()); err != nil {
			t.Fatal(err)
		}
		if slices.Contains(s.notes, "check fox") != want {
			t.Errorf("with the rules %v: %q", rules, s.notes)
		}
	}
}

// A photo that cannot be prepared says at which step, and one that is not wanted any more is let
// go.
func TestPrepareFails(t *testing.T) {
	s := new(stage)
	c := s.config(&describer{stage: s})
	c.Inspect = func([]byte) (tagroll.Facts, error) {
		return tagroll.Facts{}, &tagroll.Error{Code: tagroll.CodeUnsupportedFormat, Message: "no photo"}
	}
	p := build(t, c)
	_, err := p.Prepare(t.Context(), photo("1"), nil)
	if e := tagroll.AsError(err); e == nil || e.Code != tagroll.CodeUnsupportedFormat || e.Stage != tagroll.StageIntake {
		t.Errorf("got %#v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := p.Prepare(ctx, photo("1"), nil); tagroll.CodeOf(err) != tagroll.CodeCancelled {
		t.Errorf("cancelled: %v", err)
	}
}

// An observer sees each step begin and end, with its failure, and the step runs with the observer's
// context.
func TestObserve(t *testing.T) {
	type key struct{}
	for name, tt := range map[string]struct {
		reply reply
		want  []string
	}{
		"success": {says("fox"), []string{"intake <nil>", "compress <nil>", "publish <nil>", "describe <nil>", "validate <nil>"}},
		"failure": {fails(tagroll.CodeRefused), []string{"intake <nil>", "compress <nil>", "publish <nil>", "describe refused"}},
		"panic":   {panics, []string{"intake <nil>", "compress <nil>", "publish <nil>", "describe internal"}},
	} {
		t.Run(name, func(t *testing.T) {
			var seen []string
			s := new(stage)
			c := s.config(calling(func(ctx context.Context) {
				if ctx.Value(key{}) != tagroll.StageDescribe {
					t.Error("the step does not run with the observer's context")
				}
			}))
			if name != "success" {
				c.Describer = &describer{stage: s, replies: []reply{tt.reply}}
			}
			c.Observe = func(ctx context.Context, photo tagroll.Photo, stage tagroll.Stage) (context.Context, func(error)) {
				return context.WithValue(ctx, key{}, stage), func(err error) {
					code := "<nil>"
					if err != nil {
						code = string(tagroll.CodeOf(err))
					}
					seen = append(seen, fmt.Sprintf("%s %s", stage, code))
				}
			}
			if _, err := s.run(t.Context(), build(t, c), photo("1")); name == "success" && err != nil {
				t.Error(err)
			}
			if !slices.Equal(seen, tt.want) {
				t.Errorf("got %q, want %q", seen, tt.want)
			}
		})
	}
}

// What a photo's file carries of itself is decoded in place of the file, and its facts count. A
// file that was read all the same is looked at once more, since its name may have hidden what it
// is.
func TestPicture(t *testing.T) {
	for name, test := range map[string]struct {
		data []byte
		want []string
	}{
		"from the disk": {nil, []string{"picture ", "read 1", "picture bytes of 1", "compress raw small in bytes of 1"}},
		"an upload":     {[]byte("sent"), []string{"picture sent", "compress raw small in sent"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := new(stage)
			c := s.config(&describer{stage: s})
			c.Picture = func(_ context.Context, _ tagroll.Photo, data []byte) ([]byte, tagroll.Facts, error) {
				s.note("picture %s", data)
				if data == nil {
					return nil, tagroll.Facts{}, nil
				}
				return []byte("small in " + string(data)), tagroll.Facts{Format: tagroll.FormatRAW, SHA256: "whole"}, nil
			}
			prepared, err := build(t, c).Prepare(t.Context(), photo("1"), test.data)
			if err != nil || prepared.Facts.SHA256 != "whole" || !slices.Equal(s.notes, test.want) {
				t.Errorf("%+v, %v, %q", prepared.Facts, err, s.notes)
			}
			c.Picture = func(context.Context, tagroll.Photo, []byte) ([]byte, tagroll.Facts, error) {
				return nil, tagroll.Facts{Bytes: 7}, &tagroll.Error{Code: tagroll.CodeUnsupportedFormat, Message: "nothing in it"}
			}
			if _, err := build(t, c).Prepare(t.Context(), photo("1"), test.data); tagroll.CodeOf(err) != tagroll.CodeUnsupportedFormat {
				t.Errorf("a file that carries none: %v", err)
			}
		})
	}
}
