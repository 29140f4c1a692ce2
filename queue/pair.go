package queue

import (
	"context"
	"slices"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/internal/rawname"
)

// A camera's RAW file and the photo of the same name are one photo, called once, as package intake
// has it for folders. Here one of the two has been taken before the other comes, and may be
// described by then. So the one that comes second is joined to the first: its record says which
// photo it belongs to, and nothing of the first one's record changes, which a run may hold.
// Whichever came first, what is shown has the name and the facts of the file that is sold.
//
// Uploads have no folders. Two cameras can give one name to different photos: files whose cameras
// name another time are not joined.

// pairs are the files of a batch by what makes them one photo.
type pairs struct {
	stems    map[string][]*photo       // the photos that are shown, by rawname.Stem
	joined   map[string]*photoRecord   // joined files, by the name of their subject
	leads    map[string]string         // ID of a joined file -> ID of its photo
	partners map[string][]*photoRecord // ID of a photo -> its joined files, as they came
	since    map[string]uint64         // ID of a photo -> the revision when its files changed
	stemOf   map[*photo]string
}

// set takes in what a record says of joined files.
func (p *pairs) set(name string, rec *photoRecord, rev uint64) {
	if old := p.joined[name]; old != nil {
		delete(p.joined, name)
		delete(p.leads, old.ID)
		p.partners[old.Lead] = slices.DeleteFunc(p.partners[old.Lead], func(o *photoRecord) bool { return o == old })
		p.since[old.Lead] = rev
	}
	if rec.State != photoJoined {
		return
	}
	if p.joined == nil {
		p.joined, p.leads = make(map[string]*photoRecord), make(map[string]string)
		p.partners, p.since = make(map[string][]*photoRecord), make(map[string]uint64)
	}
	p.since[rec.Lead] = rev
	p.joined[name], p.leads[rec.ID] = rec, rec.Lead
	p.partners[rec.Lead] = append(p.partners[rec.Lead], rec)
}

func (p *pairs) insert(one *photo, rec *photoRecord) {
	if p.stems == nil {
		p.stems, p.stemOf = make(map[string][]*photo), make(map[*photo]string)
	}
	stem := rawname.Stem(rec.Name)
	p.stemOf[one] = stem
	p.stems[stem] = append(p.stems[stem], one)
}

func (p *pairs) remove(one *photo) {
	stem := p.stemOf[one]
	delete(p.stemOf, one)
	p.stems[stem] = slices.DeleteFunc(p.stems[stem], func(o *photo) bool { return o == one })
	if len(p.stems[stem]) == 0 {
		delete(p.stems, stem)
	}
}

// find returns the photo with an ID, which may be that of one of its files.
func (e *entry) find(id string) *photo {
	if p := e.byID[id]; p != nil {
		return p
	}
	return e.byID[e.pairs.leads[id]]
}

// complete makes a photo that has several files the one that is sold.
func (p *pairs) complete(shown *Photo) {
	shown.Regrouped = max(shown.Regrouped, p.since[shown.ID])
	partners := p.partners[shown.ID]
	if len(partners) == 0 {
		return
	}
	for _, rec := range partners {
		if rawname.Is(shown.Name) && !rawname.Is(rec.Name) {
			shown.Partners = append(shown.Partners, shown.Name)
			shown.Name, shown.Bytes, shown.Facts = rec.Name, rec.Bytes, sold(rec.Facts, shown.Facts)
			continue
		}
		shown.Partners = append(shown.Partners, rec.Name)
	}
	for _, result := range []**tagroll.Result{&shown.Result, &shown.Previous} {
		if *result != nil {
			r := **result
			r.Photo.Name, r.Photo.Partners, r.Facts = shown.Name, shown.Partners, shown.Facts
			*result = &r
		}
	}
}

// sold are the facts of the file that is sold. Where and when its photo was taken may be known from
// the RAW file only.
func sold(facts, raw tagroll.Facts) tagroll.Facts {
	if facts.Taken.IsZero() {
		facts.Taken = raw.Taken
	}
	if facts.Position == nil && facts.Place == (tagroll.Place{}) {
		facts.Position, facts.Place, facts.PlaceByPosition = raw.Position, raw.Place, raw.PlaceByPosition
	}
	return facts
}

