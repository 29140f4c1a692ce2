package web

import (
	"bytes"
	"encoding/json"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/queue"
)

// batchView is a batch as clients see it.
type batchView struct {
	ID        string     `json:"id"`
	Token     string     `json:"token,omitempty"`
	State     string     `json:"state"`
	CreatedAt time.Time  `json:"created_at"`
	ClosedAt  *time.Time `json:"closed_at,omitempty"`
	EndedAt   *time.Time `json:"ended_at,omitempty"`
	ExpiresAt *time.Time `json:"expires_at,omitempty"`

	Agencies  []string      `json:"agencies"`
	Describer describerView `json:"describer"`

	Progress           progressView `json:"progress"`
	ElapsedSeconds     float64      `json:"elapsed_seconds"`
	AverageSeconds     *float64     `json:"average_seconds"`
	EstimatedRemaining *float64     `json:"estimated_seconds_remaining"`
	PausedSeconds      float64      `json:"paused_seconds"`
	Calls              int          `json:"calls"`
	CostUSD            float64      `json:"cost_usd"`
	Error              *errorView   `json:"error,omitempty"`
	Revision           uint64       `json:"revision"`
	Photos             *[]photoView `json:"photos,omitempty"`
}

type describerView struct {
	Name   string `json:"name"`
	Model  string `json:"model,omitempty"`
	Remote bool   `json:"remote"`
	Label  string `json:"label,omitempty"`
}

type progressView struct {
	Total       int `json:"total"`
	Completed   int `json:"completed"`
	Successful  int `json:"successful"`
	NeedsReview int `json:"needs_review"`
	Failed      int `json:"failed"`
	Processing  int `json:"processing"`
	Pending     int `json:"pending"`
}

type errorView struct {
	Code    tagroll.Code `json:"code"`
	Message string       `json:"message"`
}

// photoView is a photo as clients see it.
type photoView struct {
	ID       string            `json:"id"`
	Filename string            `json:"filename"`
	State    queue.PhotoState  `json:"state"`
	Attempts int               `json:"attempts"`
	Bytes    int64             `json:"bytes"`
	Width    int               `json:"width,omitempty"`
	Height   int               `json:"height,omitempty"`
	AddedAt  time.Time         `json:"added_at"`
	EditedAt *time.Time        `json:"edited_at,omitempty"`
	TakenAt  *time.Time        `json:"taken_at,omitempty"`
	Metadata *tagroll.Metadata `json:"metadata,omitempty"`
	Findings []tagroll.Finding `json:"findings,omitempty"`
	Error    *errorView        `json:"error,omitempty"`
	Seconds  float64           `json:"seconds,omitempty"`
	ETag     string            `json:"etag"`
	Image    string            `json:"image,omitempty"`
}

func (s *Server) viewBatch(b queue.Snapshot, withPhotos bool) batchView {
	p := b.Progress
	v := batchView{
		ID: b.ID, State: string(b.State), CreatedAt: *moment(b.Created),
		ClosedAt: moment(b.Closed), EndedAt: moment(b.Ended), ExpiresAt: moment(b.Expires),
		Agencies:  b.Agencies,
		Describer: describerView{Name: s.Describer.Name, Model: s.Describer.Model, Remote: s.Describer.Remote},
		Progress: progressView{Total: p.Total, Completed: p.Completed, Successful: p.Successful, NeedsReview: p.NeedsReview,
			Failed: p.Failed, Processing: p.Processing, Pending: p.Pending},
		ElapsedSeconds: inSeconds(p.Elapsed), PausedSeconds: inSeconds(p.PausedFor),
		Calls: p.Calls, CostUSD: p.Usage.CostUSD, Revision: b.Revision,
	}
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
			photos[i] = viewPhoto(b.ID, b.Photos[i])
		}
		v.Photos = &photos
	}
	return v
}

func viewPhoto(batch string, p queue.Photo) photoView {
	v := photoView{
		ID: p.ID, Filename: p.Name, State: p.State, Attempts: p.Attempts, Bytes: p.Bytes, Width: p.Width, Height: p.Height,
		AddedAt: *moment(p.Added), EditedAt: moment(p.Edited), TakenAt: moment(p.Facts.Taken), ETag: etag(p.Revision),
	}
	if p.Width > 0 {
		v.Image = "/api/v1/batches/" + batch + "/photos/" + p.ID + "/image"
	}
	r := p.Result
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
	v.Findings = r.Findings
	if r.Error != nil {
		v.Error = &errorView{Code: r.Error.Code, Message: r.Error.Message}
	}
	v.Seconds = inSeconds(time.Duration(r.Timings.Total))
	return v
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
	w.WriteHeader(status)
	w.Write(body) // nobody is left to tell
	return nil
}
