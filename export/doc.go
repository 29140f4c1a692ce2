// Package export writes results to files: the CSV that a stock agency imports
// ([WriteCSV], [WriteCSVFiles]), XMP sidecars for programs that manage photos
// ([XMP]), and everything that is known of the photos as one JSON document
// ([WriteJSON]) or as JSON lines ([WriteJSONLines], read back by [ReadJSONLines]).
//
// [Formats] lists them all. A caller that lets people choose needs no more than
// [LookupFormat] and [Format.Write], or [Format.Download] for HTTP.
//
// In goes a sequence of tagroll.Results, which is read once and never held in
// memory. Out come bytes for a writer, or files that are written whole or not at
// all ([WriteFile], [File]). Rows keep the order of the sequence. What a title or
// a keyword should be is decided before, by package agency; here the text is only
// made safe for the file's format.
//
// # Spreadsheets
//
// People open these files in spreadsheets, which run a cell that begins with =, +,
// - or @ (or a full-width form, or one of these behind white space or quotes) as a
// formula (OWASP, "CSV Injection"). The usual defence, an apostrophe in front,
// would become part of the title at the agency. Titles, keywords and other texts
// therefore lose such characters at their beginning; a minus sign in front of a
// digit becomes U+2212, so that "-5 degrees" keeps its meaning. A file name must
// equal the file's, so no safe form of it is right: it gets an underscore in front,
// its row will not be matched, and [Summary] names it, so that the file can be
// renamed.
//
// Control characters in a cell become spaces, since line breaks within cells
// confuse importers.
package export
