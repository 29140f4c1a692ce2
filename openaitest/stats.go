package openaitest

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"time"
)

// Stats is what a server saw since it began, or since its statistics were reset.
type Stats struct {
	// Calls are all requests to /chat/completions, Outcomes how they ended: "ok", "fault 500",
	// "429 rate_limit_exceeded", "no answer" and so on. Requests in flight have no outcome yet.
	Calls    int            `json:"calls"`
	Outcomes map[string]int `json:"outcomes"`
	// InFlight is how many requests are under way, MostInFlight how many were at once.
	InFlight     int `json:"in_flight"`
	MostInFlight int `json:"most_in_flight"`
	// RateLimited is how many answers had the status 429, faults included.
	RateLimited int `json:"rate_limited"`
	// ClientClosed is how many clients left before their answer, usually by a timeout.
	ClientClosed int `json:"client_closed"`

	// Images are the images by SHA-256 (hexadecimal) of their bytes. A call counts
	// once it passed all checks and limits.
	Images map[string]ImageStats `json:"images"`
	// DuplicateCalls are the calls beyond the first for an image; DuplicateSuccesses are the
	// useful answers beyond the first, each of them paid for in vain.
	DuplicateCalls     int `json:"duplicate_calls"`
	DuplicateSuccesses int `json:"duplicate_successes"`
	// Leaks is how many calls carried an image with EXIF, GPS, XMP or IPTC metadata.
	Leaks int `json:"leaks"`
	// Downloads are the images that were fetched from an address, or should have been.
	Downloads        int `json:"downloads"`
	DownloadFailures int `json:"download_failures"`

	PromptTokens     int `json:"prompt_tokens"`
	CachedTokens     int `json:"cached_tokens"`
	CacheWriteTokens int `json:"cache_write_tokens"`
	CompletionTokens int `json:"completion_tokens"`
	// LatenciesMS are the times from arrival to the end of the answer, in milliseconds,
	// of every call that was answered with a 200, in the order in which they arrived.
	LatenciesMS []float64 `json:"latencies_ms"`
}

// ImageStats is what a server saw of one image.
type ImageStats struct {
	Format string `json:"format"` // "jpeg", "png", "gif" or "webp"
	Bytes  int    `json:"bytes"`
	Width  int    `json:"width"`  // pixels
	Height int    `json:"height"` // pixels
	// The kinds of metadata that it carries.
	EXIF bool `json:"exif"`
	GPS  bool `json:"gps"`
	XMP  bool `json:"xmp"`
	IPTC bool `json:"iptc"`
	ICC  bool `json:"icc"`
	// Calls are the calls with it, Successes those with a useful answer.
	Calls     int `json:"calls"`
	Successes int `json:"successes"`
}

// counters is Stats under the server's lock.
type counters struct {
	Stats
	serial   int         // of the last request, for x-request-id; survives a reset
	arrivals []time.Time // of the calls in LatenciesMS
}

func (t *counters) reset() {
	t.arrivals = nil
	t.Stats = Stats{
		Outcomes: map[string]int{}, Images: map[string]ImageStats{}, LatenciesMS: []float64{},
		InFlight: t.InFlight, MostInFlight: t.InFlight,
	}
}

func (t *counters) begin(h http.Header) {
	t.serial++
	h.Set("x-request-id", fmt.Sprintf("req_%032x", t.serial))
	t.Calls++
	t.InFlight++
	t.MostInFlight = max(t.MostInFlight, t.InFlight)
}

func (t *counters) end(outcome string, clientLeft bool) {
	t.InFlight--
	t.Outcomes[outcome]++
	if clientLeft {
		t.ClientClosed++
	}
	switch {
	case len(outcome) > 3 && outcome[:3] == "429", outcome == "fault "+string(FaultRateLimit), outcome == "fault "+string(FaultQuota), outcome == "fault "+string(FaultBusy):
		t.RateLimited++
	}
}

func (t *counters) saw(p *picture) {
	if p.leaks.private() {
		t.Leaks++
	}
	seen, again := t.Images[p.sha256]
	if again {
		t.DuplicateCalls++
	}
	t.Images[p.sha256] = ImageStats{
		Format: p.format, Bytes: p.bytes, Width: p.width, Height: p.height,
		EXIF: p.leaks.EXIF, GPS: p.leaks.GPS, XMP: p.leaks.XMP, IPTC: p.leaks.IPTC, ICC: p.leaks.ICC,
		Calls: seen.Calls + 1, Successes: seen.Successes,
	}
}

func (t *counters) answered(pictures []*picture, good bool, arrived time.Time) {
	// Calls that arrived later may have been answered earlier, but not many of them.
	i := len(t.arrivals)
	for i > 0 && t.arrivals[i-1].After(arrived) {
		i--
	}
	t.arrivals = slices.Insert(t.arrivals, i, arrived)
	t.LatenciesMS = slices.Insert(t.LatenciesMS, i, float64(time.Since(arrived).Microseconds())/1000)
	if !good {
		return
	}
	for _, p := range pictures {
		seen, known := t.Images[p.sha256]
		if !known {
			continue // reset since the call began
		}
		if seen.Successes > 0 {
			t.DuplicateSuccesses++
		}
		seen.Successes++
		t.Images[p.sha256] = seen
	}
}

func (t *counters) spent(u *usage) {
	t.PromptTokens += u.Prompt
	t.CachedTokens += u.PromptDetails.Cached
	t.CacheWriteTokens += u.PromptDetails.CacheWrite
	t.CompletionTokens += u.Completion
}

// count changes the statistics.
func (s *Server) count(change func(*counters)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(&s.counters)
	close(s.changed)
	s.changed = make(chan struct{})
}

// Await waits until the statistics are as expected, and returns ctx's cause if that ends first.
// Tests wait for what the server has seen instead of for some time.
func (s *Server) Await(ctx context.Context, reached func(Stats) bool) error {
	for {
		s.mu.Lock()
		changed := s.changed
		s.mu.Unlock()
		if reached(s.Stats()) {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// Stats returns the statistics so far; they are the caller's.
func (s *Server) Stats() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	stats := s.counters.Stats
	stats.Outcomes = maps.Clone(stats.Outcomes)
	stats.Images = maps.Clone(stats.Images)
	stats.LatenciesMS = slices.Clone(stats.LatenciesMS)
	return stats
}
