package main

import (
	"embed"
	"io"
)

// helpPages are what the command says about itself, one page a topic. Their lines
// about flags are checked against the flags by a test.
//
//go:embed help/*.txt
var helpPages embed.FS

// printHelp writes the page of a topic; the empty topic is the overview. It reports
// false if there is no such page.
func printHelp(w io.Writer, topic string) bool {
	if topic == "" {
		topic = "tagroll"
	}
	page, err := helpPages.ReadFile("help/" + topic + ".txt")
	if err != nil {
		return false
	}
	_, _ = w.Write(page)
	return true
}
