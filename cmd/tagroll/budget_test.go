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
		d, err := openai.New(openai.Config{BaseURL: "http://127.0.0.1:1/v1", APIKey: "k", Model: model})
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
