package compress

import "github.com/tagroll/tagroll"

// sketch fills in what a photo looks like from afar, and how sharp it is, from its luma.
func sketch(small *tagroll.Image, y plane) {
	small.Sketch = shrink(y, tagroll.SketchSide)
	small.Sharpness = sharpness(y)
}

// shrink returns the means of side x side equal fields of a plane, row by row. The plane's
// proportions are lost. Fields of a plane that is smaller repeat its pixels.
func shrink(p plane, side int) []byte {
	small := make([]byte, side*side)
	sums := make([]uint32, side)
	for row := range side {
		y0, y1 := span(row, side, p.h)
		clear(sums)
		for y := y0; y < y1; y++ {
			line := p.row(y)
			for column := range side {
				x0, x1 := span(column, side, p.w)
				sum := uint32(0)
				for _, v := range line[x0:x1] {
					sum += uint32(v)
				}
				sums[column] += sum
			}
		}
		for column := range side {
			x0, x1 := span(column, side, p.w)
			n := uint32((x1 - x0) * (y1 - y0))
			small[row*side+column] = byte((sums[column] + n/2) / n)
		}
	}
	return small
}

// span returns where field i of n begins and ends among size pixels; it holds one at least.
func span(i, n, size int) (from, to int) {
	from = i * size / n
	return from, max((i+1)*size/n, from+1)
}

// sharpness is the variance of the Laplacian of every second row, the usual measure of focus
// (Pech-Pacheco et al., "Diatom autofocusing in brightfield microscopy", ICPR 2000).
func sharpness(p plane) float64 {
	var sum, squares, n float64
	for y := 1; y < p.h-1; y += 2 {
		above, line, below := p.row(y-1), p.row(y), p.row(y+1)
		var rowSum, rowSquares int
		for x := 1; x < len(line)-1; x++ {
			v := 4*int(line[x]) - int(line[x-1]) - int(line[x+1]) - int(above[x]) - int(below[x])
			rowSum += v
			rowSquares += v * v
		}
		sum += float64(rowSum)
		squares += float64(rowSquares)
		n += float64(max(len(line)-2, 0))
	}
	if n == 0 {
		return 0
	}
	mean := sum / n
	return squares/n - mean*mean
}
