package terminal_test

import (
	"os"
	"time"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/cmd/tagroll/terminal"
)

// A run is announced, followed and summed up.
func Example() {
	screen := terminal.New(terminal.Config{Out: os.Stdout, Mode: "plain", Server: "localhost:11434"})
	screen.Begin(tagroll.DescriberInfo{Model: "llava", Remote: true}, 2)
	last := tagroll.Progress{Total: 2, Completed: 2, Successful: 2, Elapsed: 4 * time.Second, Done: true}
	screen.Progress(last)
	screen.End(last, terminal.Written{Files: []string{"tagroll.csv"}, Rows: 2}, nil)
	// Output:
	// Describing 2 photos with llava at localhost:11434.
	// 2/2   2 ok · 30/min
	// 2 photos in 4.0 s → tagroll.csv (2 rows)
}
