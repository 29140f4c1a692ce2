//go:build unix

package main

import (
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// SIGHUP reads the password again, and the server goes on; also one that was started with nohup.
func TestHangupReloads(t *testing.T) {
	t.Run("by default", testHangupReloads)
	t.Run("nohup", func(t *testing.T) {
		// Processes that are started meanwhile inherit this.
		signal.Ignore(syscall.SIGHUP)
		defer signal.Reset(syscall.SIGHUP)
		testHangupReloads(t)
	})
}

func testHangupReloads(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "password")
	if err := os.WriteFile(file, []byte("old\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := startServe(t, dir, "--provider", "offline", "--auth-file", file)
	status := func(password string) int {
		r, err := http.NewRequestWithContext(t.Context(), "GET", s.url+"/api/v1/service", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.SetBasicAuth("x", password)
		a, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		a.Body.Close()
		return a.StatusCode
	}
	if status("old") != 200 || status("new") != 401 {
		t.Fatal("the password in the file does not count")
	}
	if err := os.WriteFile(file, []byte("new\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := s.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	timeout := time.After(time.Minute)
	// Only the old one is tried: a password that is wrong too often is refused for a while.
	for status("old") == 200 {
		select {
		case <-s.ended:
			t.Fatal("SIGHUP has ended the server")
		case <-timeout:
			t.Fatal("the old password still counts")
		case <-time.After(200 * time.Millisecond):
		}
	}
	if got := status("new"); got != 200 {
		t.Errorf("the new password is answered %d", got)
	}
}
