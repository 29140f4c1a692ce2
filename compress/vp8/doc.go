// Package vp8 decodes a VP8 key frame, which is what a lossy WebP holds, band by band.
//
// The content of a "VP8 " chunk goes in ([NewDecoder]); luma and chroma come out, a row of
// macroblocks at a time ([Decoder.Next]), in memory that grows with the width of the picture and
// not with its height. Samples are as they are stored: 4:2:0, BT.601 in studio range. The
// container, alpha, colours and scaling are the caller's.
//
// Prediction inside a frame uses samples before the loop filter (section 15), so that the filter
// can be simplified or left out without harm to what follows. It is up to a third of the time, and
// what it smooths is hardly to be seen where the picture is made much smaller anyway: see
// [Options.Reduction].
//
// Sections in the comments are those of RFC 6386. The way through the files: boolreader.go (section
// 7), header.go (9 and 19.2), quant.go (9.6 and 14.1), modes.go (11), tokens.go (13), transform.go
// (14.3 and 14.4), predict.go and predict4.go (12), filter.go (15), decode.go (how they go
// together). Where the RFC leaves room, at the right edge of the picture, libwebp is followed, like
// everyone does.
package vp8
