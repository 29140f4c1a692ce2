package offline

import "slices"

// smoothFine is the fine structure up to which a cell is plain: steps of two
// levels, which the noise of a good camera and JPEG leave in an even wall.
const smoothFine = 12

func (c cell) plain() bool { return c.fine <= smoothFine }

// region is a part of the grid, upper bounds excluded.
type region struct{ x0, y0, x1, y1 int }

func (r region) each(s *scene, f func(x, y int, c cell)) {
	for y := r.y0; y < r.y1; y++ {
		for x := r.x0; x < r.x1; x++ {
			f(x, y, s.at(x, y))
		}
	}
}

func (r region) cells() int { return (r.x1 - r.x0) * (r.y1 - r.y0) }

// judgeSpace looks for room for text, for pictures that are nearly empty, and for
// those that are filled evenly. Small pictures have too few cells to tell.
func (l *look) judgeSpace(s *scene) {
	if s.cols < 32 || s.rows < 32 {
		return
	}
	whole := region{0, 0, s.cols, s.rows}
	plain := plainShare(s, whole)
	l.texture = plain < 50 && even(s)
	l.pattern = l.texture && repeats(s)
	if plain > 985 {
		return // nothing but background: there is no subject to leave space beside
	}
	w, h := s.cols*2/5, s.rows*2/5
	for _, side := range []struct {
		name string
		part region
	}{
		{"left", region{0, 0, w, s.rows}},
		{"right", region{s.cols - w, 0, s.cols, s.rows}},
		{"top", region{0, 0, s.cols, h}},
		{"bottom", region{0, s.rows - h, s.cols, s.rows}},
	} {
		if plainShare(s, side.part) >= 970 && calm(s, side.part) {
			l.space = append(l.space, side.name)
		}
	}
	// With space on all sides, or on none, there is no subject that stands alone.
	l.minimal = plain >= 800 && calm(s, whole) && len(l.space) > 0 && len(l.space) < 4 && hasEdges(s)
}

// hasEdges reports whether something in the picture stands out: clouds and stains do not.
func hasEdges(s *scene) bool {
	n := 0
	for _, c := range s.cells {
		if c.fine > 10*smoothFine {
			n++
		}
	}
	return n*1000 >= 10*len(s.cells)
}

// plainShare is the share of plain cells in thousandths.
func plainShare(s *scene, r region) int {
	n := 0
	r.each(s, func(_, _ int, c cell) {
		if c.plain() {
			n++
		}
	})
	return n * 1000 / r.cells()
}

// calm reports whether hardly any cell differs much from the next: text on it would be readable.
func calm(s *scene, r region) bool {
	steps := 0
	r.each(s, func(x, y int, c cell) {
		if x+1 < r.x1 && distance2(c.lab, s.at(x+1, y).lab) > 160*160 ||
			y+1 < r.y1 && distance2(c.lab, s.at(x, y+1).lab) > 160*160 {
			steps++
		}
	})
	return steps*1000 <= 40*r.cells()
}

func distance2(p, q lab) int {
	l, a, b := p.l-q.l, p.a-q.a, p.b-q.b
	return l*l + a*a + b*b
}

// blocks is how many blocks a side the grid is divided into where parts are compared.
const blocks = 8

func block(s *scene, i, j int) region {
	return region{i * s.cols / blocks, j * s.rows / blocks, (i + 1) * s.cols / blocks, (j + 1) * s.rows / blocks}
}

// even reports whether all parts of the picture are alike in structure and
// colour, as in a close view of a wall, of fabric or of gravel.
func even(s *scene) bool {
	var fines []int
	var colours []lab
	for j := range blocks {
		for i := range blocks {
			var fine int
			var sum lab
			r := block(s, i, j)
			r.each(s, func(_, _ int, c cell) {
				fine += c.fine
				sum.l, sum.a, sum.b = sum.l+c.lab.l, sum.a+c.lab.a, sum.b+c.lab.b
			})
			n := r.cells()
			fines = append(fines, fine/n)
			colours = append(colours, lab{sum.l / n, sum.a / n, sum.b / n})
		}
	}
	var mean lab
	total := 0
	for i, c := range colours {
		mean.l, mean.a, mean.b = mean.l+c.l/len(colours), mean.a+c.a/len(colours), mean.b+c.b/len(colours)
		total += fines[i]
	}
	average := total / len(fines)
	for i, c := range colours {
		if distance2(c, mean) > 500*500 || fines[i]*3 < average || fines[i] > 3*average {
			return false
		}
	}
	return true
}

