package embed_test

import (
	"bytes"
	"compress/zlib"
	"crypto/md5"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"slices"
	"strings"

	"github.com/tagroll/tagroll/internal/jpegtest"
)

// The photos of these tests are made here, each with what programs and cameras put into files.

func picture() image.Image {
	m := image.NewRGBA(image.Rect(0, 0, 48, 32))
	for y := range 32 {
		for x := range 48 {
			m.Set(x, y, color.RGBA{uint8(5 * x), uint8(7 * y), uint8(x * y), 255})
		}
	}
	return m
}

func bareJPEG() []byte {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, picture(), nil); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// with puts segments behind a JPEG's first two bytes.
func with(photo []byte, segments ...[]byte) []byte {
	out := bytes.Clone(photo[:2])
	for _, s := range segments {
		out = append(out, s...)
	}
	return append(out, photo[2:]...)
}

func app(n byte, content ...string) []byte {
	return jpegtest.Marker(nil, 0xe0+n, []byte(strings.Join(content, ""))...)
}

// tiffTag is a tag with its value as bytes.
type tiffTag struct {
	tag, kind uint16
	count     uint32
	value     []byte
}

func text(tag uint16, s string) tiffTag {
	return tiffTag{tag, 2, uint32(len(s) + 1), []byte(s + "\x00")}
}

// tiffOf writes a TIFF with one directory, in either size and byte order. Tags must be in order.
func tiffOf(order binary.AppendByteOrder, big bool, tags ...tiffTag) []byte {
	mark := "II"
	if order == binary.AppendByteOrder(binary.BigEndian) {
		mark = "MM"
	}
	out := []byte(mark)
	number := func(b []byte, n int) []byte { return order.AppendUint32(b, uint32(n)) }
	entry, inline := 12, 4
	if big {
		out = order.AppendUint16(order.AppendUint16(order.AppendUint16(out, 43), 8), 0)
		number = func(b []byte, n int) []byte { return order.AppendUint64(b, uint64(n)) }
		entry, inline = 20, 8
		out = order.AppendUint64(out, 16)
		out = order.AppendUint64(out, uint64(len(tags)))
	} else {
		out = order.AppendUint32(order.AppendUint16(out, 42), 8)
		out = order.AppendUint16(out, uint16(len(tags)))
	}
	at := len(out) + len(tags)*entry + inline
	var values []byte
	for _, t := range tags {
		out = number(order.AppendUint16(order.AppendUint16(out, t.tag), t.kind), int(t.count))
		if len(t.value) <= inline {
			out = append(append(out, t.value...), make([]byte, inline-len(t.value))...)
			continue
		}
		out = number(out, at+len(values))
		if values = append(values, t.value...); len(values)%2 == 1 {
			values = append(values, 0)
		}
	}
	return append(number(out, 0), values...)
}

// exifOf is EXIF with a camera, a rotation and whatever else is given, as a segment's content.
func exifOf(order binary.AppendByteOrder, more ...tiffTag) string {
	tags := []tiffTag{text(0x010f, "Tagroll"), text(0x0110, "Test camera"), {0x0112, 3, 1, order.AppendUint16(nil, 6)}}
	return "Exif\x00\x00" + string(tiffOf(order, false, append(tags, more...)...))
}

const (
	xmpHead      = "http://ns.adobe.com/xap/1.0/\x00"
	extendedHead = "http://ns.adobe.com/xmp/extension/\x00"
	resourceHead = "Photoshop 3.0\x00"
)

// packetOf is an XMP packet with attributes and elements in its description.
func packetOf(attributes, elements string) string {
	return `<?xpacket begin="` + "\ufeff" + `" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="Adobe XMP Core 7.0">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about="uuid:1" xmlns:dc="http://purl.org/dc/elements/1.1/" ` +
		`xmlns:xmp="http://ns.adobe.com/xap/1.0/"
    xmlns:xmpMM="http://ns.adobe.com/xap/1.0/mm/" ` +
		`xmlns:stEvt="http://ns.adobe.com/xap/1.0/sType/ResourceEvent#"
    xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/" ` +
		`xmlns:GDepth="http://ns.google.com/photos/1.0/depthmap/"
    xmlns:xmpNote="http://ns.adobe.com/xmp/note/" ` + attributes + `>` + elements + `
  </rdf:Description>
 </rdf:RDF>
</x:xmpmeta>` + strings.Repeat(strings.Repeat(" ", 99)+"\n", 20) + `<?xpacket end="w"?>`
}

