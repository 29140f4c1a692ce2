package intake

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"math"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/internal/rawname"
)

// minPreview is the longer side in pixels from which on a RAW file's preview shows enough. It is
// what describers get of any photo.
const minPreview = 1024

// IsRAW reports whether a file's name is that of a camera's RAW file, by its extension.
func IsRAW(name string) bool { return rawname.Is(name) }

// RawExtensions returns the extensions of cameras' RAW files, in lower case, without dot and
// sorted.
func RawExtensions() []string { return rawname.Extensions() }

// layout is how a RAW file is built, as far as its previews are concerned.
type layout int

const (
	notRAW layout = iota
	// unknownRAW is one whose previews are not found: MRW and others, where they are small
	// anyway.
	unknownRAW
	tiffRAW  // CR2, NEF, ARW, DNG, ORF, RW2, PEF and what is built like them
	boxRAW   // CR3
	fujiRAW  // RAF
	ciffRAW  // CRW
	sigmaRAW // X3F
)

// Preview returns what stands for the picture of a camera's RAW file: the largest JPEG in it, which
// the camera has made, and the facts of the RAW file. Size and hash are those of the whole RAW
// file, Width and Height those of the preview, and Orientation says how to turn the preview. For
// any other photo it returns no JPEG, and [Read] and [Inspect] are the way.
//
// data are the photo's bytes if the caller has them; otherwise the file is opened and read in
// parts, and Limits.MaxBytes does not count. A file with the extension of an ordinary photo is not
// opened.
//
// The error's code is CodeUnsupportedFormat if the largest preview has less than 1024 pixels on its
// longer side, or if previews of this kind of RAW file are not found; CodeTooManyPixels; and for a
// file those of [Read].
func Preview(ctx context.Context, photo tagroll.Photo, data []byte, limits Limits) (jpeg []byte, facts tagroll.Facts, err error) {
	if data != nil {
		kind := layoutOf(memory(data), photo.Name)
		if kind == notRAW {
			return nil, facts, nil
		}
		sum := sha256.Sum256(data)
		return preview(memory(data), kind, sum[:], limits)
	}
	if rawname.IsPhoto(photo.Name) && extension(photo.Name) != ".tif" && extension(photo.Name) != ".tiff" {
		return nil, facts, nil
	}
	file, err := open(ctx, photo)
	if err != nil {
		return nil, facts, err
	}
	defer file.Close()
	reader, ok := file.(interface {
		fs.File
		io.ReaderAt
	})
	if !ok {
		return nil, facts, nil
	}
	info, err := reader.Stat()
	if err != nil {
		return nil, facts, cannotOpen(err)
	}
	d := &disk{file: reader, length: uint64(max(info.Size(), 0)), left: maxLookedAt}
	kind := layoutOf(d, photo.Name)
	if kind == notRAW {
		return nil, facts, nil
	}
	sum, err := hashOf(ctx, reader, info.Size())
	if err != nil {
		return nil, facts, err
	}
	jpeg, facts, err = preview(d, kind, sum, limits)
	if d.failed != nil && !errors.Is(d.failed, io.EOF) {
		return nil, facts, fail(tagroll.CodeUnreadable, d.failed, "reading failed (%s): copy the file again from its card or disk", reason(d.failed))
	}
	return jpeg, facts, err
}

// Preview is [Preview] with these limits, as a step of package pipeline.
func (l Limits) Preview(ctx context.Context, photo tagroll.Photo, data []byte) ([]byte, tagroll.Facts, error) {
	return Preview(ctx, photo, data, l)
}

// hashOf reads a whole file. ctx is looked at between reads.
func hashOf(ctx context.Context, file io.ReaderAt, size int64) ([]byte, error) {
	hash, buffer := sha256.New(), make([]byte, 1<<20)
	for at := int64(0); at < size; {
		if ctx.Err() != nil {
			return nil, stopped(ctx)
		}
		n, err := file.ReadAt(buffer[:min(int64(len(buffer)), size-at)], at)
		hash.Write(buffer[:n])
		at += int64(n)
		if err != nil && !(err == io.EOF && at == size) {
			return nil, readFailed(at, err)
		}
	}
	return hash.Sum(nil), nil
}

// layoutOf recognises a RAW file by its content. Some are TIFF files that do not say within that
// their picture is not the one to look at, so there the name counts too.
func layoutOf(r ranges, name string) layout {
	kind := sniff(r.at(0, sniffLength))
	if kind.format == tagroll.FormatTIFF {
		if t, ok := newTIFF(r); ok && (IsRAW(name) || isRAW(t.first(tiffTags))) {
			return tiffRAW
		}
	}
	return kind.layout
}

// preview reads a RAW file whose hash is known.
func preview(r ranges, kind layout, sum []byte, limits Limits) (jpeg []byte, facts tagroll.Facts, err error) {
	limits = limits.withDefaults()
	facts = tagroll.Facts{Format: tagroll.FormatRAW, Bytes: int64(r.size()), SHA256: hex.EncodeToString(sum), Orientation: 1}
	raw := rawFile{ranges: r, seen: make(map[jpegRange]bool)}
	switch kind {
	case tiffRAW:
		raw.readTIFF()
	case boxRAW:
		raw.readBoxes()
	case fujiRAW:
		raw.readFuji()
	case ciffRAW:
		raw.readCIFF()
	case sigmaRAW:
		raw.readSigma()
	default:
		return nil, facts, unsupported(cameraRAW)
	}
	best, err := raw.best(limits)
	if err != nil {
		return nil, facts, err
	}
	if d, ok := r.(*disk); ok {
		jpeg = d.read(best.from, best.length)
	} else {
		jpeg = r.at(best.from, best.length)
	}
	facts.Width, facts.Height = best.width, best.height
	raw.collect(&facts, jpegHeader(jpeg), limits)
	return jpeg, facts, nil
}

