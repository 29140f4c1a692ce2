package queue

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"strings"
)

// keySize is that of a batch's key: AES-256.
const keySize = 32

// The first byte of a stored value says what follows.
const (
	valueSealed  = 1 // the rest is nonce and ciphertext
	valueErasing = 2 // the batch was deleted, and what belonged to it is being removed
	valueGone    = 3 // nothing is left of the batch; the marker itself expires
)

// batchCipher encrypts what is stored of one batch with a key that is erased with the batch. A
// log-structured store frees space late; erasing the key makes deletion effective at once. The
// cipher does not protect the files of an existing batch: the key lies beside them.
type batchCipher struct {
	aead cipher.AEAD
	mac  []byte // key of the names in subjects
}

// newKey returns a random key.
func newKey() []byte {
	key := make([]byte, keySize)
	rand.Read(key) // never fails
	return key
}

func newBatchCipher(key []byte) (*batchCipher, error) {
	if len(key) != keySize {
		return nil, errors.New("the batch's key is damaged")
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	// Nonces are random: one key seals far fewer than 2^32 values (NIST SP 800-38D, section
	// 8.3).
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, err
	}
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte("names"))
	return &batchCipher{aead: aead, mac: mac.Sum(nil)}, nil
}

// seal returns the stored form of a value. It can be opened only under the same subject, so values
// cannot be swapped.
func (s *batchCipher) seal(subject string, value []byte) []byte {
	out := make([]byte, 1, 1+s.aead.Overhead()+len(value))
	out[0] = valueSealed
	return s.aead.Seal(out, nil, value, []byte(subject))
}

var errDamaged = errors.New("a stored value is damaged or of another version")

// open returns what was sealed.
func (s *batchCipher) open(subject string, stored []byte) ([]byte, error) {
	if len(stored) == 0 || stored[0] != valueSealed {
		return nil, errDamaged
	}
	value, err := s.aead.Open(nil, nil, stored[1:], []byte(subject))
	if err != nil {
		return nil, errDamaged
	}
	return value, nil
}

var tokens = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// name returns the pseudonym of a photo's ID for subjects, which are stored in clear. The sender
// may have derived the ID from a file name.
func (s *batchCipher) name(photo string) string {
	mac := hmac.New(sha256.New, s.mac)
	mac.Write([]byte(photo))
	return tokens.EncodeToString(mac.Sum(nil)[:16])
}

// newID returns 130 random bits as a word of a subject.
func newID() string { return strings.ToLower(rand.Text()) }
