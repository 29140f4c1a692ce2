package main

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/tagroll/tagroll"
)

// unixPrefix begins the address of a Unix socket: unix:/run/tagroll/http.sock, or with the mode of
// its file, unix:/run/tagroll/http.sock,mode=0666.
const unixPrefix = "unix:"

// socketMode is the mode of a socket where none is given: its owner and its group may connect.
const socketMode fs.FileMode = 0o660

// unixAddress takes the address of a Unix socket apart. ok is false for any other address.
func unixAddress(address string) (file string, mode fs.FileMode, ok bool, err error) {
	file, ok = strings.CutPrefix(address, unixPrefix)
	if !ok {
		return "", 0, false, nil
	}
	file, text, given := strings.Cut(file, ",mode=")
	mode = socketMode
	if given {
		bits, err := strconv.ParseUint(text, 8, 32)
		if err != nil || bits > 0o777 {
			return "", 0, true, fmt.Errorf("its mode is %q: give one such as 0660", text)
		}
		mode = fs.FileMode(bits)
	}
	if file == "" {
		return "", 0, true, errors.New("the socket's file is missing: give one such as unix:/run/tagroll/http.sock")
	}
	return file, mode, true, nil
}

// checkListen says what is wrong with an address to listen on, whatever the machine.
func checkListen(address string) error {
	file, _, isUnix, err := unixAddress(address)
	if err != nil {
		return err
	}
	if isUnix {
		if info, err := os.Stat(file); err == nil && info.Mode()&fs.ModeSocket == 0 {
			return errors.New("that file is there and is no socket: name another")
		}
		return nil
	}
	return checkTCP(address)
}

// checkTCP is checkListen for what listens on no Unix socket.
func checkTCP(address string) error {
	_, port, err := net.SplitHostPort(address)
	if err == nil {
		_, err = net.LookupPort("tcp", port)
	}
	if err != nil {
		return errors.New("give an address and a port, such as 127.0.0.1:8080, or :8080 for all addresses")
	}
	return nil
}

// cannotListen is the error of an address that is right and cannot be had: another process has it,
// or this machine has not.
func cannotListen(flag, what, address string, err error) error {
	return &tagroll.Error{
		Code: tagroll.CodeNetwork, Err: err,
		Message: fmt.Sprintf("--%s: %s %s (%v): choose another address", flag, what, address, err),
	}
}

// listenOn listens on a TCP address or a Unix socket.
func listenOn(address string) (net.Listener, error) {
	file, mode, isUnix, err := unixAddress(address)
	if err != nil {
		return nil, err
	}
	if !isUnix {
		return net.Listen("tcp", address)
	}
	if err := removeStaleSocket(file); err != nil {
		return nil, err
	}
	listener, err := net.Listen("unix", file)
	if err != nil {
		return nil, err
	}
	if err := os.Chmod(file, mode); err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	return listener, nil
}

// removeStaleSocket removes what a process that was killed left behind. A socket that somebody
// listens on stays, and so does any other file.
func removeStaleSocket(file string) error {
	info, err := os.Lstat(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if info.Mode()&fs.ModeSocket == 0 {
		return fmt.Errorf("%s is there and is no socket", file)
	}
	c, err := net.DialTimeout("unix", file, time.Second)
	if err == nil {
		_ = c.Close() // it was opened to see whether it can be
		return errors.New("another process listens there")
	}
	if !refusesConnections(err) {
		return err
	}
	return os.Remove(file)
}
