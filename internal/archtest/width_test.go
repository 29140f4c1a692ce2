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

// widePageComments is wideComments for scripts and styles: their lines within /* and */ count, and
// those that begin with //.
func widePageComments(source string) []int {
	var wide []int
	number, inside := 0, false
	for line := range strings.Lines(source) {
		number++
		line = strings.TrimRight(line, "\r\n")
		text := strings.TrimSpace(line)
		inside = inside || strings.HasPrefix(text, "/*")
		if (inside || strings.HasPrefix(text, "//")) && utf8.RuneCountInString(line) > maxColumns {
			wide = append(wide, number)
		}
		if strings.Contains(text, "*/") {
			inside = false
		}
	}
	return wide
}

// checkWidth finds comments that are too wide to be read beside the code.
func checkWidth(t *tree) []string {
	var complaints []string
	complain := func(path string, wide []int) {
		for _, line := range wide {
			complaints = append(complaints, fmt.Sprintf("%s:%d: a comment is wider than %d columns", path, line, maxColumns))
		}
	}
	for _, f := range t.files {
		complain(f.path, f.wide)
	}
	for _, f := range t.page {
		complain(f.path, widePageComments(f.text))
	}
	return complaints
}
