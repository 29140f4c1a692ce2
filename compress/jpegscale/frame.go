package jpegscale

// component is one component of the frame (B.2.2).
type component struct {
	index int // in the frame
	id    byte
	h, v  int // sampling factors
	tq    byte

	// Sizes in samples at full size (A.1.1), and in blocks: those that a scan of this
	// component alone has (A.2.2), and those of whole minimum coded units (A.2.3).
	width, height    int
	blocksX, blocksY int
	paddedX, paddedY int

	// A block of 8 x 8 is decoded to shape.nx x shape.ny.
	*shape

	buffer *[]byte
	pix    []byte
	stride int

	scanned bool // a scan had this component

	// Of progressive frames:

	// coefficients are the ones that the shape takes, in the order of its corner; nil before
	// the first scan.
	coefficients []int16
	// nonZero has a bit for each AC coefficient of each block that is not zero so
	// far, at its zigzag index. Refining scans (G.1.2.3) need it for all 63. It is nil before
	// the first scan that will be refined.
	nonZero []uint64
	// arrived[k] is, for coefficient k, 0 before its first bits, partly, or complete.
	arrived [64]arrival
}

// arrival is how much of a coefficient the scans have brought.
type arrival uint8

const (
	missing arrival = iota
	partly
	complete
)

// frame is what the markers before a scan say.
type frame struct {
	width, height int
	progressive   bool
	components    []component
	hMax, vMax    int
	mcusX, mcusY  int

	jfif           bool
	adobe          bool
	adobeTransform byte
}

// setSizes works out the sizes of the components once the frame's are known.
func (f *frame) setSizes() {
	f.hMax, f.vMax = 1, 1
	for _, c := range f.components {
		f.hMax, f.vMax = max(f.hMax, c.h), max(f.vMax, c.v)
	}
	f.mcusX, f.mcusY = ceilDiv(f.width, 8*f.hMax), ceilDiv(f.height, 8*f.vMax)
	for i := range f.components {
		c := &f.components[i]
		c.width, c.height = ceilDiv(f.width*c.h, f.hMax), ceilDiv(f.height*c.v, f.vMax)
		c.blocksX, c.blocksY = ceilDiv(c.width, 8), ceilDiv(c.height, 8)
		c.paddedX, c.paddedY = f.mcusX*c.h, f.mcusY*c.v
	}
}

func ceilDiv(a, b int) int { return (a + b - 1) / b }

// layOut chooses the scales and makes the planes.
func (f *frame) layOut(scale func(component, width, height int) (nx, ny int)) {
	for i := range f.components {
		c := &f.components[i]
		nx, ny := 8, 8
		if scale != nil {
			nx, ny = scale(i, c.width, c.height)
		}
		c.shape = &shapes[min(max(nx, 1), 8)][min(max(ny, 1), 8)]
		c.stride = c.paddedX * c.nx
		c.buffer = newPlaneBuffer(i, c.stride*c.paddedY*c.ny)
		c.pix = *c.buffer
	}
}

// dropPlanes gives the planes of a picture that failed back.
func (f *frame) dropPlanes() {
	for i := range f.components {
		if c := &f.components[i]; c.buffer != nil {
			planeBuffers[i].Put(c.buffer)
			c.buffer, c.pix = nil, nil
		}
	}
}

func (f *frame) config() Config {
	return Config{Width: f.width, Height: f.height, Progressive: f.progressive, Model: f.model()}
}

// model tells the color model, which the standard leaves to the application. The rules are those
// of libjpeg and image/jpeg: JFIF means YCbCr, else Adobe's APP14 decides, else the
// letters R, G, B as identifiers.
func (f *frame) model() ColorModel {
	switch len(f.components) {
	case 1:
		return Gray
	case 3:
		c := f.components
		switch {
		case f.jfif:
		case f.adobe && f.adobeTransform == 0:
			return RGB
		case c[0].id == 'R' && c[1].id == 'G' && c[2].id == 'B':
			return RGB
		}
		return YCbCr
	}
	if f.adobe && f.adobeTransform != 0 {
		return YCCK
	}
	return CMYK
}

// picture hands the planes over to the caller.
func (f *frame) picture() *Picture {
	p := &Picture{Config: f.config(), Planes: make([]Plane, len(f.components))}
	for i := range f.components {
		c := &f.components[i]
		p.Planes[i] = Plane{
			Pix: c.pix, Stride: c.stride, NX: c.nx, NY: c.ny, buffer: c.buffer,
			Width: ceilDiv(c.width*c.nx, 8), Height: ceilDiv(c.height*c.ny, 8),
			SpanWidth:  float64(f.width*c.h*c.nx) / float64(8*f.hMax),
			SpanHeight: float64(f.height*c.v*c.ny) / float64(8*f.vMax),
		}
		c.buffer, c.pix = nil, nil
	}
	return p
}
