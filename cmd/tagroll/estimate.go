package main

import (
	"cmp"
	"fmt"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/agency"
)

// estimator is a describer that knows what a call will take.
type estimator interface {
	// EstimateNth is for the n-th call of a run of which so many are made together.
	EstimateNth(r tagroll.Request, n, together int) tagroll.Usage
	Expect(tagroll.Request) tagroll.Estimate
	Pricing() string
}

// expect returns what says what calls will take; nil for the built-in describer.
func expect(d tagroll.Describer) func(tagroll.Request) tagroll.Estimate {
	if e, ok := d.(estimator); ok {
		return e.Expect
	}
	return nil
}

// typicalRequest is a request for a photo of this size of which the file says nothing.
func typicalRequest(width, height int, guide tagroll.Guide) tagroll.Request {
	return tagroll.Request{Image: tagroll.Image{Width: width, Height: height}, Guide: guide}
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
	return ok && e.Pricing() == "" && e.Expect(typicalRequest(tagroll.ImageSide, tagroll.ImageSide, agencies.Guide())).Likely.CostUSD == 0
}
