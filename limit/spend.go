package limit

import (
	"fmt"

	"github.com/tagroll/tagroll"
)

// spend holds the calls to a budget in US dollars. The most that a call can cost is
// reserved before it is made and settled after it, so the budget is never passed.
type spend struct {
	budget, spent, reserved float64 // budget is zero for none
}

// reserve sets aside what a call can cost. It fails with CodeBudgetReached if the rest of
// the budget is less, and reports false if calls in flight have to end first.
func (s *spend) reserve(most float64) (ok bool, err error) {
	if s.budget > 0 && s.spent+s.reserved+most > s.budget {
		if s.spent+most <= s.budget {
			return false, nil
		}
		return false, &tagroll.Error{
			Code:    tagroll.CodeBudgetReached,
			Message: fmt.Sprintf("the next call could cost up to $%.4f, and $%.4f of the budget of $%.4g are spent: run the rest with a larger budget", most, s.spent, s.budget),
		}
	}
	s.reserved += most
	return true, nil
}

// settle replaces a reservation by the cost. A call whose answer was not seen may have
// cost the most, and so may one whose answer does not say what it took.
func (s *spend) settle(most, cost float64, code tagroll.Code) {
	s.reserved -= most
	switch code {
	case tagroll.CodeTimeout, tagroll.CodeCancelled, tagroll.CodeNetwork:
		cost = max(cost, most)
	case "", tagroll.CodeMalformedAnswer, tagroll.CodeEmptyAnswer, tagroll.CodeAnswerTruncated, tagroll.CodeRefused, tagroll.CodeContentFiltered:
		if cost == 0 && s.budget > 0 {
			cost = most
		}
	}
	s.spent += cost
}