// worked is what an editor leaves in a packet, with a title in two languages and words that will be
// replaced.
var worked = packetOf(`xmp:Rating="4" photoshop:City="Old town" photoshop:Credit='A "credit"'`, `
   <dc:title><rdf:Alt><rdf:li xml:lang="x-default">Old title</rdf:li><rdf:li xml:lang="de-DE">Alter Titel</rdf:li><rdf:li xml:lang="en-US">Old title</rdf:li></rdf:Alt></dc:title>
   <dc:subject><rdf:Bag><rdf:li>old</rdf:li><rdf:li>words</rdf:li></rdf:Bag></dc:subject>
   <dc:format>image/jpeg</dc:format>
   <xmpMM:History><rdf:Seq><rdf:li rdf:parseType="Resource"><stEvt:action>saved</stEvt:action><stEvt:changed>/</stEvt:changed></rdf:li></rdf:Seq></xmpMM:History>`)

// extended are the segments of a packet that continues in extended XMP, which holds data and words.
func extended(size int) [][]byte {
	packet := `<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF ` +
		`xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">` +
		`<rdf:Description rdf:about="uuid:1" ` +
		`xmlns:GDepth="http://ns.google.com/photos/1.0/depthmap/" ` +
		`xmlns:dc="http://purl.org/dc/elements/1.1/" ` +
		`GDepth:Data="` + strings.Repeat("QUJD", size/4) + `"><dc:subject><rdf:Bag><rdf:li>buried</rdf:li></rdf:Bag></dc:subject></rdf:Description></rdf:RDF></x:xmpmeta>`
	sum := md5.Sum([]byte(packet))
	guid := strings.ToUpper(hex.EncodeToString(sum[:]))
	segments := [][]byte{app(1, xmpHead, packetOf(`xmpNote:HasExtendedXMP="`+guid+`" GDepth:Format="RangeLinear"`, ""))}
	for at := 0; at < len(packet); at += 60000 {
		numbers := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, uint32(len(packet))), uint32(at))
		segments = append(segments, app(1, extendedHead, guid, string(numbers), packet[at:min(at+60000, len(packet))]))
	}
	return segments
}

// dataset is a dataset of IPTC.
func dataset(record, number byte, content string) string {
	return string(binary.BigEndian.AppendUint16([]byte{0x1c, record, number}, uint16(len(content)))) + content
}

// resource is an image resource of Photoshop.
func resource(number uint16, name, content string) string {
	b := binary.BigEndian.AppendUint16([]byte("8BIM"), number)
	b = append(append(b, byte(len(name))), name...)
	if len(name)%2 == 0 {
		b = append(b, 0)
	}
	b = append(binary.BigEndian.AppendUint32(b, uint32(len(content))), content...)
	if len(content)%2 == 1 {
		b = append(b, 0)
	}
	return string(b)
}

// macRecords are IPTC as Photoshop wrote it on a Macintosh: no mark, é is 0x8e, ü is 0x9f.
var macRecords = dataset(2, 0, "\x00\x02") + dataset(2, 5, "Old title") + dataset(2, 25, "old") + dataset(2, 25, "w\x9arter") +
	dataset(2, 80, "Ren\x8e M\x9fller") + dataset(2, 40, "Cr\x8fme") + dataset(2, 110, "Agentur")

// resolution is Photoshop's ResolutionInfo: 300 dots an inch.
var resolution = resource(0x03ed, "", "\x01\x2c\x00\x00\x00\x01\x00\x01\x01\x2c\x00\x00\x00\x01\x00\x01")

// gainMap is a JPEG behind the picture, found by an index in the first one (CIPA DC-007), as phones
// write HDR photos.
func gainMap(first []byte) (photo, second []byte) {
	second = with(bareJPEG(), app(1, xmpHead, packetOf(`xmp:Label="gain map"`, "")))
	indexOf := func(size, offset int) []byte {
		entry := func(kind uint32, size, offset int) []byte {
			b := binary.BigEndian.AppendUint32(nil, kind)
			b = binary.BigEndian.AppendUint32(b, uint32(size))
			b = binary.BigEndian.AppendUint32(b, uint32(offset))
			return append(b, 0, 0, 0, 0)
		}
		entries := append(entry(0x030000, size, 0), entry(0, len(second), offset)...)
		return app(2, "MPF\x00", string(tiffOf(binary.BigEndian, false,
			tiffTag{0xb000, 7, 4, []byte("0100")}, tiffTag{0xb001, 4, 1, []byte{0, 0, 0, 2}}, tiffTag{0xb002, 7, 32, entries})))
	}
	segment := len(indexOf(0, 0))
	size := len(first) + segment
	// The index is the first segment; its TIFF header begins eight bytes behind its marker.
	photo = with(first, indexOf(size, size-2-8))
	return append(photo, second...), second
}

