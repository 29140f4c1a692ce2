package vp8

// The modes of prediction (section 8 and 11.2). The first four are for whole macroblocks, too.
const (
	modeDC = iota // the mean of the edges
	modeTM        // "TrueMotion": left + above - corner
	modeVE        // from above, down the columns
	modeHE        // from the left, along the rows
	modeLD        // the diagonals, by the directions they go
	modeRD
	modeVR
	modeVL
	modeHD
	modeHU
	subblockModes
)

// macroblock is what the first partition says of 16 x 16 pixels.
type macroblock struct {
	segment    uint8
	skip       bool // no coefficients are coded
	inSubblock bool // luma is predicted in 16 subblocks
	luma       uint8
	chroma     uint8
	sub        [16]uint8 // the modes of the subblocks
	coded      bool      // there are coefficients
}

// readModes reads the next row of macroblocks from the first partition (section 19.3). A mode's
// probabilities depend on the modes of the subblocks above and to the left; outside the picture
// those are modeDC.
func (d *Decoder) readModes() {
	r := &d.first
	var left [4]uint8
	for i := range d.row {
		m := &d.row[i]
		m.segment = 0
		if d.segmentation.updateMap {
			p := &d.segmentation.treeProbs
			if r.bool(p[0]) {
				m.segment = uint8(2 + r.bit(p[2]))
			} else {
				m.segment = uint8(r.bit(p[1]))
			}
		}
		m.skip = d.skipping && r.bool(d.skipProb)
		above := (*[4]uint8)(d.aboveModes[4*i:])
		m.inSubblock = !r.bool(145)
		if m.inSubblock {
			readSubblockModes(r, m, above, &left)
		} else {
			m.luma = readLumaMode(r)
			// For those that come after, the mode counts as that of each subblock.
			for k := range left {
				left[k], above[k] = m.luma, m.luma
			}
		}
		m.chroma = readChromaMode(r)
	}
}

func readLumaMode(r *boolReader) uint8 {
	if r.bool(156) {
		if r.bool(128) {
			return modeTM
		}
		return modeHE
	}
	if r.bool(163) {
		return modeVE
	}
	return modeDC
}

func readChromaMode(r *boolReader) uint8 {
	switch {
	case !r.bool(142):
		return modeDC
	case !r.bool(114):
		return modeVE
	case !r.bool(183):
		return modeHE
	}
	return modeTM
}

func readSubblockModes(r *boolReader, m *macroblock, above, left *[4]uint8) {
	for y := range left {
		mode := left[y]
		for x := range above {
			mode = readSubblockMode(r, &subblockModeProbs[above[x]][mode])
			m.sub[4*y+x] = mode
			above[x] = mode
		}
		left[y] = mode
	}
}

// readSubblockMode walks the tree of section 11.2.
func readSubblockMode(r *boolReader, p *[subblockModes - 1]uint8) uint8 {
	switch {
	case !r.bool(p[0]):
		return modeDC
	case !r.bool(p[1]):
		return modeTM
	case !r.bool(p[2]):
		return modeVE
	case !r.bool(p[3]):
		switch {
		case !r.bool(p[4]):
			return modeHE
		case !r.bool(p[5]):
			return modeRD
		}
		return modeVR
	case !r.bool(p[6]):
		return modeLD
	case !r.bool(p[7]):
		return modeVL
	case !r.bool(p[8]):
		return modeHD
	}
	return modeHU
}
