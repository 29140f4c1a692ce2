package queue

import (
	"time"

	"github.com/tagroll/tagroll"
)

// State is how far a batch is.
type State string

const (
	// StateOpen means that photos can still be added. Those that are there are worked on.
	StateOpen State = "open"
	// StateProcessing means that no photo can be added and not every photo is done.
	StateProcessing State = "processing"
	// StateCompleted means that every photo is done.
	StateCompleted State = "completed"
	// StateCancelled means that the batch was stopped; photos that were not done stay pending.
	StateCancelled State = "cancelled"
)

// PhotoState is how far a photo is.
type PhotoState string

// A photo that is done has the name of its result's status as its state.
const (
	PhotoPending     PhotoState = "pending"
	PhotoProcessing  PhotoState = "processing"
	PhotoSuccessful  PhotoState = PhotoState(tagroll.StatusSuccessful)
	PhotoNeedsReview PhotoState = PhotoState(tagroll.StatusNeedsReview)
	PhotoFailed      PhotoState = PhotoState(tagroll.StatusFailed)
)

// NewBatch says what a batch is to be.
type NewBatch struct {
	// Session and Token are hashes of the secrets that give access. At least one is required.
	Session, Token string
	// Agencies are the names of the agencies whose rules count.
	Agencies []string
	// Name is what the owner calls the batch. Default: no name.
	Name string
	// Brief is what the owner asks of the words, and says of the shoot. Default: nothing.
	Brief tagroll.Brief
}

// Batch is a batch without its photos.
type Batch struct {
	// ID is random: 128 bits or more.
	ID       string
	Session  string
	Token    string
	Agencies []string
	Name     string
	Brief    tagroll.Brief

	Created time.Time
	// Closed, Cancelled and Ended are zero until it happens. Ended is when the last photo was
	// done, or the batch cancelled; adding to it or trying photos again makes it zero again.
	Closed, Cancelled, Ended time.Time
	// Expires is when the batch will be deleted; zero until it has ended. Every look and edit
	// of the owner moves it, see Node.Touch and Node.Extend.
	Expires time.Time
	// Error is why the engine has cancelled the batch: a failure that every photo would meet.
	// Nil otherwise.
	Error *tagroll.Error
}

// NewPhoto is a photo that arrives. A camera's RAW file and the photo of the same name are one: the
// one that comes second is not described, and [Node.Add] returns the first.
type NewPhoto struct {
	// ID is the sender's own name for the photo, at most 64 letters, digits, "-" and "_",
	// unique within its batch. Adding a photo whose ID is there already changes nothing and
	// returns the one that is there. Default: a random one.
	ID string
	// Name is the file name without folders.
	Name string
	// Position sorts the photos of a batch, smallest first. Photos of the same position stand
	// in the order of their arrival. Default: the greatest position of the batch so far.
	Position int64
	// Reopen opens a closed batch again instead of failing with ErrClosed. A cancelled batch
	// stays closed.
	Reopen bool
	// Bytes is the size of what was sent.
	Bytes int64
	// Prepared is the small image and the facts of the photo. It is ignored if Err is set.
	Prepared tagroll.Prepared
	// Err is set for a photo that cannot be used; it is kept as a failed one.
	Err *tagroll.Error
}

// Photo is a photo of a batch as it is now.
type Photo struct {
	ID    string
	Name  string
	Bytes int64
	// Partners are the names of other files that were sent and are the same photo: a camera's
	// RAW files. Name, Bytes and Facts are those of the file that is sold, whichever came
	// first.
	Partners []string
	// Order numbers the photos of a batch as they arrived. Position comes before it in sorting.
	Order    int
	Position int64
	State    PhotoState
	Facts    tagroll.Facts
	// Width and Height are the kept image's, in pixels; zero if there is none.
	Width, Height int
	// Sketch is that of the kept image; see tagroll.Image.
	Sketch []byte
	// Group is the ID of the first photo of the batch that looks like this one, which may be
	// this one itself; empty if none looks like it. See package similar.
	Group string
	// Calls counts the paid calls made for the photo, also by processes that died.
	Calls int
	Added time.Time
	// Edited is when a person last changed the metadata; zero if nobody has.
	Edited time.Time
	// EditedFields are the fields whose content a person wrote: FieldTitle and the others.
	EditedFields []string
	// Result is what came of the photo: nil until it is done.
	Result *tagroll.Result
	// Previous is the result that a photo had before it was described again, until the new one
	// is there.
	Previous *tagroll.Result
	// AgainError is why describing the photo again has failed. Result is then the previous one.
	AgainError *tagroll.Error
	// Revision grows with every change of anything in the engine; a greater one is newer.
	Revision uint64
	// Regrouped is the revision of the batch when Group or Partners changed because of what
	// came later; zero if they have not.
	Regrouped uint64
}

// Draft reports whether no model has looked at a photo that has metadata, and no person has edited
// it.
func (p Photo) Draft() bool {
	return p.Result != nil && p.Result.Metadata != nil && p.Edited.IsZero() &&
		!p.Result.Describer.Remote && p.Result.Describer.Model == "" && p.Result.Describer.Name == "offline"
}

// Changed is the revision at which anything of the photo last changed.
func (p Photo) Changed() uint64 { return max(p.Revision, p.Regrouped) }

// Snapshot is a batch at one moment. Its slices are not changed afterwards, and must not be.
type Snapshot struct {
	Batch
	State State
	// Photos are sorted by Position and Order.
	Photos []Photo
	// Removed are the photos that were removed from the batch, in no particular order.
	Removed []RemovedPhoto
	// Progress counts Photos and estimates the rest. Current, Finished and Results are empty.
	Progress tagroll.Progress
	// Revision is the greatest of the batch's own and its photos'. Equal revisions of a batch
	// mean equal content, apart from the estimates in Progress.
	Revision uint64
}

// RemovedPhoto is a photo that is no longer in its batch.
type RemovedPhoto struct {
	ID string
	// Revision is that of the removal.
	Revision uint64
}

// The fields of a photo's metadata, as Photo.EditedFields names them.
const (
	FieldTitle       = "title"
	FieldDescription = "description"
	FieldKeywords    = "keywords"
	FieldCategory    = "category"
)
