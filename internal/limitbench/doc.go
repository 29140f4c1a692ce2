// Package limitbench measures batches at a provider's limits, against openaitest and under a
// fake clock. Its one test prints the table of docs/benchmarks.md and holds the figures to
// their bounds:
//
//	go test -v -run TestLimits ./internal/limitbench
package limitbench
