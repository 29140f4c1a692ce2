package queue

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/tagroll/tagroll/internal/sleep"
)

// reserve is the space on the disk, and below Config.MaxStoreBytes, that new photos may not use. It
// leaves room for results and for deletions. An engine whose disk is completely full stops.
const reserve = 32 << 20

// readyFor is the space, enough for one photo, that a node needs to report itself ready.
const readyFor = 1 << 20

// checkSpace fails with ErrUnavailable if there is no room for so many more bytes. A cluster
// reports a lack of space itself.
func (n *Node) checkSpace(bytes int64) error {
	if n.engine == nil {
		return nil
	}
	if free, known := freeSpace(n.engine.dir); known && free < reserve+bytes {
		return fmt.Errorf("%w: the disk of %s is full: free some space", ErrUnavailable, n.engine.dir)
	}
	if limit := n.config.MaxStoreBytes; limit > 0 && n.engine.used()+bytes > limit-min(reserve, limit/8) {
		return fmt.Errorf("%w: its limit of %d bytes is reached: delete batches, wait until some expire, or allow more", ErrUnavailable, limit)
	}
	return nil
}

// measureStore updates how much the engine stores.
func (n *Node) measureStore(ctx context.Context) {
	if n.engine != nil {
		if size, err := folderSize(n.engine.dir); err == nil {
			n.stored.Store(uint64(size))
		}
		return
	}
	ctx, cancel := context.WithTimeout(ctx, n.timing.write)
	defer cancel()
	var total uint64
	for _, s := range n.streams {
		info, err := infoOfLeader(ctx, s)
		if err != nil {
			if ctx.Err() == nil || errors.Is(ctx.Err(), context.DeadlineExceeded) {
				silent := fmt.Errorf("%w: the cluster does not answer: it may have lost its quorum, look at its servers: %w", ErrUnavailable, err)
				n.silent.Store(&silent)
			}
			return // the last figure stays
		}
		total += info.State.Bytes
	}
	n.stored.Store(total)
	n.silent.Store(nil)
}

// infoOfLeader returns what a stream's leader says of it. A server whose cluster has lost its
// quorum answers for streams without a leader, too, and stores nothing. An election has until ctx
// ends.
func infoOfLeader(ctx context.Context, s jetstream.Stream) (*jetstream.StreamInfo, error) {
	for {
		info, err := s.Info(ctx)
		if err != nil || info.Cluster == nil || info.Cluster.Leader != "" {
			return info, err
		}
		if sleep.For(ctx, 250*time.Millisecond) != nil {
			return nil, fmt.Errorf("the stream %s has no leader", info.Config.Name)
		}
	}
}

// folderSize adds up the files of a folder. Files that disappear meanwhile are left out.
func folderSize(dir string) (size int64, err error) {
	err = filepath.WalkDir(dir, func(_ string, entry fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		if info, err := entry.Info(); err == nil {
			size += info.Size()
		}
		return nil
	})
	return size, err
}

// recoverEngine checks whether an engine that failed to store can store again. The embedded engine
// does not recover from a full disk by itself, so it is restarted once there is room.
func (n *Node) recoverEngine(ctx context.Context) {
	dead := n.engine != nil && !n.engine.srv.Load().JetStreamEnabled()
	if n.storeError.Load() == nil && !dead || n.checkSpace(0) != nil {
		return
	}
	if !dead && n.stores(ctx) {
		n.storeError.Store(nil)
		return
	}
	if n.engine == nil || ctx.Err() != nil {
		return
	}
	n.log.Warn("the engine is started again: it has stopped storing, and there is room")
	if err := n.engine.restart(); err != nil {
		n.log.Error("the engine does not start", "error", err)
	}
	// The next round of maintenance checks whether the restart has helped.
}

// stores checks each stream with a message that nobody reads, because one stream may have failed
// alone.
func (n *Node) stores(ctx context.Context) bool {
	for _, p := range []struct{ stream, subject string }{
		{workStream, workSubject(probe)}, {imageStream, chunkSubject(probe, probe, 0)}, {stateStream, batchSubject(probe)},
	} {
		if _, err := n.publish(ctx, p.subject, []byte{valueGone}); err != nil {
			return false
		}
		if err := n.purge(ctx, p.stream, p.subject); err != nil {
			return false
		}
	}
	return true
}

// probe stands where a batch has its ID, and is no valid ID.
const probe = "probe"
