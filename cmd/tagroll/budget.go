package main

import (
	"errors"
	"strconv"
	"strings"

	"github.com/tagroll/tagroll/settings"
)

// budgetSetting declares --budget.
func (s *runSettings) budgetSetting() settings.Setting {
	return settings.Setting{
		Name: "budget", Group: groupEffort, Arg: "DOLLARS", In: settings.AnyFile, Value: settings.Func("", s.setBudget),
		Default: "no bound",
		Help:    "what the run may cost at most; photos that do not fit stay for a run with more",
		Want:    wantDollars,
	}
}

// budgetSetting declares --budget-per-day.
func (s *engineFlags) budgetSetting(group string) settings.Setting {
	return settings.Setting{
		Name: "budget-per-day", Group: group, Arg: "DOLLARS", Value: settings.Func("0", s.setBudgetPerDay), Default: "no limit",
		Want: wantDollars,
		Help: `what all calls may cost in 24 hours, by the estimate of their cost, of all nodes and restarts
			together; batches then wait for the next day, and no more photos are taken`,
	}
}

// wantDollars is what is said of an amount that is none.
const wantDollars = "give an amount of US dollars, such as 2.00"

// dollars reads an amount of US dollars, with or without the sign.
func dollars(text string) (float64, error) {
	amount, err := strconv.ParseFloat(strings.TrimPrefix(text, "$"), 64)
	if err != nil || !(amount >= 0 && amount < 1e9) { // so that NaN is refused
		return 0, errors.New(wantDollars)
	}
	return amount, nil
}

// setBudget reads --budget. Zero is refused: a run that may cost nothing describes no photo.
func (s *runSettings) setBudget(text string) (err error) {
	if s.budget, err = dollars(text); err == nil && s.budget == 0 {
		err = errors.New(wantDollars)
	}
	return err
}

// setBudgetPerDay reads --budget-per-day. Zero is no limit, and so is -1, as for the limits of
// visitors.
func (s *engineFlags) setBudgetPerDay(text string) (err error) {
	if text == "-1" {
		text = "0"
	}
	s.budgetPerDay, err = dollars(text)
	return err
}
