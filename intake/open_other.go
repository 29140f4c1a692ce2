//go:build !unix

package intake

// openWithoutWaiting is nothing where named pipes do not live among the files.
const openWithoutWaiting = 0
