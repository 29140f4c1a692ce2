package vp8

import (
	"errors"
	"fmt"
)

// The kinds of failure, to be asked for with errors.Is.
var (
	// ErrCorrupt is a frame that breaks the rules of the format, or is no key frame.
	ErrCorrupt = errors.New("a corrupt VP8 frame")
	// ErrTruncated is a frame that ends before its picture does.
	ErrTruncated = errors.New("a truncated VP8 frame")
)

//go:noinline
func corrupt(what string) error { return fmt.Errorf("%w: %s", ErrCorrupt, what) }

// headerBytes is the length of what comes before the first partition of a key frame.
const headerBytes = 10

// Config is what a frame says before everything else.
type Config struct {
	Width, Height int // in pixels, at least 1, less than 1<<14
}

// DecodeConfig reads the size of a key frame (section 9.1). The error is ErrCorrupt or
// ErrTruncated.
func DecodeConfig(frame []byte) (Config, error) {
	if len(frame) < headerBytes {
		return Config{}, ErrTruncated
	}
	if frame[0]&1 != 0 {
		return Config{}, corrupt("its picture is no key frame")
	}
	if frame[3] != 0x9d || frame[4] != 0x01 || frame[5] != 0x2a {
		return Config{}, corrupt("its picture has no start code")
	}
	// The two bits above each are a hint on scaling, which is for video players.
	c := Config{
		Width:  (int(frame[6]) | int(frame[7])<<8) & 0x3fff,
		Height: (int(frame[8]) | int(frame[9])<<8) & 0x3fff,
	}
	if c.Width == 0 || c.Height == 0 {
		return Config{}, corrupt("its size is zero")
	}
	return c, nil
}

const segments = 4

// segmentation is section 9.3: up to four kinds of macroblocks with quantizer and filter of their
// own.
type segmentation struct {
	enabled   bool
	updateMap bool
	absolute  bool // the values replace those of the frame, else they are added to them
	quantizer [segments]int
	level     [segments]int
	treeProbs [segments - 1]uint8
}

func readSegmentation(r *boolReader) segmentation {
	// Of an enabled segmentation without values, all are zero and replace those of the frame:
	// so does libwebp.
	s := segmentation{absolute: true, treeProbs: [...]uint8{255, 255, 255}}
	s.enabled = r.flag()
	if !s.enabled {
		return s
	}
	s.updateMap = r.flag()
	if r.flag() {
		s.absolute = r.flag()
		for i := range s.quantizer {
			s.quantizer[i] = r.optional(7)
		}
		for i := range s.level {
			s.level[i] = r.optional(6)
		}
	}
	if s.updateMap {
		for i := range s.treeProbs {
			if r.flag() {
				s.treeProbs[i] = uint8(r.literal(8))
			}
		}
	}
	return s
}

// filterHeader is section 9.4: the loop filter of the frame.
type filterHeader struct {
	simple    bool
	level     int
	sharpness int
	// intraDelta and subblockDelta are added to the level: of all macroblocks of a key frame,
	// and of those predicted in subblocks. The other deltas are for frames that are no key
	// frames.
	intraDelta, subblockDelta int
}

func readFilterHeader(r *boolReader) filterHeader {
	f := filterHeader{simple: r.flag(), level: r.literal(6), sharpness: r.literal(3)}
	enabled := r.flag()
	if !enabled {
		return f
	}
	if updated := r.flag(); !updated {
		return f
	}
	var deltas [8]int // by reference frame, then by mode
	for i := range deltas {
		deltas[i] = r.optional(6)
	}
	f.intraDelta, f.subblockDelta = deltas[0], deltas[4]
	return f
}

// tokenPartitions cuts what follows the first partition into one to eight partitions (section 9.5).
func tokenPartitions(r *boolReader, data []byte) ([]boolReader, error) {
	n := 1 << r.literal(2)
	sizes := (n - 1) * 3 // all but the last come with their size
	if len(data) < sizes {
		return nil, ErrTruncated
	}
	table, data := data[:sizes], data[sizes:]
	partitions := make([]boolReader, n)
	for i := range n - 1 {
		size := int(table[3*i]) | int(table[3*i+1])<<8 | int(table[3*i+2])<<16
		if size > len(data) {
			return nil, ErrTruncated
		}
		partitions[i] = newBoolReader(data[:size])
		data = data[size:]
	}
	partitions[n-1] = newBoolReader(data)
	return partitions, nil
}

// readHeader reads everything before the first macroblock (section 19.2) and sets the decoder up by
// it.
func (d *Decoder) readHeader(frame []byte) error {
	size := int(frame[0])>>5 | int(frame[1])<<3 | int(frame[2])<<11
	body := frame[headerBytes:]
	if size > len(body) {
		return ErrTruncated
	}
	d.first = newBoolReader(body[:size])
	r := &d.first
	r.flag() // colour space: there is only one
	// Clamping: samples are always clamped, which is right for those that need none, too.
	r.flag()
	d.segmentation = readSegmentation(r)
	d.filter = readFilterHeader(r)
	var err error
	if d.tokens, err = tokenPartitions(r, body[size:]); err != nil {
		return err
	}
	d.readQuantizers(r)
	r.flag() // whether the probabilities are kept for the next frame
	d.readTokenProbs(r)
	d.skipping = r.flag()
	if d.skipping {
		d.skipProb = uint8(r.literal(8))
	}
	if r.overrun() {
		return ErrTruncated
	}
	d.levels = d.filterLevels()
	return nil
}
