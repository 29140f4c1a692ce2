// Package queue keeps batches that survive their process, and runs them.
//
// A [Node] is one process's share of the work. Batches and photos go in through its methods; out
// come [Snapshot] values, and a notification whenever one has changed. What is stored lives in a
// JetStream engine: embedded in the process, with its files below Config.DataDir and no open port,
// or a cluster of nats-servers that several nodes share (Config.URL). The code is the same.
//
// The package knows nothing of HTTP, images or models: what is done with a photo is Config.Work.
//
// # Who does what
//
// The unit of distribution is the batch. A batch with pending photos has one message in the stream
// of batches. A node leases that message, runs package batch over the photos, and renews the lease
// until the run ends. When the node dies the lease expires, and another node takes the batch. An
// embedded engine belongs to one process, which takes all leases back when it starts.
//
// A batch is announced whenever a photo becomes pending, and is in the stream at most once. A node
// that ends a run checks for new photos once more after the message is gone. Every node also looks
// for batches with pending photos and no progress, so a lost message delays work and loses none.
//
// Each node reads the whole state through one consumer into memory (the replica). Every read is
// answered from the replica. A method that changes something returns when the replica of its own
// node shows the change.
//
// # States
//
// A batch is open until it is closed, by its owner or after Config.Idle. States but "cancelled"
// follow from the photos.
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
//	(nothing)             ── Add ──────────────────────► pending; failed if of no use
//	pending               ── claim ────────────────────► processing
//	processing            ── claim ────────────────────► processing: another call
//	processing            ── call ended ───────────────► pending: the batch stopped
//	processing            ── result ───────────────────► successful, needs_review, failed
//	failed, needs_review  ── Retry ────────────────────► pending
//	any of the last three ── Edit ─────────────────────► successful, needs_review, failed
//
// No paid call is made unless its claim is known to be stored. A result is stored before anybody
// hears of it, and dropped if another node has claimed the photo meanwhile. A crash therefore
// repeats only the calls that were in flight. Photo.Calls counts all of them.
//
// # What is kept, and how it goes
//
// Every record and image of a batch is encrypted with a key of that batch (AES-256-GCM), and photos
// have pseudonyms in subjects. A log-structured store frees space late. Overwriting the key makes a
// deleted or expired batch unreadable at once, in every block and copy. Encryption serves no other
// purpose: while the batch exists, its key lies beside it. In a cluster, the replication logs of
// the servers can hold a copy of the key until they are compacted.
//
// State and images are plain streams. A key-value bucket of the client library cannot erase a
// single message. An Object Store needs a consumer for each read and cannot purge a batch in one
// request.
//
// A killed process loses nothing. An embedded engine flushes to the disk every two seconds: a
// machine that loses power can lose the last two seconds, and repeats the calls whose results were
// lost. A cluster with three replicas loses nothing when one machine loses power.
package queue
