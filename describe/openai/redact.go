package openai

import (
	"encoding/base64"
	"encoding/hex"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
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
	said = hideKey(said, d.key)
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
	said, _ = d.redactEchoes(r, said)
	said = bulkPattern.ReplaceAllString(said, "[data]")
	if runes := []rune(said); len(runes) > maxWords {
		said = strings.TrimSpace(string(runes[:maxWords])) + "…"
	}
	return " (" + strconv.Quote(said) + ")"
}

// hideKey takes a key out of a text, also a key that is written backwards or in another alphabet:
// in base64, alone or within its header, in hexadecimal digits, or with percent signs. A key may be
// as short as a word where a local server's user has chosen it.
func hideKey(said, key string) string {
	const shortest = 4 // what is shorter occurs by chance
	if len(key) < shortest {
		return said
	}
	backwards := []byte(key)
	slices.Reverse(backwards)
	forms := []string{key, string(backwards), url.QueryEscape(key), hex.EncodeToString([]byte(key)), percent(key)}
	for _, form := range forms {
		said = regexp.MustCompile("(?i)"+regexp.QuoteMeta(form)).ReplaceAllString(said, "[key]")
	}
	// In base64 three bytes become four letters: the key begins at one of three places.
	for before := range 3 {
		text := base64.RawStdEncoding.EncodeToString([]byte(strings.Repeat("\x00", before) + key))
		from := []int{0, 2, 3}[before]
		to := (before + len(key)) / 3 * 4 // further letters depend on what follows
		if form := text[from:max(from, to)]; len(form) >= shortest {
			said = strings.ReplaceAll(said, form, "[key]")
			said = strings.ReplaceAll(said, strings.NewReplacer("+", "-", "/", "_").Replace(form), "[key]")
		}
	}
	return said
}

// percent is a text with every byte in the form of addresses.
func percent(text string) string {
	var b strings.Builder
	for i := range len(text) {
		b.WriteString("%" + hex.EncodeToString([]byte{text[i]}))
	}
	return b.String()
}

// Echoes are looked for in runs of the characters that keys, tokens and base64 are
// made of; JSON may escape the slash (RFC 8259, section 7).
var runPattern = regexp.MustCompile(`(?:[A-Za-z0-9+_\-=]|\\?/)+`)

// The shortest piece of a secret that counts as an echo of it. Words and hyphenated words
// of a title or of an address that a user has chosen are seldom as long.
const (
	shortestKey   = 12
	shortestToken = 16
	shortestImage = 24
)

// redactEchoes takes the key, the image and the secret parts of its address out of a provider's
// text, whole or in pieces, and reports whether there were any. It compares with what was sent and
// not with how secrets look, so that nothing else is touched.
func (d *Describer) redactEchoes(r tagroll.Request, text string) (redacted string, found bool) {
	image := sync.OnceValue(func() string { return base64.StdEncoding.EncodeToString(r.Image.JPEG) })
	var tokens []string
	if u, err := url.Parse(r.URL); err == nil && !isData(r.URL) {
		tokens = strings.FieldsFunc(u.RequestURI(), func(c rune) bool { return strings.ContainsRune("/?&=", c) })
	}
	redacted = runPattern.ReplaceAllStringFunc(text, func(run string) string {
		plain := strings.ReplaceAll(run, `\`, "")
		isToken := func(token string) bool { return overlap(plain, token, shortestToken) }
		switch {
		case overlap(plain, d.key, shortestKey):
			run = "[key]"
		case slices.ContainsFunc(tokens, isToken):
			run = "[address]"
		case len(plain) >= shortestImage && isPiece(plain, image()):
			run = "[image]"
		default:
			return run
		}
		found = true
		return run
	})
	return redacted, found
}

// overlap reports whether text holds a piece of this length of a short secret.
func overlap(text, secret string, length int) bool {
	if len(text) < length {
		return false
	}
	for i := 0; i+length <= len(secret); i++ {
		if strings.Contains(text, secret[i:i+length]) {
			return true
		}
	}
	return false
}

// isPiece reports whether text is a piece of a long content. It looks at steps of text and
// at its end, which finds what is quoted even if a little else stands around it; a text
// that has nothing of the content in its first steps is something else.
func isPiece(text, content string) bool {
	const steps = 64
	for i := 0; i+shortestImage <= len(text) && i < steps*shortestImage; i += shortestImage {
		if strings.Contains(content, text[i:i+shortestImage]) {
			return true
		}
	}
	return strings.Contains(content, text[max(0, len(text)-shortestImage):])
}

// isPublic reports whether an address in a message is one of the manuals that
// providers point to. Every other address may be that of an image.
func isPublic(address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	host := strings.ToLower(u.Hostname())
	isAt := func(known string) bool { return host == known || strings.HasSuffix(host, "."+known) }
	return u.RawQuery == "" && slices.ContainsFunc(publicHosts, isAt)
}

// publicHosts are the sites of providers, which hold manuals and pages of accounts and no images of
// users.
var publicHosts = []string{"openai.com", "openrouter.ai", "ai.google.dev", "groq.com", "mistral.ai", "x.ai", "anthropic.com", "claude.com"}

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
