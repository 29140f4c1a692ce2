package web

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"io"
	"sync"
)

// openapi returns the description of the API (OpenAPI 3.1): openapi.json, which is generated from
// openapi_paths.json and the structs that are read and written, see TestDescriptionIsGenerated. A
// test holds the description against the routes, and runs its examples.
//
// The program holds the same text compressed to an eighth. Both files are written together.
var openapi = sync.OnceValue(func() []byte {
	unpacked, err := gzip.NewReader(bytes.NewReader(openapiPacked))
	if err != nil {
		panic("web: the API's description cannot be unpacked: " + err.Error())
	}
	text, err := io.ReadAll(unpacked)
	if err != nil {
		panic("web: the API's description cannot be unpacked: " + err.Error())
	}
	return text
})

//go:embed openapi.json.gz
var openapiPacked []byte
