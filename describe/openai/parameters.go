package openai

import (
	"regexp"
	"slices"
	"strings"
	"sync"
)

// parameters says which optional parameters a call carries. A zero field is not sent.
type parameters struct {
	effort    string
	maxTokens int
	olderName bool // the bound is called max_tokens instead of max_completion_tokens
	detail    string
	format    format
	tier      string
	// noSystem is whether the instructions stand in the user's message, since there is no role
	// "system".
	noSystem bool
}

// bare is what is sent when nothing optional is.
func (p parameters) bare() parameters { return parameters{format: formatNone, noSystem: p.noSystem} }

// format is how the server is told to answer in JSON, from strict to not at all. This is
// the order in which a describer steps down when a server refuses one.
type format int

const (
	formatStrict format = iota // the schema, in strict mode
	formatPlain                // the schema without bounds
	formatObject               // JSON of any kind
	formatNone
)

// formatNames are the names of Provider.Schema, by format.
var formatNames = []string{"strict", "plain", "object", "none"}

// The optional parameters by their names in the protocol.
const (
	parameterEffort    = "reasoning_effort"
	parameterMaxTokens = "max_completion_tokens"
	parameterOlderName = "max_tokens"
	parameterDetail    = "detail"
	parameterFormat    = "response_format"
	parameterTier      = "service_tier"
	parameterSystem    = "system" // no parameter, but a role that some models do not have
)

// efforts are the known reasoning efforts, the least first.
var efforts = []string{"none", "minimal", "low", "medium", "high", "xhigh", "max"}

// sent lists the optional parameters that a call carries.
func (p parameters) sent() []string {
	var names []string
	if p.effort != "" {
		names = append(names, parameterEffort)
	}
	if p.maxTokens > 0 {
		names = append(names, parameterMaxTokens)
	}
	if p.tier != "" {
		names = append(names, parameterTier)
	}
	if p.format != formatNone {
		names = append(names, parameterFormat)
	}
	if p.detail != "" {
		names = append(names, parameterDetail)
	}
	if !p.noSystem {
		names = append(names, parameterSystem)
	}
	return names
}

// maxDropped is how many refusals are heeded one by one in a run. A server that refuses
// still more gets nothing optional from then on.
const maxDropped = 3

// stepDown changes what is sent after a server has refused it, and reports whether it
// did. sent is what the refused call carried. Another photo's call may have brought the
// same refusal before: then nothing changes any more, and the call is worth repeating.
func (d *Describer) stepDown(e providerError, status int, sent parameters) (refused string, ok bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	refused = refusedParameter(e, sent)
	if sent.tier != "" { // a photo that waited too long asks for another tier than the run does
		sent.tier = d.parameters.tier
	}
	next := sent
	switch refused {
	case parameterEffort:
		next.effort = leastListed(e.Message, sent.effort)
	case parameterMaxTokens:
		next.olderName = !sent.olderName
		if sent.olderName != d.provider.MaxTokens { // the other name was refused before
			next.olderName, next.maxTokens = d.provider.MaxTokens, 0
		}
	case parameterDetail:
		next.detail = ""
	case parameterTier:
		next.tier = ""
	case parameterSystem:
		next.noSystem = true
	case parameterFormat:
		next.format = d.lowerFormat(e, sent.format)
	default:
		if !isUnspecific(e, status) {
			return "", false
		}
		if d.parameters == sent {
			if next, ok = d.guess(sent, status); !ok {
				return "", false
			}
		}
		refused = parameterFormat
	}
	if d.parameters == sent && next != sent {
		d.parameters = next
		d.changes = append(d.changes, changeText(refused, sent, next))
		if d.dropped++; d.dropped >= maxDropped && d.parameters.format != formatNone {
			d.parameters = d.parameters.bare()
			d.changes = append(d.changes, "nothing optional is sent any more")
		}
	}
	return refused, true
}

// dropBound sends no bound on an answer from now on.
func (d *Describer) dropBound(sent parameters) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.parameters.maxTokens > 0 {
		d.parameters.maxTokens = 0
		d.changes = append(d.changes, name(sent))
	}
}

// guess is what is sent next after a refusal that does not say why: the next simpler format, and
// instead of none at last nothing optional; after a failure (5xx) that at once. It reports false
// after a success, and if nothing of that has helped: then all is sent again as before, since the
// photo was refused. The caller holds d.mu.
func (d *Describer) guess(sent parameters, status int) (next parameters, ok bool) {
	switch {
	case d.succeeded || d.guessedAll:
		return sent, false
	case sent == sent.bare():
		d.guessedAll = true
		d.takeBack()
		return sent, false
	}
	if d.beforeGuess == nil {
		d.beforeGuess, d.sureChanges = &sent, len(d.changes)
	}
	next = sent
	if next.format = d.skipObject(min(sent.format+1, formatNone)); next.format == formatNone || status >= 500 {
		next = sent.bare() // whatever it is, three refusals are enough
	}
	return next, true
}

// takeBack undoes what guess has changed. The caller holds d.mu.
func (d *Describer) takeBack() {
	if d.beforeGuess != nil {
		d.parameters, d.changes = *d.beforeGuess, d.changes[:d.sureChanges]
		d.beforeGuess, d.dropped = nil, d.sureChanges
	}
}

// lowerFormat is the format after one that was refused. A server that has no schemas at all is not
// asked for a simpler one.
func (d *Describer) lowerFormat(e providerError, f format) format {
	if f == formatStrict && schemaContents().MatchString(strings.ToLower(e.Message)) {
		return formatPlain
	}
	return d.skipObject(max(f+1, formatObject))
}

// skipObject leaves out the format that the server does not have.
func (d *Describer) skipObject(f format) format {
	if f == formatObject && d.provider.NoObject {
		return formatNone
	}
	return f
}

