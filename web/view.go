package web

import (
	"bytes"
	"cmp"
	"encoding/json"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/export"
	"github.com/tagroll/tagroll/progress"
	"github.com/tagroll/tagroll/queue"
)

// batchView is a batch of photos. error is there if the server stopped it because every photo would
// fail alike.
type batchView struct {
	// Random; it gives access to nothing by itself.
	ID string `json:"id"`
	// Opens the batch as a bearer. Only in the answer that made it.
	Token string `json:"token,omitempty"`
	// open: photos can be added. processing: no more photos, not all are done. completed: all
	// are done. cancelled: stopped; what was not done is pending.
	State queue.State `json:"state"`
	// When it was made.
	CreatedAt time.Time `json:"created_at"`
	// Since when no photo can be added.
	ClosedAt *time.Time `json:"closed_at,omitempty"`
	// When the last photo was done, or the batch was cancelled.
	EndedAt *time.Time `json:"ended_at,omitempty"`
	// When the whole batch will be deleted. Every look at the batch and every edit moves it.
	ExpiresAt *time.Time `json:"expires_at,omitempty"`

	// What its owner calls it.
	Name string `json:"name,omitempty"`
	// What its downloads are called, before the name of the format: as the batch, or else after
	// its first photo.
	DownloadName string `json:"download_name,omitempty"`
	// What its owner says of the shoot, for the describer.
	Context string `json:"context,omitempty"`
	// What its owner asks of the words, beyond what the agencies ask.
	Brief *briefBody `json:"brief,omitempty"`
	// Whose rules count.
	Agencies  []string      `json:"agencies"`
	Describer describerView `json:"describer"`

	Progress progressView `json:"progress"`
	// Since it was made, until its end.
	ElapsedSeconds float64 `json:"elapsed_seconds"`
	// A photo's own time, on average; null while unknown.
	AverageSeconds *float64 `json:"average_seconds"`
	// Null while unknown.
	EstimatedRemaining *float64 `json:"estimated_seconds_remaining"`
	// How much longer the provider's rate limit holds everything back; 0 if it does not.
	PausedSeconds float64 `json:"paused_seconds"`
	// What holds back calls: at the server that answers, or at its workers.
	Limiter limiterView `json:"limiter"`
	// Paid calls.
	Calls int `json:"calls"`
	// An estimate.
	CostUSD float64 `json:"cost_usd"`
	// The cost at each service tier, in the provider's words; "mixed" are photos that took
	// several. Absent if the provider names no tier or the price is not known.
	CostByTier map[string]float64 `json:"cost_by_tier_usd,omitempty"`
	// What the calls took, by kind; absent before the first.
	Usage *usageView `json:"usage,omitempty"`
	// What one more photo is expected to take: the mean of those described, or an estimate
	// while they are fewer than five. Absent if nothing is known.
	PerPhoto *perPhotoView `json:"per_photo,omitempty"`
	Error    *errorView    `json:"error,omitempty"`
	// Grows with every change.
	Revision uint64 `json:"revision"`
	// In the order of the batch: by position, then as they arrived. Not in lists and most
	// events.
	Photos *[]photoView `json:"photos,omitempty"`
	// Removed are the ids of photos that were removed since the revision that was asked for.
	Removed *[]string `json:"removed,omitempty"`
	// Next is the address of the next page of photos; absent on the last one.
	Next string `json:"next,omitempty"`
	// Duplicates are photos of the same name, which agencies that match by name cannot tell
	// apart.
	Duplicates []duplicateView `json:"duplicates,omitempty"`
}

type describerView struct {
	// openai, or offline, which asks no model.
	Name  string `json:"name"`
	Model string `json:"model,omitempty"`
	// Whether images leave the server.
	Remote bool `json:"remote"`
	// For people.
	Label string `json:"label,omitempty"`
}

// usageView is what calls took as the provider counts it.
type usageView struct {
	InputTokens int `json:"input_tokens"`
	// Of the input tokens: found in the provider's cache.
	CachedTokens int `json:"cached_tokens"`
	// Of the input tokens: put into the provider's cache, at a price of their own.
	CacheWriteTokens int `json:"cache_write_tokens"`
	OutputTokens     int `json:"output_tokens"`
	// Of the output tokens.
	ReasoningTokens int `json:"reasoning_tokens"`
	// The service tier that served the calls; absent if the provider does not say.
	Tier string `json:"tier,omitempty"`
}

// perPhotoView is what one photo takes, on average.
type perPhotoView struct {
	Calls float64 `json:"calls"`
	// An estimate.
	CostUSD float64 `json:"cost_usd"`
	// Input and output.
	Tokens int `json:"tokens"`
}

