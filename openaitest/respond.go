package openaitest

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"strconv"
	"time"
)

// completion is the body of an answer.
type completion struct {
	ID          string   `json:"id"`
	Object      string   `json:"object"`
	Created     int64    `json:"created"`
	Model       string   `json:"model"`
	Choices     []choice `json:"choices"`
	Usage       usage    `json:"usage"`
	ServiceTier string   `json:"service_tier"`
	Fingerprint string   `json:"system_fingerprint"`
}

type choice struct {
	Index   int `json:"index"`
	Message struct {
		Role    string  `json:"role"`
		Content *string `json:"content"`
		Refusal *string `json:"refusal"`
	} `json:"message"`
	Logprobs     *struct{} `json:"logprobs"`
	FinishReason string    `json:"finish_reason"`
}

// respond answers a request that is in order, and names the outcome. It leaves by
// the panic http.ErrAbortHandler where the connection is to break.
func (c *call) respond(ctx context.Context, outcome *string) {
	fault := c.draw()
	*outcome = "ok"
	if fault.Kind != "" {
		*outcome = "fault " + string(fault.Kind)
	}
	if failed := c.refusal(fault); failed != nil {
		failed.write(c.w)
		return
	}
	switch fault.Kind {
	case FaultBadGateway:
		c.w.Header().Set("Content-Type", "text/html")
		c.w.WriteHeader(http.StatusBadGateway)
		fmt.Fprint(c.w, "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n<hr><center>cloudflare</center>\r\n</body>\r\n</html>\r\n")
		return
	case FaultHang:
		select {
		case <-ctx.Done():
		case <-c.s.closing:
		}
		panic(http.ErrAbortHandler)
	case FaultReset:
		abort(c.w)
	}
	began := c.arrived
	if c.s.slots != nil {
		if !c.s.takeSlot(ctx) {
			*outcome = "no answer"
			panic(http.ErrAbortHandler)
		}
		defer func() { <-c.s.slots }()
		began = time.Now()
	}
	latency := c.s.config.Latency.draw(c.chance)
	if !c.s.wait(ctx, latency-time.Since(began)) { // decoding a large image is part of it
		*outcome = "no answer"
		panic(http.ErrAbortHandler)
	}
	body, good := c.compose(fault.Kind)
	c.w.Header().Set("Content-Type", "application/json")
	if !c.send(ctx, fault, body) || ctx.Err() != nil {
		*outcome = "no answer"
		panic(http.ErrAbortHandler)
	}
	c.s.count(func(t *counters) { t.answered(c.pictures, good, c.arrived) })
}

// draw numbers the request, notes its images and finds the fault that it meets.
func (c *call) draw() Fault {
	s := c.s
	s.mu.Lock()
	defer s.mu.Unlock()
	s.number++
	c.number = s.number
	c.chance = rand.New(rand.NewPCG(s.config.Seed, uint64(c.number)))
	ofPhoto := 0
	for i, p := range c.pictures {
		s.asked[p.sha256]++
		if i == 0 {
			ofPhoto = s.asked[p.sha256]
		}
		s.counters.saw(p)
	}
	for _, f := range s.config.Faults {
		if f.Kind == FaultBusy && c.chat.otherTier {
			continue
		}
		if f.applies(c.number, ofPhoto, c.chance) {
			return f
		}
	}
	return Fault{}
}

// refusal is the error that a fault of the first group answers with; nil for the others.
func (c *call) refusal(f Fault) *apiError {
	part := imagePart{url: "the image", param: "messages"}
	if len(c.chat.images) > 0 {
		part = c.chat.images[0]
		if len(part.url) > 200 {
			part.url = part.url[:200] // of a data URL
		}
	}
	switch f.Kind {
	case FaultRateLimit:
		return &apiError{status: 429, kind: "requests", code: "rate_limit_exceeded", message: "Rate limit reached for requests. Please slow down.", retryAfter: f.RetryAfter}
	case FaultQuota:
		return &apiError{status: 429, kind: "insufficient_quota", code: "insufficient_quota",
			message: "You exceeded your current quota, please check your plan and " +
				"billing details. For more information on this error, read the docs: " +
				"https://platform.openai.com/docs/guides/error-codes/api-errors."}
	case FaultBusy:
		return &apiError{status: 429, kind: "server_error", code: "resource_unavailable", message: "Flex capacity is not available right now. Please try again later.", retryAfter: f.RetryAfter}
	case FaultLoading:
		return &apiError{status: 503, kind: "unavailable_error", message: "Loading model"}
	case FaultServerError:
		return &apiError{status: 500, kind: "server_error", message: "The server had an error while processing your request. Sorry about that!"}
	case FaultUnavailable:
		return &apiError{status: 503, kind: "server_error", message: "The engine is currently overloaded, please try again later.", retryAfter: f.RetryAfter}
	case FaultInvalidKey:
		return invalidKey()
	case FaultForbidden:
		return &apiError{status: 403, kind: "request_forbidden", code: "unsupported_country_region_territory", message: "Country, region, or territory not supported"}
	case FaultInvalidImageURL:
		return invalid(part.param, "invalid_image_url", "Error while downloading %s. Upstream status code: 404.", part.url)
	case FaultDownloadTimeout:
		return downloadTimeout(part)
	}
	return nil
}

