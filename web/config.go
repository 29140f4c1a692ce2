package web

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/agency"
	"github.com/tagroll/tagroll/queue"
)

// engine is what the server needs of a *queue.Node.
type engine interface {
	Create(ctx context.Context, b queue.NewBatch) (queue.Snapshot, error)
	Add(ctx context.Context, batch string, p queue.NewPhoto) (queue.Photo, error)
	CloseBatch(ctx context.Context, batch string) (queue.Snapshot, error)
	Cancel(ctx context.Context, batch string) (queue.Snapshot, error)
	Retry(ctx context.Context, batch string, photos []string) (int, queue.Snapshot, error)
	Edit(ctx context.Context, batch, photo string, revision uint64, change func(*tagroll.Result) error) (queue.Photo, error)
	EditMany(ctx context.Context, batch string, edits []queue.PhotoEdit) ([]queue.Photo, []queue.EditFailure, error)
	DescribeAgain(ctx context.Context, batch string, photos []string, overwrite bool) ([]queue.Photo, queue.Snapshot, error)
	RemovePhoto(ctx context.Context, batch, photo string) error
	Change(ctx context.Context, batch string, change queue.BatchChange) (queue.Snapshot, error)
	Extend(ctx context.Context, batch string) (queue.Snapshot, error)
	Touch(ctx context.Context, batch string) error
	Delete(ctx context.Context, batch string) error
	Get(ctx context.Context, batch string) (queue.Snapshot, error)
	List(ctx context.Context, session string) ([]queue.Snapshot, error)
	Image(ctx context.Context, batch, photo string) ([]byte, error)
	Watch(batch string) (changed <-chan struct{}, stop func())
	TakePhotos(ctx context.Context, now time.Time, perDay, photos int) (taken bool, until time.Time, err error)
	Stats() queue.Stats
	Ready() error
}

// Upload is one photo as it was sent.
type Upload struct {
	// Name is the file name, cleaned: no folders, no control characters, at most 255 bytes.
	Name string
	// Data is the whole file. Neither it nor a part may be kept: its memory is counted as free
	// when Prepare returns.
	Data []byte
	// Head is the beginning of the original file where Data is a copy that the browser made
	// smaller; only what it says of camera, date and place is of use. Usually nil.
	Head []byte
}

// Config says what a server serves. Fields without a default are required.
type Config struct {
	// Node keeps and runs the batches: a *queue.Node.
	Node engine
	// Prepare turns an upload into the image and the facts that are kept. At most Processors
	// run at once. Its error is a *tagroll.Error that says why the photo cannot be used; the
	// photo is kept as a failed one.
	Prepare func(ctx context.Context, u Upload) (tagroll.Prepared, error)

	// Describer is what describes the photos; DescriberLabel names it for people. Default of
	// the label: its name and model.
	Describer      tagroll.DescriberInfo
	DescriberLabel string
	// TypicalUsage is what describing one typical photo is expected to take. Default: unknown.
	TypicalUsage tagroll.Usage
	// PricePerThousandUSD is what describing a thousand typical photos is expected to cost.
	// Default: unknown.
	PricePerThousandUSD float64
	// PriceByAgency is the same where only the rules of one agency count, by its name. Some ask
	// for more words than others. Default: unknown.
	PriceByAgency map[string]float64
	// ImageSide and ImageQuality are the longest side in pixels and the JPEG quality of the
	// images that the describer sees, as told to the page. Default: [tagroll.ImageSide] and
	// [tagroll.ImageQuality].
	ImageSide, ImageQuality int
	// RawExtensions are the endings of RAW files, without dot, which the page recognises.
	// Default: none.
	RawExtensions []string
	// Delivery is how the provider gets an image: "inline", "url" or "none". Default: "inline"
	// for a remote describer, else "none".
	Delivery string
	// Agencies are the agencies that a batch can choose. Default: all built-in ones.
	Agencies agency.Set
	// DefaultAgencies are the names of the agencies that count where a batch does not choose.
	// Default: the agencies whose data says so, or else the first one.
	DefaultAgencies []string
	// Accept are the formats that the page offers to choose files of. Default: all that intake
	// reads.
	Accept []tagroll.Format
	// Processors is how many photos are prepared at once. Default: GOMAXPROCS.
	Processors int
	// Keep is how long a batch is kept after its end, as told to the page. Default: 1 h.
	Keep time.Duration
	// Version is tagroll's. Default: "devel".
	Version string

	// Temp serves /t/{token}, a *publish.Temp. Default: none, 404.
	Temp http.Handler
	// Page serves everything that is not the API's. Default: none, 404.
	Page http.Handler
	// Metrics serves /metrics. Default: none, 404.
	Metrics http.Handler

	// BasePath is the path below which the server is reached through a proxy, such as
	// "/tagroll". Default: the root. The proxy may pass it on or take it away; either way the
	// page, the addresses in answers and the cookie's path have it.
	BasePath string

	// Limits bound what clients may do. Default: generous; see PublicLimits.
	Limits Limits
	// TrustedProxies are the addresses whose X-Forwarded-For and X-Forwarded-Proto are
	// believed. Default: none. What comes by a Unix socket is always believed: only a proxy may
	// open that.
	TrustedProxies []netip.Prefix
	// Hosts are the names for which the server answers beside those of the loopback (localhost,
	// 127.0.0.1, ::1). Default (nil): any name.
	Hosts []string
	// Password is wanted of every request by HTTP Basic authentication, apart from probes,
	// temporary images, and batches that are opened by their token. Default: none.
	Password string
	// SessionKey authenticates the session cookies: 32 random bytes, the same on every node of
	// a cluster and after a restart. Default: random, so that sessions end with the process.
	SessionKey []byte
	// LogClients adds the client's address to the access log. Default: no address is logged.
	LogClients bool
	// Secure marks the session's cookie as one for HTTPS only, whatever the request looks like.
	// Default: it is marked when the request came by TLS, or by a trusted proxy that says so.
	Secure bool

	// Log receives one line a request, and failures of the server itself. File names are logged
	// at level Debug only; queries, secrets and temporary URLs never. Default: none.
	Log *slog.Logger
	// Observe is called for every request that has ended, for metrics. It must return quickly.
	// Default: none.
	Observe func(Request)
	// Now is the clock of the limits. Default: time.Now.
	Now func() time.Time
}