// pricePerThousand is about what the dearest of some agencies costs alone; zero if it is not known.
func (s *Server) pricePerThousand(agencies []string) float64 {
	price := 0.0
	for _, name := range agencies {
		price = max(price, s.PriceByAgency[name])
	}
	return cmp.Or(price, s.PricePerThousandUSD)
}

// perPhoto says what one more photo of a batch is expected to take; nil if nothing is known.
func (s *Server) perPhoto(b queue.Snapshot) *perPhotoView {
	estimate := s.TypicalUsage
	estimate.CostUSD = s.pricePerThousand(b.Agencies) / 1000
	calls, u := progress.PerPhoto(b.Progress, estimate)
	if u.CostUSD == 0 && u.InputTokens+u.OutputTokens == 0 {
		return nil
	}
	return &perPhotoView{Calls: math.Round(1000*calls) / 1000, CostUSD: u.CostUSD, Tokens: u.InputTokens + u.OutputTokens}
}

// progressView counts photos: total = completed + processing + pending; completed = successful +
// needs_review + failed.
type progressView struct {
	Total       int `json:"total"`
	Completed   int `json:"completed"`
	Successful  int `json:"successful"`
	NeedsReview int `json:"needs_review"`
	Failed      int `json:"failed"`
	// Drafts are photos of successful and needs_review that no model has looked at and no
	// person has edited.
	Drafts     int `json:"drafts"`
	Processing int `json:"processing"`
	Pending    int `json:"pending"`
}

// limiterView is what the provider's limits allow now: tagroll.LimiterState without what the whole
// server spends.
type limiterView struct {
	// Until when no call is made; absent unless calls wait for longer than usual.
	PausedUntil *time.Time `json:"paused_until,omitempty"`
	// What they wait for. retry_after: the provider has asked for it. pace: it refuses calls
	// without naming a limit. The others: the limit that is used up.
	PausedBy tagroll.PauseReason `json:"paused_by,omitempty"`
	// Calls under way.
	InFlight int `json:"in_flight"`
	// Calls that wait to be made.
	Waiting int `json:"waiting"`
	// How many calls may be under way; absent without a bound.
	Window int `json:"window,omitempty"`
	// How many calls the provider allows; absent while unknown.
	CallsPerMinute float64 `json:"calls_per_minute,omitempty"`
	// Calls that the provider has refused so far.
	Refused int `json:"refused"`
}

func viewLimiter(s tagroll.LimiterState) limiterView {
	v := limiterView{
		InFlight: s.InFlight, Waiting: s.Waiting, Window: s.Window, Refused: s.Refused,
		CallsPerMinute: math.Round(10*s.CallsPerMinute) / 10,
	}
	if s.Paused() {
		v.PausedUntil, v.PausedBy = moment(s.PausedUntil), s.PausedBy
	}
	return v
}

type errorView struct {
	// Stable.
	Code tagroll.Code `json:"code"`
	// For people: what happened and what to do.
	Message string `json:"message"`
}

// photoView is a photo: with metadata when there are any, with error if it failed or needs review.
type photoView struct {
	// The sender's own, or random.
	ID string `json:"id"`
	// Without folders.
	Filename string `json:"filename"`
	// Partners are the names of other files that were sent and are the same photo: a camera's
	// RAW file beside its JPEG, which are described once and have one row.
	Partners []string         `json:"partners,omitempty"`
	State    queue.PhotoState `json:"state"`
	// Paid calls for this photo.
	Attempts int `json:"attempts"`
	// Of the file as it was sent.
	Bytes int64 `json:"bytes"`
	// Of the kept image, in pixels; absent if there is none.
	Width  int `json:"width,omitempty"`
	Height int `json:"height,omitempty"`
	// When it arrived.
	AddedAt time.Time `json:"added_at"`
	// When a person last changed the metadata.
	EditedAt *time.Time `json:"edited_at,omitempty"`
	// EditedFields are the fields that a person wrote: title, keywords, category.
	EditedFields []string `json:"edited_fields,omitempty"`
	// By the camera's clock, which seldom knows its zone.
	TakenAt *time.Time `json:"taken_at,omitempty"`
	// Group is the id of the first photo of the batch that looks like this one, which may be
	// this photo itself. Photos with the same group look alike: agencies take few of a kind.
	Group string `json:"group,omitempty"`
	// Where it was taken as its file says, or as its GPS position is named: city, region,
	// country.
	Place string `json:"place,omitempty"`
	// PlaceNames are the names of the place that go into the photo's own file: what a person
	// said, else the file or its position.
	PlaceNames *tagroll.Place `json:"place_names,omitempty"`
	// FilePlace are the names that the file or its position has where a person said another
	// place; they count again if that is taken back.
	FilePlace *tagroll.Place `json:"file_place,omitempty"`
	// Caption is what the photo's own file says of it.
	Caption string `json:"caption,omitempty"`
	// Metadata of a photo that is described again is what it had, until there is an answer.
	Metadata *tagroll.Metadata `json:"metadata,omitempty"`
	// Details are what a person said beside the words: releases, editorial.
	Details *detailsView `json:"details,omitempty"`
	// Where what is known beside the words comes from.
	Origins *originsView `json:"origins,omitempty"`
	// Dateline is what the description of an editorial photo begins with in the photo's own
	// file.
	Dateline string `json:"dateline,omitempty"`
	// Draft says that no model has looked at the photo and no person has edited its texts.
	Draft bool `json:"draft,omitempty"`
	// What the agencies' rules have against the metadata.
	Findings []tagroll.Finding `json:"findings,omitempty"`
	Error    *errorView        `json:"error,omitempty"`
	// AgainError is why describing the photo again has failed; its earlier texts stay.
	AgainError *errorView `json:"again_error,omitempty"`
	// The photo's own time, once it is done.
	Seconds float64 `json:"seconds,omitempty"`
	// For If-Match.
	ETag string `json:"etag"`
	// The path of the kept image; absent if there is none.
	Image string `json:"image,omitempty"`
}

