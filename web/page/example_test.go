package page_test

import (
	"fmt"
	"net/http/httptest"

	"github.com/tagroll/tagroll/web/page"
)

func Example() {
	p, err := page.New()
	if err != nil {
		fmt.Println(err)
		return
	}
	answer := httptest.NewRecorder()
	p.ServeHTTP(answer, httptest.NewRequest("GET", "/", nil))
	fmt.Println(answer.Code, answer.Header().Get("Content-Type"))
	// Output: 200 text/html; charset=utf-8
}
