package queue

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/tagroll/tagroll/internal/sleep"
)

var (
	errTimeout = nats.ErrTimeout
	// errConflict means that the value is not at the expected revision any more.
	errConflict = errors.New("somebody else was first")
	// errRemoved means that the photo was removed from its batch.
	errRemoved = errors.New("the photo was removed")
)

// unavailable wraps an error of the engine.
//
//go:noinline
func unavailable(what string, err error) error {
	if errors.Is(err, ErrUnavailable) {
		return err
	}
	return fmt.Errorf("%w: %s: %w", ErrUnavailable, what, err)
}

// Error codes of the server that the client library has no names for.
const (
	codeResourcesExceeded = 10023 // the server's limit of storage
	codeAccountExceeded   = 10002 // the account's
	codeStoreFailed       = 10077 // the stream's, or the disk's
)

// publish stores one message and returns its revision. It fails with errConflict, or with
// ErrUnavailable after Node.timing.write at the latest; then it is not known whether the message
// was stored.
func (n *Node) publish(ctx context.Context, subject string, value []byte, opts ...jetstream.PublishOpt) (uint64, error) {
	ctx, cancel := context.WithTimeout(ctx, n.timing.write)
	defer cancel()
	// While no server listens, the client tries again until ctx ends.
	opts = append(opts, jetstream.WithRetryWait(100*time.Millisecond), jetstream.WithRetryAttempts(1000))
	for {
		ack, err := n.js.PublishMsg(ctx, &nats.Msg{Subject: subject, Data: value}, opts...)
		if err == nil {
			return ack.Sequence, nil
		}
		if api, ok := errors.AsType[*jetstream.APIError](err); ok {
			return 0, n.refused(api)
		}
		if !errors.Is(err, nats.ErrReconnectBufExceeded) {
			err = unavailable("it cannot be stored", err)
			if errors.Is(ctx.Err(), context.DeadlineExceeded) && n.conn.IsConnected() {
				// A stream whose disk was full does not answer.
				n.storeError.Store(&err)
			}
			return 0, err
		}
		// There is no connection, and certainly nothing was sent.
		if sleep.For(ctx, 20*time.Millisecond) != nil {
			return 0, unavailable("no connection", err)
		}
	}
}

// refused says what a server's refusal means.
func (n *Node) refused(err *jetstream.APIError) error {
	switch err.ErrorCode {
	case jetstream.JSErrCodeStreamWrongLastSequence, jetstream.JSErrCodeStreamWrongLastSequenceConstant:
		return errConflict
	case codeResourcesExceeded, codeAccountExceeded, codeStoreFailed:
		e := unavailable("no room is left", err)
		n.storeError.Store(&e)
		return e
	}
	return unavailable("it cannot be stored", err)
}

// put seals a batch's value and stores it in place of the one of revision rev, zero for none. It
// waits until this node's replica shows the value. It fails as publish does.
func (n *Node) put(ctx context.Context, b string, s *batchCipher, subject string, record any, rev uint64, opts ...jetstream.PublishOpt) (uint64, error) {
	if opts == nil {
		opts = []jetstream.PublishOpt{jetstream.WithExpectLastSequencePerSubject(rev)}
	}
	text, err := encode(record)
	if err != nil {
		return 0, err
	}
	now, err := n.publish(ctx, subject, s.seal(subject, text), opts...)
	if err != nil {
		return 0, err
	}
	return now, n.await(ctx, b, subject, now)
}

// await waits until the replica shows what was written.
func (n *Node) await(ctx context.Context, b, subject string, rev uint64) error {
	began := time.Now()
	ctx, cancel := context.WithTimeout(ctx, n.timing.write)
	defer cancel()
	if err := n.replica.await(ctx, b, subject, rev); err != nil {
		return unavailable("the change is stored, but does not come back", err)
	}
	n.lag.Store(int64(time.Since(began)))
	return nil
}

// read returns the stored value of a subject, and its revision, from the engine itself: the replica
// may be a moment behind. It returns zero for none.
func (n *Node) read(ctx context.Context, stream, subject string) ([]byte, uint64, error) {
	ctx, cancel := context.WithTimeout(ctx, n.timing.write)
	defer cancel()
	msg, err := n.streams[stream].GetLastMsgForSubject(ctx, subject)
	switch {
	case errors.Is(err, jetstream.ErrMsgNotFound):
		return nil, 0, nil
	case err != nil:
		return nil, 0, unavailable("it cannot be read", err)
	}
	return msg.Data, msg.Sequence, nil
}

// announce says that a batch has work, and up to which revision its next runner should know it. A
// batch that is announced already stays so once.
func (n *Node) announce(ctx context.Context, b string) {
	if n.runsHere(b) {
		return // its run sees the change in the replica
	}
	ctx, cancel := context.WithTimeout(ctx, n.timing.write)
	defer cancel()
	_, err := n.js.PublishMsg(ctx, &nats.Msg{Subject: workSubject(b), Data: strconv.AppendUint(nil, n.replica.newest(b), 10)})
	if api, ok := errors.AsType[*jetstream.APIError](err); ok && api.ErrorCode == codeStoreFailed {
		return // it is there
	}
	if err != nil {
		// maintain announces it again.
		n.log.Warn("a batch with work could not be announced now", "batch", b, "error", err)
	}
}
