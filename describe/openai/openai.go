package openai

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/describe"
)

// Describer asks one model of one server. It is a [tagroll.Describer]; make it with [New].
type Describer struct {
	client *http.Client
	base   *url.URL
	header http.Header // of every request
	model  string
	key    string
	detail string
	// identity is made of the configuration. What servers refuse later does not change it.
	identity string
	family   family
	price    Price
	now      func() time.Time

	mu         sync.Mutex
	parameters parameters // what is still sent
	dropped    int        // how many refusals have changed them
}

// New returns a describer for the model and server of the configuration. It makes no call.
//
// Errors have CodeConfiguration, or CodeInvalidAPIKey if a key is missing for
// OpenAI's own API or cannot be one.
func New(config Config) (*Describer, error) {
	config = config.withDefaults()
	base, err := config.validate()
	if err != nil {
		return nil, err
	}
	client := &http.Client{
		Transport: config.Transport,
		// A redirect would be a second request, and might take the key elsewhere.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	family := familyOf(config.Model)
	if config.MaxOutputTokens > 0 {
		family.maxTokens = config.MaxOutputTokens
	}
	return &Describer{
		client:   client,
		base:     base,
		header:   newHeader(config),
		model:    config.Model,
		key:      config.APIKey,
		detail:   config.Detail,
		identity: identityOf(base, config.Model, family.effort, config.Detail),
		family:   family,
		price:    priceOf(config.Model, config.Prices, Prices().Models),
		now:      time.Now,
		parameters: parameters{
			effort:    family.effort,
			maxTokens: family.maxTokens,
			detail:    config.Detail,
		},
	}, nil
}

// Info implements [tagroll.Describer].
func (d *Describer) Info() tagroll.DescriberInfo {
	return tagroll.DescriberInfo{Name: "openai", Model: d.model, Prompt: describe.Version, Remote: true, Identity: d.identity}
}

// identityOf words what of a describer changes its answers. The host is part of it,
// because two servers may have different models of one name.
func identityOf(base *url.URL, model, effort, detail string) string {
	return strings.Join([]string{
		"openai", "host=" + strings.ToLower(base.Host), "model=" + model, "effort=" + effort, "detail=" + detail, "prompt=" + describe.Version,
	}, " ")
}

// Describe implements [tagroll.Describer]. The request's URL must be set.
//
// The error's code is one of those that [tagroll.Code] lists under what a provider
// said, CodeConfiguration for a base URL that redirects elsewhere, or follows from
// the context's cause if that ended the call.
func (d *Describer) Describe(ctx context.Context, r tagroll.Request) (tagroll.Answer, error) {
	if ctx.Err() != nil {
		return tagroll.Answer{}, ended(ctx, "before the model was asked")
	}
	if r.URL == "" {
		return tagroll.Answer{}, failure(tagroll.CodeInternal, "the image has no URL: publish it before it is described")
	}
	d.mu.Lock()
	sent := d.parameters
	d.mu.Unlock()

	x := d.post(ctx, d.newRequest(r, sent))
	switch {
	case x.status >= 300 && (x.complete || ctx.Err() == nil): // of a broken body the status says enough
		return d.refusal(r, sent, &x)
	case x.complete: // even if ctx ended meanwhile: this answer is paid for
		return d.answer(r, sent, &x)
	case ctx.Err() != nil:
		return tagroll.Answer{RateLimit: rateLimit(x.header)}, ended(ctx, "while the model was asked")
	case x.status != 0:
		return tagroll.Answer{RateLimit: rateLimit(x.header)}, d.brokenBody(&x)
	}
	return tagroll.Answer{}, d.noConnection(x.err)
}

// CloseIdleConnections closes connections that are kept for the next call. The
// describer can still be used.
func (d *Describer) CloseIdleConnections() { d.client.CloseIdleConnections() }
