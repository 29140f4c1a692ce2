// Package heif reads HEIC and AVIF photos.
//
// The bytes of a file go in ([ReadInfo] for what its boxes say, [Decode] for the picture); planes
// come out at full size: luma and chroma as they are coded for HEIC, red, green and blue
// for AVIF. Turning colours into sRGB and scaling is for the caller.
//
// The decoders are libheif with libde265, and libavif with libaom, compiled to WebAssembly
// and run by wazero. That keeps the binary static and portable, and hostile files in a sandbox: a
// decoder sees nothing but its own memory, which is limited. They take some tenths of a second
// to get ready, which happens when the first such photo is met, and are several times slower
// than native code.
//
// The WebAssembly files are those of github.com/gen2brain/heic v0.4.5 and github.com/gen2brain/avif
// v0.4.4, unchanged; folder wasm has their licences. The Go code of those modules is not
// used: unless a build tag is set it loads shared libraries of the system if there are any,
// and turns every program that imports it into a dynamically linked one.
//
// References are to ISO/IEC 14496-12 (boxes) and ISO/IEC 23008-12 (images).
package heif
