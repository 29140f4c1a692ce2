package pipeline

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"github.com/tagroll/tagroll"
)

// Identity names everything beside the photo that a result of this pipeline depends on: the
// describer with its instructions, the guide, and the rules. It is what batch.Options.Identity wants.
// Results with equal identities for equal content may stand for each other.
func (p *Pipeline) Identity(tagroll.Photo) string {
	parts := []string{p.Describer.Info().Identity}
	if p.Rules != nil {
		parts = append(parts, p.Rules.Guide().Version())
	}
	if rules, ok := p.Rules.(interface{ Version() string }); ok {
		parts = append(parts, rules.Version())
	}
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:16])
}
