package queue_test

import (
	"context"
	"fmt"
	"log"
	"os"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/queue"
)

// A batch of one photo. Package pipeline has a Describe that does the real work; here every photo
// has the same title.
func Example() {
	dir, err := os.MkdirTemp("", "queue")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	ctx := context.Background()
	node, err := queue.Open(ctx, queue.Config{
		DataDir: dir,
		Work: func(ctx context.Context, b queue.Batch, photo tagroll.Photo, prepared tagroll.Prepared, attempt tagroll.Attempt) (tagroll.Result, error) {
			result := tagroll.Result{Metadata: &tagroll.Metadata{Title: "A lake at dawn"}}
			err := attempt.Call(ctx, tagroll.Estimate{}, func(context.Context) (tagroll.RateLimit, error) {
				// Here the paid call is made, which was claimed before.
				return tagroll.RateLimit{}, nil
			})
			return result, err
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	defer node.Close(ctx)

	batch, err := node.Create(ctx, queue.NewBatch{Session: "hash of a session"})
	if err != nil {
		log.Fatal(err)
	}
	changed, stop := node.Watch(batch.ID)
	defer stop()
	if _, err := node.Add(ctx, batch.ID, queue.NewPhoto{Name: "lake.jpg", Prepared: tagroll.Prepared{
		Image: tagroll.Image{JPEG: []byte("a small JPEG"), Width: 1024, Height: 683},
	}}); err != nil {
		log.Fatal(err)
	}
	if _, err := node.CloseBatch(ctx, batch.ID); err != nil {
		log.Fatal(err)
	}
	for {
		s, err := node.Get(ctx, batch.ID)
		if err != nil {
			log.Fatal(err)
		}
		if s.State == queue.StateCompleted {
			p := s.Photos[0]
			fmt.Printf("%s: %s, %q\n", p.Name, p.State, p.Result.Metadata.Title)
			return
		}
		<-changed
	}
	// Output: lake.jpg: successful, "A lake at dawn"
}
