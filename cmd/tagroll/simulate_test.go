package main

import (
	"strings"
	"testing"
)

// What a stand-in can be told on the command line is what it does.
func TestSimulateSettings(t *testing.T) {
	p := &program{getenv: func(string) string { return "" }}
	set, s := p.simulateSettings()
	if _, err := p.read(set, []string{"--no-flex", "--slots", "3", "--shutdown", "gpt-6-luna=2027-01-14", "--shutdown", "own=2026-12-11"}, false); err != nil {
		t.Fatal(err)
	}
	c, err := s.config()
	if err != nil || !c.NoFlex || c.Slots != 3 || c.Shutdown["gpt-6-luna"] != "2027-01-14" || c.Shutdown["own"] != "2026-12-11" {
		t.Errorf("%+v, %v", c, err)
	}
	for _, bad := range []string{"gpt-6-luna", "gpt-6-luna=soon", "=2027-01-14", "gpt-6-luna=2027-13-01"} {
		set, s := p.simulateSettings()
		_, err := p.read(set, []string{"--shutdown", bad}, false)
		if err == nil {
			_, err = s.config()
		}
		if err == nil || !strings.Contains(err.Error(), "name a model and a day") {
			t.Errorf("--shutdown %s: %v", bad, err)
		}
	}
}
