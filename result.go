package tagroll

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"time"
)

// Status is how a photo's way ended.
type Status string

const (
	// StatusSuccessful means metadata that the agency's rules accept.
	StatusSuccessful Status = "successful"
	// StatusNeedsReview means metadata as received that breaks a rule; a person must look.
	StatusNeedsReview Status = "needs_review"
	// StatusFailed means no metadata; Result.Error says why.
	StatusFailed Status = "failed"
	// StatusPending means that the photo was not tried, or was stopped; a later run takes it
	// up.
	StatusPending Status = "pending"
)

// Result is what became of one photo.
type Result struct {
	Photo  Photo  `json:"photo"`
	Status Status `json:"status"`
	// Metadata is set for StatusSuccessful and, if anything usable was received, for
	// StatusNeedsReview.
	Metadata *Metadata `json:"metadata,omitempty"`
	// Details are what the user says beside the words; nil if nothing.
	Details *Details `json:"details,omitempty"`
	// Origins says where what is known beside the words comes from: "user", "file", "position"
	// (names of a GPS position) or "model", by "place", "date", "editorial", "people" and
	// "property". Package export fills it in.
	Origins map[string]string `json:"origins,omitempty"`
	// Findings are what the agencies' rules have to say of Metadata.
	Findings []Finding `json:"findings,omitempty"`
	// Error is set for StatusFailed, StatusPending and StatusNeedsReview.
	Error *Error `json:"error,omitempty"`
	// Raw is the last answer as received, for StatusNeedsReview.
	Raw string `json:"raw,omitempty"`

	Facts     Facts         `json:"facts,omitzero"`
	Describer DescriberInfo `json:"describer,omitzero"`
	// Identity names everything beside the photo that the result depends on: the
	// describer, what it was told, and the rules. See [Key].
	Identity string `json:"identity,omitempty"`
	// Calls is how many paid calls were made for the photo; Retries is how many of
	// them repeated a call that had failed.
	Calls   int `json:"calls"`
	Retries int `json:"retries"`
	// Refusals is how often the provider said "not yet" (429). A refusal is no call: nothing
	// was done.
	Refusals int     `json:"refusals,omitempty"`
	Usage    Usage   `json:"usage,omitzero"`
	Timings  Timings `json:"timings,omitzero"`
	// Reused is whether the result was taken from a journal instead of being made.
	Reused bool `json:"reused,omitempty"`
	// Cached is whether the result is that of another photo with the same picture, so that no
	// call was made. SameAs is that photo's label, if it is one of the batch.
	Cached bool   `json:"cached,omitempty"`
	SameAs string `json:"same_as,omitempty"`
	// Image is the small image without its JPEG, by which photos that look alike are found. It
	// is no part of the JSON; journals keep it. Zero if unknown.
	Image Image `json:"-"`
}

// Draft reports whether the words are a draft: made by the built-in describer, with no model and no
// person having looked at the photo. A draft needs review, and is written all the same if nothing
// else is against it.
func (r Result) Draft() bool {
	return r.Status == StatusNeedsReview && r.Metadata != nil && r.Error != nil && r.Error.Code == CodeDraft
}

// Usable reports whether the words are for an agency: accepted, or a draft, or, if reviews are
// included, any that need review.
func (r Result) Usable(includeReview bool) bool {
	return r.Metadata != nil && (r.Status == StatusSuccessful || r.Draft() || includeReview && r.Status == StatusNeedsReview)
}

// Place returns where the photo was taken: the place in its Details, or else that in its Facts.
func (r Result) Place() Place {
	if r.Details == nil {
		return r.Facts.Place
	}
	return r.Details.Place.over(r.Facts.Place)
}

// Timings is where a photo's time went, in milliseconds when written as JSON.
type Timings struct {
	// Total is the photo's own time, without Waited.
	Total    Millis `json:"total_ms"`
	Intake   Millis `json:"intake_ms"`
	Compress Millis `json:"compress_ms"`
	Publish  Millis `json:"publish_ms"`
	// Describe is the time of the calls themselves, whether they succeeded or not.
	Describe Millis `json:"describe_ms"`
	// Waited is how long the photo waited at a provider's rate limit or for a free
	// processor. The photo's deadline does not run meanwhile.
	Waited Millis `json:"waited_ms"`
}

// Attempt is what an orchestrator lends to the work on one photo. Its functions are
// for that photo's goroutine only.
type Attempt struct {
	// Call makes one paid call; expect says what the call will take. Call waits until the
	// provider's limits allow the call, and notes the call in the journal first. Then it tells
	// the orchestrator what the provider said of its limits, and repeats the call as the retry
	// policy says. It returns the last call's error, or an error of its own (CodeCallLimit,
	// CodeJournalFailed, CodeTimeout, CodeCancelled).
	Call func(ctx context.Context, expect Estimate, call func(context.Context) (RateLimit, error)) error
	// Wait runs wait, which waits for something that other photos hold, and stops
	// the photo's clock meanwhile. It returns wait's error.
	Wait func(wait func() error) error
	// Known returns the stored result for a photo's content, by its SHA-256, so that a
	// photo with another name or time costs nothing. The work then returns that result.
	// It is nil where nothing is stored by content.
	Known func(ctx context.Context, content string) (Result, bool)
}

// Key names a stored result: the content, and the describer with its instructions.
type Key struct {
	// Content is the SHA-256 of the photo's bytes in lower-case hexadecimal. Where it is
	// empty a journal takes the content that it knows for the photo's ID and Version.
	Content string
	// Identity is that of [Result].
	Identity string
}

// Process does the work on one photo. It ends as soon as ctx does, and cleans up before it returns.
// The orchestrator fills in Result.Photo, Identity, Calls, Retries and the total time, unless the
// result is a known one (Reused); an error takes the place of Result.Error and makes the status
// failed unless the Result says needs review.
type Process func(ctx context.Context, photo Photo, attempt Attempt) (Result, error)

// Journal remembers what was done, so that a batch survives its process.
// Its methods are safe for concurrent use. An error is an *Error with CodeJournalFailed
// or CodeDiskFull; the orchestrator then makes no further call.
type Journal interface {
	// Lookup returns the stored result for the key. A success counts before a result that
	// needs review, that before a failure, and of equals the last one.
	Lookup(ctx context.Context, photo Photo, key Key) (result Result, found bool, err error)
	// Start records that paid call number k, counting from 1, is about to be made for the
	// photo. No call is made unless it returns nil.
	Start(ctx context.Context, photo Photo, k int) error
	// Finish stores the photo's result under its content (Facts.SHA256) and Identity. A
	// result is announced to nobody before Finish has returned.
	Finish(ctx context.Context, result Result) error
}

// Millis is a duration that JSON holds as a number of milliseconds, with three decimals.
type Millis time.Duration

// MarshalJSON writes the milliseconds.
func (m Millis) MarshalJSON() ([]byte, error) {
	ms := float64(time.Duration(m).Microseconds()) / 1000
	return strconv.AppendFloat(nil, ms, 'f', -1, 64), nil
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (m *Millis) UnmarshalJSON(b []byte) error {
	ms, err := strconv.ParseFloat(string(b), 64)
	if err != nil {
		return fmt.Errorf("tagroll: %q is not a number of milliseconds", b)
	}
	*m = Millis(math.Round(ms*1000) * float64(time.Microsecond))
	return nil
}
