package web

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/queue"
)

// cleanUpTime bounds what is done for a client that has gone.
const cleanUpTime = 10 * time.Second

// touchTime bounds how long an answer waits for the engine to store that the batch was looked at.
const touchTime = time.Second

// open returns the batch of the path if it is the visitor's.
func (s *Server) open(r *http.Request, v visitor) (queue.Snapshot, error) {
	id := r.PathValue("id")
	if !queue.ValidID(id) {
		return queue.Snapshot{}, errNotFound
	}
	b, err := s.Node.Get(r.Context(), id)
	if err != nil {
		return queue.Snapshot{}, err
	}
	if !v.mayOpen(b.Batch) {
		return queue.Snapshot{}, errNotFound
	}
	return s.touch(r, b), nil
}

// touch moves the end of a batch that its owner looks at. Where the engine cannot store that now,
// the batch can be seen all the same.
func (s *Server) touch(r *http.Request, b queue.Snapshot) queue.Snapshot {
	if b.Expires.IsZero() || r.Method == http.MethodDelete && r.PathValue("photo") == "" {
		return b
	}
	ctx, cancel := context.WithTimeout(r.Context(), touchTime)
	defer cancel()
	if err := s.Node.Touch(ctx, b.ID); err != nil {
		s.Log.Debug("a batch's end could not be moved", "batch", b.ID, "error", err)
		return b
	}
	if now, err := s.Node.Get(r.Context(), b.ID); err == nil {
		return now
	}
	return b
}

func (s *Server) createBatch(w http.ResponseWriter, r *http.Request, v visitor) error {
	kind, _ := mediaType(r)
	if kind != "multipart/form-data" && kind != "application/json" {
		w.Header().Set("Accept-Post", "multipart/form-data, application/json")
		return refuse(codeUnsupportedMediaType, "Send photos as multipart/form-data, or {} as application/json for a batch to which photos are added later.")
	}
	if err := s.roomFor(r, v); err != nil {
		return err
	}
	v = s.startSession(w, v)
	token := newSecret()
	made := maker{s: s, visitor: v, token: hashOf(token)}
	var b queue.Snapshot
	var err error
	if kind == "application/json" {
		b, err = s.createOpen(w, r, &made)
	} else {
		b, err = s.createFromUpload(w, r, &made)
	}
	if err != nil {
		return err
	}
	view := s.viewBatch(b, true)
	view.Token = token
	w.Header().Set("Location", s.BasePath+"/api/v1/batches/"+b.ID)
	return writeJSON(w, http.StatusCreated, view)
}

// roomFor refuses early, before the body is read, what could not be accepted.
func (s *Server) roomFor(r *http.Request, v visitor) error {
	kind, _ := mediaType(r)
	if s.stored.full(s.Limits.StoredBytes, s.Now(), s.Node.Stats) {
		return &problem{code: codeUnavailable, retryAfter: time.Minute, detail: "The server's store is full: try again when older batches have expired."}
	}
	if kind != "multipart/form-data" {
		return nil
	}
	if limit := s.Limits.BytesPerBatch; limit > 0 && r.ContentLength > limit+limit/16+1<<20 {
		return refuse(codeRequestTooLarge, "A batch has at most %d MiB: send fewer photos, or smaller ones.", limit>>20)
	}
	return s.limits.anyPhoto(v, s.Now())
}

// maker makes one batch.
type maker struct {
	s       *Server
	visitor visitor
	token   string // its hash
	entry   *openBatch
	texts   batchTexts
}

// make makes the batch if its owners may have one more that is open.
func (m *maker) make(ctx context.Context, agencies []string) (queue.Snapshot, error) {
	names, err := m.s.agenciesFor(agencies)
	if err != nil {
		return queue.Snapshot{}, err
	}
	brief := m.texts.over(tagroll.Brief{})
	if err := m.s.followable(brief, names); err != nil {
		return queue.Snapshot{}, err
	}
	open := &m.s.owners
	if open.limit > 0 && m.visitor.session != "" {
		there, err := m.s.Node.List(ctx, m.visitor.session)
		if err != nil {
			return queue.Snapshot{}, err
		}
		var ids []string
		for _, b := range there {
			if !hasEnded(b) {
				ids = append(ids, b.ID)
			}
		}
		open.learn(m.visitor.session, ids)
	}
	entry, ok := open.enter(photoKeys(m.visitor), func(id string) bool {
		b, err := m.s.Node.Get(ctx, id)
		return errors.Is(err, queue.ErrNotFound) || err == nil && hasEnded(b)
	})
	if !ok {
		return queue.Snapshot{}, m.s.limits.refuse(limitOpenBatches, 10*time.Second,
			"At most %d batches at once are worked on for one visitor: wait until one has ended, or cancel one.", open.limit)
	}
	m.entry = entry
	b, err := m.s.Node.Create(ctx, queue.NewBatch{
		Session: m.visitor.session, Token: m.token, Agencies: names, Name: textOf(m.texts.Name), Brief: brief,
	})
	open.made(entry, b.ID)
	return b, err
}

