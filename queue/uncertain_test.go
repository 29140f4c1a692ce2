package queue

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"testing"

	"github.com/nats-io/nats-server/v2/server"
)

// deafLine passes on what a node sends to its nats-server. Once the node has sent a text, the
// answers are kept back.
type deafLine struct {
	url     string
	sent    chan struct{} // closed when the text has passed
	release func()        // passes the answers on
}

// newDeafLine listens on the loopback interface until the test ends.
func newDeafLine(t *testing.T, to *server.Server, text string) *deafLine {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	hears := make(chan struct{})
	d := &deafLine{url: "nats://" + l.Addr().String(), sent: make(chan struct{}),
		release: sync.OnceFunc(func() { close(hears) })}
	heard := sync.OnceFunc(func() { close(d.sent) })
	var all sync.WaitGroup
	t.Cleanup(func() {
		d.release()
		l.Close()
		all.Wait()
	})
	all.Go(func() {
		for {
			node, err := l.Accept()
			if err != nil {
				return
			}
			srv, err := net.Dial("tcp", to.Addr().String())
			if err != nil {
				node.Close()
				return
			}
			all.Go(func() {
				defer srv.Close()
				passOn(srv, node, func(p []byte) {
					if bytes.Contains(p, []byte(text)) {
						heard()
					}
				})
			})
			all.Go(func() {
				defer node.Close()
				passOn(node, srv, func([]byte) {
					select {
					case <-d.sent:
						<-hears
					default:
					}
				})
			})
		}
	})
	return d
}

// passOn copies until one side ends. look is called before each part is passed on.
func passOn(to io.Writer, from io.Reader, look func([]byte)) {
	buffer := make([]byte, 64<<10)
	for {
		n, err := from.Read(buffer)
		look(buffer[:n])
		if _, failed := to.Write(buffer[:n]); err != nil || failed != nil {
			return
		}
	}
}

// A photo whose sender gave up is stored all the same, and has its image.
func TestUncertainPhotoKeepsItsImage(t *testing.T) {
	t.Parallel()
	srv := serve(t, 1)[0]
	line := newDeafLine(t, srv, "PUB "+prefix+"photo.")
	n := start(t, Config{URL: line.url})
	b := create(t, n)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go func() {
		<-line.sent
		cancel()
	}()
	if _, err := n.Add(ctx, b, newPhoto("p1")); !errors.Is(err, ErrUnavailable) {
		t.Fatalf("the photo whose storing nobody has confirmed: %v", err)
	}
	line.release()
	until(t, n, b, "the photo is there", func(s Snapshot) bool { return len(s.Photos) == 1 })
	if got, err := n.Image(t.Context(), b, "p1"); err != nil || !bytes.Equal(got, image("p1")) {
		t.Errorf("its image: %d bytes, %v", len(got), err)
	}
	if p, err := n.Add(t.Context(), b, newPhoto("p1")); err != nil || p.ID != "p1" {
		t.Errorf("sent again: %+v, %v", p, err)
	}
}
