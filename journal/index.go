package journal

import "github.com/tagroll/tagroll"

// index finds the best result for a content and an identity. A result is whatever the
// journal keeps in its place: itself, or where it is in a file. The zero value is empty.
type index[T any] struct {
	results map[tagroll.Key]*candidate[T]
	photos  map[string]known[T] // by photo ID: the shortcut to the content
	order   []string            // photo IDs, as they were first met
	// successes are the successful results for a content, under whatever identity, oldest
	// first.
	successes map[string][]*candidate[T]
}

// candidate is the best result for a key so far.
type candidate[T any] struct {
	result T
	rank   int
}

// known is the content that a photo had when it was seen last, and what became of it then.
type known[T any] struct {
	version, content string
	last             T
}

// entry is what the index has to know of a result.
type entry struct {
	ID       string
	Version  string
	Content  string // empty if the photo could not be read
	Identity string
	Status   tagroll.Status
}

func entryOf(r tagroll.Result) entry {
	return entry{
		ID: r.Photo.ID, Version: r.Photo.Version, Content: r.Facts.SHA256,
		Identity: r.Identity, Status: r.Status,
	}
}

// rank orders results: what is worth more hides what is worth less.
func rank(s tagroll.Status) int {
	switch s {
	case tagroll.StatusSuccessful:
		return 3
	case tagroll.StatusNeedsReview:
		return 2
	case tagroll.StatusFailed:
		return 1
	}
	return 0
}

const unreadPrefix = "unread:"

// unread stands for the content of a photo that could not be read.
func unread(id, version string) string { return unreadPrefix + id + "\x00" + version }

// put takes up a result, unless a better one is there.
func (x *index[T]) put(e entry, result T) {
	if x.results == nil {
		x.results = make(map[tagroll.Key]*candidate[T])
		x.photos = make(map[string]known[T])
		x.successes = make(map[string][]*candidate[T])
	}
	unreadable := e.Content == ""
	if unreadable {
		e.Content = unread(e.ID, e.Version)
	}
	if _, met := x.photos[e.ID]; !met {
		x.order = append(x.order, e.ID)
	}
	if k, met := x.photos[e.ID]; !unreadable || !met || k.version != e.Version {
		x.photos[e.ID] = known[T]{e.Version, e.Content, result}
	}
	key := tagroll.Key{Content: e.Content, Identity: e.Identity}
	there := x.results[key]
	switch {
	case there == nil:
		there = &candidate[T]{}
		x.results[key] = there
	case there.rank > rank(e.Status):
		return
	}
	if rank(e.Status) == 3 {
		x.succeeded(e.Content, there)
	}
	there.result, there.rank = result, rank(e.Status)
}

// succeeded makes c the latest success for a content.
func (x *index[T]) succeeded(content string, c *candidate[T]) {
	list := x.successes[content]
	for i, other := range list {
		if other == c {
			list = append(list[:i], list[i+1:]...)
			break
		}
	}
	x.successes[content] = append(list, c)
}

// content returns what is known of a photo's content.
func (x *index[T]) content(photo tagroll.Photo, given string) (string, bool) {
	if given != "" {
		return given, true
	}
	k, met := x.photos[photo.ID]
	return k.content, met && k.version == photo.Version
}

// get returns the best result for a key.
func (x *index[T]) get(photo tagroll.Photo, key tagroll.Key) (result T, found bool) {
	var ok bool
	if key.Content, ok = x.content(photo, key.Content); !ok {
		return result, false
	}
	c := x.results[key]
	if c == nil {
		return result, false
	}
	return c.result, true
}
