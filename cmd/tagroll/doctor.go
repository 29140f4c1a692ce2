package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"strings"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/agency"
	"github.com/tagroll/tagroll/cmd/tagroll/doctor"
	"github.com/tagroll/tagroll/cmd/tagroll/terminal"
	"github.com/tagroll/tagroll/describe/openai"
	"github.com/tagroll/tagroll/settings"
)

// doctorSettings are the settings of tagroll doctor.
type doctorSettings struct {
	providerFlags
	deliveryFlags
	noCall, json bool
}

// doctorSettings declares the settings of tagroll doctor.
func (p *program) doctorSettings() (*settings.Set, *doctorSettings) {
	s := &doctorSettings{}
	s.tempDefault = ownTempDefault
	set := settings.NewSet("doctor")
	set.Add(settings.Setting{
		Name: "no-call", In: settings.NoFile, Value: settings.Switch(&s.noCall),
		Help: "leave out the call with a tiny image, the only thing that costs",
	}, settings.Setting{
		Name: "json", In: settings.NoFile, Value: settings.Switch(&s.json),
		Help: "print one JSON object at the end",
	})
	s.providerFlags.add(set)
	s.deliveryFlags.add(set)
	return set, s
}

// doctor is tagroll doctor: it finds out why photos cannot be described. It takes the flags that
// tagroll run has for the describer and the delivery.
func (p *program) doctor(ctx context.Context, args []string) error {
	set, s := p.doctorSettings()
	if err := p.readFlags(set, args); err != nil {
		return err
	}
	s.providerFlags.check(p.getenv)
	s.deliveryFlags.check(s.inline())
	config, closeAll := p.examination(ctx, s)
	defer closeAll()
	if !s.json {
		config.Tell = p.printDiagnosis
	}
	found := doctor.Examine(ctx, config)
	failed := doctor.Failed(found)
	if s.json {
		enc := json.NewEncoder(p.stdout)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", "  ")
		if err := enc.Encode(struct {
			OK     bool               `json:"ok"`
			Checks []doctor.Diagnosis `json:"checks"`
		}{!failed, found}); err != nil {
			return err
		}
	}
	if ctx.Err() != nil {
		return &tagroll.Error{Code: tagroll.CodeCancelled, Message: "stopped before all was looked at", Err: context.Cause(ctx)}
	}
	if failed {
		return exitError(exitFatal)
	}
	return nil
}

// examination says what is to be looked at.
func (p *program) examination(ctx context.Context, s *doctorSettings) (c doctor.Config, closeAll func()) {
	closeAll = func() {}
	c.NoCall, c.Guide = s.noCall, agency.Default().Guide()
	c.Folders = []string{".", cmp.Or(s.tempDir, os.TempDir())}
	if s.provider == "offline" {
		if local, ok := openai.FindLocal(ctx); ok && !s.providerGiven {
			c.Local = fmt.Sprintf("%s on this machine has a model that can see: --provider %s --model %s uses it", local.Provider.Title, local.Provider.Name, local.Model)
		}
		return c, closeAll
	}
	c.BaseURL = cmp.Or(s.baseURL, s.preset.BaseURL, openai.DefaultBaseURL)
	c.KeyNeeded = !s.preset.Local && s.preset.Name != ""
	if name, _ := s.keySetting(); name != "" {
		c.KeyFrom = s.set.Lookup(name).Source()
		if c.KeyFrom == "default" {
			c.KeyFrom = "$" + strings.Join(s.preset.Keys, " or $")
		}
	}
	if c.Key, c.KeyError = p.apiKey(ctx, &s.providerFlags); c.KeyError != nil {
		return c, closeAll
	}
	described, err := p.newDescriber(ctx, &s.providerFlags, nil)
	if err != nil {
		c.MakeError = err
		return c, closeAll
	}
	c.Describer, _ = described.(*openai.Describer)
	if s.noCall {
		return c, closeAll
	}
	c.ByURL = s.deliver == "url"
	publisher, closePublisher, err := s.publisher(slog.New(slog.DiscardHandler))
	if err != nil {
		c.MakeError, c.Describer = err, nil
		return c, closeAll
	}
	c.Publisher = publisher
	return c, closePublisher
}

// printDiagnosis writes a diagnosis for a person.
func (p *program) printDiagnosis(d doctor.Diagnosis) {
	fmt.Fprintf(p.stdout, "%-8s %-9s %s\n", d.State, d.Check, terminal.Printable(d.Message))
	if d.WayOut != "" {
		fmt.Fprintf(p.stdout, "%-18s → %s\n", "", terminal.Printable(d.WayOut))
	}
}
