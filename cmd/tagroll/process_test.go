package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/tagroll/tagroll/openaitest"
)

// folder makes a folder with n photos that all differ.
func folder(t *testing.T, n int) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "shoot"), 0o700); err != nil {
		t.Fatal(err)
	}
	for i := range n {
		name := fmt.Sprintf("IMG_%04d.jpg", i)
		if err := os.WriteFile(filepath.Join(dir, "shoot", name), picture(name, 80+i, 60, i), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func startServer(t testing.TB, c openaitest.Config) *openaitest.Server {
	t.Helper()
	api, err := openaitest.Start(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { api.Close() })
	return api
}

// rows returns the file names in the CSV, in order.
func rows(t *testing.T, path string) []string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	records, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, r := range records[1:] {
		names = append(names, r[0])
	}
	return names
}

// waitFor waits until the server's counters are as expected, or the channel is closed. It blocks on
// them and not on a time: the test's own deadline ends it if that never happens.
func waitFor(t testing.TB, api *openaitest.Server, reached func(openaitest.Stats) bool, or ...<-chan struct{}) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	for _, other := range or {
		go func() {
			select {
			case <-other:
				cancel()
			case <-ctx.Done():
			}
		}()
	}
	if err := api.Await(ctx, reached); err != nil && t.Context().Err() != nil {
		t.Fatal("the test ended before the server saw what it should")
	}
}

// calls is reached when the server has begun so many calls.
func calls(n int) func(openaitest.Stats) bool {
	return func(s openaitest.Stats) bool { return s.Calls >= n }
}

// idle is reached when no request is under way. One that hangs ends only when its client has
// closed the connection.
func idle(s openaitest.Stats) bool { return s.InFlight == 0 }

// A process may be killed at any moment: no photo is lost, no finished one is called
// again, at most those in flight are repeated, and no temporary file stays.
func TestKill(t *testing.T) {
	t.Parallel()
	const photos, concurrency, kills = 40, 5, 6
	dir := folder(t, photos)
	temp := filepath.Join(dir, "tmp")
	if err := os.Mkdir(temp, 0o700); err != nil {
		t.Fatal(err)
	}
	api := startServer(t, openaitest.Config{Seed: 3, Latency: openaitest.Latency{Median: 30 * time.Millisecond, Sigma: 0.5}})
	args := []string{"run", "--base-url", api.URL(), "-c", fmt.Sprint(concurrency), "--deliver", "url", "--temp-listen", "127.0.0.1:0", "--temp-dir", temp, "shoot"}
	for k := range kills {
		c := command(t.Context(), t, dir, nil, args...)
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			_ = c.Wait()
		}()
		// If the process has ended, all photos were done before there were so many calls.
		waitFor(t, api, calls(api.Stats().Calls+3+k), ended)
		if err := c.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
			t.Fatal(err)
		}
		<-ended
	}
	out, err := watched(t, command(t.Context(), t, dir, nil, args...)).CombinedOutput()
	if err != nil {
		t.Fatalf("the last run: %v\n%s", err, out)
	}
	names := rows(t, filepath.Join(dir, "tagroll.csv"))
	if len(names) != photos {
		t.Errorf("%d rows for %d photos", len(names), photos)
	}
	for i, name := range names {
		if want := fmt.Sprintf("IMG_%04d.jpg", i); name != want {
			t.Errorf("row %d is %s, want %s", i, name, want)
		}
	}
	stats := api.Stats()
	if most := photos + kills*concurrency; stats.Calls > most {
		t.Errorf("%d calls, want at most %d: one a photo and those in flight at each kill", stats.Calls, most)
	}
	if left, _ := filepath.Glob(filepath.Join(temp, "*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// While one run is under way a second one on the same journal refuses, with a clear message.
func TestTwoRuns(t *testing.T) {
	t.Parallel()
	dir := folder(t, 2)
	api := startServer(t, openaitest.Config{Faults: []openaitest.Fault{{Kind: openaitest.FaultHang}}})
	first := command(t.Context(), t, dir, nil, "run", "--base-url", api.URL(), "shoot")
	if err := first.Start(); err != nil {
		t.Fatal(err)
	}
	waitFor(t, api, calls(1))
	out, err := command(t.Context(), t, dir, nil, "run", "--base-url", api.URL(), "shoot").CombinedOutput()
	exit, _ := err.(*exec.ExitError)
	if exit == nil || exit.ExitCode() != exitFatal || !strings.Contains(string(out), "tagroll.csv.journal") {
		t.Errorf("%v\n%s", err, out)
	}
	_ = first.Process.Kill()
	_ = first.Wait()
}

// Ctrl-C, SIGTERM and the end of the terminal end the calls, write what is done, leave nothing
// behind and exit with 130.
func TestInterrupt(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Log("a process cannot be sent Ctrl-C on Windows: the same path is run by a cancelled context in package batch")
		return
	}
	for _, sig := range []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP} {
		t.Run(sig.String(), func(t *testing.T) {
			t.Parallel() // each waits for the calls that hang
			testInterrupt(t, sig)
		})
	}
}

