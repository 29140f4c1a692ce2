// Package cache keeps results by what is on the picture, so that the same picture under another
// name, in another folder or in another journal is not paid for again.
//
// The key ([Key]) is made from the small image that a model would see, from the words that the
// photo's file brings along, and from the result's identity: describer, instructions, rules and
// the user's wishes. Photos that are under way at the same time with one key are described
// once, in whatever process: [Store.Share] lets the others wait.
//
// Answers that need review are kept as well, since they are paid for, until there is a success in
// their place. [Store.Again] passes over them.
//
// Nothing fails because of a cache. One that cannot be read or written is a warning, and the
// photo is described.
package cache

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"log/slog"
	"strings"
	"sync"

	"github.com/tagroll/tagroll"
)

// Defaults of Options.
const (
	DefaultMaxBytes = 128 << 20 // about 50,000 results
	maxInMemory     = 4096      // results
)

// Options say how results are kept. The zero value keeps them in memory.
type Options struct {
	// Dir is the folder for results; it is made if it is missing. Default: memory only.
	Dir string
	// MaxBytes bounds the folder; the results that were not used for the longest time go
	// first, when the store is closed. Default: 128 MiB.
	MaxBytes int64
	// Fresh passes over what is in the folder already.
	Fresh bool
	// Log receives a warning, once, if the folder cannot be used. Default: none.
	Log *slog.Logger
}

// Store keeps results. It is safe for concurrent use.
type Store struct {
	opts Options
	warn sync.Once

	mu      sync.Mutex
	flights map[string]*flight
	memory  map[string]*entry
	order   []string        // keys of memory, oldest first
	wrote   map[string]bool // keys that this store has written to the folder
	newer   map[string]bool // keys whose file a newer version has written
}

// flight is a photo that is being described.
type flight struct {
	over   chan struct{}
	entry  *entry // set before over is closed; nil if there is no result
	unlock func() // lets other processes go on
}

// entry is a result in memory, with the photos that have it.
type entry struct {
	photos map[string]bool // IDs of the photos that have it
	result tagroll.Result
}

// Open returns a store. It never fails: a folder that cannot be used is warned of when that
// shows.
func Open(o Options) *Store {
	if o.MaxBytes <= 0 {
		o.MaxBytes = DefaultMaxBytes
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Store{opts: o, flights: make(map[string]*flight), memory: make(map[string]*entry), wrote: make(map[string]bool), newer: make(map[string]bool)}
}

// Key is the key of a photo's result.
func Key(image tagroll.Image, facts tagroll.Facts, identity string) string {
	h := sha256.New()
	// Lengths keep the parts apart.
	fmt.Fprintf(h, "%d %d ", len(image.JPEG), len(identity))
	h.Write(image.JPEG)
	fmt.Fprint(h, identity)
	// Words in the file are told to the model, as what a person has said of the photo.
	fmt.Fprintf(h, "%q %q %q %q", facts.Title, facts.Caption, facts.Place, strings.Join(facts.Keywords, "\x00"))
	return hex.EncodeToString(h.Sum(nil))
}

// acquire returns the result for a key, if there is one; read looks into the folder. Else the photo
// is the caller's to describe: the caller then calls release once, with the result, or nil if there
// is none. While another caller has the key acquire waits. Its error is ctx's.
func (s *Store) acquire(ctx context.Context, key string, photo tagroll.Photo, read func(string) *tagroll.Result) (result *tagroll.Result, release func(*tagroll.Result), err error) {
	for {
		s.mu.Lock()
		if e := s.memory[key]; e != nil && !e.photos[photo.ID] {
			e.photos[photo.ID] = true
			s.mu.Unlock()
			return &e.result, nil, nil
		}
		f := s.flights[key]
		if f == nil {
			f = &flight{over: make(chan struct{}), unlock: func() {}}
			s.flights[key] = f
			s.mu.Unlock()
			result := read(key)
			if result == nil {
				if f.unlock, err = s.lock(ctx, key); err != nil {
					s.land(key, f, nil)
					return nil, nil, err
				}
				result = read(key) // what another process has made meanwhile
			}
			if result != nil {
				s.land(key, f, &entry{map[string]bool{photo.ID: true}, *result})
				return result, nil, nil
			}
			return nil, s.releaser(ctx, key, f, photo), nil
		}
		s.mu.Unlock()
		select {
		case <-f.over:
		case <-ctx.Done():
			return nil, nil, context.Cause(ctx)
		}
		if f.entry != nil {
			s.mu.Lock()
			f.entry.photos[photo.ID] = true
			s.mu.Unlock()
			return &f.entry.result, nil, nil
		}
	}
}

// releaser returns the function that ends a flight. The end of the context ends it too, so that
// work that hangs holds up nobody.
func (s *Store) releaser(ctx context.Context, key string, f *flight, photo tagroll.Photo) func(*tagroll.Result) {
	var once sync.Once
	stop := context.AfterFunc(ctx, func() {
		once.Do(func() { s.land(key, f, nil) })
	})
	return func(result *tagroll.Result) {
		stop()
		if result == nil || result.Metadata == nil {
			once.Do(func() { s.land(key, f, nil) })
			return
		}
		s.write(key, *result)
		once.Do(func() { s.land(key, f, &entry{map[string]bool{photo.ID: true}, *result}) })
	}
}

// land ends a flight and keeps its result in memory.
func (s *Store) land(key string, f *flight, e *entry) {
	f.unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	if e != nil {
		if _, there := s.memory[key]; !there {
			s.order = append(s.order, key)
		}
		s.memory[key] = e
		if len(s.order) > maxInMemory {
			delete(s.memory, s.order[0])
			s.order = s.order[1:]
		}
	}
	f.entry = e
	delete(s.flights, key)
	close(f.over)
}

// Has reports whether there is a result for a key; with again, whether Again has one.
func (s *Store) Has(key string, again bool) bool {
	s.mu.Lock()
	_, ok := s.memory[key]
	s.mu.Unlock()
	read := s.read
	if again {
		read = s.success
	}
	return ok || read(key) != nil
}

// Share returns the result of a prepared photo, if there is one. Else the photo is the caller's to
// describe: the caller then calls release once, with the result, or nil if there is none. While
// another caller describes the same picture Share waits; its error is ctx's. It is what
// pipeline.Config.Share wants.
//
// The result's Photo is the photo whose result it is; empty if it comes from the folder. A
// photo is never given a result that it has: asking again means wanting another one.
func (s *Store) Share(ctx context.Context, photo tagroll.Photo, prepared tagroll.Prepared, identity string) (result *tagroll.Result, release func(*tagroll.Result), err error) {
	return s.acquire(ctx, Key(prepared.Image, prepared.Facts, identity), photo, s.read)
}

// Again is Share for a photo that is described again because its words need review: answers in the
// folder that need review, too, are not for it.
func (s *Store) Again(ctx context.Context, photo tagroll.Photo, prepared tagroll.Prepared, identity string) (*tagroll.Result, func(*tagroll.Result), error) {
	return s.acquire(ctx, Key(prepared.Image, prepared.Facts, identity), photo, s.success)
}
