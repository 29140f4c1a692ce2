// Package jpegtest writes JPEGs of all the kinds that image/jpeg's encoder does not: any sampling
// factors, several scans, progressive ones with refinement, restart intervals, 16-bit tables,
// a height that comes late. It keeps the coefficients, so that tests know what a decoder
// has to make of them ([Image.Truth]). Call [New] or [Draw], change what should be different, and
// [Image.Encode].
//
// It is for tests and for measuring: it is slow, and trusts its caller.
package jpegtest

import (
	"math"
	"math/rand/v2"
)

// zigzag is figure A.6 of ITU-T T.81: zigzag[k] is 8*v + u for coefficient k.
var zigzag = func() (order [64]int) {
	x, y := 0, 0
	for k := range order {
		order[k] = 8*y + x
		switch up := (x+y)%2 == 0; {
		case up && x == 7, !up && y == 7:
			if up {
				y++
			} else {
				x++
			}
		case up && y == 0:
			x++
		case !up && x == 0:
			y++
		case up:
			x, y = x+1, y-1
		default:
			x, y = x-1, y+1
		}
	}
	return order
}()

// Image is a JPEG that is still to be written.
type Image struct {
	Width, Height int
	Components    []Component
	Quant         [4][64]int // in zigzag order
	Quant16       bool       // steps are written with 16 bits
	Interval      int        // of restarts, in minimum coded units; 0 for none
	Progressive   bool
	Scans         []Scan
	JFIF          bool
	Adobe         int    // transform, -1 for no marker
	LateHeight    bool   // it is written behind the first scan
	Segments      []byte // further marker segments, written first
}

// Component is one component of an image.
type Component struct {
	ID               byte
	H, V, Quant      int
	Width, Height    int             // in samples
	BlocksX, BlocksY int             // with those that fill up the last units
	Blocks           [][64]int       // in zigzag order, divided by their steps
	truths           [9][9][]float64 // of the blocks when they were first asked for
}

// Scan is one pass over some components, by number: over their coefficients SS to SE, from bit AH
// to bit AL.
type Scan struct {
	Components     []int
	SS, SE, AH, AL int
}

// NewScan returns a scan.
func NewScan(components []int, ss, se, ah, al int) Scan { return Scan{components, ss, se, ah, al} }

// New makes an image of something that has gradients, edges and noise, sequential and in one scan.
// Sampling has a component's factors in two decimal digits. Step is that of the quantization of DC.
func New(seed uint64, width, height, step int, sampling ...int) *Image {
	rng := rand.New(rand.NewPCG(seed, 0))
	return Draw(width, height, step, func(i int, c *Component) func(x, y int) float64 {
		fx, fy, noise := 2+6*rng.Float64(), 2+6*rng.Float64(), 4+30*rng.Float64()
		return func(x, y int) float64 {
			u, v := float64(x)/float64(c.Width), float64(y)/float64(c.Height)
			value := 100*math.Sin(fx*u+float64(i))*math.Cos(fy*v) + noise*(rng.Float64()-.5)*u
			if u > .6 && v > .3 && v < .7 {
				value = -value / 2
			}
			return value
		}
	}, sampling...)
}

// Draw is New with samples that the caller makes up: content returns what gives the samples of
// component i, from -128 to 127, block by block. Those behind the edges are the last ones inside.
func Draw(width, height, step int, content func(i int, c *Component) func(x, y int) float64, sampling ...int) *Image {
	m := &Image{Width: width, Height: height, Adobe: -1}
	hMax, vMax := 1, 1
	for _, hv := range sampling {
		hMax, vMax = max(hMax, hv/10), max(vMax, hv%10)
	}
	for t := range m.Quant {
		for k := range 64 {
			m.Quant[t][k] = step + step*k*(t+1)/16
		}
	}
	all := Scan{SE: 63}
	for i, hv := range sampling {
		c := Component{ID: byte(i + 1), H: hv / 10, V: hv % 10, Quant: i % 4}
		c.Width, c.Height = (width*c.H+hMax-1)/hMax, (height*c.V+vMax-1)/vMax
		c.BlocksX, c.BlocksY = (width+8*hMax-1)/(8*hMax)*c.H, (height+8*vMax-1)/(8*vMax)*c.V
		c.draw(content(i, &c), &m.Quant[c.Quant])
		m.Components = append(m.Components, c)
		all.Components = append(all.Components, i)
	}
	m.Scans = []Scan{all}
	return m
}

