package deploytest

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The completions work in the real shells, sourced and, for zsh, as a file in $fpath, where the
// first TAB finds nothing loaded yet.
func TestCompletions(t *testing.T) {
	dir := t.TempDir()
	for _, shell := range []string{"bash", "zsh", "fish"} {
		script, err := exec.Command(program, "completion", shell).Output()
		if err != nil {
			t.Fatal(err)
		}
		name := map[string]string{"bash": "tagroll.bash", "zsh": "_tagroll", "fish": "tagroll.fish"}[shell]
		write(t, filepath.Join(dir, name), string(script))
	}
	for name, tt := range map[string]struct{ shell, script, want string }{
		"bash": {"bash", `source tagroll.bash; COMP_WORDS=(tagroll run --prov); COMP_CWORD=2; _tagroll; echo "${COMPREPLY[@]}"`, "--provider"},
		"zsh, sourced": {"zsh", `compdef() { print -r -- $1 }; source ./_tagroll`,
			"_bash_complete -o filenames -F _tagroll"},
		"zsh, loaded": {"zsh", `compdef() { }; complete() { }; _bash_complete() { print completed by $4 }
			fpath=($PWD $fpath); autoload -U _tagroll; _tagroll`, "completed by _tagroll"},
		"fish": {"fish", `source tagroll.fish; complete -C 'tagroll run --prov' | cut -f1`, "--provider"},
	} {
		t.Run(name, func(t *testing.T) {
			args := map[string][]string{"bash": {"--norc"}, "zsh": {"-f"}, "fish": {"--no-config"}}[tt.shell]
			c := exec.Command(needs(t, tt.shell), append(args, "-c", tt.script)...)
			c.Dir = dir
			c.Env = []string{"HOME=" + dir, "PATH=" + os.Getenv("PATH"), "TERM=dumb"}
			out, err := c.CombinedOutput()
			if err != nil || strings.TrimSpace(string(out)) != tt.want {
				t.Errorf("%v: %q, want %q", err, out, tt.want)
			}
		})
	}
}
