package openai

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/tagroll/tagroll"
)

// refusal reads a response whose status says that the call failed.
func (d *Describer) refusal(r tagroll.Request, p parameters, x *exchange) (tagroll.Answer, error) {
	err := d.classify(r, p, x, readProviderError(x))
	err.RetryAfter = retryAfter(x.header, d.now())
	return tagroll.Answer{RateLimit: rateLimit(x.header)}, err
}

// embedded reads a failure inside a response with a good status. Its code may be the
// status that the model's own server gave.
func (d *Describer) embedded(r tagroll.Request, p parameters, x *exchange) error {
	e := readProviderError(x)
	inner := *x
	inner.status = http.StatusBadGateway
	if status, err := strconv.Atoi(e.Code); err == nil && status >= 400 && status <= 599 {
		inner.status = status
	}
	failed := d.classify(r, p, &inner, e)
	failed.RetryAfter = retryAfter(x.header, d.now())
	return failed
}

// classify finds the code of a failed call. What the server names by a code counts
// before the status, since servers agree on the former more than on the latter.
func (d *Describer) classify(r tagroll.Request, p parameters, x *exchange, e providerError) *tagroll.Error {
	words := d.words(r, e.Message)
	switch {
	case x.status < 400:
		return d.redirected(x)

	case isQuota(x.status, e):
		return failure(tagroll.CodeQuotaExhausted, "the provider says that the account has no credit left%s: add credit or raise the limit in the provider's billing settings, then run again", words)
	case e.is("slow_down"), e.is("rate_limit_exceeded") && x.status != http.StatusTooManyRequests:
		return failure(tagroll.CodeRateLimited, "the provider asks to send fewer requests%s", words)
	case x.status == http.StatusTooManyRequests && e.says("request too large"):
		return failure(tagroll.CodeBadRequest, "one photo takes more tokens than the account may use in a minute%s: use detail low or a higher usage tier", words)
	case x.status == http.StatusTooManyRequests:
		return failure(tagroll.CodeRateLimited, "the provider's rate limit is reached%s", words)

	case isPolicy(e):
		return failure(tagroll.CodeContentPolicy, "the provider will not look at this photo because of its content policy%s: describe it by hand", words)
	case x.status == http.StatusUnauthorized, e.is("invalid_api_key"), e.says("api key not valid", "invalid api key", "incorrect api key"):
		return d.badKey(words)
	case isUnknownModel(x.status, e):
		return failure(tagroll.CodeModelNotFound, "%s does not offer the model %q to this key%s: check the model's name", d.host(), d.model, words)
	case x.status == http.StatusForbidden:
		return failure(tagroll.CodeForbidden, "%s does not allow this%s: check what the key, its project and your country may use", d.host(), words)
	case x.status == http.StatusProxyAuthRequired:
		return failure(tagroll.CodeForbidden, "the proxy asks for a user name and password: set them in the proxy's address")
	case isFetchFailure(e):
		return d.fetchFailed(r, words)
	case x.status == http.StatusNotFound, x.status == http.StatusMethodNotAllowed, x.status == http.StatusGone:
		return failure(tagroll.CodeModelNotFound, "nothing answers at %s/chat/completions (status %d)%s: check the base URL (most end with /v1) and the model %q", d.base, x.status, words, d.model)

	case x.status >= 500, x.status == http.StatusRequestTimeout, x.status == http.StatusConflict, x.status == http.StatusTooEarly,
		e.is("json_validate_failed"): // Groq: the model wrote no valid JSON this time
		return failure(tagroll.CodeProviderError, "%s failed with status %d%s", d.host(), x.status, d.wordsOrPage(x, words))
	case x.status == http.StatusRequestEntityTooLarge:
		return failure(tagroll.CodeBadRequest, "the request is larger than %s accepts%s: send a smaller image, or deliver it by URL", d.host(), words)
	}
	return d.badRequest(r, p, x, e, words)
}

// badRequest classifies what is left: a 400 or its like, about this very request.
func (d *Describer) badRequest(r tagroll.Request, p parameters, x *exchange, e providerError, words string) *tagroll.Error {
	if parameter := refusedParameter(e, p); parameter != "" {
		d.drop(parameter, p)
		return failure(tagroll.CodeUnsupportedParameter, "the model %q refused the parameter %s, which will be left out from now on%s", d.model, parameter, words)
	}
	switch {
	case e.says("invalid image input") && !isData(r.URL):
		return d.fetchFailed(r, words) // Ollama, which takes data: URLs only
	case isImage(e):
		return failure(tagroll.CodeImageRejected, "the provider could not read the image%s: export the photo again from the original", words)
	case e.is("context_length_exceeded"), e.says("maximum context length", "context window", "context size", "context length"):
		return failure(tagroll.CodeBadRequest, "instructions and image do not fit the model's context%s: raise the server's context length, or use detail low", words)
	}
	return failure(tagroll.CodeBadRequest, "%s refused the request with status %d%s", d.host(), x.status, d.wordsOrPage(x, words))
}

