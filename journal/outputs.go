package journal

import (
	"encoding/base64"
	"hash/fnv"
	"slices"
	"strings"

	"github.com/tagroll/tagroll"
)

// output is a result file that was written, or is about to be.
type output struct {
	// File is the name by which the caller knows it.
	File   string `json:"file"`
	SHA256 string `json:"sha256"`
	// Photos are the short hashes of the IDs of the photos in it, eight bytes each, in base64.
	Photos string `json:"photos,omitempty"`
}

// outputs are the result files that the journal knows.
type outputs struct {
	ours    map[string]bool   // by the SHA-256 of their content
	members map[string]string // Photos of the last one, by name
}

func (o *outputs) add(w output) {
	if o.ours == nil {
		o.ours, o.members = make(map[string]bool), make(map[string]string)
	}
	o.ours[w.SHA256] = true
	if w.Photos != "" {
		o.members[w.File] = w.Photos
	}
}

// Wrote notes that a result file with this content is about to take its place, so that a
// later run knows it for its own: see Ours. The photos are the IDs of those in it, nil if
// they are noted under another name.
func (j *File) Wrote(file, sha256 string, photos []string) error {
	w := output{File: file, SHA256: sha256}
	if photos != nil {
		hashes := make([]byte, 0, 8*len(photos))
		for _, id := range photos {
			hashes = append(hashes, short(id)...)
		}
		w.Photos = base64.RawStdEncoding.EncodeToString(hashes)
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.written.ours[sha256] && (photos == nil || j.written.members[file] == w.Photos) {
		return nil
	}
	if _, err := j.write(line{Output: &w}); err != nil {
		return err
	}
	j.written.add(w)
	return nil
}

// Ours reports whether a file with this SHA-256 is a result file that this journal knows.
func (j *File) Ours(sha256 string) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.written.ours[sha256]
}

// Members returns the IDs of the photos that a result file held when it was written last, in
// the order in which the journal has met them.
func (j *File) Members(file string) []string {
	j.mu.Lock()
	defer j.mu.Unlock()
	hashes, err := base64.RawStdEncoding.DecodeString(j.written.members[file])
	if err != nil {
		return nil
	}
	members := make(map[string]bool, len(hashes)/8)
	for ; len(hashes) >= 8; hashes = hashes[8:] {
		members[string(hashes[:8])] = true
	}
	var ids []string
	seen := make(map[string]bool)
	for _, order := range [][]string{j.first.order, j.earlier.order, j.index.order} {
		for _, id := range order {
			if members[string(short(id))] && !seen[id] {
				seen[id] = true
				ids = append(ids, id)
			}
		}
	}
	return ids
}

// short is a hash that tells the photos of one journal apart.
func short(id string) []byte {
	h := fnv.New64a()
	_, _ = h.Write([]byte(id)) // a hash returns no error
	return h.Sum(nil)
}

// Photo returns a photo as the journal met it last, by its ID, and its content; empty if the
// journal never read the photo.
func (j *File) Photo(id string) (photo tagroll.Photo, content string, err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, x := range j.all() {
		k, met := x.photos[id]
		if !met || strings.HasPrefix(k.content, unreadPrefix) {
			continue
		}
		if l, ok, err := j.read(k.last); ok || err != nil {
			return l.result().Photo, k.content, err
		}
	}
	return tagroll.Photo{}, "", nil
}

// Latest returns the latest successful result for a content that accept takes, whatever its
// identity, and also if FileOptions.Fresh passes over it.
func (j *File) Latest(content string, accept func(tagroll.Result) bool) (tagroll.Result, bool, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, x := range j.all() {
		for _, c := range slices.Backward(x.successes[content]) {
			l, ok, err := j.read(c.result)
			if err != nil {
				return tagroll.Result{}, false, err
			}
			if result := l.result(); ok && accept(result) {
				return result, true, nil
			}
		}
	}
	return tagroll.Result{}, false, nil
}

// all returns the indexes, the latest results first.
func (j *File) all() []*index[position] { return []*index[position]{&j.index, &j.earlier, &j.first} }
