package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/tagroll/tagroll/settings"
)

// powershellCompletion writes the script for PowerShell, 5.1 and later. Its tables are of pairs: a
// text, and what is said of it. Where the script finds nothing PowerShell completes file names.
func (p *program) powershellCompletion(w io.Writer) {
	fmt.Fprint(w, `# Completions of tagroll for PowerShell: tagroll completion powershell | Out-String | Invoke-Expression
Register-ArgumentCompleter -Native -CommandName 'tagroll' -ScriptBlock {
    param($word, $line, $position)
    $tables = @{
`)
	p.powershellTables(w)
	fmt.Fprint(w, `    }
    $before = @($line.CommandElements | Where-Object { $_.Extent.EndOffset -lt $position } | ForEach-Object { $_.ToString() })
    $names = @('')
    if ($before.Count -gt 1) {
        $names = @(($before[1] + ' ' + $before[-1]), $(if ("$word".StartsWith('-')) { $before[1] + ' -' } else { $before[1] }))
    }
    $table = $names | Where-Object { $tables.ContainsKey($_) } | Select-Object -First 1
    if ($null -eq $table) { return }
    foreach ($pair in $tables[$table]) {
        $text, $meaning = $pair
        if (-not $text.StartsWith("$word", [System.StringComparison]::OrdinalIgnoreCase)) { continue }
        $written = if ($text -match '^[\w./:-]+$') { $text } else { "'" + $text + "'" }
        [System.Management.Automation.CompletionResult]::new($written, $text, 'ParameterValue', $meaning)
    }
}
`)
}

// powershellTables writes what can stand where: behind nothing the commands, behind a command its
// words, behind a command and " -" its flags, behind a command and a flag the flag's choices.
func (p *program) powershellTables(w io.Writer) {
	table := func(name string, pairs [][2]string) {
		fmt.Fprintf(w, "        %s = @(\n", powershellText(name))
		for _, pair := range pairs {
			fmt.Fprintf(w, "            ,@(%s, %s)\n", powershellText(pair[0]), powershellText(pair[1]))
		}
		fmt.Fprint(w, "        )\n")
	}
	alone := func(words []string) (pairs [][2]string) {
		for _, word := range words {
			pairs = append(pairs, [2]string{word, word})
		}
		return pairs
	}
	var all [][2]string
	flags := make(map[string][][2]string)
	for _, c := range commands() {
		all = append(all, [2]string{c.name, c.what})
	}
	table("", all)
	table("help", alone(helpTopics()))
	table("completion", alone(shells))
	p.eachFlag(func(c subcommand, one *settings.Setting) {
		names := []string{"--" + one.Name}
		if one.Short != "" {
			names = append(names, "-"+one.Short)
		}
		for _, name := range names {
			flags[c.name] = append(flags[c.name], [2]string{name, one.Brief()})
			if len(one.Choices) > 0 {
				table(c.name+" "+name, alone(one.Choices))
			}
		}
	})
	for _, c := range commands() {
		if c.settings != nil {
			table(c.name+" -", append(flags[c.name], [2]string{"--help", "shows what the command takes"}))
		}
	}
}

// powershellText quotes a text for PowerShell, to which typographic apostrophes are quotes, too.
func powershellText(s string) string {
	return "'" + strings.NewReplacer("'", "''", "‘", "‘‘", "’", "’’", "‚", "‚‚", "‛", "‛‛").Replace(s) + "'"
}
