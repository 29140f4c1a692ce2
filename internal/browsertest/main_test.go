package browsertest

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"go.uber.org/goleak"
)

var update = flag.Bool("update", false, "take the pictures in docs/screenshots anew")

// What all tests share: one build of the program, and one browser with a profile of its own.
var (
	program string // path of the built command
	// chrome is a chromedp context with a running browser; nil where there is no Chromium.
	chrome  context.Context
	missing error // why there is no browser
)

func TestMain(m *testing.M) {
	flag.Parse()
	// Pages wait for answers most of the time: more of them at once than there are processors.
	if f := flag.Lookup("test.parallel"); f.Value.String() == f.DefValue {
		if err := f.Value.Set(strconv.Itoa(3 * runtime.GOMAXPROCS(0))); err != nil {
			panic(err) // a number is one
		}
	}
	os.Exit(run(m))
}

func run(m *testing.M) (status int) {
	dir, err := os.MkdirTemp("", "tagroll-browsertest-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	stop, err := prepare(dir)
	if err != nil {
		missing = err
		if !errors.Is(err, exec.ErrNotFound) {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
	}
	status = m.Run()
	stop()
	// chromedp's reader of the browser's messages ends when the connection does, a moment after
	// cancel has returned.
	if err := goleak.Find(goleak.IgnoreCurrent()); status == 0 && err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return status
}

// prepare builds the program and starts the browser. Without Chromium the error is
// exec.ErrNotFound.
func prepare(dir string) (stop func(), err error) {
	stop = func() {}
	path, err := chromium()
	if err != nil {
		return stop, err
	}
	program = filepath.Join(dir, "tagroll")
	if runtime.GOOS == "windows" {
		program += ".exe"
	}
	build := exec.Command("go", "build", "-o", program, "github.com/tagroll/tagroll/cmd/tagroll")
	build.Env = append(os.Environ(), "CGO_ENABLED=0") // as releases are, and compiled already
	if out, err := build.CombinedOutput(); err != nil {
		return stop, fmt.Errorf("building the program: %w\n%s", err, out)
	}
	allocator, cancel := chromedp.NewExecAllocator(context.Background(),
		chromedp.ExecPath(path), chromedp.UserDataDir(filepath.Join(dir, "profile")),
		chromedp.Headless, chromedp.NoSandbox, chromedp.DisableGPU, chromedp.NoFirstRun, chromedp.NoDefaultBrowserCheck,
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-sync", true), chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-dev-shm-usage", true), chromedp.Flag("hide-scrollbars", true),
		// Pages in the background would be slowed down, and here every page but one is in
		// the background.
		chromedp.Flag("disable-background-timer-throttling", true), chromedp.Flag("disable-renderer-backgrounding", true),
		chromedp.Flag("disable-backgrounding-occluded-windows", true),
		chromedp.Env("LANG=en_GB.UTF-8", "TZ=UTC"),
	)
	b, cancelBrowser := chromedp.NewContext(allocator)
	if err := chromedp.Do(b); err != nil {
		cancelBrowser()
		cancel()
		return stop, fmt.Errorf("starting Chromium: %w", err)
	}
	chrome = b
	return func() {
		// Cancel waits for the process, which is killed below if it does not end.
		_ = chromedp.Cancel(b)
		cancelBrowser()
		cancel()
	}, nil
}

// chromium finds the browser.
func chromium() (string, error) {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("chromium: %w", exec.ErrNotFound)
}

// needBrowser skips a test where there is no Chromium.
func needBrowser(t testing.TB) {
	t.Helper()
	if chrome != nil {
		return
	}
	if os.Getenv("TAGROLL_TEST_ALL") == "1" {
		t.Fatalf("%v, and TAGROLL_TEST_ALL asks for every test", missing)
	}
	t.Skipf("%v", missing)
}

// process starts the program and returns the first address in what it prints.
func process(t testing.TB, args ...string) (address string) {
	t.Helper()
	command := exec.Command(program, args...)
	command.Env = append(os.Environ(), "OPENAI_API_KEY=", "OPENAI_BASE_URL=")
	read, write := io.Pipe()
	command.Stdout, command.Stderr = write, write
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() {
		ended <- command.Wait()
		write.Close()
	}()

	found := make(chan string, 1)
	drained := make(chan struct{})
	go func() {
		defer close(drained)
		pattern := regexp.MustCompile(`http://127\.0\.0\.1:\d+`)
		lines := bufio.NewScanner(read)
		for lines.Scan() {
			if a := pattern.FindString(lines.Text()); a != "" && len(found) == 0 {
				found <- a
			}
			if !strings.Contains(lines.Text(), "msg=request") {
				t.Logf("%s: %s", args[0], lines.Text())
			}
		}
	}()
	t.Cleanup(func() {
		select {
		case err := <-ended:
			t.Errorf("tagroll %s ended by itself: %v", args[0], err)
		default:
			_ = command.Process.Kill() // it may have ended this very moment
		}
		<-drained
	})
	select {
	case address = <-found:
		return address
	case <-drained:
		t.Fatalf("tagroll %s ended before it named its address", args[0])
	case <-t.Context().Done():
	}
	return ""
}

// serve starts tagroll serve with a stand-in model behind it, and returns the page's address.
func serve(t testing.TB, simulate, serve []string) string {
	t.Helper()
	model := process(t, append([]string{"simulate", "--listen", "127.0.0.1:0"}, simulate...)...)
	return process(t, append([]string{"serve", "--listen", "127.0.0.1:0", "--data-dir", t.TempDir(),
		"--base-url", model + "/v1", "--api-key", "any"}, serve...)...)
}

// patience is how long a page may take for what a test waits for. Generous: the machine may be
// busy.
const patience = 90 * time.Second

// inPage is how long a script in the page may wait, so that the page itself says what is missing.
const inPage = patience - 10*time.Second

// pollEvery is how often a page is asked whether something has come true.
const pollEvery = 50 * time.Millisecond
