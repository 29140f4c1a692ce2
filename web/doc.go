// Package web is the HTTP side of tagroll's server: the API under /api/v1, its event streams,
// sessions and limits, and the places of the page and of temporary images.
//
// [New] makes a [Server], an [http.Handler], of a [Config]. In come photos, as multipart uploads
// that are read while they arrive: each is prepared (Config.Prepare makes the small image) and
// given to the engine (Config.Node, a *queue.Node), which works on it while the next one is still
// on the wire. Out come JSON, server-sent events, files to download, and for every failure a
// problem document (RFC 9457) with a stable code. The whole description is served at
// /api/openapi.json.
//
// # Who may do what
//
// A batch belongs to the session cookie that made it, and to any bearer of its token.
// For everybody else it does not exist: an unknown batch and another's are answered alike. The
// server keeps hashes of these secrets only. A request that shows a bearer is judged by that alone,
// its cookie is ignored; all others that change something must come from a page of the same origin.
//
// # What a client cannot do
//
// A slow or silent client costs a connection and what it has sent: reads have a deadline that
// starts anew with every byte ([Limits].Stall) and a least average speed, and no processor is taken
// before a photo has arrived whole. The bytes of all uploads in memory are bounded
// ([Limits].UploadMemory); an upload that finds them used up waits. An event stream whose client
// does not read is dropped after a while.
//
// The package decides nothing about photos: what can be used is for Prepare to say, what is good
// for package agency, and when it is worked on for package queue.
package web