// rawFile is what is found in a RAW file.
type rawFile struct {
	ranges   ranges
	previews []jpegRange
	seen     map[jpegRange]bool // what was tried already, by its range

	image, exif, gps directory
	xmp, iptc        []byte
	width, height    uint32 // of the largest picture, which is the sensor's

	more   tagroll.Facts // what is said outside of EXIF
	turned int           // the orientation outside of EXIF; 0 if nothing says it
}

// jpegRange is a JPEG within a file.
type jpegRange struct {
	from, length  uint64
	width, height int // pixels
}

// maxPreviews is how many JPEGs of a file are looked at. Cameras write up to five.
const maxPreviews = 64

// try notes a range of the file if it holds a JPEG.
func (f *rawFile) try(from, length uint64) {
	found := jpegRange{from: from, length: length}
	if length < 4 || length > f.ranges.size() || from > f.ranges.size()-length || f.seen[found] || len(f.seen) >= maxPreviews {
		return
	}
	f.seen[found] = true
	var ok bool
	if found.width, found.height, ok = jpegFrame(part{f.ranges, from, length}); ok {
		f.previews = append(f.previews, found)
	}
}

// best is the preview with the most pixels that the limits allow.
func (f *rawFile) best(limits Limits) (best jpegRange, err error) {
	var tooLong, tooWide *jpegRange
	for _, p := range f.previews {
		switch {
		case int64(p.length) > limits.MaxBytes:
			tooLong = &p
		case p.width > limits.MaxPixels/p.height:
			tooWide = &p
		case p.width*p.height > best.width*best.height:
			best = p
		}
	}
	switch long := max(best.width, best.height); {
	case long >= minPreview:
		return best, nil
	case tooWide != nil:
		return best, tooManyPixels(header{width: tooWide.width, height: tooWide.height}, limits.MaxPixels)
	case tooLong != nil:
		return best, tooLarge(limits.MaxBytes)
	case long > 0:
		return best, fail(tagroll.CodeUnsupportedFormat, nil,
			"the largest preview in this RAW file has %d x %d pixels, and %d on the longer side are needed: export a JPEG with the same name beside it", best.width, best.height, minPreview)
	}
	return best, fail(tagroll.CodeUnsupportedFormat, nil,
		"this RAW file holds no preview that could be looked at: export a JPEG with the same name beside it")
}

// collect adds to facts what the RAW file says, and what it leaves open from its preview.
func (f *rawFile) collect(facts *tagroll.Facts, jpeg header, limits Limits) {
	exif := factsOf(f.image, f.exif, f.gps)
	xmp := readBlock("XMP", f.xmp, xmpFacts, facts.SHA256, limits.Log)
	iptc := readBlock("IPTC", f.iptc, iptcFacts, facts.SHA256, limits.Log)
	addAll(facts, exif, xmp, iptc)
	addMeasures(facts, f.more)
	collect(facts, jpeg, limits.Log)
	facts.Orientation = f.orientation(jpeg)
	namePlace(facts)
}

// orientation says how to turn the preview. What the preview itself says counts first; else it lies
// as the sensor did, unless its sides show that it was turned already.
func (f *rawFile) orientation(jpeg header) int {
	if t, ok := newTIFF(memory(jpeg.exif)); ok {
		if n := t.first(imageTags).integer(tagOrientation); n != 0 {
			return orientation(n)
		}
	}
	if f.turned != 0 {
		return f.turned
	}
	n := orientation(f.image.integer(tagOrientation))
	if n >= 5 && f.width > f.height && f.height > 0 && jpeg.width < jpeg.height {
		return 1
	}
	return n
}

// jpegFrame reads the size of a JPEG that can be shown: baseline or progressive, with its tables,
// grey or in colours. A lossless JPEG (SOF3), in which cameras keep the sensor's data, is none.
func jpegFrame(r ranges) (width, height int, ok bool) {
	const maxSegments = 256
	if string(r.at(0, 2)) != "\xff\xd8" {
		return 0, 0, false
	}
	tables := false
	pos := uint64(2)
	for range maxSegments {
		b := r.at(pos, 10)
		if len(b) < 10 || b[0] != 0xff {
			return 0, 0, false
		}
		switch marker := b[1]; {
		case marker == 0xff:
			pos++
			continue
		case marker == 0xda:
			return width, height, tables && width > 0 && height > 0
		case marker == 0xdb:
			tables = true
		case marker == 0xc0, marker == 0xc1, marker == 0xc2:
			if width > 0 || b[4] != 8 || b[9] != 1 && b[9] != 3 {
				return 0, 0, false
			}
			height, width = int(b[5])<<8|int(b[6]), int(b[7])<<8|int(b[8])
		case isFrame(marker), marker < 0xc0, marker >= 0xd0 && marker <= 0xd9:
			return 0, 0, false
		}
		pos += 2 + uint64(b[2])<<8 + uint64(b[3])
	}
	return 0, 0, false
}

// readFuji reads a RAF: a head in big-endian order with the offset of a JPEG, which has all facts.
func (f *rawFile) readFuji() {
	const head, jpeg = 92, 84
	b := f.ranges.at(0, head)
	if len(b) < head {
		return
	}
	r := boxReader{rest: b[jpeg:]}
	f.try(r.number(4), r.number(4))
}

// notePicture notes the size of a picture of the file. What no picture can have is passed over.
func (f *rawFile) notePicture(width, height uint32) {
	if width > math.MaxUint16 || height > math.MaxUint16 {
		return
	}
	if width*height > f.width*f.height {
		f.width, f.height = width, height
	}
}
