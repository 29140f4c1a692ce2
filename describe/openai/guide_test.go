package openai_test

import (
	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/agency"
	"github.com/tagroll/tagroll/describe/describetest"
)

// adobe is what Adobe Stock asks for.
var adobe = func() tagroll.Guide {
	a, err := agency.Lookup("adobe-stock")
	if err != nil {
		panic(err)
	}
	return agency.Set{a}.Guide()
}()

// adobeRequest is describetest.Request for Adobe Stock.
func adobeRequest(n int) tagroll.Request {
	r := describetest.Request(n)
	r.Guide = adobe
	return r
}