// cameraPreview is a JPEG whose maker notes point at a preview behind the picture, as some cameras
// write.
func cameraPreview() (photo, preview []byte) {
	preview = bareJPEG()
	build := func(at uint32) []byte {
		notes := append([]byte("NOTES\x00"), binary.LittleEndian.AppendUint32(nil, at)...)
		return with(bareJPEG(), app(1, exifOf(binary.LittleEndian, tiffTag{0x927c, 7, uint32(len(notes)), notes})))
	}
	size := len(build(0))
	return append(build(uint32(size-12)), preview...), preview
}

// manifest is the beginning of the segment, and of the box, in which Content Credentials stand.
var manifest = "\x00\x00\x00\x39jumb\x00\x00\x00\x1ejumdc2pa\x00\x11\x00\x10\x80\x00\x00\xaa\x00\x38\x9b\x71\x03c2pa\x00" + "\x00\x00\x00\x13jumb signed hash"

// afcp is a photo with the trailer of ACDSee: a directory with one caption, by offsets from the
// file's beginning.
func afcp(order binary.AppendByteOrder, photo []byte) []byte {
	mark := "AXS*"
	if order == binary.AppendByteOrder(binary.BigEndian) {
		mark = "AXS!"
	}
	records := dataset(2, 0, "\x00\x02") + dataset(2, 120, "A caption of years ago")
	start := uint32(len(photo))
	out := append(bytes.Clone(photo), mark+"\x01\x00"...)
	out = append(order.AppendUint16(out, 1), 0, 0, 0, 0)
	out = append(out, "IPTC"...)
	out = order.AppendUint32(order.AppendUint32(out, uint32(len(records))), start+24)
	out = append(append(out, records...), mark...)
	return append(order.AppendUint32(out, start), 0, 0, 0, 0)
}

// motionPhoto is a photo with its film behind it, as Google's phones write it, whose XMP counts
// from the end of the file; and what Samsung's add: a directory that counts from itself.
func motionPhoto() (photo, film []byte) {
	film = append([]byte("\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom"), strings.Repeat("film", 500)...)
	trailer := []byte("\x00\x00\x30\x0a\x10\x00\x00\x00MotionPhoto_Data")
	trailer = append(trailer, film...)
	head := len(trailer)
	trailer = append(trailer, "SEFH\x6b\x00\x00\x00\x01\x00\x00\x00\x00\x00\x30\x0a"...)
	trailer = binary.LittleEndian.AppendUint32(trailer, uint32(head))
	trailer = binary.LittleEndian.AppendUint32(trailer, uint32(head))
	trailer = binary.LittleEndian.AppendUint32(trailer, 24)
	trailer = append(trailer, "SEFT"...)
	offset := len(trailer) - bytes.Index(trailer, film)
	packet := fmt.Sprintf(`<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF `+
		`xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
 <rdf:Description rdf:about="" xmlns:GCamera="http://ns.google.com/photos/1.0/camera/" `+
		`xmlns:Container="http://ns.google.com/photos/1.0/container/"
   xmlns:Item="http://ns.google.com/photos/1.0/container/item/" GCamera:MotionPhoto="1" `+
		`GCamera:MicroVideo="1" GCamera:MicroVideoOffset="%d">
  <Container:Directory><rdf:Seq>
   <rdf:li rdf:parseType="Resource"><Container:Item Item:Mime="image/jpeg" Item:Semantic="Primary" Item:Length="0" Item:Padding="0"/></rdf:li>
   <rdf:li rdf:parseType="Resource"><Container:Item Item:Mime="video/mp4" Item:Semantic="MotionPhoto" Item:Length="%[1]d" Item:Padding="0"/></rdf:li>
  </rdf:Seq></Container:Directory></rdf:Description></rdf:RDF></x:xmpmeta>`, offset)
	return append(with(bareJPEG(), app(1, exifOf(binary.BigEndian)), app(1, xmpHead, packet)), trailer...), film
}

func chunk(name, content string) []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(len(content)))
	b = append(append(b, name...), content...)
	return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE([]byte(name+content)))
}

// pngWith puts chunks behind the header of a PNG.
func pngWith(chunks ...[]byte) []byte {
	var b bytes.Buffer
	if err := png.Encode(&b, picture()); err != nil {
		panic(err)
	}
	out := bytes.Clone(b.Bytes()[:33])
	for _, c := range chunks {
		out = append(out, c...)
	}
	return append(out, b.Bytes()[33:]...)
}

