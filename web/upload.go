package web

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"mime/multipart"
	"net/http"
	"path"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/queue"
)

const (
	maxBoundary   = 200      // RFC 2046 says 70
	maxPartHeader = 64 << 10 // of one part, and of what stands before the first
	maxText       = 1 << 10  // of a text field
	maxPosition   = 1 << 40
	maxHead       = 1 << 20 // of the field "head"
	maxAgencies   = 32
	firstBuffer   = 512 << 10
	// maxDrained is how much of a file that is too large is read only to get at the next one.
	maxDrained = 1 << 30
)

// reserveFor is what one upload may hold at most, see line: a photo and its copy in a larger buffer
// while it grows, and a head.
func reserveFor(photo int64) int64 { return 2*photo + maxHead }

// leastMemory leaves as much for all others.
func leastMemory(photo int64) int64 { return 4 * (photo + maxHead) }

// upload is one multipart request whose photos go into a batch.
//
// Parts are read one after the other. As soon as a photo is there it is prepared and added in a
// goroutine of its own, while the next is read: preparation waits in line for a processor, in order
// of arrival, and additions wait for the one before, so that the batch has the order of the
// request.
type upload struct {
	s       *Server
	visitor visitor
	header  http.Header // of the answer
	body    *body
	parts   *multipart.Reader
	ctx     context.Context
	cancel  context.CancelCauseFunc
	leave   func() // gives back the client's share of uploads

	// create makes the batch when its first photo comes; nil for a batch that exists.
	create   func(agencies []string) (queue.Snapshot, error)
	agencies []string
	texts    batchTexts
	batch    string
	quota    *batchQuota
	there    []queue.Photo // photos that were there before
	begun    int           // photos that came, repeated ones included

	holds    atomic.Int64 // what hold has, for the watchdog
	id       string       // of the next photo
	position int64        // of the next photo; zero if the client does not say
	head     []byte
	hold     *reservation // memory of the next photo

	room     chan struct{} // photos of this request under way
	arrivals []*arrival
}

// arrival is a photo on its way from the request into the batch.
type arrival struct {
	done  chan struct{}
	photo queue.Photo
	err   error
}

// newUpload begins to read a request. The caller calls end.
func (s *Server) newUpload(w http.ResponseWriter, r *http.Request, v visitor) (*upload, error) {
	kind, params := mediaType(r)
	if kind != "multipart/form-data" {
		return nil, refuse(codeUnsupportedMediaType, "Photos are sent as multipart/form-data.")
	}
	if n := len(params["boundary"]); n == 0 || n > maxBoundary {
		return nil, refuse(codeMalformedMultipart, "The Content-Type has no boundary that can be used.")
	}
	leave, ok := s.limits.uploads.enter(v.networks()...)
	if !ok {
		return nil, s.limits.refuse(limitUploads, time.Second, "At most %d uploads at once are accepted from one address: wait for the others.", s.Limits.UploadsPerClient)
	}
	s.uploads.Add(1)
	// A client that goes shows when its body is read. What has arrived whole by then need not
	// be lost.
	ctx, cancel := context.WithCancelCause(context.WithoutCancel(r.Context()))
	u := &upload{
		s: s, visitor: v, header: w.Header(), body: newBody(w, r, s.Limits.Stall), ctx: ctx, cancel: cancel, leave: leave,
		room: make(chan struct{}, s.Processors+1),
	}
	s.watchdog.add(u)
	u.parts = multipart.NewReader(u.body, params["boundary"])
	return u, nil
}

// end waits for everything of the upload to end.
func (u *upload) end() {
	u.wait()
	u.cancel(nil)
	u.leave()
	u.s.watchdog.remove(u)
	u.s.uploads.Add(-1)
	if u.quota != nil {
		u.s.quotas.leave(u.batch, u.quota)
	}
}

func (u *upload) wait() {
	for _, a := range u.arrivals {
		<-a.done
	}
}

