// Package deploytest tries out what stands in the folder deploy: the examples of nginx and Caddy
// run before a real tagroll serve, the units of systemd are verified, the manifests are held
// against the types of Kubernetes, and the image's files are run with nothing else beside them.
//
// It is a module of its own, so that what it needs is no dependency of tagroll. It runs on Linux
// and builds the program once. A test whose program is missing (nginx, caddy, systemd-analyze)
// is skipped, unless TAGROLL_TEST_ALL is set.
package deploytest
