//go:build unix

package intake

import (
	"net"
	"os"
	"syscall"
	"testing"

	"github.com/tagroll/tagroll"
)

func TestWhatIsNoFileIsRefusedAtOnce(t *testing.T) {
	shoot(t)
	if err := syscall.Mkfifo("shoot/pipe.jpg", 0o600); err != nil {
		t.Fatal(err)
	}
	socket, err := net.Listen("unix", "shoot/socket.jpg")
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	for _, path := range []string{"shoot/pipe.jpg", "shoot/socket.jpg", "/dev/null"} {
		wantProblem(t, mustFind(t, path), path, tagroll.CodeUnreadable)
	}
	found := mustFind(t, "shoot")
	wantPaths(t, found, shootPaths...)
	if found.PassedOver != 5 { // those of the folder, the pipe and the socket
		t.Errorf("%d passed over instead of 5", found.PassedOver)
	}
	wantPaths(t, mustFind(t, "shoot/p*"))
}

// A file may become something else between the search and the reading.
func TestOpenRefusesWhatIsNoFile(t *testing.T) {
	for kind, replace := range map[string]func(path string) error{
		"folder": func(path string) error { return os.Mkdir(path, 0o755) },
		"pipe":   func(path string) error { return syscall.Mkfifo(path, 0o600) },
		"device": func(path string) error { return os.Symlink("/dev/zero", path) },
	} {
		t.Run(kind, func(t *testing.T) {
			shoot(t)
			photo := mustFind(t, "shoot/IMG_9.JPG").Photos[0]
			if err := os.Remove("shoot/IMG_9.JPG"); err != nil {
				t.Fatal(err)
			}
			_, err := Read(t.Context(), photo, Limits{})
			wantError(t, err, tagroll.CodeNotFound)
			if err := replace("shoot/IMG_9.JPG"); err != nil {
				t.Fatal(err)
			}
			_, err = Read(t.Context(), photo, Limits{})
			wantError(t, err, tagroll.CodeUnreadable)
		})
	}
}
