package telemetry_test

import (
	"context"
	"fmt"
	"net/http/httptest"
	"slices"
	"strings"
	"time"

	"github.com/tagroll/tagroll/batch"
	"github.com/tagroll/tagroll/compress"
	"github.com/tagroll/tagroll/describe/openai"
	"github.com/tagroll/tagroll/intake"
	"github.com/tagroll/tagroll/openaitest"
	"github.com/tagroll/tagroll/pipeline"
	"github.com/tagroll/tagroll/publish"
	"github.com/tagroll/tagroll/telemetry"
)

// A pipeline that is watched. A server also gives Work to queue.Config, Prepare to what receives
// photos and HTTP to web.Config.Observe, and serves Handler as /metrics.
func Example() {
	ctx := context.Background()
	// Traces go where the OTEL_* variables say.
	t, err := telemetry.New(ctx, telemetry.Config{Version: "1.0.0"})
	if err != nil {
		panic(err)
	}
	defer t.Close(ctx)

	server, err := openaitest.New(openaitest.Config{})
	if err != nil {
		panic(err)
	}
	defer server.Close()
	model, err := openai.New(openai.Config{BaseURL: "http://openai.test/v1",
		Transport: openaitest.NewTransport(server)})
	if err != nil {
		panic(err)
	}
	found, err := intake.Find(ctx, []string{"../examples/photos/fig-in-red-bowl.jpg"}, nil)
	if err != nil {
		panic(err)
	}
	way, err := pipeline.New(pipeline.Config{
		Read: intake.Limits{}.Read, Inspect: intake.Limits{}.Inspect, Compress: compress.Options{}.Compress,
		Publisher: t.Publisher(publish.Inline{}),
		Describer: t.Describer(model),
		Observe:   t.Stage,
	})
	if err != nil {
		panic(err)
	}
	if _, err := batch.Run(ctx, slices.Values(found.Photos), way.Process, batch.Options{}); err != nil {
		panic(err)
	}
	t.HTTP("/api/v1/batches", "POST", 201, 40*time.Millisecond)

	page := httptest.NewRecorder()
	t.Handler().ServeHTTP(page, httptest.NewRequest("GET", "/metrics", nil))
	for line := range strings.Lines(page.Body.String()) {
		if strings.HasPrefix(line, "tagroll_provider_calls_total") || strings.HasPrefix(line, "tagroll_stage_duration_seconds_count") ||
			strings.HasPrefix(line, "tagroll_http_requests_total") {
			fmt.Print(line)
		}
	}
	// Output:
	// tagroll_http_requests_total{method="POST",route="/api/v1/batches",status="201"} 1
	// tagroll_provider_calls_total{code="ok"} 1
	// tagroll_provider_calls_total{code="rate_limited"} 0
	// tagroll_provider_calls_total{code="timeout"} 0
	// tagroll_stage_duration_seconds_count{stage="compress"} 1
	// tagroll_stage_duration_seconds_count{stage="describe"} 1
	// tagroll_stage_duration_seconds_count{stage="intake"} 1
	// tagroll_stage_duration_seconds_count{stage="publish"} 1
	// tagroll_stage_duration_seconds_count{stage="validate"} 1
}
