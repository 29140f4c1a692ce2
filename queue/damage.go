package queue

import (
	"context"
	"strings"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go/jetstream"
)

// Damage is what of the store was found lost or unreadable when the node was opened: after a
// failing disk, or a machine that lost power. All else is as it was.
type Damage struct {
	// Messages are the messages that the engine itself has found damaged and left out.
	Messages int
	// Changes are the latest changes of batches and photos, of which nothing is left. Photos
	// are as they were before, and may be described again.
	Changes int
	// Values are records that cannot be read, and photos whose batch's key is gone.
	Values int
	// Images are photos whose kept image is gone: they cannot be described (again).
	Images int
}

// countLost counts the changes that the store had when it was last noted, and has no more. Nothing
// has been written yet since the store was opened.
func (n *Node) countLost() {
	n.noted = readHighest(n.engine.dir)
	if last := n.streams[stateStream].CachedInfo().State.LastSeq; last < n.noted {
		n.lost = n.noted - last
	}
}

// inspectStore counts what is lost, and says so. An engine that is a cluster looks after itself.
func (n *Node) inspectStore(ctx context.Context) {
	if n.engine == nil {
		return
	}
	d := Damage{Messages: n.engine.lostMessages(), Changes: int(n.lost), Values: n.replica.unreadable()}
	info, err := n.streams[imageStream].Info(ctx, jetstream.WithSubjectFilter(imageSubject("*", "*.*")))
	if err != nil {
		if ctx.Err() == nil {
			n.log.Warn("the images could not be counted", "error", err)
		}
		return
	}
	chunks := make(map[string]int)
	for subject := range info.State.Subjects {
		chunks[subject[:strings.LastIndexByte(subject, '.')]]++
	}
	d.Images = n.replica.withoutImage(chunks)
	n.damage.Store(&d)
	if d != (Damage{}) {
		n.log.Error("the store is damaged: a part of what it held is lost, the rest is used",
			"damaged_messages", d.Messages, "lost_changes", d.Changes, "unreadable_values", d.Values, "lost_images", d.Images)
	}
}

// withoutImage counts the photos of which not every chunk of the image is there.
func (m *replica) withoutImage(chunks map[string]int) (lost int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for b, e := range m.batches {
		for _, p := range e.order {
			// A photo that arrived since the images were listed is not lost.
			if p.loaded && p.rec.Image.Name != "" && chunks[imageSubject(b, p.rec.Image.Name)] < p.rec.Image.Chunks {
				lost++
			}
		}
	}
	return lost
}

// unreadable counts what could not be read of the stored state.
func (m *replica) unreadable() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.damaged + len(m.strays)
}

// lostMessages is how many messages the engine has left out because they are damaged.
func (e *embedded) lostMessages() (lost int) {
	all, err := e.srv.Load().Jsz(&server.JSzOptions{Accounts: true, Streams: true})
	if err != nil {
		return 0
	}
	for _, account := range all.AccountDetails {
		for _, stream := range account.Streams {
			if stream.State.Lost != nil {
				lost += len(stream.State.Lost.Msgs)
			}
		}
	}
	return lost
}
