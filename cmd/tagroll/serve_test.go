package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"mime/multipart"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/openaitest"
)

// served is a tagroll that serves and runs as a process of its own.
type served struct {
	*exec.Cmd
	url   string
	ended chan struct{} // closed when the process is gone
	log   *bytes.Buffer // its standard error; to be read when it is gone
}

// startServe starts tagroll serve on a free port and waits until it says where it is.
func startServe(t testing.TB, dir string, args ...string) *served {
	t.Helper()
	return startProcess(t, dir, append([]string{"serve", "--listen", "127.0.0.1:0"}, args...)...)
}

// startProcess starts a command that serves, and waits until it says where.
func startProcess(t testing.TB, dir string, args ...string) *served {
	t.Helper()
	return serving(t, command(t.Context(), t, dir, []string{"HOME=" + dir}, args...))
}

// startWatched starts a command that serves and that the race detector watches, if it watches the
// tests, and waits until it says where.
func startWatched(t testing.TB, dir string, args ...string) *served {
	t.Helper()
	return serving(t, watched(t, command(t.Context(), t, dir, []string{"HOME=" + dir}, args...)))
}

// serving starts a command and waits until it says where it serves.
func serving(t testing.TB, c *exec.Cmd) *served {
	t.Helper()
	s := &served{Cmd: c, ended: make(chan struct{}), log: new(bytes.Buffer)}
	s.Stderr = s.log
	stdout, err := s.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	first, err := bufio.NewReader(stdout).ReadString('\n')
	go func() {
		defer close(s.ended)
		_, _ = io.Copy(io.Discard, stdout)
		_ = s.Wait()
	}()
	address := regexp.MustCompile(`https?://[^ ]*:\d+|unix:[^ ]*[^ .]|^Describing batches`)
	match := address.FindString(first)
	if match == "" {
		_ = s.Process.Kill()
		<-s.ended
		t.Fatalf("tagroll %s said %q (%v)\n%s", c.Args[1], first, err, s.log)
	}
	s.url = match
	t.Cleanup(s.kill)
	return s
}

// kill is kill -9.
func (s *served) kill() {
	_ = s.Process.Kill()
	<-s.ended
}

// call makes a call of the API and decodes its answer.
func (s *served) call(ctx context.Context, method, path, token, contentType string, body io.Reader, into any) (status int, err error) {
	r, err := http.NewRequestWithContext(ctx, method, s.url+path, body)
	if err != nil {
		return 0, err
	}
	r.Header.Set("Authorization", "Bearer "+token)
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err == nil && into != nil {
		err = json.Unmarshal(text, into)
	}
	if err == nil && answer.StatusCode >= 400 {
		err = fmt.Errorf("%s %s: %s", method, path, text)
	}
	return answer.StatusCode, err
}

// What the tests read of the API's answers.
type (
	servedBatch struct {
		ID, Token, State string
		Progress         struct{ Total, Completed, Successful, Failed, Processing, Pending int }
		Photos           []servedPhoto
	}
	servedPhoto struct {
		ID, Filename, State string
		Attempts            int
		Metadata            any
		Error               struct{ Code, Message string }
	}
)

// form is a multipart body with one photo of its own ID, or of none.
func form(t testing.TB, id, name string, content []byte) (contentType string, body *bytes.Buffer) {
	t.Helper()
	body = new(bytes.Buffer)
	w := multipart.NewWriter(body)
	if id != "" {
		if err := w.WriteField("id", id); err != nil {
			t.Fatal(err)
		}
	}
	part, err := w.CreateFormFile("photos", name)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := part.Write(content); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return w.FormDataContentType(), body
}

// newBatch makes an open batch.
func (s *served) newBatch(t testing.TB) servedBatch {
	t.Helper()
	var b servedBatch
	if _, err := s.call(t.Context(), "POST", "/api/v1/batches", "", "application/json", strings.NewReader("{}"), &b); err != nil {
		t.Fatal(err)
	}
	return b
}

