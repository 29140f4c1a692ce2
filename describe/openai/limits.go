package openai

import (
	"net/http"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/tagroll/tagroll"
)

// longWait is the wait from which a limit is one that ends a batch's day.
const longWait = time.Hour

// perDay matches the names and words of limits that count by the day.
var perDay = regexp.MustCompile(`(?i)per[- ]?day|\b[rt]pd\b|daily`)

// limited makes the error of a call that some limit refused; nil if no limit did.
func (d *Describer) limited(r tagroll.Request, x *exchange, e providerError, wait time.Duration) *tagroll.Error {
	words := d.words(r, e.Message)
	google := e.is("resource_exhausted") // says of every limit that the quota is exceeded
	tooMany := x.status == http.StatusTooManyRequests || x.status == statusBusy ||
		e.is("rate_limit_exceeded", "slow_down", "resource_unavailable", "capacity_exceeded")
	switch {
	case isQuota(x.status, e) && !google && e.Quota == "":
		return failure(tagroll.CodeQuotaExhausted, "the provider says that the account has no credit left%s: add credit or raise the limit in the provider's billing settings, then try again", words)
	case !tooMany && !google && !(x.status == http.StatusRequestEntityTooLarge && isTokens(e)):
		return nil
	case e.says("limit: 0") && (google || e.Quota != ""):
		return failure(tagroll.CodeQuotaExhausted, "the model %q is not in this account's free tier%s: choose another model, or turn on billing", d.model, words)
	case e.says("request too large"), x.status == http.StatusRequestEntityTooLarge && !e.says("try again in"):
		return failure(tagroll.CodeBadRequest, "one photo takes more tokens than the account may use in a minute%s: use --detail low, a smaller --max-edge or a higher usage tier", words)
	case perDay.MatchString(e.Quota):
		return d.dayIsOver(nextMidnight(d.now()), words)
	case wait >= longWait:
		return d.dayIsOver(clockOf(x.header, d.now).Add(wait), words)
	case perDay.MatchString(e.Message) && wait == 0:
		return d.dayIsOver(time.Time{}, words)
	case isBusy(x.status, e):
		d.noteBusy(r)
		return failure(tagroll.CodeRateLimited, "the provider has no capacity for this right now%s", words)
	case x.status != http.StatusTooManyRequests:
		return failure(tagroll.CodeRateLimited, "the provider asks to send fewer requests%s", words)
	}
	return failure(tagroll.CodeRateLimited, "the provider's rate limit is reached%s", words)
}

// statusBusy is Groq's status for a service tier without free capacity.
const statusBusy = 498

// isBusy reports whether a service tier has no free capacity.
func isBusy(status int, e providerError) bool {
	return status == statusBusy || e.is("resource_unavailable", "capacity_exceeded")
}

// isTokens reports whether a limit counts tokens.
func isTokens(e providerError) bool {
	return e.is("tokens", "rate_limit_exceeded") || e.says("tokens per minute", "tpm")
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
	switch status {
	case http.StatusTooManyRequests, http.StatusForbidden, http.StatusBadRequest:
		return noCredit().MatchString(strings.ToLower(cutWords(e.Message)))
	}
	return false
}

// noCredit matches the words for an account without money.
var noCredit = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`exceeded your current quota, please check your plan and billing|` +
		`(?:credit )?balance is (?:too low|exhausted|insufficient|not enough)|` +
		`(?:insufficient|not enough|no|any|out of) (?:remaining |available |prepaid |account )?(?:credits?|balance|funds)\b|payment (?:is )?required`)
})

// dayIsOver is the error of a limit that will not end while anybody waits.
func (d *Describer) dayIsOver(until time.Time, words string) *tagroll.Error {
	when := "tomorrow"
	if !until.IsZero() {
		when = "after " + until.UTC().Format("15:04 on 2 January") + " UTC"
	}
	return failure(tagroll.CodeQuotaExhausted, "the provider's limit for the day is used up%s: run the same command again %s, or use another model or key", words, when)
}

// nextMidnight is when Gemini's limits of a day begin anew: at midnight Pacific time
// (https://ai.google.dev/gemini-api/docs/rate-limits).
func nextMidnight(now time.Time) time.Time {
	pacific, err := time.LoadLocation("America/Los_Angeles")
	if err != nil { // no zone data on this machine: an hour late in summer
		pacific = time.FixedZone("PST", -8*60*60)
	}
	now = now.In(pacific)
	return time.Date(now.Year(), now.Month(), now.Day()+1, 0, 0, 0, 0, pacific)
}

// noteBusy remembers that a photo was refused by its service tier, and since when that one has
// served none: the photo does not wait again for what others have waited for.
func (d *Describer) noteBusy(r tagroll.Request) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.tiers) < 2 {
		return
	}
	if d.busyFrom.IsZero() {
		d.busyFrom = d.now()
	}
	if _, waits := d.busySince[r.Photo.ID]; !waits {
		d.busySince[r.Photo.ID] = d.busyFrom
	}
}

// noteSuccess remembers what an answer tells about the server, and tells the user in one line what
// was learned from the refusals before it.
// A success with what another photo's call was refused for shows that nothing was wrong with that.
func (d *Describer) noteSuccess(r tagroll.Request, p parameters, u tagroll.Usage) {
	d.mu.Lock()
	otherTier := p.tier == TierFlex && u.Tier != TierFlex && !d.tierTold
	d.tierTold = d.tierTold || otherTier
	if d.beforeGuess != nil && p == *d.beforeGuess {
		d.takeBack()
	}
	d.beforeGuess = nil
	d.succeeded = true
	delete(d.busySince, r.Photo.ID)
	if p.tier != "" && p.tier == d.parameters.tier {
		d.busyFrom = time.Time{}
	}
	clear(d.silent)
	if u.OutputTokens > 0 {
		d.answers++
		d.written += u.OutputTokens
	}
	changes := d.changes
	d.changes = nil
	d.mu.Unlock()
	if len(changes) > 0 {
		d.tell("%s refused %s; this holds for the rest of the run", d.host(), strings.Join(changes, ", and "))
	}
	switch {
	case otherTier && u.Tier == "":
		d.tell("%s does not say which service tier has served a photo: it is counted at the full price", d.host())
	case otherTier:
		d.tell(`%s was asked for the service tier "flex" and has served "%s": such photos cost the full price`, d.host(), u.Tier)
	}
}
