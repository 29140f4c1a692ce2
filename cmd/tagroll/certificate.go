package main

import (
	"crypto/tls"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"
)

// certificate is a TLS certificate in files, which are read again when they have changed: whoever
// renews certificates need not start the server again.
type certificate struct {
	certFile, keyFile string
	log               *slog.Logger

	mu      sync.Mutex
	current *tls.Certificate
	stamp   string    // times and sizes of the files when they were read
	checked time.Time // when the files were last checked for a change
}

// checkEvery is the least time between two checks of a certificate's files.
const checkEvery = 10 * time.Second

// newCertificate reads the files for the first time.
func newCertificate(certFile, keyFile string, log *slog.Logger) (*certificate, error) {
	c := &certificate{certFile: certFile, keyFile: keyFile, log: log}
	return c, c.load()
}

// load reads the files if they have changed. After a failure the certificate from before stays.
func (c *certificate) load() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.checked = time.Now()
	stamp := stampOf(c.certFile) + stampOf(c.keyFile)
	if c.current != nil && stamp == c.stamp {
		return nil
	}
	pair, err := tls.LoadX509KeyPair(c.certFile, c.keyFile)
	if err != nil {
		return fmt.Errorf("the certificate in %s and %s: %w", c.certFile, c.keyFile, err)
	}
	if c.current != nil {
		c.log.Info("the certificate was read again", "file", c.certFile)
	}
	c.current, c.stamp = &pair, stamp
	return nil
}

// get is a tls.Config's GetCertificate.
func (c *certificate) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	due := time.Since(c.checked) >= checkEvery
	c.mu.Unlock()
	if due {
		c.reload()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.current, nil
}

// reload reads the files again. A pair that does not fit, as while it is being replaced, is tried
// later.
func (c *certificate) reload() {
	if err := c.load(); err != nil {
		c.log.Warn("the certificate from before stays", "error", err)
	}
}

func stampOf(file string) string {
	info, err := os.Stat(file)
	if err != nil {
		return "-"
	}
	return fmt.Sprint(info.ModTime().UnixNano(), " ", info.Size(), ";")
}
