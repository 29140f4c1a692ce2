package queue

import (
	"encoding/json"
	"time"

	"github.com/tagroll/tagroll"
)

// batchRecord is what is stored of a batch, sealed, under its subject. What follows from the photos
// (is it completed, when did it end) is not stored but computed, so that no two writes must agree.
type batchRecord struct {
	Session  string   `json:"session,omitempty"`
	Token    string   `json:"token,omitempty"`
	Agencies []string `json:"agencies,omitempty"`
	Name     string   `json:"name,omitempty"`
	// Brief is absent in records of earlier versions, which have a Context of their own.
	Brief   tagroll.Brief `json:"brief,omitzero"`
	Context string        `json:"context,omitempty"`

	Created   time.Time `json:"created"`
	Closed    time.Time `json:"closed,omitzero"`
	Cancelled time.Time `json:"cancelled,omitzero"`
	// Retried is when photos were last taken again. It also makes the record a new one, so that
	// a deletion that was decided on the old one fails.
	Retried time.Time `json:"retried,omitzero"`
	// Touched is when the owner last looked at the ended batch or edited it; see Node.Touch.
	Touched time.Time `json:"touched,omitzero"`
	// Until is a time before which the batch does not expire; see Node.Extend.
	Until time.Time `json:"until,omitzero"`
	// Arrived is when the last photo was added.
	Arrived time.Time `json:"arrived,omitzero"`
	// LastOrder is the greatest Photo.Order so far. Its name in JSON is that of the first
	// release.
	LastOrder int `json:"places,omitempty"`
	// LastPosition is the greatest position given to a photo; see NewPhoto.Position.
	LastPosition int64          `json:"last_position,omitempty"`
	Error        *tagroll.Error `json:"error,omitempty"`
}

// photoRecord is what is stored of a photo.
type photoRecord struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	Bytes int64  `json:"bytes,omitempty"`
	Order int    `json:"order"`
	// Position sorts the photos of a batch. Photos of one position are sorted by Order.
	Position int64           `json:"position,omitempty"`
	State    PhotoState      `json:"state"`
	Facts    tagroll.Facts   `json:"facts,omitzero"`
	Timings  tagroll.Timings `json:"timings,omitzero"` // of the preparation
	Image    imageRecord     `json:"image,omitzero"`
	// Alike are the IDs of photos that were added before and look like this one, one of each
	// group.
	Alike []string `json:"alike,omitempty"`
	// Lead is the ID of the photo that a joined file is another file of; see photoJoined.
	Lead string `json:"lead,omitempty"`

	Calls int           `json:"attempts,omitempty"`
	Spent tagroll.Usage `json:"spent,omitzero"` // by all calls that ended
	// Claim names the run that made the last paid call, and its lease.
	Claim claim `json:"claim,omitzero"`

	Added  time.Time `json:"added"`
	Queued time.Time `json:"queued"`          // when a person last made the photo pending
	Began  time.Time `json:"began,omitzero"`  // when the last claim was made
	Done   time.Time `json:"done,omitzero"`   // when the result came
	Edited time.Time `json:"edited,omitzero"` // by a person
	// EditedFields are the fields whose content a person wrote; see Photo.EditedFields.
	EditedFields []string        `json:"edited_fields,omitempty"`
	Result       *tagroll.Result `json:"result,omitempty"`

	// Previous is the result before the photo was described again. It is kept until the new
	// result arrives, and comes back if there is none.
	Previous *tagroll.Result `json:"previous,omitempty"`
	// KeepFields are the fields of Previous that the new result takes over.
	KeepFields []string `json:"keep_fields,omitempty"`
	// AgainError is why describing again has failed; Result is then the previous one.
	AgainError *tagroll.Error `json:"again_error,omitempty"`
}

// imageRecord says where a photo's kept image is. The name is random and not made of the photo's,
// so that two senders of the same photo do not overwrite each other's.
type imageRecord struct {
	Name   string `json:"name,omitempty"` // empty if there is none
	Chunks int    `json:"chunks,omitempty"`
	Bytes  int    `json:"bytes,omitempty"`
	Width  int    `json:"width,omitempty"`
	Height int    `json:"height,omitempty"`
	// Sketch is the image from afar; see tagroll.Image. It is here since photos that come later
	// are compared with it, also by other nodes.
	Sketch []byte `json:"sketch,omitempty"`
}

// brief returns what the batch asks, whatever version wrote the record.
func (r *batchRecord) brief() tagroll.Brief {
	b := r.Brief
	if b.Context == "" {
		b.Context = r.Context
	}
	return b
}

// claim names a lease under which a photo was taken. Leases of one batch are ordered: the message
// that carries the batch's work has a sequence number, and each of its deliveries has one.
type claim struct {
	Run      string `json:"run,omitempty"` // random; empty if the photo was never claimed
	Message  uint64 `json:"message,omitempty"`
	Delivery uint64 `json:"delivery,omitempty"`
}

// newerThan reports whether the lease was given after other.
func (c claim) newerThan(other claim) bool {
	return c.Message > other.Message || c.Message == other.Message && c.Delivery > other.Delivery
}

const (
	// photoRemoved is the state of a record that marks a removed photo. It is never shown.
	photoRemoved PhotoState = "removed"
	// photoJoined is the state of a file that is the same photo as another one, which is shown
	// and described in its place; see pair.go.
	photoJoined PhotoState = "joined"
)

// done reports whether the photo has a result.
func (s PhotoState) done() bool {
	return s == PhotoSuccessful || s == PhotoNeedsReview || s == PhotoFailed
}

func encode(record any) ([]byte, error) { return json.Marshal(record) }

func decode[T any](text []byte) (*T, error) {
	record := new(T)
	if err := json.Unmarshal(text, record); err != nil {
		return nil, err
	}
	return record, nil
}
