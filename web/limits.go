package web

import (
	"time"

	"github.com/tagroll/tagroll"
)

// Defaults of Limits.
const (
	DefaultRequestsPerMinute = 6000
	DefaultPhotosPerBatch    = 10_000
)

// Limits bound what clients may do. The zero value of a field is its default; a negative value
// means no limit.
//
// A client is an address: one of IPv4, or a network of 64 bits of IPv6, which is what one household
// gets.
type Limits struct {
	// RequestsPerMinute is for the API's requests of one client, images not counted. Default:
	// 6000.
	RequestsPerMinute int
	// PhotosPerHour is for each session and for each client. Default: no limit.
	PhotosPerHour int
	// OpenBatches is how many batches that have not ended each session and each client may
	// have. Default: no limit.
	OpenBatches int
	// PhotosPerBatch bounds one batch. Default: 10,000.
	PhotosPerBatch int
	// BytesPerPhoto is the size of a file; a larger one becomes a failed photo. Default: 50
	// MiB.
	BytesPerPhoto int64
	// PixelsPerPhoto is what Prepare accepts, as told to the page. Default: 100 million.
	PixelsPerPhoto int
	// BytesPerBatch bounds what is sent for one batch. Default: no limit.
	BytesPerBatch int64
	// StoredBytes is the size of the engine's store beyond which no photo is accepted. Default:
	// no limit.
	StoredBytes int64
	// UploadsPerClient is how many uploads one client may have under way. Default: 256.
	UploadsPerClient int
	// StreamsPerClient is how many event streams one client may have open. Default: 10,000.
	StreamsPerClient int

	// ConnectionsPerClient is how many connections one client may hold, see
	// [Server.LimitConnections]. Default: no limit.
	ConnectionsPerClient int
	// PhotosPerDay is for all visitors together: photos that are described, again or for the
	// first time, in 24 hours. The engine counts them, for all its nodes. Default: no limit.
	PhotosPerDay int
	// BudgetPerDay is how many US dollars the engine may spend in 24 hours before no more
	// photos are taken. That the engine spends no more is its own affair
	// (queue.Config.BudgetPerDay). Default: no limit.
	BudgetPerDay float64

	// UploadMemory bounds the bytes of all uploads in memory; an upload beyond it waits. It
	// must hold four photos of BytesPerPhoto and 4 MiB. Go's garbage collector may keep as much
	// again for a moment. Default: 256 MiB, or the least that is needed.
	UploadMemory int64
	// Stall is how long a client may send nothing in the middle of an upload, and how long it
	// may read nothing of an answer. Default: 30 s.
	Stall time.Duration
}

// PublicLimits are the limits of a server that anybody may use.
func PublicLimits() Limits {
	return Limits{
		RequestsPerMinute: 600,
		PhotosPerHour:     10,
		OpenBatches:       5,
		PhotosPerBatch:    100,
		BytesPerBatch:     500 << 20,
		StoredBytes:       4 << 30,
		UploadsPerClient:  6,
		StreamsPerClient:  50,

		ConnectionsPerClient: 100,
	}
}

func limitOr[T int | int64](n, standard T) T {
	switch {
	case n == 0:
		return standard
	case n < 0:
		return 0
	}
	return n
}

// withDefaults fills in zero values and turns negative values into zero. In the result, zero means
// "no limit".
func (l Limits) withDefaults() Limits {
	l.RequestsPerMinute = limitOr(l.RequestsPerMinute, DefaultRequestsPerMinute)
	l.PhotosPerHour = limitOr(l.PhotosPerHour, 0)
	l.OpenBatches = limitOr(l.OpenBatches, 0)
	l.PhotosPerBatch = limitOr(l.PhotosPerBatch, DefaultPhotosPerBatch)
	l.BytesPerPhoto = limitOr(l.BytesPerPhoto, tagroll.MaxBytes)
	l.PixelsPerPhoto = limitOr(l.PixelsPerPhoto, tagroll.MaxPixels)
	l.BytesPerBatch = limitOr(l.BytesPerBatch, 0)
	l.StoredBytes = limitOr(l.StoredBytes, 0)
	l.UploadsPerClient = limitOr(l.UploadsPerClient, 256)
	l.ConnectionsPerClient = limitOr(l.ConnectionsPerClient, 0)
	l.PhotosPerDay = limitOr(l.PhotosPerDay, 0)
	l.BudgetPerDay = max(l.BudgetPerDay, 0)
	l.StreamsPerClient = limitOr(l.StreamsPerClient, 10_000)
	if l.UploadMemory == 0 {
		l.UploadMemory = max(256<<20, leastMemory(l.BytesPerPhoto))
	}
	if l.Stall == 0 {
		l.Stall = 30 * time.Second
	}
	return l
}
