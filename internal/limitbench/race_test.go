//go:build race

package limitbench

// racing is whether the race detector watches. It makes the rows ten times slower, so they get fewer
// photos then, and only what is lost counts.
const racing = true
