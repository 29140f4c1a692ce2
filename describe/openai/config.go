package openai

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/tagroll/tagroll"
)

const (
	// DefaultModel is the cheapest vision model of OpenAI that answers well enough (2026).
	DefaultModel = "gpt-5-nano"
	// DefaultBaseURL is OpenAI's own API.
	DefaultBaseURL = "https://api.openai.com/v1"
	// DefaultDetail shows the model the image as it is sent. With an image of 1,024
	// pixels this is at most 2,520 tokens for gpt-5-nano, about a hundredth of a cent; "low"
	// would save most of that and lose the small things that keywords are made of.
	DefaultDetail = "high"
)

// Config says which model is asked, and where. The zero value needs an APIKey only.
type Config struct {
	// APIKey is sent as a bearer token. Required for OpenAI's own API; other
	// servers may need none.
	APIKey string
	// BaseURL is the address of the API up to and including its version, for example
	// "http://localhost:11434/v1". A slash at the end makes no difference. Default: DefaultBaseURL.
	BaseURL string
	// Model is the name of the model, as the server calls it. Default: DefaultModel.
	Model string
	// Organization and Project are sent as OpenAI-Organization and OpenAI-Project,
	// for keys that belong to more than one. Default: neither is sent. They are what
	// OPENAI_ORG_ID and OPENAI_PROJECT_ID mean; reading those is up to the caller.
	Organization, Project string
	// Detail is how closely the model looks: "low", "high", "auto" or "original".
	// It is always sent, because some models bill without limit if it is not.
	// Default: DefaultDetail.
	Detail string
	// MaxOutputTokens bounds what the model may write, its reasoning included.
	// Default: by the model's family, or no bound for a model that is not known.
	MaxOutputTokens int
	// Prices replaces and completes the built-in prices, by model name.
	Prices map[string]Price
	// Transport makes the HTTP requests. Default: one tuned for many parallel
	// requests to one host, with the proxy of the environment.
	Transport http.RoundTripper
}

// withDefaults fills in what is not set.
func (c Config) withDefaults() Config {
	c.APIKey = strings.TrimSpace(c.APIKey)
	c.BaseURL = strings.TrimSpace(c.BaseURL)
	if c.BaseURL == "" {
		c.BaseURL = DefaultBaseURL
	}
	c.Model = strings.TrimSpace(c.Model)
	if c.Model == "" {
		c.Model = DefaultModel
	}
	if c.Detail == "" {
		c.Detail = DefaultDetail
	}
	if c.Transport == nil {
		c.Transport = newTransport()
	}
	return c
}

// validate checks a configuration with its defaults filled in, and returns the base URL.
func (c Config) validate() (*url.URL, error) {
	base, err := parseBaseURL(c.BaseURL)
	if err != nil {
		return nil, err
	}
	switch {
	case c.APIKey == "" && isOfficial(base):
		return nil, &tagroll.Error{
			Code:    tagroll.CodeInvalidAPIKey,
			Stage:   tagroll.StageDescribe,
			Message: "OpenAI's API needs an API key: create one at https://platform.openai.com/api-keys, or give the base URL of another server",
		}
	case strings.ContainsFunc(c.APIKey, notInHeader):
		return nil, &tagroll.Error{
			Code:    tagroll.CodeInvalidAPIKey,
			Stage:   tagroll.StageDescribe,
			Message: "the API key contains spaces or other characters that no key has: copy it again",
		}
	case strings.ContainsFunc(c.Organization+c.Project, notInHeader):
		return nil, misconfigured("the organization or project contains characters that no ID has: copy it again")
	case !slices.Contains([]string{"low", "high", "auto", "original"}, c.Detail):
		return nil, misconfigured("the detail %q is not known: use low, high, auto or original", c.Detail)
	case c.MaxOutputTokens < 0:
		return nil, misconfigured("the limit on output tokens is negative")
	}
	for model, price := range c.Prices {
		if !price.valid() {
			return nil, misconfigured("the price of %q is not a positive number of dollars", model)
		}
	}
	return base, nil
}

// parseBaseURL reads a base URL and brings it into the form without a slash at its end.
func parseBaseURL(text string) (*url.URL, error) {
	base, err := url.Parse(text)
	switch {
	case err != nil: // the error would quote the address, which may hold a password
		return nil, misconfigured("the base URL is no valid address: it should look like %s", DefaultBaseURL)
	case base.Scheme != "http" && base.Scheme != "https" || base.Hostname() == "":
		return nil, misconfigured("%q cannot be the base URL: it must begin with https:// or http:// and a host, and usually ends with /v1, for example %s", base.Redacted(), DefaultBaseURL)
	case base.User != nil:
		return nil, misconfigured("the base URL contains a user name or password: give the key as API key instead")
	case base.RawQuery != "" || base.ForceQuery || base.Fragment != "":
		return nil, misconfigured("the base URL must not contain ? or #")
	}
	// Some copy the address of the call itself out of a manual.
	base.Path = strings.TrimSuffix(strings.TrimRight(base.Path, "/"), "/chat/completions")
	base.Path = strings.TrimRight(base.Path, "/")
	base.RawPath = ""
	return base, nil
}

// isOfficial reports whether base is OpenAI's own API, in whatever region.
func isOfficial(base *url.URL) bool {
	host := strings.ToLower(base.Hostname())
	return host == "api.openai.com" || strings.HasSuffix(host, ".api.openai.com")
}

// notInHeader reports whether a character cannot stand in a key or an ID.
func notInHeader(r rune) bool { return r <= ' ' || r > '~' }

func misconfigured(format string, args ...any) error {
	return &tagroll.Error{
		Code:    tagroll.CodeConfiguration,
		Stage:   tagroll.StageDescribe,
		Message: fmt.Sprintf(format, args...),
	}
}
