package icc

import (
	"encoding/binary"
	"fmt"
	"math"
)

// lut is a table of many dimensions from device values to the connection space (lut8Type,
// lut16Type and lutAToBType, ICC.1:2022, 10.10 to 10.12). Parts that a table does not have are nil.
type lut struct {
	first []curve // one for each channel: those before the grid
	grid  []int   // points in each direction; nil if there is no grid
	nodes []float64
	// Behind the grid: curves, a matrix with offsets, and curves.
	middle []curve
	matrix *matrix
	offset [3]float64
	last   []curve
	// toXYZ decodes what comes out.
	toXYZ func(v [3]float64) [3]float64
}

// parseTables reads the first table that a profile has: the one for the relative colorimetric
// intent, else that for the perceptual one, else the third.
func parseTables(tags map[string][]byte, channels int, pcs string) (*lut, error) {
	for _, name := range [...]string{"A2B1", "A2B0", "A2B2"} {
		if tag, ok := tags[name]; ok {
			return parseTable3(tag, channels, pcs)
		}
	}
	return nil, fmt.Errorf("%w: it has no tables", ErrUnsupported)
}

func parseTable3(tag []byte, channels int, pcs string) (*lut, error) {
	if len(tag) < 32 {
		return nil, fmt.Errorf("%w: its table is cut off", ErrInvalid)
	}
	if int(tag[8]) != channels || tag[9] != 3 {
		return nil, fmt.Errorf("%w: its table is not from %d to 3 channels", ErrInvalid, channels)
	}
	var l *lut
	var err error
	kind := string(tag[:4])
	switch kind {
	case "mft1", "mft2":
		l, err = parseLut16(tag, kind == "mft2")
	case "mAB ":
		l, err = parseLutAToB(tag)
	default:
		return nil, fmt.Errorf("%w: a table of type %q", ErrUnsupported, kind)
	}
	if err != nil {
		return nil, err
	}
	switch {
	case pcs == "XYZ ":
		l.toXYZ = func(v [3]float64) [3]float64 {
			const most = 1 + 32767.0/32768
			return [3]float64{v[0] * most, v[1] * most, v[2] * most}
		}
	case kind == "mft2": // in the encoding of version 2, where 0xff00 is L* of 100
		l.toXYZ = func(v [3]float64) [3]float64 {
			return labToXYZ([3]float64{v[0] * 65535 / 65280 * 100, v[1]*65535/256 - 128, v[2]*65535/256 - 128})
		}
	default:
		l.toXYZ = func(v [3]float64) [3]float64 { return labToXYZ([3]float64{v[0] * 100, v[1]*255 - 128, v[2]*255 - 128}) }
	}
	return l, nil
}

// maxChannels is the most that a table is asked for: four inks.
const maxChannels = 4

// maxNodes is more than the grid of any profile has, in points.
const maxNodes = 1 << 20

// parseLut16 reads a lut8Type, or a lut16Type. Its matrix is for device values that are XYZ, which
// those of photos are not.
func parseLut16(tag []byte, wide bool) (*lut, error) {
	channels, grid := int(tag[8]), int(tag[10])
	size, first, last, at := 1, 256, 256, 48
	if wide {
		if len(tag) < 52 {
			return nil, fmt.Errorf("%w: its table is cut off", ErrInvalid)
		}
		size, at = 2, 52
		first, last = int(binary.BigEndian.Uint16(tag[48:])), int(binary.BigEndian.Uint16(tag[50:]))
	}
	points := 1
	for range channels {
		points *= grid
		if grid < 2 || points > maxNodes {
			return nil, fmt.Errorf("%w: a grid of %d points in a direction", ErrInvalid, grid)
		}
	}
	if first < 2 || first > 4096 || last < 2 || last > 4096 || len(tag) < at+size*(channels*first+3*points+3*last) {
		return nil, fmt.Errorf("%w: its table is cut off", ErrInvalid)
	}
	next := func() uint16 {
		defer func() { at += size }()
		if wide {
			return binary.BigEndian.Uint16(tag[at:])
		}
		return uint16(tag[at]) * 257
	}
	curves := func(n, entries int) (all []curve) {
		for range n {
			t := make(table, entries)
			for i := range t {
				t[i] = next()
			}
			all = append(all, t)
		}
		return all
	}
	l := &lut{first: curves(channels, first)}
	for range channels {
		l.grid = append(l.grid, grid)
	}
	l.nodes = make([]float64, 3*points)
	for i := range l.nodes {
		l.nodes[i] = float64(next()) / 65535
	}
	l.last = curves(3, last)
	return l, nil
}

