package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/export"
	"github.com/tagroll/tagroll/wording"
)

// listedAt is where a word of a list stands: the file and its line.
type listedAt struct {
	file string
	line int
}

func (at listedAt) String() string { return fmt.Sprintf("%s, line %d", at.file, at.line) }

// listReader reads lists of words, and remembers where each word stands.
type listReader map[string]listedAt

// readWords reads lists of words; what follows # is a comment.
func readWords(paths []string) ([]string, error) {
	var words []string
	for _, path := range paths {
		more, err := listReader{}.file(path)
		if err != nil {
			return nil, err
		}
		words = append(words, more...)
	}
	return words, nil
}

// file reads one list: a word a line, or several with commas between. Tabs put a line below an
// earlier one with fewer, as in lists that Lightroom exports: its words become "Animals > Birds".
// What is too long for a word is an error here, where its line is known.
func (r listReader) file(path string) ([]string, error) {
	text, err := readText(path)
	if err != nil {
		return nil, err
	}
	var words []string
	// above are the keywords that a line with tabs stands below; empty ones are for order.
	var above []string
	for i, line := range strings.Split(text, "\n") {
		line, _, _ = strings.Cut(line, "#")
		depth := len(line) - len(strings.TrimLeft(line, "\t"))
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		above = above[:min(depth, len(above))]
		at := listedAt{path, i + 1}
		last := ""
		for word := range strings.FieldsFuncSeq(line, func(r rune) bool { return r == ',' || r == ';' }) {
			word, order := lightroom(strings.TrimSpace(word))
			if n := utf8.RuneCountInString(word); n > wording.MaxTerm {
				return nil, &tagroll.Error{Code: tagroll.CodeConfiguration, Message: fmt.Sprintf(
					"%s: %.20q... has %d characters, more than %d: write one keyword a line", at, word, n, wording.MaxTerm)}
			}
			if word == "" || order {
				continue
			}
			last = word
			chain := slices.DeleteFunc(append(slices.Clone(above), word), func(s string) bool { return s == "" })
			whole := strings.Join(chain, " > ")
			words = append(words, whole)
			r[whole] = at
		}
		above = append(above, last)
	}
	return words, nil
}

// lightroom reads what Lightroom writes around a keyword of an exported list: braces around a
// synonym of the keyword above, brackets around one that is for order alone and is never exported.
func lightroom(word string) (plain string, order bool) {
	switch {
	case strings.HasPrefix(word, "{") && strings.HasSuffix(word, "}"):
		return strings.TrimSpace(word[1 : len(word)-1]), false
	case strings.HasPrefix(word, "[") && strings.HasSuffix(word, "]"):
		return strings.TrimSpace(word[1 : len(word)-1]), true
	}
	return word, false
}

// expand replaces @FILE by the words of the file.
func (r listReader) expand(list []string) ([]string, error) {
	var words []string
	for _, word := range list {
		path, isFile := strings.CutPrefix(word, "@")
		if !isFile {
			words = append(words, strings.TrimSpace(word))
			continue
		}
		more, err := r.file(path)
		if err != nil {
			return nil, err
		}
		words = append(words, more...)
	}
	return words, nil
}

// readText reads a text file that a person has written, in any usual encoding, with "\n" between
// its lines.
func readText(path string) (string, error) {
	data, err := readDataFile(path)
	if err != nil {
		return "", err
	}
	text, err := export.DecodeText(data)
	if err != nil {
		return "", &tagroll.Error{Code: tagroll.CodeConfiguration, Message: path + " is no text that can be read: store it as plain text in UTF-8", Err: err}
	}
	return strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text), nil
}

// named puts in front of what is wrong with a brief the settings that it is about, as far as they
// were given, and where the word stands if it is from a file.
func (s *wordFlags) named(err error, lists listReader) error {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		var errs []error
		for _, one := range joined.Unwrap() {
			errs = append(errs, s.named(one, lists))
		}
		return errors.Join(errs...)
	}
	fault, ok := errors.AsType[*wording.Fault](err)
	if !ok {
		return err
	}
	if at, listed := lists[fault.Term]; listed {
		err = fmt.Errorf("%s: %w", at, err)
	}
	var flags []string
	for _, wish := range fault.Wishes {
		if s.set.Lookup(wish).Given() {
			flags = append(flags, "--"+wish)
		}
	}
	if len(flags) == 0 {
		return err
	}
	return fmt.Errorf("%s: %w", strings.Join(flags, ", "), err)
}
