//go:build race

package limitbench

// racing is whether the race detector watches. The rows are ten times slower then, so they get
// fewer photos, and only what is lost counts.
const racing = true
