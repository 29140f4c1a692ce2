package limit

import (
	"context"
	"fmt"
	"time"

	"github.com/tagroll/tagroll"
)

// Fund gives money to a limiter whose budget is used up. It grants need dollars or more, which must
// be spent before until. An error ends the call that needs the money; until is then the time at
// which there is money again. A limiter asks for one portion at a time.
type Fund func(ctx context.Context, need float64) (granted float64, until time.Time, err error)

// spend holds the calls to a budget in US dollars. The most that a call can cost is
// reserved before it is made and settled after it, so the budget is never passed. A provider may
// still bill more than anybody could know. So the first call is made alone. If it costs more than
// the most that was known, each later reservation is larger by the same factor.
type spend struct {
	bounded                 bool
	known                   bool    // a call was settled
	dearer                  float64 // how many times the most calls have cost of late
	budget, spent, reserved float64
	until                   time.Time // when what is left of the budget is void; zero for never
	fund                    Fund
	shut                    time.Time // until when there is no more money
}

// reserve sets aside what a call can cost and returns that amount in dollars. The caller knows of
// most; providers may bill more. reserve fails with CodeBudgetReached if the rest of the budget is
// less. It reports false if calls in flight have to end first, since they may cost less than was
// set aside for them.
func (s *spend) reserve(now time.Time, most float64) (reserved float64, ok bool, err error) {
	if !s.until.IsZero() && !now.Before(s.until) {
		s.budget, s.until = s.spent+s.reserved, time.Time{}
	}
	inFlight := s.reserved > 1e-9 // sums of dollars are not exact
	fits := s.fits(most)
	if s.bounded {
		most *= max(1, s.dearer)
	}
	switch {
	case s.bounded && inFlight && !s.known:
		return 0, false, nil
	case fits || !s.bounded || most == 0:
		s.reserved += most
		return most, true, nil
	case inFlight && (s.fund == nil || now.Before(s.shut)):
		return 0, false, nil
	}
	return 0, false, &tagroll.Error{
		Code: tagroll.CodeBudgetReached,
		Message: fmt.Sprintf("the next call could cost up to $%.4f, and $%.4f of the budget of $%.4g are spent: run the rest with a larger budget",
			most, s.spent, s.budget),
	}
}

// fits reports whether the budget has room for a call that can cost most, by the caller's word.
func (s *spend) fits(most float64) bool {
	return s.spent+s.reserved+most*max(1, s.dearer) <= s.budget
}

// settle replaces a reservation by the cost. A call whose answer was not seen may have
// cost the most, and so may one whose answer does not say what it took.
func (s *spend) settle(reserved, most, cost float64, code tagroll.Code) {
	s.reserved -= reserved
	if most > 0 {
		// The mean forgets, as callers learn to expect more.
		s.dearer = max((s.dearer+cost/most)/2, cost/most)
	}
	switch code {
	case tagroll.CodeTimeout, tagroll.CodeCancelled, tagroll.CodeNetwork:
		cost = max(cost, reserved)
	case "", tagroll.CodeMalformedAnswer, tagroll.CodeEmptyAnswer, tagroll.CodeAnswerTruncated, tagroll.CodeRefused, tagroll.CodeContentFiltered:
		if cost == 0 && s.budget > 0 {
			cost = reserved
		}
	}
	s.known = s.known || cost > 0
	s.spent += cost
}

// SpendFrom lets the limiter spend no more than it is given by fund, a portion at a time.
func (l *Limiter) SpendFrom(fund Fund) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.spend = spend{bounded: true, fund: fund}
}

// refill asks for another portion of money, unless another call has just been given enough. Without
// a fund it returns the error that the budget's end is.
func (l *Limiter) refill(ctx context.Context, need float64, ended error) error {
	select {
	case l.refilling <- struct{}{}:
		defer func() { <-l.refilling }()
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	l.mu.Lock()
	fund, enough := l.spend.fund, l.spend.fits(need)
	l.mu.Unlock()
	switch {
	case fund == nil:
		return ended
	case enough:
		return nil
	}
	granted, until, err := fund(ctx, need)
	l.mu.Lock()
	defer l.mu.Unlock()
	s := &l.spend
	if err != nil {
		s.shut = later(s.shut, later(until, time.Now().Add(time.Second)))
		if s.reserved > 1e-9 && ctx.Err() == nil {
			return nil // calls in flight may leave enough
		}
		return err
	}
	if !until.Equal(s.until) {
		s.budget, s.until = s.spent+s.reserved, until // what was left is another day's
	}
	s.budget += granted
	s.shut = time.Time{}
	return nil
}

// Unspent takes back the money that the limiter was given ([Limiter.SpendFrom]) and has neither
// spent nor reserved. It returns the amount and the moment from which it must not be spent.
func (l *Limiter) Unspent() (dollars float64, until time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := &l.spend
	dollars, until = max(0, s.budget-s.spent-s.reserved), s.until
	s.budget -= dollars
	return dollars, until
}
