package journal

import (
	"iter"

	"github.com/tagroll/tagroll"
)

// Photos yields the best result of each photo, in the order in which the journal met them: a
// success before what needs review, and that before a failure; of several of one kind the one
// under the identity that was used last. The error of a result that cannot be read ends it.
func (j *File) Photos() iter.Seq2[tagroll.Result, error] {
	return func(yield func(tagroll.Result, error) bool) {
		told := make(map[string]bool)
		for _, at := range j.best() {
			j.mu.Lock()
			l, ok, err := j.read(at.position)
			j.mu.Unlock()
			switch {
			case err != nil:
				yield(tagroll.Result{}, err)
				return
			case !ok || told[at.id]:
				continue
			}
			told[at.id] = true
			result := l.result()
			result.Photo.ID = at.id
			if !yield(result, nil) {
				return
			}
		}
	}
}

// found is where the best result of a photo is.
type found struct {
	id string
	position
}

// best returns where the best result of each photo is, the latest index first.
func (j *File) best() []found {
	j.mu.Lock()
	defer j.mu.Unlock()
	var all []found
	for _, x := range j.all() {
		contents := make(map[string]*candidate[position])
		for key, c := range x.results {
			there := contents[key.Content]
			if there == nil || c.rank > there.rank || c.rank == there.rank && c.result.offset > there.result.offset {
				contents[key.Content] = c
			}
		}
		for _, id := range x.order {
			if c := contents[x.photos[id].content]; c != nil {
				all = append(all, found{id, c.result})
			}
		}
	}
	return all
}
