package offline

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"

	"github.com/tagroll/tagroll"
)

const (
	// gridSide is the longer side of the grid on which a picture is measured. A cell of
	// a 1024 px picture is then 8 x 8 pixels: small enough for shapes, large enough to
	// average out noise and the blocks of the JPEG.
	gridSide = 128
	// maxPixels bounds what is decoded. The small JPEG has about one megapixel; a
	// header that claims far more would cost memory for nothing.
	maxPixels = 16 << 20
)

// cell is one square of the grid.
type cell struct {
	lab  lab
	luma int // mean of the pixels, 0 to 255
	// fine is the mean square of the steps between neighbouring pixels, both
	// directions added. Blur lowers it, where it leaves the step between cells as it is.
	fine int
}

// scene is a picture reduced to a grid of cells, row by row.
type scene struct {
	width, height int // of the picture in pixels
	cols, rows    int
	cells         []cell
}

func (s *scene) at(x, y int) cell { return s.cells[y*s.cols+x] }

// readScene decodes a JPEG and reduces it.
func readScene(data []byte) (*scene, error) {
	corrupt := func(err error) error {
		return &tagroll.Error{
			Code:    tagroll.CodeCorruptImage,
			Message: "the image cannot be decoded: export the photo again from its original",
			Stage:   tagroll.StageDescribe,
			Err:     err,
		}
	}
	config, err := jpeg.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return nil, corrupt(err)
	}
	if int64(config.Width)*int64(config.Height) > maxPixels {
		return nil, &tagroll.Error{
			Code:    tagroll.CodeTooManyPixels,
			Message: "the image is too large to be measured: reduce it to 1024 pixels first",
			Stage:   tagroll.StageDescribe,
		}
	}
	m, err := jpeg.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, corrupt(err)
	}
	if m.Bounds().Empty() {
		return nil, corrupt(nil)
	}
	return reduce(asYCbCr(m)), nil
}

// asYCbCr returns the picture in the form that nearly every JPEG is decoded to.
func asYCbCr(m image.Image) *image.YCbCr {
	if y, ok := m.(*image.YCbCr); ok {
		return y
	}
	b := m.Bounds()
	y := image.NewYCbCr(b, image.YCbCrSubsampleRatio444)
	for py := b.Min.Y; py < b.Max.Y; py++ {
		for px := b.Min.X; px < b.Max.X; px++ {
			c := color.YCbCrModel.Convert(m.At(px, py)).(color.YCbCr)
			i := y.YOffset(px, py)
			y.Y[i], y.Cb[i], y.Cr[i] = c.Y, c.Cb, c.Cr
		}
	}
	return y
}

// gridSize is the size of the grid for a picture's size: the same shape, never
// more cells than pixels.
func gridSize(width, height int) (cols, rows int) {
	long := max(width, height)
	if long <= gridSide {
		return width, height
	}
	return max(1, width*gridSide/long), max(1, height*gridSide/long)
}

// reduce averages a picture's pixels into cells.
func reduce(m *image.YCbCr) *scene {
	b := m.Bounds()
	s := &scene{width: b.Dx(), height: b.Dy()}
	s.cols, s.rows = gridSize(s.width, s.height)
	s.cells = make([]cell, s.cols*s.rows)
	// Where a pixel's cell and chroma lie in a row is the same for every row.
	places := make([]struct{ col, chroma int }, s.width)
	for x := range places {
		places[x].col = x * s.cols / s.width
		places[x].chroma = m.COffset(b.Min.X+x, b.Min.Y) - m.COffset(b.Min.X, b.Min.Y)
	}
	sums := make([]sum, s.cols)
	for row := range s.rows {
		clear(sums)
		for y := (row*s.height + s.rows - 1) / s.rows; y*s.rows < (row+1)*s.height; y++ {
			line := m.Y[m.YOffset(b.Min.X, b.Min.Y+y):][:s.width]
			below := line
			if y+1 < s.height {
				below = m.Y[m.YOffset(b.Min.X, b.Min.Y+y+1):][:s.width]
			}
			chroma := m.COffset(b.Min.X, b.Min.Y+y)
			cb, cr := m.Cb[chroma:], m.Cr[chroma:]
			for x, luma := range line {
				place := places[x]
				right := int(line[min(x+1, s.width-1)]) - int(luma)
				down := int(below[x]) - int(luma)
				sum := &sums[place.col]
				sum.y += int(luma)
				sum.cb += int(cb[place.chroma])
				sum.cr += int(cr[place.chroma])
				sum.fine += int64(right*right + down*down)
				sum.n++
			}
		}
		for col, sum := range sums {
			s.cells[row*s.cols+col] = sum.mean()
		}
	}
	return s
}

// sum adds up the pixels of a cell.
type sum struct {
	y, cb, cr, n int
	fine         int64 // a cell of a very long and narrow picture has many pixels
}

func (s sum) mean() cell {
	half := s.n / 2
	luma := (s.y + half) / s.n
	red, green, blue := color.YCbCrToRGB(uint8(luma), uint8((s.cb+half)/s.n), uint8((s.cr+half)/s.n))
	return cell{toLab(red, green, blue), luma, int((s.fine + int64(half)) / int64(s.n))}
}
