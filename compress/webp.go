package compress

import (
	"encoding/binary"
	"errors"
	"io"

	"github.com/tagroll/tagroll/compress/vp8"
	"github.com/tagroll/tagroll/compress/vp8l"
)

// webp decodes a WebP, of an animation the first frame on its canvas.
func (j *job) webp() (*picture, error) {
	w, err := parseWebP(j.data)
	if err != nil {
		if share, cut := w.cut(j.data); cut {
			return nil, truncated(j.format, share, err)
		}
		return nil, corrupt(j.format, err)
	}
	if err := j.setSize(w.canvasWidth, w.canvasHeight); err != nil {
		return nil, err
	}
	profile := j.fitting(j.profile(w.profile), rgbColours)
	if w.kind == "VP8L" {
		return j.lossless(&w, profile)
	}
	return j.lossy(&w, profile)
}

// webpError is a decoder's error.
func (j *job) webpError(err error) error {
	if errors.Is(err, vp8.ErrTruncated) || errors.Is(err, vp8l.ErrTruncated) {
		return corrupt(j.format, io.ErrUnexpectedEOF)
	}
	return corrupt(j.format, err)
}

// webpFile is what a WebP container holds of its only or first frame.
type webpFile struct {
	// The canvas is larger than the frame only in animations. The frame lies at x, y, which are
	// even.
	canvasWidth, canvasHeight int
	x, y, width, height       int
	profile                   []byte
	alpha                     []byte // content of ALPH
	kind                      string // "VP8 " or "VP8L"
	frame                     []byte // its content
}

var (
	errNoFrame  = errors.New("it holds no picture")
	errDisagree = errors.New("its headers disagree on its size")
)

// parseWebP reads the container (RFC 9649, section 2).
func parseWebP(data []byte) (w webpFile, err error) {
	if len(data) < 12 || string(data[:4]) != "RIFF" || string(data[8:12]) != "WEBP" {
		return w, errors.New("it has no WebP header")
	}
	if err := w.chunks(data[12:]); err != nil {
		return w, err
	}
	return w, w.size()
}

// chunks reads chunks up to and with the frame, or the animation's first (2.7.1.1).
func (w *webpFile) chunks(data []byte) error {
	err := io.ErrUnexpectedEOF
	for len(data) >= 8 {
		kind, n := string(data[:4]), uint64(binary.LittleEndian.Uint32(data[4:]))
		data = data[8:]
		if n > uint64(len(data)) {
			return io.ErrUnexpectedEOF
		}
		content := data[:n]
		data = data[min(n+n&1, uint64(len(data))):]
		switch kind {
		case "VP8X":
			if len(content) >= 10 {
				w.canvasWidth, w.canvasHeight = 1+uint24(content[4:]), 1+uint24(content[7:])
			}
		case "ICCP":
			w.profile = content
		case "ALPH":
			w.alpha = content
		case "VP8 ", "VP8L":
			w.kind, w.frame = kind, content
			return nil
		case "ANMF":
			const frameHeader = 16
			if err == errNoFrame || len(content) < frameHeader {
				return errNoFrame
			}
			w.x, w.y = 2*uint24(content), 2*uint24(content[3:])
			w.width, w.height = 1+uint24(content[6:]), 1+uint24(content[9:])
			// What is missing in it is not missing at the end of the file.
			data, err = content[frameHeader:], errNoFrame
		}
	}
	return err
}

func uint24(b []byte) int { return int(b[0]) | int(b[1])<<8 | int(b[2])<<16 }

// size reads the frame's own header, which is what a decoder allocates by, and compares it with the
// container's.
func (w *webpFile) size() error {
	var width, height int
	if w.kind == "VP8L" {
		config, err := vp8l.DecodeConfig(w.frame)
		if err != nil {
			return errNoHeader(err)
		}
		width, height = config.Width, config.Height
	} else {
		config, err := vp8.DecodeConfig(w.frame)
		if err != nil {
			return errNoHeader(err)
		}
		width, height = config.Width, config.Height
	}
	if w.width == 0 { // a still picture: its size is all that counts
		w.width, w.height = width, height
		w.canvasWidth, w.canvasHeight = width, height
	}
	if w.canvasWidth == 0 {
		w.canvasWidth, w.canvasHeight = w.width, w.height
	}
	if w.width != width || w.height != height || w.x+w.width > w.canvasWidth || w.y+w.height > w.canvasHeight {
		return errDisagree
	}
	return nil
}

// errNoHeader tells a frame that is too short for its header from a file that is cut off.
func errNoHeader(err error) error {
	if errors.Is(err, vp8.ErrTruncated) || errors.Is(err, vp8l.ErrTruncated) {
		return errors.New("its picture has no header")
	}
	return err
}

// cut reports whether a file is shorter than its header says, and what share is there.
func (w *webpFile) cut(data []byte) (share float64, cut bool) {
	if len(data) < 8 {
		return 0, false
	}
	whole := float64(binary.LittleEndian.Uint32(data[4:])) + 8
	return float64(len(data)) / whole, float64(len(data)) < whole
}
