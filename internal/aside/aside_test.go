package aside

import (
	"os"
	"path/filepath"
	"testing"
)

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestKeep(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.csv")
	for i, test := range []struct{ text, want string }{
		{"first", ".bak"}, {"second", ".bak-2"}, {"first", ".bak"}, {"third", ".bak-3"}, {"", ".bak-4"},
	} {
		if err := os.RemoveAll(path); err != nil {
			t.Fatal(err)
		}
		write(t, path, test.text)
		name, err := Keep(path, ".bak")
		if err != nil || name != path+test.want {
			t.Fatalf("%d: kept as %s (%v), want %s", i, name, err, path+test.want)
		}
		if kept, err := os.ReadFile(name); err != nil || string(kept) != test.text {
			t.Fatalf("%d: %s holds %q (%v), want %q", i, name, kept, err, test.text)
		}
	}
}

// What has the wanted name and is no regular file is neither followed nor replaced.
func TestKeepPassesOverLinksAndFolders(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "a.csv")
	write(t, path, "text")
	if err := os.Mkdir(path+".bak", 0o700); err != nil {
		t.Fatal(err)
	}
	if name, err := Keep(path, ".bak"); err != nil || name != path+".bak-2" {
		t.Fatalf("kept as %s (%v)", name, err)
	}
}

func TestDuplicate(t *testing.T) {
	folder := t.TempDir()
	from, to := filepath.Join(folder, "a"), filepath.Join(folder, "b")
	write(t, from, "text")
	if err := duplicate(from, to); err != nil {
		t.Fatal(err)
	}
	if !same(from, to) {
		t.Error("the copy differs")
	}
	if err := duplicate(from, to); !os.IsExist(err) {
		t.Errorf("a copy over a file: %v", err)
	}
}

func TestKeepMissing(t *testing.T) {
	if _, err := Keep(filepath.Join(t.TempDir(), "none"), ".bak"); !os.IsNotExist(err) {
		t.Errorf("got %v", err)
	}
}
