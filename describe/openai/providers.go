package openai

import (
	_ "embed"
	"encoding/json"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/tagroll/tagroll/internal/hosts"
)

// Provider is what is known of a provider or a local server: where it is and how it
// likes to be asked. Every field may be empty.
type Provider struct {
	Name  string `json:"-"`     // for example "openrouter"
	Title string `json:"title"` // for messages
	// BaseURL is the usual address. Empty if every customer has another, of the form
	// BaseURLForm.
	BaseURL     string `json:"base_url,omitempty"`
	BaseURLForm string `json:"base_url_form,omitempty"`
	// Hosts are the host names by which the provider is known; "*." stands for any subdomain.
	Hosts []string `json:"hosts,omitempty"`
	// Local is whether it is a server on the user's own machine, and Port its usual port.
	Local bool `json:"local,omitempty"`
	Port  int  `json:"port,omitempty"`
	// Keys are the environment variables that hold the key; a server that is not Local needs
	// one.
	Keys    []string `json:"keys,omitempty"`
	KeyPage string   `json:"key_page,omitempty"` // where a key is made
	// Model is the model that is asked if nobody names one. ModelIs says what a model's
	// name means where that is not obvious.
	Model   string `json:"model,omitempty"`
	ModelIs string `json:"model_is,omitempty"`
	// Inline is whether images must be sent in data URLs.
	Inline bool `json:"inline,omitempty"`
	// Schema is the first response format that is tried: "strict" (which is also the default),
	// "plain" (a schema without bounds), "object" (JSON of any kind) or "none".
	Schema string `json:"schema,omitempty"`
	// NoObject is whether the server has no format "json_object".
	NoObject bool `json:"no_object,omitempty"`
	// Effort is the reasoning effort for models of which nothing is known; empty sends none.
	Effort string `json:"effort,omitempty"`
	// MaxTokens is whether the bound on an answer is called max_tokens, its older name.
	MaxTokens bool `json:"max_tokens,omitempty"`
	// MaxOutput is that bound for models of which nothing is known; 0 sends none.
	MaxOutput int `json:"max_output,omitempty"`
	// MaxRequestBytes is the largest request that is taken; 0 is no bound that is known.
	MaxRequestBytes int `json:"max_request_bytes,omitempty"`
	// ReportsCost is whether answers say what they cost, in usage.cost.
	ReportsCost bool `json:"reports_cost,omitempty"`
}

//go:embed providers.json
var embeddedProviders []byte

// Providers returns the known providers, sorted by name. The slice is the caller's.
func Providers() []Provider {
	var table struct {
		AsOf      string              `json:"as_of"`
		Source    string              `json:"source"`
		Providers map[string]Provider `json:"providers"`
	}
	if err := json.Unmarshal(embeddedProviders, &table); err != nil {
		// A test reads the table: this cannot happen.
		panic("openai: the embedded table of providers is broken: " + err.Error())
	}
	var list []Provider
	for _, name := range slices.Sorted(maps.Keys(table.Providers)) {
		p := table.Providers[name]
		p.Name = name
		list = append(list, p)
	}
	return list
}

// FindProvider returns the provider of this name. It reports false if there is none.
func FindProvider(name string) (Provider, bool) {
	for _, p := range Providers() {
		if p.Name == name {
			return p, true
		}
	}
	return Provider{}, false
}

// ProviderAt returns the provider that a base URL belongs to. It reports false for any other
// server.
func ProviderAt(baseURL string) (Provider, bool) {
	base, err := parseBaseURL(baseURL)
	if err != nil {
		return Provider{}, false
	}
	p := providerAt(base)
	return p, p.Name != ""
}

// providerAt returns the provider that a base URL belongs to, by its host, or by the usual
// port of a local server. The zero Provider stands for any other server.
func providerAt(base *url.URL) Provider {
	host := strings.ToLower(base.Hostname())
	for _, p := range Providers() {
		for _, known := range p.Hosts {
			suffix, wild := strings.CutPrefix(known, "*")
			if host == known || wild && strings.HasSuffix(host, suffix) {
				return p
			}
		}
		if p.Local && base.Port() == strconv.Itoa(p.Port) && hosts.IsNear(host) {
			return p
		}
	}
	return Provider{}
}

// IsNear reports whether the server at a base URL is on this machine or in the local network.
func IsNear(baseURL string) bool {
	base, err := url.Parse(baseURL)
	return err == nil && hosts.IsNear(base.Hostname())
}