func (s *Server) viewBatch(b queue.Snapshot, withPhotos bool) batchView {
	p := b.Progress
	v := batchView{
		ID: b.ID, State: b.State, CreatedAt: *moment(b.Created),
		ClosedAt: moment(b.Closed), EndedAt: moment(b.Ended), ExpiresAt: moment(b.Expires),
		Name: b.Name, DownloadName: downloadName(b), Context: b.Brief.Context, Brief: viewBrief(b.Brief),
		Agencies:  b.Agencies,
		Describer: describerView{Name: s.Describer.Name, Model: s.Describer.Model, Remote: s.Describer.Remote},
		Progress: progressView{Total: p.Total, Completed: p.Completed, Successful: p.Successful, NeedsReview: p.NeedsReview,
			Failed: p.Failed, Drafts: p.Drafts, Processing: p.Processing, Pending: p.Pending},
		ElapsedSeconds: inSeconds(p.Elapsed), Limiter: viewLimiter(p.Limiter),
		Calls: p.Calls, CostUSD: p.Usage.CostUSD, CostByTier: p.CostByTier, Revision: b.Revision,
	}
	if p.Limiter.Paused() {
		v.PausedSeconds = inSeconds(p.Limiter.PausedFor)
	}
	v.Usage, v.PerPhoto = viewUsage(p.Usage), s.perPhoto(b)
	if b.Error != nil {
		v.Error = &errorView{Code: b.Error.Code, Message: b.Error.Message}
	}
	if v.Agencies == nil {
		v.Agencies = []string{}
	}
	if p.Average > 0 {
		v.AverageSeconds = new(inSeconds(p.Average))
	}
	if p.Remaining >= 0 && (p.Completed > 0 || hasEnded(b)) {
		v.EstimatedRemaining = new(inSeconds(p.Remaining))
	}
	if withPhotos {
		photos := make([]photoView, len(b.Photos))
		for i := range b.Photos {
			photos[i] = s.viewPhoto(b.Batch, b.Photos[i])
		}
		v.Photos = &photos
		v.Duplicates = duplicateNames(b.Photos)
	}
	return v
}

func (s *Server) viewPhoto(b queue.Batch, p queue.Photo) photoView {
	v := photoView{
		ID: p.ID, Filename: p.Name, Partners: p.Partners, State: p.State, Attempts: p.Calls, Bytes: p.Bytes, Width: p.Width, Height: p.Height,
		AddedAt: *moment(p.Added), EditedAt: moment(p.Edited), TakenAt: moment(p.Facts.Taken), ETag: etag(p.Revision), Group: p.Group,
		Place: nameOfPlace(p.Facts.Place), PlaceNames: viewPlace(p.Facts.Place), Caption: p.Facts.Caption,
	}
	if p.Width > 0 {
		v.Image = s.BasePath + "/api/v1/batches/" + b.ID + "/photos/" + p.ID + "/image"
	}
	v.EditedFields, v.Draft = p.EditedFields, p.Draft()
	if p.AgainError != nil {
		v.AgainError = &errorView{Code: p.AgainError.Code, Message: p.AgainError.Message}
	}
	r := p.Result
	if r == nil {
		r = p.Previous
	}
	if r == nil {
		return v
	}
	if r.Metadata != nil {
		m := *r.Metadata
		if m.Keywords == nil {
			m.Keywords = []string{}
		}
		v.Metadata = &m
	}
	v.Details = viewDetails(r.Details)
	known := *r
	known.Facts = p.Facts
	if b.Brief.Editorial {
		known.Details = withEditorial(known.Details)
	}
	if v.PlaceNames = viewPlace(known.Place()); known.Place() != known.Facts.Place {
		v.FilePlace = viewPlace(known.Facts.Place)
	}
	v.Origins = viewOrigins(export.Origins(known))
	if known.Details != nil && known.Details.Editorial {
		rules, _ := chosen(s.Agencies, b.Agencies)
		v.Dateline = rules.FileDateline(known)
	}
	v.Findings = r.Findings
	if r.Error != nil {
		v.Error = &errorView{Code: r.Error.Code, Message: r.Error.Message}
	}
	v.Seconds = inSeconds(time.Duration(r.Timings.Total))
	return v
}

