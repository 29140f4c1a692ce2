package pipeline_test

import (
	"context"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tagroll/tagroll"
)

func TestRepair(t *testing.T) {
	for _, tt := range []struct {
		name    string
		photo   string
		offline bool
		replies []reply
		repair  *tagroll.Repair // of the last call
		title   string          // "" if there is no metadata
		raw     string
		code    tagroll.Code // of the error with which the photo needs review
		message string
	}{
		{name: "not needed", replies: []reply{says("fox")}, title: "fox"},
		{name: "not for warnings", replies: []reply{says("poor fox")}, title: "poor fox"},
		{
			name: "the answer breaks rules", replies: []reply{says("bad1 poor bad2"), says("fox")},
			repair: &tagroll.Repair{Answer: "raw bad1 poor bad2", Problems: []string{"about bad1", "about bad2"}}, title: "fox",
		},
		{
			name: "the answer is malformed", replies: []reply{babbles("hm"), says("fox")},
			repair: &tagroll.Repair{Answer: "hm", Problems: []string{"hm is no JSON"}}, title: "fox",
		},
		{
			name: "twice in vain", replies: []reply{says("bad1 bad2"), says("bad3")},
			repair: &tagroll.Repair{Answer: "raw bad1 bad2", Problems: []string{"about bad1", "about bad2"}},
			title:  "bad3", raw: "raw bad3", code: tagroll.CodeInvalidAnswer, message: "about bad3",
		},
		{
			name: "no better", replies: []reply{says("bad1"), says("bad2")},
			repair: &tagroll.Repair{Answer: "raw bad1", Problems: []string{"about bad1"}},
			title:  "bad1", raw: "raw bad1", code: tagroll.CodeInvalidAnswer, message: "about bad1",
		},
		{
			name: "worse", replies: []reply{says("bad1"), says("bad2 bad3")},
			repair: &tagroll.Repair{Answer: "raw bad1", Problems: []string{"about bad1"}},
			title:  "bad1", raw: "raw bad1", code: tagroll.CodeInvalidAnswer, message: "about bad1",
		},
		{
			name: "malformed in the end", replies: []reply{says("bad1 bad2"), babbles("hm")},
			repair: &tagroll.Repair{Answer: "raw bad1 bad2", Problems: []string{"about bad1", "about bad2"}},
			title:  "bad1 bad2", raw: "raw bad1 bad2", code: tagroll.CodeInvalidAnswer, message: "about bad1; about bad2",
		},
		{
			name: "refused in the end", replies: []reply{says("bad1"), fails(tagroll.CodeRefused)},
			repair: &tagroll.Repair{Answer: "raw bad1", Problems: []string{"about bad1"}},
			title:  "bad1", raw: "raw bad1", code: tagroll.CodeInvalidAnswer, message: "about bad1",
		},
		{
			name: "malformed twice", replies: []reply{babbles("hm"), babbles("er")},
			repair: &tagroll.Repair{Answer: "hm", Problems: []string{"hm is no JSON"}},
			raw:    "er", code: tagroll.CodeMalformedAnswer,
		},
		{
			name: "malformed, then refused", replies: []reply{babbles("hm"), fails(tagroll.CodeRefused)},
			repair: &tagroll.Repair{Answer: "hm", Problems: []string{"hm is no JSON"}},
			raw:    "hm", code: tagroll.CodeMalformedAnswer,
		},
		{
			name: "malformed, then against the rules", replies: []reply{babbles("hm"), says("bad1 bad2")},
			repair: &tagroll.Repair{Answer: "hm", Problems: []string{"hm is no JSON"}},
			title:  "bad1 bad2", raw: "raw bad1 bad2", code: tagroll.CodeInvalidAnswer, message: "about bad1; about bad2",
		},
		{name: "not offline", offline: true, replies: []reply{says("bad1")}, title: "bad1", raw: "raw bad1", code: tagroll.CodeInvalidAnswer, message: "about bad1"},
		{name: "not offline for what is malformed", offline: true, replies: []reply{babbles("hm")}, raw: "hm", code: tagroll.CodeMalformedAnswer},
		{name: "not for the file name", photo: "bad-name", replies: []reply{says("fox")}, title: "fox", raw: "raw fox", code: tagroll.CodeInvalidAnswer, message: "about bad-name.jpg"},
		{name: "a file name may be poor", photo: "poor-name", replies: []reply{says("fox")}, title: "fox"},
		{
			name: "not about the file name", photo: "bad-name", replies: []reply{says("bad1"), says("fox")},
			repair: &tagroll.Repair{Answer: "raw bad1", Problems: []string{"about bad1"}},
			title:  "fox", raw: "raw fox", code: tagroll.CodeInvalidAnswer, message: "about bad-name.jpg",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := new(stage)
			d := &describer{stage: s, offline: tt.offline, replies: tt.replies}
			if tt.photo == "" {
				tt.photo = "1"
			}
			result, err := s.run(t.Context(), build(t, s.config(d)), photo(tt.photo))
			if len(s.requests) != len(tt.replies) {
				t.Fatalf("%d calls, want %d", len(s.requests), len(tt.replies))
			}
			last := s.requests[len(s.requests)-1]
			if !reflect.DeepEqual(last.Repair, tt.repair) {
				t.Errorf("the repair is %+v, want %+v", last.Repair, tt.repair)
			}
			want := tagroll.StatusSuccessful
			if tt.code != "" {
				want = tagroll.StatusNeedsReview
				wantError(t, err, tt.code, tagroll.StageValidate)
				if tt.message != "" && tagroll.AsError(err).Message != tt.message {
					t.Errorf("the message is %q, want %q", tagroll.AsError(err).Message, tt.message)
				}
			} else if err != nil {
				t.Error(err)
			}
			title := ""
			if result.Metadata != nil {
				title = result.Metadata.Title
			}
			if result.Status != want || title != tt.title || result.Raw != tt.raw {
				t.Errorf("got %q with the title %q from %q, want %q with %q from %q", result.Status, title, result.Raw, want, tt.title, tt.raw)
			}
			if bad := tt.code == tagroll.CodeInvalidAnswer; bad != tagroll.HasErrors(result.Findings) {
				t.Errorf("the findings are %+v", result.Findings)
			}
			if n := len(tt.replies); result.Usage.InputTokens != n*usage.InputTokens || result.Usage.CostUSD != float64(n)*usage.CostUSD {
				t.Errorf("the usage of %d calls is %+v", n, result.Usage)
			}
		})
	}
}