// receive reads the whole request and waits until its photos are in the batch.
func (u *upload) receive() error {
	defer func() {
		if u.hold != nil {
			u.hold.release()
		}
	}()
	err := u.readParts()
	if err != nil && u.create != nil {
		u.cancel(err) // the batch will be deleted: the work on the others is in vain
	}
	u.wait()
	for _, a := range u.arrivals {
		if a.err != nil && (err == nil || errors.Is(err, context.Canceled)) {
			err = a.err
		}
	}
	return err
}

// photos returns the accepted photos, in the order of the request. Two files of one photo are it
// once, as it was when the second had come.
func (u *upload) photos() []photoView {
	views := make([]photoView, 0, len(u.arrivals))
	at := make(map[string]int)
	for _, a := range u.arrivals {
		if a.err != nil {
			continue
		}
		view := u.s.viewPhoto(queue.Batch{ID: u.batch}, a.photo)
		if i, there := at[view.ID]; there && len(view.Partners) > 0 {
			views[i] = view
			continue
		}
		at[view.ID] = len(views)
		views = append(views, view)
	}
	return views
}

func (u *upload) readParts() error {
	for {
		if u.ctx.Err() != nil {
			return context.Cause(u.ctx)
		}
		u.body.allowance = maxPartHeader + bodyBuffer
		part, err := u.parts.NextRawPart()
		u.body.allowance = math.MaxInt64
		switch {
		case err == io.EOF && (u.id != "" || u.head != nil || u.position != 0):
			return refuse(codeBadRequest, "The fields id, position and head stand before the photo that they belong to; behind the last ones there is none.")
		case err == io.EOF:
			// Read to the end of the body: only then net/http sees whether the client
			// is still there.
			_, _ = io.CopyN(io.Discard, u.body, maxPartHeader)
			return nil
		case err != nil:
			return u.body.failure(err)
		}
		if err := u.readPart(part); err != nil {
			return err
		}
	}
}

func (u *upload) readPart(part *multipart.Part) error {
	field, file := disposition(part.Header.Get("Content-Disposition"))
	switch {
	case field == "agencies" && u.create != nil:
		return u.readAgencies(part)
	case (field == "name" || field == "context" || field == "brief") && u.create != nil:
		return u.readBatchText(part, field)
	case field == "position":
		text, err := u.readText(part, maxText)
		if err != nil {
			return err
		}
		position, err := strconv.ParseInt(text, 10, 64)
		if err != nil || position < 1 || position > maxPosition {
			return refuse(codeBadRequest, "The field position is a number from 1 to %d.", maxPosition)
		}
		u.position = position
		return nil
	case field == "id":
		text, err := u.readText(part, maxText)
		if err == nil && (u.id != "" || !queue.ValidID(text)) {
			return refuse(codeBadRequest, "The field id names the next photo: once, with 1 to 64 letters, digits, hyphens and underscores.")
		}
		u.id = text
		return err
	case field == "head":
		return u.readHead(part)
	case field == "photos":
		return u.readPhoto(part, file)
	}
	return refuse(codeBadRequest, "There is no field of this name here. Photos are in fields called photos.")
}

// readText reads a text field.
func (u *upload) readText(part io.Reader, most int64) (string, error) {
	text, err := io.ReadAll(io.LimitReader(part, most+1))
	switch {
	case err != nil:
		return "", u.body.failure(err)
	case int64(len(text)) > most:
		return "", refuse(codeBadRequest, "A text field is longer than %d bytes.", most)
	case !utf8.Valid(text):
		return "", refuse(codeBadRequest, "A text field is not valid UTF-8: send text in UTF-8.")
	}
	return string(text), nil
}

func (u *upload) readAgencies(part io.Reader) error {
	text, err := u.readText(part, maxText)
	if err != nil {
		return err
	}
	if u.begun > 0 {
		return refuse(codeBadRequest, "The field agencies must stand before the first photo.")
	}
	for name := range strings.SplitSeq(text, ",") {
		if name = strings.TrimSpace(name); name != "" {
			u.agencies = append(u.agencies, name)
		}
	}
	if len(u.agencies) > maxAgencies {
		return refuse(codeBadRequest, "There are too many agencies.")
	}
	return nil
}