func textOf(text *string) string {
	if text == nil {
		return ""
	}
	return *text
}

// unmake deletes what a client will never learn of.
func (m *maker) unmake(ctx context.Context, batch string) {
	if batch == "" {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanUpTime)
	defer cancel()
	if err := m.s.Node.Delete(ctx, batch); err != nil && !errors.Is(err, queue.ErrNotFound) {
		m.s.Log.Warn("a batch whose upload failed could not be deleted; it expires", "batch", batch, "error", err)
	}
	m.s.owners.made(m.entry, "")
}

// newBatch is what a client wants an open batch to be.
type newBatch struct {
	// Whose rules count. Default: the service's.
	Agencies []string `json:"agencies,omitempty"`
	// What its owner calls the batch, at most 200 characters.
	Name *string `json:"name,omitempty"`
	// What the describer should know of the shoot, at most 4,000 characters.
	Context *string `json:"context,omitempty"`
	// What is asked of the words beyond what the agencies ask. Default: nothing.
	Brief *briefBody `json:"brief,omitempty"`
}

func (s *Server) createOpen(w http.ResponseWriter, r *http.Request, m *maker) (queue.Snapshot, error) {
	var wanted newBatch
	if err := s.readJSON(w, r, &wanted, false); err != nil {
		return queue.Snapshot{}, err
	}
	m.texts = batchTexts{Name: wanted.Name, Context: wanted.Context, Brief: wanted.Brief}
	if err := m.texts.check(); err != nil {
		return queue.Snapshot{}, err
	}
	return m.make(r.Context(), wanted.Agencies)
}

// createFromUpload makes a batch of all photos of a request, or none if something is wrong with it.
func (s *Server) createFromUpload(w http.ResponseWriter, r *http.Request, m *maker) (b queue.Snapshot, err error) {
	u, err := s.newUpload(w, r, m.visitor)
	if err != nil {
		return b, err
	}
	defer u.end()
	u.create = func(agencies []string) (queue.Snapshot, error) {
		m.texts = u.texts
		return m.make(r.Context(), agencies)
	}
	err = u.receive()
	if err == nil && u.batch == "" {
		return b, errNoPhoto
	}
	if err == nil {
		b, err = s.Node.CloseBatch(r.Context(), u.batch)
	}
	if err == nil && r.Context().Err() != nil {
		err = context.Cause(r.Context()) // nobody is there to learn of the batch
	}
	if err != nil {
		m.unmake(r.Context(), u.batch)
	}
	return b, err
}

// addedView lists the photos that a request has added.
type addedView struct {
	Photos []photoView `json:"photos"`
}

// batchesView lists a session's batches.
type batchesView struct {
	Batches []batchView `json:"batches"`
}

// addPhotos adds to a batch, and opens one again that was closed. What was accepted before
// something went wrong stays, and is listed.
func (s *Server) addPhotos(w http.ResponseWriter, r *http.Request, v visitor) error {
	b, err := s.open(r, v)
	if err != nil {
		return err
	}
	if b.State == queue.StateCancelled {
		return refuse(codeBatchClosed, "This batch was cancelled: continue it before you add photos, or make a new one.")
	}
	if err := s.roomFor(r, v); err != nil {
		return err
	}
	u, err := s.newUpload(w, r, v)
	if err != nil {
		return err
	}
	defer u.end()
	u.batch, u.quota, u.there = b.ID, s.quotas.join(b), b.Photos
	err = u.receive()
	if err == nil && len(u.arrivals) == 0 {
		err = errNoPhoto
	}
	if err != nil {
		return problemOf(err).with("photos", u.photos())
	}
	return writeJSON(w, http.StatusCreated, addedView{Photos: u.photos()})
}

func (s *Server) listBatches(w http.ResponseWriter, r *http.Request, v visitor) error {
	views := []batchView{}
	if v.session != "" {
		batches, err := s.Node.List(r.Context(), v.session)
		if err != nil {
			return err
		}
		sort.SliceStable(batches, func(i, j int) bool {
			a, b := &batches[i], &batches[j]
			return cmp.Or(b.Created.Compare(a.Created), cmp.Compare(a.ID, b.ID)) < 0
		})
		for _, b := range batches {
			views = append(views, s.viewBatch(b, false))
		}
	}
	return writeJSON(w, http.StatusOK, batchesView{Batches: views})
}

