package settings

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/BurntSushi/toml"
)

// What Setting.Line prints can be put into a file, and means the same there.
func TestTextOfTOML(t *testing.T) {
	var all strings.Builder
	for r := rune(0); r < 0x300; r++ {
		all.WriteRune(r)
	}
	for _, text := range []string{"", "a", `C:\photos\new`, "<&>'\"", "\u2028\ufeff\U0001f4f7", all.String(), "not UTF-8: \xff"} {
		var read map[string]string
		if err := toml.Unmarshal([]byte("x = "+tomlText(text)), &read); err != nil {
			t.Errorf("%q: %v", text, err)
		}
		if want := strings.ToValidUTF8(text, string(utf8.RuneError)); read["x"] != want {
			t.Errorf("got %q, want %q", read["x"], want)
		}
	}
}