// send sends photos to a batch and closes it.
func (s *served) send(t *testing.T, b servedBatch, photos int) {
	t.Helper()
	for i := range photos {
		name := fmt.Sprintf("IMG_%04d.jpg", i)
		contentType, body := form(t, "", name, picture(name, 80+i, 60, i))
		if _, err := s.call(t.Context(), "POST", "/api/v1/batches/"+b.ID+"/photos", b.Token, contentType, body, nil); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.call(t.Context(), "POST", "/api/v1/batches/"+b.ID+"/close", b.Token, "", nil, nil); err != nil {
		t.Fatal(err)
	}
}

// get returns a batch as it is now.
func (s *served) get(ctx context.Context, b servedBatch) (now servedBatch, err error) {
	_, err = s.call(ctx, "GET", "/api/v1/batches/"+b.ID, b.Token, "", nil, &now)
	return now, err
}

// await follows a batch's events until it is done, and returns it.
func (s *served) await(t testing.TB, b servedBatch) servedBatch {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), "GET", s.url+"/api/v1/batches/"+b.ID+"/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+b.Token)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	lines := bufio.NewScanner(answer.Body)
	lines.Buffer(nil, 16<<20)
	done := false
	for lines.Scan() {
		done = done || lines.Text() == "event: done"
	}
	if !done {
		t.Fatalf("the events ended without done: %v", lines.Err())
	}
	now, err := s.get(t.Context(), b)
	if err != nil {
		t.Fatal(err)
	}
	return now
}

// The process may be killed at any moment, twenty times over: every photo ends, what was done stays
// as it was, no call is repeated but those that were under way, and nothing temporary is left.
func TestServeKill(t *testing.T) {
	t.Parallel()
	const photos, concurrency = 120, 5
	kills := thorough(20, 5)
	dir := t.TempDir()
	temp := filepath.Join(dir, "tmp")
	if err := os.Mkdir(temp, 0o700); err != nil {
		t.Fatal(err)
	}
	api := startServer(t, openaitest.Config{Seed: 3, Latency: openaitest.Latency{Median: 40 * time.Millisecond, Sigma: 0.5}})
	args := []string{"--base-url", api.URL(), "-c", fmt.Sprint(concurrency), "--data-dir", filepath.Join(dir, "data"),
		"--deliver", "url", "--temp-dir", temp, "--log-level", "error"}

	s := startServe(t, dir, args...)
	b := s.newBatch(t)
	var sent sync.WaitGroup
	var mu sync.Mutex // over s, which the uploads follow from one process to the next
	current := func() *served {
		mu.Lock()
		defer mu.Unlock()
		return s
	}
	// Photos are sent while the processes die, as a client would that tries again with the same
	// ID.
	sent.Go(func() {
		for i := range photos {
			name := fmt.Sprintf("IMG_%04d.jpg", i)
			for t.Context().Err() == nil {
				contentType, body := form(t, fmt.Sprintf("p%d", i), name, picture(name, 80+i, 60, i))
				status, err := current().call(t.Context(), "POST", "/api/v1/batches/"+b.ID+"/photos", b.Token, contentType, body, nil)
				if err == nil {
					break
				}
				if status >= 400 && status != http.StatusServiceUnavailable {
					t.Errorf("photo %d: %v", i, err)
					return
				}
				runtime.Gosched()
			}
		}
	})
	finished := make(map[string]servedPhoto)
	check := func(now servedBatch) {
		for _, p := range now.Photos {
			before, ok := finished[p.ID]
			if ok && !reflect.DeepEqual(before, p) {
				t.Errorf("photo %s was %+v and is now %+v", p.ID, before, p)
			}
			if p.State == "successful" || p.State == "needs_review" {
				finished[p.ID] = p
			}
		}
	}
	for range kills {
		enough := calls(api.Stats().Calls + 1 + rand.IntN(2*concurrency))
		waitFor(t, api, func(stats openaitest.Stats) bool {
			return enough(stats) || stats.Calls >= photos && stats.InFlight == 0
		})
		if now, err := s.get(t.Context(), b); err != nil {
			t.Fatal(err)
		} else {
			check(now)
		}
		s.kill()
		next := startServe(t, dir, args...)
		mu.Lock()
		s = next
		mu.Unlock()
	}
	sent.Wait()
	if _, err := s.call(t.Context(), "POST", "/api/v1/batches/"+b.ID+"/close", b.Token, "", nil, nil); err != nil {
		t.Fatal(err)
	}
	now := s.await(t, b)
	check(now)
	if now.State != "completed" || now.Progress.Total != photos || now.Progress.Successful != photos {
		t.Errorf("at the end the batch is %s with %+v", now.State, now.Progress)
	}
	stats := api.Stats()
	if most := photos + kills*concurrency; stats.Calls > most || stats.DuplicateCalls > kills*concurrency {
		t.Errorf("%d calls, %d of them repeated; want at most %d: those in flight at each kill", stats.Calls, stats.DuplicateCalls, most)
	}
	t.Logf("%d calls for %d photos and %d kills", stats.Calls, photos, kills)
	// One file is the lock of the living process.
	if left, _ := filepath.Glob(filepath.Join(temp, "*", "*")); len(left) > 1 {
		t.Errorf("left behind: %v", left)
	}
}

