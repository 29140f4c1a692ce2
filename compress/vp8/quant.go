package vp8

// factors are what coefficients are multiplied with: the first of a block, and the others.
type factors struct{ dc, ac int32 }

// quantizers are the factors of a segment, by what the coefficients are of.
type quantizers struct {
	y1 factors // luma
	y2 factors // the luma blocks' first coefficients, where they are coded on their own
	uv factors // chroma
}

// readQuantizers reads section 9.6 and works out the factors (section 14.1).
func (d *Decoder) readQuantizers(r *boolReader) {
	base := r.literal(7)
	y1dc := r.optional(4)
	y2dc, y2ac := r.optional(4), r.optional(4)
	uvdc, uvac := r.optional(4), r.optional(4)
	for i := range d.quantizers {
		q := base
		if d.segmentation.enabled {
			q = d.segmentation.quantizer[i]
			if !d.segmentation.absolute {
				q += base
			}
		}
		d.quantizers[i] = quantizers{
			y1: factors{dcFactor(q + y1dc), acFactor(q)},
			y2: factors{dcFactor(q+y2dc) * 2, max(acFactor(q+y2ac)*155/100, 8)},
			uv: factors{min(dcFactor(q+uvdc), 132), acFactor(q + uvac)},
		}
	}
}

func dcFactor(index int) int32 { return int32(dcFactors[min(max(index, 0), 127)]) }

func acFactor(index int) int32 { return int32(acFactors[min(max(index, 0), 127)]) }

var dcFactors = [128]uint8{
	4, 5, 6, 7, 8, 9, 10, 10, 11, 12, 13, 14, 15, 16, 17, 17,
	18, 19, 20, 20, 21, 21, 22, 22, 23, 23, 24, 25, 25, 26, 27, 28,
	29, 30, 31, 32, 33, 34, 35, 36, 37, 37, 38, 39, 40, 41, 42, 43,
	44, 45, 46, 46, 47, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58,
	59, 60, 61, 62, 63, 64, 65, 66, 67, 68, 69, 70, 71, 72, 73, 74,
	75, 76, 76, 77, 78, 79, 80, 81, 82, 83, 84, 85, 86, 87, 88, 89,
	91, 93, 95, 96, 98, 100, 101, 102, 104, 106, 108, 110, 112, 114, 116, 118,
	122, 124, 126, 128, 130, 132, 134, 136, 138, 140, 143, 145, 148, 151, 154, 157,
}

var acFactors = [128]uint16{
	4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19,
	20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35,
	36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51,
	52, 53, 54, 55, 56, 57, 58, 60, 62, 64, 66, 68, 70, 72, 74, 76,
	78, 80, 82, 84, 86, 88, 90, 92, 94, 96, 98, 100, 102, 104, 106, 108,
	110, 112, 114, 116, 119, 122, 125, 128, 131, 134, 137, 140, 143, 146, 149, 152,
	155, 158, 161, 164, 167, 170, 173, 177, 181, 185, 189, 193, 197, 201, 205, 209,
	213, 217, 221, 225, 229, 234, 239, 245, 249, 254, 259, 264, 269, 274, 279, 284,
}
