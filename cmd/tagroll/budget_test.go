package main

import (
	"testing"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/describe/openai"
)

// serve and worker know how many calls may be in flight by themselves, and what a day may cost.
func TestNodesTakeAutoAndABudget(t *testing.T) {
	p := &program{getenv: func(string) string { return "" }}
	flags := []string{"-c", "auto:40", "--budget-per-day", "2.5"}
	serve, err := p.parseServe(append(flags, "--data-dir", t.TempDir()))
	if err != nil {
		t.Fatal(err)
	}
	worker, err := p.parseWorker(append(flags, "--nats", "nats://127.0.0.1:1"))
	if err != nil {
		t.Fatal(err)
	}
	for name, s := range map[string]nodeSettings{"serve": serve.nodeSettings, "worker": worker.nodeSettings} {
		if !s.auto || s.concurrency != 40 || s.budgetPerDay != 2.5 {
			t.Errorf("%s: auto %t up to %d, $%v a day", name, s.auto, s.concurrency, s.budgetPerDay)
		}
	}
}

// A budget that nothing can be counted against is refused before anything is spent.
func TestBudgetNeedsAPrice(t *testing.T) {
	for model, want := range map[string]tagroll.Code{"gpt-6-luna": "", "a-model-of-ones-own": tagroll.CodeConfiguration} {
		d, err := openai.New(openai.Config{BaseURL: "http://127.0.0.1:1/v1",
			APIKey: "k", Model: model})
		if err != nil {
			t.Fatal(err)
		}
		err = checkBudget("budget-per-day", 5, d, nil)
		if got := tagroll.CodeOf(err); err != nil != (want != "") || err != nil && got != want {
			t.Errorf("%s: %v", model, err)
		}
		if err := checkBudget("budget-per-day", 0, d, nil); err != nil {
			t.Errorf("%s without a budget: %v", model, err)
		}
	}
}

// Amounts are read alike everywhere. What is no number bounds nothing, and is refused.
func TestDollars(t *testing.T) {
	for text, want := range map[string]float64{"2.5": 2.5, "$2.50": 2.5, "0": 0} {
		if got, err := dollars(text); err != nil || got != want {
			t.Errorf("%s: %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "$", "lots", "-1", "NaN", "Inf", "1e12"} {
		if got, err := dollars(text); err == nil {
			t.Errorf("%q is taken for %v", text, got)
		}
	}
	s := new(nodeSettings)
	if err := s.setBudgetPerDay("-1"); err != nil || s.budgetPerDay != 0 {
		t.Errorf("-1 is no limit elsewhere, and here %v, %v", s.budgetPerDay, err)
	}
	if err := new(runSettings).setBudget("0"); err == nil {
		t.Error("a run that may cost nothing is begun")
	}
}
