package main

import (
	"context"
	"log/slog"
	"net"
	"os"
	"strconv"
	"strings"
	"time"
)

// supervisor is the service manager that has started the process and wants to know how it is:
// systemd, or whatever speaks its protocol (sd_notify(3)). Its zero value is none, and is told
// nothing.
type supervisor struct {
	socket string
	// A process that gives no sign of life for timeout is restarted; 0 means never.
	timeout time.Duration
	log     *slog.Logger
}

func newSupervisor(getenv func(string) string, log *slog.Logger) supervisor {
	s := supervisor{socket: getenv("NOTIFY_SOCKET"), log: log}
	micros, err := strconv.ParseInt(getenv("WATCHDOG_USEC"), 10, 64)
	if pid := getenv("WATCHDOG_PID"); err == nil && (pid == "" || pid == strconv.Itoa(os.Getpid())) {
		s.timeout = time.Duration(micros) * time.Microsecond
	}
	return s
}

// tell sends lines such as READY=1. The process works without its supervisor, so a failure is
// logged.
func (s supervisor) tell(lines ...string) {
	if s.socket == "" {
		return
	}
	c, err := net.Dial("unixgram", s.socket) // a name that begins with @ is an abstract one
	if err == nil {
		_, err = c.Write([]byte(strings.Join(lines, "\n")))
		_ = c.Close() // nothing is left to be sent
	}
	if err != nil {
		s.log.Warn("the service manager cannot be told", "what", lines[0], "error", err)
	}
}

func (s supervisor) ready(status string) { s.tell("READY=1", "STATUS="+status) }
func (s supervisor) stopping()           { s.tell("STOPPING=1", "STATUS=Stopping: calls under way may end") }
func (s supervisor) status(text string)  { s.tell("STATUS=" + text) }

func (s supervisor) reloading() {
	s.tell("RELOADING=1", "MONOTONIC_USEC="+strconv.FormatInt(monotonic().Microseconds(), 10))
}

// watch gives signs of life until ctx ends, each after a call of probe. A probe that does not
// return shows that something is locked for good: the signs then cease, and a restart mends it.
func (s supervisor) watch(ctx context.Context, probe func()) {
	if s.socket == "" || s.timeout <= 0 {
		return
	}
	ticker := time.NewTicker(s.timeout / 2)
	defer ticker.Stop()
	for {
		probe()
		s.tell("WATCHDOG=1")
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}
