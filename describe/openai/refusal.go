package openai

import (
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"sync"

	"github.com/tagroll/tagroll"
)

// refusal reads a response whose status says that the call failed.
func (d *Describer) refusal(r tagroll.Request, p parameters, x *exchange) (tagroll.Answer, error) {
	e, limit := readProviderError(x), d.rateLimit(x.header)
	limit.Busy = p.tier == TierFlex && isBusy(x.status, e)
	return tagroll.Answer{RateLimit: limit}, d.refused(r, p, x, e)
}

// embedded reads a failure inside a response with a good status. Its code may be the
// status that the model's own server gave.
func (d *Describer) embedded(r tagroll.Request, p parameters, x *exchange, e providerError) error {
	inner := *x
	inner.status, inner.inside = http.StatusBadGateway, true
	if status, err := strconv.Atoi(e.Code); err == nil && status >= 400 && status <= 599 {
		inner.status, inner.inside = status, false
	}
	return d.refused(r, p, &inner, e)
}

// refused makes the error of a call that failed.
func (d *Describer) refused(r tagroll.Request, p parameters, x *exchange, e providerError) *tagroll.Error {
	wait := d.waitAsked(x.header, e)
	failed := d.limited(r, x, e, wait)
	if failed == nil {
		failed = d.classify(r, p, x, e)
	}
	if failed.Code.Recoverable() {
		failed.RetryAfter = wait
	}
	return failed
}

// failsFor reports whether a server fails because of what it was sent: llama.cpp does for a schema
// that makes no grammar. A tier that fails is busy, and long words repeat the request.
func failsFor(e providerError, p parameters) bool {
	if schemaContents().MatchString(strings.ToLower(e.Message)) {
		return true
	}
	const longest = 300
	refused := refusedParameter(e, p)
	return refused != "" && refused != parameterTier && len(e.Message) <= longest
}