// The smallest WebPs of each kind, one pixel each.
var (
	lossyWebP    = unbase64("UklGRiIAAABXRUJQVlA4IBYAAAAwAQCdASoBAAEADsD+JaQAA3AAAAAA")
	losslessWebP = unbase64("UklGRhoAAABXRUJQVlA4TA0AAAAvAAAAEAcQERGIiP4HAA==")
	alphaWebP    = unbase64("UklGRkoAAABXRUJQVlA4WAoAAAAQAAAAAAAAAAAAQUxQSAwAAAARBxAR/Q9ERP8DAABWUDggGAAAABQBAJ0BKgEAAQAAAP4AAA3AAP7mtQAAAA==")
)

func unbase64(s string) []byte {
	b, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		panic(err)
	}
	return b
}

// webpWith adds a chunk to an extended WebP and sets flags.
func webpWith(photo []byte, flags byte, name, content string) []byte {
	out := append(bytes.Clone(photo), name...)
	out = append(binary.LittleEndian.AppendUint32(out, uint32(len(content))), content...)
	if len(content)%2 == 1 {
		out = append(out, 0)
	}
	out[20] |= flags
	binary.LittleEndian.PutUint32(out[4:], uint32(len(out)-8))
	return out
}

// smallTIFF is a picture of four pixels, with more tags.
func smallTIFF(order binary.AppendByteOrder, big bool, more ...tiffTag) []byte {
	short := func(tag uint16, n int) tiffTag { return tiffTag{tag, 3, 1, order.AppendUint16(nil, uint16(n))} }
	long := func(tag uint16, n int) tiffTag { return tiffTag{tag, 4, 1, order.AppendUint32(nil, uint32(n))} }
	build := func(strip int) []byte {
		rational := order.AppendUint32(order.AppendUint32(nil, 72), 1)
		tags := []tiffTag{
			short(0x0100, 2), short(0x0101, 2), {0x0102, 3, 3, order.AppendUint16(order.AppendUint16(order.AppendUint16(nil, 8), 8), 8)},
			short(0x0103, 1), short(0x0106, 2), long(0x0111, strip), short(0x0115, 3), short(0x0116, 2), long(0x0117, 12),
			{0x011a, 5, 1, rational}, {0x011b, 5, 1, rational}, short(0x0128, 2),
		}
		return tiffOf(order, big, append(tags, more...)...)
	}
	return append(build(len(build(0))), "pixels 12345"...)
}

// lateXMP puts a chunk behind the picture.
func lateXMP(photo, chunk []byte) []byte {
	end := bytes.LastIndex(photo, []byte("IEND")) - 4
	return slices.Concat(photo[:end], chunk, photo[end:])
}

// profileText is metadata as ImageMagick writes it into a text chunk.
func profileText(title, content string) string {
	text := fmt.Sprintf("\n%s\n%8d", title, len(content))
	for part := range slices.Chunk([]byte(content), 36) {
		text += fmt.Sprintf("\n%x", part)
	}
	return text + "\n"
}

func deflated(text string) string {
	var b bytes.Buffer
	w := zlib.NewWriter(&b)
	if _, err := w.Write([]byte(text)); err != nil {
		panic(err)
	}
	if err := w.Close(); err != nil {
		panic(err)
	}
	return b.String()
}

