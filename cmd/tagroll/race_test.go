//go:build race

package main

// racing is whether the race detector watches the tests.
const racing = true
