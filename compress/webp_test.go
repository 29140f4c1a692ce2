package compress

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/color"
	"math/bits"
	"testing"

	"github.com/tagroll/tagroll"
)

// riffChunk is a chunk of a WebP, padded.
func riffChunk(kind string, content []byte) []byte {
	b := binary.LittleEndian.AppendUint32([]byte(kind), uint32(len(content)))
	b = append(b, content...)
	if len(content)%2 != 0 {
		b = append(b, 0)
	}
	return b
}

func webpOf(chunks ...[]byte) []byte {
	out := []byte("RIFF\x00\x00\x00\x00WEBP")
	for _, c := range chunks {
		out = append(out, c...)
	}
	binary.LittleEndian.PutUint32(out[4:], uint32(len(out)-8))
	return out
}

func le24(n int) []byte { return []byte{byte(n), byte(n >> 8), byte(n >> 16)} }

func vp8x(flags byte, w, h int) []byte {
	return riffChunk("VP8X", append(append([]byte{flags, 0, 0, 0}, le24(w-1)...), le24(h-1)...))
}

// frameOf is the chunk of a test file's picture.
func frameOf(t *testing.T, file string) []byte {
	t.Helper()
	w, err := parseWebP(testdata(t, file))
	if err != nil {
		t.Fatal(err)
	}
	return riffChunk(w.kind, w.frame)
}

// packAlpha compresses alpha as a VP8L picture without its header: each value is its own code of
// eight bits.
func packAlpha(alpha []byte) []byte {
	var out []byte
	n := 0
	write := func(v, size int) {
		for i := range size {
			if n%8 == 0 {
				out = append(out, 0)
			}
			out[n/8] |= byte(v>>i&1) << (n % 8)
			n++
		}
	}
	write(0, 3)        // no transform, no cache, one group
	write(0, 1)        // green: a code by its lengths, of which there is one: 8
	write(12-4, 4)     // the lengths of the codes for 17, 18, 0 to 5, 16, 6, 7 and 8
	write(1<<33, 3*12) // only that of 8 is not zero
	write(1, 1)        // not for all symbols,
	write(3, 3)        // but so many, in eight bits:
	write(256-2, 8)    // 256
	for range 4 {      // red, blue, alpha, distance: a code of one symbol
		write(0b0001, 4) // simple, one symbol, of one bit, which is 0
	}
	for _, v := range alpha {
		write(int(bits.Reverse8(v)), 8)
	}
	return out
}

// filterAlpha subtracts what a filter predicts (RFC 9649, 2.7.1.2).
func filterAlpha(alpha []byte, w int, filter byte) []byte {
	out := make([]byte, len(alpha))
	for i, v := range alpha {
		x, y := i%w, i/w
		at := func(dx, dy int) int { return int(alpha[i-dy*w-dx]) }
		predicted := 0
		switch {
		case filter == 0 || x == 0 && y == 0:
		case y == 0 || filter == 1 && x > 0:
			predicted = at(1, 0)
		case x == 0 || filter == 2:
			predicted = at(0, 1)
		default:
			predicted = min(max(at(1, 0)+at(0, 1)-at(1, 1), 0), 255)
		}
		out[i] = v - byte(predicted)
	}
	return out
}

// Alpha can be stored raw or compressed, after four filters.
func TestWebPAlpha(t *testing.T) {
	const w, h = 48, 32 // of lossy.webp
	alpha := make([]byte, w*h)
	for i := range alpha {
		x, y := i%w, i/w
		alpha[i] = byte(x*5 + y/8*3)
	}
	opaque := run(t, testdata(t, "lossy.webp"), tagroll.FormatWebP, Options{Quality: 100})
	for filter := range byte(4) {
		for compression := range byte(2) {
			t.Run(fmt.Sprintf("filter %d, compression %d", filter, compression), func(t *testing.T) {
				content := filterAlpha(alpha, w, filter)
				if compression == 1 {
					content = packAlpha(content)
				}
				head := []byte{filter<<2 | compression}
				file := webpOf(vp8x(1<<4, w, h), riffChunk("ALPH", append(head, content...)), frameOf(t, "lossy.webp"))
				img := run(t, file, tagroll.FormatWebP, Options{Quality: 100})
				for i, a := range alpha {
					x, y := i%w, i/w
					if x > 20 && x < 27 || y > 12 && y < 19 {
						// Chroma is mixed near the edges of the quarters.
						continue
					}
					under := color.RGBAModel.Convert(opaque.At(x, y)).(color.RGBA)
					on := func(v uint8) uint8 { return div255(uint32(v)*uint32(a) + 255*(255-uint32(a))) }
					wantColor(t, img, x, y, color.RGBA{on(under.R), on(under.G), on(under.B), 255}, 12)
				}
			})
		}
	}
}

