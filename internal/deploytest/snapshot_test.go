package deploytest

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

// dist is the folder that scripts/snapshot has filled, if the test is given one.
var dist = os.Getenv("TAGROLL_TEST_DIST")

// packed is a file of an archive.
type packed struct {
	mode fs.FileMode
	time time.Time
	text []byte
}

// A snapshot holds six archives and four packages, each with everything that belongs to it, under
// the sums, the formula and the manifest that name them. All files have the commit's time.
func TestSnapshot(t *testing.T) {
	if dist == "" {
		if os.Getenv("TAGROLL_TEST_ALL") != "" {
			t.Fatal("TAGROLL_TEST_DIST does not name what scripts/snapshot has made")
		}
		t.Skip("TAGROLL_TEST_DIST names no snapshot; scripts/snapshot makes one")
	}
	said, err := exec.Command("git", "-C", dist, "log", "-1", "--format=%ct %H").Output()
	if err != nil {
		t.Fatal(err)
	}
	var seconds int64
	var commit string
	if err := json.NewDecoder(bytes.NewReader(said)).Decode(&seconds); err != nil {
		t.Fatal(err)
	}
	commit = strings.Fields(string(said))[1]

	sums := make(map[string]string)
	for line := range strings.Lines(string(readAt(t, filepath.Join(dist, "SHA256SUMS")))) {
		sum, name, _ := strings.Cut(strings.TrimSpace(line), "  ")
		sums[name] = sum
	}
	archives, packages := 0, 0
	formula := string(readAt(t, one(t, "homebrew/Formula/*.rb")))
	manifest := readAt(t, one(t, "scoop/*/*.json", "scoop/*.json"))
	for name, sum := range sums {
		path := filepath.Join(dist, name)
		// The hook has left these two elsewhere.
		if name == "sbom.cdx.json" || name == "LICENSES.txt" {
			path = filepath.Join(dist, "../dist-files", name)
		}
		content := readAt(t, path)
		if got := sha256.Sum256(content); hex.EncodeToString(got[:]) != sum {
			t.Errorf("SHA256SUMS is wrong about %s", name)
		}
		var files map[string]packed
		program, named := "tagroll", formula
		switch filepath.Ext(name) {
		case ".gz":
			files = untar(t, content)
		case ".zip":
			files, program, named = unzip(t, content), "tagroll.exe", string(manifest)
		case ".deb":
			packages++
			checkDeb(t, name, untar(t, member(t, content, "data.tar.gz")))
			continue
		case ".rpm":
			packages++
			for _, want := range []string{"\xed\xab\xee\xdb", "/usr/share/zsh/site-functions/", "localhost\x00"} {
				if !bytes.Contains(content, []byte(want)) {
					t.Errorf("%s has no %q", name, want)
				}
			}
			continue
		default:
			continue // the SBOM and the licences by themselves
		}
		archives++
		if !strings.Contains(named, name) || !strings.Contains(named, sum) {
			t.Errorf("formula or manifest does not name %s with its sum", name)
		}
		checkArchive(t, name, program, files, time.Unix(seconds, 0))
		if strings.Contains(name, runtime.GOOS+"_"+runtime.GOARCH) {
			checkVersion(t, files[program].text, commit)
		}
	}
	if archives != 6 || packages != 4 || sums["sbom.cdx.json"] == "" || sums["LICENSES.txt"] == "" {
		t.Errorf("%d archives and %d packages: %v", archives, packages, sums)
	}
	if !json.Valid(manifest) {
		t.Errorf("the manifest of Scoop is no JSON: %s", manifest)
	}
}

// one is the one file of the snapshot that a pattern means.
func one(t *testing.T, patterns ...string) string {
	t.Helper()
	var all []string
	for _, p := range patterns {
		found, err := filepath.Glob(filepath.Join(dist, p))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, found...)
	}
	if len(all) != 1 {
		t.Fatalf("%v means %v", patterns, all)
	}
	return all[0]
}

