package web

import (
	"container/list"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"

	"github.com/tagroll/tagroll"
)

// The names of limits, as problems and metrics call them.
const (
	limitRequests    = "requests"
	limitPhotos      = "photos"
	limitRetries     = "retries"
	limitOpenBatches = "open_batches"
	limitUploads     = "uploads"
	limitStreams     = "streams"
	limitPasswords   = "passwords"
	// limitDay and limitBudget are of the whole server, for all visitors together.
	limitDay    = "photos_per_day"
	limitBudget = "budget"
)

// limitNames are all of them.
var limitNames = map[string]bool{
	limitRequests: true, limitPhotos: true, limitRetries: true, limitOpenBatches: true, limitUploads: true, limitStreams: true,
	limitPasswords: true, limitDay: true, limitBudget: true,
}

// tableSize is how many clients a table remembers; beyond it the oldest are forgotten. A client
// with that many addresses cannot be limited by address.
const tableSize = 1 << 16

// limiter counts what clients do.
type limiter struct {
	requests  *windows // by client
	photos    *windows // by client and by session
	retries   *windows // likewise
	uploads   *gauge
	streams   *gauge
	passwords *windows // wrong ones, by client

	mu      sync.Mutex
	refused map[string]uint64
}

func newLimiter(l Limits) *limiter {
	return &limiter{
		requests:  newWindows(l.RequestsPerMinute, time.Minute),
		photos:    newWindows(l.PhotosPerHour, time.Hour),
		retries:   newWindows(l.PhotosPerHour, time.Hour),
		uploads:   &gauge{limit: l.UploadsPerClient, held: make(map[netip.Prefix]int)},
		streams:   &gauge{limit: l.StreamsPerClient, held: make(map[netip.Prefix]int)},
		passwords: newWindows(failedPasswords, time.Minute),
		refused:   make(map[string]uint64),
	}
}

// refuse makes the problem of a limit that is reached.
func (l *limiter) refuse(limit string, wait time.Duration, format string, args ...any) *problem {
	l.mu.Lock()
	l.refused[limit]++
	l.mu.Unlock()
	p := refuse(codeRateLimited, format, args...).with("limit", limit)
	p.retryAfter = max(wait, time.Second)
	return p
}

func (l *limiter) refusals() map[string]uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return maps.Clone(l.refused)
}

// request counts a request and says in the header how many are left.
func (l *limiter) request(h http.Header, v visitor, now time.Time) error {
	left, ok := l.requests.take(now, v.keys()...)
	l.describe(h, left, l.photos.peek(now, photoKeys(v)...))
	if !ok {
		return l.refuse(limitRequests, left.reset, "These are too many requests from one address: wait %d seconds.", seconds(left.reset))
	}
	return nil
}

// photo counts a photo that arrives, for the client and for the session.
func (l *limiter) photo(h http.Header, v visitor, now time.Time) error {
	left, ok := l.photos.take(now, photoKeys(v)...)
	l.describe(h, l.requests.peek(now, v.keys()...), left)
	if !ok {
		return l.refusePhoto(left)
	}
	return nil
}

// refuseAll makes the problem of a limit that all visitors have in common.
func (l *limiter) refuseAll(limit string, wait time.Duration, why string) *problem {
	later := fmt.Sprintf("%d minutes", (seconds(wait)+59)/60)
	if wait > 2*time.Hour {
		later = fmt.Sprintf("%d hours", (seconds(wait)+3599)/3600)
	}
	p := l.refuse(limit, wait, "%s: come back in %s.", why, later)
	p.code = codeUnavailable
	return p
}

// retry counts photos that are tried again. Retries have a window of their own, as wide as that of
// photos: a visitor that has used up the hour may still repeat what failed, and what a visitor
// costs stays bounded.
func (l *limiter) retry(v visitor, n int, now time.Time) error {
	if left, ok := l.retries.takeMany(now, n, photoKeys(v)...); !ok {
		return l.refuse(limitRetries, left.reset, "At most %d photos an hour are tried again for one visitor: try fewer at once, or wait %d minutes.",
			l.retries.limit, (seconds(left.reset)+59)/60)
	}
	return nil
}

// anyPhoto refuses when not one more photo could be counted.
func (l *limiter) anyPhoto(v visitor, now time.Time) error {
	left := l.photos.peek(now, photoKeys(v)...)
	if l.photos.limit > 0 && left.remaining == 0 {
		return l.refusePhoto(left)
	}
	return nil
}

func (l *limiter) refusePhoto(left remainder) *problem {
	return l.refuse(limitPhotos, left.reset, "At most %d photos an hour are accepted from one visitor: send the others in %d minutes.",
		l.photos.limit, (seconds(left.reset)+59)/60)
}

// tooManyThisHour makes a failed photo of one that is too many within a request that creates a
// batch. Refusing the whole request would lose the address of the batch and with it the photos that
// were accepted. For other failures tooManyThisHour returns nil.
func tooManyThisHour(err error) *tagroll.Error {
	p, ok := errors.AsType[*problem](err)
	if !ok {
		return nil
	}
	switch p.members["limit"] {
	case limitPhotos:
	case limitDay, limitBudget:
		return &tagroll.Error{
			Code: tagroll.CodeRateLimited, Stage: tagroll.StageIntake, RetryAfter: p.retryAfter,
			Message: fmt.Sprintf("the server takes no more photos today: send it again in %d minutes", (seconds(p.retryAfter)+59)/60),
		}
	default:
		return nil
	}
	return &tagroll.Error{
		Code: tagroll.CodeRateLimited, Stage: tagroll.StageIntake, RetryAfter: p.retryAfter,
		Message: fmt.Sprintf("this is more than one visitor may send in an hour: send it again in %d minutes", (seconds(p.retryAfter)+59)/60),
	}
}

