// Command tagroll turns a batch of photos into stock-ready metadata.
//
// This package is the shell around the others: flags, wiring, terminal output and
// exit codes. What a batch or a photo means is decided elsewhere.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"sync/atomic"
	"syscall"

	"golang.org/x/term"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/cmd/tagroll/terminal"
	"github.com/tagroll/tagroll/settings"
)

// Exit codes. They are part of the command's contract (tagroll help).
const (
	exitOK          = 0
	exitFatal       = 1 // stopped by what concerns every photo; what was done before is written
	exitUsage       = 2 // a setting or the command line makes no sense; nothing was done
	exitIncomplete  = 3 // some photos failed, need review or were not tried; others are written
	exitInterrupted = 130
)

func main() {
	p := &program{
		stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr,
		getenv: os.Getenv, environ: os.Environ, userSettings: settings.UserPath(),
	}
	os.Exit(p.main(os.Args[1:]))
}

// program is the command with what it reads from and writes to.
type program struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	getenv         func(string) string
	environ        func() []string // nil: variables are not checked for slips
	userSettings   string          // the user's tagroll.toml; empty for none

	signals chan os.Signal // see untilInterrupted
	// onHangup is what SIGHUP does, see hangUp; nil: it ends the command.
	onHangup atomic.Pointer[func()]

	notes []string // what is odd about the settings and stops nobody

	set *settings.Set // the command's, once its settings are read
}

// usageError is a command line, or a setting from wherever, that makes no sense. Scripts know it by
// exitUsage, and by CodeConfiguration unless err has a code of its own.
type usageError struct {
	command string // whose help has the answer; empty for the command that read its settings
	err     error
}

func (e *usageError) Error() string { return e.err.Error() }
func (e *usageError) Unwrap() error {
	if known, ok := e.err.(*tagroll.Error); ok {
		return known
	}
	return &tagroll.Error{Code: tagroll.CodeConfiguration, Message: e.err.Error(), Err: e.err}
}

// blamed is an error that names the file or the variable with the setting that it is about. An
// error of another kind stays as it is.
func (p *program) blamed(err error) error {
	if p.set == nil {
		return err
	}
	if usage, ok := errors.AsType[*usageError](err); ok {
		blamed := *tagroll.AsError(usage)
		blamed.Message = p.set.Blame(usage.Error())
		return &usageError{usage.command, &blamed}
	}
	if e, ok := err.(*tagroll.Error); ok {
		blamed := *e
		blamed.Message = p.set.Blame(e.Message)
		return &blamed
	}
	return err
}

// fatalError is an error that no setting is to blame for, whatever its code says: photos have met
// it, or it is about a file that nobody has named.
type fatalError struct{ error }

func (e fatalError) Unwrap() error { return e.error }

// exitError ends the command with a code, after all was said.
type exitError int

func (e exitError) Error() string { return fmt.Sprintf("exit status %d", int(e)) }

// main runs the command and returns its exit code.
func (p *program) main(args []string) int {
	ctx, stop := p.untilInterrupted()
	defer stop()
	err := p.blamed(p.dispatch(ctx, args))
	code := exitCode(err)
	if _, told := errors.AsType[exitError](err); err == nil || told || code == exitOK {
		return code
	}
	if p.wantsJSON(args) {
		terminal.ErrorEvent(p.stderr, err)
		return code
	}
	fmt.Fprintln(p.stderr, terminal.ErrorText(err))
	if code == exitUsage {
		fmt.Fprintln(p.stderr, strings.TrimSpace("See: tagroll help "+p.helpOn(err)))
	}
	return code
}

// helpOn names the help page that has the answer to an error; empty for the first one.
func (p *program) helpOn(err error) string {
	if usage, ok := errors.AsType[*usageError](err); ok && usage.command != "" {
		return usage.command
	}
	if p.set != nil {
		return p.set.Command()
	}
	return ""
}

// wantsJSON reports whether the arguments or the environment ask for JSON on standard error, even
// if the rest of them makes no sense.
func (p *program) wantsJSON(args []string) bool {
	progress := p.getenv("TAGROLL_PROGRESS")
	for i, arg := range args {
		if arg == "--" {
			break
		}
		if value, ok := strings.CutPrefix(arg, "--progress="); ok {
			progress = value
		} else if arg == "--progress" && i+1 < len(args) {
			progress = args[i+1]
		}
	}
	return strings.EqualFold(progress, "json")
}

// exitCode returns the exit code that stands for an error. What is wrong with a setting is
// exitUsage, wherever the setting comes from and whichever package finds it.
func exitCode(err error) int {
	if exit, ok := errors.AsType[exitError](err); ok {
		return int(exit)
	}
	if _, ok := errors.AsType[*usageError](err); ok {
		return exitUsage
	}
	_, fatal := errors.AsType[fatalError](err)
	switch {
	case err == nil, errors.Is(err, settings.ErrHelp):
		return exitOK
	case tagroll.CodeOf(err) == tagroll.CodeCancelled:
		return exitInterrupted
	case tagroll.CodeOf(err) == tagroll.CodeConfiguration && !fatal:
		return exitUsage
	}
	return exitFatal
}

// untilInterrupted returns a context that ends with the first Ctrl-C or SIGTERM, or when
// the terminal is closed. A second Ctrl-C or SIGTERM ends the process at once: what is done is in
// the journal, and temporary files are swept by the next start.
func (p *program) untilInterrupted() (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(context.Background())
	signals := make(chan os.Signal, 2)
	p.signals = signals
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	if !signal.Ignored(syscall.SIGHUP) { // as nohup has it
		signal.Notify(signals, syscall.SIGHUP)
	}
	// A reader that has left (tagroll run ... 2>&1 | head) ends writes with an error instead of
	// the process, so that what is under way is not lost to it.
	brokenPipes := make(chan os.Signal, 1)
	signal.Notify(brokenPipes, syscall.SIGPIPE)
	done := make(chan struct{})
	go func() {
		for {
			select {
			case <-done:
				return
			case sig := <-signals:
				if again := p.onHangup.Load(); again != nil && sig == syscall.SIGHUP && ctx.Err() == nil {
					(*again)()
					continue
				}
				if ctx.Err() != nil {
					if sig == syscall.SIGHUP {
						// A closed terminal sends several: nobody has asked
						// again.
						continue
					}
					if file, ok := p.stderr.(*os.File); ok && term.IsTerminal(int(file.Fd())) {
						// The shell's prompt goes below the moving line.
						fmt.Fprintln(file)
					}
					os.Exit(exitInterrupted)
				}
				cancel(context.Canceled)
			}
		}
	}()
	return ctx, func() {
		signal.Stop(signals)
		signal.Stop(brokenPipes)
		close(done)
		cancel(nil)
	}
}

// hangUp makes SIGHUP do something else than end the command, from now on. The signal then counts
// also where it was ignored at the start, as nohup has it: what it does ends nothing.
func (p *program) hangUp(do func()) {
	p.onHangup.Store(&do)
	signal.Notify(p.signals, syscall.SIGHUP)
}

// incomplete is the exit status of a batch that ran to its end.
func incomplete(last tagroll.Progress) error {
	switch {
	case last.Failed > 0 && last.Failed == last.Total:
		return exitError(exitFatal) // what concerns every photo
	case last.Failed+last.NeedsReview-last.Drafts+last.Pending > 0:
		return exitError(exitIncomplete)
	}
	return nil
}
