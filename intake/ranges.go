package intake

import (
	"io"
)

// ranges is a file's bytes, in memory or on the disk.
type ranges interface {
	// at returns length bytes from offset on, or fewer where the file ends. The caller may not
	// change them. It returns nil for what a reader of metadata has no use for: a range outside
	// of the file, one that cannot be read, or one of a file on the disk above maxPacket.
	at(offset, length uint64) []byte
	size() uint64
}

// memory is a file whose bytes are there.
type memory []byte

func (m memory) at(offset, length uint64) []byte {
	if offset >= uint64(len(m)) {
		return nil
	}
	return m[offset:][:min(length, uint64(len(m))-offset)]
}

func (m memory) size() uint64 { return uint64(len(m)) }

// disk is a file of which only ranges are read.
type disk struct {
	file   io.ReaderAt
	length uint64
	left   uint64 // bytes that at may still read
	failed error  // of the first read that failed
}

// maxLookedAt is how much of a file is read in search of previews and facts. Directories that
// send their reader through the file again and again cost no more.
const maxLookedAt = 64 << 20

func (d *disk) at(offset, length uint64) []byte {
	if offset >= d.length {
		return nil
	}
	length = min(length, d.length-offset)
	if length > min(maxPacket, d.left) {
		return nil
	}
	d.left -= length
	return d.read(offset, length)
}

// read returns a range that lies in the file, however long it is.
func (d *disk) read(offset, length uint64) []byte {
	b := make([]byte, length)
	n, err := d.file.ReadAt(b, int64(offset))
	if uint64(n) < length {
		if d.failed == nil {
			d.failed = err
		}
		return nil
	}
	return b
}

func (d *disk) size() uint64 { return d.length }

// part is a range of ranges.
type part struct {
	ranges
	from, length uint64
}

func (p part) at(offset, length uint64) []byte {
	if offset >= p.length {
		return nil
	}
	return p.ranges.at(p.from+offset, min(length, p.length-offset))
}

func (p part) size() uint64 { return p.length }

// from returns what lies in a ranges from an offset on.
func from(s ranges, offset uint64) part {
	offset = min(offset, s.size())
	return part{s, offset, s.size() - offset}
}
