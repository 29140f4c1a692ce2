package web

import _ "embed"

// openapi describes the API (OpenAPI 3.1). It is generated from openapi_paths.json and the structs
// that are read and written, see TestDescriptionIsGenerated. A test holds it against the routes,
// and runs its examples.
//
//go:embed openapi.json
var openapi []byte
