package openaitest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"image"
	_ "image/gif" // the formats of https://platform.openai.com/docs/guides/images-vision
	_ "image/jpeg"
	_ "image/png"
	"strings"

	"github.com/tagroll/tagroll"
)

// picture is an image that was decoded whole.
type picture struct {
	sha256        string
	format        string // "jpeg", "png", "gif" or "webp"
	bytes         int
	width, height int
	leaks         leaks
	look          look
}

// load gets an image part's bytes and decodes them.
func (s *Server) load(ctx context.Context, part imagePart) (*picture, *apiError) {
	var data []byte
	var declared string
	var failed *apiError
	if rest, ok := cutPrefixFold(part.url, "data:"); ok {
		data, declared, failed = readDataURL(rest, part.param)
	} else {
		data, failed = s.download(ctx, part)
	}
	if failed != nil {
		return nil, failed
	}
	if int64(len(data)) > s.config.MaxImageBytes {
		return nil, invalid(part.param, "image_too_large", "The image is %d bytes, more than the maximum of %d bytes.", len(data), s.config.MaxImageBytes)
	}
	return decode(data, declared, part.param)
}

// readDataURL reads what follows "data:": a media type, ";base64," and the image.
func readDataURL(rest, param string) (data []byte, declared string, failed *apiError) {
	header, body, ok := strings.Cut(rest, ",")
	mime, encoded := strings.CutSuffix(header, ";base64")
	if !ok || !encoded {
		return nil, "", invalid(param, "invalid_image_url", "Invalid image data URL. Expected 'data:image/<type>;base64,<data>'.")
	}
	declared, ok = strings.CutPrefix(strings.ToLower(mime), "image/")
	if !ok || declared == "" {
		return nil, "", invalid(param, "invalid_image_format", "Invalid MIME type '%s'. Only image types are supported.", mime)
	}
	// The decoder skips line breaks, which have no place in a URL.
	if strings.ContainsAny(body, "\r\n") {
		return nil, "", invalid(param, "invalid_base64", "Invalid base64 image_url: it contains line breaks.")
	}
	data, err := base64.StdEncoding.Strict().DecodeString(body)
	if err != nil || len(data) == 0 {
		return nil, "", invalid(param, "invalid_base64", "Invalid base64 image_url.")
	}
	return data, declared, nil
}

// decode decodes an image whole; declared is its type as the request gives it, or empty.
func decode(data []byte, declared, param string) (*picture, *apiError) {
	const unsupported = "You uploaded an unsupported image. Please make sure your image has of one the following formats: ['png', 'jpeg', 'gif', 'webp']."
	config, format, whole, err := readHeader(data)
	if err != nil {
		if looksLikeImage(data) {
			return nil, invalid(param, "image_parse_error", "The image data you provided does not represent a valid image. Please check your input and try again.")
		}
		return nil, invalid(param, "invalid_image_format", unsupported)
	}
	if declared == "jpg" {
		declared = "jpeg"
	}
	if declared != "" && declared != format {
		return nil, invalid(param, "invalid_image_format", "The image is declared as image/%s, but its content is image/%s.", declared, format)
	}
	if config.Width < 1 || config.Height < 1 || config.Height > tagroll.MaxPixels/config.Width {
		return nil, invalid(param, "image_too_large", "The image has %d x %d pixels, which is out of range.", config.Width, config.Height)
	}
	decoded, err := whole()
	if err != nil {
		return nil, invalid(param, "image_parse_error", "The image data you provided does not represent a valid image. Please check your input and try again.")
	}
	sum := sha256.Sum256(data)
	return &picture{
		sha256: hex.EncodeToString(sum[:]), format: format, bytes: len(data),
		width: config.Width, height: config.Height,
		leaks: findLeaks(data, format), look: lookAt(decoded),
	}, nil
}

// readHeader reads an image's header. The function that it returns decodes the image.
func readHeader(data []byte) (config image.Config, format string, whole func() (image.Image, error), err error) {
	if isWebP(data) {
		w, err := readWebP(data)
		if err != nil {
			return config, "", nil, err
		}
		return image.Config{Width: w.width, Height: w.height}, "webp", w.decode, nil
	}
	config, format, err = image.DecodeConfig(bytes.NewReader(data))
	return config, format, func() (image.Image, error) {
		img, _, err := image.Decode(bytes.NewReader(data))
		return img, err
	}, err
}

// looksLikeImage tells a broken image of a supported format from anything else.
func looksLikeImage(data []byte) bool {
	for _, magic := range []string{"\xff\xd8\xff", "\x89PNG\r\n\x1a\n", "GIF87a", "GIF89a"} {
		if bytes.HasPrefix(data, []byte(magic)) {
			return true
		}
	}
	return isWebP(data)
}

func cutPrefixFold(s, prefix string) (string, bool) {
	if len(s) < len(prefix) || !strings.EqualFold(s[:len(prefix)], prefix) {
		return s, false
	}
	return s[len(prefix):], true
}
