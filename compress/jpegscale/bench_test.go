package jpegscale_test

import (
	"bytes"
	"fmt"
	"image"
	"image/jpeg"
	"math/rand/v2"
	"testing"

	"github.com/tagroll/tagroll/compress/jpegscale"
)

// Compare with
//
//	go test -run '^$' -bench . -count 6 -cpu 1 ./compress/jpegscale
//
// Pictures are of 24 megapixels with 4:2:0 chroma, as noisy as a camera's at about 8 MB.
func BenchmarkDecode(b *testing.B) {
	baseline, progressive := benchmarkFiles(b)
	for _, file := range []struct {
		name string
		data []byte
	}{{"baseline", baseline}, {"progressive", progressive}} {
		for _, n := range []int{1, 2, 3, 4, 8} {
			b.Run(fmt.Sprintf("%s/%d", file.name, n), func(b *testing.B) {
				b.SetBytes(int64(len(file.data)))
				b.ReportAllocs()
				for b.Loop() {
					p, err := jpegscale.Decode(b.Context(), file.data, jpegscale.Options{Scale: at(n)})
					if err != nil {
						b.Fatal(err)
					}
					p.Release()
				}
			})
		}
		b.Run(file.name+"/standard", func(b *testing.B) {
			b.SetBytes(int64(len(file.data)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := jpeg.Decode(bytes.NewReader(file.data)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkParallel(b *testing.B) {
	_, small := benchmarkImages()
	small.interval = 40
	data := small.encode()
	for _, parallel := range []int{1, 2} {
		b.Run(fmt.Sprint(parallel), func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			for b.Loop() {
				p, err := jpegscale.Decode(b.Context(), data, jpegscale.Options{Scale: at(2), Parallel: parallel})
				if err != nil {
					b.Fatal(err)
				}
				p.Release()
			}
		})
	}
}

const benchmarkWidth, benchmarkHeight = 6000, 4000

func benchmarkFiles(b *testing.B) (baseline, progressive []byte) {
	b.Helper()
	m, small := benchmarkImages()
	var out bytes.Buffer
	if err := jpeg.Encode(&out, m, &jpeg.Options{Quality: 85}); err != nil {
		b.Fatal(err)
	}
	small.usualScans()
	return out.Bytes(), small.encode()
}

// benchmarkImages returns a picture for image/jpeg's encoder and much the same one for the tests'
// encoder, whose blocks are drawn once and repeated since its transform is slow.
func benchmarkImages() (*image.YCbCr, *testImage) {
	rng := rand.New(rand.NewPCG(1, 2))
	m := image.NewYCbCr(image.Rect(0, 0, benchmarkWidth, benchmarkHeight), image.YCbCrSubsampleRatio420)
	for y := range benchmarkHeight {
		row := m.Y[y*m.YStride:][:benchmarkWidth]
		for x := range row {
			row[x] = uint8(60 + x/50 + (x/97^y/61)&63 + rng.IntN(44))
		}
	}
	for i := range m.Cb {
		m.Cb[i], m.Cr[i] = uint8(110+i%3000/100+rng.IntN(8)), uint8(120+i/3000/100+rng.IntN(8))
	}
	tile := newTestImage(5, 400, 400, 3, 22, 11, 11)
	all := newTestImage(5, 8, 8, 3, 22, 11, 11)
	all.width, all.height = benchmarkWidth, benchmarkHeight
	for i := range all.components {
		c, t := &all.components[i], &tile.components[i]
		c.width, c.height = benchmarkWidth*c.h/2, benchmarkHeight*c.v/2
		c.bw, c.bh = (benchmarkWidth+15)/16*c.h, (benchmarkHeight+15)/16*c.v
		c.blocks = make([][64]int, c.bw*c.bh)
		for b := range c.blocks {
			c.blocks[b] = t.blocks[b/c.bw%t.bh*t.bw+b%c.bw%t.bw]
		}
	}
	return m, all
}
