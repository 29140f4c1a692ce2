package openai

import (
	"net/http"
	"regexp"
	"strings"
	"sync"
)

// This file knows the words by which servers say what is wrong. They come from the providers'
// documents and from reports of failures; a phrase is in lower case.

// isPolicy reports whether the provider objects to what the photo shows.
func isPolicy(e providerError) bool {
	return e.is("content_policy_violation", "image_content_policy_violation", "content_filter", "content_filtered",
		"moderation_blocked", "responsibleaipolicyviolation", "sensitive_content") ||
		e.says("content management policy", "safety system", "input was flagged", "content policy")
}

// isLoading reports whether a local server has not loaded its model yet.
func isLoading(status int, e providerError) bool {
	return e.is("model_loading") || status >= 500 && e.says("loading model", "model is loading", "currently loading", "still loading", "is being loaded")
}

// blindWords match what servers answer whose model takes no images.
var blindWords = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(strings.Join([]string{
		`not a multimodal model`, `is not multimodal`, `multimodal is not`, `text[- ]only model`,
		`at most 0 image`, `0 images? (?:may|can|are|is)`,
		"unknown variant [`'\"]?image_url", `unknown part type:? ?['"]?image`, `unsupported content type:? ?['"]?image`,
		`content(?:'\])? (?:must|should) be a (?:valid )?string`, `content\S*(?: :)?(?: value)? must be a string`, `expected (?:a )?string,? (?:but )?(?:got|found|received) (?:an? )?(?:array|list|sequence)`,
		`content\S*(?: value)? (?:str type expected|input should be a valid string)`,
		`mmproj`, `missing data (?:required )?for image`,
		`no endpoints found that support image`,
		`(?:n't|not|no) support(?:ed)? (?:for )?(?:\w+ )?(?:image|images|vision|multimodal|picture)s?(?: input| inputs| content| modality| understanding)?(?:[.,;)"']|$| for| in| by| with this)`,
		`(?:image|images|image inputs?|image_url|vision|multimodal)(?: content| input| inputs| modality)? (?:is|are) (?:not|only) (?:supported|enabled|available)(?: by| for| with|[.,;)"']|$)`,
		`no vision (?:support|capabilit)`, `lacks? vision`, `without vision`, `does(?:n't| not) have vision`,
	}, "|"))
})

// notBlindness matches complaints about the form of an image, which use some of the same words.
var notBlindness = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`format|mime|base64|data ?:|data ur[il]|http|\burls?\b|webp|\bgif\b|\bpng\b|\bdetail\b`)
})

// isBlind reports whether the model, or its server, takes no images at all.
func isBlind(e providerError) bool {
	text := strings.ToLower(cutWords(e.Message))
	return blindWords().MatchString(text) && (!notBlindness().MatchString(strings.ReplaceAll(text, "image_url", "")) || strings.Contains(text, "mmproj"))
}

// isWrongAddress reports whether a server says that it has no such call, whatever its status. LM
// Studio does so with status 200.
func isWrongAddress(e providerError) bool {
	return e.says("unexpected endpoint or method", "unknown endpoint", "no such endpoint", "route not found", "invalid url (post")
}

// isCrash reports whether a local server says that the model has ended, whatever its status.
func isCrash(e providerError) bool {
	return e.says("has crashed", "model crashed", "process has terminated", "out of memory", "cuda error")
}

// tooBig matches what local servers answer whose machine cannot hold the model.
var tooBig = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`requires? more (?:system |gpu |video )?memory|insufficient system resources|not enough (?:memory|resources|vram)|(?:failed|unable) to load (?:the )?model|error loading model`)
})

// isTooBig reports whether a local server cannot load the model, which trying again does not
// change. LM Studio says so with the code of an unknown model.
func isTooBig(e providerError) bool {
	return tooBig().MatchString(strings.ToLower(cutWords(e.Message)))
}

// isElsewhere reports whether the provider does not serve the country that the request comes from.
func isElsewhere(e providerError) bool {
	return e.is("unsupported_country_region_territory") || e.says("user location is not supported", "country, region, or territory not supported", "not available in your country", "not available in your region")
}

