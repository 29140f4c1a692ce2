package compress

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image"
	"io"

	"golang.org/x/image/webp"
)

// webp decodes a WebP, of an animation the first frame.
func (j *job) webp() (*picture, error) {
	w, err := parseWebP(j.data)
	if err != nil {
		if share, cut := w.cut(j.data); cut {
			return nil, truncated(j.format, share, err)
		}
		return nil, corrupt(j.format, err)
	}
	if err := j.setSize(w.width, w.height); err != nil {
		return nil, err
	}
	if w.kind == "VP8 " && w.alpha == nil {
		return j.lossy(&w)
	}
	img, err := webp.Decode(bytes.NewReader(w.still()))
	if err != nil {
		return nil, corrupt(j.format, err)
	}
	if b := img.Bounds(); b.Dx() != w.width || b.Dy() != w.height {
		return nil, corrupt(j.format, errors.New("its headers disagree on its size"))
	}
	if err := j.alive(); err != nil {
		return nil, err
	}
	profile := j.fitting(j.profile(w.profile), coloursOf(img))
	if m, ok := img.(*image.NYCbCrA); ok {
		fullRange(&m.YCbCr)
	}
	return j.scaleRows(imageRows(img, profile))
}

func fullRange(m *image.YCbCr) {
	for i, v := range m.Y {
		m.Y[i] = studio[0][v]
	}
	for i, v := range m.Cb {
		m.Cb[i], m.Cr[i] = studio[1][v], studio[2][m.Cr[i]]
	}
}

// webpFile is what a WebP container holds of its only or first frame.
type webpFile struct {
	width, height int
	profile       []byte
	alpha         []byte // content of ALPH
	kind          string // "VP8 " or "VP8L"
	frame         []byte // its content
}

var errNoFrame = errors.New("it holds no picture")

// parseWebP reads the container (RFC 9649). It goes around the container reader of
// golang.org/x/image, which refuses animations and trusts the canvas size alone.
func parseWebP(data []byte) (w webpFile, err error) {
	if len(data) < 12 || string(data[:4]) != "RIFF" || string(data[8:12]) != "WEBP" {
		return w, errors.New("it has no WebP header")
	}
	if err := w.chunks(data[12:], true); err != nil {
		return w, err
	}
	return w, w.size()
}

// chunks reads chunks up to and with the frame.
func (w *webpFile) chunks(data []byte, top bool) error {
	for len(data) >= 8 {
		kind, n := string(data[:4]), uint64(binary.LittleEndian.Uint32(data[4:]))
		data = data[8:]
		if n > uint64(len(data)) {
			return io.ErrUnexpectedEOF
		}
		content := data[:n]
		switch kind {
		case "ICCP":
			w.profile = content
		case "ALPH":
			w.alpha = content
		case "VP8 ", "VP8L":
			w.kind, w.frame = kind, content
			return nil
		case "ANMF":
			const frameHeader = 16
			if !top || len(content) < frameHeader {
				return errNoFrame
			}
			return w.chunks(content[frameHeader:], false)
		}
		data = data[min(n+n&1, uint64(len(data))):]
	}
	if top {
		return io.ErrUnexpectedEOF
	}
	return errNoFrame
}

// size reads the frame's own header, which is what a decoder allocates by.
func (w *webpFile) size() error {
	f := w.frame
	switch w.kind {
	case "VP8 ": // RFC 6386, 9.1
		if len(f) < 10 || f[3] != 0x9d || f[4] != 0x01 || f[5] != 0x2a {
			return errors.New("its picture has no header")
		}
		w.width = int(binary.LittleEndian.Uint16(f[6:]) & 0x3fff)
		w.height = int(binary.LittleEndian.Uint16(f[8:]) & 0x3fff)
	case "VP8L": // RFC 9649, 3.4
		if len(f) < 5 || f[0] != 0x2f {
			return errors.New("its picture has no header")
		}
		bits := binary.LittleEndian.Uint32(f[1:])
		w.width, w.height = int(bits&0x3fff)+1, int(bits>>14&0x3fff)+1
	}
	return nil
}

// still is a container with just the frame and its alpha.
func (w *webpFile) still() []byte {
	out := []byte("RIFF\x00\x00\x00\x00WEBP")
	chunk := func(kind string, content []byte) {
		out = append(out, kind...)
		out = binary.LittleEndian.AppendUint32(out, uint32(len(content)))
		out = append(out, content...)
		if len(content)&1 != 0 {
			out = append(out, 0)
		}
	}
	if w.kind == "VP8 " && w.alpha != nil {
		const hasAlpha = 1 << 4
		x, y := w.width-1, w.height-1
		chunk("VP8X", []byte{hasAlpha, 0, 0, 0, byte(x), byte(x >> 8), byte(x >> 16), byte(y), byte(y >> 8), byte(y >> 16)})
		chunk("ALPH", w.alpha)
	}
	chunk(w.kind, w.frame)
	binary.LittleEndian.PutUint32(out[4:], uint32(len(out)-8))
	return out
}

// cut reports whether a file is shorter than its header says, and what share is there.
func (w *webpFile) cut(data []byte) (share float64, cut bool) {
	if len(data) < 8 {
		return 0, false
	}
	whole := float64(binary.LittleEndian.Uint32(data[4:])) + 8
	return float64(len(data)) / whole, float64(len(data)) < whole
}
