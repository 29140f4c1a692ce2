package deploytest

import (
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// exposure is how systemd-analyze rates a service, from 0 (nothing) to 10 (everything).
var exposure = regexp.MustCompile(`Overall exposure level for \S+: ([0-9.]+)`)

// The units are valid, and shut in what they start.
func TestUnits(t *testing.T) {
	analyze := needs(t, "systemd-analyze")
	for _, name := range []string{"tagroll.service", "tagroll-worker.service"} {
		unit := filepath.Join(t.TempDir(), name)
		write(t, unit, replace(t, string(read(t, "deploy/systemd/"+name)), "/usr/bin/tagroll", program))
		// What it says of other units of the machine is none of ours.
		if out, err := exec.Command(analyze, "verify", "--man=no", unit).CombinedOutput(); err != nil || strings.Contains(string(out), name) {
			t.Errorf("systemd-analyze verify %s: %v\n%s", name, err, out)
		}
		out, err := exec.Command(analyze, "security", "--offline=true", "--no-pager", unit).CombinedOutput()
		level := exposure.FindSubmatch(out)
		if level == nil {
			t.Fatalf("systemd-analyze security %s: %v\n%s", name, err, out)
		}
		if rated, err := strconv.ParseFloat(string(level[1]), 64); err != nil || rated > 2 {
			t.Errorf("%s is exposed by %s of 10, want 2 at most", name, level[1])
		}
	}
}
