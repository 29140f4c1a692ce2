package compress

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"

	"github.com/tagroll/tagroll"
)

// Options says how [Compress] works. The zero value holds the defaults.
type Options struct {
	// MaxSide is the longer side of the result in pixels, at most; a smaller photo
	// keeps its size. Default [tagroll.ImageSide], highest 65,535 (a JPEG's own limit).
	MaxSide int
	// Quality is the JPEG quality on the scale of libjpeg, 1 to 100. Default
	// [tagroll.ImageQuality].
	Quality int
	// Orientation is the photo's EXIF orientation, 1 to 8. Any other value counts
	// as 1, upright, which is also the default. It does not matter for HEIC and AVIF,
	// which have their own way to say it.
	Orientation int
	// MaxPixels is the largest number of pixels that is decoded. Default
	// [tagroll.MaxPixels].
	MaxPixels int
	// Log receives what had to be passed over, such as a colour profile that cannot
	// be applied. Default: none.
	Log *slog.Logger
}

const maxJPEGSide = 1<<16 - 1

func (o Options) withDefaults() (Options, error) {
	if o.MaxSide == 0 {
		o.MaxSide = tagroll.ImageSide
	}
	if o.Quality == 0 {
		o.Quality = tagroll.ImageQuality
	}
	if o.MaxPixels == 0 {
		o.MaxPixels = tagroll.MaxPixels
	}
	if o.Orientation < 1 || o.Orientation > 8 {
		o.Orientation = 1
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	switch {
	case o.MaxSide < 1 || o.MaxSide > maxJPEGSide:
		return o, misconfigured("the longest side of %d pixels is not between 1 and %d", o.MaxSide, maxJPEGSide)
	case o.Quality < 1 || o.Quality > 100:
		return o, misconfigured("the JPEG quality %d is not between 1 and 100", o.Quality)
	case o.MaxPixels < 1:
		return o, misconfigured("the limit of %d pixels is not positive", o.MaxPixels)
	}
	return o, nil
}

// Version names what of the options changes the small image of an upright photo: its size and its
// quality. It is empty for the defaults, however they are given.
func (o Options) Version() string {
	d, err := o.withDefaults()
	if err != nil || d.MaxSide == tagroll.ImageSide && d.Quality == tagroll.ImageQuality {
		return ""
	}
	return fmt.Sprintf("side %d quality %d", d.MaxSide, d.Quality)
}

// Compress turns a photo's bytes into the small JPEG that a describer sees. It
// does not change data and keeps nothing of it.
//
// Its size is that of libvips and sharp: the longer side becomes MaxSide, the other
// is rounded, and neither gets below one pixel or grows. Below that size
// the photo is only encoded again.
//
// The error's code is CodeTooManyPixels above MaxPixels, found in the header before
// any pixel is decoded; CodeCorruptImage if the photo cannot be decoded whole;
// CodeUnsupportedFormat if its format, or its kind of the format, is not read;
// CodeConfiguration if an option makes no sense; CodeCancelled or CodeTimeout once
// ctx is done, which is looked at between steps. HEIC and AVIF wait for memory as
// [tagroll.WithWait] has told ctx.
func Compress(ctx context.Context, data []byte, format tagroll.Format, o Options) (small tagroll.Image, err error) {
	o, err = o.withDefaults()
	if err != nil {
		return tagroll.Image{}, err
	}
	defer func() {
		// Decoders read hostile bytes. One that panics costs its photo, not the batch.
		if r := recover(); r != nil {
			o.Log.Error("a decoder panicked", "format", format, "panic", r, "stack", string(debug.Stack()))
			small, err = tagroll.Image{}, corrupt(format, fmt.Errorf("the decoder panicked: %v", r))
		}
	}()
	j := &job{ctx: ctx, data: data, format: format, o: o}
	defer j.release()
	if err := j.alive(); err != nil {
		return tagroll.Image{}, err
	}
	decode, ok := decoders[format]
	if !ok {
		return tagroll.Image{}, unknownFormat(format)
	}
	p, err := decode(j)
	if err != nil {
		return tagroll.Image{}, err
	}
	if err := j.alive(); err != nil {
		return tagroll.Image{}, err
	}
	return j.encode(p), nil
}

// Compress is [Compress] as a step of package pipeline: format and orientation are those
// that the facts give, whatever the options say.
func (o Options) Compress(ctx context.Context, data []byte, facts tagroll.Facts) (tagroll.Image, error) {
	o.Orientation = facts.Orientation
	return Compress(ctx, data, facts.Format, o)
}

// decoders read a photo and leave a picture of the final size.
var decoders = map[tagroll.Format]func(*job) (*picture, error){
	tagroll.FormatJPEG: (*job).jpeg,
	tagroll.FormatPNG:  (*job).png,
	tagroll.FormatWebP: (*job).webp,
	tagroll.FormatTIFF: (*job).tiff,
	tagroll.FormatGIF:  (*job).gif,
	tagroll.FormatHEIC: (*job).heif,
	tagroll.FormatAVIF: (*job).heif,
	tagroll.FormatRAW:  (*job).jpeg, // the preview in it
}

// job is the work on one photo.
type job struct {
	ctx    context.Context // a job lives as long as one call of Compress
	data   []byte
	format tagroll.Format
	o      Options
	frame  frame
	lent   []*[]byte // the memory of the job's planes
}

// alive returns the error to stop with once the context is done.
func (j *job) alive() error {
	if err := j.ctx.Err(); err != nil {
		return stopped(err)
	}
	return nil
}

// setSize takes the photo's size as its header tells it, refuses it above the
// limit and works out the size to scale to.
func (j *job) setSize(w, h int) error {
	if w < 1 || h < 1 {
		return corrupt(j.format, fmt.Errorf("its size is %d x %d", w, h))
	}
	if w > j.o.MaxPixels/h {
		return tooManyPixels(w, h, j.o.MaxPixels)
	}
	j.frame = newFrame(w, h, j.o.Orientation, j.o.MaxSide)
	return nil
}