// repeats reports whether the picture repeats itself in one direction at least: whether
// lightness agrees with itself at some distance, and at twice that distance again.
func repeats(s *scene) bool {
	mean := 0
	for _, c := range s.cells {
		mean += c.lab.l
	}
	mean /= len(s.cells)
	agreement := func(dx, dy int) int64 { // in thousandths, as a correlation
		var self, cross int64
		region{0, 0, s.cols - dx, s.rows - dy}.each(s, func(x, y int, c cell) {
			p, q := int64(c.lab.l-mean), int64(s.at(x+dx, y+dy).lab.l-mean)
			cross += 2 * p * q
			self += p*p + q*q
		})
		return cross * 1000 / max(self, 1)
	}
	for lag := 4; lag <= min(s.cols, s.rows)/4; lag++ {
		for _, d := range [][2]int{{1, 0}, {0, 1}} {
			x, y := d[0]*lag, d[1]*lag
			// Half way the agreement must be gone, or else it is no repetition but a
			// slow change.
			if agreement(x, y) > 700 && agreement(2*x, 2*y) > 600 && agreement(x/2, y/2) < 200 {
				return true
			}
		}
	}
	return false
}

// grain is the structure of a block: the mean square of the steps between pixels,
// times eight for the pixels in a cell, and of those between cells. Across a sharp
// edge all of a step lies between two pixels, and fine is far above coarse; in a soft
// one it is spread evenly over the pixels of a cell, which makes fine an eighth of coarse.
type grain struct{ fine, coarse int }

func (g grain) sharp() bool { return g.fine > 300 && 2*g.fine > 3*g.coarse }

// soft needs shapes: what is empty is neither sharp nor soft.
func (g grain) soft() bool { return g.coarse >= 60 && 2*g.fine < g.coarse }

func grainOf(s *scene, r region) grain {
	var g grain
	r.each(s, func(x, y int, c cell) {
		right, down := s.at(min(x+1, s.cols-1), y).luma-c.luma, s.at(x, min(y+1, s.rows-1)).luma-c.luma
		g.coarse += right*right + down*down
		g.fine += 8 * c.fine
	})
	return grain{g.fine / r.cells(), g.coarse / r.cells()}
}

// shallow reports whether one thing in the picture is sharp and the surroundings are
// out of focus: in most of the other blocks there are shapes, and they are soft, on
// all sides. An empty background is not enough, nor are clouds above a sharp land.
func shallow(s *scene) bool {
	if s.cols < 64 || s.rows < 64 {
		return false
	}
	var sharp, sharpFine, restFine, soft, edgeSharp int
	var softSides [4]int
	for j := range blocks {
		for i := range blocks {
			g := grainOf(s, block(s, i, j))
			sides := [4]bool{i == 0, i == blocks-1, j == 0, j == blocks-1}
			edge := slices.Contains(sides[:], true)
			if g.sharp() {
				sharp++
				sharpFine += g.fine
				if edge {
					edgeSharp++
				}
				continue
			}
			restFine += g.fine
			if !g.soft() {
				continue
			}
			soft++
			for side, on := range sides {
				if on {
					softSides[side]++
				}
			}
		}
	}
	const all = blocks * blocks
	return sharp >= 4 && sharp <= all*3/8 && edgeSharp <= 3 &&
		2*soft >= all-sharp && slices.Min(softSides[:]) >= blocks*3/8 &&
		sharpFine/sharp >= 6*(restFine/(all-sharp))
}

// sky is the share of what must be blue sky: plain blue that reaches down
// from most of the upper edge, grows lighter downwards as the sky does, and ends
// above the lower edge. A blue wall or the sea seldom does all that.
func sky(s *scene, names []hue) int {
	if s.cols < 32 || s.rows < 32 {
		return 0
	}
	area, topCells, bottomCells, upper, lower, counted := 0, 0, 0, 0, 0, 0
	for x := range s.cols {
		end := 0
		for end < s.rows && skyBlue(s.at(x, end), names[end*s.cols+x]) {
			end++
		}
		area += end
		if end > 0 {
			topCells++
		}
		if end == s.rows {
			bottomCells++
		}
		if end >= s.rows/6 {
			counted++
			upper += s.at(x, end/8).lab.l
			lower += s.at(x, end*7/8).lab.l
		}
	}
	share := area * 1000 / len(s.cells)
	if share < 120 || topCells*10 < s.cols*7 || bottomCells*20 > s.cols || counted == 0 || (lower-upper)/counted < 60 {
		return 0
	}
	return share
}

func skyBlue(c cell, name hue) bool {
	return (name == blue || name == turquoise) && c.fine <= 3*smoothFine &&
		c.lab.l > 1900 && c.lab.a < 20 && c.lab.b < -100 && -c.lab.a < -c.lab.b*3/2
}

// greenery is the share of what looks like leaves or grass: the yellowish greens
// of chlorophyll in a surface that is not plain.
func greenery(s *scene, names []hue) int {
	n := 0
	for i, c := range s.cells {
		if names[i] == green && c.fine > 3*smoothFine && c.lab.l > 700 && c.lab.l < 3300 &&
			c.lab.a < -60 && c.lab.b > 60 && -7*c.lab.a < 10*c.lab.b && c.lab.chroma2() < 700*700 {
			n++
		}
	}
	return n * 1000 / len(s.cells)
}
