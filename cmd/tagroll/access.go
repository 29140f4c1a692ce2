package main

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"net/url"
	"os"
	"strings"

	"github.com/tagroll/tagroll/internal/hosts"
	"github.com/tagroll/tagroll/settings"
)

// accessFlags declare how a server is protected, and under which names it is reached.
type accessFlags struct {
	hosts          []string
	auth, authFile string
	open           bool
	logClients     bool
}

func (s *accessFlags) add(set *settings.Set) {
	set.Add(settings.Setting{
		Name: "host", Group: groupWhere, Arg: "NAMES", Value: settings.List(&s.hosts), Default: "localhost, 127.0.0.1 and ::1",
		Help: `further names for which a server on this machine's own address answers, such as
			that of a proxy before it; all others are refused, so that no page of another site can
			reach it`,
	}, settings.Setting{
		Name: "auth", Group: groupVisitors, Arg: "PASSWORD", Secret: true, Value: settings.Text(&s.auth, ""), Default: "none",
		Help: `one password for everybody who may use the server (HTTP Basic, any user name); better
			in TAGROLL_AUTH or a file, where other users of this machine do not see it`,
	}, settings.Setting{
		Name: "auth-file", Group: groupVisitors, Arg: "FILE", Value: settings.Text(&s.authFile, ""), Default: "none",
		Help: "the password is the first line of this file; read again on SIGHUP",
	}, settings.Setting{
		Name: "open", Group: groupVisitors, Value: settings.Switch(&s.open),
		Help: "let everybody who can reach --listen use the server, and your key, without a limit",
	}, settings.Setting{
		Name: "log-clients", Group: groupShown, Value: settings.Switch(&s.logClients),
		Help: "name the address of each request in the log",
	})
}

// check asks for a decision where other machines can reach the server.
func (s *accessFlags) check(c *settingErrors, listen string, public bool) {
	if s.auth != "" && s.authFile != "" {
		c.fail("auth-file", s.authFile, "--auth and --auth-file are two ways to say the same: give one")
	}
	if s.authFile != "" {
		if _, err := readPassword(s.authFile); err != nil {
			c.fail("auth-file", s.authFile, err.Error())
		}
	}
	for _, name := range s.hosts {
		if _, err := netip.ParseAddr(strings.Trim(name, "[]")); err != nil && (name == "" || strings.ContainsAny(name, "/:@ ")) {
			c.fail("host", name, "give names without scheme and port, such as photos.example.com")
		}
	}
	if !isLoopback(listen) && !public && !s.open && s.auth == "" && s.authFile == "" {
		c.fail("listen", listen, "everybody who can reach this machine could have photos described, and you pay for every one: "+
			"set a password with --auth or --auth-file, limits for strangers with --public, or allow it with --open")
	}
}

// password returns the server's password; empty for none.
func (s *accessFlags) password() (string, error) {
	if s.authFile != "" {
		return readPassword(s.authFile)
	}
	return s.auth, nil
}

func readPassword(file string) (string, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return "", errors.New("there is no such file")
		}
		return "", fmt.Errorf("it cannot be read (%w)", err)
	}
	line, _, _ := strings.Cut(string(text), "\n")
	if line = strings.TrimRight(line, "\r"); line == "" {
		return "", errors.New("its first line is empty: write the password there")
	}
	return line, nil
}

// names returns the host names for which the server answers; nil for any.
func (s *accessFlags) names(listen, publicURL string) []string {
	if !isLoopback(listen) && len(s.hosts) == 0 {
		return nil
	}
	names := append([]string{}, s.hosts...)
	if u, err := url.Parse(publicURL); err == nil && u.Hostname() != "" {
		names = append(names, u.Hostname())
	}
	return names
}

// isLoopback reports whether an address to listen on can be reached from this machine only: by the
// loopback, or by a Unix socket.
func isLoopback(listen string) bool {
	if strings.HasPrefix(listen, unixPrefix) {
		return true
	}
	host, _, err := net.SplitHostPort(listen)
	return err == nil && hosts.IsLoopback(host)
}
