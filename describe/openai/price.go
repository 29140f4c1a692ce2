package openai

import (
	_ "embed"
	"encoding/json"
	"regexp"
	"strings"

	"github.com/tagroll/tagroll"
)

// Price is what a model costs, in US dollars per million tokens.
type Price struct {
	Input float64 `json:"input"`
	// CachedInput is the price of input that the provider had in its cache.
	CachedInput float64 `json:"cached_input"`
	// Output includes the tokens of a model's reasoning.
	Output float64 `json:"output"`
}

// cost is the price of a usage in dollars.
func (p Price) cost(u tagroll.Usage) float64 {
	const million = 1e6
	return (float64(u.InputTokens-u.CachedTokens)*p.Input +
		float64(u.CachedTokens)*p.CachedInput +
		float64(u.OutputTokens)*p.Output) / million
}

// valid reports whether all three are amounts of money. Each comparison is false for NaN.
func (p Price) valid() bool {
	const most = 1e6
	ok := func(v float64) bool { return v >= 0 && v <= most }
	return ok(p.Input) && ok(p.CachedInput) && ok(p.Output)
}

// PriceTable is a list of prices with its date.
type PriceTable struct {
	AsOf   string           `json:"as_of"` // a date, year first
	Source string           `json:"source"`
	Models map[string]Price `json:"models"` // by model name without a date
}

//go:embed prices.json
var embeddedPrices []byte

// Prices returns the built-in prices. They are estimates with a date: providers
// change prices, and discounts are not known here. [Config].Prices overrides them.
func Prices() PriceTable {
	var table PriceTable
	if err := json.Unmarshal(embeddedPrices, &table); err != nil {
		panic("openai: the embedded price table is broken: " + err.Error()) // a test reads it
	}
	return table
}

// dated matches what makes a snapshot's name out of a model's: "-2025-08-07",
// "-0613" or "-latest". Anything else makes another model: gpt-4o-mini is no gpt-4o.
var dated = regexp.MustCompile(`^-(\d{4}-\d{2}-\d{2}|\d{4}|latest)$`)

// priceOf finds the price of a model in the tables, the first table that knows it
// first. It is zero if no table does.
func priceOf(model string, tables ...map[string]Price) Price {
	model = strings.TrimPrefix(model, "openai/")
	for _, table := range tables {
		if price, ok := table[model]; ok {
			return price
		}
		best := ""
		for name := range table {
			rest, ok := strings.CutPrefix(model, name)
			if ok && dated.MatchString(rest) && len(name) > len(best) {
				best = name
			}
		}
		if best != "" {
			return table[best]
		}
	}
	return Price{}
}
