package queue

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/batch"
)

// Errors of a Node's methods. They may be wrapped; compare with errors.Is.
var (
	// ErrNotFound means that there is no such batch or photo, or not any more.
	ErrNotFound = errors.New("no such batch or photo")
	// ErrClosed means that the batch takes no more photos: it was closed or cancelled.
	ErrClosed = errors.New("the batch takes no more photos")
	// ErrChanged means that the photo is not what it was at the revision that was named.
	ErrChanged = errors.New("the photo has changed meanwhile")
	// ErrUnfinished means that the photo has no result that could be changed.
	ErrUnfinished = errors.New("the photo is not done")
	// ErrUnavailable means that the engine cannot store anything now: its disk is full, its
	// cluster is lost, or the node is closing. Nothing that was accepted is lost; try again
	// later.
	ErrUnavailable = errors.New("the engine is not available")
	// ErrNotYet is an ErrUnavailable that may pass by itself: no server of the cluster answers,
	// or they have not agreed on a leader. Open returns it.
	ErrNotYet = fmt.Errorf("%w: the cluster does not answer", ErrUnavailable)
	// ErrLocked means that another process uses the data directory.
	ErrLocked = errors.New("the data directory is in use by another process")
)

// Work does what is left to do of a photo that has been prepared: it describes it. It is the second
// half of a [tagroll.Process], with the same duties. The batch says whose rules count.
type Work func(ctx context.Context, b Batch, photo tagroll.Photo, prepared tagroll.Prepared, attempt tagroll.Attempt) (tagroll.Result, error)

// Config says where batches are kept and how they are run.
type Config struct {
	// DataDir is the folder of the embedded engine. Required unless URL is set.
	DataDir string
	// MaxStoreBytes bounds what the embedded engine keeps on disk, the space of deleted batches
	// aside, which is reclaimed within seconds. Near the limit, or with less than 32 MiB left
	// on the disk, no photo is taken, so that results still find room. Default: no limit of its
	// own.
	MaxStoreBytes int64
	// URL is that of a nats-server, or several separated by commas; empty means the embedded
	// engine.
	URL string
	// Credentials is the path of a .creds file; CA, Certificate and Key are PEM files for TLS.
	// All for URL only. Default: none.
	Credentials, CA, Certificate, Key string
	// Replicas is on how many servers of a cluster everything is kept. Default: 1.
	Replicas int

	// Work describes a photo. A node without it accepts and shows batches and leaves their work
	// to others.
	Work Work
	// Options hold for every batch that this node runs: Concurrency, Timeout, Retries, Backoff,
	// MaxWait, Limiter. The others are the node's own affair.
	Options batch.Options
	// BudgetPerDay is how many US dollars the calls of all nodes may cost in 24 hours, by the
	// describer's estimate. Every node has the same budget, and what is spent is kept with the
	// batches. A batch waits for the next day when the budget is used up. Default: no bound.
	BudgetPerDay float64
	// MaxBatches is how many batches with work the node takes at once. Default: 1000.
	MaxBatches int
	// MaxPhotos is how many photos the node has in process at once over all batches, of which
	// the one with the fewest gets the next free slot. Default: 100.
	MaxPhotos int

	// Judge applies the rules of the batch to a result whose metadata was composed anew: it
	// sets Findings, Status and Error. Default: they stay as the describer left them.
	Judge func(b Batch, result *tagroll.Result)
	// Keep is how long a batch is kept after its end, or after its owner last looked at it.
	// Default: 1 h.
	Keep time.Duration
	// Idle is how long an open batch may wait for another photo before it is closed. Default:
	// 24 h.
	Idle time.Duration
	// Log receives what an operator wants to know. File names are logged at level Debug only,
	// content never. Default: none.
	Log *slog.Logger
}