// photoKeys are what photos are counted by. Sessions and addresses cannot be confused: the one is
// hexadecimal, the other has a slash.
func photoKeys(v visitor) []string {
	keys := v.keys()
	if v.session != "" {
		keys = append(keys, v.session)
	}
	return keys
}

// describe writes the fields of draft-ietf-httpapi-ratelimit-headers-10.
func (l *limiter) describe(h http.Header, requests, photos remainder) {
	policy, state := "", ""
	for _, part := range []struct {
		name  string
		table *windows
		left  remainder
	}{{limitRequests, l.requests, requests}, {limitPhotos, l.photos, photos}} {
		if part.table.limit == 0 {
			continue
		}
		if policy != "" {
			policy, state = policy+", ", state+", "
		}
		policy += fmt.Sprintf(`"%s";q=%d;w=%d`, part.name, part.table.limit, seconds(part.table.length))
		state += fmt.Sprintf(`"%s";r=%d;t=%d`, part.name, part.left.remaining, seconds(part.left.reset))
	}
	if policy != "" {
		h["RateLimit-Policy"], h["RateLimit"] = []string{policy}, []string{state}
	}
}

// seconds rounds up.
func seconds(d time.Duration) int { return int((d + time.Second - 1) / time.Second) }

// remainder is what is left of a limit, and when it is full again.
type remainder struct {
	remaining int
	reset     time.Duration
}

// windows counts events by key, in windows of one length that begin with a key's first event. A
// window is what people understand by "10 an hour": not one more before the hour is over.
type windows struct {
	limit  int // zero is no limit
	length time.Duration

	mu   sync.Mutex
	keys map[string]*list.Element
	// order holds the windows in the order in which they began, which is the order in which
	// they end.
	order list.List // of *window
}

type window struct {
	key  string
	ends time.Time
	used int
}

func newWindows(limit int, length time.Duration) *windows {
	return &windows{limit: limit, length: length, keys: make(map[string]*list.Element)}
}

// take counts one event for all keys, or for none if one key has no more. It returns what is left
// for the key that has least.
func (t *windows) take(now time.Time, keys ...string) (remainder, bool) {
	return t.takeMany(now, 1, keys...)
}

// takeMany counts n events, or none of them.
func (t *windows) takeMany(now time.Time, n int, keys ...string) (remainder, bool) {
	if t.limit == 0 {
		return remainder{}, true
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	left := t.least(now, keys)
	if left.remaining < n {
		return left, false
	}
	for _, key := range keys {
		e, ok := t.keys[key]
		if !ok {
			if t.order.Len() >= tableSize {
				t.forget(t.order.Front())
			}
			e = t.order.PushBack(&window{key: key, ends: now.Add(t.length)})
			t.keys[key] = e
		}
		e.Value.(*window).used += n
	}
	return t.least(now, keys), true
}

// peek returns what is left for the key that has least.
func (t *windows) peek(now time.Time, keys ...string) remainder {
	if t.limit == 0 {
		return remainder{}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.least(now, keys)
}

// least forgets what is over, and finds the key that has least left.
func (t *windows) least(now time.Time, keys []string) remainder {
	for e := t.order.Front(); e != nil && !e.Value.(*window).ends.After(now); e = t.order.Front() {
		t.forget(e)
	}
	left := remainder{remaining: t.limit, reset: t.length}
	for _, key := range keys {
		e, ok := t.keys[key]
		if !ok {
			continue
		}
		w := e.Value.(*window)
		if n := limitFor(t.limit, key) - w.used; n <= left.remaining {
			left = remainder{remaining: n, reset: w.ends.Sub(now)}
		}
	}
	return left
}

func (t *windows) forget(e *list.Element) {
	delete(t.keys, e.Value.(*window).key)
	t.order.Remove(e)
}

// widerFactor is how many times the limit of one client a network of 48 bits has, see
// visitor.wider.
const widerFactor = 8

// limitFor returns the limit of a key.
func limitFor(limit int, key string) int {
	if strings.HasSuffix(key, "/48") {
		return widerFactor * limit
	}
	return limit
}

// gauge counts what each client has under way.
type gauge struct {
	limit int // zero is no limit

	mu   sync.Mutex
	held map[netip.Prefix]int
}

// enter reports whether the client, in each of its networks, may have one more; leave ends it.
func (g *gauge) enter(networks ...netip.Prefix) (leave func(), ok bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, n := range networks {
		if g.limit > 0 && g.held[n] >= limitFor(g.limit, n.String()) {
			return nil, false
		}
	}
	for _, n := range networks {
		g.held[n]++
	}
	return func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		for _, n := range networks {
			if g.held[n]--; g.held[n] == 0 {
				delete(g.held, n)
			}
		}
	}, true
}
