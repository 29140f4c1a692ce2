// Package heif reads HEIC and AVIF photos.
//
// The bytes of a file go in ([ReadInfo] for what its boxes say, [Decode] for the picture); rows
// of pixels come out: luma, chroma and transparency as they are coded, in 8 bits. Turning colours
// into sRGB and scaling is for the caller.
//
// This package reads the boxes and puts tiles together. Coded pictures are decoded by FFmpeg's
// decoder of HEVC and by dav1d (AV1), compiled to WebAssembly and run by wazero. That keeps the
// binary static and portable, and hostile files in a sandbox: a decoder sees nothing but its own
// memory, of which it has as much as its picture takes, and is asked to stop when the photo's time
// is over. The memory of all of them together is bounded. They take some tenths of a second to get
// ready, which happens when the first such photo is met.
//
// Folder wasm has the decoders, their licences (LGPL-2.1 and BSD) and what was added to them;
// scripts/build-decoders builds them from Debian's sources.
//
// References are to ISO/IEC 14496-12 (boxes) and ISO/IEC 23008-12 (images).
package heif
