package intake

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/tagroll/tagroll"
)

// source is a photo whose bytes come from r.
func source(r io.Reader) tagroll.Photo {
	return tagroll.Photo{ID: "a", Name: "a", Open: func() (io.ReadCloser, error) { return io.NopCloser(r), nil }}
}

func TestRead(t *testing.T) {
	content := bytes.Repeat([]byte("0123456789"), 300_000) // more than two steps
	for name, r := range map[string]io.Reader{
		"whole": bytes.NewReader(content),
		"half":  iotest.HalfReader(bytes.NewReader(content)),
		"EOF":   iotest.DataErrReader(bytes.NewReader(content)),
	} {
		t.Run(name, func(t *testing.T) {
			data, err := Read(t.Context(), source(r), Limits{})
			if err != nil || !bytes.Equal(data, content) {
				t.Errorf("%d bytes, %v", len(data), err)
			}
		})
	}
	for _, size := range []int64{-1, 0, 1, 2_999_999, 3_000_000, 3_000_001, 10_000_000} {
		data, err := ReadFrom(t.Context(), bytes.NewReader(content), size, Limits{})
		if err != nil || !bytes.Equal(data, content) {
			t.Errorf("size %d: %d bytes, %v", size, len(data), err)
		}
	}
}

func TestReadAllocatesTheFilesSize(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "a.jpg", strings.Repeat("x", 3<<20))
	photo := mustFind(t, "a.jpg").Photos[0]
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	data, err := Read(t.Context(), photo, Limits{})
	runtime.ReadMemStats(&after)
	if err != nil || len(data) != 3<<20 {
		t.Fatal(len(data), err)
	}
	if n := after.TotalAlloc - before.TotalAlloc; n > 3<<20+64<<10 {
		t.Errorf("%d bytes allocated for %d", n, len(data))
	}
}

// counter counts what is read of an endless file.
type counter struct{ n int64 }

func (c *counter) Read(p []byte) (int, error) {
	c.n += int64(len(p))
	return len(p), nil
}

func TestReadStopsAtTheLimit(t *testing.T) {
	for _, limit := range []int64{1, 4095, 4096, 1 << 20, 1<<20 + 1, 5_000_000} {
		var endless counter
		_, err := Read(t.Context(), source(&endless), Limits{MaxBytes: limit})
		wantError(t, err, tagroll.CodeFileTooLarge)
		if endless.n != limit+1 {
			t.Errorf("limit %d: %d bytes read", limit, endless.n)
		}
		data, err := ReadFrom(t.Context(), io.LimitReader(&endless, limit), -1, Limits{MaxBytes: limit})
		if err != nil || int64(len(data)) != limit {
			t.Errorf("limit %d: %d bytes, %v", limit, len(data), err)
		}
	}
	var untouched counter
	_, err := ReadFrom(t.Context(), &untouched, 50<<20+1, Limits{})
	if e := wantError(t, err, tagroll.CodeFileTooLarge); !strings.Contains(e.Message, "50 MiB") {
		t.Errorf("the message does not say the limit: %q", e.Message)
	}
	if untouched.n != 0 {
		t.Errorf("%d bytes read of a file known to be too large", untouched.n)
	}
}

func TestReadFailures(t *testing.T) {
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	late, cancelLate := context.WithDeadline(t.Context(), time.Unix(0, 0))
	defer cancelLate()
	failing := func(err error) tagroll.Photo {
		return tagroll.Photo{Open: func() (io.ReadCloser, error) { return nil, err }}
	}
	own := &tagroll.Error{Code: tagroll.CodeForbidden, Message: "own", Stage: tagroll.StageIntake}
	broken := errors.New("input/output error")
	for name, test := range map[string]struct {
		ctx   context.Context
		photo tagroll.Photo
		code  tagroll.Code
		cause error
	}{
		"empty":      {t.Context(), source(strings.NewReader("")), tagroll.CodeEmptyFile, nil},
		"cancelled":  {cancelled, source(strings.NewReader("a")), tagroll.CodeCancelled, context.Canceled},
		"late":       {late, source(strings.NewReader("a")), tagroll.CodeTimeout, context.DeadlineExceeded},
		"missing":    {t.Context(), failing(&fs.PathError{Err: fs.ErrNotExist}), tagroll.CodeNotFound, fs.ErrNotExist},
		"forbidden":  {t.Context(), failing(&fs.PathError{Err: fs.ErrPermission}), tagroll.CodeUnreadable, fs.ErrPermission},
		"own error":  {t.Context(), failing(own), tagroll.CodeForbidden, own},
		"broken":     {t.Context(), source(io.MultiReader(strings.NewReader("abc"), iotest.ErrReader(broken))), tagroll.CodeUnreadable, broken},
		"broken now": {t.Context(), source(iotest.ErrReader(broken)), tagroll.CodeUnreadable, broken},
	} {
		t.Run(name, func(t *testing.T) {
			data, err := Read(test.ctx, test.photo, Limits{})
			e := wantError(t, err, test.code)
			if data != nil || test.cause != nil && !errors.Is(e, test.cause) {
				t.Errorf("%q, cause %v instead of %v", data, e.Err, test.cause)
			}
		})
	}
}

// A file that changes while it is read, as one that is still being copied, is no photo yet.
func TestReadOfAChangingFile(t *testing.T) {
	for name, change := range map[string]func(path string) error{
		"grown":   func(path string) error { return appendTo(path, "more") },
		"shorter": func(path string) error { return os.Truncate(path, 100) },
		"written": func(path string) error { return os.Chtimes(path, time.Time{}, time.Unix(1, 0)) },
		"not":     func(string) error { return nil },
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "a.jpg")
			if err := os.WriteFile(path, make([]byte, 3<<20), 0o600); err != nil {
				t.Fatal(err)
			}
			file, err := os.Open(path)
			if err != nil {
				t.Fatal(err)
			}
			data, err := Read(t.Context(), tagroll.Photo{Open: func() (io.ReadCloser, error) {
				return &changing{File: file, change: func() error { return change(path) }}, nil
			}}, Limits{})
			if name == "not" {
				if err != nil || len(data) != 3<<20 {
					t.Errorf("%d bytes, %v", len(data), err)
				}
				return
			}
			if e := wantError(t, err, tagroll.CodeUnreadable); !strings.Contains(e.Message, "changed while it was read") {
				t.Errorf("the message is %q", e.Message)
			}
		})
	}
}

func appendTo(path, text string) error {
	file, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = file.WriteString(text)
	return errors.Join(err, file.Close())
}

// changing is a file that is changed when some of it has been read.
type changing struct {
	*os.File
	reads  int
	change func() error
}

func (c *changing) Read(p []byte) (int, error) {
	if c.reads++; c.reads == 2 {
		if err := c.change(); err != nil {
			return 0, err
		}
	}
	return c.File.Read(p)
}

func TestReadEndsBetweenSteps(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	reads := 0
	r := readerFunc(func(p []byte) (int, error) {
		if reads++; reads == 3 {
			cancel()
		}
		return len(p), nil
	})
	_, err := Read(ctx, source(r), Limits{})
	wantError(t, err, tagroll.CodeCancelled)
	if reads != 3 {
		t.Errorf("%d reads instead of 3", reads)
	}
}

type readerFunc func(p []byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }
