package tagroll_test

import (
	"context"
	"fmt"
	"time"

	"github.com/tagroll/tagroll"
)

// Callers branch on the code, however deep the error lies.
func ExampleCodeOf() {
	err := fmt.Errorf("batch 7: %w", &tagroll.Error{
		Code: tagroll.CodeRateLimited, Message: "the provider is busy", RetryAfter: 2 * time.Second,
	})
	code := tagroll.CodeOf(err)
	fmt.Println(code, code.Recoverable(), code.Fatal())
	fmt.Println(tagroll.CodeOf(context.DeadlineExceeded), tagroll.CodeOf(nil) == "")
	// Output:
	// rate_limited true false
	// timeout true
}

// Every error can be told as a code, a message and a stage.
func ExampleAsError() {
	err := fmt.Errorf("photo 3: %w", &tagroll.Error{
		Code: tagroll.CodeEmptyFile, Photo: "a.jpg", Message: "the file is empty: copy it again", Stage: tagroll.StageIntake,
	})
	e := tagroll.AsError(err)
	fmt.Println(e.Stage, e.Code, "-", e)
	fmt.Println(tagroll.AsError(context.Canceled).Code)
	// Output:
	// intake empty_file - a.jpg: the file is empty: copy it again
	// cancelled
}

// A model's spelling of a category is forgiven.
func ExampleParseCategory() {
	fmt.Println(tagroll.ParseCategory(" plants &  flowers"))
	_, ok := tagroll.ParseCategory("Dinosaurs")
	fmt.Println(ok)
	// Output:
	// Plants and Flowers true
	// false
}

// Adobe Stock's number of a category is its position.
func ExampleCategories() {
	for i, c := range tagroll.Categories()[:3] {
		fmt.Println(i+1, c)
	}
	// Output:
	// 1 Animals
	// 2 Buildings and Architecture
	// 3 Business
}

func ExampleHasErrors() {
	findings := []tagroll.Finding{{Field: "title", Severity: tagroll.SeverityWarning, Rule: "title-long"}}
	fmt.Println(tagroll.HasErrors(findings))
	// Output: false
}

func ExampleProgress_Speedup() {
	p := tagroll.Progress{Completed: 45, Average: time.Second, Elapsed: 9 * time.Second}
	fmt.Printf("%.1f times faster than one by one\n", p.Speedup())
	// Output: 5.0 times faster than one by one
}
