// Package openai is the describer that asks a vision model over OpenAI's Chat
// Completions protocol, which OpenAI and many compatible servers speak (vLLM,
// Ollama, LM Studio, llama.cpp, LiteLLM, OpenRouter and others).
//
// In flows a [tagroll.Request] with the URL of an image, out flow the metadata, what
// the call cost and what the provider said of its limits, or a [*tagroll.Error] whose
// code says how the call failed. One Describe is exactly one call: no retry, and a redirect
// is followed on the same server only. Whether and when a call is repeated is decided by
// package batch.
//
// # Parameters
//
// Models and servers differ in the parameters that they accept. What is sent beyond the
// messages depends on the model (models.json) and the provider (providers.json). If a server
// refuses an optional parameter, the error is CodeUnsupportedParameter, and the
// describer changes it or leaves it out from then on: a reasoning effort becomes the least that the
// refusal lists; the response format falls back from a strict schema to one without bounds, to
// JSON of any kind, to none. That happens at most three times in the describer's life.
//
// # Configuration
//
// Nothing is read from the environment but the proxy settings (HTTPS_PROXY and its
// like): of OPENAI_API_KEY, OPENAI_BASE_URL, OPENAI_ORG_ID, OPENAI_PROJECT_ID and
// OPENAI_CUSTOM_HEADERS only what the caller puts into [Config] has an effect.
package openai
