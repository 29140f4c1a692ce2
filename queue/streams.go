package queue

import (
	"context"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// The streams, and the subjects of their messages. b is a batch's ID, p a photo's name (see
// seal.name), i an image's name.
const (
	stateStream = "TAGROLL_STATE"   // tagroll.key.b, tagroll.batch.b, tagroll.photo.b.p
	imageStream = "TAGROLL_IMAGES"  // tagroll.image.b.i.chunk
	workStream  = "TAGROLL_BATCHES" // tagroll.work.b
	workers     = "workers"         // the consumer of workStream that all nodes share

	prefix = "tagroll."
)

func keySubject(b string) string          { return prefix + "key." + b }
func batchSubject(b string) string        { return prefix + "batch." + b }
func photoSubject(b, name string) string  { return prefix + "photo." + b + "." + name }
func imageSubject(b, image string) string { return prefix + "image." + b + "." + image }
func workSubject(b string) string         { return prefix + "work." + b }

// parseSubject splits a subject into its kind, its batch and, for a photo, its name.
func parseSubject(subject string) (kind, b, name string) {
	kind, rest, _ := strings.Cut(strings.TrimPrefix(subject, prefix), ".")
	b, name, _ = strings.Cut(rest, ".")
	return kind, b, name
}

// maxLeases bounds the batches that are worked on at once in the whole cluster, including batches
// that wait out a delay. The bound is far above what the nodes take (Config.MaxBatches) and
// protects the consumer's memory.
const maxLeases = 1 << 16

// noDuplicates is the shortest window in which a stream remembers the IDs of messages. Nothing here
// has one, and the two minutes of the default cost time at every start.
const noDuplicates = 100 * time.Millisecond

func (n *Node) streamConfigs() []jetstream.StreamConfig {
	return []jetstream.StreamConfig{{
		Name:        stateStream,
		Description: "tagroll: batches, their photos and their keys",
		Subjects:    []string{keySubject("*"), batchSubject("*"), photoSubject("*", "*")},
		Replicas:    n.config.Replicas,
		Duplicates:  noDuplicates,
		// A key-value bucket of the client library forbids to delete single messages, and
		// so to erase a key for good. Otherwise the stream is one: the last value of each
		// subject counts.
		MaxMsgsPerSubject: 1,
		AllowMsgTTL:       true,
		// Without direct reads, a read of one value is answered by the leader and never out
		// of date.
		AllowDirect: false,
	}, {
		Name:              imageStream,
		Description:       "tagroll: the small images of photos",
		Subjects:          []string{imageSubject("*", "*.*")},
		Replicas:          n.config.Replicas,
		Duplicates:        noDuplicates,
		MaxMsgsPerSubject: 1,
		AllowDirect:       true,
	}, {
		Name:                 workStream,
		Description:          "tagroll: the batches that have work, each at most once",
		Subjects:             []string{workSubject("*")},
		Replicas:             n.config.Replicas,
		Duplicates:           noDuplicates,
		Retention:            jetstream.WorkQueuePolicy,
		MaxMsgsPerSubject:    1,
		Discard:              jetstream.DiscardNew,
		DiscardNewPerSubject: true,
	}}
}

func (n *Node) workerConfig() jetstream.ConsumerConfig {
	return jetstream.ConsumerConfig{
		Durable:       workers,
		Description:   "tagroll: leases of batches",
		AckPolicy:     jetstream.AckExplicitPolicy,
		AckWait:       n.timing.lease,
		MaxDeliver:    -1, // a batch that many nodes died on is still a batch
		MaxAckPending: maxLeases,
	}
}

// createStreams makes sure that the streams are there. In a cluster that is also the proof that so
// many replicas can be had.
func (n *Node) createStreams(ctx context.Context) error {
	for _, c := range n.streamConfigs() {
		s, err := n.js.CreateOrUpdateStream(ctx, c)
		if err != nil {
			return err
		}
		n.streams[c.Name] = s
	}
	return nil
}

// timing are the clock and the durations that tests choose. Production has one set of them.
type timing struct {
	now       func() time.Time // the clock; several goroutines ask it
	open      time.Duration    // that Open waits for a cluster
	connect   time.Duration    // that one server may take to greet a node
	lease     time.Duration    // after so long without a renewal, another node gets the batch
	heartbeat time.Duration    // between renewals of a lease
	create    time.Duration    // that creating the streams may take before it is tried again
	write     time.Duration    // that a write may take
	patience  time.Duration    // for storing a result that was paid for
	tick      time.Duration    // between two looks at what is due
	// quiet is the time without a change after which a batch with work is announced again.
	quiet     time.Duration
	tombstone time.Duration // how long the marker of a deleted batch is kept
	handBack  time.Duration // before a batch is tried again after a failure of the engine
	silence   time.Duration // between signs of life of the replica's consumer
	// elsewhere bounds the wait for another node's answer. Nodes that have nothing to say do
	// not answer, so a question to which all are silent takes as long.
	elsewhere time.Duration
	// farewell is how long a node that leaves a public address waits for those whose images it
	// still serves.
	farewell time.Duration
}

// defaultTiming: the lease outlives an election of the cluster by far (15 s were enough when
// measured, 2.8 s were not).
var defaultTiming = timing{
	now:       time.Now,
	open:      30 * time.Second,
	connect:   nats.DefaultTimeout,
	lease:     15 * time.Second,
	heartbeat: 4 * time.Second,
	create:    5 * time.Second,
	write:     5 * time.Second,
	patience:  time.Minute,
	tick:      3 * time.Second,
	quiet:     10 * time.Second,
	tombstone: time.Hour,
	handBack:  5 * time.Second,
	silence:   3 * time.Second,
	elsewhere: 2 * time.Second,
	farewell:  300 * time.Millisecond,
}
