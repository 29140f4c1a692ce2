package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"

	"github.com/tagroll/tagroll"
)

// Bounds of what a key may come from.
const (
	maxKey     = 64 << 10 // bytes
	keyTimeout = time.Minute
)

// keySetting names the setting that has the key. Of the three that exclude each other, the one from
// the strongest source counts; name is empty if none was given. tied is whether two of them are
// from equally strong sources.
func (s *providerFlags) keySetting() (name string, tied bool) {
	least := 0
	for one, value := range map[string]string{"api-key": s.apiKey, "api-key-file": s.keyFile, "api-key-command": s.keyCommand} {
		level := s.set.Lookup(one).Level()
		switch {
		case value == "":
		case name == "" || level < least:
			name, least, tied = one, level, false
		case level == least:
			tied = true
		}
	}
	return name, tied
}

// apiKey returns the key; it is empty if the settings name none. Its errors never hold what was
// read.
func (p *program) apiKey(ctx context.Context, s *providerFlags) (string, error) {
	name, tied := s.keySetting()
	switch {
	case tied:
		return "", &usageError{s.set.Command(), errors.New("--api-key, --api-key-file and --api-key-command say the same thing: give one of them")}
	case name == "api-key-file":
		return keyOfFile(s.keyFile)
	case name == "api-key-command":
		return p.keyOfCommand(ctx, s.keyCommand)
	}
	return strings.TrimSpace(s.apiKey), nil
}

func keyOfFile(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", &usageError{err: noKey(err, "--api-key-file: the key could not be read (%v)", err)}
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxKey+1))
	if err != nil {
		return "", &usageError{err: noKey(err, "--api-key-file: the key could not be read (%v)", err)}
	}
	key, err := oneKey(text, "--api-key-file: the file "+path)
	if err != nil {
		err = &usageError{err: err}
	}
	return key, err
}

// keyOfCommand runs the command in the system's shell. What it says on standard error is for the
// person who is asked for a password, and goes there.
func (p *program) keyOfCommand(ctx context.Context, line string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, keyTimeout)
	defer cancel()
	shell, flag := "sh", "-c"
	if runtime.GOOS == "windows" {
		shell, flag = "cmd", "/C"
	}
	command := exec.CommandContext(ctx, shell, flag, line)
	command.WaitDelay = time.Second
	command.Stderr = p.stderr
	text, err := command.Output()
	switch {
	case ctx.Err() == context.DeadlineExceeded:
		return "", noKey(err, "--api-key-command: the command gave no key within %s", keyTimeout)
	case err != nil:
		return "", noKey(err, "--api-key-command: the command failed (%v): run it by itself to see why", err)
	}
	return oneKey(text, "--api-key-command: what the command prints")
}

// oneKey takes the key out of what was read: its only line.
func oneKey(text []byte, from string) (string, error) {
	key := bytes.TrimSpace(bytes.TrimPrefix(text, []byte("\xef\xbb\xbf")))
	switch {
	case len(key) == 0:
		return "", noKey(nil, "%s holds no key", from)
	case len(text) > maxKey || bytes.ContainsAny(key, "\r\n"):
		return "", noKey(nil, "%s holds more than a key: it must be the only line", from)
	}
	return string(key), nil
}

//go:noinline
func noKey(cause error, format string, args ...any) error {
	return &tagroll.Error{Code: tagroll.CodeInvalidAPIKey, Message: fmt.Sprintf(format, args...), Err: cause}
}