// boundTooLarge matches complaints about the bound on an answer, for which the model's context has
// no room beside the request.
var boundTooLarge = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`max_(?:completion_)?tokens\S* (?:is|are) too large|[1-9]\d* (?:tokens )?(?:in|for) the (?:completion|output)|[1-9]\d* (?:output|completion) tokens`)
})

// isUnknownModel reports whether the model's name is what is wrong. Anthropic's not_found_error
// says so by "model:".
func isUnknownModel(status int, e providerError) bool {
	if e.is("model_not_found", "model_not_available", "invalid_model", "model_not_supported", "model_decommissioned", "deploymentnotfound") ||
		e.is("not_found_error") && strings.HasPrefix(strings.ToLower(e.Message), "model:") ||
		e.says("no models loaded", "no model loaded", "has been decommissioned", "model is unloaded") {
		return true
	}
	if status != http.StatusNotFound && status != http.StatusBadRequest && status != http.StatusUnprocessableEntity {
		return false
	}
	return e.Param == "model" ||
		e.says("model", "deployment") && e.says("does not exist", "not found", "not a valid model", "invalid model", "unknown model", "no such model", "no endpoints found", "has been deprecated", "was shut down")
}

// isFetchFailure reports whether the provider could not download the image.
func isFetchFailure(e providerError) bool {
	return e.is("invalid_image_url", "failed_to_download_image", "image_download_failed", "image_fetch_failed") ||
		e.says("while downloading", "failed to download", "could not download", "unable to download", "error downloading",
			"failed to fetch", "unable to fetch", "could not fetch", "cannot fetch", "error fetching",
			"failed to load image from url", "failed to retrieve image", "invalid image url", "invalid image_url",
			"cannot connect to host", "url could not be accessed", "upstream status code", "fetching image", "fetch image", "download image",
			"downloading image", "image from the url", "image could not be retrieved", "cannot retrieve", "getaddrinfo", "name resolution")
}

// wantsData matches servers that take data URLs only, when they were given another address.
var wantsData = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`base64|data: ?ur[il]|data ur[il]|must start with ['"]?data:|invalid image input|remote (?:image|url)s? |(?:http|https|external|remote|image) urls? (?:is|are) not (?:supported|allowed)|only (?:supports?|accepts?) (?:local|inline|embedded) images|url scheme|local file`)
})

// aboutAddress matches refusals that speak of an address or of reaching something. Where an image
// was given by its address, nothing else in the request has one.
var aboutAddress = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`\bur[il]s?\b|image_url|\bfetch|download|\bresolve|\breach|scheme|\bhosts?\b|address|connection|ssrf|retriev`)
})

// wantsHTTP matches servers that take addresses only, when they were given a data URL.
var wantsHTTP = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`data: ?ur[il]s? (?:is|are) not|data ur[il]s? (?:is|are) not|must (?:start|begin) with ['"]?https?|must be an? (?:valid )?(?:https?|public)|only https? urls|only (?:supports?|accepts?) https?|base64 (?:images? )?(?:is|are) not (?:supported|allowed)`)
})

// isImage reports whether the provider got the image and could not read it.
func isImage(e providerError) bool {
	return e.is("image_parse_error", "invalid_image_format", "invalid_image", "image_too_large", "image_too_small", "unsupported_image_media_type",
		"invalid_base64", "invalid_base64_image", "empty_image_file", "image_file_too_large", "invalid_image_mode") ||
		strings.Contains(e.Param, "image_url") && !strings.Contains(e.Param, "detail") ||
		e.says("unsupported image", "invalid image", "could not process image", "cannot identify image", "failed to decode image",
			"unable to process input image", "provided image is not valid", "image data")
}

// isContext reports whether instructions and image are too much for the model's context.
func isContext(e providerError) bool {
	return e.is("context_length_exceeded", "exceed_context_size_error") ||
		e.says("maximum context length", "context window", "context size", "context length", "exceeds the context", "prompt is too long", "input is too long", "too many input tokens", "max_model_len")
}

// isData reports whether a URL holds its content itself.
func isData(address string) bool {
	return len(address) >= 5 && strings.EqualFold(address[:5], "data:")
}
