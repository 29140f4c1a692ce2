package main

import (
	"bytes"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

func TestUnixAddress(t *testing.T) {
	for address, want := range map[string]struct {
		file string
		mode fs.FileMode
		bad  bool
	}{
		"unix:/run/a.sock":           {"/run/a.sock", 0o660, false},
		"unix:a.sock,mode=0666":      {"a.sock", 0o666, false},
		"unix:/run/a.sock,mode=600":  {"/run/a.sock", 0o600, false},
		"unix:":                      {"", 0, true},
		"unix:/run/a.sock,mode=":     {"", 0, true},
		"unix:/run/a.sock,mode=7777": {"", 0, true},
		"unix:/run/a.sock,mode=0888": {"", 0, true},
		"127.0.0.1:80":               {"", 0, false},
	} {
		file, mode, isUnix, err := unixAddress(address)
		if (err != nil) != want.bad || err == nil && (file != want.file || mode != want.mode) || isUnix != strings.HasPrefix(address, "unix:") {
			t.Errorf("%s: %q, %v, %v, %v", address, file, mode, isUnix, err)
		}
	}
}

// A socket that a killed process left is taken over; one that is in use, and another file, are not.
func TestListenOnUnixSocket(t *testing.T) {
	file := filepath.Join(t.TempDir(), "http.sock")
	first, err := listenOn("unix:" + file + ",mode=0640")
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(file); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o640 {
		t.Errorf("the socket is %v (%v)", info.Mode(), err)
	}
	if _, err := listenOn("unix:" + file); err == nil || !strings.Contains(err.Error(), "another process") {
		t.Errorf("a socket in use was taken: %v", err)
	}
	first.(*net.UnixListener).SetUnlinkOnClose(false) // as kill -9 leaves it
	first.Close()
	second, err := listenOn("unix:" + file)
	if err != nil {
		t.Fatalf("what was left behind is in the way: %v", err)
	}
	second.Close()
	if err := os.WriteFile(file, []byte("a letter"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := listenOn("unix:" + file); err == nil || !strings.Contains(err.Error(), "no socket") {
		t.Errorf("a file was taken for a socket: %v", err)
	}
	if text, _ := os.ReadFile(file); string(text) != "a letter" {
		t.Error("the file was changed")
	}
}

// A server on a Unix socket, below a path, is asked by --check whether it is ready.
func TestServeOnUnixSocket(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	address := "unix:" + filepath.Join(dir, "http.sock")
	s := startProcess(t, dir, "serve", "--provider", "offline", "--listen", address, "--base-path", "/tagroll/")
	if s.url != address {
		t.Errorf("it says that it is at %q", s.url)
	}
	var out bytes.Buffer
	p := newProgram()
	p.stdout = &out
	if err := p.serve(t.Context(), []string{"--check", address}); err != nil {
		t.Errorf("--check: %v", err)
	}
	if want := address + " is ready\n"; out.String() != want {
		t.Errorf("--check says %q", out.String())
	}
}

func TestServeAddressFlags(t *testing.T) {
	for args, want := range map[string]string{
		"--listen unix:":      "socket's file is missing",
		"--base-path tagroll": "such as /tagroll",
		"--base-path /a?b":    "such as /tagroll",
		"--listen unix:/x --deliver url --base-url http://h/v1":        "--public-url",
		"--listen unix:/x --base-path / --provider offline":            "",
		"--listen unix:/x,mode=0666 --base-path /a/ --public":          "",
		"--listen unix:/x --public-url https://a.b --provider offline": "",
	} {
		_, err := newProgram().parseServe(append(strings.Fields(args), "--data-dir", "d"))
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", args, err, want)
		}
	}
}
