// Package compress turns a photo into the small JPEG that a describer sees.
//
// The bytes of a photo go in, of any format that intake recognises; a baseline
// JPEG comes out that fits inside 1024 pixels, is upright, in sRGB, opaque on white,
// and carries no metadata: neither the place where the photo was taken nor a profile.
// Call [Compress].
//
// Colours are scaled as they are stored and converted to sRGB afterwards, when there are
// only a million pixels left; JPEG and lossy WebP stay luma and chroma from the
// decoder to the encoder unless a profile asks for red, green and blue. Pixels with
// more than 8 bits or with transparency are converted row by row as they are read.
//
// Inks (CMYK in JPEG and TIFF) look as their profile says, with the darkest of them as black;
// without a profile, or with a table of a kind that package icc does not read, as ideal inks would.
// TIFFs that hold a JPEG inside are refused with a way out: they come from scanners, in a dozen
// dialects.
//
// A photo uses one processor core. How many are compressed at once is the
// caller's business, and so is the orientation: EXIF is read by package intake.
package compress