// A repair that the batch does not allow any more leaves the photo for review.
func TestRepairNotAllowed(t *testing.T) {
	s := new(stage)
	p := build(t, s.config(&describer{stage: s, replies: []reply{says("bad")}}))
	attempt, calls := s.attempt(), 0
	call := attempt.Call
	attempt.Call = func(ctx context.Context, e tagroll.Estimate, f func(context.Context) (tagroll.RateLimit, error)) error {
		if calls++; calls > 1 {
			return &tagroll.Error{Code: tagroll.CodeCallLimit, Message: "gave up"}
		}
		return call(ctx, e, f)
	}
	result, err := p.Process(t.Context(), photo("1"), attempt)
	wantError(t, err, tagroll.CodeInvalidAnswer, tagroll.StageValidate)
	if calls != 2 || len(s.requests) != 1 || result.Status != tagroll.StatusNeedsReview || result.Metadata == nil || result.Metadata.Title != "bad" {
		t.Errorf("after %d tries the result is %+v", calls, result)
	}
}

// Where the time went is told step by step, calls that failed and were repeated included.
func TestTimings(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := new(stage)
		slow := func(d time.Duration, r reply) reply {
			return func(ctx context.Context) (tagroll.Answer, error) {
				after(ctx, d)
				return r(ctx)
			}
		}
		c := s.config(&describer{stage: s, replies: []reply{
			slow(10*time.Second, fails(tagroll.CodeProviderError)),
			slow(20*time.Second, fails(tagroll.CodeImageFetchFailed)),
			slow(40*time.Second, says("bad")),
			slow(80*time.Second, fails(tagroll.CodeRefused)),
		}})
		c.Read = func(ctx context.Context, _ tagroll.Photo) ([]byte, error) { return nil, after(ctx, time.Second) }
		c.Inspect = func([]byte) (tagroll.Facts, error) {
			return tagroll.Facts{}, after(t.Context(), time.Second)
		}
		c.Compress = func(ctx context.Context, _ []byte, _ tagroll.Facts) (tagroll.Image, error) {
			return tagroll.Image{}, after(ctx, 3*time.Second)
		}
		c.Publisher = delayed{c.Publisher, 4 * time.Second}
		c.Fallback = delayed{publisher{stage: s, name: "inline", inline: true}, 5 * time.Second}
		attempt := s.attempt()
		call := attempt.Call
		attempt.Call = func(ctx context.Context, e tagroll.Estimate, f func(context.Context) (tagroll.RateLimit, error)) error {
			err := call(ctx, e, f)
			// A batch does the same, after a pause that is no call.
			if tagroll.CodeOf(err).Recoverable() {
				after(ctx, time.Hour)
				err = call(ctx, e, f)
			}
			return err
		}
		result, err := build(t, c).Process(t.Context(), photo("1"), attempt)
		if result.Status != tagroll.StatusNeedsReview || !strings.Contains(err.Error(), "about bad") {
			t.Fatalf("got %+v, %v", result, err)
		}
		want := tagroll.Timings{
			Intake: tagroll.Millis(2 * time.Second), Compress: tagroll.Millis(3 * time.Second),
			Publish: tagroll.Millis(9 * time.Second), Describe: tagroll.Millis(150 * time.Second),
		}
		if result.Timings != want {
			t.Errorf("the timings are %+v, want %+v", result.Timings, want)
		}
		if result.Usage.InputTokens != 400 || result.Usage.CachedTokens != 40 || result.Usage.OutputTokens != 80 || result.Usage.CostUSD != 1 {
			t.Errorf("the usage of four calls is %+v", result.Usage)
		}
	})
}

