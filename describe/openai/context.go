package openai

import (
	"strings"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/describe"
)

// contextAdvice says how a server's models are given a longer context.
func (d *Describer) contextAdvice() string {
	switch d.provider.Name {
	case "ollama":
		return "start the server with OLLAMA_CONTEXT_LENGTH=8192"
	case "lmstudio":
		return "load the model with a context length of 8192"
	case "llamacpp":
		return "start the server with -c 8192"
	case "vllm":
		return "start the server with --max-model-len 8192"
	}
	return "raise the server's context length to 8192"
}

// contextTooSmall is the error of a request that does not fit the model's context. Before the
// first success no other photo would fit either. A bound on the answer that leaves no room is not
// sent any more.
func (d *Describer) contextTooSmall(r tagroll.Request, p parameters, e providerError, words string) *tagroll.Error {
	if p.maxTokens > 0 && boundTooLarge().MatchString(strings.ToLower(e.Message)) {
		d.dropBound(p)
		return failure(tagroll.CodeUnsupportedParameter, "an answer of %d tokens does not fit the context length of %q, so no bound is sent from now on%s", p.maxTokens, d.model, words)
	}
	code := tagroll.CodeBadRequest
	if d.isFirst() && r.Repair == nil {
		code = tagroll.CodeConfiguration
	}
	return failure(code, "instructions and image do not fit the model's context length%s: %s, or use --detail low or a smaller --max-edge", words, d.contextAdvice())
}

// isFirst reports whether no call has succeeded yet, so that what fails would fail for all photos.
func (d *Describer) isFirst() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return !d.succeeded
}

// noteCut warns once if a server seems to have cut a prompt to its context without a word, as
// Ollama does: what is lost is the end of the instructions, or the image. A cut prompt fills the
// context to the last token, or has fewer tokens than the words alone. Only models of which nothing
// is known are checked: for the others, prompts are counted exactly, and no context is too small.
func (d *Describer) noteCut(r tagroll.Request, u tagroll.Usage) {
	const (
		// Later prompts may fill a context by chance.
		firstAnswers = 3
		step         = 512 // of which contexts are multiples
	)
	if d.habits.name != "" || u.InputTokens == 0 || u.CachedTokens > 0 || r.Repair != nil {
		return
	}
	whole := d.estimate(r, false).InputTokens
	words := describe.Tokens(describe.Instructions(r.Guide)) + describe.Tokens(describe.Question(r))
	d.mu.Lock()
	fills := d.answers <= firstAnswers && u.InputTokens%step == 0 && u.InputTokens < whole
	cut := !d.cutTold && (fills || u.InputTokens < words/2)
	d.cutTold = d.cutTold || cut
	d.mu.Unlock()
	if cut {
		d.tell("%s has read %d tokens of a prompt of about %d: its context is too small, so that it may not have seen all instructions, or the photo: %s, and describe the photos anew (--fresh)",
			d.host(), u.InputTokens, whole, d.contextAdvice())
	}
}
