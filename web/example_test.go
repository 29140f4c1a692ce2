package web_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"image"
	"image/jpeg"
	"log"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"os"
	"time"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/compress"
	"github.com/tagroll/tagroll/describe/offline"
	"github.com/tagroll/tagroll/intake"
	"github.com/tagroll/tagroll/pipeline"
	"github.com/tagroll/tagroll/queue"
	"github.com/tagroll/tagroll/web"
)

// A whole server: the engine in the process, the built-in describer, and the API.
func Example() {
	ctx := context.Background()
	way, err := pipeline.New(pipeline.Config{
		Read: intake.Limits{}.Read, Inspect: intake.Limits{}.Inspect, Compress: compress.Options{}.Compress, Describer: offline.New(),
	})
	if err != nil {
		log.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "tagroll-example")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	node, err := queue.Open(ctx, queue.Config{
		DataDir: dir,
		Work: func(ctx context.Context, _ queue.Batch, photo tagroll.Photo, prepared tagroll.Prepared, attempt tagroll.Attempt) (tagroll.Result, error) {
			return way.Describe(ctx, photo, prepared, attempt)
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	defer node.Close(ctx)
	api, err := web.New(web.Config{
		Node:      node,
		Describer: offline.New().Info(),
		Prepare: func(ctx context.Context, u web.Upload) (tagroll.Prepared, error) {
			return way.Prepare(ctx, tagroll.Photo{ID: u.Name, Name: u.Name}, u.Data)
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	defer api.Close()
	server := httptest.NewServer(api)
	defer server.Close()

	// A client sends a photo and asks until the batch has ended; events would tell it at once.
	var form bytes.Buffer
	parts := multipart.NewWriter(&form)
	file, _ := parts.CreateFormFile("photos", "grey square.jpg")
	jpeg.Encode(file, image.NewGray(image.Rect(0, 0, 64, 64)), nil)
	parts.Close()
	var batch struct {
		ID, Token, State string
		Progress         struct{ Total, Completed int }
	}
	answer, err := http.Post(server.URL+"/api/v1/batches", parts.FormDataContentType(), &form)
	for err == nil {
		err = json.NewDecoder(answer.Body).Decode(&batch)
		answer.Body.Close()
		if err != nil || batch.State == "completed" {
			break
		}
		<-time.After(10 * time.Millisecond)
		r, _ := http.NewRequest("GET", server.URL+"/api/v1/batches/"+batch.ID, nil)
		r.Header.Set("Authorization", "Bearer "+batch.Token)
		answer, err = http.DefaultClient.Do(r)
	}
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(batch.State, batch.Progress.Completed, "of", batch.Progress.Total)
	// Output: completed 1 of 1
}
