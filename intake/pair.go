package intake

import (
	"bytes"
	"io"
	"io/fs"
	"math"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/internal/rawname"
)

// previewOf are the extensions of files that are sold under their own names and looked at as a JPEG
// of the same name, the one that most agencies take first.
var previewOf = []string{".eps", ".ai", ".svg", ".mp4", ".mov"}

// Pair makes one photo of what is one: a camera's RAW file and the photo of the same name in its
// folder, and a JPEG that is the preview of a vector graphic or a video of the same name.
//
// Of a RAW file and a JPEG the JPEG stays, since it is what is sold, and the RAW file is one of its
// Partners. A RAW file that was not asked for is none. Several RAW files of one name are one photo
// too. A JPEG beside an EPS, AI, SVG, MP4 or MOV file of the same name gets that file's name, which
// agencies want the row for, whether the file was asked for or not. The MOV of a Live Photo is not
// what the photo is a preview of, and neither is any file beside a photo that has a RAW file.
//
// What is joined so is no longer counted in PassedOver and LeftOut, but in Joined and Previews.
func (f *Found) Pair() {
	folders := make(map[string][]int) // photos by folder and stem
	for i, photo := range f.Photos {
		key := path.Dir(photo.ID) + "/" + stem(photo.Name)
		folders[key] = append(folders[key], i)
	}
	gone := make([]bool, len(f.Photos))
	listed := make(listings)
	for i := range f.Photos {
		photo := &f.Photos[i]
		group := folders[path.Dir(photo.ID)+"/"+stem(photo.Name)]
		if gone[i] {
			continue
		}
		lead, raws := f.lead(group)
		if lead == i {
			for _, raw := range raws {
				gone[raw] = true
				photo.Partners = append(photo.Partners, f.Photos[raw].Name)
				f.Joined++
			}
		}
		if len(raws) == 0 && rawname.IsJPEG(photo.Name) && !slices.ContainsFunc(group, func(j int) bool { return j < i && rawname.IsJPEG(f.Photos[j].Path) }) {
			f.preview(photo, listed)
		}
	}
	kept := f.Photos[:0:0]
	for i, photo := range f.Photos {
		if !gone[i] {
			kept = append(kept, photo)
		}
	}
	f.Photos = kept
	f.LeftOut = f.passed.text()
}

// lead returns the photo that stands for the RAW files of its name, and the RAW files.
func (f *Found) lead(group []int) (lead int, raws []int) {
	best := math.MaxInt
	lead = group[0]
	for _, i := range group {
		name := f.Photos[i].Name
		if IsRAW(name) {
			raws = append(raws, i)
			continue
		}
		if rank := rawname.Rank(name); rank < best {
			best, lead = rank, i
		}
	}
	if len(raws) == len(group) {
		return raws[0], raws[1:]
	}
	return lead, raws
}

// preview gives a JPEG the name of the file that it is the preview of.
func (f *Found) preview(photo *tagroll.Photo, listed listings) {
	folder := filepath.Dir(photo.Path)
	var others []string
	for _, e := range previewOf {
		for _, name := range listed.of(f.files, folder)[stem(photo.Name)] {
			if extension(name) != e || e == ".mov" && f.isLivePhoto(filepath.Join(folder, name)) {
				continue
			}
			others = append(others, name)
			if absolute, err := filepath.Abs(filepath.Join(folder, name)); err == nil && f.passed[absolute] {
				delete(f.passed, absolute)
				f.PassedOver--
			}
		}
	}
	if len(others) > 0 {
		photo.Name, photo.Partners = others[0], others
		f.Previews++
	}
}

// listings are the files of previewOf in folders, by their stems. Each folder is read once.
type listings map[string]map[string][]string

func (l listings) of(files files, folder string) map[string][]string {
	if l[folder] == nil {
		l[folder] = make(map[string][]string)
		// A folder that cannot be read has none that we know of.
		entries, _ := files.ReadDir(folder)
		for _, e := range entries {
			if slices.Contains(previewOf, extension(e.Name())) && !isHidden(e) && !e.IsDir() {
				l[folder][stem(e.Name())] = append(l[folder][stem(e.Name())], e.Name())
			}
		}
	}
	return l[folder]
}

// stem is what the names of files that belong together have in common.
func stem(name string) string { return rawname.Stem(name) }

// jpegBeside returns the JPEG with the name of a vector graphic or a video, which stands for it.
func (f *finder) jpegBeside(file string) (photo string, info fs.FileInfo, ok bool) {
	if !slices.Contains(previewOf, extension(file)) {
		return "", nil, false
	}
	bare := strings.TrimSuffix(file, filepath.Ext(file))
	for _, e := range []string{".jpg", ".JPG", ".jpeg", ".JPEG"} {
		if info, err := f.files.Stat(bare + e); err == nil && info.Mode().IsRegular() {
			return bare + e, info, true
		}
	}
	return "", nil, false
}

// livePhotoMarks are in the metadata of the MOV that a phone keeps beside a Live Photo (QuickTime
// metadata keys of Apple).
var livePhotoMarks = [][]byte{[]byte("com.apple.quicktime.content.identifier"), []byte("com.apple.quicktime.still-image-time")}

// isLivePhoto reports whether a MOV only shows how a photo came about.
func (f *Found) isLivePhoto(path string) bool {
	file, err := f.files.Open(path)
	if err != nil {
		return false
	}
	defer file.Close()
	reader, ok := file.(interface {
		fs.File
		io.ReaderAt
	})
	if !ok {
		return false
	}
	info, err := reader.Stat()
	if err != nil || info.Size() <= 0 {
		return false
	}
	d := &disk{file: reader, length: uint64(info.Size()), left: maxLookedAt}
	moov := firstBox(part{d, 0, d.length}, "moov")
	about := moov.at(0, min(moov.size(), maxPacket))
	return slices.ContainsFunc(livePhotoMarks, func(mark []byte) bool { return bytes.Contains(about, mark) })
}
