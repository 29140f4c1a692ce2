package telemetry

import (
	"context"
	"strconv"
	"time"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/internal/otlp"
	"github.com/tagroll/tagroll/queue"
)

// Attributes of spans.
const (
	batchKey  = "tagroll.batch.id"
	photoKey  = "tagroll.photo.id"
	statusKey = "tagroll.photo.status"
	stageKey  = "tagroll.stage"
	// errorKey is OpenTelemetry's convention for a class of errors, which a code is.
	errorKey = "error.type"
)

// Prepare observes the preparation of a photo that has arrived. The stages run with the returned
// context, so that their spans belong together. The returned function is called at the end.
func (t *Telemetry) Prepare(ctx context.Context) (context.Context, func(error)) {
	ctx, span := t.start(ctx, "prepare photo", otlp.Internal)
	return ctx, func(err error) {
		t.metrics.prepared.With(codeLabel(err)).Inc()
		endSpan(span, err)
	}
}

// Work counts photos by their outcome and makes a span for each, below which the stages appear. Log
// records written with the context of the work name batch and photo.
func (t *Telemetry) Work(work queue.Work) queue.Work {
	return func(ctx context.Context, b queue.Batch, photo tagroll.Photo, prepared tagroll.Prepared, attempt tagroll.Attempt) (result tagroll.Result, err error) {
		ctx, span := t.start(ctx, "describe photo", otlp.Internal)
		ctx = context.WithValue(ctx, subjectKey{}, subject{b.ID, photo.ID})
		if span.recording() {
			span.set(otlp.Attribute{Key: batchKey, Value: b.ID}, otlp.Attribute{Key: photoKey, Value: photo.ID})
		}
		began := time.Now()
		ended := false
		defer func() {
			if !ended {
				err = &tagroll.Error{Code: tagroll.CodeInternal}
			}
			status, cause := outcome(result, err)
			t.metrics.photos.With(string(status), codeLabel(cause)).Inc()
			t.metrics.photoDuration.With(string(status)).Observe(time.Since(began).Seconds())
			span.set(otlp.Attribute{Key: statusKey, Value: string(status)})
			endSpan(span, cause)
		}()
		result, err = work(ctx, b, photo, prepared, attempt)
		ended = true
		return result, err
	}
}

// outcome predicts what the orchestrator makes of a photo's result, by the rules of
// [tagroll.Process].
func outcome(r tagroll.Result, err error) (tagroll.Status, error) {
	switch {
	case err == nil && r.Error == nil:
		return r.Status, nil
	case err == nil:
		return r.Status, r.Error
	case r.Status == tagroll.StatusNeedsReview:
		return r.Status, err
	case tagroll.CodeOf(err) == tagroll.CodeCancelled:
		return tagroll.StatusPending, err // it will be taken up again
	}
	return tagroll.StatusFailed, err
}

// Stage observes one stage of a photo, which runs with the returned context. The returned function
// is called at the end of the stage. Stage has the form of pipeline.Config.Observe.
func (t *Telemetry) Stage(ctx context.Context, _ tagroll.Photo, stage tagroll.Stage) (context.Context, func(error)) {
	ctx, span := t.start(ctx, string(stage), otlp.Internal)
	if span.recording() {
		span.set(otlp.Attribute{Key: stageKey, Value: string(stage)})
	}
	began := time.Now()
	return ctx, func(err error) {
		t.metrics.stageDuration.With(string(stage)).Observe(time.Since(began).Seconds())
		if err != nil {
			t.metrics.stageFailures.With(string(stage), codeLabel(err)).Inc()
		}
		endSpan(span, err)
	}
}

// endSpan ends a span with the code of an error. The error's text is left out: it can name files
// and quote the model.
func endSpan(s *span, err error) {
	code := ""
	if err != nil {
		code = codeLabel(err)
		s.set(otlp.Attribute{Key: errorKey, Value: code})
	}
	s.end(code)
}

// HTTP observes a request that has ended. route is the pattern that its path matched; empty for
// none.
func (t *Telemetry) HTTP(route, method string, status int, took time.Duration) {
	if route == "" {
		route = "unmatched"
	}
	t.metrics.requests.With(route, methodLabel(method), strconv.Itoa(status)).Inc()
	t.metrics.requestDuration.With(route).Observe(took.Seconds())
}

// methodLabel bounds the number of methods: a client can send any word.
func methodLabel(method string) string {
	switch method {
	case "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS":
		return method
	}
	return codeOther
}
