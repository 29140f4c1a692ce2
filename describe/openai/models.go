package openai

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tagroll/tagroll"
)

// ModelTable is what is known of models, with its date.
type ModelTable struct {
	AsOf    string            `json:"as_of"` // a date, year first
	Sources map[string]string `json:"sources"`
	// Models are the models by name without a date: "gpt-5-nano" is also
	// "gpt-5-nano-2025-08-07".
	Models map[string]Model `json:"models"`
}

// Model is what is known of one model. Every field may be left out.
type Model struct {
	*Price
	// Like names another model of the table, which is asked for what is left out here.
	// The deployment names of Azure need this.
	Like string `json:"like,omitempty"`
	// Next is the form of later names in the model's family, in which "*" stands for a version
	// that is not of an older generation: "gpt-*" of gpt-6 is gpt-6.2 and gpt-7, but not gpt-4.
	// Such names get the same habits, and the price as a guess that is said to be one.
	Next string `json:"next,omitempty"`
	// Effort is the least reasoning effort that the model accepts: describing a photo needs no
	// chain of thought. Empty if the model does not reason.
	Effort *string `json:"effort,omitempty"`
	// MaxOutput bounds the tokens of an answer, reasoning included: enough for any good answer,
	// little enough that a model that has lost its way costs next to nothing. 0 is no bound.
	MaxOutput *int `json:"max_output,omitempty"`
	// Image is how tokens of an image are counted.
	Image *ImageRule `json:"image,omitempty"`
	// Shutdown is the day from which OpenAI does not serve the model any more, year first.
	Shutdown string `json:"shutdown,omitempty"`
	// Successor is the model that OpenAI names in its place.
	Successor string `json:"successor,omitempty"`
}

// Price is what a model costs, in US dollars per million tokens.
type Price struct {
	Input float64 `json:"input"`
	// CachedInput is the price of input that the provider had in its cache. 0 means Input.
	CachedInput float64 `json:"cached_input,omitempty"`
	// CacheWrite is the price of input that the provider puts into its cache. 0 means Input.
	CacheWrite float64 `json:"cache_write,omitempty"`
	// Output includes the tokens of a model's reasoning.
	Output float64 `json:"output"`
	// Flex is what the service tier "flex" costs, as a share of the standard price. 0 means
	// that the model is not known to have it.
	Flex float64 `json:"flex,omitempty"`
}

// Cost is the price of a usage in dollars, by the tier that served it.
func (p Price) Cost(u tagroll.Usage) float64 {
	const million = 1e6
	or := func(price, otherwise float64) float64 {
		if price == 0 {
			return otherwise
		}
		return price
	}
	plain := max(0, u.InputTokens-u.CachedTokens-u.CacheWriteTokens)
	sum := float64(plain)*p.Input +
		float64(u.CachedTokens)*or(p.CachedInput, p.Input) +
		float64(u.CacheWriteTokens)*or(p.CacheWrite, p.Input) +
		float64(u.OutputTokens)*p.Output
	switch u.Tier {
	case TierFlex:
		sum *= or(p.Flex, 1)
	case tierPriority:
		// "Fast double", https://platform.openai.com/docs/guides/priority-processing
		sum *= 2
	}
	return sum / million
}

// valid reports whether all are amounts of money. Each comparison is false for NaN.
func (p Price) valid() bool {
	const most = 1e6
	for _, v := range []float64{p.Input, p.CachedInput, p.CacheWrite, p.Output, p.Flex} {
		if !(v >= 0 && v <= most) {
			return false
		}
	}
	return p.Flex <= 1
}

// isEmpty reports whether nothing is known of a model.
func (m Model) isEmpty() bool { return m == Model{} }

//go:embed models.json
var embeddedModels []byte

// Models returns the built-in table. Providers change prices, and discounts are not known
// here: [Config].Models overrides and completes it.
func Models() ModelTable {
	var table ModelTable
	if err := json.Unmarshal(embeddedModels, &table); err != nil {
		// A test reads the table: this cannot happen.
		panic("openai: the embedded table of models is broken: " + err.Error())
	}
	return table
}

