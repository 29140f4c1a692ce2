package openai

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// noticeDays is how many days before its end a model's shutdown is spoken of.
const noticeDays = 60

// askTime bounds the question for a model's page.
const askTime = 10 * time.Second

// askForModel asks the server for the model's page, beside the first call and never before it,
// and tells the user if the model will be shut down. Servers without such pages, and failures of
// any kind, say nothing.
func (d *Describer) askForModel() {
	if d.notice == nil {
		return
	}
	go func() {
		ctx, cancel := context.WithTimeout(d.asking, askTime)
		defer cancel()
		day, known := d.shutdownDate(ctx)
		if !known {
			day = d.tableShutdown()
		}
		if line := d.retirement(day); line != "" {
			d.tell("%s", line)
		}
	}()
}

// shutdownDate is the field shutdown_date of the model's page, empty if there is no such day.
// It reports false if the server does not say.
func (d *Describer) shutdownDate(ctx context.Context) (day string, known bool) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, d.base.String()+"/models/"+url.PathEscape(d.model), nil)
	if err != nil {
		return "", false
	}
	request.Header = d.header.Clone()
	request.Header.Del("Content-Type")
	response, err := d.client.Do(request)
	if err != nil {
		return "", false
	}
	defer response.Body.Close()
	var page map[string]json.RawMessage
	body, err := io.ReadAll(io.LimitReader(response.Body, 1<<20))
	if err != nil || response.StatusCode != http.StatusOK || json.Unmarshal(body, &page) != nil {
		return "", false
	}
	field, ok := page["shutdown_date"]
	if !ok || json.Unmarshal(field, &day) != nil {
		return "", false
	}
	return day, true
}

// tableShutdown is the day of the table on which OpenAI shuts the model down, where OpenAI is asked
// or OpenRouter in its place. Others have days of their own, or none.
func (d *Describer) tableShutdown() string {
	if d.provider.Name == "openai" || d.provider.Name == "openrouter" {
		return d.habits.shutdown
	}
	return ""
}

// retirement warns of a shutdown on this day, if it is near or has passed.
func (d *Describer) retirement(day string) string {
	end, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return ""
	}
	now := d.now().UTC()
	switch left := end.Sub(now); {
	case left < 0:
		return fmt.Sprintf("%s was shut down on %s: %s", d.model, longDay(end), d.advice())
	case left <= noticeDays*24*time.Hour:
		return fmt.Sprintf("%s will be shut down on %s: %s", d.model, longDay(end), d.advice())
	}
	return ""
}

func longDay(day time.Time) string { return day.Format("2 January 2006") }

// advice names the model to use instead.
func (d *Describer) advice() string {
	next := cmp.Or(d.habits.successor, DefaultModel)
	if next == d.model {
		return "choose another model with --model"
	}
	if vendor, _, routed := strings.Cut(d.model, "/"); routed {
		next = vendor + "/" + next
	}
	if d.habits.successor == "" {
		return "choose another model, for example --model " + next
	}
	return "its successor is --model " + next
}

// gone completes the message of a model that the server does not offer, if the reason is that its
// time is over.
func (d *Describer) gone() string {
	end, err := time.Parse(time.DateOnly, d.habits.shutdown)
	if err != nil || d.now().Before(end) {
		return ""
	}
	return fmt.Sprintf("; it was shut down on %s: %s", longDay(end), d.advice())
}
