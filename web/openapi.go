package web

import _ "embed"

// openapi describes the API (OpenAPI 3.1). A test holds it against the routes, and runs its
// examples.
//
//go:embed openapi.json
var openapi []byte
