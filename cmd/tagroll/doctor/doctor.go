// Package doctor finds out why photos cannot be described: it looks at the key, the way to the
// server, the model, one call with a tiny image, the delivery by URL, the clock and the disk. Each
// check ends in diagnoses: ok, a warning, or a failure with the way out.
//
// It is for tagroll doctor. It prints nothing and stores nothing; the only call that costs is the
// one with the image, which the caller can leave out.
package doctor

import (
	"context"
	"crypto/x509"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/describe/openai"
)

// State is how a check ended.
type State string

// The states of a diagnosis.
const (
	OK      State = "ok"
	Warning State = "warning" // it works, or may, but something should be known
	Failure State = "failure" // it cannot work
)

// Diagnosis is one thing that a check has found.
type Diagnosis struct {
	// Check is "key", "network", "model", "call", "limits", "delivery", "clock" or "disk".
	Check   string `json:"check"`
	State   State  `json:"state"`
	Message string `json:"message"`
	WayOut  string `json:"way_out,omitempty"` // what to do; empty if nothing
}

// Config says what is looked at.
type Config struct {
	// Describer asks the model. Default: none, photos go to the built-in describer.
	Describer *openai.Describer
	// KeyError is why the key could not be had: its file cannot be read, or two settings name a
	// key. MakeError is why there is no describer although that went well.
	KeyError, MakeError error
	// Local is a model on this machine that could be asked; empty if there is none.
	Local string
	// BaseURL is where the model is asked.
	BaseURL string
	// Key is the key, KeyFrom where it comes from, such as "OPENAI_API_KEY", and KeyNeeded
	// whether the server is known to need one.
	Key, KeyFrom string
	KeyNeeded    bool
	// NoCall leaves out the call that costs.
	NoCall bool
	// Publisher gives the tiny image its URL. Required unless NoCall is set. With URLs that
	// are no data URLs, ByURL is set.
	Publisher tagroll.Publisher
	ByURL     bool
	// Guide is what the agencies ask for.
	Guide tagroll.Guide
	// Folders are written to and emptied again: that of the result, and that of temporary
	// images.
	Folders []string

	// LookupHost finds the addresses of a host. Default: the system's resolver.
	LookupHost func(ctx context.Context, host string) ([]string, error)
	// Proxy says which proxy a request takes. Default: http.ProxyFromEnvironment.
	Proxy func(*http.Request) (*url.URL, error)
	// RootCAs are the authorities that a server's certificate may be signed by. Default: the
	// system's.
	RootCAs *x509.CertPool
	// Now is the clock. Default: time.Now.
	Now func() time.Time
	// Tell is called with each diagnosis as it is made. Default: nobody is told before the end.
	Tell func(Diagnosis)
}

// patience bounds each step over the network, but the call.
const patience = 10 * time.Second

// callPatience bounds the call: a local server may have to load its model first.
const callPatience = 2 * time.Minute

// examination is one run of all checks.
type examination struct {
	Config
	found []Diagnosis
}

// Examine makes all checks that make sense, in the order in which a photo would meet their
// subjects, and returns what they have found. A check whose subject cannot be reached is left out.
func Examine(ctx context.Context, c Config) []Diagnosis {
	if c.LookupHost == nil {
		c.LookupHost = net.DefaultResolver.LookupHost
	}
	if c.Proxy == nil {
		c.Proxy = http.ProxyFromEnvironment
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	e := &examination{Config: c}
	if c.Describer == nil && c.KeyError == nil && c.MakeError == nil {
		e.builtIn()
		e.disk()
		return e.found
	}
	keyIsFine := e.key()
	// A key that cannot be one hides nothing of the way to the server.
	if e.network(ctx) && e.model(ctx) && keyIsFine {
		e.call(ctx)
	}
	e.disk()
	return e.found
}

// builtIn says that no model is asked, and how to ask one.
func (e *examination) builtIn() {
	wayOut := "set OPENAI_API_KEY, or name a server with --base-url or --provider; see tagroll help providers"
	if e.Local != "" {
		wayOut = e.Local
	}
	e.say("model", Warning, "no model is asked: the built-in describer uses what the files say and recognises no subjects", wayOut)
}

// Failed reports whether one of the diagnoses is a failure.
func Failed(found []Diagnosis) bool {
	for _, d := range found {
		if d.State == Failure {
			return true
		}
	}
	return false
}

func (e *examination) say(check string, state State, message, wayOut string) {
	d := Diagnosis{check, state, message, wayOut}
	e.found = append(e.found, d)
	if e.Tell != nil {
		e.Tell(d)
	}
}
