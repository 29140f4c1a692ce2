package queue

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// highestFile is the file in which an embedded node notes the highest revision that its store has
// had. An engine whose file was cut off, or is gone, begins with what is left of it and does not
// know that there was more. The note lags behind by a tick, so what it says was really there.
const highestFile = "highest"

// readHighest returns what is noted in a data directory, and zero if nothing that can be read is.
func readHighest(dir string) uint64 {
	text, err := os.ReadFile(filepath.Join(dir, highestFile))
	if err != nil {
		return 0
	}
	highest, err := strconv.ParseUint(strings.TrimSpace(string(text)), 10, 64)
	if err != nil {
		return 0
	}
	return highest
}

// writeHighest replaces the note whole.
func writeHighest(dir string, highest uint64) error {
	path := filepath.Join(dir, highestFile)
	if err := os.WriteFile(path+".tmp", fmt.Appendf(nil, "%d\n", highest), 0o600); err != nil {
		return err
	}
	return os.Rename(path+".tmp", path)
}

// noteHighest notes the highest revision that the replica has seen. A node that shares its store
// with others notes nothing.
func (n *Node) noteHighest() {
	if n.engine == nil {
		return
	}
	at, _ := n.replica.gaps()
	if at == 0 || at == n.noted {
		return
	}
	if err := writeHighest(n.engine.dir, at); err != nil {
		n.log.Debug("the highest revision could not be noted", "error", err)
		return
	}
	n.noted = at
}

// dropLeases removes the leases of the process that had the data directory before. None of them
// counts any more, and the engine does not create them anew over a file that it cannot read.
func dropLeases(dir string) error {
	err := os.RemoveAll(filepath.Join(dir, "jetstream", "$G", "streams", workStream, "obs"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("the old leases cannot be taken back: %w", err)
	}
	return nil
}
