package embed

import (
	"bytes"
	"crypto/md5"
	"encoding/binary"
	"errors"
	"slices"
)

// Numbers of Photoshop's image resources (Photoshop file format, "Image Resource IDs").
const (
	resourceIPTC = 0x0404
	// resourceDigest is the MD5 of the IPTC records. Programs compare the digest to see which
	// of IPTC and XMP is newer.
	resourceDigest = 0x0425
)

var errNotResources = errors.New("its Photoshop resources are damaged")

// resource is one image resource: signature, number, name, size, content, padding. raw are all its
// bytes.
type resource struct {
	number  int
	raw     []byte
	content []byte
}

// parseResources reads the image resources of a block. Zeros behind the last are padding.
func parseResources(block []byte) (list []resource, padding []byte, err error) {
	for len(bytes.TrimLeft(block, "\x00")) > 0 {
		if len(block) < 12 || !isResource(block[:4]) {
			return nil, nil, errNotResources
		}
		name := 1 + int(block[6])
		start := 6 + name + name%2 + 4
		if start > len(block) {
			return nil, nil, errNotResources
		}
		size := int64(binary.BigEndian.Uint32(block[start-4:]))
		if size > int64(len(block)-start) {
			return nil, nil, errNotResources
		}
		end := start + int(size)
		// Start is even; the last one may lack its padding.
		next := min(end+end%2, len(block))
		list = append(list, resource{int(binary.BigEndian.Uint16(block[4:])), block[:next], block[start:end]})
		block = block[next:]
	}
	return list, block, nil
}

// isResource reports whether programs use a signature for resources.
func isResource(signature []byte) bool {
	return slices.Contains([]string{"8BIM", "PHUT", "AgHg", "DCSR", "MeSa"}, string(signature))
}

func newResource(number int, content []byte) resource {
	raw := binary.BigEndian.AppendUint16([]byte("8BIM"), uint16(number))
	raw = append(raw, 0, 0) // no name
	raw = binary.BigEndian.AppendUint32(raw, uint32(len(content)))
	raw = append(raw, content...)
	if len(content)%2 == 1 {
		raw = append(raw, 0)
	}
	return resource{number, raw, content}
}

// find returns the content of the only resource with a number, nil if there is none. Two of them
// contradict each other.
func find(list []resource, number int) ([]byte, error) {
	var content []byte
	for _, r := range list {
		if r.number == number {
			if content != nil {
				return nil, errors.New("its Photoshop resources have IPTC twice")
			}
			content = r.content
		}
	}
	return content, nil
}

// setResource puts a resource in the place of the one with its number, else at the end.
func setResource(list []resource, r resource) []resource {
	if i := slices.IndexFunc(list, func(other resource) bool { return other.number == r.number }); i >= 0 {
		if bytes.Equal(list[i].content, r.content) {
			return list // its name and padding stay
		}
		list = slices.Clone(list)
		list[i] = r
		return list
	}
	// A last resource may lack the padding that is needed once it is not the last.
	list = slices.Clone(list)
	if n := len(list); n > 0 && len(list[n-1].raw)%2 == 1 {
		list[n-1].raw = append(slices.Clone(list[n-1].raw), 0)
	}
	return append(list, r)
}

// withRecords returns a block with IPTC records and their digest in it.
func withRecords(list []resource, padding, records []byte) []byte {
	digest := md5.Sum(records)
	list = setResource(list, newResource(resourceIPTC, records))
	list = setResource(list, newResource(resourceDigest, digest[:]))
	var block []byte
	for _, r := range list {
		block = append(block, r.raw...)
	}
	return append(block, padding...)
}
