package archtest

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// Columns of a comment's line, and of one with // in it.
const (
	maxColumns = 100
	tabColumns = 8
)

// columns is how wide a line is.
func columns(line string) int {
	return utf8.RuneCountInString(line) + (tabColumns-1)*strings.Count(line, "\t")
}

// wideSlashes returns the numbers of the lines that are wider than maxColumns and have // behind
// something else: a comment that follows code, or an address, which is wrapped as well.
func wideSlashes(source string) []int {
	var wide []int
	number := 0
	for line := range strings.Lines(source) {
		number++
		line = strings.TrimRight(line, "\r\n")
		code, _, found := strings.Cut(line, "//")
		if found && strings.TrimSpace(code) != "" && columns(line) > maxColumns {
			wide = append(wide, number)
		}
	}
	return wide
}

// wideComments returns the numbers of the lines that are a comment and nothing else, and wider than
// maxColumns. Directives and the output of examples have a form that nobody can choose, and do not
// count.
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
		directive := body != "" && !strings.ContainsAny(body[:1], " \t")
		if output || directive {
			continue
		}
		if columns(line) > maxColumns {
			wide = append(wide, number)
		}
	}
	return wide
}

// widePageComments is wideComments and wideSlashes for scripts and styles: their lines within /*
// and */ count, and those with //.
func widePageComments(source string) []int {
	var wide []int
	number, inside := 0, false
	for line := range strings.Lines(source) {
		number++
		line = strings.TrimRight(line, "\r\n")
		text := strings.TrimSpace(line)
		inside = inside || strings.HasPrefix(text, "/*")
		if (inside || strings.Contains(text, "//")) &&
			utf8.RuneCountInString(line) > maxColumns {
			wide = append(wide, number)
		}
		if strings.Contains(text, "*/") {
			inside = false
		}
	}
	return wide
}

// wideHashComments is wideComments for files whose comments begin with #. In a testscript file
// the lines behind the first file's name belong to that file.
func wideHashComments(source string) []int {
	var wide []int
	number := 0
	for line := range strings.Lines(source) {
		number++
		line = strings.TrimRight(line, "\r\n")
		if strings.HasPrefix(line, "-- ") {
			break
		}
		if strings.HasPrefix(strings.TrimSpace(line), "#") && columns(line) > maxColumns {
			wide = append(wide, number)
		}
	}
	return wide
}

// checkWidth finds comments that are too wide to be read beside the code.
func checkWidth(t *tree) []string {
	var complaints []string
	complain := func(path string, wide []int) {
		for _, line := range wide {
			complaints = append(complaints, fmt.Sprintf(
				"%s:%d: a comment or a line with // is wider than %d columns",
				path, line, maxColumns))
		}
	}
	for _, f := range t.files {
		complain(f.path, f.wide)
		complain(f.path, f.slashes)
	}
	for _, f := range t.page {
		complain(f.path, widePageComments(f.text))
	}
	for _, f := range slices.Concat(t.scripts, t.hashed) {
		complain(f.path, wideHashComments(f.text))
	}
	return complaints
}
