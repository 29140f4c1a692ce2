package openai

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/describe"
)

// Describer asks one model of one server. It is a [tagroll.Describer]; make it with [New].
type Describer struct {
	client   *http.Client
	base     *url.URL
	provider Provider // zero for a server that is in no table
	header   http.Header
	model    string
	key      string
	detail   string
	habits   habits
	// identity is made of the configuration. What servers refuse later does not change it.
	identity string
	tiers    []string // the service tiers to ask for, the first one first; empty asks for none
	patience time.Duration
	notice   func(string)
	now      func() time.Time

	askOnce    sync.Once
	asking     context.Context // of the question for the model's page
	stopAsking context.CancelFunc

	looking sync.Mutex // held while the server is asked whether the model can see
	sight   sight
	looked  bool

	mu         sync.Mutex // guards all below
	parameters parameters // what is still sent
	dropped    int        // how many refusals have changed them
	changes    []string   // what the user was not told yet
	// beforeGuess is what was sent before a refusal that names nothing; nil if there was none.
	// The first sureChanges changes are not guessed. guessedAll is whether no guess has helped.
	beforeGuess *parameters
	sureChanges int
	guessedAll  bool
	succeeded   bool // a model has answered
	answers     int  // that reported their usage
	written     int  // output tokens of those
	// Since when the first tier serves no photo; zero if it does.
	busyFrom  time.Time
	busySince map[string]time.Time // by photo that it refused: from when its wait counts
	// The user knows that another tier served than was asked for.
	tierTold bool
	cutTold  bool // the user knows that prompts are cut to the context
	// silent counts by photo the failures that say nothing at all, before the first success.
	silent map[string]int
}

// New returns a describer for the model and server of the configuration. It makes no call.
//
// Errors have CodeConfiguration, or CodeInvalidAPIKey if a key is missing for a
// provider that wants one or cannot be one.
func New(config Config) (*Describer, error) {
	provider, base, err := config.complete()
	if err != nil {
		return nil, err
	}
	habits := habitsOf(config.Model, config.Models)
	if habits.name == "" {
		habits.effort, habits.maxOutput = provider.Effort, provider.MaxOutput
	}
	if config.MaxOutputTokens > 0 {
		habits.maxOutput = config.MaxOutputTokens
	}
	d := &Describer{
		client: &http.Client{
			Transport:     config.Transport,
			CheckRedirect: followOnlyHere,
		},
		base:     base,
		provider: provider,
		header:   newHeader(config),
		model:    config.Model,
		key:      config.APIKey,
		detail:   config.Detail,
		habits:   habits,
		identity: identityOf(base, config.Model, habits.effort, config.Detail),
		patience: config.TierPatience,
		notice:   config.Notice,
		now:      config.Now,
		parameters: parameters{
			effort:    habits.effort,
			maxTokens: habits.maxOutput,
			olderName: provider.MaxTokens,
			detail:    config.Detail,
			format:    max(0, format(slices.Index(formatNames, provider.Schema))),
		},
		busySince: map[string]time.Time{},
		silent:    map[string]int{},
	}
	if config.Tier != "" && config.Tier != TierStandard {
		d.tiers = strings.Split(config.Tier, ",")
		d.parameters.tier = d.tiers[0]
	}
	d.asking, d.stopAsking = context.WithCancel(context.Background())
	return d, nil
}

// followOnlyHere follows a redirect to another path of the same server, such as to the same
// address with a slash at its end. Any other might take the key elsewhere, or lose the request's
// body.
func followOnlyHere(next *http.Request, before []*http.Request) error {
	first := before[0]
	if len(before) > 2 || next.Method != first.Method || next.URL.Scheme != first.URL.Scheme || next.URL.Host != first.URL.Host {
		return http.ErrUseLastResponse
	}
	return nil
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
	const texts = 32 << 10 // the rest of a request, at most
	if most := d.provider.MaxRequestBytes; most > 0 && len(r.URL)+texts > most {
		return tagroll.Answer{}, failure(tagroll.CodeBadRequest, "%s takes requests of at most %d MB, and this photo needs more: send a smaller image (--max-edge)", d.provider.Title, most/1_000_000)
	}
	if err := d.checkSight(); err != nil {
		return tagroll.Answer{}, err
	}
	d.askOnce.Do(d.askForModel)
	sent := d.toSend(r)
	x := d.post(ctx, d.newRequest(r, sent))
	switch {
	// The status says enough, even of a broken body.
	case x.status >= 300 && (x.complete || ctx.Err() == nil):
		return d.refusal(r, sent, &x)
	// This answer is paid for, even if ctx ended meanwhile.
	case x.complete || x.status != 0 && isWhole(x.body):
		return d.answer(r, sent, &x)
	case ctx.Err() != nil:
		return tagroll.Answer{RateLimit: d.rateLimit(x.header)}, ended(ctx, "while the model was asked")
	case x.status != 0:
		return tagroll.Answer{RateLimit: d.rateLimit(x.header)}, d.brokenBody(&x)
	}
	return tagroll.Answer{}, d.noConnection(x.err)
}

// toSend returns the parameters of a photo's next call.
func (d *Describer) toSend(r tagroll.Request) parameters {
	d.mu.Lock()
	defer d.mu.Unlock()
	sent := d.parameters
	since, busy := d.busySince[r.Photo.ID]
	if busy && sent.tier != "" && len(d.tiers) > 1 && d.now().Sub(since) >= d.patience {
		sent.tier = d.tiers[1]
	}
	return sent
}

// tell gives the user a line.
func (d *Describer) tell(format string, args ...any) {
	if d.notice != nil {
		d.notice(fmt.Sprintf(format, args...))
	}
}

// CloseIdleConnections closes connections that are kept for the next call, and ends the look at the
// model's page if that is still going on. The describer can still be used.
func (d *Describer) CloseIdleConnections() {
	d.stopAsking()
	d.client.CloseIdleConnections()
}
