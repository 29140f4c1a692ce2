package queue

import (
	"context"
	"encoding/json"
	"sync"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/tagroll/tagroll/internal/sleep"
)

// addressSubject is where nodes say whether a public address leads to them. It is in no stream.
const addressSubject = prefix + "address"

const (
	// awayAtMost is how long an address is taken to lead nowhere after its node has left, if
	// that does not come back.
	awayAtMost = 2 * time.Minute
	askAgain   = 50 * time.Millisecond
)

// addressWord is what a node says of a public address.
type addressWord struct {
	Node    string `json:"node"`
	Address string `json:"address"`
	Leaving bool   `json:"leaving"` // it is not served any more, else it is from now on
}

// publicAddress is the address under which a node's temporary images are fetched.
type publicAddress struct {
	node string // the name of this node in what it says

	mu   sync.Mutex
	left time.Time // when the node behind the address has left; zero while it is there
}

// FollowAddress lets the node know when the public address of its temporary images leads nowhere,
// because the node behind it restarts. unfetched says how many images wait to be fetched there: a
// node that leaves the address waits for them. Without a cluster it does nothing. It fails with
// ErrUnavailable.
func (n *Node) FollowAddress(address string, unfetched func() int) error {
	if n.engine != nil {
		return nil
	}
	err := n.subscribe(addressSubject, func(m *nats.Msg) {
		var w addressWord
		if json.Unmarshal(m.Data, &w) != nil || w.Address != address || w.Node == n.address.node {
			return
		}
		n.address.mu.Lock()
		n.address.left = time.Time{}
		if w.Leaving {
			n.address.left = n.now()
		}
		n.address.mu.Unlock()
		if w.Leaving && unfetched() > 0 {
			// No answer lets the node go, and images are sent inline.
			_ = m.Respond([]byte("wait"))
		}
	})
	if err != nil {
		return unavailable("the public address cannot be followed", err)
	}
	return nil
}

// AddressLeadsNowhere reports whether the node behind the public address has left, and not come
// back. Images that are fetched there cannot be had meanwhile.
func (n *Node) AddressLeadsNowhere() bool {
	n.address.mu.Lock()
	defer n.address.mu.Unlock()
	return !n.address.left.IsZero() && n.now().Sub(n.address.left) < awayAtMost
}

// ServeAddress tells the cluster that this node serves a public address from now on.
func (n *Node) ServeAddress(address string) {
	if n.engine != nil {
		return
	}
	word, err := json.Marshal(addressWord{Node: n.address.node, Address: address})
	if err == nil {
		err = n.conn.Publish(addressSubject, word)
	}
	if err != nil {
		n.log.Debug("the cluster could not be told of the public address", "error", err)
	}
}

// LeaveAddress tells the cluster that this node will not serve a public address any more, and waits
// until the images that others have published there are fetched, or ctx ends. The node must serve
// them meanwhile.
func (n *Node) LeaveAddress(ctx context.Context, address string) {
	if n.engine != nil {
		return
	}
	word, err := json.Marshal(addressWord{Node: n.address.node, Address: address, Leaving: true})
	if err != nil {
		return // of texts there is none
	}
	for {
		try, cancel := context.WithTimeout(ctx, n.timing.farewell)
		_, err := n.conn.RequestWithContext(try, addressSubject, word)
		cancel()
		if err != nil || sleep.For(ctx, askAgain) != nil {
			return // nobody waits any more
		}
	}
}
