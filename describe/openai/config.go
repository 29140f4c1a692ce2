package openai

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/tagroll/tagroll"
)

const (
	// DefaultModel is the cheapest vision model of OpenAI that answers well enough (November
	// 2026).
	DefaultModel = "gpt-6-luna"
	// DefaultBaseURL is OpenAI's own API.
	DefaultBaseURL = "https://api.openai.com/v1"
	// DefaultDetail shows the model the image as it is sent. An image of 1,024 pixels at 3:2 is
	// 845 tokens for gpt-6-luna, less than a hundredth of a cent.
	DefaultDetail = "high"
	// DefaultTierPatience is how long a photo waits for a busy service tier before it is
	// described at the next one.
	DefaultTierPatience = 5 * time.Minute
)

// The service tiers that can be asked for. The tier that really served a call decides its cost.
const (
	// TierStandard asks for nothing in particular.
	TierStandard = "standard"
	// TierFlex costs half, is slow and may be busy
	// (https://platform.openai.com/docs/guides/flex-processing).
	TierFlex = "flex"
	// TierFlexAuto is TierFlex, and the full price for a photo for which it was busy too long.
	TierFlexAuto = "flex,auto"

	tierPriority = "priority"
)

// FlexTimeout is how long a call at TierFlex may take, by the provider's advice
// (https://platform.openai.com/docs/guides/flex-processing).
const FlexTimeout = 15 * time.Minute

// Config says which model is asked, and where. The zero value needs an APIKey only.
type Config struct {
	// Provider is the name of a provider of [Providers], whose habits are used and whose
	// address and model are the defaults. Default: found by BaseURL.
	Provider string
	// APIKey is sent as a bearer token. Required by all providers but local servers.
	APIKey string
	// BaseURL is the address of the API up to and including its version, for example
	// "http://localhost:11434/v1". A slash at the end makes no difference. Default: that
	// of the provider, or DefaultBaseURL.
	BaseURL string
	// Model is the name of the model, as the server calls it. Default: that of the
	// provider, or DefaultModel.
	Model string
	// Organization and Project are sent as OpenAI-Organization and OpenAI-Project, for keys
	// that belong to more than one. The caller may read them from OPENAI_ORG_ID and
	// OPENAI_PROJECT_ID; this package does not. Default: neither is sent.
	Organization, Project string
	// Detail is how closely the model looks: "low", "high", "auto" or "original".
	// It is always sent, because some models bill without limit if it is not.
	// Default: DefaultDetail.
	Detail string
	// Tier is the service tier: TierStandard, TierFlex or TierFlexAuto. Default: TierStandard.
	Tier string
	// TierPatience is how long photos wait for TierFlex under TierFlexAuto, counted from when
	// it has served the last one. Default: DefaultTierPatience.
	TierPatience time.Duration
	// MaxOutputTokens bounds what the model may write, its reasoning included.
	// Default: by the model, or no bound for a model that is not known.
	MaxOutputTokens int
	// Models overrides and completes the built-in table of models, by name: see [ParseModels].
	Models map[string]Model
	// Notice is told, in one line each, what the user should know once a run: what the server
	// refused and how the run goes on, and that the model will be shut down. It is called from
	// any goroutine. If it is set, the model's page (GET /models/NAME) is asked for once,
	// beside the first call. Default: nobody is told.
	Notice func(line string)
	// Transport makes the HTTP requests. Default: one tuned for many parallel
	// requests to one host.
	Transport http.RoundTripper
	// Proxy says which proxy a request of the default Transport takes. Default:
	// http.ProxyFromEnvironment.
	Proxy func(*http.Request) (*url.URL, error)
	// Now is the clock. Default: time.Now.
	Now func() time.Time
}

