// Package hosts says how far away a host is by its name or address alone: nothing is looked up.
// Hosts are without a port; an address of IPv6 may have its brackets.
package hosts

import (
	"net/netip"
	"strings"
)

// IsLoopback reports whether a host is this machine: a loopback address, localhost, or a name below
// localhost (RFC 6761, section 6.3).
func IsLoopback(host string) bool {
	host = plain(host)
	if address, ok := parse(host); ok {
		return address.IsLoopback()
	}
	return host == "localhost" || strings.HasSuffix(host, ".localhost")
}

// IsNear reports whether a host is this machine or in the local network. Such are addresses that
// the internet does not route, names of multicast DNS (.local), the machine that a container runs
// on, and names without a dot. An empty host is not near.
func IsNear(host string) bool {
	host = plain(host)
	if address, ok := parse(host); ok {
		return address.IsLoopback() || address.IsPrivate() || address.IsLinkLocalUnicast()
	}
	switch {
	case host == "":
		return false
	case IsLoopback(host), host == "host.docker.internal", strings.HasSuffix(host, ".local"):
		return true
	}
	return !strings.Contains(host, ".")
}

// plain is a host in lower case, without brackets and the dot of the root.
func plain(host string) string {
	return strings.ToLower(strings.TrimSuffix(strings.Trim(host, "[]"), "."))
}

// parse returns an address; of IPv4 within IPv6 the one of IPv4.
func parse(host string) (netip.Addr, bool) {
	address, err := netip.ParseAddr(host)
	return address.Unmap(), err == nil
}
