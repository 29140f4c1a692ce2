//go:build !race

package limitbench

const racing = false
