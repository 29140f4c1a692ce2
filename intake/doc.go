// Package intake takes photos in: it finds them, reads them and says what their files say
// of themselves.
//
// What a user wrote (files, folders, patterns, a list on standard input) goes into
// [Find], and photos come out, in order, beside the problems met on the way. A photo's
// bytes come from [Read], or from [ReadFrom] for an upload, never more of them than the
// limit. [Inspect] recognises the format by content, checks the limits before a single
// pixel is decoded, and collects the facts: size, hash, orientation, camera, date, place,
// and the title, caption and keywords that somebody wrote before.
//
// It stops before the picture: whether the pixels can be decoded is for package compress
// to find out. It never changes a file and uses no network.
//
// Everything in a file is taken as possibly hostile. EXIF, IPTC and XMP are read by small
// readers of this package's own that look at a byte slice, follow no pointer twice and
// are bounded in time and memory. What they cannot read is passed over, because broken
// metadata is no reason to refuse a photo.
//
// The library github.com/bep/imagemeta v1.0.1 was tried for this and not taken: one EXIF
// value with an unknown type (EXIF 3.0 brought a new one, UTF-8) or an offset beyond the
// end costs all values behind it, and with them the orientation; XMP in PNG is not read;
// IPTC in UTF-8 that does not declare itself comes out garbled; and the fraction of a
// second "05" becomes 5.
package intake
