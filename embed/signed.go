package embed

import "bytes"

// Where Content Credentials stand (C2PA 2.1, A.3): in APP11 of a JPEG, in the chunk caBX of a PNG,
// in a chunk of a WebP, in a tag of a TIFF.
const (
	webpC2PA = "C2PA"
	tagC2PA  = 0xcd41
)

// errSigned refuses a photo with Content Credentials. Their signature is over the bytes of the
// file: written into, the photo would show as tampered with, at the agencies too. Signing it anew
// is for whoever has the key.
func errSigned() error {
	return refuse("it carries Content Credentials (C2PA), which would no longer be valid if anything were written into it")
}

// isManifest reports whether the content of an APP11 segment begins a manifest: a box (ISO 19566-5)
// whose description has the type of C2PA.
func isManifest(content []byte) bool {
	const most = 64 // the head of the segment and of two boxes
	return bytes.HasPrefix(content, []byte("JP")) && bytes.Contains(content[:min(len(content), most)], []byte("jumdc2pa"))
}
