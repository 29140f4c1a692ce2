package offline

import (
	"cmp"
	"math"
	"slices"
)

// look is what can be said of how a picture looks. Shares are in thousandths of
// the picture. Every word here is a claim, so each threshold leaves room for doubt.
type look struct {
	format format
	// colours are the names that count in the picture, the most striking first. Never empty.
	colours []hue
	share   [hues]int

	mono, sepia         bool
	vivid, muted        bool
	warm, cool          bool
	bright, dark        bool
	highKey, lowKey     bool
	contrasty, flat     bool
	whiteBack, darkBack bool
	shallow             bool
	minimal, texture    bool
	pattern             bool
	space               []string // where copy space is: "left", "right", "top", "bottom"
	sky, greenery       int
}

// format is the shape of a picture.
type format string

const (
	horizontal format = "horizontal"
	vertical   format = "vertical"
	square     format = "square"
	panoramic  format = "panoramic"
)

func formatOf(width, height int) format {
	switch {
	case width >= 2*height:
		return panoramic
	case 100*width <= 103*height && 100*height <= 103*width:
		return square
	case height > width:
		return vertical
	}
	return horizontal
}

// lookAt measures a scene.
func lookAt(s *scene) look {
	l := look{format: formatOf(s.width, s.height)}
	names := make([]hue, len(s.cells))
	for i, c := range s.cells {
		names[i] = c.lab.name()
	}
	l.nameColours(s, names)
	l.judgeColour(s)
	l.judgeLight(s)
	l.judgeBorder(s, names)
	l.judgeSpace(s)
	l.shallow = shallow(s)
	l.sky = sky(s, names)
	l.greenery = greenery(s, names)
	return l
}

// Weights of colours in thousandths of the picture: from notable on a colour may stand in the
// title, from minor on it is worth a late keyword.
const (
	notable = 120
	minor   = 60
)

// nameColours chooses the colours that count. A strong colour catches the eye: the
// part of its share that is strong weighs three times.
func (l *look) nameColours(s *scene, names []hue) {
	const strong = 380 // chroma
	var weight [hues]int
	for i, h := range names {
		l.share[h]++
		weight[h]++
		if !h.neutral() && s.cells[i].lab.chroma2() > strong*strong {
			weight[h] += 2
		}
	}
	for h := range hues {
		l.share[h] = l.share[h] * 1000 / len(names)
		weight[h] = weight[h] * 1000 / len(names)
		if weight[h] >= notable {
			l.colours = append(l.colours, h)
		}
	}
	if len(l.colours) == 0 { // so many colours that none counts
		l.colours = []hue{hue(slices.Index(weight[:], slices.Max(weight[:])))}
	}
	// A colour says more than the black, gray or white around it: those count half,
	// and never come first.
	rank := func(h hue) int {
		if h.neutral() {
			return weight[h] / 2
		}
		return weight[h]
	}
	slices.SortStableFunc(l.colours, func(x, y hue) int { return cmp.Compare(rank(y), rank(x)) })
	if i := slices.IndexFunc(l.colours, func(h hue) bool { return !h.neutral() }); i > 0 {
		first := l.colours[i]
		l.colours = slices.Insert(slices.Delete(l.colours, i, i+1), 0, first)
	}
}

// judgeColour tells monochrome pictures, vivid ones and muted ones apart.
func (l *look) judgeColour(s *scene) {
	chroma2 := sorted(s, func(c cell) int { return c.lab.chroma2() })
	var sum int64
	for _, c2 := range chroma2 {
		sum += int64(c2)
	}
	mean2 := sum / int64(len(chroma2))
	most, median := at(chroma2, 995), at(chroma2, 500)
	l.mono = most < 60*60
	l.sepia = !l.mono && sepia(s)
	if l.mono || l.sepia {
		return
	}
	coloured, warm, cool, kinds := 0, 0, 0, 0
	for h := range hues {
		switch {
		case h.neutral():
			continue
		case h.warm():
			warm += l.share[h]
		case h.cool():
			cool += l.share[h]
		}
		coloured += l.share[h]
		if l.share[h] >= 80 && h != beige && h != brown {
			kinds++
		}
	}
	l.vivid = kinds >= 3 && mean2 > 400*400 && coloured > 600
	l.muted = coloured >= 400 && median < 160*160 && at(chroma2, 950) < 240*240
	l.warm = warm >= 500 && cool < 30
	l.cool = cool >= 500 && warm < 30
}

