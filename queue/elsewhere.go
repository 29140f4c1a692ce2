package queue

import (
	"bytes"
	"context"
	"strconv"
	"strings"

	"github.com/nats-io/nats.go"
)

// A temporary image is kept by the node that describes its photo. Its address leads to any node of
// the cluster, which asks all of them: the one that has the image answers, piece by piece.
const (
	temporarySubject = prefix + "temporary" // in no stream
	// pieceBytes is well below what a nats-server takes in one message.
	pieceBytes = 256 << 10
	sizeHeader = "Tagroll-Size"
)

// ShareTemporary lets other nodes of the cluster have the temporary images of this one, until it
// closes. have returns the image of a token, and false if there is none. Without a cluster it does
// nothing. It fails with ErrUnavailable.
func (n *Node) ShareTemporary(have func(token string) ([]byte, bool)) error {
	if n.engine != nil {
		return nil
	}
	err := n.subscribe(temporarySubject, func(m *nats.Msg) {
		token, text, _ := strings.Cut(string(m.Data), " ")
		from, err := strconv.Atoi(text)
		if err != nil || from < 0 {
			return
		}
		image, ok := have(token)
		if !ok || from >= len(image) {
			return
		}
		answer := nats.NewMsg(m.Reply)
		answer.Header.Set(sizeHeader, strconv.Itoa(len(image)))
		answer.Data = image[from:min(len(image), from+pieceBytes)]
		if err := m.RespondMsg(answer); err != nil {
			n.log.Warn("a temporary image could not be given to another node", "error", err)
		}
	})
	if err != nil {
		return unavailable("temporary images cannot be shared", err)
	}
	return nil
}

// TemporaryElsewhere returns a temporary image that another node of the cluster has; false if none
// has it, or does not answer in time.
func (n *Node) TemporaryElsewhere(ctx context.Context, token string) ([]byte, bool) {
	if n.engine != nil {
		return nil, false
	}
	var image bytes.Buffer
	for {
		try, cancel := context.WithTimeout(ctx, n.timing.elsewhere)
		piece, err := n.conn.RequestWithContext(try, temporarySubject, []byte(token+" "+strconv.Itoa(image.Len())))
		cancel()
		if err != nil {
			return nil, false
		}
		size, err := strconv.Atoi(piece.Header.Get(sizeHeader))
		if err != nil || len(piece.Data) == 0 || image.Len()+len(piece.Data) > size {
			return nil, false
		}
		image.Write(piece.Data)
		if image.Len() == size {
			return image.Bytes(), true
		}
	}
}
