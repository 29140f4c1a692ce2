// Package queue keeps batches that survive their process, and runs them.
//
// A [Node] is one process's share of the work. Batches and photos go in through its methods;
// out come [Snapshot] values, and a notification whenever one has changed. What is stored lives in a
// JetStream engine: embedded in the process, with its files below Config.DataDir and no open port, or a cluster
// of nats-servers that several nodes share (Config.URL). The code is the same.
//
// The package knows nothing of HTTP, images or models: what is done with a photo is Config.Work.
//
// # Who does what
//
// The unit of distribution is the batch. A batch with work has one message in the stream of batches, which is leased to
// one node; the node runs package batch on it and gives signs of life meanwhile. If it dies, the
// lease runs out and another node takes the batch up; an embedded engine, which belongs to one process, takes
// its leases back when it starts. A batch is announced whenever a photo becomes pending, and is in the stream at
// most once. Whoever ends a run looks once more, after the message is gone, and every node looks now and then
// for batches with work in which nothing happens, so that a lost message heals.
//
// Each node reads the whole state through one consumer into memory (the mirror), from which everything is
// answered that does not change anything. A method that changes something returns when its own node's mirror
// shows the change.
//
// # States
//
// A batch is open until it is closed, by its owner or after Config.Idle. States but "cancelled" follow from the photos.
//
//	(nothing)             ── Create ───────────────────► open
//	open                  ── CloseBatch, Config.Idle ──► processing
//	processing            ── every photo is done ──────► completed
//	open, processing      ── Cancel, fatal failure ────► cancelled
//	completed, cancelled  ── Retry ────────────────────► processing
//	completed, cancelled  ── Config.Keep ──────────────► (nothing)
//	any                   ── Delete ───────────────────► (nothing)
//
// A photo changes by compare-and-set only:
//
//	(nothing)             ── Add ──────────────────────► pending, or failed if it cannot be used
//	pending               ── claim ────────────────────► processing
//	processing            ── claim ────────────────────► processing: another call, or the claimant has died
//	processing            ── call ended ───────────────► pending: Cancel, Close, a stop of the batch
//	processing            ── result ───────────────────► successful, needs_review, failed
//	failed, needs_review  ── Retry ────────────────────► pending
//	any of the last three ── Edit ─────────────────────► successful, needs_review, failed
//
// A claim that fails, or of which nobody knows whether it was stored, means that no call is made. A
// result is stored before anybody hears of it, and dropped if another node has claimed the photo meanwhile: of two
// nodes that believe to have the same batch, one lets go. What a crash can cost is therefore the calls that
// were in flight, which are made again; Photo.Attempts counts them all.
//
// # What is kept, and how it goes
//
// Every value of a batch, records and images, is sealed with a key of the batch's own (AES-256-GCM), and photos have
// pseudonyms in subjects. A log-structured store reclaims space in its own time; when a batch is deleted or
// expires its key is overwritten on the disk at once, and with it everything is unreadable, whatever blocks, copies
// or file-system remains there are. That is all the encryption is for: while the batch is there, its key lies beside it. In
// a cluster the servers' replication logs can hold a copy of the key until they are compacted.
//
// The state is a plain stream rather than a key-value bucket, since a bucket of the client library forbids to erase a
// single message. Images are messages of a plain stream too and not an Object Store's: one is read
// without a consumer, and one purge removes those of a batch.
//
// Nothing is lost when a process is killed. An embedded engine flushes to the disk every two seconds, so that a machine that
// loses power can lose what it accepted within them, and repeats calls whose results it lost. In a
// cluster with three replicas a machine may lose power and nothing is lost.
package queue
