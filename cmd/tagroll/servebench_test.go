//go:build linux

package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"mime/multipart"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// BenchmarkServe measures tagroll serve, as a process of its own, while 200 batches of 10 photos
// are described at once, five event streams watch each batch, and each is asked for its state once
// a second. Answers of the stand-in API take 4 s in the median. It checks every image and so works
// as hard as the server; it runs at the lowest priority, since a provider is on another machine.
// The clients share the processors with the server.
//
//	go test ./cmd/tagroll -run '^$' -bench Serve -benchtime 1x -timeout 20m
func BenchmarkServe(b *testing.B) {
	const batches, photos, streamsPerBatch = 200, 10, 5
	provider := startProcess(b, b.TempDir(), "simulate", "--listen", "127.0.0.1:0", "--latency", "4s,0.35")
	if err := syscall.Setpriority(syscall.PRIO_PROCESS, provider.Process.Pid, 19); err != nil {
		b.Fatal(err)
	}
	picture := picture("a.jpg", 1024, 683, 1)
	for b.Loop() {
		dir := b.TempDir()
		started := time.Now()
		s := startServe(b, dir, "--base-url", provider.url+"/v1", "--node-photos", "1000", "--log-level", "error", "--limit-requests", "-1")
		b.ReportMetric(float64(time.Since(started).Milliseconds()), "ms-until-ready")

		http.DefaultTransport.(*http.Transport).MaxIdleConnsPerHost = 512
		ctx, stop := context.WithCancel(b.Context())
		var clients, uploads sync.WaitGroup
		var streamsEnded atomic.Int64
		var mu sync.Mutex
		var status []time.Duration
		failed := func(err error) {
			if ctx.Err() == nil {
				b.Error(err)
			}
		}
		allDone := make(chan struct{})
		began := time.Now()
		sending := make(chan struct{}, 8)
		for range batches {
			made := s.newBatch(b)
			for range streamsPerBatch {
				clients.Go(func() {
					if err := s.stream(ctx, made); err != nil {
						failed(err)
					}
					if streamsEnded.Add(1) == batches*streamsPerBatch {
						close(allDone)
					}
				})
			}
			uploads.Go(func() {
				sending <- struct{}{}
				defer func() { <-sending }()
				contentType, body := forms(b, picture, photos)
				if _, err := s.call(ctx, "POST", "/api/v1/batches/"+made.ID+"/photos", made.Token, contentType, body, nil); err != nil {
					failed(err)
				}
				if _, err := s.call(ctx, "POST", "/api/v1/batches/"+made.ID+"/close", made.Token, "", nil, nil); err != nil {
					failed(err)
				}
			})
			clients.Go(func() {
				for tick := time.NewTicker(time.Second); ; {
					select {
					case <-tick.C:
					case <-allDone:
						return
					case <-ctx.Done():
						return
					}
					asked := time.Now()
					if _, err := s.get(ctx, made); err != nil {
						failed(err)
						return
					}
					took := time.Since(asked)
					mu.Lock()
					status = append(status, took)
					mu.Unlock()
				}
			})
		}
		uploads.Wait()
		b.ReportMetric(time.Since(began).Seconds(), "s-to-upload")
		<-allDone
		b.ReportMetric(time.Since(began).Seconds(), "s-to-end")
		clients.Wait()
		stop()
		slices.Sort(status)
		for _, q := range []struct {
			name  string
			share float64
		}{{"ms-p50", 0.5}, {"ms-p99", 0.99}, {"ms-max", 1}} {
			b.ReportMetric(float64(status[int(q.share*float64(len(status)-1))].Microseconds())/1000, q.name)
		}
		_ = s.Process.Signal(syscall.SIGTERM)
		<-s.ended
		if usage, ok := s.ProcessState.SysUsage().(*syscall.Rusage); ok {
			b.ReportMetric(float64(usage.Maxrss)/1024, "MB-peak")
		}
		b.ReportMetric((s.ProcessState.UserTime() + s.ProcessState.SystemTime()).Seconds(), "cpu-s")
	}
}

// stream reads a batch's events until it is done.
func (s *served) stream(ctx context.Context, b servedBatch) error {
	r, err := http.NewRequestWithContext(ctx, "GET", s.url+"/api/v1/batches/"+b.ID+"/events", nil)
	if err != nil {
		return err
	}
	r.Header.Set("Authorization", "Bearer "+b.Token)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("a stream is answered %s", answer.Status)
	}
	lines := bufio.NewScanner(answer.Body)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		if strings.HasPrefix(lines.Text(), "event: done") {
			return nil
		}
	}
	return fmt.Errorf("a stream ended before its batch was done: %v", lines.Err())
}

// forms is a multipart body with n photos of the same content.
func forms(t testing.TB, content []byte, n int) (contentType string, body *bytes.Buffer) {
	t.Helper()
	body = new(bytes.Buffer)
	w := multipart.NewWriter(body)
	for i := range n {
		part, err := w.CreateFormFile("photos", fmt.Sprintf("IMG_%04d.jpg", i))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := part.Write(content); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return w.FormDataContentType(), body
}
