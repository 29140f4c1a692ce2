package deploytest

import (
	"context"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// The image's files are enough: the program runs among them alone, as the image's user, on a
// read-only root, describes photos and says that it is healthy.
func TestImage(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "rootfs")
	build := exec.Command(filepath.Join(root, "scripts/rootfs"), dir, program)
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("scripts/rootfs: %v\n%s", err, out)
	}
	var files []string
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			files = append(files, strings.TrimPrefix(path, dir))
		}
		return err
	})
	if want := []string{"/etc/group", "/etc/passwd", "/etc/ssl/certs/ca-certificates.crt", "/tagroll"}; err != nil || !slices.Equal(files, want) {
		t.Fatalf("the image holds %q (%v), want %q", files, err, want)
	}
	if os.Getuid() != 0 {
		if os.Getenv("TAGROLL_TEST_ALL") == "" {
			t.Skip("only root can change the root folder and the user")
		}
		t.Log("not root: the files are not run by themselves")
		return
	}
	if err := os.Chown(filepath.Join(dir, "var/lib/tagroll"), 65532, 65532); err != nil {
		t.Fatal(err)
	}
	// The root is read-only but for the two folders that the Dockerfile and the manifests make
	// writable.
	const inside = `set -e
mount --bind "$0" "$0"
mount -o remount,ro,bind "$0"
mount -t tmpfs -o mode=1777 tmpfs "$0/tmp"
mount -t tmpfs -o uid=65532,gid=65532,mode=0700 tmpfs "$0/var/lib/tagroll"
exec chroot --userspec=65532:65532 "$0" /tagroll "$@"`
	contained := func(ctx context.Context, args ...string) *exec.Cmd {
		c := exec.CommandContext(ctx, "unshare", append([]string{"--mount", "--pid", "--fork", "--kill-child", "sh", "-c", inside, dir}, args...)...)
		c.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=/var/lib/tagroll", "TAGROLL_PROVIDER=offline"}
		c.WaitDelay = 10 * time.Second
		return c
	}
	if out, err := contained(t.Context(), "version").CombinedOutput(); err != nil {
		if text := strings.ToLower(string(out)); strings.Contains(text, "not permitted") || strings.Contains(text, "permission denied") {
			if os.Getenv("TAGROLL_TEST_ALL") == "" {
				t.Skip("namespaces are not permitted here")
			}
			t.Logf("NOT RUN: namespaces are not permitted here: %s", out)
			return
		}
		t.Fatalf("version: %v\n%s", err, out)
	}
	address := freeAddress(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	server := contained(ctx, "serve", "--listen", address)
	said := new(output)
	server.Stdout, server.Stderr = said, said
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		cancel()
		_ = server.Wait() // ended by the test
	}()
	ticker, timeout := time.NewTicker(200*time.Millisecond), time.After(patience)
	defer ticker.Stop()
	for {
		out, err := contained(t.Context(), "serve", "--check",
			"http://"+address).CombinedOutput()
		if err == nil {
			break
		}
		select {
		case <-ticker.C:
		case <-timeout:
			t.Fatalf("the server is not healthy: %s\n%s", out, said)
		}
	}
	c := &client{newPlainClient(t), t, "http://" + address}
	if batch := c.quick(); batch == "" {
		t.Error("no batch was made")
	}
}
