package queue

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
)

// reserve is what is kept free of the disk and of Config.MaxStoreBytes when a photo is added, so that there is always
// room for the results of photos that are there, and for deleting. An engine whose disk is
// really full stops.
const reserve = 32 << 20

// readyFor is how many bytes there must be room for if the node is to call itself ready: those of a photo.
const readyFor = 1 << 20

// spare fails with ErrUnavailable if there is no room for so many more bytes. A cluster says so itself.
func (n *Node) spare(bytes int64) error {
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

// measure finds out how much the engine stores.
func (n *Node) measure(ctx context.Context) {
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
		info, err := s.Info(ctx)
		if err != nil {
			return // the last figure stays
		}
		total += info.State.Bytes
	}
	n.stored.Store(total)
}

// folderSize adds up the files of a folder. Files that go while it looks are left out.
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

// revive finds out whether an engine that could not store can again, and starts the embedded one anew if it has given
// up although there is room: after a full disk it does not recover by itself.
func (n *Node) revive(ctx context.Context) {
	dead := n.engine != nil && !n.engine.srv.Load().JetStreamEnabled()
	if n.trouble.Load() == nil && !dead || n.spare(0) != nil {
		return
	}
	if !dead && n.stores(ctx) {
		n.trouble.Store(nil)
		return
	}
	if n.engine == nil || ctx.Err() != nil {
		return
	}
	n.log.Warn("the engine is started again: it has stopped storing, and there is room")
	if err := n.engine.restart(); err != nil {
		n.log.Error("the engine does not start", "error", err)
	}
	// The next look finds out whether that has helped.
}

// stores tries whether each stream stores, with messages that nobody reads: one may have given up alone.
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

// probe is no batch's ID.
const probe = "probe"
