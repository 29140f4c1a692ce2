package intake

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/tagroll/tagroll"
)

const (
	jpegBytes = "\xff\xd8\xff\xe0"
	webpBytes = "RIFF\x10\x00\x00\x00WEBPVP8 "
)

// shoot makes the folder that most tests search, and makes it the current one.
func shoot(t *testing.T) {
	t.Helper()
	t.Chdir(t.TempDir())
	write(t, "shoot/IMG_10.jpg", jpegBytes+"10")
	write(t, "shoot/IMG_9.JPG", jpegBytes+"9")
	write(t, "shoot/img_9b.jpg", jpegBytes+"9b")
	write(t, "shoot/no extension", webpBytes)
	write(t, "shoot/damaged.jpg", "only a text")
	write(t, "shoot/notes.txt", "no photo")
	write(t, "shoot/empty", "")
	write(t, "shoot/RAW_1.NEF", "II*\x00 and so on")
	write(t, "shoot/.hidden.jpg", jpegBytes)
	write(t, "shoot/.trash/IMG_1.jpg", jpegBytes)
	write(t, "shoot/2 evening/a.jpg", jpegBytes+"2a")
	write(t, "shoot/10 night/a.jpg", jpegBytes+"10a")
}

func mustFind(t *testing.T, inputs ...string) Found {
	t.Helper()
	found, err := Find(t.Context(), inputs, nil)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// paths are the photos' paths with forward slashes.
func paths(found Found) []string {
	list := []string{}
	for _, p := range found.Photos {
		list = append(list, filepath.ToSlash(p.Path))
	}
	return list
}

func wantPaths(t *testing.T, found Found, want ...string) {
	t.Helper()
	if got := paths(found); !slices.Equal(got, want) {
		t.Errorf("photos\n%s\ninstead of\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func wantProblem(t *testing.T, found Found, path string, code tagroll.Code) *tagroll.Error {
	t.Helper()
	if len(found.Problems) != 1 {
		t.Fatalf("%d problems instead of one: %v", len(found.Problems), found.Problems)
	}
	e := wantError(t, found.Problems[0], code)
	if filepath.ToSlash(e.Photo) != path {
		t.Errorf("the problem is of %q instead of %q", e.Photo, path)
	}
	if strings.Contains(e.Message, path) && path != "" {
		t.Errorf("the message repeats the path: %q", e.Message)
	}
	return e
}

var shootPaths = []string{
	"shoot/damaged.jpg", "shoot/IMG_9.JPG", "shoot/img_9b.jpg", "shoot/IMG_10.jpg", "shoot/no extension",
	"shoot/2 evening/a.jpg", "shoot/10 night/a.jpg",
}

func TestFolder(t *testing.T) {
	shoot(t)
	found := mustFind(t, "shoot")
	wantPaths(t, found, shootPaths...)
	if len(found.Problems) != 0 || found.PassedOver != 3 { // notes.txt, empty, RAW_1.NEF
		t.Errorf("problems %v, %d passed over", found.Problems, found.PassedOver)
	}
	if found.LeftOut != "1 RAW file" {
		t.Errorf("left out: %q", found.LeftOut)
	}
}

// What a photographer might expect to be described is told by kind, whatever its spelling; notes
// are not.
func TestLeftOut(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, name := range []string{"1.NEF", "1.cr3", "2.Raf", "a.PSD", "b.psb", "film.MOV", "logo.svg", "notes.txt", "x.jxl", "IMG.xmp"} {
		if err := os.WriteFile(name, []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want := "3 RAW files, 2 Photoshop files, 1 video, 1 vector graphic, 1 JPEG XL or JPEG 2000 file"
	for _, input := range []string{".", "*"} {
		if found := mustFind(t, input); found.LeftOut != want || found.PassedOver != 10 {
			t.Errorf("%s: %q, %d passed over; want %q, 10", input, found.LeftOut, found.PassedOver, want)
		}
	}
}

func TestPhotoIsCompleteAndStable(t *testing.T) {
	shoot(t)
	here, err := filepath.Abs(".")
	if err != nil {
		t.Fatal(err)
	}
	first, second := mustFind(t, "shoot"), mustFind(t, filepath.Join(here, "shoot"), "shoot/IMG_10.jpg")
	ids := make(map[string]bool)
	for i, p := range first.Photos {
		if want := filepath.ToSlash(here) + "/" + filepath.ToSlash(p.Path); p.ID != want {
			t.Errorf("ID %q instead of %q", p.ID, want)
		}
		if p.Name != filepath.Base(p.Path) || p.Version == "" || ids[p.ID] {
			t.Errorf("not a photo: %+v", p)
		}
		ids[p.ID] = true
		if q := second.Photos[i]; q.ID != p.ID || q.Version != p.Version {
			t.Errorf("%q, %q the first time and %q, %q the second", p.ID, p.Version, q.ID, q.Version)
		}
	}
	if second.Repeated != 1 {
		t.Errorf("%d repeated instead of one", second.Repeated)
	}
	write(t, "shoot/IMG_10.jpg", jpegBytes+"changed")
	if changed := mustFind(t, "shoot/IMG_10.jpg").Photos[0]; changed.Version == first.Photos[3].Version {
		t.Errorf("the version %q stays when the file changes", changed.Version)
	}
}

func TestOpenMayBeCalledAgainFromAnywhere(t *testing.T) {
	shoot(t)
	photo := mustFind(t, "shoot/IMG_9.JPG").Photos[0]
	t.Chdir(t.TempDir())
	for range 2 {
		file, err := photo.Open()
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(file)
		if err != nil || string(content) != jpegBytes+"9" {
			t.Errorf("%q, %v", content, err)
		}
		file.Close()
	}
}

func TestNamedFilesAreAlwaysIncluded(t *testing.T) {
	shoot(t)
	wantPaths(t, mustFind(t, "shoot/notes.txt", "shoot/.hidden.jpg", "./shoot/../shoot/empty", "shoot/.trash"),
		"shoot/notes.txt", "shoot/.hidden.jpg", "shoot/empty", "shoot/.trash/IMG_1.jpg")
}

func TestTheSameFileIsOnePhoto(t *testing.T) {
	shoot(t)
	if err := os.Link("shoot/IMG_9.JPG", "link.jpg"); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("shoot", "again"); err != nil {
		t.Fatal(err)
	}
	found := mustFind(t, "shoot/IMG_9.JPG", "./shoot//IMG_9.JPG", "link.jpg", "again/IMG_9.JPG",
		"shoot/2 evening/a.jpg", "shoot/10 night/a.jpg")
	// A second name of the same file makes a second photo: an agency goes by names.
	wantPaths(t, found, "shoot/IMG_9.JPG", "link.jpg", "shoot/2 evening/a.jpg", "shoot/10 night/a.jpg")
	if found.Repeated != 2 {
		t.Errorf("%d repeated instead of 2", found.Repeated)
	}
}

// anyCase is a file system whose names are in small letters, and that takes capitals for them.
type anyCase struct{ systemFiles }

func (f anyCase) Stat(path string) (fs.FileInfo, error) {
	folder := strings.Replace(filepath.Dir(path), "SHOOT", "shoot", 1)
	return f.systemFiles.Stat(filepath.Join(folder, strings.ToLower(filepath.Base(path))))
}

func (f anyCase) ReadDir(path string) ([]fs.DirEntry, error) {
	return f.systemFiles.ReadDir(strings.Replace(path, "SHOOT", "shoot", 1))
}

// Where capitals do not count, a photo that is named in two spellings is one; hard links are two
// photos, there as elsewhere.
func TestSpellingsOfOneName(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "shoot/a.jpg", jpegBytes)
	if err := os.Link("shoot/a.jpg", "shoot/b.jpg"); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		files    files
		paths    []string
		want     []string
		repeated int
	}{
		{anyCase{}, []string{"shoot/A.JPG", "shoot/a.jpg", "SHOOT/a.jpg"}, []string{"shoot/A.JPG"}, 2},
		{anyCase{}, []string{"shoot/a.jpg", "shoot/b.jpg", "shoot/B.jpg"}, []string{"shoot/a.jpg", "shoot/b.jpg"}, 1},
		{systemFiles{}, []string{"shoot/a.jpg", "shoot/b.jpg"}, []string{"shoot/a.jpg", "shoot/b.jpg"}, 0},
	} {
		found, err := find(t.Context(), test.files, test.paths, nil)
		if err != nil {
			t.Fatal(err)
		}
		wantPaths(t, found, test.want...)
		if found.Repeated != test.repeated {
			t.Errorf("%q: %d repeated instead of %d", test.paths, found.Repeated, test.repeated)
		}
	}
}

func TestEqualFilesAreDifferentPhotos(t *testing.T) {
	t.Chdir(t.TempDir())
	for i := range 50 { // the same content and the same time, as after cp -p
		path := fmt.Sprintf("copies/%d.jpg", i)
		write(t, path, jpegBytes)
		if err := os.Chtimes(path, time.Unix(1e9, 0), time.Unix(1e9, 0)); err != nil {
			t.Fatal(err)
		}
	}
	if found := mustFind(t, "copies"); len(found.Photos) != 50 || found.Repeated != 0 {
		t.Errorf("%d photos, %d repeated", len(found.Photos), found.Repeated)
	}
}

func TestLinks(t *testing.T) {
	shoot(t)
	write(t, "elsewhere/b.jpg", jpegBytes+"b")
	for target, link := range map[string]string{
		"../elsewhere":     "shoot/to folder",
		"../shoot":         "elsewhere/loop",
		".":                "shoot/self",
		"IMG_9.JPG":        "shoot/zz.jpg",
		"gone.jpg":         "shoot/dead.jpg",
		"gone too":         "shoot/dead",
		"chicken.jpg":      "elsewhere/egg.jpg",
		"egg.jpg":          "elsewhere/chicken.jpg",
		"../shoot/.hidden": "elsewhere/dead too",
	} {
		if err := os.Symlink(target, link); err != nil {
			t.Fatal(err)
		}
	}
	found := mustFind(t, "shoot")
	paths := append(slices.Clone(shootPaths), "shoot/to folder/b.jpg")
	wantPaths(t, found, slices.Insert(paths, slices.Index(paths, "shoot/no extension")+1, "shoot/zz.jpg")...)
	var problems []string
	for _, p := range found.Problems {
		problems = append(problems, filepath.ToSlash(p.Photo)+" "+string(p.Code))
		if inCircle := p.Code == tagroll.CodeUnreadable; inCircle != strings.Contains(p.Message, "leads back to itself") {
			t.Errorf("%s: %q", p.Photo, p.Message)
		}
	}
	want := []string{"shoot/dead.jpg not_found", "shoot/to folder/chicken.jpg unreadable", "shoot/to folder/egg.jpg unreadable"}
	if !slices.Equal(problems, want) {
		t.Errorf("problems %q instead of %q", problems, want)
	}
}

func TestPatterns(t *testing.T) {
	shoot(t)
	write(t, "IMG[1].jpg", jpegBytes+"literal")
	write(t, "IMG1.jpg", jpegBytes+"matched")
	write(t, "[raw].jpg/a.jpg", jpegBytes+"folder")
	for _, test := range []struct {
		pattern string
		want    []string
	}{
		{"shoot/IMG_*.[jJ][pP][gG]", []string{"shoot/IMG_9.JPG", "shoot/IMG_10.jpg"}},
		{"shoot/{IMG,img}_9*", []string{"shoot/IMG_9.JPG", "shoot/img_9b.jpg"}},
		{"shoot/**/a.jpg", []string{"shoot/2 evening/a.jpg", "shoot/10 night/a.jpg"}},
		{"sho*", shootPaths},
		{"shoot/*", shootPaths},
		{"shoot/.hid*", []string{"shoot/.hidden.jpg"}},
		{"./shoot/2?evening", []string{"shoot/2 evening/a.jpg"}},
		{"IMG[1].jpg", []string{"IMG[1].jpg"}},
		{"IMG[12].jpg", []string{"IMG1.jpg"}},
		{"[raw].jpg", []string{"[raw].jpg/a.jpg"}},
	} {
		t.Run(test.pattern, func(t *testing.T) {
			found := mustFind(t, test.pattern)
			wantPaths(t, found, test.want...)
			if len(found.Problems) != 0 {
				t.Errorf("problems: %v", found.Problems)
			}
		})
	}
	if found := mustFind(t, "shoot/*.txt"); len(found.Problems)+len(found.Photos) != 0 ||
		found.PassedOver != 1 {
		t.Errorf("a pattern whose match is no photo: %+v", found)
	}
}

func TestPatternsInALoopOfLinksEnd(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "a/1.jpg", jpegBytes)
	for _, link := range []string{"a/x", "a/y", "a/z"} {
		if err := os.Symlink(".", link); err != nil {
			t.Fatal(err)
		}
	}
	wantPaths(t, mustFind(t, "a/**/*.jpg"), "a/1.jpg")
	wantPaths(t, mustFind(t, "a/**"), "a/1.jpg")
	wantPaths(t, mustFind(t, "a/*/*/1.jpg"), "a/x/x/1.jpg")
}

func TestProblems(t *testing.T) {
	shoot(t)
	for _, test := range []struct {
		input string
		code  tagroll.Code
	}{
		{"nowhere.jpg", tagroll.CodeNotFound},
		{"nowhere/", tagroll.CodeNotFound},
		{"shoot/IMG_9.JPG/on", tagroll.CodeNotFound},
		{"shoot/*.png", tagroll.CodeNotFound},
		{"nowhere/*.jpg", tagroll.CodeNotFound},
		{"IMG[.jpg", tagroll.CodeNotFound},
		{"https://example.com/a.jpg", tagroll.CodeNotFound},
		{"~/a.jpg", tagroll.CodeNotFound},
	} {
		t.Run(test.input, func(t *testing.T) {
			found := mustFind(t, test.input, "shoot/IMG_9.JPG")
			wantProblem(t, found, test.input, test.code)
			wantPaths(t, found, "shoot/IMG_9.JPG")
		})
	}
	wantProblem(t, mustFind(t, ""), `""`, tagroll.CodeNotFound)
	if found := mustFind(t); len(found.Photos)+len(found.Problems) != 0 {
		t.Errorf("found without a question: %+v", found)
	}
}

// guarded is a file system that refuses one operation on one path, whoever asks: the
// superuser, who runs tests in containers, may do everything on the real one.
type guarded struct {
	systemFiles
	op, path string
}

func (g guarded) refuse(op, path string) error {
	if op == g.op && strings.HasSuffix(filepath.ToSlash(path), g.path) {
		return &fs.PathError{Op: op, Path: path, Err: fs.ErrPermission}
	}
	return nil
}

func (g guarded) Stat(path string) (fs.FileInfo, error) {
	if err := g.refuse("stat", path); err != nil {
		return nil, err
	}
	return g.systemFiles.Stat(path)
}

func (g guarded) ReadDir(path string) ([]fs.DirEntry, error) {
	if err := g.refuse("readdir", path); err != nil {
		return nil, err
	}
	return g.systemFiles.ReadDir(path)
}

func (g guarded) Open(path string) (io.ReadCloser, error) {
	if err := g.refuse("open", path); err != nil {
		return nil, cannotOpen(err)
	}
	return g.systemFiles.Open(path)
}

func TestPermissionDenied(t *testing.T) {
	shoot(t)
	t.Run("file", func(t *testing.T) {
		found, err := find(t.Context(), guarded{op: "stat", path: "shoot/IMG_9.JPG"}, []string{"shoot/IMG_9.JPG"}, nil)
		if err != nil {
			t.Fatal(err)
		}
		e := wantProblem(t, found, "shoot/IMG_9.JPG", tagroll.CodeUnreadable)
		if !errors.Is(e, fs.ErrPermission) {
			t.Errorf("the cause is lost: %v", e.Err)
		}
	})
	t.Run("folder", func(t *testing.T) {
		found, err := find(t.Context(), guarded{op: "readdir", path: "shoot/2 evening"}, []string{"shoot"}, nil)
		if err != nil {
			t.Fatal(err)
		}
		wantProblem(t, found, "shoot/2 evening", tagroll.CodeUnreadable)
		wantPaths(t, found, slices.DeleteFunc(slices.Clone(shootPaths), func(p string) bool { return p == "shoot/2 evening/a.jpg" })...)
	})
	t.Run("content", func(t *testing.T) { // nobody can say whether it is a photo
		found, err := find(t.Context(), guarded{op: "open", path: "shoot/no extension"}, []string{"shoot"}, nil)
		if err != nil || len(found.Photos) != len(shootPaths)-1 || found.PassedOver != 4 {
			t.Errorf("%d photos, %d passed over, %v", len(found.Photos), found.PassedOver, err)
		}
	})
}

func TestFindEndsWithItsContext(t *testing.T) {
	shoot(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	found, err := Find(ctx, []string{"shoot"}, nil)
	wantError(t, err, tagroll.CodeCancelled)
	if len(found.Photos) != 0 {
		t.Errorf("found after the end: %v", paths(found))
	}

	// Cancelled while the folder is searched: what was found is kept.
	ctx, cancel = context.WithCancel(t.Context())
	found, err = find(ctx, cancelling{cancel: cancel}, []string{"shoot/IMG_9.JPG", "shoot"}, nil)
	wantError(t, err, tagroll.CodeCancelled)
	wantPaths(t, found, "shoot/IMG_9.JPG")

	reason := &tagroll.Error{Code: tagroll.CodeConfiguration, Message: "the reason"}
	caused, because := context.WithCancelCause(t.Context())
	because(reason)
	if _, err := Find(caused, []string{"sh*"}, nil); !errors.Is(err, reason) {
		t.Errorf("%v instead of the context's own reason", err)
	}
}

// cancelling ends the search when a folder is read.
type cancelling struct {
	systemFiles
	cancel func()
}

func (c cancelling) ReadDir(path string) ([]fs.DirEntry, error) {
	c.cancel()
	return c.systemFiles.ReadDir(path)
}

func TestList(t *testing.T) {
	shoot(t)
	for name, list := range map[string]string{
		"lines":               "shoot/IMG_9.JPG\nshoot/2 evening\n",
		"no end":              "shoot/IMG_9.JPG\nshoot/2 evening",
		"Windows":             "\xef\xbb\xbfshoot/IMG_9.JPG\r\n\r\nshoot/2 evening\r\n",
		"NUL":                 "shoot/IMG_9.JPG\x00shoot/2 evening\x00",
		"NUL and a last line": "shoot/IMG_9.JPG\x00shoot/2 evening\x00\n",
		"pattern":             "\n  \nshoot/IMG_9*\nshoot/2*/*.jpg\n",
	} {
		t.Run(name, func(t *testing.T) {
			found, err := Find(t.Context(), []string{"-"}, iotest.OneByteReader(strings.NewReader(list)))
			if err != nil || len(found.Problems) != 0 {
				t.Fatal(err, found.Problems)
			}
			wantPaths(t, found, "shoot/IMG_9.JPG", "shoot/2 evening/a.jpg")
		})
	}
	found, err := Find(t.Context(), []string{"-", "shoot/IMG_10.jpg"}, iotest.ErrReader(errors.New("the pipe broke")))
	if err != nil {
		t.Fatal(err)
	}
	wantProblem(t, found, "-", tagroll.CodeUnreadable)
	wantPaths(t, found, "shoot/IMG_10.jpg")
	wantProblem(t, mustFind(t, "-"), "-", tagroll.CodeUnreadable)
}

func TestAHangingListIsAbandoned(t *testing.T) {
	stdin, writer := io.Pipe()
	defer writer.Close()
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		writer.Write([]byte("half a na")) // returns once Find has begun to read
		cancel()
	}()
	_, err := Find(ctx, []string{"-"}, stdin)
	wantError(t, err, tagroll.CodeCancelled)
}

func TestOrder(t *testing.T) {
	names := []string{
		"", "01", "1", "2", "10", "a", "A1", "a1", "a2", "a2b", "A10", "a010", "a18446744073709551616", "a18446744073709551617",
		"b", "IMG_9 (2)", "IMG_9.jpg", "IMG_10.jpg", "é", "日本",
	}
	for i, a := range names {
		for j, b := range names {
			if got := compareNames(a, b); got != cmp.Compare(i, j) {
				t.Errorf("compareNames(%q, %q) = %d", a, b, got)
			}
		}
	}
}