// join makes a new file one of a photo's that is there, if it is the same photo. A RAW file that
// could not be read makes way for its JPEG instead. A photo that is described by itself learns
// which others look like it.
func (n *Node) join(b string, rec *photoRecord) (makesWay *photo) {
	if rec.State == photoJoined {
		rec.State, rec.Lead = PhotoPending, "" // the batch has changed since it was decided
		if rec.Result != nil {
			rec.State = PhotoFailed
		}
	}
	lead := n.replica.sameShot(b, rec)
	switch {
	case lead == nil:
	case lead.rec.Image.Name == "" && rec.Image.Name != "":
		makesWay = lead
	case lead.rec.Image.Name != "" && (rec.Image.Name != "" || rawname.Is(rec.Name)):
		rec.State, rec.Lead = photoJoined, lead.rec.ID
		return nil
	}
	if rec.Alike == nil {
		rec.Alike = n.alike(b, rec)
	}
	return makesWay
}

// sameShot returns the photo of a batch that a new file is another file of, nil if there is none:
// for a RAW file the one that is most likely to be sold, for any other file a RAW file that has no
// such photo yet. It is the photo as of now, whose record and revision belong together: the replica
// changes its own meanwhile.
func (m *replica) sameShot(b string, rec *photoRecord) *photo {
	m.mu.Lock()
	defer m.mu.Unlock()
	var best *photo
	e := m.batches[b]
	if e == nil {
		return nil
	}
	isRAW := rawname.Is(rec.Name)
	for _, p := range e.pairs.stems[rawname.Stem(rec.Name)] {
		shown := e.photo(p)
		switch {
		case p.rec.ID == rec.ID || !isRAW && !rawname.Is(shown.Name) || !sameTime(p.rec.Facts.Taken, rec.Facts.Taken):
		// A broken photo stands for nothing.
		case isRAW && p.rec.Image.Name == "" && !rawname.Is(shown.Name):
		case best == nil || rawname.Rank(shown.Name) < rawname.Rank(e.photo(best).Name):
			best = p
		}
	}
	if best == nil {
		return nil
	}
	asOfNow := *best
	return &asOfNow
}

// sameTime reports whether two times of cameras do not contradict each other. One of them may not
// know its zone.
func sameTime(a, b time.Time) bool {
	const tolerance, zone, farthest = 2 * time.Second, 15 * time.Minute, 26 * time.Hour
	if a.IsZero() || b.IsZero() {
		return true
	}
	apart := a.Sub(b).Abs()
	rest := apart % zone
	return apart <= farthest && (rest <= tolerance || zone-rest <= tolerance)
}

// makeWay joins a file that could not be read to the photo that has come for it. If that fails, the
// file stays a failed photo of its own.
func (n *Node) makeWay(ctx context.Context, b string, s *batchCipher, failed *photo, lead string) {
	rec := *failed.rec
	rec.State, rec.Lead = photoJoined, lead
	if _, err := n.put(ctx, b, s, photoSubject(b, failed.name), &rec, failed.rev); err != nil {
		n.log.Debug("a RAW file stays beside its photo", "batch", b, "error", err)
	}
}

// removePartners removes the other files of a photo that was removed.
func (n *Node) removePartners(ctx context.Context, b string, s *batchCipher, lead string) error {
	m := n.replica
	m.mu.Lock()
	var partners []*photoRecord
	if e := m.batches[b]; e != nil {
		partners = slices.Clone(e.pairs.partners[lead])
	}
	m.mu.Unlock()
	for _, rec := range partners {
		mark := photoRecord{ID: rec.ID, State: photoRemoved}
		// Whatever is there goes: nobody changes a joined file but to remove it.
		unconditional := []jetstream.PublishOpt{}
		if _, err := n.put(ctx, b, s, photoSubject(b, s.name(rec.ID)), mark, 0, unconditional...); err != nil {
			return err
		}
	}
	return nil
}
