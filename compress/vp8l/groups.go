package vp8l

// group is the five prefix codes that pixels are coded with (section 3.7.2). The first is for
// green, for lengths and for places of the colour cache.
type group struct {
	green, red, blue, alpha, distance prefixCode
	// rest is what literals have beside green, where red, blue and alpha are always the same.
	fixed bool
	rest  uint32
}

// Of the symbols of the first code, the first 256 are literals; lengths come next, then the places
// of the colour cache.
const (
	lengthSymbols   = 24
	distanceSymbols = 40
	firstLength     = 256
	firstCached     = firstLength + lengthSymbols
)

// maxGroups is what libwebp writes at most. The format has room for 65,536, which would be
// gigabytes of tables.
const maxGroups = 2600

// groupMap says which group a pixel is coded with: tiles of 1<<bits pixels have one each.
type groupMap struct {
	bits   int
	tilesX int
	tiles  []uint16 // nil if there is only one group
}

// readGroups reads the groups, after their map if the picture is the main one (sections 3.7.2.2 and
// 3.7.2.3).
func (r *bitReader) readGroups(w, h, cacheSize int, main bool) ([]group, groupMap, error) {
	var m groupMap
	wanted := []bool{true}
	if main && r.flag() {
		m.bits = 2 + r.read(3)
		m.tilesX = tilesIn(w, m.bits)
		tiles, err := readTiles(r, m.tilesX, tilesIn(h, m.bits), func(argb uint32) uint16 { return uint16(argb >> 8) })
		if err != nil {
			return nil, m, err
		}
		m.tiles = tiles
		if wanted, err = usedGroups(tiles); err != nil {
			return nil, m, err
		}
	}
	groups := make([]group, len(wanted))
	for i := range groups {
		if err := r.readGroup(&groups[i], cacheSize, wanted[i]); err != nil {
			return nil, m, err
		}
		if r.overrun() {
			return nil, m, ErrTruncated
		}
	}
	return groups, m, nil
}

// usedGroups tells which groups there are, and which of them are used.
func usedGroups(tiles []uint16) ([]bool, error) {
	most := uint16(0)
	for _, i := range tiles {
		most = max(most, i)
	}
	if most >= maxGroups {
		return nil, corrupt("too many prefix codes")
	}
	used := make([]bool, most+1)
	for _, i := range tiles {
		used[i] = true
	}
	return used, nil
}

func (r *bitReader) readGroup(g *group, cacheSize int, wanted bool) error {
	for i, c := range []*prefixCode{&g.green, &g.red, &g.blue, &g.alpha, &g.distance} {
		symbols := 256
		switch i {
		case 0:
			symbols = firstCached + cacheSize
		case 4:
			symbols = distanceSymbols
		}
		var err error
		if *c, err = r.readPrefixCode(symbols, wanted); err != nil {
			return err
		}
	}
	g.fixed = g.red.single && g.blue.single && g.alpha.single
	if g.alpha.single && wanted {
		g.rest = uint32(g.alpha.root[0].symbol()) << 24
	}
	if g.fixed && wanted {
		g.rest |= uint32(g.red.root[0].symbol())<<16 | uint32(g.blue.root[0].symbol())
	}
	return nil
}

// tilesIn is how many tiles of 1<<bits pixels cover a side.
func tilesIn(side, bits int) int { return (side + 1<<bits - 1) >> bits }
