package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/openaitest"
)

// paid returns what the journal knows to be paid for: the photos by model.
func paid(t *testing.T, path string) map[string]map[string]bool {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	known := make(map[string]map[string]bool)
	lines := bufio.NewScanner(bytes.NewReader(text))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var line struct {
			Finish *tagroll.Result `json:"finish"`
		}
		if json.Unmarshal(lines.Bytes(), &line) != nil || line.Finish == nil || line.Finish.Status != tagroll.StatusSuccessful || !line.Finish.Describer.Remote {
			continue
		}
		model := line.Finish.Describer.Model
		if known[model] == nil {
			known[model] = make(map[string]bool)
		}
		known[model][line.Finish.Facts.SHA256] = true
	}
	return known
}

// Runs under changing settings are killed again and again: whatever the journal knew to be paid for
// is still known afterwards, and is never paid for again.
func TestKillWithChangedSettings(t *testing.T) {
	t.Parallel()
	const photos, concurrency = 20, 4
	kills := thorough(50, 8)
	dir := folder(t, photos)
	journal := filepath.Join(dir, "tagroll.csv.journal")
	api := startServer(t, openaitest.Config{Seed: 5})
	key := []string{"OPENAI_API_KEY=k"}
	settings := []struct {
		env  []string
		args []string
	}{
		{key, []string{"--base-url", api.URL(), "--model", "gpt-4.1-mini"}},
		{key, []string{"--base-url", api.URL(), "--model", "gpt-4.1-nano"}},
		{key, []string{"--base-url", "http://127.0.0.1:1/v1", "--model",
			"gpt-4.1-mini", "--retries", "0"}},
		{nil, nil}, // the key is not set
		{key, []string{"--base-url", api.URL(), "--model", "gpt-4.1-mini", "-f", "adobe-stock", "-f", "jsonl"}},
	}
	random := rand.New(rand.NewPCG(9, 9))
	before := paid(t, journal)
	for k := range kills {
		s := settings[random.IntN(len(settings))]
		c := []string{fmt.Sprint(concurrency), "auto"}[k%2]
		args := append([]string{"run", "-c", c, "--no-cache"}, s.args...)
		process := command(t.Context(), t, dir, s.env, append(args, "shoot")...)
		if err := process.Start(); err != nil {
			t.Fatal(err)
		}
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			_ = process.Wait()
		}()
		// Settings that call nobody end by themselves.
		waitFor(t, api, calls(api.Stats().Calls+1+random.IntN(3)), ended)
		if err := process.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
			t.Fatal(err)
		}
		<-ended
		after := paid(t, journal)
		for model, known := range before {
			for photo := range known {
				if !after[model][photo] {
					t.Fatalf("kill %d, %v: what %s said of %.8s is lost", k, s.args, model, photo)
				}
			}
		}
		before = after
	}
	for _, s := range settings[:2] {
		model := s.args[3]
		known, made := len(paid(t, journal)[model]), api.Stats().Calls
		for range 2 { // the second one has nothing to do
			c := command(t.Context(), t, dir, s.env, append(append([]string{"run", "--no-cache"}, s.args...), "shoot")...)
			if out, err := c.CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			if n := len(rows(t, filepath.Join(dir, "tagroll.csv"))); n != photos {
				t.Errorf("%s: %d rows, want %d", model, n, photos)
			}
			if n := api.Stats().Calls - made; n != photos-known {
				t.Errorf("%s: %d calls for the %d photos of %d that were not paid for", model, n, photos-known, photos)
			}
		}
	}
}

// A photo that changes while it is described is stored under what was read: the new content is
// another photo, and the old one is still known when it comes back.
func TestPhotoChangesWhileDescribed(t *testing.T) {
	t.Parallel()
	dir := folder(t, 1)
	path := filepath.Join(dir, "shoot", "IMG_0000.jpg")
	old, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	api := newGate(t)
	args := []string{"run", "--base-url", api.url, "--no-cache", "shoot"}
	c := command(t.Context(), t, dir, nil, args...)
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	<-api.arrived
	if err := os.WriteFile(path, picture(path, 90, 60, 99), 0o600); err != nil {
		t.Fatal(err)
	}
	api.open()
	if err := c.Wait(); err != nil {
		t.Fatal(err)
	}
	for i, content := range [][]byte{nil, old} {
		if content != nil {
			if err := os.WriteFile(path, content, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if out, err := command(t.Context(), t, dir, nil, args...).CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		if n := api.stats().Calls; n != 2 {
			t.Errorf("run %d: %d calls in all, want one for each content", i+2, n)
		}
	}
}
