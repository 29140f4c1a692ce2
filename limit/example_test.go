package limit_test

import (
	"context"
	"fmt"
	"time"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/limit"
)

// Every call enters before it is made and leaves with what the provider said.
func ExampleLimiter() {
	limiter := limit.New(limit.Config{Budget: 0.01})
	expect := tagroll.Estimate{Most: tagroll.Usage{CostUSD: 0.004}}

	pass, err := limiter.Enter(context.Background(), expect, time.Minute)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("reserved $%.3f\n", limiter.State().ReservedUSD)
	// Here the call is made.
	pass.Leave(tagroll.RateLimit{
		Allowances: []tagroll.Allowance{{Unit: tagroll.UnitRequests, Limit: 60, Remaining: 0, Reset: time.Second}},
		Spent:      tagroll.Usage{InputTokens: 1900, OutputTokens: 150, CostUSD: 0.001},
	}, nil)

	state := limiter.State()
	fmt.Printf("spent $%.3f; the next call has to wait: %t\n", state.SpentUSD, state.PausedFor > 0)
	// Output:
	// reserved $0.004
	// spent $0.001; the next call has to wait: true
}