// parseLutAToB reads a lutAToBType.
func parseLutAToB(tag []byte) (*lut, error) {
	channels := int(tag[8])
	place := func(i int) uint64 { return uint64(binary.BigEndian.Uint32(tag[12+4*i:])) }
	l := new(lut)
	var err error
	if l.last, err = parseCurves(tag, place(0), 3); err != nil {
		return nil, err
	}
	if at := place(1); at != 0 {
		if at+48 > uint64(len(tag)) {
			return nil, fmt.Errorf("%w: a matrix is cut off", ErrInvalid)
		}
		l.matrix = new(matrix)
		for i := range 9 {
			l.matrix[i/3][i%3] = fixed16(tag[at+uint64(4*i):])
		}
		for i := range 3 {
			l.offset[i] = fixed16(tag[at+uint64(36+4*i):])
		}
	}
	if at := place(2); at != 0 {
		if l.middle, err = parseCurves(tag, at, 3); err != nil {
			return nil, err
		}
	}
	if at := place(4); at != 0 {
		if l.first, err = parseCurves(tag, at, channels); err != nil {
			return nil, err
		}
	}
	if at := place(3); at != 0 {
		return l, l.parseGrid(tag, at, channels)
	}
	if channels != 3 {
		return nil, fmt.Errorf("%w: a table of %d channels without a grid", ErrInvalid, channels)
	}
	return l, nil
}

// parseGrid reads the grid of a lutAToBType: its points in each direction, the bytes of a value,
// the values.
func (l *lut) parseGrid(tag []byte, at uint64, channels int) error {
	if at+20 > uint64(len(tag)) || channels > 16 {
		return fmt.Errorf("%w: a grid is cut off", ErrInvalid)
	}
	points := 1
	for i := range channels {
		n := int(tag[at+uint64(i)])
		points *= n
		if n < 2 || points > maxNodes {
			return fmt.Errorf("%w: a grid of %d points in a direction", ErrInvalid, n)
		}
		l.grid = append(l.grid, n)
	}
	size, values := int(tag[at+16]), tag[at+20:]
	if size != 1 && size != 2 || len(values) < 3*points*size {
		return fmt.Errorf("%w: a grid is cut off", ErrInvalid)
	}
	l.nodes = make([]float64, 3*points)
	for i := range l.nodes {
		if size == 1 {
			l.nodes[i] = float64(values[i]) / 255
		} else {
			l.nodes[i] = float64(binary.BigEndian.Uint16(values[2*i:])) / 65535
		}
	}
	return nil
}

// parseCurves reads curves that follow one another, each from a multiple of four bytes on.
func parseCurves(tag []byte, at uint64, n int) (all []curve, err error) {
	for range n {
		if at < 32 || at+12 > uint64(len(tag)) {
			return nil, fmt.Errorf("%w: a tone curve is missing or cut off", ErrInvalid)
		}
		c, err := parseCurve(tag[at:])
		if err != nil {
			return nil, err
		}
		all = append(all, c)
		size := 12 + 2*uint64(binary.BigEndian.Uint32(tag[at+8:]))
		if string(tag[at:at+4]) == "para" {
			size = 12 + 4*uint64(parametricCounts[binary.BigEndian.Uint16(tag[at+8:])])
		}
		at += (size + 3) &^ 3
	}
	return all, nil
}

// at returns XYZ relative to D50 of device values from 0 to 1.
func (l *lut) at(device []float64) [3]float64 {
	var in [maxChannels]float64
	for i, v := range device {
		in[i] = v
		if l.first != nil {
			in[i] = min(max(l.first[i].at(v), 0), 1)
		}
	}
	var v [3]float64
	if l.grid != nil {
		v = l.between(in[:len(device)])
	} else {
		copy(v[:], in[:])
	}
	through := func(curves []curve) {
		for i, c := range curves {
			v[i] = c.at(min(max(v[i], 0), 1))
		}
	}
	through(l.middle)
	if l.matrix != nil {
		v = l.matrix.apply(v)
		for i := range v {
			v[i] += l.offset[i]
		}
	}
	through(l.last)
	return l.toXYZ(v)
}

// between interpolates on the grid, in all directions at once.
func (l *lut) between(in []float64) (v [3]float64) {
	var strides [maxChannels]int
	var weights [maxChannels]float64
	base := 0
	stride := 3
	for i := len(in) - 1; i >= 0; i-- {
		place := in[i] * float64(l.grid[i]-1)
		below := min(int(place), l.grid[i]-2)
		base += below * stride
		strides[i], weights[i] = stride, place-float64(below)
		stride *= l.grid[i]
	}
	for corner := range 1 << len(in) {
		at, share := base, 1.0
		for i := range in {
			if corner>>i&1 != 0 {
				at += strides[i]
				share *= weights[i]
			} else {
				share *= 1 - weights[i]
			}
		}
		if share != 0 {
			for c := range v {
				v[c] += share * l.nodes[at+c]
			}
		}
	}
	return v
}

// sample evaluates a table on an even grid, in sRGB. The last channel's neighbours are next to each
// other. dark are the device values of what becomes black.
func (l *lut) sample(channels, grid int, dark []float64) []float64 {
	black := l.at(dark)
	if !(black[1] >= 0 && black[1] <= 0.2) {
		black = [3]float64{} // not what one would call black
	}
	total := 1
	for range channels {
		total *= grid
	}
	nodes := make([]float64, 0, 3*total)
	device := make([]float64, channels)
	for n := range total {
		for i, rest := channels-1, n; i >= 0; i, rest = i-1, rest/grid {
			device[i] = float64(rest%grid) / float64(grid-1)
		}
		for _, v := range xyzToSRGB(l.at(device), black) {
			if math.IsNaN(v) {
				v = 0
			}
			nodes = append(nodes, min(max(v, -1), 2))
		}
	}
	return nodes
}
