package pngrows

import "encoding/binary"

// unfilter undoes a row's filter (clause 9), given the row above and the distance
// between pixels in bytes.
func unfilter(filter byte, row, above []byte, pixel int) {
	above = above[:len(row)]
	switch filter {
	case 1:
		unfilterSub(row, pixel)
	case 2:
		unfilterUp(row, above)
	case 3:
		unfilterAverage(row, above, pixel)
	case 4:
		switch pixel {
		case 3:
			unfilterPaeth3(row, above)
		case 4:
			unfilterPaeth4(row, above)
		default:
			unfilterPaeth(row, above, pixel)
		}
	}
}

func unfilterSub(row []byte, pixel int) {
	for i := pixel; i < len(row); i++ {
		row[i] += row[i-pixel]
	}
}

// unfilterUp adds eight bytes at a time: all but the top bits, which then cannot carry
// into the neighbour, and the top bits without carry.
func unfilterUp(row, above []byte) {
	const low = 0x7f7f7f7f_7f7f7f7f
	for len(row) >= 8 && len(above) >= 8 {
		a, b := binary.LittleEndian.Uint64(row), binary.LittleEndian.Uint64(above)
		binary.LittleEndian.PutUint64(row, (a&low+b&low)^((a^b)&^low))
		row, above = row[8:], above[8:]
	}
	for i := range row {
		row[i] += above[i]
	}
}

func unfilterAverage(row, above []byte, pixel int) {
	for i := range min(pixel, len(row)) {
		row[i] += above[i] / 2
	}
	for i := pixel; i < len(row); i++ {
		row[i] += byte((int(row[i-pixel]) + int(above[i])) / 2)
	}
}

// paeth is the neighbour (left, above, above left) that is nearest to their plane (9.4).
func paeth(a, b, c int32) int32 {
	pa, pb := b-c, a-c
	pc := pa + pb
	pa, pb, pc = abs(pa), abs(pb), abs(pc)
	if pa > pb { // left is not nearest; then above is at the distance pb
		pa, a = pb, b
	}
	if pa > pc {
		a = c
	}
	return a
}

func abs(v int32) int32 {
	sign := v >> 31
	return (v ^ sign) - sign
}

func unfilterPaeth(row, above []byte, pixel int) {
	for i := range min(pixel, len(row)) {
		row[i] += above[i]
	}
	for i := pixel; i < len(row); i++ {
		row[i] += byte(paeth(int32(row[i-pixel]), int32(above[i]), int32(above[i-pixel])))
	}
}

// unfilterPaeth3 and unfilterPaeth4 keep the neighbours of all components in
// registers, which work on them side by side.

func unfilterPaeth3(row, above []byte) {
	var a0, a1, a2, c0, c1, c2 int32
	for len(row) >= 3 && len(above) >= 3 {
		b0, b1, b2 := int32(above[0]), int32(above[1]), int32(above[2])
		a0 = (int32(row[0]) + paeth(a0, b0, c0)) & 255
		a1 = (int32(row[1]) + paeth(a1, b1, c1)) & 255
		a2 = (int32(row[2]) + paeth(a2, b2, c2)) & 255
		row[0], row[1], row[2] = byte(a0), byte(a1), byte(a2)
		c0, c1, c2 = b0, b1, b2
		row, above = row[3:], above[3:]
	}
}

func unfilterPaeth4(row, above []byte) {
	var a0, a1, a2, a3, c0, c1, c2, c3 int32
	for len(row) >= 4 && len(above) >= 4 {
		b0, b1, b2, b3 := int32(above[0]), int32(above[1]), int32(above[2]), int32(above[3])
		a0 = (int32(row[0]) + paeth(a0, b0, c0)) & 255
		a1 = (int32(row[1]) + paeth(a1, b1, c1)) & 255
		a2 = (int32(row[2]) + paeth(a2, b2, c2)) & 255
		a3 = (int32(row[3]) + paeth(a3, b3, c3)) & 255
		row[0], row[1], row[2], row[3] = byte(a0), byte(a1), byte(a2), byte(a3)
		c0, c1, c2, c3 = b0, b1, b2, b3
		row, above = row[4:], above[4:]
	}
}
