package openaitest_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/tagroll/tagroll/openaitest"
)

// A server that fails the first request with a 500, and a client that tries again.
func Example() {
	server, err := openaitest.Start(openaitest.Config{
		Key:    "sk-test",
		Faults: []openaitest.Fault{{Kind: openaitest.FaultServerError, First: 1}},
	})
	if err != nil {
		panic(err)
	}
	defer server.Close()
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()

	for range 2 {
		request, err := http.NewRequest(http.MethodPost, server.URL()+"/chat/completions",
			strings.NewReader(`{"model":"gpt-5-nano","messages":[{"role":"user","content":"Describe a photo."}]}`))
		if err != nil {
			panic(err)
		}
		request.Header.Set("Content-Type", "application/json")
		request.Header.Set("Authorization", "Bearer sk-test")
		response, err := transport.RoundTrip(request)
		if err != nil {
			panic(err)
		}
		fmt.Println(response.StatusCode)
		response.Body.Close()
	}
	fmt.Println(server.Stats().Outcomes)
	// Output:
	// 500
	// 200
	// map[fault 500:1 ok:1]
}

// Without sockets, for tests inside a testing/synctest bubble.
func ExampleNewTransport() {
	server, err := openaitest.New(openaitest.Config{Models: []string{"gpt-4o"}})
	if err != nil {
		panic(err)
	}
	defer server.Close()
	client := &http.Client{Transport: openaitest.NewTransport(server)}
	response, err := client.Post("http://openai.test/v1/chat/completions", "application/json",
		strings.NewReader(`{"model":"gpt-4o","temprature":0}`))
	if err != nil {
		panic(err)
	}
	defer response.Body.Close()
	var body struct{ Error struct{ Message string } }
	if err := json.NewDecoder(response.Body).Decode(&body); err != nil {
		panic(err)
	}
	fmt.Println(response.StatusCode, body.Error.Message)
	// Output: 400 Unknown parameter: 'temprature'.
}

// Faults as they are written on a command line.
func ExampleParseFault() {
	fault, err := openaitest.ParseFault("429:first=3,retry-after=2")
	fmt.Println(fault.Kind, fault.First, fault.RetryAfter, err)
	_, err = openaitest.ParseFault("500:p=2")
	fmt.Println(err)
	// Output:
	// 429 3 2s <nil>
	// the fault 500 has p="2": use a probability above 0, at most 1
}