func TestWebPAlphaDamaged(t *testing.T) {
	frame := frameOf(t, "lossy.webp")
	for what, alpha := range map[string][]byte{
		"nothing":             {},
		"too few bytes":       make([]byte, 48*32),
		"unknown compression": append([]byte{2}, make([]byte, 48*32)...),
		"cut off":             append([]byte{1}, packAlpha(make([]byte, 48*31))...),
		"noise":               {1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff},
	} {
		file := webpOf(vp8x(1<<4, 48, 32), riffChunk("ALPH", alpha), frame)
		_, err := Compress(t.Context(), file, tagroll.FormatWebP, Options{})
		if err == nil {
			t.Errorf("alpha of %s was accepted", what)
			continue
		}
		wantCode(t, err, tagroll.CodeCorruptImage)
	}
}

// animation is a file whose first frame lies at x, y on a canvas.
func animation(w, h, x, y, frameW, frameH int, frame []byte) []byte {
	head := append(le24(x/2), le24(y/2)...)
	head = append(append(head, le24(frameW-1)...), le24(frameH-1)...)
	head = append(head, 100, 0, 0, 0)
	return webpOf(vp8x(1<<1, w, h), riffChunk("ANIM", make([]byte, 6)), riffChunk("ANMF", append(head, frame...)))
}

// A frame that is smaller than its canvas lies on white.
func TestWebPAnimation(t *testing.T) {
	for _, file := range []string{"lossy.webp", "lossless.webp"} {
		t.Run(file, func(t *testing.T) {
			frame := frameOf(t, file)
			for _, at := range []image.Point{{0, 0}, {20, 10}, {51, 47}, {50, 46}} {
				x, y := at.X&^1, at.Y&^1
				img := run(t, animation(99, 79, x, y, 48, 32, frame), tagroll.FormatWebP, Options{Quality: 95})
				if got := img.Bounds().Size(); got != image.Pt(99, 79) {
					t.Fatalf("the size is %v", got)
				}
				for _, c := range []struct {
					x, y int
					want color.Color
				}{{x + 8, y + 8, green}, {x + 40, y + 8, blue}, {x + 8, y + 24, red}, {x + 40, y + 24, blue}} {
					wantColor(t, img, c.x, c.y, c.want, 8)
				}
				for _, corner := range []image.Point{{2, 2}, {96, 2}, {2, 76}, {96, 76}} {
					if !corner.In(image.Rect(x-4, y-4, x+52, y+36)) {
						wantColor(t, img, corner.X, corner.Y, color.White, 4)
					}
				}
			}
		})
	}
}

func TestWebPAnimationDamaged(t *testing.T) {
	frame := frameOf(t, "lossy.webp")
	for what, file := range map[string][]byte{
		"a frame beyond the right edge": animation(60, 32, 14, 0, 48, 32, frame),
		"a frame below the canvas":      animation(48, 40, 0, 10, 48, 32, frame),
		"a frame of another size":       animation(60, 60, 0, 0, 50, 32, frame),
	} {
		_, err := Compress(t.Context(), file, tagroll.FormatWebP, Options{})
		if err == nil {
			t.Errorf("%s was accepted", what)
			continue
		}
		wantCode(t, err, tagroll.CodeCorruptImage, "disagree")
	}
	// The canvas counts for the limit.
	_, err := Compress(t.Context(), animation(1<<24, 1<<24, 0, 0, 48, 32, frame), tagroll.FormatWebP, Options{})
	wantCode(t, err, tagroll.CodeTooManyPixels)
}

// countdown is a context that is cancelled after it was asked so many times.
type countdown struct {
	context.Context
	left int
}

func (c *countdown) Err() error {
	if c.left--; c.left < 0 {
		return context.Canceled
	}
	return nil
}

// Decoding stops in between.
func TestWebPCancelled(t *testing.T) {
	for _, file := range []string{"lossy.webp", "lossless.webp"} {
		for asked := 1; ; asked++ {
			_, err := Compress(&countdown{t.Context(), asked}, testdata(t, file), tagroll.FormatWebP, Options{})
			if err == nil {
				if asked < 3 {
					t.Errorf("%s: asked only %d times", file, asked)
				}
				break
			}
			if e, ok := errors.AsType[*tagroll.Error](err); !ok || e.Code != tagroll.CodeCancelled {
				t.Fatalf("%s: %v", file, err)
			}
		}
	}
}
