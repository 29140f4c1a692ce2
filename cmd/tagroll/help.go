package main

import (
	"context"
	"embed"
	"fmt"
	"io"
	"strings"

	"github.com/tagroll/tagroll/settings"
)

// helpPages are what the command says about itself, one page a topic. A page holds what no
// declaration says; {{flags}} stands for the settings of its command, {{commands}} for all
// commands.
//
//go:embed help/*.txt
var helpPages embed.FS

// help is tagroll help.
func (p *program) help(_ context.Context, args []string) error {
	topic := ""
	if len(args) > 1 {
		return &usageError{"help", fmt.Errorf("%q is too much: help takes one topic", args[1])}
	}
	if len(args) > 0 {
		topic = args[0]
	}
	return p.printHelp(p.stdout, topic)
}

// printHelp writes the page of a topic; the empty topic is the overview.
func (p *program) printHelp(w io.Writer, topic string) error {
	text, err := p.helpPage(topic)
	if err == nil {
		_, err = io.WriteString(w, text)
	}
	return err
}

func (p *program) helpPage(topic string) (string, error) {
	if topic == "" {
		topic = "tagroll"
	}
	page, err := helpPages.ReadFile("help/" + topic + ".txt")
	if err != nil {
		near := ""
		if n := settings.Nearest(topic, helpTopics()); n != "" {
			near = "; did you mean tagroll help " + n + "?"
		}
		return "", &usageError{err: fmt.Errorf("there is no help on %q%s", topic, near)}
	}
	text := string(page)
	if c, ok := lookupCommand(topic); ok && c.settings != nil {
		text = strings.Replace(text, "{{flags}}\n", c.settings(p).Help()+"\n", 1)
	}
	var list strings.Builder
	for _, c := range commands() {
		fmt.Fprintf(&list, "  tagroll %-20s%s\n", strings.TrimSpace(c.name+" "+c.args), c.what)
	}
	return strings.Replace(text, "{{commands}}\n", list.String(), 1), nil
}

// helpTopics are the topics that have a page.
func helpTopics() []string {
	entries, err := helpPages.ReadDir("help")
	if err != nil {
		panic(err) // they are part of the program
	}
	var topics []string
	for _, e := range entries {
		if topic := strings.TrimSuffix(e.Name(), ".txt"); topic != "tagroll" {
			topics = append(topics, topic)
		}
	}
	return topics
}
