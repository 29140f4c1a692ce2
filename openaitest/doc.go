// Package openaitest is a strict stand-in for OpenAI's Chat Completions API, for
// tests and for trying out a program without an account.
//
// In flow the same HTTP requests that OpenAI would get: the server checks the key,
// the parameters, the messages and the strict JSON schema, downloads or decodes the
// image, and refuses what OpenAI would refuse, in the same words and form. Out flow
// answers that are made up from the pixels: the same photo gets the same answer,
// different photos get different ones, and the answer always fits the schema that was
// sent. On request it is slow, limits its rate and fails, as a [Config] says, and it
// counts what it saw ([Server.Stats], GET /stats).
//
// Chance is drawn from [Config].Seed and the number of the request, so that one
// request after the other meets the same fate in every run. Time is taken from package time only:
// with [NewTransport] a server runs without sockets inside a testing/synctest bubble.
//
// It stops where vision begins: answers are plausible, never true. It speaks neither streaming,
// tools, audio nor the Responses API, and says so with a 400. Unless
// told otherwise it downloads images from loopback addresses only.
package openaitest
