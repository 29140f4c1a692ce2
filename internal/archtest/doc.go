// Package archtest holds the tests that keep the source tree in order: which package may
// import which, and the rules of the house that a compiler does not know.
//
// It reads the module's Go files with go/parser and nothing else, so that files for
// other systems and other build tags are judged as well. Nothing is exported and nothing runs
// outside of tests.
//
// A new package needs a row in the table of imports_test.go before the tests pass: that is
// where its place in the whole is decided. Every rule is a function from a tree to complaints,
// and is tested on a tree that breaks it.
package archtest
