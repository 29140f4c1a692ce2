package intake

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/tagroll/tagroll/internal/rawtest"
)

// paired finds and pairs the inputs. Each photo is "path as name + partners".
func paired(t *testing.T, inputs ...string) (photos []string, found Found) {
	t.Helper()
	found = mustFind(t, inputs...)
	found.Pair()
	for _, p := range found.Photos {
		text := filepath.ToSlash(p.Path)
		if name := filepath.Base(p.Path); p.Name != name {
			text += " as " + p.Name
		}
		photos = append(photos, strings.TrimSpace(text+" "+strings.Join(p.Partners, " ")))
	}
	return photos, found
}

func TestPair(t *testing.T) {
	nef := string(rawFileOf(nil).Build("nef"))
	video := "\x00\x00\x00\x0cftypqt  \x00\x00\x00\x10moov--------"
	live := "\x00\x00\x00\x0cftypqt  \x00\x00\x00\x38moov..mdta" + "com.apple.quicktime.content.identifier" + "...."
	for name, test := range map[string]struct {
		files    []string
		inputs   []string
		want     []string
		joined   int
		previews int
		leftOut  string
	}{
		"a RAW and its JPEG": {
			files: []string{"IMG_1.JPG", "IMG_1.NEF", "IMG_2.NEF"}, want: []string{"IMG_1.JPG IMG_1.NEF", "IMG_2.NEF"}, joined: 1,
		},
		"whatever the case": {files: []string{"img_1.jpg", "IMG_1.nef"}, want: []string{"img_1.jpg IMG_1.nef"}, joined: 1},
		"a JPEG before all others": {
			files: []string{"a.heic", "a.jpg", "a.nef", "a.tif"}, want: []string{"a.heic", "a.jpg a.nef", "a.tif"}, joined: 1,
		},
		"HEIC where there is no JPEG": {files: []string{"a.heic", "a.dng"}, want: []string{"a.heic a.dng"}, joined: 1},
		"two RAW files":               {files: []string{"a.dng", "a.nef"}, want: []string{"a.dng a.nef"}, joined: 1},
		"two RAW files and a JPEG":    {files: []string{"a.dng", "a.nef", "a.jpg"}, want: []string{"a.jpg a.dng a.nef"}, joined: 2},
		"another folder":              {files: []string{"jpg/a.jpg", "raw/a.nef"}, want: []string{"jpg/a.jpg", "raw/a.nef"}},
		"a RAW that was not asked for": {
			files: []string{"a.jpg", "a.nef"}, inputs: []string{"a.jpg"}, want: []string{"a.jpg"},
		},
		"named one by one": {
			files: []string{"a.jpg", "a.nef"}, inputs: []string{"a.nef", "a.jpg"}, want: []string{"a.jpg a.nef"}, joined: 1,
		},
		"a phone's": {
			files: []string{"PXL_1.RAW-01.COVER.jpg", "PXL_1.RAW-02.ORIGINAL.dng"},
			want:  []string{"PXL_1.RAW-01.COVER.jpg PXL_1.RAW-02.ORIGINAL.dng"}, joined: 1,
		},
		"vector graphics": {
			files: []string{"logo.jpg", "logo.ai", "logo.EPS", "sign.svg", "sign.jpeg", "alone.svg"},
			want:  []string{"logo.jpg as logo.EPS logo.EPS logo.ai", "sign.jpeg as sign.svg sign.svg"}, previews: 2, leftOut: "1 vector graphic",
		},
		"videos": {
			files: []string{"a.jpg", "a.mp4", "b.jpg", "b.mov", "c.mov"},
			want:  []string{"a.jpg as a.mp4 a.mp4", "b.jpg as b.mov b.mov"}, previews: 2, leftOut: "1 video",
		},
		"a preview that was named":    {files: []string{"a.jpg", "a.mp4"}, inputs: []string{"a.jpg"}, want: []string{"a.jpg as a.mp4 a.mp4"}, previews: 1},
		"a video that was named":      {files: []string{"a.jpg", "a.mp4"}, inputs: []string{"a.mp4"}, want: []string{"a.jpg as a.mp4 a.mp4"}, previews: 1},
		"videos by a pattern":         {files: []string{"a.jpg", "a.mp4"}, inputs: []string{"*.mp4"}, want: []string{"a.jpg as a.mp4 a.mp4"}, previews: 1},
		"a Live Photo":                {files: []string{"a.jpg", "a.mov live"}, want: []string{"a.jpg"}, leftOut: "1 video"},
		"a camera's RAW, JPEG, video": {files: []string{"a.jpg", "a.nef", "a.mov"}, want: []string{"a.jpg a.nef"}, joined: 1, leftOut: "1 video"},
		"HEIC is no preview":          {files: []string{"a.heic", "a.mov"}, want: []string{"a.heic"}, leftOut: "1 video"},
		"the first of two previews":   {files: []string{"a.jpeg", "a.jpg", "a.eps"}, want: []string{"a.jpeg as a.eps a.eps", "a.jpg"}, previews: 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			for i, file := range test.files {
				content := fmt.Sprint(jpegBytes, i)
				name, isLive := strings.CutSuffix(file, " live")
				switch {
				case IsRAW(name):
					content = nef
				case isLive:
					content = live
				case slices.Contains(previewOf, extension(name)):
					content = video
				}
				write(t, name, content)
			}
			inputs := test.inputs
			if inputs == nil {
				inputs = []string{"."}
			}
			got, found := paired(t, inputs...)
			if !slices.Equal(got, test.want) || found.Joined != test.joined || found.Previews != test.previews || found.LeftOut != test.leftOut {
				t.Errorf("%q, %d joined, %d previews, %q left out; want %+v", got, found.Joined, found.Previews, found.LeftOut, test)
			}
			if len(found.Problems) > 0 {
				t.Error(found.Problems)
			}
		})
	}
}

// A RAW file that holds no preview is not told as left out if its JPEG is there.
func TestRAWWithoutPreviewBesideItsJPEG(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "a.jpg", jpegBytes)
	write(t, "a.cr3", string(rawtest.File{Make: "Canon", Sensor: 10}.Build("cr3")))
	if got, found := paired(t, "."); !slices.Equal(got, []string{"a.jpg a.cr3"}) || found.LeftOut != "" {
		t.Errorf("%q, %q left out", got, found.LeftOut)
	}
	if _, err := os.Stat("a.cr3"); err != nil {
		t.Error(err)
	}
}
