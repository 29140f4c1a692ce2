// Package journalform says which form of journals this version of tagroll knows, for the package
// that writes journals and for the one that reads results out of them.
package journalform

// Newest is the newest form. A journal says its own in its first line; a higher number is that of a
// newer version of tagroll.
const Newest = 2
