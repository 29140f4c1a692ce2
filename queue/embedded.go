package queue

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/gofrs/flock"
	"github.com/nats-io/nats-server/v2/server"

	"github.com/tagroll/tagroll"
)

// syncEvery is how often the embedded engine flushes to the disk. A killed process loses nothing,
// since every write has reached the operating system before it is confirmed. A machine that loses
// power loses at most so much: photos that were just accepted, or results, which are then made
// again. Flushing each write would cost some milliseconds for each of a photo's four.
const syncEvery = 2 * time.Second

// startTimeout bounds the start of the embedded engine, recovery included.
const startTimeout = time.Minute

// embedded is a JetStream server within the process, without any port.
type embedded struct {
	dir  string
	max  int64
	lock *flock.Flock
	log  *slog.Logger
	srv  atomic.Pointer[server.Server] // replaced by restart
}

// startEmbedded locks the data directory and starts the server on it. It fails with ErrLocked if
// another process has it.
func startEmbedded(dir string, maxBytes int64, log *slog.Logger) (*embedded, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("the data directory: %w", err)
	}
	lock := flock.New(filepath.Join(dir, "lock"), flock.SetPermissions(0o600))
	locked, err := lock.TryLock()
	if err != nil {
		return nil, fmt.Errorf("the data directory cannot be locked: %w", err)
	}
	if !locked {
		return nil, fmt.Errorf("%w: %s: stop that one, or give this one its own", ErrLocked, dir)
	}
	if err := checkForm(dir); err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	if err := dropLeases(dir); err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	e := &embedded{dir: dir, max: maxBytes, lock: lock, log: log}
	if err := e.start(); err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	return e, nil
}

// newestForm is the form of data directories that this version writes. Directories without a word
// on it are of form 1.
const newestForm = 1

// checkForm refuses a data directory that a newer version has written, before anything in it is
// touched, and says in a new one which form it has.
func checkForm(dir string) error {
	path := filepath.Join(dir, "form")
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return os.WriteFile(path, []byte(strconv.Itoa(newestForm)+"\n"), 0o600)
	}
	if err != nil {
		return fmt.Errorf("the data directory: %w", err)
	}
	form, err := strconv.Atoi(strings.TrimSpace(string(text)))
	switch {
	case err != nil || form < 1:
		return &tagroll.Error{Code: tagroll.CodeConfiguration, Message: fmt.Sprintf("%s does not name a form of data directories: restore it from a backup or, if no newer version of tagroll has used the folder, delete this file", path)}
	case form > newestForm:
		return &tagroll.Error{Code: tagroll.CodeConfiguration, Message: fmt.Sprintf("the data directory %s was written by a newer version of tagroll (its form is %d, this version knows %d): use that version, or give another folder with --data-dir", dir, form, newestForm)}
	}
	return nil
}

func (e *embedded) start() error {
	maxStore := e.max
	if maxStore <= 0 {
		maxStore = 1 << 60 // zero would mean three quarters of what is free now
	}
	srv, err := server.NewServer(&server.Options{
		ServerName:        "tagroll",
		DontListen:        true,
		NoSigs:            true,
		JetStream:         true,
		StoreDir:          e.dir,
		JetStreamMaxStore: maxStore,
		// Only the replica's consumer lives in memory.
		JetStreamMaxMemory: 64 << 20,
		SyncInterval:       syncEvery,

		DisableJetStreamBanner: true,
	})
	if err != nil {
		return fmt.Errorf("the embedded engine: %w", err)
	}
	fatal := make(chan string, 1)
	srv.SetLoggerV2(serverLog{e.log, fatal}, false, false, false)
	srv.Start()
	reason := "see the log"
	select {
	case reason = <-fatal: // it would never be ready
	default:
		if srv.ReadyForConnections(startTimeout) && srv.JetStreamEnabled() {
			e.srv.Store(srv)
			return nil
		}
	}
	srv.Shutdown()
	srv.WaitForShutdown()
	return fmt.Errorf("the embedded engine does not start in %s: %s", e.dir, reason)
}

// InProcessConn lets the client connect, and connect again after a restart.
func (e *embedded) InProcessConn() (net.Conn, error) { return e.srv.Load().InProcessConn() }

// used is how much the engine holds, in bytes, counted as it counts against its limit.
func (e *embedded) used() int64 {
	return int64(e.srv.Load().GlobalAccount().JetStreamUsage().Store)
}

// restart brings back an engine that has given up because its disk was full.
func (e *embedded) restart() error {
	e.stopServer()
	return e.start()
}

func (e *embedded) stopServer() {
	srv := e.srv.Load()
	srv.Shutdown()
	srv.WaitForShutdown()
}

// stop flushes everything and unlocks the directory.
func (e *embedded) stop() error {
	e.stopServer()
	return e.lock.Close()
}

// serverLog hands the engine's own log to the node's. Its notices tell of every start and stop in
// twenty lines, so that they are for debugging.
type serverLog struct {
	log   *slog.Logger
	fatal chan<- string // takes the first reason for which the engine does not start
}

func (l serverLog) Noticef(format string, v ...any) {
	l.log.Debug("engine: " + fmt.Sprintf(format, v...))
}
func (l serverLog) Warnf(format string, v ...any) { l.log.Warn("engine: " + fmt.Sprintf(format, v...)) }
func (l serverLog) Fatalf(format string, v ...any) {
	text := fmt.Sprintf(format, v...)
	l.log.Error("engine: " + text)
	select {
	case l.fatal <- text:
	default:
	}
}
func (l serverLog) Errorf(format string, v ...any) {
	l.log.Error("engine: " + fmt.Sprintf(format, v...))
}
func (l serverLog) Debugf(string, ...any) {}
func (l serverLog) Tracef(string, ...any) {}