// schemaContents matches refusals of what stands in a schema, or of its strict mode.
var schemaContents = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`max_?items|min_?items|additional_?properties|\bstrict\b|too many states|grammar|keyword|invalid schema|schema is (?:invalid|too)|too complex|guided decoding`)
})

// changeText says what changed, for the one line that tells the user.
func changeText(refused string, before, after parameters) string {
	switch {
	case refused == parameterEffort && after.effort != "":
		return `reasoning_effort "` + before.effort + `", so "` + after.effort + `" is sent`
	case refused == parameterMaxTokens && after.maxTokens > 0:
		return name(before) + ", so " + name(after) + " is sent"
	case refused == parameterMaxTokens:
		return name(before)
	case refused == parameterFormat && after.format == formatPlain:
		return "the strict schema, so one without bounds is sent"
	case refused == parameterFormat && after.format == formatObject:
		return "a JSON schema, so JSON without a schema is asked for"
	case refused == parameterFormat && after == after.bare():
		return "response_format, so nothing optional is sent any more"
	case refused == parameterSystem:
		return `the role "system", so the user's message has the instructions`
	case refused == parameterTier:
		return `service_tier "` + before.tier + `", so photos are described at the full price`
	}
	return refused
}

// name is what the bound on an answer is called.
func name(p parameters) string {
	if p.olderName {
		return parameterOlderName
	}
	return parameterMaxTokens
}

// effortWord matches a reasoning effort in quotes, or as a word of a list.
var (
	effortWord = regexp.MustCompile(`\b(none|minimal|low|medium|high|xhigh|max)\b`)
	listMark   = regexp.MustCompile(`supported values|one of|must be|allowed|expected|valid values|choose|input should be`)
)

// leastListed finds the least reasoning effort that a refusal lists as accepted. Empty if it lists
// none.
func leastListed(message, refused string) string {
	message = strings.ToLower(message)
	at := listMark.FindStringIndex(message)
	if at == nil {
		return ""
	}
	least := len(efforts)
	for _, word := range effortWord.FindAllString(message[at[1]:], -1) {
		if i := slices.Index(efforts, word); word != refused {
			least = min(least, i)
		}
	}
	if least == len(efforts) {
		return ""
	}
	return efforts[least]
}

// wordsOf are words by which servers speak of a parameter in a refusal. The word
// "detail" alone says nothing; servers built with FastAPI call every error so.
var wordsOf = map[string]*regexp.Regexp{
	parameterEffort:    regexp.MustCompile(`reasoning[_. ]?effort|reasoning is not supported|reasoning value|does not support thinking|thinking (?:can ?not|can't) be (?:disabled|turned off)|thinking[_ ]?(?:budget|level|mode)|\bbudget 0\b`),
	parameterMaxTokens: regexp.MustCompile(`max_?completion_?tokens|max_?tokens|max_?output_?tokens`),
	parameterTier:      regexp.MustCompile(`service[_ ]?tier|\bflex\b`),
	parameterFormat:    regexp.MustCompile(`response[_ ]?format|json[_ ]?schema|json[_ ]?object|json mode|structured output|guided decoding|grammar|too many states|max_?items|min_?items|additional_?properties`),
	parameterSystem:    regexp.MustCompile(`system role|role:? ['"` + "`" + `]?system|system (?:message|prompt)s? (?:is|are) not|roles must alternate`),
	parameterDetail:    regexp.MustCompile(`image_url\.detail|image_url['"\], ]+detail\b|['"]detail['"] `),
}

// refusedParameter finds the optional parameter that the server refuses. The
// field "param" of the protocol comes before the words of the message. Empty if
// the refusal is about something else, or about something that was not sent.
func refusedParameter(e providerError, p parameters) string {
	sent := p.sent()
	param := e.Param
	if param == parameterOlderName {
		param = parameterMaxTokens
	}
	for _, name := range sent {
		if param == name || strings.HasPrefix(param, name+".") || strings.HasPrefix(param, name+"[") || strings.HasSuffix(param, "."+name) {
			return name
		}
	}
	if strings.HasPrefix(param, "reasoning") && slices.Contains(sent, parameterEffort) {
		return parameterEffort
	}
	text := strings.ToLower(cutWords(e.Message))
	for _, name := range sent {
		if wordsOf[name].MatchString(text) {
			return name
		}
	}
	if p.effort != "" && strings.ContainsAny(quoteBefore(text, p.effort), "'`\"") && leastListed(text, p.effort) != "" {
		// The value is refused by a list of others, without the parameter's name.
		return parameterEffort
	}
	return ""
}

// quoteBefore is the character before a word in a text; empty if it does not occur.
func quoteBefore(text, word string) string {
	i := strings.Index(text, word)
	if i < 1 {
		return ""
	}
	return text[i-1 : i]
}

// cutWords is the part of a message that speaks of what is wrong: further on, servers that
// repeat the request name all of its parameters.
func cutWords(message string) string { return message[:min(len(message), 512)] }

// isUnspecific reports whether a refusal may be about any parameter, because it names nothing at
// all: Gemini says "Request contains an invalid argument." of a schema that it does not like,
// OpenRouter that there are "No endpoints found that can handle the requested parameters".
func isUnspecific(e providerError, status int) bool {
	if e.says("requested parameters") {
		return true
	}
	const most = 200 // a longer message says what is wrong
	if status != 400 && status != 422 && status != 500 || e.Param != "" || len(e.Message) > most {
		return false
	}
	for _, words := range wordsOf {
		if words.MatchString(strings.ToLower(cutWords(e.Message))) {
			return false // it names something that was not sent
		}
	}
	return true
}
