package hosts

import "testing"

func TestHosts(t *testing.T) {
	for host, want := range map[string]struct{ loopback, near bool }{
		"localhost": {true, true}, "LocalHost.": {true, true}, "app.localhost": {true, true},
		"127.0.0.1": {true, true}, "127.9.9.9": {true, true}, "::1": {true, true}, "[::1]": {true, true}, "::ffff:127.0.0.1": {true, true},
		"192.168.1.9": {false, true}, "10.0.0.5": {false, true}, "169.254.3.4": {false, true}, "fe80::1%eth0": {false, true}, "fd00::1": {false, true},
		"studio.local": {false, true}, "nas": {false, true}, "host.docker.internal": {false, true},
		"8.8.8.8": {}, "2001:db8::1": {}, "api.openai.com": {}, "localhost.example.com": {}, "0.0.0.0": {}, "": {},
	} {
		if IsLoopback(host) != want.loopback || IsNear(host) != want.near {
			t.Errorf("%q: loopback %v, near %v; want %v", host, IsLoopback(host), IsNear(host), want)
		}
	}
}
