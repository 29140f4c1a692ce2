package telemetry

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/internal/otlp"
)

// Attributes of calls to a provider, by the OpenTelemetry conventions for generative AI. They are
// literals here because the module with their names renames some of them in every release.
const (
	genAIOperation    = "gen_ai.operation.name"
	genAIProvider     = "gen_ai.provider.name"
	genAIModel        = "gen_ai.request.model"
	genAIOutputType   = "gen_ai.output.type"
	genAIInputTokens  = "gen_ai.usage.input_tokens"
	genAICachedTokens = "gen_ai.usage.cache_read.input_tokens"
	genAIOutputTokens = "gen_ai.usage.output_tokens"

	// costKey has no convention; delivery is "inline" or "url".
	costKey     = "tagroll.cost_usd"
	deliveryKey = "tagroll.delivery"
	repairKey   = "tagroll.repair"
)

// Describer counts and traces the calls of d if d calls a provider. Other describers are counted by
// their stage.
func (t *Telemetry) Describer(d tagroll.Describer) tagroll.Describer {
	info := d.Info()
	t.metrics.describer.Reset()
	t.metrics.describer.With(info.Name, info.Model, info.Prompt).Set(1)
	if !info.Remote {
		return d
	}
	return &describer{
		Describer: d,
		t:         t,
		name:      strings.TrimSpace("chat " + info.Model),
		start: []otlp.Attribute{
			{Key: genAIOperation, Value: "chat"}, {Key: genAIProvider, Value: info.Name},
			{Key: genAIModel, Value: info.Model}, {Key: genAIOutputType, Value: "json"},
		},
	}
}

type describer struct {
	tagroll.Describer
	t     *Telemetry
	name  string // of the span
	start []otlp.Attribute
}

// Describe implements [tagroll.Describer].
func (d *describer) Describe(ctx context.Context, r tagroll.Request) (answer tagroll.Answer, err error) {
	m := d.t.metrics
	ctx, span := d.t.start(ctx, d.name, otlp.Client, d.start...)
	m.callsActive.Inc()
	began := time.Now()
	ended := false // a panic must not look like a success
	defer func() {
		if !ended {
			err = &tagroll.Error{Code: tagroll.CodeInternal}
		}
		m.callsActive.Dec()
		m.callDuration.Observe(time.Since(began).Seconds())
		m.calls.With(codeLabel(err)).Inc()
		m.use(answer.Usage)
		if span.recording() {
			describeCall(span, r, answer.Usage)
		}
		endSpan(span, err)
	}()
	answer, err = d.Describer.Describe(ctx, r)
	ended = true
	return answer, err
}

// use counts what a call consumed. The kinds of tokens add up to all tokens.
func (m *metrics) use(u tagroll.Usage) {
	// A negative number would make the counter panic, and a provider can claim anything.
	add := func(kind string, n int) { m.tokens.With(kind).Add(float64(max(n, 0))) }
	add(tokensInput, u.InputTokens-u.CachedTokens-u.CacheWriteTokens)
	add(tokensCached, u.CachedTokens)
	add(tokensCacheWrite, u.CacheWriteTokens)
	add(tokensOutput, u.OutputTokens-u.ReasoningTokens)
	add(tokensReasoning, u.ReasoningTokens)
	m.cost.With(tierLabel(u.Tier)).Add(max(u.CostUSD, 0))
}

// tierLabel is the service tier as a label. Providers may name what they like, and each new name
// would be a series of its own.
func tierLabel(tier string) string {
	switch tier {
	case "":
		return tierUnknown
	case "default", "standard", "flex", "priority", "batch":
		return tier
	}
	return tierOther
}

func describeCall(span *span, r tagroll.Request, u tagroll.Usage) {
	delivery := "url"
	if strings.HasPrefix(r.URL, "data:") {
		delivery = "inline"
	}
	span.set(otlp.Attribute{Key: deliveryKey, Value: delivery}, otlp.Attribute{Key: repairKey, Value: r.Repair != nil})
	if u != (tagroll.Usage{}) {
		span.set(
			otlp.Attribute{Key: genAIInputTokens, Value: u.InputTokens}, otlp.Attribute{Key: genAICachedTokens, Value: u.CachedTokens},
			otlp.Attribute{Key: genAIOutputTokens, Value: u.OutputTokens}, otlp.Attribute{Key: costKey, Value: u.CostUSD},
		)
	}
}

// Publisher counts the addresses that p publishes and revokes. Data URLs are not counted.
func (t *Telemetry) Publisher(p tagroll.Publisher) tagroll.Publisher {
	return &publisher{p, t.metrics}
}

type publisher struct {
	next    tagroll.Publisher
	metrics *metrics
}

// Publish implements [tagroll.Publisher].
func (p *publisher) Publish(ctx context.Context, image tagroll.Image) (tagroll.Publication, error) {
	publication, err := p.next.Publish(ctx, image)
	if err != nil || publication.Inline {
		return publication, err
	}
	p.metrics.urls.Inc()
	p.metrics.urlsPublished.Inc()
	// Counted once: an image that could not be removed has lost its address all the same.
	gone := sync.OnceFunc(p.metrics.urls.Dec)
	revoke := publication.Revoke
	publication.Revoke = func() error {
		defer gone()
		err := revoke()
		if err != nil {
			p.metrics.revokeFailures.Inc()
		}
		return err
	}
	return publication, nil
}