// SIGTERM lets photos under way end and exits with 0; a restart takes up the rest.
func TestServeStops(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Log("a process cannot be sent SIGTERM on Windows: package queue's tests close a node with calls under way")
		return
	}
	dir := t.TempDir()
	api := startServer(t, openaitest.Config{Latency: openaitest.Latency{Median: 200 * time.Millisecond}})
	args := []string{"serve", "--listen", "127.0.0.1:0", "--base-url", api.URL(), "-c", "2", "--log-level", "error"}
	s := startWatched(t, dir, args...)
	b := s.newBatch(t)
	const photos = 12
	s.send(t, b, photos)
	waitFor(t, api, calls(3))
	if err := s.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	<-s.ended
	if code := s.ProcessState.ExitCode(); code != 0 {
		t.Errorf("exit status %d after SIGTERM\n%s", code, s.log)
	}
	waitFor(t, api, idle) // the process may be gone before its last answer is counted
	if begun := api.Stats(); begun.ClientClosed > 0 {
		t.Errorf("calls under way were not let end: %+v", begun)
	}
	s = startWatched(t, dir, args...)
	if now := s.await(t, b); now.Progress.Successful != photos {
		t.Errorf("after the restart: %+v", now.Progress)
	}
	if stats := api.Stats(); stats.Calls != photos {
		t.Errorf("%d calls for %d photos", stats.Calls, photos)
	}
}

// A second process on the same data says what is wrong and leaves the first alone.
func TestServeTwice(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first := startServe(t, dir, "--log-level", "error")
	out, err := command(t.Context(), t, dir, []string{"HOME=" + dir}, "serve", "--listen", "127.0.0.1:0").CombinedOutput()
	exit, _ := err.(*exec.ExitError)
	if exit == nil || exit.ExitCode() != exitFatal || !strings.Contains(string(out), "--data-dir") && !strings.Contains(string(out), "in use") {
		t.Errorf("%v\n%s", err, out)
	}
	if status, err := first.call(t.Context(), "GET", "/readyz", "", "", nil, nil); err != nil || status != http.StatusOK {
		t.Errorf("the first is answered %d, %v", status, err)
	}
}

// The page makes its small copies of photos as large as the server wants them.
func TestPageIsToldTheImageSide(t *testing.T) {
	t.Parallel()
	s := startServe(t, t.TempDir(), "--provider", "offline", "--max-edge", "768")
	var service struct{ Image struct{ Side, Quality int } }
	if _, err := s.call(t.Context(), "GET", "/api/v1/service", "", "", nil, &service); err != nil {
		t.Fatal(err)
	}
	if service.Image.Side != 768 || service.Image.Quality != tagroll.ImageQuality {
		t.Errorf("the page is told %+v", service.Image)
	}
}
