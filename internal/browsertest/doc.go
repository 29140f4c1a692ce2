// Package browsertest holds the tests of the page in a real Chromium: the program's own serve
// command on a free port, the stand-in model of its simulate command behind it, and a browser that
// is driven as a photographer would use it.
//
// Everything runs on loopback. Where Chromium is missing the tests skip, unless TAGROLL_TEST_ALL=1
// forbids it. testdata/axe.min.js is axe-core 4.14.1 by Deque Systems, unchanged, under the Mozilla
// Public License 2.0 (LICENSE-axe.txt); it is used by these tests and is part of no program.
//
// go test ./internal/browsertest -run TestStates -update takes the pictures in docs/screenshots
// anew.
package browsertest
