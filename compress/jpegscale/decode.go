package jpegscale

import (
	"context"
	"sync"
)

// defaultMaxPixels is the limit of pixels where Options does not set one; package compress sets it.
const defaultMaxPixels = 100_000_000

// Options says how [Decode] works. The zero value decodes at full size.
type Options struct {
	// Scale chooses the size of a component: the plane gets nx/8 of the component's full
	// width and ny/8 of its height. Component 0 is the first of the file: luma, red, cyan or
	// grey. Values outside of 1 to 8 count as the nearest. Default: 8 for all. Fastest
	// are 1, 2, 3, 4 and 8 in both directions, and 2 x 1.
	Scale func(component, width, height int) (nx, ny int)
	// MaxPixels is the largest width times height, of the picture at full size, that is
	// decoded. Default: 100 megapixels.
	MaxPixels int
	// Parallel is how many goroutines may work on the picture, if it has restart markers
	// and is large enough to gain from it. Default 1.
	Parallel int
}

// ColorModel says what the components of a picture are.
type ColorModel int

// The color models.
const (
	Gray  ColorModel = iota // one component
	YCbCr                   // luma and chroma as in JFIF: BT.601, full range
	RGB                     // red, green, blue
	CMYK                    // four inks; 0 is full ink, 255 is none
	YCCK                    // YCbCr of the three inks' complements, and black as in CMYK
)

// Config is what the header of a JPEG says.
type Config struct {
	// Width and Height are those of the picture at full size, as stored: EXIF orientation
	// is not looked at.
	Width, Height int
	Model         ColorModel
	// Progressive is set if the picture is coded in several passes.
	Progressive bool
}

// Picture is a decoded JPEG. Its planes are in the order of the file's components.
type Picture struct {
	Config
	Planes []Plane
	// Share is how much of the picture its scans hold, from 0 to 1. It is 1 unless the file has
	// an end marker but lacks scans: then what they would have brought is missing from the
	// planes, such as the detail of a progressive picture.
	Share float64
}

// Plane is one component of a picture, at NX/8 of its full width and NY/8 of its height.
//
// At full size a component has ceil(X * H / Hmax) samples a row for a picture X pixels
// wide (A.1.1), H and Hmax being sampling factors. The samples of each block of eight become NX, so
// that sample x of the plane covers the pixels from x/s to (x+1)/s where s = (NX/8) * (H/Hmax):
// sampling factors and scaling alike leave no shift between the planes' edges, as in
// JFIF, where chroma samples lie in the middle of the pixels that they stand for. Hence a
// resizer that maps the span from 0 to SpanWidth onto the result's width brings planes of
// different NX and H exactly on top of each other.
type Plane struct {
	// Pix holds the samples, row after row. Sample x of row y is Pix[y*Stride+x]. What
	// lies behind Width and Height has no meaning.
	Pix    []byte
	Stride int
	// Width and Height are the samples that stand for some of the picture, ceil(w*NX/8) of the
	// component's w at full size. The last of them may lie half outside of it; the
	// file's encoder filled in what is there.
	Width, Height int
	// SpanWidth and SpanHeight are how many samples the picture covers exactly: Width
	// and Height, or less than one less.
	SpanWidth, SpanHeight float64
	// NX and NY are the size of a block, 1 to 8.
	NX, NY int

	buffer *[]byte
}

// Release gives the memory of the planes back for the next picture. They must not be used
// afterwards. Calling it is a courtesy: without it the garbage collector does the same.
func (p *Picture) Release() {
	for i := range p.Planes {
		if b := p.Planes[i].buffer; b != nil {
			planeBuffers[i].Put(b)
		}
		p.Planes[i] = Plane{}
	}
}

// planeBuffers holds *[]byte for each component, since those of the photos of a batch are
// often of the same size.
var planeBuffers [4]sync.Pool

func newPlaneBuffer(component, size int) *[]byte {
	b, _ := planeBuffers[component].Get().(*[]byte)
	if b == nil || cap(*b) < size {
		fresh := make([]byte, size)
		return &fresh
	}
	*b = (*b)[:size]
	return b
}

// decoders holds *decoder, for the sake of their tables and buffers.
var decoders = sync.Pool{New: func() any { return new(decoder) }}

// DecodeConfig reads the header of a JPEG. It reads further only if the header leaves
// the height to the end of the first scan (B.2.5).
//
// The error is an [*Error] of the kind ErrUnsupported, ErrCorrupt or ErrTruncated.
func DecodeConfig(data []byte) (Config, error) {
	d := decoders.Get().(*decoder)
	defer d.release()
	d.reset(data)
	if err := d.readHeader(); err != nil {
		return Config{}, err
	}
	return d.config(), nil
}

// Decode decodes a JPEG. It does not change data and keeps nothing of it. The picture may
// be given back with Release.
//
// The error is an [*Error] of the kind ErrUnsupported, ErrCorrupt, ErrTruncated or
// ErrTooManyPixels, or ctx.Err() once ctx is done, which is looked at after each row of blocks.
// Before the limit of pixels has been checked, nothing is allocated for the picture; then it is a
// byte for each sample of the planes, and for a progressive picture two more and eight for each
// block of 64. The time is bounded by the size of the file and by the number of pixels, whatever
// the file says.
func Decode(ctx context.Context, data []byte, o Options) (*Picture, error) {
	if o.MaxPixels <= 0 {
		o.MaxPixels = defaultMaxPixels
	}
	d := decoders.Get().(*decoder)
	defer d.release()
	d.reset(data)
	if err := d.readHeader(); err != nil {
		return nil, err
	}
	if d.width > o.MaxPixels/d.height {
		return nil, &Error{Kind: ErrTooManyPixels, Detail: "the header asks for more than the limit"}
	}
	d.parallel = max(o.Parallel, 1)
	d.layOut(o.Scale)
	if err := d.readScans(ctx); err != nil {
		d.dropPlanes()
		return nil, err
	}
	p := d.picture()
	if p.Share = 1; !d.whole() {
		p.Share = min(d.fraction(), 0.99)
	}
	return p, nil
}