// delayed is a publisher that takes its time.
type delayed struct {
	tagroll.Publisher
	delay time.Duration
}

func (d delayed) Publish(ctx context.Context, image tagroll.Image) (tagroll.Publication, error) {
	after(ctx, d.delay)
	return d.Publisher.Publish(ctx, image)
}

// An answer that was paid for is kept for review if the deadline, or the end of the batch, falls
// into its repair.
func TestRepairCutOff(t *testing.T) {
	for _, tt := range []struct {
		name  string
		first reply
		kept  bool
	}{
		{"against the rules", says("bad"), true},
		{"malformed, but with words in it", func(context.Context) (tagroll.Answer, error) {
			answer, _ := says("fox")(t.Context())
			return answer, &tagroll.Error{Code: tagroll.CodeMalformedAnswer, Message: "no end"}
		}, true},
		{"without a word", babbles("hm"), false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := new(stage)
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				result, err := s.run(ctx, build(t, s.config(&describer{stage: s, replies: []reply{tt.first, hangs}})), photo("1"))
				if kept := result.Status == tagroll.StatusNeedsReview && result.Metadata != nil; kept != tt.kept || err == nil {
					t.Errorf("got %+v, %v, want the first answer kept: %v", result, err, tt.kept)
				}
				if result.Usage.InputTokens != 2*usage.InputTokens || len(s.requests) != 2 {
					t.Errorf("the usage of %d calls is %+v, want that of 2", len(s.requests), result.Usage)
				}
			})
		})
	}
}
