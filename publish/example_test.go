package publish_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/publish"
)

// An image inside its URL works with every provider, and nothing has to be served.
func ExampleInline() {
	// In earnest the image is from compress.Compress.
	image := tagroll.Image{JPEG: []byte("\xff\xd8\xff\xd9")}
	publication, err := publish.Inline{}.Publish(context.Background(), image)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer publication.Revoke()
	fmt.Println(publication.URL)
	// Output: data:image/jpeg;base64,/9j/2Q==
}

// An address without its scheme leads nowhere: a command says so before it reads a photo.
func ExampleCheckBaseURL() {
	fmt.Println(publish.CheckBaseURL("https://photos.example.com"))
	fmt.Println(tagroll.CodeOf(publish.CheckBaseURL("photos.example.com")))
	// Output:
	// <nil>
	// configuration
}

// An image at an address that nobody can guess, until it is revoked.
func ExampleTemp() {
	server := httptest.NewUnstartedServer(nil)
	temp, err := publish.NewTemp(publish.TempConfig{
		BaseURL: "http://" + server.Listener.Addr().String(),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer temp.Close()
	server.Config.Handler = temp // or http.Handle("/t/", temp)
	server.Start()
	defer server.Close()

	publication, err := temp.Publish(context.Background(), tagroll.Image{JPEG: []byte("an image")})
	if err != nil {
		fmt.Println(err)
		return
	}
	fetch := func() {
		response, err := server.Client().Get(publication.URL)
		if err != nil {
			fmt.Println(err)
			return
		}
		defer response.Body.Close()
		body, _ := io.ReadAll(response.Body)
		fmt.Println(response.StatusCode, strings.TrimSpace(string(body)))
	}
	fetch()
	if err := publication.Revoke(); err != nil {
		fmt.Println(err)
		return
	}
	fetch()
	// Output:
	// 200 an image
	// 404 404 page not found
}

// What a killed process left behind goes with the next NewTemp, or at once by Sweep.
func ExampleSweep() {
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	fmt.Println(publish.Sweep(dir))
	// Output: <nil>
}

var _ http.Handler = (*publish.Temp)(nil)
