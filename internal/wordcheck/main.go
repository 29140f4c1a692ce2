// Command wordcheck scores the words of described batches, so that a change of the prompt or
// another model is judged by numbers:
//
//	go run ./internal/wordcheck RESULTS.jsonl...
//
// The files are what tagroll run -f jsonl writes. No model is asked. The table has a line for each
// model and version of the prompt; the columns are explained below it. testdata/scores.txt has the
// table of golden answers, good and bad.
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log"
	"os"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/agency"
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("wordcheck: ")
	name := flag.String("agency", "adobe-stock", "whose rules count")
	flag.Usage = func() {
		fmt.Fprintln(flag.CommandLine.Output(), "usage: go run ./internal/wordcheck [-agency NAME] RESULTS.jsonl...")
		flag.PrintDefaults()
	}
	flag.Parse()
	if flag.NArg() == 0 {
		flag.Usage()
		os.Exit(2)
	}
	rules, err := agency.Lookup(*name)
	if err != nil {
		log.Fatal(err)
	}
	sheet := newSheet(rules)
	for _, path := range flag.Args() {
		if err := readFile(sheet, path); err != nil {
			log.Fatal(err)
		}
	}
	if err := sheet.write(os.Stdout); err != nil {
		log.Fatal(err)
	}
}

func readFile(s *sheet, path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	if err := s.read(file); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// read adds the results of one batch.
func (s *sheet) read(r io.Reader) error {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 16<<20)
	var batch []tagroll.Result
	for n := 1; lines.Scan(); n++ {
		var result tagroll.Result
		if err := json.Unmarshal(lines.Bytes(), &result); err != nil {
			return fmt.Errorf("line %d is no result: %w", n, err)
		}
		if result.Metadata != nil {
			batch = append(batch, result)
		}
	}
	s.add(batch)
	return lines.Err()
}
