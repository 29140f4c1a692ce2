package main

import (
	"cmp"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/agency"
	"github.com/tagroll/tagroll/settings"
)

// budgetSetting declares --budget.
func (s *runSettings) budgetSetting() settings.Setting {
	return settings.Setting{
		Name: "budget", Group: groupEffort, Arg: "DOLLARS", In: settings.AnyFile, Value: settings.Func("", s.setBudget),
		Default: "no bound",
		Help:    "what the run may cost at most; photos that do not fit stay for a run with more",
		Want:    "give an amount of US dollars, such as 2.00",
	}
}

// setBudget reads an amount of US dollars.
func (s *runSettings) setBudget(text string) (err error) {
	s.budget, err = strconv.ParseFloat(strings.TrimPrefix(text, "$"), 64)
	if err != nil || !(s.budget > 0 && s.budget < 1e9) {
		return errors.New("give an amount of US dollars, such as 2.00")
	}
	return nil
}

// checkBudget refuses a budget that nothing can be counted against.
func checkBudget(flag string, budget float64, describer tagroll.Describer, agencies agency.Set) error {
	e, ok := describer.(estimator)
	if budget == 0 || !ok || e.Expect(typicalRequest(tagroll.ImageSide, tagroll.ImageSide, agencies.Guide())).Most.CostUSD > 0 {
		return nil
	}
	return &tagroll.Error{
		Code: tagroll.CodeConfiguration,
		Message: fmt.Sprintf("--%s needs to know what a call costs: %s; name it with --prices, or leave --%[1]s out",
			flag, cmp.Or(e.Pricing(), "this model costs nothing")),
	}
}

// isFree reports whether calls are known to cost nothing.
func isFree(describer tagroll.Describer, agencies agency.Set) bool {
	e, ok := describer.(estimator)
	return ok && e.Pricing() == "" && e.Estimate(typicalRequest(1024, 1024, agencies.Guide())).CostUSD == 0
}
