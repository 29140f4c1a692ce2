package heif

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"

	"github.com/tagroll/tagroll/compress/heif/heiftest"
)

// The first to come is served first, and never is more out than there is.
func TestBudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &budget{total: 10}
		first, err := b.take(t.Context(), 7)
		if err != nil {
			t.Fatal(err)
		}
		order := make(chan int, 3)
		wait := func(ctx context.Context, n int64, name int) {
			go func() {
				if _, err := b.take(ctx, n); err == nil {
					order <- name
				}
			}()
			synctest.Wait()
		}
		leaving, leave := context.WithCancel(t.Context())
		wait(leaving, 8, 1)
		wait(t.Context(), 6, 2)
		wait(t.Context(), 3, 3)
		if len(order) > 0 || b.used != 7 {
			t.Fatalf("%d in use, and somebody was let past", b.used)
		}
		leave()
		synctest.Wait()
		if len(order) > 0 {
			t.Fatal("somebody was let past")
		}
		first()
		first() // twice is once
		synctest.Wait()
		if len(order) != 2 || b.used != 9 {
			t.Fatalf("%d in use by %d", b.used, len(order))
		}
	})
}

// An instance gets no more memory than it was opened with, and says so as a fault of its file.
func TestInstanceLimit(t *testing.T) {
	flat := heiftest.Sample("flat.heic") // 6 MB of pixels
	f, err := parse(flat)
	if err != nil {
		t.Fatal(err)
	}
	i := f.items[f.primary]
	p, err := f.piece(i)
	if err != nil {
		t.Fatal(err)
	}
	content, err := f.content(i)
	if err != nil {
		t.Fatal(err)
	}
	in, err := p.input(content)
	if err != nil {
		t.Fatal(err)
	}
	for limit, fits := range map[int]bool{4 << 20: false, p.need(len(content)): true} {
		d, err := hevc.open(t.Context(), limit)
		if err != nil {
			t.Fatal(err)
		}
		_, err = d.run(t.Context(), in, false)
		if fits && err != nil || !fits && !errors.Is(err, ErrCorrupt) {
			t.Errorf("%d bytes: %v", limit, err)
		}
		if size := int(d.module.Memory().Size()); size > limit {
			t.Errorf("%d bytes: it has %d", limit, size)
		}
		d.close()
	}
}

// A picture that waits for memory does so by Options.Wait, and takes none if it leaves.
func TestDecodeWaitsForMemory(t *testing.T) {
	give, err := shared().take(t.Context(), shared().total)
	if err != nil {
		t.Fatal(err)
	}
	for _, leaves := range []bool{true, false} {
		ctx, leave := context.WithCancel(t.Context())
		waits := 0
		err := Decode(ctx, read(t, "small.heic"), Options{MaxPixels: 1e6, Wait: func(wait func() error) error {
			waits++
			if leaves {
				leave()
			} else {
				give()
			}
			return wait()
		}}, func(*Rows) error { return nil })
		if waits != 1 || leaves != errors.Is(err, context.Canceled) || !leaves && err != nil {
			t.Errorf("leaves: %v: %d waits, %v", leaves, waits, err)
		}
		leave()
	}
	shared().mu.Lock()
	defer shared().mu.Unlock()
	if used := shared().used; used != 0 {
		t.Errorf("%d bytes are still taken", used)
	}
}