// silentWords are all that a server says that fails without a reason.
var silentWords = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^\W*(?:500)?\W*(?:an? )?(?:internal|unexpected|unknown)?[ _]?(?:server)?[ _]?error\W*(?:occurred)?\W*$`)
})

// failsSilently reports whether a server failed for a photo twice with a bare status 500, and for
// none otherwise: some do so for a schema or a parameter that they cannot handle.
func (d *Describer) failsSilently(r tagroll.Request, x *exchange, e providerError) bool {
	if x.status != http.StatusInternalServerError || x.inside || !silentWords().MatchString(strings.ToLower(e.Message)) && e.Message != "" {
		return false
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.succeeded || d.guessedAll {
		return false
	}
	d.silent[r.Photo.ID]++
	return d.silent[r.Photo.ID] > 1
}

// classify finds the code of a failed call that no limit explains. What the server names by a code
// counts before the status, since servers agree on the former more than on the latter.
func (d *Describer) classify(r tagroll.Request, p parameters, x *exchange, e providerError) *tagroll.Error {
	words := d.words(r, e.Message)
	switch {
	case isRedirect(x.status):
		return d.redirected(x)
	case x.status < 400:
		return failure(tagroll.CodeProviderError, "%s answered with status %d (%s), which is no answer to a question: check the proxy or cache before it", d.host(), x.status, http.StatusText(x.status))
	case isPolicy(e):
		return failure(tagroll.CodeContentPolicy, "the provider will not look at this photo because of its content policy%s: describe it by hand", words)
	case x.status == http.StatusUnauthorized, e.is("invalid_api_key"), e.says("api key not valid", "invalid api key", "incorrect api key"):
		return d.badKey(words)
	case isLoading(x.status, e):
		return failure(tagroll.CodeModelLoading, "%s is still loading the model %q%s: try again in a minute", d.host(), d.model, words)
	case isTooBig(e) && d.isFirst():
		return failure(tagroll.CodeConfiguration, "%s cannot load the model %q%s: choose a smaller model or a smaller context, or end what else needs the memory", d.host(), d.model, words)
	case isBlind(e):
		return failure(tagroll.CodeModelCannotSee, "%q at %s cannot see images%s: choose a model with vision%s", d.model, d.host(), words, d.sightAdvice(e))
	case isWrongAddress(e):
		return d.wrongAddress(x, words)
	case x.status == http.StatusNotFound && e.says("requested parameters"):
		return d.badRequest(r, p, x, e, words)
	case isUnknownModel(x.status, e):
		return failure(tagroll.CodeModelNotFound, "%s does not offer the model %q to this key%s: check the model's name%s", d.host(), d.model, words, d.gone())
	case x.status == http.StatusForbidden, isElsewhere(e):
		return failure(tagroll.CodeForbidden, "%s does not allow this%s: check what the key, its project and your country may use", d.host(), words)
	case x.status == http.StatusProxyAuthRequired:
		return d.proxyRefused(proxyRefusal{status: x.status})
	case isData(r.URL) && wantsHTTP().MatchString(strings.ToLower(e.Message)):
		return failure(tagroll.CodeConfiguration, "%s takes images by their address only%s: use --deliver url with a --public-url that it can reach", d.host(), words)
	case isFetchFailure(e), !isData(r.URL) && wantsData().MatchString(strings.ToLower(e.Message)):
		return d.fetchFailed(r, words)
	case x.status == http.StatusNotFound, x.status == http.StatusMethodNotAllowed, x.status == http.StatusGone:
		return d.wrongAddress(x, words)
	case isContext(e):
		return d.contextTooSmall(r, p, e, words)
	case isCrash(e):
		return d.failed(x, words)

	case x.status >= 500 && failsFor(e, p), d.failsSilently(r, x, e):
		return d.badRequest(r, p, x, e, words)
	case x.status >= 500, isPassing(x.status),
		e.is("json_validate_failed"): // Groq: the model wrote no valid JSON this time
		return d.failed(x, words)
	case x.status == http.StatusRequestEntityTooLarge:
		return failure(tagroll.CodeBadRequest, "the request is larger than %s accepts%s: send a smaller image, or deliver it by URL", d.host(), words)
	}
	return d.badRequest(r, p, x, e, words)
}

// badRequest classifies what is left: a 400 or its like, about this very request.
func (d *Describer) badRequest(r tagroll.Request, p parameters, x *exchange, e providerError, words string) *tagroll.Error {
	if !isData(r.URL) && x.status < 500 && refusedParameter(e, p) == "" && aboutAddress().MatchString(strings.ToLower(cutWords(e.Message))) {
		return d.fetchFailed(r, words)
	}
	if isImage(e) && refusedParameter(e, p) == "" {
		return imageRejected(words)
	}
	if parameter, ok := d.stepDown(e, x.status, p); ok {
		return failure(tagroll.CodeUnsupportedParameter, "the model %q refused the parameter %s, which will be changed or left out from now on%s", d.model, parameter, words)
	}
	if x.status >= 500 {
		return d.failed(x, words)
	}
	return failure(tagroll.CodeBadRequest, "%s refused the request with status %d%s", d.host(), x.status, d.wordsOrPage(x, words))
}

// failed is the error of a server that did not do its work this time.
func (d *Describer) failed(x *exchange, words string) *tagroll.Error {
	if x.inside {
		return failure(tagroll.CodeProviderError, "%s answered with a failure%s", d.host(), words)
	}
	return failure(tagroll.CodeProviderError, "%s failed with status %d%s", d.host(), x.status, d.wordsOrPage(x, words))
}

// fetchFailed is the error of an image that the provider could not download. A data
// URL needs no download: then it is the image itself that was not understood.
func (d *Describer) fetchFailed(r tagroll.Request, words string) *tagroll.Error {
	if isData(r.URL) {
		return imageRejected(words)
	}
	return failure(tagroll.CodeImageFetchFailed, "the provider could not download the image%s: check that the public address can be reached from the internet, or send images inline", words)
}

// badKey is the error of a key that is wrong or missing.
func (d *Describer) badKey(words string) *tagroll.Error {
	if d.key == "" {
		return failure(tagroll.CodeInvalidAPIKey, "%s asks for an API key, and none is set%s", d.host(), words)
	}
	return failure(tagroll.CodeInvalidAPIKey, "%s does not accept the API key%s: check that it is whole, still valid and meant for this server", d.host(), words)
}

// wrongAddress is the error of a server at which no call is found.
func (d *Describer) wrongAddress(x *exchange, words string) *tagroll.Error {
	advice := "check the base URL (most end with /v1)"
	if !strings.Contains(d.base.Path, "/v") {
		advice = "check the base URL, which lacks a /v1 at its end,"
	}
	status := ""
	if !x.inside {
		status = fmt.Sprintf(" (status %d)", x.status)
	}
	return failure(tagroll.CodeModelNotFound, "nothing answers at %s/chat/completions%s%s: %s and the model %q", d.base, status, words, advice, d.model)
}

// isPassing reports whether a status below 500 is about the moment and not about the request.
func isPassing(status int) bool {
	switch status {
	case http.StatusRequestTimeout, http.StatusConflict, http.StatusLocked, http.StatusTooEarly:
		return true
	}
	return false
}

// isRedirect reports whether a status sends the client elsewhere. Others below 400, such as 304,
// come from a cache or a proxy that takes the call for something else.
func isRedirect(status int) bool {
	switch status {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return true
	}
	return false
}

// redirected is the error of a server that sends the call elsewhere.
func (d *Describer) redirected(x *exchange) *tagroll.Error {
	if x.header.Get("Location") == "" {
		return failure(tagroll.CodeConfiguration, "%s redirects (status %d) and does not say where to: check the base URL, and the proxy before it", d.host(), x.status)
	}
	to := "another address"
	if location, err := d.base.Parse(x.header.Get("Location")); err == nil {
		if location.Scheme != "http" && location.Scheme != "https" {
			return failure(tagroll.CodeConfiguration, "%s redirects to something that is no web address: check the base URL, and the proxy before it", d.host())
		}
		if location.Host == d.base.Host && location.Scheme == d.base.Scheme {
			return failure(tagroll.CodeConfiguration, "%s redirects to its %s, where the call cannot follow: check the base URL, and the proxy before it", d.host(), location.Path)
		}
		to = location.Scheme + "://" + location.Host
	}
	return failure(tagroll.CodeConfiguration, "%s redirects to %s, where the API key is not sent: if that is right, use it in the base URL", d.host(), to)
}

// wordsOrPage says what came where there are no words of the server.
func (d *Describer) wordsOrPage(x *exchange, words string) string {
	switch {
	case words != "":
		return words
	case isHTML(x):
		return " and a web page instead of an answer"
	}
	return " and an empty answer"
}

// sightAdvice says how a local server gets a model that can see, where its words do not.
func (d *Describer) sightAdvice(e providerError) string {
	if e.says("mmproj") {
		return projectorAdvice
	}
	return visionAdvice(d.provider)
}

// host names the server in messages.
func (d *Describer) host() string { return d.base.Host }

// imageRejected is the failure of an image that the provider could not read.
func imageRejected(words string) *tagroll.Error {
	return failure(tagroll.CodeImageRejected, "the provider could not read the image%s: export the photo again from the original", words)
}