// ParseModels reads a table of models in the form of the built-in one, for [Config].Models. What a
// model cannot have is refused: unknown fields, half a price, a model that it is like and that is
// in no table. The error says what is wrong.
func ParseModels(text []byte) (map[string]Model, error) {
	var table struct {
		Models map[string]json.RawMessage `json:"models"`
	}
	if err := json.Unmarshal(text, &table); err != nil {
		return nil, err
	}
	if len(table.Models) == 0 {
		return nil, errors.New("there is no model in it")
	}
	models := make(map[string]Model)
	for name, raw := range table.Models {
		var m Model
		decoder := json.NewDecoder(bytes.NewReader(raw))
		decoder.DisallowUnknownFields()
		if err := decoder.Decode(&m); err != nil {
			return nil, fmt.Errorf("the model %q: %w", name, err)
		}
		if err := checkPrice(raw); err != nil {
			return nil, misconfigured("the price of %q %v", name, err)
		}
		lower := strings.ToLower(name)
		if _, twice := models[lower]; twice || lower == "" {
			return nil, misconfigured("the model %q stands there twice, or has no name", name)
		}
		models[lower] = m
	}
	return models, checkModels(models)
}

// checkPrice finds a price without its main parts, which would be taken for nothing.
func checkPrice(model []byte) error {
	var has map[string]json.RawMessage
	if err := json.Unmarshal(model, &has); err != nil || has == nil {
		return errors.New("is not there: write an object")
	}
	for _, part := range []string{"input", "cached_input", "cache_write", "output", "flex"} {
		if has[part] == nil {
			continue
		}
		for _, main := range []string{"input", "output"} {
			if has[main] == nil {
				return fmt.Errorf("has %q and no %q", part, main)
			}
		}
	}
	return nil
}

// checkModels finds what makes no sense in a user's table.
func checkModels(models map[string]Model) error {
	for _, name := range slices.Sorted(maps.Keys(models)) {
		m := models[name]
		switch {
		case m.Price != nil && !m.Price.valid():
			return misconfigured("the price of %q is no number of dollars from 0 to 1,000,000, or its share for flex is above 1", name)
		case m.Like != "" && models[strings.ToLower(m.Like)].isEmpty() && Models().Models[m.Like].isEmpty():
			return misconfigured("the model %q is like %q, which is in no table", name, m.Like)
		case m.MaxOutput != nil && *m.MaxOutput < 0:
			return misconfigured("max_output of %q is negative", name)
		case m.Image != nil && !m.Image.valid():
			return misconfigured("the image rule of %q has a number below 0 or far too large", name)
		case m.Shutdown != "" && !isDay(m.Shutdown):
			return misconfigured("the shutdown of %q is %q: write a day such as 2026-12-11", name, m.Shutdown)
		}
	}
	return nil
}

func isDay(text string) bool {
	_, err := time.Parse(time.DateOnly, text)
	return err == nil
}

// habits is what is known of the model that a describer asks.
type habits struct {
	name      string // of the table's model from which they come; empty for an unknown one
	effort    string
	maxOutput int
	image     ImageRule
	price     *Price
	pricedAs  string // another model's name, if its price is taken as a guess
	shutdown  string
	successor string
}

// unknownImage is the guess for models that are in no table.
var unknownImage = ImageRule{Base: 85, PerTile: 170}

// dated matches what makes a snapshot's name out of a model's: "-2025-08-07",
// "-0613" or "-latest". Anything else makes another model: gpt-4o-mini is no gpt-4o.
var dated = regexp.MustCompile(`^-(\d{4}-\d{2}-\d{2}|\d{4}|latest)$`)

// kinship is how a name is related to one of the table.
type kinship int

const (
	stranger  kinship = iota
	related           // the same habits: gpt-5-foo and gpt-5
	successor         // the same habits, and the price as a guess: gpt-6.2-luna and gpt-6-luna
	same              // the model itself, or a dated snapshot of it
)