// complete fills in what is not set and checks the rest. It returns the provider and the base URL.
func (c *Config) complete() (Provider, *url.URL, error) {
	var provider Provider
	if c.Provider != "" {
		var ok bool
		if provider, ok = FindProvider(c.Provider); !ok {
			return provider, nil, misconfigured("the provider %q is not known: use one of %s", c.Provider, strings.Join(providerNames(), ", "))
		}
	}
	c.APIKey, c.BaseURL, c.Model = strings.TrimSpace(c.APIKey), strings.TrimSpace(c.BaseURL), strings.TrimSpace(c.Model)
	if c.BaseURL == "" && provider.BaseURLForm != "" {
		return provider, nil, misconfigured("%s has an address for every customer: give yours as base URL, of the form %s", provider.Title, provider.BaseURLForm)
	}
	c.BaseURL = cmp.Or(c.BaseURL, provider.BaseURL, DefaultBaseURL)
	base, err := parseBaseURL(c.BaseURL)
	if err != nil {
		return provider, nil, err
	}
	if c.Provider == "" {
		provider = providerAt(base)
	}
	if c.Model == "" {
		c.Model = provider.Model
		if provider.Name == "" {
			c.Model = DefaultModel
		}
	}
	c.Detail = cmp.Or(c.Detail, DefaultDetail)
	c.TierPatience = cmp.Or(c.TierPatience, DefaultTierPatience)
	if c.Transport == nil {
		transport := newTransport()
		if c.Proxy != nil {
			transport.Proxy = c.Proxy
		}
		c.Transport = transport
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return provider, base, c.validate(provider)
}

// isAt reports whether the base URL is the provider's own, and not that of a proxy before it.
func (c Config) isAt(provider Provider) bool {
	at, ok := ProviderAt(c.BaseURL)
	return ok && at.Name == provider.Name
}

// validate checks a configuration with its defaults filled in.
func (c Config) validate(provider Provider) error {
	switch {
	case c.APIKey == "" && provider.KeyPage != "" && c.isAt(provider):
		return &tagroll.Error{
			Code:    tagroll.CodeInvalidAPIKey,
			Stage:   tagroll.StageDescribe,
			Message: fmt.Sprintf("%s's API needs an API key: create one at %s, or give the base URL of another server", provider.Title, provider.KeyPage),
		}
	case c.Model == "":
		return misconfigured("name the model of %s: %s", provider.Title, cmp.Or(provider.ModelIs, "the server offers what it has installed"))
	case strings.ContainsFunc(c.APIKey, notInHeader):
		return &tagroll.Error{
			Code:    tagroll.CodeInvalidAPIKey,
			Stage:   tagroll.StageDescribe,
			Message: "the API key contains spaces or other characters that no key has: copy it again",
		}
	case strings.ContainsFunc(c.Organization+c.Project, notInHeader):
		return misconfigured("the organization or project contains characters that no ID has: copy it again")
	case !slices.Contains([]string{"low", "high", "auto", "original"}, c.Detail):
		return misconfigured("the detail %q is not known: use low, high, auto or original", c.Detail)
	case !slices.Contains([]string{"", TierStandard, TierFlex, TierFlexAuto}, c.Tier):
		return misconfigured("the tier %q is not known: use %s, %s or %s", c.Tier, TierStandard, TierFlex, TierFlexAuto)
	case c.MaxOutputTokens < 0:
		return misconfigured("the limit on output tokens is negative")
	}
	return checkModels(c.Models)
}

// providerNames lists the known providers for a message.
func providerNames() []string {
	var names []string
	for _, p := range Providers() {
		names = append(names, p.Name)
	}
	return names
}

// CheckBaseURL says what is wrong with a base URL, without quoting a password in it. Its error has
// CodeConfiguration.
func CheckBaseURL(text string) error {
	_, err := parseBaseURL(strings.TrimSpace(text))
	return err
}

// parseBaseURL reads a base URL and brings it into the form without a slash at its end.
func parseBaseURL(text string) (*url.URL, error) {
	base, err := url.Parse(text)
	switch {
	case err != nil: // the error would quote the address, which may hold a password
		return nil, misconfigured("the base URL is no valid address: it should look like %s", DefaultBaseURL)
	case base.Scheme != "http" && base.Scheme != "https" || base.Hostname() == "":
		return nil, misconfigured("%q cannot be the base URL: it must begin with "+
			"https:// or http:// and a host, and usually ends with /v1, for example %s",
			base.Redacted(), DefaultBaseURL)
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

// notInHeader reports whether a character cannot stand in a key or an ID.
func notInHeader(r rune) bool { return r <= ' ' || r > '~' }

//go:noinline
func misconfigured(format string, args ...any) error {
	return &tagroll.Error{
		Code:    tagroll.CodeConfiguration,
		Stage:   tagroll.StageDescribe,
		Message: fmt.Sprintf(format, args...),
	}
}
