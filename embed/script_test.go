package embed_test

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/embed"
)

// TestScriptAgrees compares the page's module for JPEG with this package: the same bytes for every
// photo, sound or damaged, and nothing written where this package refuses.
func TestScriptAgrees(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil {
		if os.Getenv("TAGROLL_TEST_ALL") == "1" {
			t.Fatal("node is not installed, and TAGROLL_TEST_ALL asks for every test")
		}
		t.Skip("node is not installed")
	}
	photos := scriptPhotos(t)
	folder := t.TempDir()
	for name, photo := range photos {
		save(t, filepath.Join(folder, name), photo)
	}
	fields, err := json.Marshal(map[string]any{
		"title": described.Title, "description": described.Description, "headline": described.Headline, "keywords": described.Keywords,
		"category": described.Category, "creator": described.Creator, "copyright": described.Copyright, "place": described.Place,
		"categories": tagroll.Categories(),
	})
	if err != nil {
		t.Fatal(err)
	}
	save(t, filepath.Join(folder, "fields.json"), fields)
	command := exec.CommandContext(t.Context(), node, "testdata/embed.mjs", "../web/page/static/js/embed/jpeg.js", folder, filepath.Join(folder, "fields.json"))
	if output, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	for _, name := range slices.Sorted(maps.Keys(photos)) {
		compareScript(t, filepath.Join(folder, name), name, photos[name])
	}
}

func compareScript(t *testing.T, path, name string, photo []byte) {
	t.Helper()
	got, err := os.ReadFile(path + ".out")
	if errors.Is(err, fs.ErrNotExist) {
		reason := read(t, path+".refused")
		// The one thing that the module leaves to the server: properties are not moved to
		// extended XMP.
		if edit, err := embed.Plan(bytes.NewReader(photo), int64(len(photo)), described); err == nil && string(reason) != "its XMP is too long to add to" {
			t.Errorf("%s: the module refuses it (%s), the package does not (changed %v)", name, reason, edit.Changed())
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	edit, err := embed.Plan(bytes.NewReader(photo), int64(len(photo)), described)
	if err != nil {
		t.Errorf("%s: the module writes it, the package refuses it: %v", name, err)
		return
	}
	var want bytes.Buffer
	if _, err := edit.WriteTo(&want); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want.Bytes()) {
		at := 0
		for at < min(len(got), want.Len()) && got[at] == want.Bytes()[at] {
			at++
		}
		t.Errorf("%s: the module writes %d bytes instead of %d; they differ from %d on: %.80q instead of %.80q", name, len(got), want.Len(), at, got[at:], want.Bytes()[at:])
	}
}

// scriptPhotos are the JPEGs of the corpus, what becomes of them, and copies that are damaged
// before their picture.
func scriptPhotos(t *testing.T) map[string][]byte {
	t.Helper()
	photos := make(map[string][]byte)
	random := rand.New(rand.NewPCG(3, 4))
	corpus := corpus()
	for _, name := range slices.Sorted(maps.Keys(corpus)) {
		photo := corpus[name]
		if filepath.Ext(name) != ".jpg" {
			continue
		}
		photos[name] = photo
		photos["other-"+name] = written(t, photo, embed.Fields{Title: "Red apple", Headline: "Red apple", Keywords: []string{"apple", "red"}, Category: "Plants and Flowers"})
		photos["again-"+name] = written(t, photo, described)
		for i := range 12 {
			damaged := bytes.Clone(photo)
			damaged[2+random.IntN(min(len(photo)-2, 3000))] ^= byte(1 << random.IntN(8))
			photos[string(rune('a'+i))+"-damaged-"+name] = damaged
		}
	}
	photos["signed.jpg"] = with(bareJPEG(), app(11, "JP\x00\x01\x00\x00\x00\x01", manifest))
	photos["afcp-little.jpg"], photos["afcp-big.jpg"] = afcp(binary.LittleEndian, bareJPEG()), afcp(binary.BigEndian, with(bareJPEG(), app(1, xmpHead, worked)))
	for i, text := range []string{"Ren\x8e M\x9fller", "The cat\x92s bowl \x96 don\x92t", "\x80RGER", "l\x92\xe9t\xe9", "a \x93quoted\x94 word \xae",
		"Stra\xa7e", "s\x9cur", "d\x92\xe9t\xe9 in Z\x9frich", "the dogs\x92 bowl", "fianc\x8e", "\x82a va", "l\xd5automne", "\xc4\xd6\xdc", "\xe0 la"} {
		photos[fmt.Sprintf("charset-%d.jpg", i)] = with(bareJPEG(), app(13, resourceHead, resource(0x0404, "", dataset(2, 110, text))))
	}
	for name, packet := range map[string]string{
		"closed": `<r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#"/>`,
		"default": `<RDF xmlns="http://www.w3.org/1999/02/22-rdf-syntax-ns#" ` +
			`xmlns:d="http://purl.org/dc/elements/1.1/"><Description about="" ` +
			`d:format='x'><d:title>plain</d:title></Description></RDF>`,
		"headline": packetOf(`photoshop:Headline="By a person"`, `<photoshop:SupplementalCategories><rdf:Bag><rdf:li>My own</rdf:li></rdf:Bag></photoshop:SupplementalCategories>`),
		"entities": packetOf(`xmp:Label="a &amp; b &#x41;&#10;c"`,
			"<dc:title><![CDATA[<x>]]></dc:title><!-- a comment -->"+
				"<dc:format>\r\n x</dc:format>"),
		"empty": "  \n", "no end": "<x:xmpmeta>", "a DTD": "<!DOCTYPE x>" + worked, "unknown entity": packetOf(`xmp:Label="&nbsp;"`, ""),
	} {
		photos["packet-"+name+".jpg"] = with(bareJPEG(), app(1, xmpHead, packet))
	}
	return photos
}
