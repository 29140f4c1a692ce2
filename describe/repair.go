package describe

import (
	"strings"

	"github.com/tagroll/tagroll"
)

// maxRepairBytes bounds how much of a bad answer is sent back. A good answer has
// about 1 KB; what a model wrote beyond this does not help it.
const maxRepairBytes = 8 << 10

// maxProblems bounds how many problems are named.
const maxProblems = 20

// RepairMessages returns the two messages that follow the photo's own when an answer was not good
// enough: the assistant's, with the answer as received, and the user's, which says what was wrong
// and asks for the whole answer again. Both are bounded in length. The guide says which fields are
// asked for.
func RepairMessages(r tagroll.Repair, g tagroll.Guide) (assistant, user string) {
	assistant = cut(r.Answer, maxRepairBytes)
	if strings.TrimSpace(assistant) == "" {
		assistant = "(no answer)" // servers refuse a message without content
	}
	var b strings.Builder
	b.WriteString("That answer cannot be used:\n")
	for _, problem := range r.Problems[:min(len(r.Problems), maxProblems)] {
		b.WriteString("- ")
		b.WriteString(plainText(cut(problem, 500)))
		b.WriteString("\n")
	}
	b.WriteString("Look at the photo again and answer in full: the whole JSON object with " +
		list(fieldNames(orGeneral(g))) + ", with these problems mended and everything that was right kept. " +
		"Nothing but the JSON object.")
	return assistant, b.String()
}

// cut returns at most n bytes of s, ending at a whole character.
func cut(s string, n int) string {
	if len(s) <= n {
		return strings.ToValidUTF8(s, "\uFFFD")
	}
	return strings.ToValidUTF8(s[:n], "") + "…"
}