// kinshipOf tells how closely a name is related to a model of the table.
func kinshipOf(name, known string, m Model) kinship {
	if rest, ok := strings.CutPrefix(name, known); ok {
		switch {
		case rest == "" || dated.MatchString(rest):
			return same
		case rest[0] == '-' || rest[0] == ':':
			return related
		}
	}
	if m.Next == "" {
		return stranger
	}
	pattern := "^" + strings.ReplaceAll(regexp.QuoteMeta(m.Next), `\*`, `\d+(?:\.\d+)*`)
	at := regexp.MustCompile(pattern).FindStringIndex(name)
	switch {
	case at == nil || generation(name) < generation(known):
		return stranger
	case at[1] == len(name) || dated.MatchString(name[at[1]:]):
		return successor
	case name[at[1]] == '-' || name[at[1]] == ':':
		return related
	}
	return stranger
}

// firstNumber is the first number of a model's name.
var firstNumber = regexp.MustCompile(`\d+`)

// generation is the first number of a model's name: 5 of gpt-5.4-mini. 0 if there is none.
func generation(name string) int {
	n, _ := strconv.Atoi(firstNumber.FindString(name)) // of a number too large, the largest
	return n
}

// find looks a name up in a table. The closest kin counts, then the longest name.
func find(name string, table map[string]Model) (found string, kin kinship) {
	for known, m := range table {
		k := kinshipOf(name, known, m)
		if k > kin || k == kin && k != stranger && (len(known) > len(found) || len(known) == len(found) && known > found) {
			found, kin = known, k
		}
	}
	return found, kin
}

// habitsOf finds what is known of a model in the user's table and in the built-in one. Routers put
// the vendor before the name ("openai/gpt-5-nano"), fine-tuned models are called
// "ft:gpt-4o-2024-08-06:org::id". Both have the habits of the model and prices of their own.
func habitsOf(model string, user map[string]Model) habits {
	builtIn := Models().Models
	model = strings.ToLower(model)
	bare, ownPrice := model, true
	if i := strings.LastIndexByte(model, '/'); i >= 0 {
		bare, ownPrice = model[i+1:], model[:i] == "openai"
	}
	if base, ok := strings.CutPrefix(bare, "ft:"); ok {
		bare, _, _ = strings.Cut(base, ":")
		ownPrice = false
	}
	h := habits{image: unknownImage}
	var merged Model
	take := func(name string, table map[string]Model, ownPrice bool) {
		found, kin := find(name, table)
		if kin == stranger {
			return
		}
		m := table[found].completed(user, builtIn)
		if h.name == "" {
			h.name = found
		}
		if kin >= successor && ownPrice && merged.Price == nil && m.Price != nil {
			merged.Price = m.Price
			if kin == successor {
				h.pricedAs = found
			}
		} else if kin >= successor && ownPrice && merged.Price != nil && merged.Price.Flex == 0 && m.Price != nil {
			price := *merged.Price // the user's, who seldom says what share flex is
			price.Flex = m.Price.Flex
			merged.Price = &price
		}
		if kin == same && ownPrice && h.shutdown == "" {
			h.shutdown, h.successor = m.Shutdown, m.Successor
		}
		m.Price = merged.Price
		merged = merged.or(m)
	}
	if bare != model {
		take(model, user, true) // a user may name a router's model in full
	}
	take(bare, user, ownPrice)
	take(bare, builtIn, ownPrice)

	h.price = merged.Price
	if merged.Effort != nil {
		h.effort = *merged.Effort
	}
	if merged.MaxOutput != nil {
		h.maxOutput = *merged.MaxOutput
	}
	if merged.Image != nil {
		h.image = *merged.Image
	}
	return h
}

// or fills in from another model what is left out.
func (m Model) or(other Model) Model {
	if m.Price == nil {
		m.Price = other.Price
	}
	if m.Effort == nil {
		m.Effort = other.Effort
	}
	if m.MaxOutput == nil {
		m.MaxOutput = other.MaxOutput
	}
	if m.Image == nil {
		m.Image = other.Image
	}
	return m
}

// completed follows Like once, first in the user's table.
func (m Model) completed(tables ...map[string]Model) Model {
	for _, table := range tables {
		if other, ok := table[m.Like]; ok && m.Like != "" {
			m = m.or(other)
		}
	}
	return m
}
