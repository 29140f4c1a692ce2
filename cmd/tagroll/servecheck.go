package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/tagroll/tagroll"
)

// checkTimeout bounds how long a server may take to say whether it is ready.
const checkTimeout = 5 * time.Second

// clientOf is a client of the server behind a Unix socket.
func clientOf(socket string) *http.Client {
	var dialer net.Dialer
	return &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return dialer.DialContext(ctx, "unix", socket)
	}}}
}

// checkServer asks a running server whether it takes photos, for health checks of containers that
// have no other program: it ends with 0 if the server does, and with an error that says why not.
func (p *program) checkServer(ctx context.Context, address string) error {
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	client, base := http.DefaultClient, address
	if file, _, isUnix, err := unixAddress(address); err != nil {
		return refused("check "+address, err)
	} else if isUnix {
		client, base = clientOf(file), "http://localhost"
	} else if !strings.Contains(address, "://") {
		address = "http://" + address
		base = address
	}
	unready := func(format string, args ...any) error {
		return &tagroll.Error{Code: tagroll.CodeNetwork, Message: fmt.Sprintf("%s is not ready: ", address) + fmt.Sprintf(format, args...)}
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimSuffix(base, "/")+"/readyz", nil)
	if err != nil {
		return &tagroll.Error{Code: tagroll.CodeConfiguration,
			Message: fmt.Sprintf("--check %s is no address: give one such as "+
				"http://127.0.0.1:8080", address), Err: err}
	}
	answer, err := client.Do(r)
	if err != nil {
		return unready("%v", err)
	}
	defer answer.Body.Close()
	var said struct {
		Ready   bool
		Reasons []string
		Detail  string
	}
	if err := json.NewDecoder(io.LimitReader(answer.Body, 64<<10)).Decode(&said); err != nil {
		return unready("it answers %s, which is not what tagroll says", answer.Status)
	}
	if !said.Ready {
		return unready("%s", strings.Join(append(said.Reasons, said.Detail), "; "))
	}
	fmt.Fprintf(p.stdout, "%s is ready\n", address)
	return nil
}
