package web

import (
	"net/http"
	"slices"
	"strings"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/wording"
)

// serviceView is what a page or a program must know of the server before it sends anything.
type serviceView struct {
	Version   string        `json:"version"`
	Describer describerView `json:"describer"`
	// How a remote describer gets the image.
	Delivery   string             `json:"delivery"`
	Agencies   []agencyView       `json:"agencies"`
	Categories []tagroll.Category `json:"categories"`
	Formats    []formatView       `json:"formats"`
	// 0 is no limit.
	Limits limitsView `json:"limits"`
	// How long a batch is kept after its end.
	KeepSeconds int `json:"keep_seconds"`
	// Image formats.
	Accept []tagroll.Format `json:"accept"`
	// RawExtensions are the endings of RAW files, in lower case and without dot.
	RawExtensions []string  `json:"raw_extensions"`
	Image         imageView `json:"image"`
	// PricePerThousandUSD is what a thousand typical photos cost, estimated; null if it is not
	// known.
	PricePerThousandUSD *float64 `json:"price_per_thousand_usd"`
	// TypicalUsage is what one typical photo takes, estimated; absent if it is not known.
	TypicalUsage *usageView `json:"typical_usage,omitempty"`
}

// imageView says what the describer sees of a photo.
type imageView struct {
	Side    int `json:"side"`    // longest side in pixels, at most
	Quality int `json:"quality"` // of the JPEG, 1 to 100
}

type agencyView struct {
	Name  string `json:"name"`
	Label string `json:"label"`
	// Default is whether its rules count where a batch does not choose.
	Default bool `json:"default"`
	// In characters and keywords; 0 is no limit.
	Limits agencyLimitsView `json:"limits"`
	// PricePerThousandUSD is what a thousand typical photos cost if only its rules count,
	// estimated; absent if it is not known. Several agencies together cost about the most of
	// them.
	PricePerThousandUSD float64 `json:"price_per_thousand_usd,omitempty"`
}

// agencyLimitsView is agency.Limits; zero is no limit.
type agencyLimitsView struct {
	TitleMax       int `json:"title_max"`
	TitleWarnAbove int `json:"title_warn_above"`
	// DescriptionMax is zero as well where the agency takes no description.
	DescriptionMax       int `json:"description_max"`
	DescriptionWarnAbove int `json:"description_warn_above"`
	KeywordsMin          int `json:"keywords_min"`
	KeywordsMax          int `json:"keywords_max"`
	KeywordsWarnBelow    int `json:"keywords_warn_below"`
	KeywordsWarnAbove    int `json:"keywords_warn_above"`
	LeadingKeywords      int `json:"leading_keywords"`
}

type formatView struct {
	Name  string `json:"name"`
	Label string `json:"label"`
	// Without its dot.
	Extension string `json:"extension"`
}

// limitsView is Limits; zero is no limit.
type limitsView struct {
	PhotosPerBatch int   `json:"photos_per_batch"`
	BytesPerPhoto  int64 `json:"bytes_per_photo"`
	PixelsPerPhoto int   `json:"pixels_per_photo"`
	// KeywordsPerPhoto is how many keywords an edit may give a photo.
	KeywordsPerPhoto int   `json:"keywords_per_photo"`
	BytesPerBatch    int64 `json:"bytes_per_batch"`
	PhotosPerHour    int   `json:"photos_per_hour"`
	OpenBatches      int   `json:"open_batches"`
	// PhotosPerDay is for all visitors together.
	PhotosPerDay int `json:"photos_per_day"`
	// RequestsPerMinute, UploadsPerClient and StreamsPerClient are for each client's address.
	RequestsPerMinute int `json:"requests_per_minute"`
	UploadsPerClient  int `json:"uploads_per_client"`
	StreamsPerClient  int `json:"streams_per_client"`
}

func (s *Server) getService(w http.ResponseWriter, r *http.Request, _ visitor) error {
	l := s.Limits
	view := serviceView{
		Version:    s.Version,
		Describer:  describerView{Name: s.Describer.Name, Model: s.Describer.Model, Remote: s.Describer.Remote, Label: s.DescriberLabel},
		Delivery:   s.Delivery,
		Categories: tagroll.Categories(),
		Limits: limitsView{PhotosPerBatch: l.PhotosPerBatch, BytesPerPhoto: l.BytesPerPhoto, PixelsPerPhoto: l.PixelsPerPhoto, KeywordsPerPhoto: wording.MaxKeywords,
			BytesPerBatch: l.BytesPerBatch, PhotosPerHour: l.PhotosPerHour, OpenBatches: l.OpenBatches,
			PhotosPerDay: l.PhotosPerDay, RequestsPerMinute: l.RequestsPerMinute, UploadsPerClient: l.UploadsPerClient, StreamsPerClient: l.StreamsPerClient},
		KeepSeconds:   int(s.Keep.Seconds()),
		Accept:        s.Accept,
		RawExtensions: append([]string{}, s.RawExtensions...),
		Image:         imageView{Side: s.ImageSide, Quality: s.ImageQuality},
	}
	if s.PricePerThousandUSD > 0 {
		view.PricePerThousandUSD = &s.PricePerThousandUSD
	}
	view.TypicalUsage = viewUsage(s.TypicalUsage)
	for _, a := range s.Agencies {
		info := a.Info()
		view.Agencies = append(view.Agencies, agencyView{Name: info.Name, Label: info.Label,
			Default: slices.Contains(s.DefaultAgencies, info.Name), Limits: agencyLimitsView(a.Limits()), PricePerThousandUSD: s.PriceByAgency[info.Name]})
	}
	for _, f := range s.formats {
		view.Formats = append(view.Formats, formatView{Name: f.Name, Label: f.Label, Extension: strings.TrimPrefix(f.Extension, ".")})
	}
	return writeJSON(w, http.StatusOK, view)
}

// healthView says that the process answers.
type healthView struct {
	Status string `json:"status"`
}

// readyView says whether photos would be accepted now.
type readyView struct {
	Ready bool `json:"ready"`
	// What is missing, for people.
	Reasons []string `json:"reasons,omitempty"`
}

// healthz answers as long as the process does.
func (s *Server) healthz(w http.ResponseWriter, r *http.Request, _ visitor) error {
	return writeJSON(w, http.StatusOK, healthView{Status: "ok"})
}

// readyz answers whether photos would be accepted now.
func (s *Server) readyz(w http.ResponseWriter, r *http.Request, _ visitor) error {
	var reasons []string
	if err := s.Node.Ready(); err != nil {
		reasons = append(reasons, err.Error())
	}
	if s.ctx.Err() != nil {
		reasons = append(reasons, "the server is closing")
	}
	if s.stored.full(s.Limits.StoredBytes, s.Now(), s.Node.Stats) {
		reasons = append(reasons, "the store is full")
	}
	if reasons != nil {
		return writeJSON(w, http.StatusServiceUnavailable, readyView{Reasons: reasons})
	}
	return writeJSON(w, http.StatusOK, readyView{Ready: true})
}

func (s *Server) getOpenAPI(w http.ResponseWriter, r *http.Request, _ visitor) error {
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "no-cache")
	body := compressed(w)
	body.Write(describedBelow(s.BasePath, openapi())) // nobody is left to tell
	body.Close()
	return nil
}
