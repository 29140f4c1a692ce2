// Package agency knows what stock agencies want: the rules for file names,
// titles, keywords and categories, and the layout of the CSV file that they import.
//
// The rules are data, one JSON file an agency with the date on which they were
// read and where. [Lookup] finds those that are built in, at present
// "adobe-stock"; [Parse] reads a file of your own. An [Agency] does three things:
//
//   - [Agency.Normalize] tidies metadata without changing what it says,
//   - [Agency.Check] says what a rule has against it, and
//   - [Agency.Row] sets it out as one row of the agency's CSV.
//
// A [Set] is several agencies at once. In goes tagroll.Metadata, out come
// tagroll.Metadata and tagroll.Findings; whether a finding means a review is
// the caller's decision. Writing files is the task of package export.
//
// # How words are recognised
//
// Forbidden words are matched as whole words, without regard to case, accents,
// hyphens and a possessive or plural s. A name that is also an ordinary word, such
// as apple, shell or jaguar, is certain only in context ("Apple laptop", "Shell
// station"). Capitalised within a title that is otherwise in lower case it is
// doubtful, which is a warning; at the start of a title, in a title in Title Case
// and in keywords its capital says nothing, and it passes. Names of places and
// people, such as Amazon, need the context.
//
// Lengths count Unicode code points (runes) of the text in Normalization Form C.
//
// This package does no I/O and reads no clock.
package agency