// sepia reports whether a picture has one hue throughout, as toned prints have, and the same chroma
// wherever it is equally light. A brown scene, such as wood, has some other hue or chroma
// somewhere.
func sepia(s *scene) bool {
	var sumA, sumB int
	for _, c := range s.cells {
		sumA, sumB = sumA+c.lab.a, sumB+c.lab.b
	}
	n := len(s.cells)
	meanA, meanB := sumA/n, sumB/n
	length2 := meanA*meanA + meanB*meanB
	if meanA < 0 || meanB < 80 || meanA > meanB || length2 > 450*450 {
		return false
	}
	const steps = 32 // of lightness
	// blur is what JPEG blurs a hue by; the root is exact everywhere.
	blur := 7 * 16 * int(math.Sqrt(float64(length2)))
	var chroma, count [steps + 1]int
	strength := func(c lab) int { return 1000 * (c.a*meanA + c.b*meanB) / length2 }
	counted, off := 0, 0
	for _, c := range s.cells {
		if c.lab.l < 800 || c.lab.l > 3800 {
			continue
		}
		counted++
		// The cross product is the distance from the line of the mean hue, times its
		// length; the dot product is how far along it the colour lies.
		cross := c.lab.a*meanB - c.lab.b*meanA
		if 7*max(cross, -cross) > c.lab.a*meanA+c.lab.b*meanB+blur {
			off++
		}
		step := c.lab.l * steps / 4096
		chroma[step] += strength(c.lab)
		count[step]++
	}
	if counted*2 <= n || off*50 > counted {
		return false
	}
	spread := 0
	for _, c := range s.cells {
		if c.lab.l >= 800 && c.lab.l <= 3800 {
			step := c.lab.l * steps / 4096
			d := strength(c.lab) - chroma[step]/count[step]
			spread += max(d, -d)
		}
	}
	return spread <= 60*counted
}

func (l *look) judgeLight(s *scene) {
	lights := sorted(s, func(c cell) int { return c.lab.l })
	sum := 0
	for _, v := range lights {
		sum += v
	}
	mean, low, high := sum/len(lights), at(lights, 50), at(lights, 950)
	l.bright = mean >= 3200
	l.dark = mean <= 1450
	l.highKey = mean >= 3500 && low >= 2300
	l.lowKey = mean <= 1250 && at(lights, 500) <= 1000 && high >= 1600
	l.contrasty = high-low >= 3000
	l.flat = high-low <= 900
}

// judgeBorder looks at the outermost cells: a background that is white or dark all around.
func (l *look) judgeBorder(s *scene, names []hue) {
	edge := max(1, min(s.cols, s.rows)/16)
	total, whites, darks := 0, 0, 0
	for y := range s.rows {
		for x := range s.cols {
			if x >= edge && x < s.cols-edge && y >= edge && y < s.rows-edge {
				continue
			}
			c := s.at(x, y)
			total++
			if c.lab.l > 3750 && names[y*s.cols+x] == white {
				whites++
			}
			if c.lab.l < 1150 {
				darks++
			}
		}
	}
	l.whiteBack = whites*1000 >= 950*total
	l.darkBack = darks*1000 >= 950*total
}

// sorted returns a measure of all cells in ascending order.
func sorted(s *scene, measure func(cell) int) []int {
	values := make([]int, len(s.cells))
	for i, c := range s.cells {
		values[i] = measure(c)
	}
	slices.Sort(values)
	return values
}

// at returns the value below which that many thousandths of the values lie.
func at(ascending []int, thousandths int) int {
	return ascending[(len(ascending)-1)*thousandths/1000]
}