func testInterrupt(t *testing.T, sig os.Signal) {
	// Where the tests themselves run under nohup or as a background job, the signal is ignored,
	// and so it would be in the command. What is caught here is at its default there.
	caught := make(chan os.Signal, 1)
	signal.Notify(caught, sig)
	t.Cleanup(func() { signal.Stop(caught) })
	dir := folder(t, 12)
	temp := filepath.Join(dir, "tmp")
	if err := os.Mkdir(temp, 0o700); err != nil {
		t.Fatal(err)
	}
	// Calls 7 and following hang until the client leaves.
	var hang []int
	for n := 7; n <= 12; n++ {
		hang = append(hang, n)
	}
	api := startServer(t, openaitest.Config{Faults: []openaitest.Fault{{Kind: openaitest.FaultHang, Requests: hang}}})
	c := watched(t, command(t.Context(), t, dir, nil, "run", "--base-url", api.URL(), "-c", "3",
		"--deliver", "url", "--temp-listen", "127.0.0.1:0", "--temp-dir", temp, "--progress", "json", "shoot"))
	var stderr bytes.Buffer
	c.Stderr = &stderr
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	waitFor(t, api, calls(9))
	if err := c.Process.Signal(sig); err != nil {
		t.Fatal(err)
	}
	err := c.Wait()
	exit, _ := err.(*exec.ExitError)
	if exit == nil || exit.ExitCode() != exitInterrupted {
		t.Errorf("%v, want exit status %d", err, exitInterrupted)
	}
	if !strings.Contains(stderr.String(), `{"type":"summary","total":12,"successful":6,"needs_review":0,"failed":0,"pending":6,`) {
		t.Errorf("the summary is missing or wrong:\n%s", stderr.String())
	}
	if n := len(rows(t, filepath.Join(dir, "tagroll.csv"))); n != 6 {
		t.Errorf("%d rows written, want 6", n)
	}
	if left, _ := filepath.Glob(filepath.Join(temp, "*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	waitFor(t, api, idle)
}

// The first Ctrl-C lets the calls under way end, and begins no other; so does the end of the
// terminal, which is told twice (by the system and by the shell).
func TestInterruptLetsCallsEnd(t *testing.T) {
	t.Parallel()
	t.Run("Ctrl-C", func(t *testing.T) { testCallsEnd(t, os.Interrupt, 1) })
	t.Run("hangup", func(t *testing.T) { testCallsEnd(t, syscall.SIGHUP, 2) })
}

func testCallsEnd(t *testing.T, sig os.Signal, times int) {
	if runtime.GOOS == "windows" {
		t.Log("a process cannot be sent Ctrl-C on Windows: the same path is run in package batch")
		return
	}
	caught := make(chan os.Signal, 1)
	signal.Notify(caught, sig)
	t.Cleanup(func() { signal.Stop(caught) })
	dir := folder(t, 9)
	api := startServer(t, openaitest.Config{Latency: openaitest.Latency{Median: 3 * time.Second}})
	c := watched(t, command(t.Context(), t, dir, nil, "run", "--base-url", api.URL(), "-c", "3", "--progress", "json", "shoot"))
	var stderr bytes.Buffer
	c.Stderr = &stderr
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	waitFor(t, api, calls(3))
	for range times {
		if err := c.Process.Signal(sig); err != nil {
			t.Fatal(err)
		}
	}
	err := c.Wait()
	if exit, _ := err.(*exec.ExitError); exit == nil || exit.ExitCode() != exitInterrupted {
		t.Errorf("%v, want exit status %d\n%s", err, exitInterrupted, stderr.String())
	}
	if !strings.Contains(stderr.String(), `"successful":3,"needs_review":0,"failed":0,"pending":6,`) {
		t.Errorf("the calls under way were not waited for:\n%s", stderr.String())
	}
	if n, calls := len(rows(t, filepath.Join(dir, "tagroll.csv"))), api.Stats().Calls; n != 3 || calls != 3 {
		t.Errorf("%d rows for %d calls, want 3 for 3", n, calls)
	}
}

// A reader of the messages that leaves early (2>&1 | head -1) does not end the run.
func TestReaderLeaves(t *testing.T) {
	t.Parallel()
	dir := folder(t, 6)
	api := startServer(t, openaitest.Config{})
	c := command(t.Context(), t, dir, nil, "run", "--base-url", api.URL(), "--progress", "json", "shoot")
	stderr, err := c.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	if err := stderr.Close(); err != nil {
		t.Fatal(err)
	}
	if err := c.Wait(); err != nil {
		t.Errorf("the run ended with %v", err)
	}
	if n := len(rows(t, filepath.Join(dir, "tagroll.csv"))); n != 6 {
		t.Errorf("%d rows written, want 6", n)
	}
}

// A photo that takes too long fails with a timeout, its connection is closed so that
// the server sees it, no second call is made, and the others are not held up.
func TestTimeoutClosesTheConnection(t *testing.T) {
	t.Parallel()
	dir := folder(t, 6)
	api := startServer(t, openaitest.Config{Faults: []openaitest.Fault{{Kind: openaitest.FaultHang, Requests: []int{2}}}})
	c := command(t.Context(), t, dir, nil, "run", "--base-url", api.URL(), "-c", "2", "--timeout", "15s", "--progress", "json", "shoot")
	out, err := c.CombinedOutput()
	exit, _ := err.(*exec.ExitError)
	if exit == nil || exit.ExitCode() != exitIncomplete {
		t.Errorf("%v, want exit status %d\n%s", err, exitIncomplete, out)
	}
	if !strings.Contains(string(out), `"code":"timeout"`) || !strings.Contains(string(out), `"successful":5,"needs_review":0,"failed":1,`) {
		t.Errorf("want five photos done and one timed out:\n%s", out)
	}
	waitFor(t, api, idle)
	if n := api.Stats().Calls; n != 6 {
		t.Errorf("%d calls, want 6", n)
	}
}

// The bar is for terminals only; elsewhere no control character is written.
func TestNoControlCharacters(t *testing.T) {
	t.Parallel()
	dir := folder(t, 2)
	out, err := command(context.Background(), t, dir, nil, "run", "shoot").CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if strings.ContainsAny(string(out), "\x1b\r") {
		t.Errorf("control characters in %q", out)
	}
}
