package embed_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

const isoGainMap = "urn:iso:std:iso:ts:21496:-1\x00" // ISO 21496-1, in APP2

// ultraHDR is a photo as Android's phones write it: EXIF before JFIF, a list of contents in XMP, an
// index of two pictures, a gain map and a film behind the picture. The first picture has 9,900
// bytes, so that its length gets another digit.
func ultraHDR() (photo, gain, film []byte) {
	const size = 9900
	film = append([]byte("\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom"), strings.Repeat("film", 100)...)
	gain = with(bareJPEG(), app(2, isoGainMap, "\x00\x00\x00\x00"), app(1, xmpHead,
		`<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF `+
			`xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">`+
			`<rdf:Description rdf:about="" `+
			`xmlns:hdrgm="http://ns.adobe.com/hdr-gain-map/1.0/" `+
			`hdrgm:Version="1.0" hdrgm:GainMapMax="2.5"/></rdf:RDF></x:xmpmeta>`))
	packet := fmt.Sprintf(`<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="Adobe XMP Core 5.1.0-jc003">
  <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
    <rdf:Description rdf:about="" xmlns:hdrgm="http://ns.adobe.com/hdr-gain-map/1.0/" `+
		`xmlns:Container="http://ns.google.com/photos/1.0/container/"
        xmlns:Item="http://ns.google.com/photos/1.0/container/item/" `+
		`xmlns:GCamera="http://ns.google.com/photos/1.0/camera/" hdrgm:Version="1.0" `+
		`GCamera:MotionPhoto="1">
      <Container:Directory>
        <rdf:Seq>
          <rdf:li rdf:parseType="Resource"><Container:Item Item:Mime="image/jpeg" Item:Length="%d" Item:Semantic="Primary"/></rdf:li>
          <rdf:li rdf:parseType="Resource"><Container:Item Item:Mime="image/jpeg" Item:Length="%d" Item:Semantic="GainMap"/></rdf:li>
          <rdf:li rdf:parseType="Resource"><Container:Item Item:Mime="video/mp4" Item:Length="%d" Item:Semantic="MotionPhoto"/></rdf:li>
        </rdf:Seq>
      </Container:Directory>
    </rdf:Description>
  </rdf:RDF>
</x:xmpmeta>`, size, len(gain), len(film))
	build := func(offset, comment int) []byte {
		entry := func(kind uint32, size, offset int) []byte {
			b := binary.LittleEndian.AppendUint32(nil, kind)
			return append(binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint32(b, uint32(size)), uint32(offset)), 0, 0, 0, 0)
		}
		index := tiffOf(binary.LittleEndian, false, tiffTag{0xb000, 7, 4, []byte("0100")}, tiffTag{0xb001, 4, 1, []byte{2, 0, 0, 0}},
			tiffTag{0xb002, 7, 32, append(entry(0x030000, size, 0), entry(0, len(gain), offset)...)})
		filled := append([]byte("\xff\xfe"), binary.BigEndian.AppendUint16(nil, uint16(comment+2))...)
		return with(bareJPEG(), app(1, exifOf(binary.LittleEndian)), app(0, "JFIF\x00\x01\x02\x00\x00\x01\x00\x01\x00\x00"), app(2, isoGainMap, "\x00\x00\x00\x00"),
			app(1, xmpHead, packet), app(2, "MPF\x00", string(index)), append(filled, strings.Repeat("c", comment)...))
	}
	comment := size - len(build(0, 0))
	offset := size - bytes.Index(build(0, comment), []byte("MPF\x00")) - 4
	return append(append(build(offset, comment), gain...), film...), gain, film
}

var primaryOf = regexp.MustCompile(`Item:Length="(\d+)" Item:Semantic="Primary"`)

// All that says where something is in an Ultra HDR photo is right afterwards, by exiftool too, and
// the gain map and the film are the same to the byte.
func TestUltraHDR(t *testing.T) {
	photo, gain, film := ultraHDR()
	got := written(t, photo, described)
	primary := len(got) - len(gain) - len(film)
	if !bytes.Equal(got[primary:], append(bytes.Clone(gain), film...)) {
		t.Error("the gain map or the film has changed")
	}
	if length, err := strconv.Atoi(string(primaryOf.FindSubmatch(got)[1])); err != nil || length != primary {
		t.Errorf("the first picture has %d bytes and the list says %d", primary, length)
	}
	path := filepath.Join(t.TempDir(), "hdr.jpg")
	save(t, path, got)
	if second := exiftool(t, "-b", "-MPImage2", path); !bytes.Equal(second, gain) {
		t.Errorf("exiftool finds a gain map of %d bytes instead of %d", len(second), len(gain))
	}
	if size := strings.TrimSpace(string(exiftool(t, "-s3", "-MPImage1:MPImageLength", path))); size != strconv.Itoa(primary) {
		t.Errorf("the index says that the first picture has %s bytes", size)
	}
	// A length that is wrong, 0 or left out stays as it is.
	for _, length := range []string{"0000", "12", "99999999"} {
		other := bytes.Replace(photo, []byte(`Length="9900"`), []byte(`Length="`+length+`"`), 1)
		if len(length) != 4 {
			directory := `<Container:Directory ` +
				`xmlns:Container="http://ns.google.com/photos/1.0/container/" ` +
				`xmlns:Item="i"><rdf:Seq><rdf:li rdf:parseType="Resource">` +
				`<Container:Item Item:Length="` + length + `" Item:Semantic="Primary"/>` +
				`</rdf:li></rdf:Seq></Container:Directory>`
			other = with(bareJPEG(), app(1, xmpHead, packetOf("", directory)))
		}
		if got := primaryOf.FindSubmatch(written(t, other, described)); string(got[1]) != length {
			t.Errorf("the length %s is now %s", length, got[1])
		}
	}
}
