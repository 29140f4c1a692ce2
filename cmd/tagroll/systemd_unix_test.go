//go:build unix

package main

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// The service manager hears when the server is ready, reads its files again, lives, and stops.
func TestSupervisorIsTold(t *testing.T) {
	dir, err := os.MkdirTemp("", "notify") // a socket's path is short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	socket := filepath.Join(dir, "s")
	l, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: socket, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if err := l.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	hear := func(want string) string {
		t.Helper()
		buffer := make([]byte, 4096)
		for {
			n, err := l.Read(buffer)
			if err != nil {
				t.Fatalf("nothing was heard of %s: %v", want, err)
			}
			if text := string(buffer[:n]); strings.HasPrefix(text, want) {
				return text
			}
		}
	}
	t.Setenv("NOTIFY_SOCKET", socket)
	t.Setenv("WATCHDOG_USEC", "100000")
	s := startServe(t, dir, "--provider", "offline")
	hear("READY=1")
	hear("WATCHDOG=1")
	hear("WATCHDOG=1")
	if err := s.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	if text := hear("RELOADING=1"); !strings.Contains(text, "MONOTONIC_USEC=") {
		t.Errorf("a reload is told as %q", text)
	}
	hear("READY=1")
	if err := s.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	hear("STOPPING=1")
	<-s.ended
}

func TestSupervisorOfAnotherProcess(t *testing.T) {
	env := map[string]string{"NOTIFY_SOCKET": "@x", "WATCHDOG_USEC": "1000000", "WATCHDOG_PID": "1"}
	if s := newSupervisor(func(name string) string { return env[name] }, nil); s.timeout != 0 {
		t.Errorf("it gives signs of life every %v in the name of process 1", s.timeout)
	}
	env["WATCHDOG_PID"] = ""
	if s := newSupervisor(func(name string) string { return env[name] }, nil); s.timeout != time.Second {
		t.Errorf("the time is %v", s.timeout)
	}
}
