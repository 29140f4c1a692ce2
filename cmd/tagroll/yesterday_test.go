package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The files of testdata/yesterday were written by releases that are out, see the README there.
const yesterday = "testdata/yesterday"

// The journal and the JSON lines of earlier releases are read, and give the rows that they gave.
func TestResultsOfYesterday(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(yesterday)); err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile(filepath.Join(yesterday, "tagroll.csv"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"tagroll.csv.journal", "tagroll.jsonl"} {
		out := filepath.Join(dir, name+".out.csv")
		c := command(t.Context(), t, dir, []string{"HOME=" + dir}, "export", filepath.Join(dir, name), "-f", "adobe-stock", "-o", out)
		if text, err := c.CombinedOutput(); err != nil {
			t.Fatalf("export %s: %v\n%s", name, err, text)
		}
		got, err := os.ReadFile(out)
		if err != nil {
			t.Fatal(err)
		}
		sorted := func(text []byte) string { return strings.Join(sortedLines(text), "\n") }
		if sorted(got) != sorted(want) {
			t.Errorf("%s gives\n%s\nwant\n%s", name, got, want)
		}
	}
}

// A journal of a newer version is refused by name.
func TestJournalOfTomorrow(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	journal := filepath.Join(dir, "tagroll.csv.journal")
	if err := os.WriteFile(journal, []byte("{\"tagroll_journal\":99}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c := command(t.Context(), t, dir, []string{"HOME=" + dir}, "export", journal, "-f", "json", "-o", "-")
	text, err := c.CombinedOutput()
	if err == nil || !strings.Contains(string(text), "newer version of tagroll") || !strings.Contains(string(text), journal) {
		t.Errorf("%v: %s", err, text)
	}
}

// A server takes up the data directory of an earlier release: the batch is there, with its texts
// and its image, for whoever has its token.
func TestDataDirectoryOfYesterday(t *testing.T) {
	t.Parallel()
	const id, token = "3e7i74bva36d7i6afv7vzeju4p", "sPwfSK9QWy63wrjZuUCo9MyJqozp37OmH1Pj6Jjr5S0"
	dir := t.TempDir()
	unpack(t, filepath.Join(yesterday, "data.tar.gz"), dir)
	s := startServe(t, dir, "--data-dir", filepath.Join(dir, "data"), "--keep", "876000h", "--provider", "offline")
	get := func(path string) (string, string) {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), "GET", s.url+"/api/v1/batches/"+id+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+token)
		a, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer a.Body.Close()
		text, err := io.ReadAll(a.Body)
		if err != nil || a.StatusCode != http.StatusOK {
			t.Fatalf("%s: %s (%v) %s", path, a.Status, err, text)
		}
		return string(text), a.Header.Get("Content-Type")
	}
	if csv, _ := get("/export/adobe-stock"); !strings.Contains(csv, "dandelion.jpg,Dark golden harbor by the island near Garedufi,") {
		t.Errorf("the export is %s", csv)
	}
	if image, kind := get("/photos/ao6cho6x37kodokvp7itqtx6me/image"); kind != "image/jpeg" || len(image) < 10_000 {
		t.Errorf("the image is %d bytes of %s", len(image), kind)
	}
}

func sortedLines(text []byte) []string {
	lines := strings.Split(strings.TrimSpace(string(text)), "\r\n")
	for i := 1; i < len(lines); i++ {
		for j := i; j > 1 && lines[j] < lines[j-1]; j-- {
			lines[j], lines[j-1] = lines[j-1], lines[j]
		}
	}
	return lines
}

// unpack unpacks an archive of our own.
func unpack(t *testing.T, archive, dir string) {
	t.Helper()
	packed, err := os.ReadFile(archive)
	if err != nil {
		t.Fatal(err)
	}
	plain, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	for files := tar.NewReader(plain); ; {
		h, err := files.Next()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, filepath.FromSlash(h.Name))
		if h.FileInfo().IsDir() {
			if err := os.MkdirAll(path, 0o700); err != nil {
				t.Fatal(err)
			}
			continue
		}
		text, err := io.ReadAll(files)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
