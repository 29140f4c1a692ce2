package main

import (
	"errors"
	"fmt"
	"strings"

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

// readWords reads lists of words.
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

// file reads one list, in the form of [wording.ParseList].
func (r listReader) file(path string) ([]string, error) {
	text, err := readText(path)
	if err != nil {
		return nil, err
	}
	entries, err := wording.ParseList(text)
	if err != nil {
		return nil, &tagroll.Error{Code: tagroll.CodeConfiguration, Message: path + ", " + err.Error(), Err: err}
	}
	words := make([]string, len(entries))
	for i, e := range entries {
		words[i] = e.Term
		r[e.Term] = listedAt{path, e.Line}
	}
	return words, nil
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
