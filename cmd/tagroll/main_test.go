package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/tagroll/tagroll/internal/rawtest"
	"github.com/tagroll/tagroll/openaitest"
)

func TestMain(m *testing.M) {
	testscript.Main(tests{m}, map[string]func(){"tagroll": main})
}

// tests are run by testscript.Main, which puts the test binary as "tagroll" in front of PATH.
type tests struct{ *testing.M }

func (m tests) Run() (status int) {
	flag.Parse()
	// Tests wait for processes and for a model most of the time: more of them at once than
	// there are processors.
	if f := flag.Lookup("test.parallel"); f.Value.String() == f.DefValue {
		if err := f.Value.Set(strconv.Itoa(3 * runtime.GOMAXPROCS(0))); err != nil {
			panic(err) // a number is one
		}
	}
	dir, err := os.MkdirTemp("", "tagroll-test-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	builds = dir
	return m.M.Run()
}

// builds is where commandFile builds.
var builds string

// commandFile returns the file of the command that tests start. Under the race detector that is a
// build without it, made once: the detector makes a start ten times as long, and the tests start
// the command a thousand times. What the detector shall watch runs watchedFile.
func commandFile(t testing.TB) string {
	t.Helper()
	if !racing {
		return watchedFile(t)
	}
	file, err := build()
	if err != nil {
		t.Fatal(err)
	}
	return file
}

var build = sync.OnceValues(func() (string, error) {
	file := filepath.Join(builds, "tagroll")
	if runtime.GOOS == "windows" {
		file += ".exe"
	}
	c := exec.Command("go", "build", "-o", file, ".")
	c.Env = append(os.Environ(), "CGO_ENABLED=0") // as releases are, and compiled already
	if out, err := c.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building the command: %w\n%s", err, out)
	}
	return file, nil
})

// watchedFile returns the test binary as a command, which the race detector watches if it watches
// the tests.
func watchedFile(t testing.TB) string {
	t.Helper()
	file, err := exec.LookPath("tagroll")
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// watched makes a command one that the race detector watches, if it watches the tests.
func watched(t testing.TB, c *exec.Cmd) *exec.Cmd {
	t.Helper()
	c.Path = watchedFile(t)
	return c
}

// thorough is how many rounds a test takes: all of them where every test is asked for, as in
// .ci/run, and fewer for whoever runs the tests by hand.
func thorough(all, few int) int {
	if os.Getenv("TAGROLL_TEST_ALL") == "1" {
		return all
	}
	return few
}

// TestScripts runs the real command as a person would, in the scripts of testdata/script.
func TestScripts(t *testing.T) {
	t.Parallel()
	file := commandFile(t)
	testscript.Run(t, testscript.Params{
		Dir: filepath.Join("testdata", "script"),
		Setup: func(env *testscript.Env) error {
			env.Values[apiKey{}] = new(*openaitest.Server)
			env.Values[heardKey{}] = new(*recorder)
			env.Setenv("PATH", filepath.Dir(file)+string(os.PathListSeparator)+env.Getenv("PATH"))
			env.Setenv("HOME", env.WorkDir)
			// Its own script takes it away: a picture is then paid for once.
			env.Setenv("TAGROLL_NO_CACHE", "1")
			env.Setenv("TMPDIR", filepath.Join(env.WorkDir, "tmp"))
			return os.Mkdir(filepath.Join(env.WorkDir, "tmp"), 0o700)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"api":     startAPI,
			"stats":   checkStats,
			"record":  record,
			"heard":   checkHeard,
			"photo":   makePhoto,
			"raw":     makeRAW,
			"exits":   exits,
			"cut":     cut,
			"watched": watchScript,
		},
		RequireExplicitExec: true,
	})
}

// watchScript lets the race detector watch the commands of a script from here on, if it watches the
// tests.
func watchScript(ts *testscript.TestScript, neg bool, args []string) {
	file, err := exec.LookPath("tagroll")
	ts.Check(err)
	ts.Setenv("PATH", filepath.Dir(file)+string(os.PathListSeparator)+ts.Getenv("PATH"))
}

// heardKey is where the texts of a script's requests are kept.
type heardKey struct{}

// recorder keeps the texts of all requests to an API.
type recorder struct {
	api   http.Handler
	mu    sync.Mutex
	texts []string
}

func (r *recorder) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	body, err := io.ReadAll(request.Body)
	if err != nil {
		return // the client has gone
	}
	var chat struct {
		Messages []struct {
			Content any `json:"content"`
		} `json:"messages"`
	}
	if json.Unmarshal(body, &chat) == nil && len(chat.Messages) > 1 {
		r.mu.Lock()
		r.texts = append(r.texts, fmt.Sprint(chat.Messages[1:]))
		r.mu.Unlock()
	}
	request.Body = io.NopCloser(bytes.NewReader(body))
	r.api.ServeHTTP(w, request)
}

// record lets what the API is asked be heard.
func record(ts *testscript.TestScript, neg bool, args []string) {
	r := &recorder{api: *apiOf(ts)}
	front := httptest.NewServer(r)
	ts.Defer(front.Close)
	*ts.Value(heardKey{}).(**recorder) = r
	ts.Setenv("OPENAI_BASE_URL", front.URL+"/v1")
}

