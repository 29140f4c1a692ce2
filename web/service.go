package web

import (
	"net/http"
	"slices"
	"strings"

	"github.com/tagroll/tagroll"
)

// serviceView is what a page or a program must know of the server before it sends anything.
type serviceView struct {
	Version     string             `json:"version"`
	Describer   describerView      `json:"describer"`
	Delivery    string             `json:"delivery"`
	Agencies    []agencyView       `json:"agencies"`
	Categories  []tagroll.Category `json:"categories"`
	Formats     []formatView       `json:"formats"`
	Limits      limitsView         `json:"limits"`
	KeepSeconds int                `json:"keep_seconds"`
	Accept      []tagroll.Format   `json:"accept"`
}

type agencyView struct {
	Name  string `json:"name"`
	Label string `json:"label"`
	// Default is whether its rules count where a batch does not choose.
	Default bool             `json:"default"`
	Limits  agencyLimitsView `json:"limits"`
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
	Name      string `json:"name"`
	Label     string `json:"label"`
	Extension string `json:"extension"`
}

// limitsView is Limits; zero is no limit.
type limitsView struct {
	PhotosPerBatch int   `json:"photos_per_batch"`
	BytesPerPhoto  int64 `json:"bytes_per_photo"`
	PixelsPerPhoto int   `json:"pixels_per_photo"`
	BytesPerBatch  int64 `json:"bytes_per_batch"`
	PhotosPerHour  int   `json:"photos_per_hour"`
	OpenBatches    int   `json:"open_batches"`
}

func (s *Server) getService(w http.ResponseWriter, r *http.Request, _ visitor) error {
	l := s.Limits
	view := serviceView{
		Version:    s.Version,
		Describer:  describerView{Name: s.Describer.Name, Model: s.Describer.Model, Remote: s.Describer.Remote, Label: s.DescriberLabel},
		Delivery:   s.Delivery,
		Categories: tagroll.Categories(),
		Limits: limitsView{PhotosPerBatch: l.PhotosPerBatch, BytesPerPhoto: l.BytesPerPhoto, PixelsPerPhoto: l.PixelsPerPhoto,
			BytesPerBatch: l.BytesPerBatch, PhotosPerHour: l.PhotosPerHour, OpenBatches: l.OpenBatches},
		KeepSeconds: int(s.Keep.Seconds()),
		Accept:      s.Accept,
	}
	for _, a := range s.Agencies {
		info := a.Info()
		view.Agencies = append(view.Agencies, agencyView{Name: info.Name, Label: info.Label,
			Default: slices.Contains(s.DefaultAgencies, info.Name), Limits: agencyLimitsView(a.Limits())})
	}
	for _, f := range s.formats {
		view.Formats = append(view.Formats, formatView{Name: f.Name, Label: f.Label, Extension: strings.TrimPrefix(f.Extension, ".")})
	}
	return writeJSON(w, http.StatusOK, view)
}

// healthz answers as long as the process does.
func (s *Server) healthz(w http.ResponseWriter, r *http.Request, _ visitor) error {
	return writeJSON(w, http.StatusOK, map[string]string{"status": "ok"})
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
		return writeJSON(w, http.StatusServiceUnavailable, map[string]any{"ready": false, "reasons": reasons})
	}
	return writeJSON(w, http.StatusOK, map[string]any{"ready": true})
}

func (s *Server) getOpenAPI(w http.ResponseWriter, r *http.Request, _ visitor) error {
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "no-cache")
	w.Write(s.openapi) // nobody is left to tell
	return nil
}
