package web

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// heartbeat keeps proxies from taking a quiet stream for a dead one.
const heartbeat = 15 * time.Second

// doneSuffix follows the revision in the ID of the event done. A client that was cut off before
// that event has seen all changes, and does not know yet that there will be no more.
const doneSuffix = ".done"

// lastEventID returns what the client has seen, and whether it has seen the end: the header of a
// reconnecting EventSource, or the query's last_event_id for the first connection. It reports false
// if there is none that can be read.
func lastEventID(r *http.Request) (id uint64, end, ok bool) {
	text := r.Header.Get("Last-Event-ID")
	if text == "" {
		text = r.URL.Query().Get("last_event_id")
	}
	text, end = strings.CutSuffix(text, doneSuffix)
	id, err := strconv.ParseUint(text, 10, 64)
	return id, end, err == nil
}

// streamEvents tells of a batch while it happens, until it ends or the client goes.
func (s *Server) streamEvents(w http.ResponseWriter, r *http.Request, v visitor) error {
	b, err := s.open(r, v)
	if err != nil {
		return err
	}
	last, end, resumes := lastEventID(r)
	resumes = resumes && last <= b.Revision
	if resumes && end && last == b.Revision && hasEnded(b) {
		w.WriteHeader(http.StatusNoContent) // an EventSource does not come back
		return nil
	}
	leave, ok := s.limits.streams.enter(v.networks()...)
	if !ok {
		return s.limits.refuse(limitStreams, 10*time.Second, "At most %d event streams at once are open for one address.", s.Limits.StreamsPerClient)
	}
	defer leave()
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no") // nginx would collect events
	w.WriteHeader(http.StatusOK)
	if r.Method == http.MethodHead {
		return nil
	}
	s.streams.Add(1)
	defer s.streams.Add(-1)
	f := s.join(b)
	defer s.leave(f)

	now, next := f.latest()
	if now.snapshot.Revision > b.Revision {
		b = now.snapshot
	}
	beginning := []byte("retry: 2000\n\n")
	if resumes {
		beginning = append(beginning, s.eventsSince(b, last)...)
	} else {
		beginning = append(beginning, f.snapshotEvent(b)...)
	}
	st := &stream{s: s, w: w, control: http.NewResponseController(w), batch: b.ID, seen: b.Revision}
	if !st.send(beginning) {
		return nil
	}
	if hasEnded(b) {
		st.send(s.doneEvent(b))
		return nil
	}
	st.deliver(r, f, now, next)
	return nil
}

// stream is one client's.
type stream struct {
	s       *Server
	w       http.ResponseWriter
	control *http.ResponseController
	batch   string
	seen    uint64 // revision
}

// deliver sends round after round.
func (st *stream) deliver(r *http.Request, f *feed, now *round, next <-chan struct{}) {
	beat := time.NewTimer(heartbeat)
	defer beat.Stop()
	for {
		if !st.round(now) {
			return
		}
		select {
		case <-r.Context().Done():
			return
		case <-st.s.ctx.Done():
			return
		case <-beat.C:
			if !st.send([]byte(":\n\n")) {
				return
			}
		case <-next:
			now, next = f.latest()
		}
		beat.Reset(heartbeat)
	}
}

// round sends what the client has not seen of a round, and reports whether the stream goes on. A
// client that was too slow for the round before gets the difference to what it has seen instead of
// every round in between.
func (st *stream) round(now *round) bool {
	b := now.snapshot
	if now.gone {
		st.send(event("deleted", revisionID(b.Revision), map[string]string{"id": st.batch}))
		return false
	}
	switch {
	case now.changes != nil && now.since == st.seen:
		if !st.send(now.changes) {
			return false
		}
	case b.Revision > st.seen:
		if !st.send(st.s.eventsSince(b, st.seen)) {
			return false
		}
	default:
		return true // its beginning was newer
	}
	st.seen = b.Revision
	if hasEnded(b) {
		st.send(st.s.doneEvent(b))
		return false
	}
	return true
}

// send writes and flushes. A client that reads nothing for Limits.Stall is given up, see
// responseRecorder.
func (st *stream) send(text []byte) bool {
	if _, err := st.w.Write(text); err != nil {
		return false
	}
	return st.control.Flush() == nil
}