// readBatchText reads the batch's name, what is said of the shoot, or what is asked of the words.
func (u *upload) readBatchText(part io.Reader, field string) error {
	most := int64(4 * maxContext)
	if field == "brief" {
		most = maxJSON
	}
	text, err := u.readText(part, most)
	if err != nil {
		return err
	}
	if u.begun > 0 {
		return refuse(codeBadRequest, "The field %s must stand before the first photo.", field)
	}
	switch field {
	case "name":
		u.texts.Name = &text
	case "context":
		u.texts.Context = &text
	default:
		u.texts.Brief = new(briefBody)
		if err := decodeJSON([]byte(text), u.texts.Brief); err != nil {
			return err
		}
	}
	return u.texts.check()
}

func (u *upload) readHead(part io.Reader) error {
	if u.head != nil {
		return refuse(codeBadRequest, "The field head belongs to the next photo, and there is one already.")
	}
	data, size, err := u.read(part, maxHead)
	if err == nil && size > maxHead {
		return refuse(codeBadRequest, "The field head is longer than 1 MiB.")
	}
	if data == nil {
		data = []byte{}
	}
	u.head = data
	return err
}

// readPhoto reads a photo and sends it on its way.
func (u *upload) readPhoto(part io.Reader, file string) error {
	if file == "" { // a form whose file field was left empty sends a part like this
		var first [1]byte
		_, err := io.ReadFull(part, first[:])
		if err == io.EOF && u.id == "" && u.head == nil {
			return nil
		} else if err != nil && err != io.EOF {
			return u.body.failure(err)
		} else if err == nil {
			part = io.MultiReader(strings.NewReader(string(first[:])), part)
		}
	}
	id, head, position := u.id, u.head, u.position
	u.id, u.head, u.position = "", nil, 0
	u.begun++
	if u.begun > u.s.Limits.PhotosPerBatch {
		return u.tooMany()
	}
	if id != "" {
		// A page sends each photo in a request of its own: for one look a map would cost
		// more.
		if i := slices.IndexFunc(u.there, func(p queue.Photo) bool { return p.ID == id }); i >= 0 {
			return u.repeat(part, u.there[i])
		}
	}
	err := u.admit()
	refused := tooManyThisHour(err)
	if err != nil && (refused == nil || u.create == nil || u.batch == "") {
		return err
	}
	select {
	case u.room <- struct{}{}:
	case <-u.ctx.Done():
		return context.Cause(u.ctx)
	}
	limit := u.s.Limits.BytesPerPhoto
	if refused != nil {
		limit = 0 // its bytes are passed over
	}
	data, size, err := u.read(part, limit)
	if err == nil && !u.quota.addBytes(size, u.s.Limits.BytesPerBatch) {
		err = refuse(codeRequestTooLarge, "The batch is larger than %d MiB: send fewer photos, or smaller ones.", u.s.Limits.BytesPerBatch>>20)
	}
	if err != nil {
		<-u.room
		return err
	}
	photo := queue.NewPhoto{
		ID: id, Name: cleanName(file), Position: position, Reopen: u.create == nil, Bytes: size, Err: refused,
	}
	u.s.Log.Debug("a photo has arrived", "batch", u.batch, "name", photo.Name, "bytes", size)
	u.dispatch(photo, data, head)
	return nil
}

func (u *upload) tooMany() error {
	return refuse(codeTooManyPhotos, "A batch has at most %d photos: send the others as another one.", u.s.Limits.PhotosPerBatch).with("photos_per_batch", u.s.Limits.PhotosPerBatch)
}

