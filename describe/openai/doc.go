// Package openai is the describer that asks a vision model over OpenAI's Chat
// Completions protocol, which OpenAI and many compatible servers speak (vLLM,
// Ollama, LM Studio, llama.cpp, LiteLLM, OpenRouter and others).
//
// In flows a [tagroll.Request] with the URL of an image, out flow the metadata, what
// the call cost and what the provider said of its limits, or a [*tagroll.Error] whose
// code says how the call failed. One Describe is exactly one HTTP request: no
// retry, no redirect. Whether and when a call is repeated is decided by package batch.
//
// # Parameters
//
// Models differ in the parameters that they accept. What is sent beyond the
// messages depends on the model's family, a table in families.go. If a server
// refuses an optional parameter, the error is CodeUnsupportedParameter, and the
// describer leaves that parameter out from then on; the response format falls back
// from json_schema to json_object to none.
//
// # Configuration
//
// Nothing is read from the environment but the proxy settings (HTTPS_PROXY and its
// like): of OPENAI_API_KEY, OPENAI_BASE_URL, OPENAI_ORG_ID, OPENAI_PROJECT_ID and
// OPENAI_CUSTOM_HEADERS only what the caller puts into [Config] has an effect.
package openai
