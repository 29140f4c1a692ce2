// Package embed writes what is known of a photo into its file, as agencies and programs read it:
// XMP and IPTC into JPEG and TIFF, XMP into PNG and WebP, and XMP sidecars for everything else.
//
// Start with [File], which replaces a photo on disk safely, or with [Plan], which works on any
// [io.ReaderAt]. The picture itself is never decoded: its bytes are copied, and so is whatever else
// the file holds (EXIF, colour profiles, gain maps, other properties of XMP, data behind the
// picture). Only what [Fields] names is replaced.
//
// A file that cannot be changed safely is refused with CodeCannotEmbed and stays as it is;
// [Sidecar] is the way out. Camera RAW files are always refused. Embedding the same fields twice
// changes nothing the second time.
//
// The package knows files and bytes. Which photo gets which result is its caller's business.
package embed
