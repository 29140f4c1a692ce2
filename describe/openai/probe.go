package openai

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/tagroll/tagroll"
)

// Probe is what a server says of itself and its model without a call that costs anything.
type Probe struct {
	// Status is the HTTP status with which the server answered.
	Status int
	// Listed is whether the server says that it has the model, and Known whether it says
	// anything about models at all.
	Listed, Known bool
	// Others are the models that it has instead, if the model is not among them.
	Others []string
	// Retirement says that the model will be shut down soon, or was; empty if not.
	Retirement string
	// WebPage is whether the server answered with a web page, as login pages of networks do.
	WebPage bool
	// Date is the time on the server's clock; zero if it does not tell.
	Date time.Time
}

// Probe asks the server for the model, and for its list of models if it has no page for a single
// one. It makes two requests at most, which are free. It fails with CodeNetwork if there is no
// answer, with CodeInvalidAPIKey or CodeForbidden if the server does not accept the key, with
// CodeConfiguration if it redirects elsewhere, and with [ErrProxy] if a proxy refuses.
func (d *Describer) Probe(ctx context.Context) (Probe, error) {
	var p Probe
	var page struct {
		ID       string `json:"id"`
		Shutdown string `json:"shutdown_date"`
	}
	if err := d.get(ctx, "/models/"+url.PathEscape(d.model), &p, &page); err != nil {
		return p, err
	}
	if p.Status == http.StatusOK && page.ID != "" {
		p.Listed, p.Known = true, true
	} else {
		var list struct {
			Data []listedModel `json:"data"`
		}
		if err := d.get(ctx, "/models", &p, &list); err != nil {
			return p, err
		}
		for _, m := range list.Data {
			p.Known = true
			p.Others = append(p.Others, m.ID)
		}
		if p.Listed = slices.Contains(p.Others, d.model) || slices.Contains(p.Others, d.model+":latest"); p.Listed {
			p.Others = nil
		}
	}
	day := page.Shutdown
	if day == "" {
		day = d.tableShutdown()
	}
	p.Retirement = d.retirement(day)
	return p, nil
}

// get makes a request without a body. An answer that is not what was asked for leaves into as
// it is.
func (d *Describer) get(ctx context.Context, path string, p *Probe, into any) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, d.base.String()+path, nil)
	if err != nil {
		return err
	}
	request.Header = d.header.Clone()
	request.Header.Del("Content-Type")
	response, err := d.client.Do(request)
	if err != nil {
		if ctx.Err() != nil {
			return failure(tagroll.CodeNetwork, "%s did not answer in time", request.URL.Host)
		}
		return d.noConnection(err)
	}
	defer response.Body.Close()
	p.Status = response.StatusCode
	if date, err := http.ParseTime(response.Header.Get("Date")); err == nil {
		p.Date = date
	}
	switch response.StatusCode {
	case http.StatusUnauthorized:
		return d.badKey("")
	case http.StatusForbidden:
		return failure(tagroll.CodeForbidden, "%s does not allow this key to see its models (403)", request.URL.Host)
	case http.StatusProxyAuthRequired:
		return d.proxyRefused(proxyRefusal{status: response.StatusCode})
	}
	if response.StatusCode >= 300 && response.StatusCode < 400 {
		return d.redirected(&exchange{header: response.Header})
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, maxBody))
	p.WebPage = isHTML(&exchange{header: response.Header, body: body})
	if err == nil && response.StatusCode == http.StatusOK {
		_ = json.Unmarshal(body, into) // an answer of another form says nothing of models
	}
	return nil
}
