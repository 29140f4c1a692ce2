// Package resample scales planes of 8-bit samples with a Lanczos filter of three
// lobes, which is what libvips and therefore sharp use for photos.
//
// A plane is one colour component: luma, chroma, red, alpha. It goes in whole
// ([Plane]) or row by row ([Stream], for decoders that never hold a whole picture);
// [Box] comes before either where a picture is many times too large. A plane of
// the wanted size comes out. An [Axis] also carries what makes JPEG chroma planes
// awkward: sampling grids that do not end where the picture ends, and the mirroring
// that EXIF orientations ask for, so that neither needs a pass of its own.
//
// The arithmetic is fixed point with weights of 14 bits, first down the columns and then
// along the rows. Built with GOEXPERIMENT=simd for amd64 it uses AVX2 where the
// processor has it; the results are the same to the bit.
//
// The package knows nothing of colours and files.
package resample
