package jpegscale_test

import (
	"bytes"
	"fmt"
	"image"
	"image/jpeg"
	"math/rand/v2"
	"testing"

	"github.com/tagroll/tagroll/compress/jpegscale"
	"github.com/tagroll/tagroll/internal/jpegtest"
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
	small.Interval = 40
	data := small.Encode()
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
	small.UsualScans()
	return out.Bytes(), small.Encode()
}

// benchmarkImages returns a picture for image/jpeg's encoder and much the same one for the tests'
// encoder, whose blocks are drawn once and repeated since its transform is slow.
func benchmarkImages() (*image.YCbCr, *jpegtest.Image) {
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
	tile := jpegtest.New(5, 400, 400, 3, 22, 11, 11)
	all := jpegtest.New(5, 8, 8, 3, 22, 11, 11)
	all.Width, all.Height = benchmarkWidth, benchmarkHeight
	for i := range all.Components {
		c, t := &all.Components[i], &tile.Components[i]
		c.Width, c.Height = benchmarkWidth*c.H/2, benchmarkHeight*c.V/2
		c.BlocksX, c.BlocksY = (benchmarkWidth+15)/16*c.H, (benchmarkHeight+15)/16*c.V
		c.Blocks = make([][64]int, c.BlocksX*c.BlocksY)
		for b := range c.Blocks {
			c.Blocks[b] = t.Blocks[b/c.BlocksX%t.BlocksY*t.BlocksX+b%c.BlocksX%t.BlocksX]
		}
	}
	return m, all
}
