package jpegscale

// Bounds of work, and how much of it is done.
//
// A block of a sequential scan takes two bits at least, so that a file's size bounds the work. In a
// progressive scan 15 + 16 bits can pass over 32,767 blocks (G.1.2.2), and a file can have any
// number of scans. Hence a budget: visiting a block once costs one unit, and a file has 8 units for
// each byte, so that a scan with a bit for each block always pays for itself, and scanWork for each
// block. The usual script has 10 scans. Tables cost as well, since they can be as short as 18
// bytes.
const (
	scanWork  = 128
	tableWork = 1 << 13
	freeWork  = 256 * tableWork
)

func (d *decoder) spend(units int) error {
	d.budget -= units
	if d.budget < 0 {
		return corrupt("more scans and tables than a file of %d bytes can make use of", len(d.data))
	}
	return nil
}

// blocks is the number of blocks of the frame.
func (f *frame) blocks() int {
	n := 0
	for i := range f.components {
		n += f.components[i].paddedX * f.components[i].paddedY
	}
	return n
}

// worth is how much a complete scan adds to the picture. The unit is a block with all of
// its coefficients. Coefficients of progressive scans count half when they first come and
// in full when they are complete.
func (s *scan) worth() float64 {
	var sum float64
	for _, c := range s.components {
		blocks := float64(c.paddedX * c.paddedY)
		if !s.d.progressive {
			sum += blocks
			continue
		}
		for k := s.ss; k <= s.se; k++ {
			if now := s.leaves(); now > c.arrived[k] {
				sum += blocks / 64 * float64(now-c.arrived[k]) / float64(complete)
			}
		}
	}
	return sum
}

// leaves is how much of a coefficient is there after a progressive scan.
func (s *scan) leaves() arrival {
	if s.al == 0 {
		return complete
	}
	return partly
}

// arrive takes down that the scan is complete.
func (s *scan) arrive() {
	s.d.done += s.worth()
	for _, c := range s.components {
		for k := s.ss; k <= s.se; k++ {
			c.arrived[k] = max(c.arrived[k], s.leaves())
		}
	}
}

// whole reports whether the scans have brought all of the picture.
func (d *decoder) whole() bool {
	for i := range d.components {
		if c := &d.components[i]; !c.scanned || d.progressive && c.missing() {
			return false
		}
	}
	return true
}

// missing reports whether scans of a component of a progressive frame are still to come.
func (c *component) missing() bool {
	for _, a := range c.arrived {
		if a != complete {
			return true
		}
	}
	return false
}

// fraction is how much of the picture is there, 0 to 1, when a scan ends after mcu units.
func (s *scan) fraction(mcu int) float64 {
	return s.d.fraction() + s.worth()*float64(mcu)/float64(s.mcus())/float64(s.d.blocks())
}

// fraction is how much of the picture the complete scans hold, 0 to 1.
func (d *decoder) fraction() float64 {
	if d.done == 0 {
		return 0
	}
	return d.done / float64(d.blocks())
}
