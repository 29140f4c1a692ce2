// Package vp8l decodes a VP8L picture, which is what a lossless WebP holds, and the alpha of a
// lossy one, row by row.
//
// The content of a "VP8L" chunk goes in ([NewDecoder]), or that of an "ALPH" chunk that is
// compressed likewise ([NewAlphaDecoder]); rows of pixels come out ([Decoder.Next]). The container,
// colours and scaling are the caller's.
//
// Back references reach over a million pixels at most, so that a window of two million is enough
// for a picture of any size: it takes 8 MB, and beside it there is what the file itself stores by
// tiles, of at most a tenth of the picture's pixels each.
//
// Sections in the comments are those of RFC 9649, part 3. The way through the files: bitreader.go,
// header.go (3.4 and 4), prefix.go (3.7.2.1), groups.go (3.7.2.2), pixels.go (3.6 and 3.7.3),
// transform.go and predict.go (4), decode.go (how they go together).
package vp8l