// beside are the files that are in every archive beside the program and the manual pages.
var beside = []string{
	"LICENSE", "LICENSES.txt", "README.md", "CHANGELOG.md", "sbom.cdx.json",
	"completions/tagroll.bash", "completions/_tagroll", "completions/tagroll.fish", "completions/tagroll.ps1",
	"deploy/systemd/tagroll.service", "deploy/systemd/tagroll-worker.service",
	"deploy/nginx/tagroll.conf", "deploy/nginx/tagroll_proxy.conf", "deploy/caddy/Caddyfile",
}

func checkArchive(t *testing.T, name, program string, files map[string]packed, committed time.Time) {
	t.Helper()
	for _, want := range append(slices.Clone(beside), manuals(t, "man")...) {
		if len(files[want].text) == 0 {
			t.Errorf("%s has no %s", name, want)
		}
	}
	if files[program].mode&0o111 == 0 || len(files[program].text) < 10<<20 {
		t.Errorf("%s has no program", name)
	}
	for path, f := range files {
		if !f.time.Equal(committed) {
			t.Errorf("%s: %s is of %s, the commit of %s", name, path, f.time, committed)
		}
	}
}

// manuals are the manual pages in a folder.
func manuals(t *testing.T, dir string) (all []string) {
	t.Helper()
	pages, err := filepath.Glob(filepath.Join(root, "docs/man/*.1"))
	if err != nil || len(pages) < 10 {
		t.Fatalf("%d manual pages (%v)", len(pages), err)
	}
	for _, page := range pages {
		all = append(all, dir+"/"+filepath.Base(page))
	}
	return all
}

func checkDeb(t *testing.T, name string, files map[string]packed) {
	t.Helper()
	want := append(manuals(t, "usr/share/man/man1"), "usr/bin/tagroll", "usr/share/doc/tagroll/copyright",
		"usr/share/bash-completion/completions/tagroll", "usr/share/zsh/vendor-completions/_tagroll",
		"usr/share/fish/vendor_completions.d/tagroll.fish", "usr/lib/systemd/system/tagroll.service")
	for _, path := range want {
		if len(files[path].text) == 0 {
			t.Errorf("%s has no %s", name, path)
		}
	}
}

// checkVersion runs the program of this system: it tells its commit and the days of its data.
func checkVersion(t *testing.T, text []byte, commit string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "tagroll")
	if err := os.WriteFile(path, text, 0o700); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(path, "version").CombinedOutput()
	for _, want := range []string{"tagroll ", "commit " + commit + "\n", runtime.Version(), "rules of adobe-stock as of ", "models and prices as of ", "places as of "} {
		if err != nil || !strings.Contains(string(out), want) {
			t.Errorf("version does not say %q: %v\n%s", want, err, out)
		}
	}
}

func untar(t *testing.T, content []byte) map[string]packed {
	t.Helper()
	plain, err := gzip.NewReader(bytes.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	files := make(map[string]packed)
	for r := tar.NewReader(plain); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return files
		}
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		if !h.FileInfo().IsDir() {
			files[strings.TrimPrefix(strings.TrimPrefix(h.Name, "."), "/")] = packed{h.FileInfo().Mode(), h.ModTime, text}
		}
	}
}

func unzip(t *testing.T, content []byte) map[string]packed {
	t.Helper()
	r, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		t.Fatal(err)
	}
	files := make(map[string]packed)
	for _, f := range r.File {
		text, err := fs.ReadFile(r, f.Name)
		if err != nil {
			t.Fatal(err)
		}
		files[f.Name] = packed{f.Mode(), f.Modified, text}
	}
	return files
}

// member is a file of an ar archive, which is what a package of Debian is.
func member(t *testing.T, content []byte, name string) []byte {
	t.Helper()
	const magic, header = "!<arch>\n", 60
	for rest := bytes.TrimPrefix(content, []byte(magic)); len(rest) > header; {
		var size int
		if err := json.Unmarshal(bytes.TrimSpace(rest[48:58]), &size); err != nil || header+size > len(rest) {
			t.Fatalf("the package is damaged (%v)", err)
		}
		if strings.TrimRight(string(rest[:16]), " /") == name {
			return rest[header : header+size]
		}
		rest = rest[min(header+size+size%2, len(rest)):]
	}
	t.Fatalf("the package has no %s", name)
	return nil
}