// admit counts a photo that begins to arrive, and makes the batch for the first.
func (u *upload) admit() error {
	if err := u.s.withinBudget(); err != nil {
		return err
	}
	if err := u.s.limits.photo(u.header, u.visitor, u.s.Now()); err != nil {
		return err
	}
	if err := u.s.takeToday(u.ctx, 1); err != nil {
		return err
	}
	if u.batch == "" {
		snapshot, err := u.create(u.agencies)
		if err != nil {
			return err
		}
		u.batch = snapshot.ID
		u.quota = u.s.quotas.join(snapshot)
	}
	if !u.quota.addPhoto(u.s.Limits.PhotosPerBatch) {
		return u.tooMany()
	}
	return nil
}

// repeat answers a photo that is there already: its bytes are passed over.
func (u *upload) repeat(part io.Reader, photo queue.Photo) error {
	if _, err := io.CopyN(io.Discard, part, maxDrained); err != io.EOF {
		if err == nil {
			return errTooLong
		}
		return u.body.failure(err)
	}
	if u.hold != nil {
		u.hold.release()
		u.holds.Store(0)
	}
	done := make(chan struct{})
	close(done)
	u.arrivals = append(u.arrivals, &arrival{done: done, photo: photo})
	return nil
}

// dispatch sends a photo on its way. It is over the limit if data is nil and it has bytes.
func (u *upload) dispatch(photo queue.NewPhoto, data, head []byte) {
	memory := u.hold
	u.hold = nil
	u.holds.Store(0)
	processor := u.s.preparation.reserve(u.visitor.client.String())
	granted := processor.join(1)
	var before *arrival
	if n := len(u.arrivals); n > 0 {
		before = u.arrivals[n-1]
	}
	a := &arrival{done: make(chan struct{})}
	u.arrivals = append(u.arrivals, a)
	go func() {
		defer close(a.done)
		defer func() { <-u.room }()
		err := granted.wait(u.ctx)
		if err == nil && photo.Err == nil {
			photo.Prepared, err = u.prepare(photo, data, head)
		}
		data, head = nil, nil
		processor.release()
		memory.release()
		if u.ctx.Err() != nil {
			a.err = context.Cause(u.ctx)
			return
		}
		if photo.Err == nil {
			photo.Err = tagroll.AsError(err)
		}
		if before != nil {
			<-before.done
		}
		if a.photo, a.err = u.s.Node.Add(u.ctx, u.batch, photo); a.err != nil {
			u.cancel(a.err)
		}
	}()
}

// isRAW reports whether a file is called like a camera's RAW file.
func (s *Server) isRAW(name string) bool {
	return slices.Contains(s.RawExtensions, strings.ToLower(strings.TrimPrefix(path.Ext(name), ".")))
}

// prepare makes of a photo what is kept. A decoder that panics has met a photo that cannot be used.
func (u *upload) prepare(photo queue.NewPhoto, data, head []byte) (prepared tagroll.Prepared, err error) {
	if data == nil && photo.Bytes > 0 {
		wayOut := "save a smaller copy"
		if u.s.isRAW(photo.Name) {
			wayOut = "send the JPEG of this RAW file"
		}
		return prepared, &tagroll.Error{Code: tagroll.CodeFileTooLarge, Photo: photo.Name, Stage: tagroll.StageIntake,
			Message: fmt.Sprintf("the file is larger than %d MiB: %s", u.s.Limits.BytesPerPhoto>>20, wayOut)}
	}
	u.s.preparing.Add(1)
	defer u.s.preparing.Add(-1)
	defer func() {
		if cause := recover(); cause != nil {
			u.s.Log.Error("preparing a photo panicked", "cause", fmt.Sprint(cause), "stack", string(debug.Stack()))
			err = &tagroll.Error{Code: tagroll.CodeInternal, Photo: photo.Name, Stage: tagroll.StageIntake, Message: "the photo could not be read: this is a defect of tagroll"}
		}
	}()
	return u.s.Prepare(u.ctx, Upload{Name: photo.Name, Data: data, Head: head})
}