// checkHeard looks for a pattern in what the model was asked: heard PATTERN. Instructions, which
// are the same for all photos, do not count. "heard PATTERN last" forgets all of it afterwards.
func checkHeard(ts *testscript.TestScript, neg bool, args []string) {
	r := *ts.Value(heardKey{}).(**recorder)
	r.mu.Lock()
	defer r.mu.Unlock()
	found := regexp.MustCompile(args[0]).MatchString(strings.Join(r.texts, "\n"))
	if found == neg {
		ts.Fatalf("heard: %v for %q in\n%s", found, args[0], strings.Join(r.texts, "\n"))
	}
	if len(args) > 1 && args[1] == "last" {
		r.texts = nil
	}
}

// apiKey is where a script's API is kept.
type apiKey struct{}

func apiOf(ts *testscript.TestScript) **openaitest.Server {
	return ts.Value(apiKey{}).(**openaitest.Server)
}

// startAPI starts a stand-in API with the flags of tagroll simulate, and points
// OPENAI_BASE_URL at it.
func startAPI(ts *testscript.TestScript, neg bool, args []string) {
	p := newProgram()
	set, simulated := p.simulateSettings()
	ts.Check(p.readFlags(set, args))
	config, err := simulated.config()
	ts.Check(err)
	api, err := openaitest.Start(config)
	ts.Check(err)
	ts.Defer(func() { api.Close() })
	ts.Setenv("OPENAI_BASE_URL", api.URL())
	*apiOf(ts) = api
}

// checkStats compares fields of the API's statistics: stats calls=4 most_in_flight=2.
func checkStats(ts *testscript.TestScript, neg bool, args []string) {
	recorder := httptest.NewRecorder()
	(*apiOf(ts)).ServeHTTP(recorder, httptest.NewRequest("GET", "/stats", nil))
	var stats map[string]any
	ts.Check(json.Unmarshal(recorder.Body.Bytes(), &stats))
	for _, arg := range args {
		name, want, _ := strings.Cut(arg, "=")
		if got := fmt.Sprint(stats[name]); got != want {
			ts.Fatalf("stats: %s is %s, want %s\n%s", name, got, want, recorder.Body)
		}
	}
}

// makePhoto writes a picture of its own for each seed: photo NAME [WIDTHxHEIGHT [SEED]].
func makePhoto(ts *testscript.TestScript, neg bool, args []string) {
	width, height, seed := 96, 64, len(args[0])
	for _, c := range args[0] {
		seed = seed*31 + int(c)
	}
	if len(args) > 1 {
		_, err := fmt.Sscanf(args[1], "%dx%d", &width, &height)
		ts.Check(err)
	}
	if len(args) > 2 {
		var err error
		seed, err = strconv.Atoi(args[2])
		ts.Check(err)
	}
	path := ts.MkAbs(args[0])
	ts.Check(os.MkdirAll(filepath.Dir(path), 0o700))
	ts.Check(os.WriteFile(path, picture(path, width, height, seed), 0o600))
}

// makeRAW makes a camera's RAW file of a photo, by the extension: raw IMG.NEF IMG.jpg.
func makeRAW(ts *testscript.TestScript, neg bool, args []string) {
	preview, err := os.ReadFile(ts.MkAbs(args[1]))
	ts.Check(err)
	path := ts.MkAbs(args[0])
	ts.Check(os.MkdirAll(filepath.Dir(path), 0o700))
	file := rawtest.File{JPEG: preview, Orientation: 6, Make: "Canon", Model: "EOS R5", Taken: "2024:05:06 07:08:09",
		Latitude: 48, Longitude: 11, Width: 8192, Height: 5464, Sensor: 3 << 20}
	ts.Check(os.WriteFile(path, file.Build(strings.ToLower(strings.TrimPrefix(filepath.Ext(path), "."))), 0o600))
}

// picture returns a PNG or JPEG with soft areas that differ by seed. A name with "tiles" gives the
// same tiles at whatever size.
func picture(name string, width, height, seed int) []byte {
	m := image.NewRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			if strings.Contains(name, "tiles") {
				tile := (x*12/width + 1) * (y*8/height + 3) * (seed + 11)
				m.Set(x, y, color.Gray{uint8(tile * tile * 31)})
				continue
			}
			m.Set(x, y, color.RGBA{uint8(x*255/width + seed*37), uint8(y*255/height + seed*91), uint8((x+y)*2 + seed*53), 255})
		}
	}
	var out bytes.Buffer
	if strings.HasSuffix(name, ".png") {
		if err := png.Encode(&out, m); err != nil {
			panic(err)
		}
	} else if err := jpeg.Encode(&out, m, nil); err != nil {
		panic(err)
	}
	return out.Bytes()
}

// cut leaves the first bytes of a file: cut FILE BYTES.
func cut(ts *testscript.TestScript, neg bool, args []string) {
	n, err := strconv.ParseInt(args[1], 10, 64)
	ts.Check(err)
	ts.Check(os.Truncate(ts.MkAbs(args[0]), n))
}

// exits runs a command and checks its exit status: exits 3 tagroll run .
func exits(ts *testscript.TestScript, neg bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	err = ts.Exec(args[1], args[2:]...)
	if exit, ok := err.(*exec.ExitError); ok {
		got = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("exit status %d, want %d", got, want)
	}
}

// command runs the command as a process of its own.
func command(ctx context.Context, t testing.TB, dir string, env []string, args ...string) *exec.Cmd {
	t.Helper()
	c := exec.CommandContext(ctx, commandFile(t), args...)
	c.Dir = dir
	c.Env = append(slices.DeleteFunc(os.Environ(), func(s string) bool { return strings.HasPrefix(s, "OPENAI_") || strings.HasPrefix(s, "TAGROLL_") }),
		"TAGROLL_NO_CACHE=1") // what one test pays for is another test's business
	c.Env = append(c.Env, env...)
	return c
}