// isQuota reports whether the account is out of money. OpenAI says so with the
// status of a rate limit, in the type, the code or both.
func isQuota(status int, e providerError) bool {
	if status == http.StatusPaymentRequired {
		return true
	}
	if e.is("insufficient_quota", "insufficient_balance", "billing_hard_limit_reached", "billing_not_active", "access_terminated") {
		return true
	}
	return (status == http.StatusTooManyRequests || status == http.StatusForbidden) &&
		e.says("exceeded your current quota, please check your plan and billing", "insufficient balance", "insufficient credits", "credit balance is too low")
}

// isPolicy reports whether the provider objects to what the photo shows.
func isPolicy(e providerError) bool {
	return e.is("content_policy_violation", "image_content_policy_violation", "content_filter", "content_filtered",
		"moderation_blocked", "responsibleaipolicyviolation", "sensitive_content") ||
		e.says("content management policy", "safety system", "input was flagged", "content policy")
}

// isUnknownModel reports whether the model's name is what is wrong.
func isUnknownModel(status int, e providerError) bool {
	if e.is("model_not_found", "model_not_available", "invalid_model", "model_not_supported") {
		return true
	}
	if status != http.StatusNotFound && status != http.StatusBadRequest && status != http.StatusUnprocessableEntity {
		return false
	}
	return e.Param == "model" ||
		e.says("model") && e.says("does not exist", "not found", "not a valid model", "invalid model", "unknown model", "no such model", "no endpoints found")
}

// isFetchFailure reports whether the provider could not download the image.
func isFetchFailure(e providerError) bool {
	return e.is("invalid_image_url", "failed_to_download_image", "image_download_failed", "image_fetch_failed") ||
		e.says("while downloading", "failed to download", "could not download", "unable to download", "error downloading",
			"failed to fetch", "unable to fetch", "could not fetch", "cannot fetch", "error fetching",
			"failed to load image from url", "failed to retrieve image", "invalid image url", "invalid image_url",
			"cannot connect to host", "url could not be accessed", "upstream status code")
}

// isImage reports whether the provider got the image and could not read it.
func isImage(e providerError) bool {
	return e.is("image_parse_error", "invalid_image_format", "invalid_image", "image_too_large", "image_too_small", "unsupported_image_media_type",
		"invalid_base64", "invalid_base64_image", "empty_image_file", "image_file_too_large", "invalid_image_mode") ||
		strings.Contains(e.Param, "image_url") ||
		e.says("unsupported image", "invalid image", "could not process image", "cannot identify image", "failed to decode image",
			"image data", "does not support image", "image input", "is not a multimodal model", "not support vision")
}

// fetchFailed is the error of an image that the provider could not download. A data
// URL needs no download: then it is the image itself that was not understood.
func (d *Describer) fetchFailed(r tagroll.Request, words string) *tagroll.Error {
	if isData(r.URL) {
		return failure(tagroll.CodeImageRejected, "the provider could not read the image%s: export the photo again from the original", words)
	}
	return failure(tagroll.CodeImageFetchFailed, "the provider could not download the image%s: check that the public address can be reached from the internet, or send images inline", words)
}

// isData reports whether a URL holds its content itself.
func isData(address string) bool {
	return len(address) >= 5 && strings.EqualFold(address[:5], "data:")
}

// badKey is the error of a key that is wrong or missing.
func (d *Describer) badKey(words string) *tagroll.Error {
	if d.key == "" {
		return failure(tagroll.CodeInvalidAPIKey, "%s asks for an API key, and none is set%s", d.host(), words)
	}
	return failure(tagroll.CodeInvalidAPIKey, "%s does not accept the API key%s: check that it is whole, still valid and meant for this server", d.host(), words)
}

// redirected is the error of a server that sends the call elsewhere.
func (d *Describer) redirected(x *exchange) *tagroll.Error {
	to := "another address"
	if location, err := url.Parse(x.header.Get("Location")); err == nil && location.Host != "" {
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

// host names the server in messages.
func (d *Describer) host() string { return d.base.Host }
