// Package jpegscale decodes a JPEG at a fraction of its size.
//
// The bytes of a JPEG go in; its planes come out (grey, or luma and chroma, or whatever the file
// holds), each at N/8 of its full size, N from 1 to 8, chosen by the caller for each plane and
// direction. Call [Decode], or [DecodeConfig] for the header alone. Nothing is converted: colours,
// orientation, profiles and the last bit of scaling are the caller's.
//
// A block of 8 x 8 samples is coded as 8 x 8 frequencies. Its N x M lowest ones, through an inverse
// transform of N x M points, are the block at N/8 of its width and M/8 of its height, so that a
// small picture needs neither the full one nor most of the arithmetic. What remains is reading the
// Huffman codes, and those of the frequencies that are not needed are stepped over several at a
// time.
//
// It reads baseline, extended sequential and progressive JPEG with 8 bits, one, three or four
// components, any sampling factors and any arrangement of scans. It refuses the arithmetic,
// lossless, hierarchical and 12-bit kinds with [ErrUnsupported]. It is otherwise about as strict as
// image/jpeg: a file whose data ends before the picture is refused with [ErrTruncated], and bytes
// after the end are ignored. The end marker may be missing if the picture is whole. It is stricter
// about restart intervals, which have to end where their markers are, padding aside: that is how
// damage in them is found.
//
// Sections in the comments are those of ITU-T T.81 (ISO/IEC 10918-1). Its way through the files:
// markers.go (annex B), frame.go (A.1 and A.2), huffman.go (annex C), bits.go (F.2.2.5), scan.go
// (E.2), sequential.go (F.2.2), progressive.go and refine.go (annex G), idct.go (A.3.3).
package jpegscale