// draw transforms the samples.
func (c *Component) draw(sample func(x, y int) float64, quant *[64]int) {
	c.Blocks = make([][64]int, c.BlocksX*c.BlocksY)
	for b := range c.Blocks {
		var f, t [64]float64
		for j := range f {
			f[j] = sample(min(b%c.BlocksX*8+j%8, c.Width-1), min(b/c.BlocksX*8+j/8, c.Height-1))
		}
		for j := range t { // along the rows
			for x := range 8 {
				t[j] += f[j&^7+x] * wave(8, x, j%8)
			}
		}
		for k, vu := range zigzag {
			var sum float64
			for y := range 8 {
				sum += t[8*y+vu%8] * wave(8, y, vu/8)
			}
			c.Blocks[b][k] = int(math.Round(sum / 4 / float64(quant[k])))
		}
	}
}

// waves[n][x][u] is C(u) cos((2x+1)u pi/2n), A.3.3.
var waves = func() (w [9][8][8]float64) {
	for n := 1; n <= 8; n++ {
		for x := range n {
			w[n][x][0] = math.Sqrt(.5)
			for u := 1; u < n; u++ {
				w[n][x][u] = math.Cos(float64((2*x+1)*u) * math.Pi / float64(2*n))
			}
		}
	}
	return w
}()

func wave(n, x, u int) float64 { return waves[n][x][u] }

// Truth is the plane of a component at nx/8 of its width and ny/8 of its height: the inverse
// transform on so many points of the lowest coefficients, without rounding.
func (m *Image) Truth(i, nx, ny int) (samples []float64, stride int) {
	c := &m.Components[i]
	stride = c.BlocksX * nx
	if samples = c.truths[nx][ny]; samples != nil {
		return samples, stride
	}
	samples = make([]float64, c.BlocksX*c.BlocksY*nx*ny)
	c.truths[nx][ny] = samples
	for b := range c.Blocks {
		for j := range nx * ny {
			var sum float64
			for k, vu := range zigzag {
				if vu%8 < nx && vu/8 < ny && c.Blocks[b][k] != 0 {
					sum += float64(c.Blocks[b][k]*m.Quant[c.Quant][k]) * wave(nx, j%nx, vu%8) * wave(ny, j/nx, vu/8)
				}
			}
			samples[(b/c.BlocksX*ny+j/nx)*stride+b%c.BlocksX*nx+j%nx] = min(max(sum/4+128, 0), 255)
		}
	}
	return samples, stride
}

// UsualScans is the script of libjpeg's cjpeg -progressive, for any number of components.
func (m *Image) UsualScans() {
	m.Progressive = true
	all := m.Scans[0].Components
	m.Scans = []Scan{{all, 0, 0, 0, 1}}
	for _, c := range all {
		one := []int{c}
		m.Scans = append(m.Scans, Scan{one, 1, 5, 0, 2}, Scan{one, 6, 63, 0, 2}, Scan{one, 1, 63, 2, 1})
	}
	m.Scans = append(m.Scans, Scan{all, 0, 0, 1, 0})
	for _, c := range all {
		m.Scans = append(m.Scans, Scan{[]int{c}, 1, 63, 1, 0})
	}
}

// SpectralScans is a progression by frequency alone.
func (m *Image) SpectralScans() {
	m.Progressive = true
	all := m.Scans[0].Components
	m.Scans = []Scan{{all, 0, 0, 0, 0}}
	for _, c := range all {
		for _, band := range [][2]int{{1, 2}, {3, 9}, {10, 63}} {
			m.Scans = append(m.Scans, Scan{[]int{c}, band[0], band[1], 0, 0})
		}
	}
}

// SeparateScans gives each component a scan of its own.
func (m *Image) SeparateScans() {
	m.Scans = nil
	for i := range m.Components {
		m.Scans = append(m.Scans, Scan{[]int{i}, 0, 63, 0, 0})
	}
}