// corpus are photos of every kind, by name.
func corpus() map[string][]byte {
	bare := bareJPEG()
	progressive := jpegtest.New(1, 40, 30, 8, 0x22, 0x11, 0x11)
	progressive.Progressive, progressive.JFIF = true, true
	progressive.SpectralScans()
	inks := jpegtest.New(2, 24, 24, 8, 0x11, 0x11, 0x11, 0x11)
	inks.Adobe = 2
	inks.UsualScans()
	hdr, _ := gainMap(with(bare, app(1, xmpHead, worked)))
	notes, _ := cameraPreview()
	motion, _ := motionPhoto()
	ultra, _, _ := ultraHDR()
	fullBlock := resolution + resource(0x0404, "", macRecords) + resource(0x0425, "", strings.Repeat("x", 16)) + resource(0x0bb7, "odd", "abc")
	long := strings.Repeat(`<rdf:li>xmp.did:0123456789</rdf:li>`, 1793)
	iptc := []byte(macRecords + strings.Repeat("\x00", (4-len(macRecords)%4)%4))
	photos := map[string][]byte{
		"bare.jpg":        bare,
		"exif.jpg":        with(bare, app(0, "JFIF\x00\x01\x02\x00\x00\x01\x00\x01\x00\x00"), app(1, exifOf(binary.BigEndian))),
		"xmp.jpg":         with(bare, app(1, exifOf(binary.LittleEndian)), app(1, xmpHead, worked)),
		"extended.jpg":    with(bare, extended(150_000)...),
		"full.jpg":        with(bare, app(1, xmpHead, packetOf(`xmp:Rating="3"`, "<photoshop:DocumentAncestors><rdf:Bag>"+long+"</rdf:Bag></photoshop:DocumentAncestors>"))),
		"macroman.jpg":    with(bare, app(13, resourceHead, resource(0x0404, "", macRecords))),
		"resources.jpg":   with(bare, app(13, resourceHead, fullBlock[:70]), app(13, resourceHead, fullBlock[70:]), app(14, "Adobe\x00\x64\x00\x00\x00\x00\x01")),
		"mpf.jpg":         hdr,
		"notes.jpg":       notes,
		"progressive.jpg": progressive.Encode(),
		"cmyk.jpg":        inks.Encode(),
		"trailing.jpg":    append(bytes.Clone(bare), "\x00\x00MotionPhoto_Data and more \xff\xe1\x00\x04xx"...),
		"motion.jpg":      motion,
		"ultra-hdr.jpg":   ultra,
		"huge-notes.jpg":  with(bare, app(1, exifOf(binary.LittleEndian, tiffTag{0x927c, 7, 60_000, []byte(strings.Repeat("maker\xff\xd8\xff", 7500))}))),
		"boxes.jpg":       with(bare, app(11, "JP\x00\x01\x00\x00\x00\x01\x00\x00\x00\x1cjumb\x00\x00\x00\x14jumd\x40\xcb\x0c\x32 another kind")),

		"readonly.jpg":  with(bare, app(1, xmpHead, strings.Replace(worked, `<?xpacket end="w"?>`, `<?xpacket end="r"?>`, 1))),
		"fill.jpg":      append([]byte("\xff\xd8\xff\xff\xff"), bare[2:]...),
		"unwrapped.jpg": with(bare, app(1, xmpHead, worked[strings.Index(worked, "<rdf:RDF"):strings.Index(worked, "</rdf:RDF>")]+"</rdf:RDF>")),

		"bare.png": pngWith(),
		"late.png": lateXMP(pngWith(chunk("tEXt", "Title\x00old"), chunk("zTXt", "Description\x00\x00"+deflated("a text"))), chunk("iTXt", "XML:com.adobe.xmp\x00\x01\x00\x00\x00"+deflated(worked))),
		"xmp.png":  pngWith(chunk("tEXt", "Comment\x00hello"), chunk("iTXt", "XML:com.adobe.xmp\x00\x00\x00\x00\x00"+worked)),
		"exif.png": append(pngWith(chunk("eXIf", exifOf(binary.BigEndian)[6:])), "trailing"...),

		"profiles.png": pngWith(chunk("zTXt", "Raw profile type xmp\x00\x00"+deflated(profileText("xmp", worked))),
			chunk("zTXt", "Raw profile type 8bim\x00\x00"+deflated(profileText("8bim", resolution))),
			chunk("tEXt", "Raw profile type iptc\x00"+profileText("iptc", fullBlock))),
		"bare-records.png": pngWith(chunk("iTXt", "Raw profile type iptc\x00\x01\x00\x00\x00"+deflated(profileText("iptc", macRecords)))),
		"two.png": lateXMP(pngWith(chunk("iTXt", "XML:com.adobe.xmp\x00\x00\x00\x00\x00"+packetOf(`xmp:Label="kept"`, ""))),
			chunk("tEXt", "Raw profile type APP1\x00"+profileText("generic profile", xmpHead+worked))),

		"lossy.webp":    lossyWebP,
		"lossless.webp": losslessWebP,
		"alpha.webp":    webpWith(alphaWebP, 0x08, "EXIF", exifOf(binary.LittleEndian)[6:]),
		"xmp.webp":      webpWith(alphaWebP, 0x04, "XMP ", worked),
	}
	for name, order := range map[string]binary.AppendByteOrder{"ii": binary.LittleEndian, "mm": binary.BigEndian} {
		photos[name+".tif"] = smallTIFF(order, false)
		photos[name+"-big.tif"] = smallTIFF(order, true)
		photos[name+"-full.tif"] = smallTIFF(order, false, tiffTag{0x02bc, 1, uint32(len(worked)), []byte(worked)},
			tiffTag{0x83bb, 4, uint32(len(iptc) / 4), iptc}, tiffTag{0x8649, 1, uint32(len(fullBlock)), []byte(fullBlock)})
	}
	return photos
}
