package queue

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/internal/sleep"
)

// maxChunk is the size of the messages that images are stored in. Nearly every image fits into one,
// and servers accept 1 MiB by default.
const maxChunk = 256 << 10

// keepImage stores an image and returns where it is.
func (n *Node) keepImage(ctx context.Context, b string, s *batchCipher, image tagroll.Image) (imageRecord, error) {
	if len(image.JPEG) == 0 {
		return imageRecord{}, nil
	}
	rec := imageRecord{Name: newID(), Bytes: len(image.JPEG), Width: image.Width, Height: image.Height, Sketch: image.Sketch}
	size := int(min(maxChunk, n.conn.MaxPayload()/2))
	for rest := image.JPEG; len(rest) > 0; rec.Chunks++ {
		chunk := rest[:min(size, len(rest))]
		rest = rest[len(chunk):]
		subject := chunkSubject(b, rec.Name, rec.Chunks)
		if _, err := n.publish(ctx, subject, s.seal(subject, chunk)); err != nil {
			n.dropImage(ctx, b, rec.Name)
			return imageRecord{}, err
		}
	}
	return rec, nil
}

func chunkSubject(b, image string, i int) string {
	return imageSubject(b, image) + "." + strconv.Itoa(i)
}

// dropImage removes an image that no photo refers to. After a failure the image is removed with its
// batch.
func (n *Node) dropImage(ctx context.Context, b, image string) {
	if image == "" {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), n.timing.write)
	defer cancel()
	if err := n.purge(ctx, imageStream, imageSubject(b, image)+".*"); err != nil {
		n.log.Warn("an image that belongs to no photo stays until its batch goes", "batch", b, "error", err)
	}
}

func (n *Node) purge(ctx context.Context, stream, subject string) error {
	if err := n.streams[stream].Purge(ctx, jetstream.WithPurgeSubject(subject)); err != nil {
		return unavailable("it cannot be removed", err)
	}
	return nil
}

// Image returns a photo's kept image, a JPEG. It fails with ErrNotFound, also if none is kept, and
// with ErrUnavailable.
func (n *Node) Image(ctx context.Context, b, photo string) ([]byte, error) {
	rec, _, ok := n.replica.photo(b, photo)
	if !ok || rec.Image.Name == "" {
		return nil, ErrNotFound
	}
	_, _, s, ok := n.replica.batch(b)
	if !ok {
		return nil, ErrNotFound
	}
	return n.loadImage(ctx, b, s, rec.Image)
}

func (n *Node) loadImage(ctx context.Context, b string, s *batchCipher, rec imageRecord) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, n.timing.write)
	defer cancel()
	image := bytes.NewBuffer(make([]byte, 0, rec.Bytes))
	for i := range rec.Chunks {
		subject := chunkSubject(b, rec.Name, i)
		stored, err := n.loadChunk(ctx, subject)
		if err != nil {
			return nil, err
		}
		chunk, err := s.open(subject, stored)
		if err != nil {
			return nil, fmt.Errorf("the image: %w", err)
		}
		image.Write(chunk)
	}
	return image.Bytes(), nil
}

// loadChunk reads one message. Any server of a cluster may answer, also one that does not have a
// new image yet. The read is repeated for a while before the leader decides.
func (n *Node) loadChunk(ctx context.Context, subject string) ([]byte, error) {
	began := time.Now()
	for try := time.Duration(1); ; try++ {
		msg, err := n.streams[imageStream].GetLastMsgForSubject(ctx, subject)
		switch {
		case err == nil:
			return msg.Data, nil
		case !errors.Is(err, jetstream.ErrMsgNotFound):
			return nil, unavailable("the image cannot be read", err)
		case n.engine != nil:
			return nil, ErrNotFound
		case time.Since(began) > n.timing.write/2:
			return n.askLeader(ctx, imageStream, subject)
		}
		_ = sleep.For(ctx, min(try*10*time.Millisecond, 200*time.Millisecond))
	}
}

// askLeader reads the last message of a subject from the stream's leader. The client library asks
// any server if the stream allows direct reads.
func (n *Node) askLeader(ctx context.Context, stream, subject string) ([]byte, error) {
	question, err := json.Marshal(map[string]string{"last_by_subj": subject})
	if err != nil {
		return nil, err
	}
	msg, err := n.conn.RequestWithContext(ctx, "$JS.API.STREAM.MSG.GET."+stream, question)
	if err != nil {
		return nil, unavailable("the image cannot be read", err)
	}
	var answer struct {
		Error   *jetstream.APIError
		Message struct{ Data []byte }
	}
	if err := json.Unmarshal(msg.Data, &answer); err != nil {
		return nil, unavailable("the image cannot be read", err)
	}
	switch {
	case answer.Error == nil:
		return answer.Message.Data, nil
	case answer.Error.ErrorCode == jetstream.JSErrCodeMessageNotFound:
		return nil, ErrNotFound
	}
	return nil, unavailable("the image cannot be read", answer.Error)
}
