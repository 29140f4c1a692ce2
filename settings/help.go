package settings

import (
	"fmt"
	"slices"
	"strings"
)

// Layout of a help page.
const (
	helpWidth  = 80 // columns
	helpColumn = 24 // where texts begin
)

// Help lists the settings by group, for a help page of 80 columns.
func (s *Set) Help() string {
	var groups []string
	texts := make(map[string]*strings.Builder)
	for _, one := range s.settings {
		if one.Hidden {
			continue
		}
		if texts[one.Group] == nil {
			groups = append(groups, one.Group)
			texts[one.Group] = new(strings.Builder)
		}
		texts[one.Group].WriteString(one.help())
	}
	var b strings.Builder
	for i, group := range groups {
		if i > 0 {
			b.WriteString("\n")
		}
		if group != "" {
			b.WriteString(group + "\n")
		}
		b.WriteString(texts[group].String())
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// help is the entry of one setting.
func (s *Setting) help() string {
	label := "      --" + s.Name
	if s.Short != "" {
		label = "  -" + s.Short + ", --" + s.Name
	}
	if s.Arg != "" {
		label += " " + s.Arg
	}
	text, value := s.Described()
	if value != "" {
		text += " (" + value + ")"
	}
	lines := wrap(text, helpWidth-helpColumn)
	var b strings.Builder
	if len(label) > helpColumn-2 {
		b.WriteString(label + "\n")
	} else {
		fmt.Fprintf(&b, "%-*s%s\n", helpColumn, label, lines[0])
		lines = lines[1:]
	}
	for _, line := range lines {
		fmt.Fprintf(&b, "%*s%s\n", helpColumn, "", line)
	}
	return b.String()
}

// Described returns the setting's help as one line with its choices, and its default in words. It
// is only right before a source was read.
func (s *Setting) Described() (text, value string) {
	text = strings.ReplaceAll(s.Help, "{choices}", orList(s.Choices))
	if name, value, ok := strings.Cut(s.Means, "="); ok {
		text += ": --" + name + " " + value
	}
	return strings.Join(strings.Fields(text), " "), s.defaultText()
}

// defaultText is the default as help words it. It is only right before a source was read.
func (s *Setting) defaultText() string {
	if s.Default != "" || s.Value.isSwitch() || s.Secret {
		return s.Default
	}
	return strings.Join(s.Value.Texts(), ",")
}

// orList writes "a, b or c".
func orList(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " or " + words[last]
}

// wrap breaks a text between words into lines of at most so many characters.
func wrap(text string, room int) []string {
	lines := []string{""}
	for _, word := range strings.Fields(text) {
		last := &lines[len(lines)-1]
		switch {
		case *last == "":
			*last = word
		case len([]rune(*last))+1+len([]rune(word)) > room:
			lines = append(lines, word)
		default:
			*last += " " + word
		}
	}
	return lines
}

// Flags returns every way to write the set's flags, for a shell's completion.
func (s *Set) Flags() []string {
	var flags []string
	for _, one := range s.settings {
		if one.Hidden {
			continue
		}
		flags = append(flags, "--"+one.Name)
		if one.Short != "" {
			flags = append(flags, "-"+one.Short)
		}
	}
	slices.Sort(flags)
	return flags
}

// Brief is the first part of the setting's help, on one line.
func (s *Setting) Brief() string {
	text := strings.Join(strings.Fields(strings.ReplaceAll(s.Help, "{choices}", orList(s.Choices))), " ")
	text, _, _ = strings.Cut(text, "; ")
	return text
}
