package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"log/slog"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestIsLoopback(t *testing.T) {
	for listen, want := range map[string]bool{
		"127.0.0.1:8080": true, "localhost:0": true, "[::1]:1": true, "127.5.5.5:1": true, "[::ffff:127.0.0.1]:1": true,
		":8080": false, "0.0.0.0:80": false, "[::]:80": false, "192.0.2.1:80": false, "photos.example:80": false, "localhost.example:1": false,
	} {
		if got := isLoopback(listen); got != want {
			t.Errorf("%s: %v", listen, got)
		}
	}
}

// Whoever lets others reach a server decides who may use it.
func TestListenWantsADecision(t *testing.T) {
	p := &program{getenv: func(name string) string { return map[string]string{"HOME": t.TempDir()}[name] }}
	base := []string{"--provider", "offline"}
	_, err := p.parseServe(append(base, "--listen", ":8080"))
	if err == nil {
		t.Fatal("a server for everybody starts without a word")
	}
	for _, way := range []string{"--auth", "--public", "--open"} {
		if !strings.Contains(err.Error(), way) {
			t.Errorf("%q does not mention %s", err, way)
		}
	}
	for _, args := range [][]string{
		{"--listen", ":8080", "--public"}, {"--listen", ":8080", "--open"}, {"--listen", ":8080", "--auth", "secret"}, {"--listen", "127.0.0.1:8080"},
	} {
		if _, err := p.parseServe(append(base, args...)); err != nil {
			t.Errorf("%v: %v", args, err)
		}
	}
	s, err := p.parseServe(append(base, "--host", "photos.example", "--budget-per-day", "2.5", "--limit-photos-per-day", "100", "--public"))
	if err != nil || s.limits.BudgetPerDay != 2.5 || s.limits.PhotosPerDay != 100 {
		t.Fatalf("%+v, %v", s, err)
	}
	names := s.names("127.0.0.1:1", "https://tagroll.example/")
	if strings.Join(names, " ") != "photos.example tagroll.example" {
		t.Errorf("it answers for %v", names)
	}
	if _, err := p.parseServe(append(base, "--budget-per-day", "lots")); err == nil {
		t.Error("a budget that is no amount")
	}
}

// writeCertificate writes a new certificate for localhost.
func writeCertificate(t *testing.T, dir string, serial int64) (certFile, keyFile string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: "localhost"}, DNSNames: []string{"localhost"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	certFile, keyFile = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	for file, block := range map[string]*pem.Block{certFile: {Type: "CERTIFICATE", Bytes: der}, keyFile: {Type: "PRIVATE KEY", Bytes: private}} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(file, time.Time{}, time.Now().Add(time.Duration(serial)*time.Minute)); err != nil {
			t.Fatal(err)
		}
	}
	return certFile, keyFile
}

func TestCertificateIsReadAgain(t *testing.T) {
	dir := t.TempDir()
	certFile, keyFile := writeCertificate(t, dir, 1)
	c, err := newCertificate(certFile, keyFile, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	serial := func() int64 {
		pair, err := c.get(nil)
		if err != nil {
			t.Fatal(err)
		}
		return pair.Leaf.SerialNumber.Int64()
	}
	writeCertificate(t, dir, 2)
	c.reload()
	if got := serial(); got != 2 {
		t.Errorf("after a renewal: certificate %d", got)
	}
	// Nobody says so: the next connection after a while finds out.
	writeCertificate(t, dir, 3)
	c.checked = c.checked.Add(-checkEvery)
	if got := serial(); got != 3 {
		t.Errorf("without a signal: certificate %d", got)
	}
	if err := os.WriteFile(certFile, []byte("half a file"), 0o600); err != nil {
		t.Fatal(err)
	}
	c.reload()
	if got := serial(); got != 3 {
		t.Errorf("while the files are replaced: certificate %d", got)
	}
}
