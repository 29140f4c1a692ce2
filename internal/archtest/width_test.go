package archtest

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Columns of a comment's line.
const (
	maxColumns = 100
	tabColumns = 4
)

// wideComments returns the numbers of the lines that are a comment and nothing else, and wider than
// maxColumns. What has a form of its own counts for nothing: directives, indented text, and the
// output of examples, which is compared to the letter.
func wideComments(source string) []int {
	var wide []int
	number, output := 0, false
	for line := range strings.Lines(source) {
		number++
		line = strings.TrimRight(line, "\r\n")
		text := strings.TrimLeft(line, "\t")
		body, comment := strings.CutPrefix(text, "//")
		if !comment {
			output = false
			continue
		}
		output = output || strings.HasPrefix(body, " Output:") || strings.HasPrefix(body, " Unordered output:")
		if output || !strings.HasPrefix(body, " ") || strings.HasPrefix(body, "  ") {
			continue
		}
		if columns := utf8.RuneCountInString(text) + tabColumns*(len(line)-len(text)); columns > maxColumns {
			wide = append(wide, number)
		}
	}
	return wide
}

// checkWidth finds comments that are too wide to be read beside the code.
func checkWidth(t *tree) []string {
	var complaints []string
	for _, f := range t.files {
		for _, line := range f.wide {
			complaints = append(complaints, fmt.Sprintf("%s:%d: a comment is wider than %d columns", f.path, line, maxColumns))
		}
	}
	return complaints
}
