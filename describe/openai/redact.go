package openai

import (
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"unicode"

	"github.com/tagroll/tagroll"
)

// maxWords bounds, in runes, what is quoted of a provider's message.
const maxWords = 240

// Secrets and bulk as providers echo them. OpenAI shows a wrong key with its middle
// masked, which still tells its beginning and end.
var (
	keyPattern    = regexp.MustCompile(`\b(?:sk|pk|gsk|xai|AIza)[-_][A-Za-z0-9_\-*.]{6,}|\bAIza[A-Za-z0-9_\-]{10,}`)
	bearerPattern = regexp.MustCompile(`(?i)\b(bearer|api[-_]key:?)\s+[A-Za-z0-9_\-*.~+/=]{8,}`)
	dataPattern   = regexp.MustCompile(`(?i)data:[a-z0-9.+\-]+/[^\s"'<>)]*`)
	urlPattern    = regexp.MustCompile(`(?i)\bhttps?(?:://|%3a%2f%2f)[^\s"'<>)]+`)
	bulkPattern   = regexp.MustCompile(`[A-Za-z0-9+/_\-=%*]{48,}`)
)

// words quotes what the provider said, for the end of a message's first part:
// ` ("...")`, or nothing if it said nothing. Keys, image content and the
// image's address are taken out; they do occur in providers' messages.
func (d *Describer) words(r tagroll.Request, said string) string {
	said = strings.Join(strings.FieldsFunc(strings.ToValidUTF8(said, ""), func(c rune) bool {
		return unicode.IsSpace(c) || unicode.IsControl(c) || unicode.Is(unicode.Cf, c)
	}), " ")
	if said == "" {
		return ""
	}
	if len(d.key) >= 4 {
		said = strings.ReplaceAll(said, d.key, "[key]")
	}
	said = dataPattern.ReplaceAllString(said, "[image]")
	said = urlPattern.ReplaceAllStringFunc(said, func(address string) string {
		if isPublic(address) {
			return address
		}
		return "[address]"
	})
	said = redactToken(said, r.URL)
	said = keyPattern.ReplaceAllString(said, "[key]")
	said = bearerPattern.ReplaceAllString(said, "[key]")
	said = bulkPattern.ReplaceAllString(said, "[data]")
	if runes := []rune(said); len(runes) > maxWords {
		said = strings.TrimSpace(string(runes[:maxWords])) + "…"
	}
	return " (" + strconv.Quote(said) + ")"
}

// isPublic reports whether an address in a message is one of the manuals that
// providers point to. Every other address may be that of an image.
func isPublic(address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	host := strings.ToLower(u.Hostname())
	return u.RawQuery == "" && (host == "openai.com" || strings.HasSuffix(host, ".openai.com"))
}

// redactToken takes out the parts of the image's address that are secret: its path, as
// a whole and piece by piece, and its query, in case they are quoted without the host.
func redactToken(said, address string) string {
	u, err := url.Parse(address)
	if err != nil || isData(address) {
		return said
	}
	const shortest = 8 // what is shorter is a word like "photos", not a secret
	secrets := []string{u.RequestURI(), u.Path, u.RawQuery}
	secrets = append(secrets, strings.Split(u.Path, "/")...)
	for _, values := range u.Query() {
		secrets = append(secrets, values...)
	}
	for _, secret := range secrets {
		if len(secret) >= shortest {
			said = strings.ReplaceAll(said, secret, "[address]")
		}
	}
	return said
}
