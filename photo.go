package tagroll

import (
	"io"
	"time"
)

// Photo is one photo of a batch, not yet read.
type Photo struct {
	// ID identifies the photo within its batch, and between runs over the same
	// batch. Names may repeat, IDs may not. Required.
	ID string `json:"id"`
	// Name is the file name without folders, as an agency will see it. Required.
	Name string `json:"name"`
	// Path names the photo to its user in messages. Default: Name.
	Path string `json:"path,omitempty"`
	// Version differs when the content behind the same ID has changed, for a file
	// its size and modification time. It is a shortcut to the known content: a photo
	// of another version is read again. Empty where content never changes.
	Version string `json:"version,omitempty"`
	// Context is what the user says of the photos of its folder; see [Brief].
	Context string `json:"context,omitempty"`
	// Partners are the names of other files in the photo's folder that are the same photo:
	// cameras' RAW files, which get its metadata beside them, or the vector graphics and videos
	// of which it is the preview. Name is then the first of the latter, and Path still leads to
	// the preview.
	Partners []string `json:"partners,omitempty"`
	// Open returns the photo's bytes; the caller closes them. Open may be called more than
	// once. Required.
	Open func() (io.ReadCloser, error) `json:"-"`
}

// Label is Path, or Name where there is no path: the photo's name in messages.
func (p Photo) Label() string {
	if p.Path != "" {
		return p.Path
	}
	return p.Name
}

// Format is an image file format, recognised by content.
type Format string

// The formats that intake recognises.
const (
	FormatJPEG Format = "jpeg"
	FormatPNG  Format = "png"
	FormatWebP Format = "webp"
	FormatTIFF Format = "tiff"
	FormatGIF  Format = "gif"
	FormatHEIC Format = "heic"
	FormatAVIF Format = "avif"
	FormatRAW  Format = "raw" // a camera's own, of which the preview in it is looked at
)

// Facts are what a photo's file says about itself. Zero values mean that it does not say.
type Facts struct {
	Format Format `json:"format"`
	// Bytes is the size of the file; SHA256 is its hash in lower-case hexadecimal.
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
	// Width and Height are in pixels as stored, before Orientation is applied.
	Width  int `json:"width"`
	Height int `json:"height"`
	// Orientation is the EXIF orientation, 1 to 8; 1 where the file has none.
	Orientation int `json:"orientation"`
	// ColorSpace is what the pixels' numbers mean: "sRGB", "Adobe RGB", "CMYK", "grey", or the
	// name of the embedded profile; empty if the file does not say.
	ColorSpace string `json:"color_space,omitempty"`

	// Taken is the camera's clock when the photo was taken. Cameras seldom know
	// their zone: without one the time is given as UTC and only its clock reading counts.
	Taken time.Time `json:"taken,omitzero"`
	// Camera is maker and model, without repetition; Lens is the lens model.
	Camera string `json:"camera,omitempty"`
	Lens   string `json:"lens,omitempty"`
	// FocalLength is in millimetres; FocalLength35 is the equivalent on 36 x 24 mm film.
	FocalLength   float64 `json:"focal_length,omitempty"`
	FocalLength35 float64 `json:"focal_length_35,omitempty"`
	// FNumber is the aperture, ExposureSeconds the shutter time, ISO the sensitivity.
	FNumber         float64 `json:"f_number,omitempty"`
	ExposureSeconds float64 `json:"exposure_seconds,omitempty"`
	ISO             int     `json:"iso,omitempty"`
	// SubjectDistance is in metres.
	SubjectDistance float64 `json:"subject_distance,omitempty"`
	// FlashFired says that a flash was used.
	FlashFired bool `json:"flash_fired,omitempty"`
	// Position is where the photo was taken, by GPS.
	Position *Position `json:"position,omitempty"`
	// Place is where the photo was taken, in the words of the file (IPTC, XMP), or, where the
	// file has none, by the names that belong to Position.
	Place Place `json:"place,omitzero"`
	// PlaceByPosition is whether Place was found by Position.
	PlaceByPosition bool `json:"place_by_position,omitempty"`

	// Title, Caption and Keywords are the texts already in the file (XMP before IPTC).
	Title    string   `json:"title,omitempty"`
	Caption  string   `json:"caption,omitempty"`
	Keywords []string `json:"keywords,omitempty"`
}

// Position is a place on earth in decimal degrees, north and east positive.
type Position struct {
	Latitude  float64 `json:"latitude"`
	Longitude float64 `json:"longitude"`
}

// Place is a place by its names.
type Place struct {
	Location string `json:"location,omitempty"` // within the city
	City     string `json:"city,omitempty"`
	Region   string `json:"region,omitempty"` // state or province
	Country  string `json:"country,omitempty"`
}

// Image is the small JPEG that a describer sees: upright, sRGB, without metadata.
type Image struct {
	JPEG   []byte
	Width  int // pixels
	Height int
	// Sketch is the image's luma in SketchSide x SketchSide fields, row by row: what it looks
	// like from afar, whatever its proportions. Package similar compares sketches. Nil if
	// unknown.
	Sketch []byte
	// Sharpness is the variance of the luma's Laplacian. It compares photos of one motif only.
	Sharpness float64
}

// SketchSide is the number of rows, and of columns, of an Image's Sketch.
const SketchSide = 32

// Bounds of a photo where nothing else is set. They keep a small file from asking for the memory of
// a large one. Adobe Stock takes no more than 100 megapixels either.
const (
	// MaxBytes is the largest file that is read: 50 MiB.
	MaxBytes = 50 << 20
	// MaxPixels is the most pixels that are decoded, width times height.
	MaxPixels = 100_000_000
)

// The small image that a describer sees, where nothing else is set.
const (
	// ImageSide is how long its longer side is at most, in pixels.
	ImageSide = 1024
	// ImageQuality is its JPEG quality on the scale of libjpeg.
	ImageQuality = 85
)
