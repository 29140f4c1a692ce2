package heif

import (
	"context"
	"fmt"
)

// Options says how [Decode] works.
type Options struct {
	// MaxPixels is the largest number of pixels that is decoded.
	MaxPixels int
	// Plain leaves out the filters that smooth the borders of blocks, which takes a fifth of
	// the time and cannot be seen in a picture that is scaled to a third or less.
	Plain bool
	// Wait calls a function that waits for memory which other pictures hold, so that its caller
	// can stop a clock meanwhile. Default: it is just called.
	Wait func(wait func() error) error
}

// Rows are a picture's pixels, from its top to its bottom.
type Rows struct {
	// Width and Height are those of the picture that is shown, before it is turned by
	// Info.Orientation.
	Width, Height int
	// ChromaX and ChromaY are how many pixels a sample of chroma covers; 0 without chroma.
	ChromaX, ChromaY int
	// Coding are the colours' code points, by the file's boxes or else by the coded picture;
	// nil if neither has any.
	Coding *Coding
	// Alpha is set if there is transparency, Multiplied if the colours are multiplied with it.
	Alpha, Multiplied bool

	clip         clip
	y            int
	alpha        []byte
	colour, mask *source
}

// Row is one row of pixels, 8 bits a sample. Rows that share their chroma have the same.
type Row struct {
	Y, Cb, Cr []byte
	Alpha     []byte // nil without transparency; 255 is opaque
}

// Decode decodes the primary picture of a file and hands it to use, in rows that are decoded when
// they are asked for. A grid of tiles is decoded row by row of it, several tiles at once.
//
// All decoders of the process together hold no more than a bounded amount of memory (512 MB, or a
// third of what the process may use): Decode waits for its share. A decoder ends soon after ctx.
//
// The error is ErrCorrupt, ErrTruncated, ErrTooManyPixels, ErrMemory, ErrUnsupported, ctx.Err(), or
// what use returned.
func Decode(ctx context.Context, data []byte, o Options, use func(*Rows) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	f, err := parse(data)
	if err != nil {
		return err
	}
	info, err := f.info()
	if err != nil {
		return err
	}
	primary, _, err := f.resolve(f.primary)
	if err != nil {
		return err
	}
	r := &Rows{Coding: info.Coding}
	if r.colour, err = f.source(primary, o); err != nil {
		return err
	}
	alpha, multiplied := f.alphaOf(f.primary)
	if alpha == nil {
		alpha, multiplied = f.alphaOf(primary.id)
	}
	if alpha != nil {
		if r.mask, err = f.source(alpha, o); err != nil {
			return err
		}
		r.Alpha, r.Multiplied = true, multiplied
	}
	release, err := r.open(ctx, o)
	if err != nil {
		return err
	}
	defer release()
	if err := r.begin(ctx, info.clip); err != nil {
		return err
	}
	return use(r)
}

// open waits for the memory that the picture takes and starts its decoders.
func (r *Rows) open(ctx context.Context, o Options) (release func(), err error) {
	sources := []*source{r.colour}
	if r.mask != nil {
		sources = append(sources, r.mask)
	}
	budget := shared()
	need := func(most int) (n int64) {
		for _, s := range sources {
			n += s.need(min(most, s.workers()))
		}
		return n
	}
	workers := maxWorkers
	for workers > 1 && need(workers) > budget.total {
		workers--
	}
	n := need(workers)
	if n > budget.total {
		return nil, fmt.Errorf("%w: %d MB, and photos have %d together", ErrMemory, n>>20, budget.total>>20)
	}
	var give func()
	take := func() (err error) {
		give, err = budget.take(ctx, n)
		return err
	}
	if o.Wait == nil {
		err = take()
	} else {
		err = o.Wait(take)
	}
	if err != nil {
		return nil, err
	}
	release = func() {
		for _, s := range sources {
			s.close()
		}
		give()
	}
	for _, s := range sources {
		if err := s.open(ctx, min(workers, s.workers())); err != nil {
			release()
			return nil, err
		}
	}
	return release, nil
}

// begin decodes as much as tells what the picture is like.
func (r *Rows) begin(ctx context.Context, clip clip) error {
	r.clip = clip
	if clip.w < 1 || clip.x+clip.w > r.colour.w || clip.y+clip.h > r.colour.h {
		// The grid and the size that the boxes tell differ.
		r.clip.x, r.clip.y, r.clip.w, r.clip.h = 0, 0, r.colour.w, r.colour.h
	}
	r.Width, r.Height = r.clip.w, r.clip.h
	if _, err := r.colour.row(ctx, r.clip.y); err != nil {
		return err
	}
	if r.colour.chroma != 0 {
		r.ChromaX, r.ChromaY = r.colour.subsampling()
	}
	if r.Coding == nil {
		r.Coding = r.colour.colour
	}
	return nil
}

// Next returns the next row, valid until the next call. After the last one it must not be called.
func (r *Rows) Next(ctx context.Context) (Row, error) {
	y := r.clip.y + r.y
	r.y++
	planes, err := r.colour.row(ctx, y)
	if err != nil {
		return Row{}, err
	}
	row := Row{Y: planes[0][r.clip.x:][:r.clip.w]}
	if r.ChromaX > 0 {
		from, to := r.clip.x/r.ChromaX, (r.clip.x+r.clip.w+r.ChromaX-1)/r.ChromaX
		row.Cb, row.Cr = planes[1][from:to], planes[2][from:to]
	}
	if r.mask == nil {
		return row, nil
	}
	mask, err := r.mask.row(ctx, y*r.mask.h/r.colour.h)
	if err != nil {
		return Row{}, err
	}
	row.Alpha = r.opacity(mask[0])
	return row, nil
}

// opacity fits a row of the mask to the picture, which it may be smaller than.
func (r *Rows) opacity(mask []byte) []byte {
	if r.mask.w == r.colour.w {
		return mask[r.clip.x:][:r.clip.w]
	}
	if r.alpha == nil {
		r.alpha = make([]byte, r.clip.w)
	}
	for x := range r.alpha {
		r.alpha[x] = mask[(r.clip.x+x)*r.mask.w/r.colour.w]
	}
	return r.alpha
}
