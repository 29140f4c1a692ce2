package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/tagroll/tagroll/settings"
)

// completion is tagroll completion: it writes a script that makes a shell complete the commands,
// their flags and the flags' choices, all from the declarations.
func (p *program) completion(_ context.Context, args []string) error {
	write := map[string]func(*program, io.Writer){
		"bash": (*program).bashCompletion, "zsh": (*program).zshCompletion, "fish": (*program).fishCompletion,
		"powershell": (*program).powershellCompletion,
	}
	switch {
	case len(args) == 0:
		return &usageError{"completion", errors.New("name the shell: bash, zsh, fish or powershell")}
	case len(args) > 1:
		return &usageError{"completion", fmt.Errorf("%q is too much: completion takes one shell", args[1])}
	case write[args[0]] == nil:
		return &usageError{"completion", fmt.Errorf("%q is no shell that is known: name bash, zsh, fish or powershell", args[0])}
	}
	write[args[0]](p, p.stdout)
	return nil
}

// shells are the shells for which completion writes a script.
var shells = []string{"bash", "zsh", "fish", "powershell"}

// eachFlag calls f for the settings of every command that help lists.
func (p *program) eachFlag(f func(c subcommand, one *settings.Setting)) {
	for _, c := range commands() {
		if c.settings == nil {
			continue
		}
		for _, one := range c.settings(p).All() {
			if !one.Hidden {
				f(c, one)
			}
		}
	}
}

func commandNames() []string {
	var names []string
	for _, c := range commands() {
		names = append(names, c.name)
	}
	return names
}

// bashCompletion writes the script for bash. zsh runs it as well, see zshCompletion.
func (p *program) bashCompletion(w io.Writer) {
	fmt.Fprintf(w, `# Completions of tagroll for bash: source <(tagroll completion bash)
_tagroll() {
    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} command=${COMP_WORDS[1]}
    local words= flags=
    case "$command" in
%s    esac
    if [ "$COMP_CWORD" -eq 1 ]; then
        words="%s"
    elif [ "$command" = help ]; then
        words="%s"
    elif [ "$command" = completion ]; then
        words="%s"
    fi
    case "$command $before" in
%s    esac
    if [ -n "$words" ]; then
        COMPREPLY=($(compgen -W "$words" -- "$word"))
        [ "$COMP_CWORD" -gt 1 ] || COMPREPLY+=($(compgen -d -- "$word"))
        return
    fi
    case "$word" in
    -*) COMPREPLY=($(compgen -W "$flags" -- "$word")) ;;
    *) COMPREPLY=($(compgen -f -- "$word")) ;;
    esac
}
complete -o filenames -F _tagroll tagroll
`, p.bashFlags(), strings.Join(commandNames(), " "), strings.Join(helpTopics(), " "), strings.Join(shells, " "), p.bashChoices())
}

// bashFlags are the arms of a case statement that gives each command its flags.
func (p *program) bashFlags() string {
	var b strings.Builder
	for _, c := range commands() {
		if c.settings != nil {
			fmt.Fprintf(&b, "    %s) flags=\"%s --help\" ;;\n", c.name, strings.Join(c.settings(p).Flags(), " "))
		}
	}
	return b.String()
}

// bashChoices are the arms of a case statement that gives each flag its choices.
func (p *program) bashChoices() string {
	var b strings.Builder
	p.eachFlag(func(c subcommand, one *settings.Setting) {
		if len(one.Choices) == 0 {
			return
		}
		pattern := fmt.Sprintf("%q", c.name+" --"+one.Name)
		if one.Short != "" {
			pattern += fmt.Sprintf(" | %q", c.name+" -"+one.Short)
		}
		fmt.Fprintf(&b, "    %s) words=\"%s\" ;;\n", pattern, strings.Join(one.Choices, " "))
	})
	return b.String()
}

// zshCompletion writes the script for zsh, which reads bash's by its own emulation. The script is
// sourced, or is a file _tagroll in $fpath, of which zsh makes the function that completes: at the
// first TAB the function has only defined what completes, so that it calls that itself.
func (p *program) zshCompletion(w io.Writer) {
	fmt.Fprint(w, `#compdef tagroll
# Completions of tagroll for zsh: source <(tagroll completion zsh), or as _tagroll in $fpath
(( $+functions[compdef] )) || { autoload -U +X compinit && compinit }
(( $+functions[complete] )) || { autoload -U +X bashcompinit && bashcompinit }
`)
	p.bashCompletion(w)
	fmt.Fprint(w, `[[ $funcstack[1] != _tagroll ]] || _bash_complete -o filenames -F _tagroll
`)
}

// fishCompletion writes the script for fish.
func (p *program) fishCompletion(w io.Writer) {
	fmt.Fprintln(w, "# Completions of tagroll for fish: tagroll completion fish | source")
	for _, c := range commands() {
		fmt.Fprintf(w, "complete -c tagroll -n __fish_use_subcommand -a %s -d %s\n", c.name, fishText(c.what))
	}
	fmt.Fprintf(w, "complete -c tagroll -f -n '__fish_seen_subcommand_from help' -a %s\n", fishText(strings.Join(helpTopics(), " ")))
	fmt.Fprintf(w, "complete -c tagroll -f -n '__fish_seen_subcommand_from completion' -a %s\n", fishText(strings.Join(shells, " ")))
	p.eachFlag(func(c subcommand, one *settings.Setting) {
		fmt.Fprintf(w, "complete -c tagroll -n '__fish_seen_subcommand_from %s' -l %s", c.name, one.Name)
		if one.Short != "" {
			fmt.Fprintf(w, " -s %s", one.Short)
		}
		switch {
		case len(one.Choices) > 0:
			fmt.Fprintf(w, " -x -a %s", fishText(strings.Join(one.Choices, " ")))
		case one.Arg != "":
			fmt.Fprint(w, " -r")
		}
		fmt.Fprintf(w, " -d %s\n", fishText(one.Brief()))
	})
}

// fishText quotes a text for fish.
func fishText(s string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(s) + "'"
}