// notModified sets the validator, and answers 304 if it is the one that the client has.
func notModified(w http.ResponseWriter, r *http.Request, tag, cache string) bool {
	w.Header().Set("ETag", tag)
	w.Header().Set("Cache-Control", cache)
	tags, any := entityTags(r.Header.Values("If-None-Match"))
	weak := strings.TrimPrefix(tag, "W/")
	if !any && !slices.ContainsFunc(tags, func(t string) bool { return strings.TrimPrefix(t, "W/") == weak }) {
		return false
	}
	w.WriteHeader(http.StatusNotModified)
	return true
}

// entityTags reads If-Match or If-None-Match (RFC 9110, 13.1): a list of tags, or "*". What is no
// tag ends the list.
func entityTags(headers []string) (tags []string, any bool) {
	rest := strings.Join(headers, ",")
	for {
		rest = strings.TrimLeft(rest, " \t,")
		if rest == "*" && tags == nil {
			return nil, true
		}
		start := 0
		if strings.HasPrefix(rest, "W/") {
			start = 2
		}
		if len(rest) <= start || rest[start] != '"' {
			return tags, false
		}
		end := strings.IndexByte(rest[start+1:], '"')
		if end < 0 {
			return tags, false
		}
		end += start + 2
		tags = append(tags, rest[:end])
		rest = rest[end:]
	}
}

func (s *Server) closeBatch(w http.ResponseWriter, r *http.Request, v visitor) error {
	return s.change(w, r, v, s.Node.CloseBatch)
}

func (s *Server) cancelBatch(w http.ResponseWriter, r *http.Request, v visitor) error {
	return s.change(w, r, v, s.Node.Cancel)
}

// change does something to a batch that may be done twice.
func (s *Server) change(w http.ResponseWriter, r *http.Request, v visitor, do func(context.Context, string) (queue.Snapshot, error)) error {
	b, err := s.open(r, v)
	if err != nil {
		return err
	}
	if b, err = do(r.Context(), b.ID); err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, s.viewBatch(b, true))
}

// retryRequest names the photos to retry.
type retryRequest struct {
	// IDs. Named ones are also tried again if they need review. Default: all that failed.
	Photos []string `json:"photos,omitempty"`
}

func (s *Server) retryBatch(w http.ResponseWriter, r *http.Request, v visitor) error {
	if _, err := s.open(r, v); err != nil {
		return err
	}
	var wanted retryRequest
	if err := s.readJSON(w, r, &wanted, true); err != nil {
		return err
	}
	// The body may have taken its time, and the photos may have changed meanwhile.
	b, err := s.open(r, v)
	if err != nil {
		return err
	}
	if err := s.mayRetry(r.Context(), v, againOf(b, wanted.Photos)); err != nil {
		return err
	}
	n, b, err := s.Node.Retry(r.Context(), b.ID, wanted.Photos)
	if err != nil {
		return err
	}
	if n == 0 {
		return refuse(codeNothingToRetry, "No photo of the batch has failed: there is nothing to try again.")
	}
	return writeJSON(w, http.StatusOK, retriedView{Retried: n, Batch: s.viewBatch(b, true)})
}

// againOf counts the photos for which a retry makes new calls, including photos that a cancelled
// batch had under way. Photos that were never tried were counted when they arrived.
func againOf(b queue.Snapshot, ids []string) (n int) {
	for _, p := range b.Photos {
		named := slices.Contains(ids, p.ID)
		var again bool
		switch p.State {
		case queue.PhotoFailed:
			again = p.Width > 0 && (ids == nil || named)
		case queue.PhotoNeedsReview:
			again = p.Width > 0 && named
		case queue.PhotoPending, queue.PhotoProcessing:
			again = b.State == queue.StateCancelled && p.Calls > 0
		}
		if again {
			n++
		}
	}
	return n
}

func (s *Server) deleteBatch(w http.ResponseWriter, r *http.Request, v visitor) error {
	b, err := s.open(r, v)
	if err != nil {
		return err
	}
	if err := s.Node.Delete(r.Context(), b.ID); err != nil && !errors.Is(err, queue.ErrNotFound) {
		return err
	}
	w.Header().Set("Clear-Site-Data", `"cache"`) // the images
	w.WriteHeader(http.StatusNoContent)
	return nil
}
