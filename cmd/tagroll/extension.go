package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/tagroll/tagroll/export"
	"github.com/tagroll/tagroll/intake"
)

// checkExtension finds out whether a result file is named after another form than it would have:
// tagroll run -o x.json writes a CSV unless --format says otherwise, which nobody means.
func checkExtension(out string, formats []string) error {
	ext := strings.ToLower(filepath.Ext(out))
	if ext == "" || out == "-" {
		return nil
	}
	// What is there is looked at later.
	if _, err := os.Lstat(out); err != nil && intake.HasPhotoName(out) {
		name := "a name of its own"
		if f, err := export.LookupFormat(formats[0]); err == nil {
			name = strings.TrimSuffix(out, filepath.Ext(out)) + f.Extension
		}
		return fmt.Errorf("--out %s is named as a photo: name the result %s (a shell makes of -o *.jpg the name of the first photo)", out, name)
	}
	first, err := export.LookupFormat(formats[0])
	if err != nil || first.Extension == ext {
		return nil
	}
	var named []string
	for _, name := range export.FormatNames() {
		if f, err := export.LookupFormat(name); err == nil && f.Extension == ext {
			named = append(named, name)
		}
	}
	if len(named) == 0 {
		return nil // an ending of the user's own
	}
	return fmt.Errorf("--out %s is named after another form than %s: for that form write -f %s, or name the file %s",
		out, formats[0], named[0], strings.TrimSuffix(out, filepath.Ext(out))+first.Extension)
}