// compose writes an answer, and reports whether it is one that a client can use.
func (c *call) compose(fault FaultKind) (body []byte, good bool) {
	l := look{colour: "gray", light: "soft"}
	if len(c.pictures) > 0 && !c.isCut() {
		l = c.pictures[0].look
	}
	// Not the request's: the same photo gets the same answer.
	chance := rand.New(rand.NewPCG(l.seed, 0))
	g := generator{root: c.chat.schema, chance: chance, is: l.describe(chance), broken: fault, asked: keywordsAsked(c.chat.text)}
	if fault == FaultObedient {
		g.is = obey(c.chat.text)
	}
	if g.root == nil {
		g.root = defaultSchema()
	}
	content := g.content()
	answer := completion{
		ID: fmt.Sprintf("chatcmpl-%016x%08x", c.s.config.Seed, c.number), Object: "chat.completion",
		Created: c.s.config.Now().Unix(), Model: c.chat.model, ServiceTier: cmp.Or(c.chat.tier, "default"), Fingerprint: "fp_openaitest",
		Choices: make([]choice, 1),
	}
	first := &answer.Choices[0]
	first.Message.Role, first.FinishReason, first.Message.Content = "assistant", "stop", &content
	good = fault == "" || fault == FaultSlow || fault == FaultFencedJSON
	switch fault {
	case FaultBrokenJSON:
		content = content[:len(content)*2/3]
	case FaultFencedJSON:
		content = "```json\n" + content + "\n```"
	case FaultRefusal:
		refusal := "I'm sorry, but I can't help with identifying the content of this image."
		first.Message.Content, first.Message.Refusal = nil, &refusal
	case FaultLength:
		content, first.FinishReason = content[:len(content)/2], "length"
	case FaultContentFilter:
		content, first.FinishReason = "", "content_filter"
	case FaultEmptyContent:
		content = ""
	}
	if c.bill(&answer, &content) {
		first.FinishReason, good = "length", false
	}
	body, err := json.Marshal(answer)
	if err != nil {
		panic("openaitest: own answer is not JSON: " + err.Error()) // cannot happen
	}
	return append(body, '\n'), good
}

// isCut reports whether the prompt is longer than what the model takes.
func (c *call) isCut() bool {
	most := c.s.config.Context
	return most > 0 && c.chat.promptTokens(c.pictures) > most
}

// bill fills in the usage. Where the request's bound on tokens is too low, it cuts the
// content off and reports so: reasoning is spent first.
func (c *call) bill(answer *completion, content *string) (cutOff bool) {
	u := &answer.Usage
	u.Prompt = c.chat.promptTokens(c.pictures)
	cached, toCache := c.s.cachedTokens(c.chat)
	if c.isCut() {
		u.Prompt, cached, toCache = c.s.config.Context, 0, 0
	}
	u.PromptDetails.Cached = min(cached, u.Prompt)
	if chargesCacheWrites(c.chat.model) {
		u.PromptDetails.CacheWrite = min(toCache, u.Prompt-u.PromptDetails.Cached)
	}
	reasoning := c.chat.reasoningTokens()
	written := textTokens(len(*content))
	if most := c.chat.maxTokens; most > 0 && reasoning+written > most {
		reasoning = min(reasoning, most)
		written = most - reasoning
		*content = (*content)[:min(len(*content), 4*written)]
		cutOff = true
	}
	u.CompletionDetails.Reasoning = reasoning
	u.Completion = reasoning + written
	u.Total = u.Prompt + u.Completion
	c.s.count(func(t *counters) { t.spent(u) })
	return cutOff
}

// send writes the body as the fault wants it, and reports whether it was written whole.
func (c *call) send(ctx context.Context, fault Fault, body []byte) bool {
	switch fault.Kind {
	case FaultEmptyBody:
		c.w.Header().Set("Content-Length", "0")
		c.w.WriteHeader(http.StatusOK)
		return true
	case FaultTruncated:
		c.w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		c.w.Write(body[:len(body)/2])
		http.NewResponseController(c.w).Flush()
		panic(http.ErrAbortHandler)
	case FaultSlow:
		return c.drip(ctx, body, fault.Lasting)
	}
	c.w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	_, err := c.w.Write(body)
	return err == nil
}

// drip sends a body in 20 pieces over a time.
func (c *call) drip(ctx context.Context, body []byte, lasting time.Duration) bool {
	const pieces = 20
	if lasting == 0 {
		lasting = 10 * time.Second
	}
	c.w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	for rest := bytes.Clone(body); len(rest) > 0; {
		n := min(len(rest), (len(body)+pieces-1)/pieces)
		if _, err := c.w.Write(rest[:n]); err != nil {
			return false
		}
		if http.NewResponseController(c.w).Flush() != nil || !c.s.wait(ctx, lasting/pieces) {
			return false
		}
		rest = rest[n:]
	}
	return true
}

// aborter is a ResponseWriter that can break its connection, as that of NewTransport.
type aborter interface{ abort() }

// abort breaks the connection with a TCP reset and does not return.
func abort(w http.ResponseWriter) {
	if a, ok := w.(aborter); ok {
		a.abort()
	} else if conn, _, err := http.NewResponseController(w).Hijack(); err == nil {
		if tcp, ok := conn.(*net.TCPConn); ok {
			tcp.SetLinger(0) // close discards what is unsent and sends RST
		}
		conn.Close()
	}
	panic(http.ErrAbortHandler)
}
