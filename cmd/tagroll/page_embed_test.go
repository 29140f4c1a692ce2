package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	"image/jpeg"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/agency"
	"github.com/tagroll/tagroll/embed"
)

// A photo that is written by the page is the same to the byte as one that the command writes, with
// the dateline of an editorial photo before its description, or before its title in its place.
func TestPageEmbedsAsCommand(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil {
		if os.Getenv("TAGROLL_TEST_ALL") == "1" {
			t.Fatal("node is not installed, and TAGROLL_TEST_ALL asks for every test")
		}
		t.Skip("node is not installed")
	}
	var picture bytes.Buffer
	if err := jpeg.Encode(&picture, image.NewGray(image.Rect(0, 0, 16, 16)), nil); err != nil {
		t.Fatal(err)
	}
	lisbon := tagroll.Place{City: "Lisbon", Country: "Portugal"}
	type photo struct {
		ID         string            `json:"id"`
		State      string            `json:"state"`
		Metadata   *tagroll.Metadata `json:"metadata"`
		Details    *tagroll.Details  `json:"details,omitempty"`
		PlaceNames tagroll.Place     `json:"place_names,omitzero"`
		FilePlace  tagroll.Place     `json:"file_place,omitzero"`
		Origins    map[string]string `json:"origins,omitempty"`
		Dateline   string            `json:"dateline,omitempty"`
	}
	type job struct {
		Path  string `json:"path"`
		Photo photo  `json:"photo"`
	}
	var jobs struct {
		Photos     []job              `json:"photos"`
		Categories []tagroll.Category `json:"categories"`
	}
	jobs.Categories = tagroll.Categories()
	want := make(map[string][]byte)
	folder := t.TempDir()
	for _, names := range []string{"shutterstock", "getty-istock", "alamy", "pond5,shutterstock", "adobe-stock"} {
		var agencies agency.Set
		for _, name := range strings.Split(names, ",") {
			a, err := agency.Lookup(name)
			if err != nil {
				t.Fatal(err)
			}
			agencies = append(agencies, a)
		}
		for i, d := range []tagroll.Details{
			{Editorial: true, Place: lisbon},
			{Editorial: true}, // without a place there is no dateline
			// The place is the file's.
			{Copyright: "Ana & Söhne"},
			// So it is here, and the server still has a person's.
			{Mature: true},
		} {
			facts := tagroll.Facts{Taken: time.Date(2026, 5, 14, 12, 0, 0, 0, time.UTC)}
			if !d.Editorial {
				facts.Place = lisbon
			}
			for k, description := range []string{"", "A tram climbs a hill.", "Lisbon, Portugal - May 14 2026: A tram climbs a hill."} {
				result := tagroll.Result{
					Facts:   facts,
					Details: &d,
					Metadata: &tagroll.Metadata{Title: "Yellow tram <28> at dusk", Description: description,
						Keywords: []string{"tram", "hill"}, Category: "Transport"},
				}
				id := fmt.Sprintf("%s-%d-%d", strings.ReplaceAll(names, ",", "-"), i, k)
				path := filepath.Join(folder, id+".jpg")
				if err := os.WriteFile(path, picture.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
				shown := photo{ID: id, State: "successful", Metadata: result.Metadata, Details: result.Details,
					PlaceNames: result.Place(), Dateline: agencies.FileDateline(result)}
				if d.Mature {
					shown.PlaceNames, shown.FilePlace = tagroll.Place{City: "Porto"}, lisbon
					shown.Origins = map[string]string{"place": "user"}
				}
				jobs.Photos = append(jobs.Photos, job{path, shown})
				edit, err := embed.Plan(bytes.NewReader(picture.Bytes()), int64(picture.Len()), embed.Of(agencies.CaptionedFile(result)))
				if err != nil {
					t.Fatal(err)
				}
				var written bytes.Buffer
				if _, err := edit.WriteTo(&written); err != nil {
					t.Fatal(err)
				}
				want[path] = written.Bytes()
			}
		}
	}
	text, err := json.Marshal(jobs)
	if err != nil {
		t.Fatal(err)
	}
	list := filepath.Join(folder, "jobs.json")
	if err := os.WriteFile(list, text, 0o644); err != nil {
		t.Fatal(err)
	}
	if output, err := exec.CommandContext(t.Context(), node, "testdata/page-embed.mjs", list).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	datelines := 0
	for path, file := range want {
		got, err := os.ReadFile(path)
		if err != nil || !bytes.Equal(got, file) {
			t.Errorf("%s: the page writes another file than the command (%v):\n%q\n%q", filepath.Base(path), err, got, file)
		}
		if bytes.Contains(file, []byte("MAY 14, 2026")) || bytes.Contains(file, []byte("May 14")) {
			datelines++
		}
	}
	if datelines < 12 {
		t.Errorf("only %d of the files have a dateline", datelines)
	}
}
