package pipeline

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"github.com/tagroll/tagroll"
)

// Identity is a hash of everything beside the photo that a result of this pipeline depends on: the
// describer with its instructions, the form of the small image, the guide, the rules, the
// photographer's wishes and what is said of the photo's folder. It is meant for
// batch.Options.Identity. Results with equal identities for equal content may stand for each other.
func (p *Pipeline) Identity(photo tagroll.Photo) string {
	parts := []string{p.Describer.Info().Identity}
	if p.ImageVersion != "" {
		parts = append(parts, "image "+p.ImageVersion)
	}
	if p.Rules != nil {
		parts = append(parts, p.Rules.Guide().Version())
	}
	if rules, ok := p.Rules.(interface{ Version() string }); ok {
		parts = append(parts, rules.Version())
	}
	if p.Words != nil {
		if version := p.Words.Version(); version != "" {
			parts = append(parts, "words "+version)
		}
	}
	if photo.Context != "" {
		parts = append(parts, "context "+photo.Context)
	}
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:16])
}
