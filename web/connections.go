package web

import (
	"net"
	"net/netip"
	"sync"
)

// LimitConnections returns a listener that keeps one client from holding more connections than
// [Limits].ConnectionsPerClient: those beyond are closed at once. Trusted proxies are not limited.
func (s *Server) LimitConnections(l net.Listener) net.Listener {
	if s.Limits.ConnectionsPerClient == 0 {
		return l
	}
	return &limitedListener{Listener: l, s: s, open: gauge{limit: s.Limits.ConnectionsPerClient, held: make(map[netip.Prefix]int)}}
}

type limitedListener struct {
	net.Listener
	s    *Server
	open gauge
}

// Accept implements [net.Listener].
func (l *limitedListener) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		address := peerAddress(c.RemoteAddr().String())
		if l.s.trusts(address) || !address.IsValid() {
			return c, nil
		}
		leave, ok := l.open.enter(networks(address)...)
		if ok {
			return &limitedConn{Conn: c, leave: sync.OnceFunc(leave)}, nil
		}
		_ = c.Close() // nothing was sent
	}
}

type limitedConn struct {
	net.Conn
	leave func()
}

// Close implements [net.Conn].
func (c *limitedConn) Close() error {
	defer c.leave()
	return c.Conn.Close()
}