// Request is what Config.Observe is told of a request that has ended.
type Request struct {
	// Route is the pattern that the path matched, such as "/api/v1/batches/{id}"; empty if none
	// did.
	Route  string
	Method string
	Status int
	// Code is that of the problem that was answered; empty for none.
	Code     string
	Duration time.Duration
}

// withDefaults returns the configuration with every default filled in.
func (c Config) withDefaults() Config {
	if c.DescriberLabel == "" {
		c.DescriberLabel = strings.TrimSpace(c.Describer.Name + " " + c.Describer.Model)
	}
	if c.Processors <= 0 {
		c.Processors = runtime.GOMAXPROCS(0)
	}
	if c.Delivery == "" {
		c.Delivery = "none"
		if c.Describer.Remote {
			c.Delivery = "inline"
		}
	}
	if c.Agencies == nil {
		for _, name := range agency.Names() {
			if a, err := agency.Lookup(name); err == nil { // every listed name exists
				c.Agencies = append(c.Agencies, a)
			}
		}
	}
	if c.DefaultAgencies == nil {
		for _, a := range c.Agencies {
			if info := a.Info(); info.Default {
				c.DefaultAgencies = append(c.DefaultAgencies, info.Name)
			}
		}
	}
	if c.DefaultAgencies == nil && len(c.Agencies) > 0 {
		c.DefaultAgencies = []string{c.Agencies[0].Info().Name}
	}
	if c.Accept == nil {
		c.Accept = []tagroll.Format{tagroll.FormatJPEG, tagroll.FormatPNG, tagroll.FormatWebP, tagroll.FormatTIFF,
			tagroll.FormatGIF, tagroll.FormatHEIC, tagroll.FormatAVIF, tagroll.FormatRAW}
	}
	if c.ImageSide == 0 {
		c.ImageSide = tagroll.ImageSide
	}
	if c.ImageQuality == 0 {
		c.ImageQuality = tagroll.ImageQuality
	}
	if c.SessionKey == nil {
		c.SessionKey = make([]byte, 32)
		rand.Read(c.SessionKey) // never fails
	}
	if c.Keep == 0 {
		c.Keep = time.Hour
	}
	if c.Version == "" {
		c.Version = "devel"
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	c.Limits = c.Limits.withDefaults()
	return c
}

// validate names the first field that makes no sense.
func (c Config) validate() error {
	wrong := func(format string, args ...any) error {
		return &tagroll.Error{Code: tagroll.CodeConfiguration, Message: "web: " + fmt.Sprintf(format, args...)}
	}
	switch {
	case c.Node == nil:
		return wrong("Node is required")
	case c.Prepare == nil:
		return wrong("Prepare is required")
	case c.Describer.Name == "":
		return wrong("Describer.Name is required")
	case !slices.Contains([]string{"inline", "url", "none"}, c.Delivery):
		return wrong("Delivery is %q: it must be inline, url or none", c.Delivery)
	case !IsBasePath(c.BasePath):
		return wrong("BasePath is %q: it must begin with a slash, not end with one, and hold plain letters only", c.BasePath)
	case len(c.Agencies) == 0:
		return wrong("Agencies has none")
	case c.Limits.BytesPerPhoto == 0 || c.Limits.PhotosPerBatch == 0:
		return wrong("Limits.BytesPerPhoto and Limits.PhotosPerBatch cannot be without limit")
	case c.Limits.UploadMemory < leastMemory(c.Limits.BytesPerPhoto):
		return wrong("Limits.UploadMemory is %d bytes: photos of %d bytes need %d", c.Limits.UploadMemory, c.Limits.BytesPerPhoto, leastMemory(c.Limits.BytesPerPhoto))
	case c.Limits.Stall < 0 || c.Keep < 0:
		return wrong("Limits.Stall and Keep cannot be negative")
	}
	if _, unknown := chosen(c.Agencies, c.DefaultAgencies); unknown != "" {
		return wrong("DefaultAgencies has %q, which is not in Agencies", unknown)
	}
	for _, p := range c.TrustedProxies {
		if !p.IsValid() {
			return wrong("TrustedProxies has a network that is not valid")
		}
	}
	return nil
}

// chosen returns the agencies of these names, and the first name that none has.
func chosen(all agency.Set, names []string) (set agency.Set, unknown string) {
	for _, name := range names {
		i := slices.IndexFunc(all, func(a *agency.Agency) bool { return a.Info().Name == name })
		if i < 0 {
			return nil, name
		}
		set = append(set, all[i])
	}
	return set, ""
}