// originsView says of each thing that is known beside the words where it comes from: user, file,
// position (the names of the file's GPS position) or model. What is not known is absent.
type originsView struct {
	Place     string `json:"place,omitempty"`
	Date      string `json:"date,omitempty"`
	Editorial string `json:"editorial,omitempty"`
	// What of people and property may need a release.
	People   string `json:"people,omitempty"`
	Property string `json:"property,omitempty"`
}

func viewOrigins(o map[string]string) *originsView {
	if len(o) == 0 {
		return nil
	}
	return &originsView{Place: o["place"], Date: o["date"], Editorial: o["editorial"], People: o["people"], Property: o["property"]}
}

// nameOfPlace is a place for people.
func nameOfPlace(p tagroll.Place) string {
	parts := []string{p.Location, p.City, p.Region, p.Country}
	return strings.Join(slices.DeleteFunc(parts, func(part string) bool { return part == "" }), ", ")
}

// viewPlace is a place's view; nil for none.
func viewPlace(p tagroll.Place) *tagroll.Place {
	if p == (tagroll.Place{}) {
		return nil
	}
	return &p
}

// viewUsage is the view of what calls took; nil for nothing.
func viewUsage(u tagroll.Usage) *usageView {
	if u.InputTokens+u.OutputTokens == 0 {
		return nil
	}
	return &usageView{
		InputTokens: u.InputTokens, CachedTokens: u.CachedTokens, CacheWriteTokens: u.CacheWriteTokens,
		OutputTokens: u.OutputTokens, ReasoningTokens: u.ReasoningTokens, Tier: u.Tier,
	}
}

// hasEnded reports whether nothing more happens to a batch by itself.
func hasEnded(b queue.Snapshot) bool {
	return b.State == queue.StateCompleted || b.State == queue.StateCancelled
}

// moment is a time as JSON has it: UTC, whole milliseconds; nil for none.
func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return new(t.UTC().Truncate(time.Millisecond))
}

func inSeconds(d time.Duration) float64 { return math.Round(d.Seconds()*1000) / 1000 }

// etag is the strong validator of a photo.
func etag(revision uint64) string { return `"` + strconv.FormatUint(revision, 10) + `"` }

// encode writes JSON on one line, without escaping for HTML.
func encode(value any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(value); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// writeJSON answers with a JSON document. A handler that gave it a validator has set Cache-Control.
func writeJSON(w http.ResponseWriter, status int, value any) error {
	body, err := encode(value)
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	if h.Get("Cache-Control") == "" {
		h.Set("Cache-Control", "no-store")
	}
	if len(body) < leastCompressed || status != http.StatusOK {
		w.WriteHeader(status)
		w.Write(body) // nobody is left to tell
		return nil
	}
	z := compressed(w)
	w.WriteHeader(status)
	z.Write(body)
	z.Close()
	return nil
}

// duplicateView names photos that have the same file name.
type duplicateView struct {
	Filename string   `json:"filename"`
	Photos   []string `json:"photos"` // ids, in the order of the batch
}

// duplicateNames finds photos of the same name. Case does not count: agencies and file systems
// ignore it.
func duplicateNames(photos []queue.Photo) []duplicateView {
	first := make(map[string]int, len(photos))
	var found []duplicateView
	at := make(map[string]int)
	for i, p := range photos {
		key := strings.ToLower(norm.NFC.String(p.Name))
		one, there := first[key]
		if !there {
			first[key] = i
			continue
		}
		k, known := at[key]
		if !known {
			k = len(found)
			at[key] = k
			found = append(found, duplicateView{Filename: photos[one].Name, Photos: []string{photos[one].ID}})
		}
		found[k].Photos = append(found[k].Photos, p.ID)
	}
	return found
}
