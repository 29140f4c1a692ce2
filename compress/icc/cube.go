package icc

import "math"

// cube holds sRGB by red, green and blue of a profile with tables, on an even grid.
type cube struct {
	nodes []int32 // 255 is white, with inkBits
}

// cubeGrid is the number of points in each direction. Between them colours are straight lines.
const cubeGrid = 33

func newCube(nodes []float64) *cube {
	c := &cube{nodes: make([]int32, len(nodes))}
	for i, v := range nodes {
		c.nodes[i] = int32(math.Round(v * 255 * inkOne))
	}
	return c
}

// at converts a pixel of 16 bits a channel.
func (c *cube) at(r, g, b uint16) (uint8, uint8, uint8) {
	const strideR, strideG, strideB = 3 * cubeGrid * cubeGrid, 3 * cubeGrid, 3
	place := func(v uint16, stride int) (int, int64) {
		p := int(v) * (cubeGrid - 1)
		below := min(p/65535, cubeGrid-2)
		return below * stride, int64((p-below*65535)*inkOne+32767) / 65535
	}
	atR, wr := place(r, strideR)
	atG, wg := place(g, strideG)
	atB, wb := place(b, strideB)
	n := c.nodes[atR+atG+atB:]
	var out [3]uint8
	for i := range out {
		mix := func(at int) int64 { // along blue
			return int64(n[at+i])*(inkOne-wb) + int64(n[at+strideB+i])*wb
		}
		low := mix(0)*(inkOne-wg) + mix(strideG)*wg
		high := mix(strideR)*(inkOne-wg) + mix(strideR+strideG)*wg
		const bits = 4 * inkBits
		out[i] = uint8(min(max((low*(inkOne-wr)+high*wr+1<<(bits-1))>>bits, 0), 255))
	}
	return out[0], out[1], out[2]
}

// isSRGB reports whether no point of the grid moves visibly.
func (c *cube) isSRGB(tolerance float64) bool {
	for n := range len(c.nodes) / 3 {
		for i, at := range [3]int{n / (cubeGrid * cubeGrid), n / cubeGrid % cubeGrid, n % cubeGrid} {
			was, is := float64(at)/(cubeGrid-1), float64(c.nodes[3*n+i])/(255*inkOne)
			if math.Abs(min(max(is, 0), 1)-was) > tolerance {
				return false
			}
		}
	}
	return true
}
