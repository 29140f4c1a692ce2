package pipeline

import (
	"context"
	"time"

	"github.com/tagroll/tagroll"
)

// describe asks for metadata, and once more if what came breaks the rules. What it
// leaves in the result is normalised and judged, but not yet decided upon. An answer that was paid
// for outlives a repair that the deadline or the end of the batch cuts off.
func (w *work) describe(ctx context.Context) error {
	if w.result.Cached {
		return nil
	}
	request, finished := w.request()
	if finished != nil {
		w.judge(*finished)
		return nil
	}
	problems, err := w.ask(ctx, request)
	if err != nil || len(problems) == 0 || !w.result.Describer.Remote {
		return err
	}
	w.Log.InfoContext(ctx, "repair", "photo", w.photo.ID, "problems", len(problems))
	request.URL = w.publication.URL // it may have been published anew
	request.Repair = &tagroll.Repair{Answer: w.result.Raw, Problems: problems}
	first := w.result
	left, err := w.ask(ctx, request)
	switch {
	case err != nil && ctx.Err() != nil && first.Metadata == nil && w.partial.Title == "":
		// Nothing of the first answer can be read: the photo is better tried again.
		return err
	case err != nil:
		w.Log.InfoContext(ctx, "repair failed", "photo", w.photo.ID, "code", tagroll.CodeOf(err))
		w.restore(first)
	case first.Metadata != nil && (w.result.Metadata == nil || len(left) >= len(problems)):
		w.restore(first)
	}
	return nil
}

// request returns what the describer is asked, or the words of the file if they are enough.
func (w *work) request() (request tagroll.Request, finished *tagroll.Metadata) {
	request = tagroll.Request{Photo: w.photo, Facts: w.result.Facts, Image: w.image, URL: w.publication.URL}
	if w.Rules != nil {
		request.Guide = w.Rules.Guide()
	}
	if w.Words != nil {
		finished = w.Words.Ask(&request)
	}
	return request, finished
}

// restore goes back to what was received before a repair that brought nothing better.
// What the repair took stays counted.
func (w *work) restore(first tagroll.Result) {
	first.Usage, first.Timings = w.result.Usage, w.result.Timings
	w.result = first
}

// ask asks the describer, at a second address if its provider cannot reach the first,
// and judges the answer. It returns what is wrong with it, in words for the model.
func (w *work) ask(ctx context.Context, request tagroll.Request) (problems []string, err error) {
	answer, err := w.call(ctx, request)
	if err = w.delivered(err); tagroll.CodeOf(err) == tagroll.CodeImageFetchFailed && w.Fallback != nil && !w.publication.Inline && !w.fellBack {
		w.noteFallback(ctx, err)
		if err := w.republish(ctx, &request); err != nil {
			return nil, err
		}
		answer, err = w.call(ctx, request)
	}
	w.result.Raw = answer.Raw
	if tagroll.CodeOf(err) == tagroll.CodeMalformedAnswer {
		w.result.Metadata, w.result.Findings = nil, nil
		w.partial, w.malformed = answer.Metadata, tagroll.AsError(err).Message
		return []string{w.malformed}, nil
	}
	if err != nil {
		return nil, err
	}
	w.judge(answer.Metadata)
	for _, f := range w.result.Findings {
		// A file name is not the model's to change.
		if f.Severity == tagroll.SeverityError && f.Field != "filename" {
			problems = append(problems, f.Message)
		}
	}
	return problems, nil
}

// delivered checks that an answer can be believed: a model that described an image that nobody has
// fetched has made it up. Nor is a refusal about an image that nobody has fetched: whatever its
// words, the address may be what the provider does not take.
func (w *work) delivered(err error) error {
	if w.publication.Inline || !w.result.Describer.Remote {
		return err
	}
	unfetched := w.publication.Fetched != nil && !w.publication.Fetched()
	switch tagroll.CodeOf(err) {
	case "", tagroll.CodeMalformedAnswer:
	case tagroll.CodeBadRequest, tagroll.CodeImageRejected:
		if e := *tagroll.AsError(err); unfetched {
			e.Code, e.Err = tagroll.CodeImageFetchFailed, err
			return &e
		}
		return err
	default:
		return err
	}
	if unfetched {
		return &tagroll.Error{
			Code: tagroll.CodeImageFetchFailed, Stage: tagroll.StageDescribe,
			Message: "the provider answered without having fetched the image, so the answer is not believed: check that the public address can be reached from the internet, or use --deliver inline",
		}
	}
	w.delivery.fetches.Store(true)
	return err
}

// noteFallback notes that the image goes another way, and all others too: for the rest of the run,
// or for fetchPause if the provider has fetched images before.
func (w *work) noteFallback(ctx context.Context, err error) {
	w.fellBack = true
	w.delivery.failed.Store(time.Now().UnixNano())
	if !w.delivery.fetches.Load() && w.delivery.fails.CompareAndSwap(false, true) {
		w.Log.WarnContext(ctx, "the provider cannot fetch images from their temporary addresses: they are sent inline from now on", "reason", tagroll.AsError(err).Message)
		return
	}
	w.Log.InfoContext(ctx, "the provider could not fetch the image: sending it inline", "photo", w.photo.ID)
}

// call makes one call, repeated as the batch decides, and adds up what it took.
func (w *work) call(ctx context.Context, request tagroll.Request) (tagroll.Answer, error) {
	var answer tagroll.Answer
	once := func(ctx context.Context) (tagroll.RateLimit, error) {
		// The photo may have waited long since its image was published.
		if gone := w.publication.Unreachable; w.Fallback != nil && gone != nil && gone() {
			if err := w.republish(ctx, &request); err != nil {
				return tagroll.RateLimit{}, err
			}
		}
		defer stopwatch(&w.result.Timings.Describe)()
		var err error
		answer, err = w.Describer.Describe(ctx, request)
		w.result.Usage = w.result.Usage.Add(answer.Usage)
		limit := answer.RateLimit
		limit.Spent = answer.Usage
		return limit, err
	}
	if !w.result.Describer.Remote {
		_, err := once(ctx)
		return answer, err
	}
	err := w.attempt.Call(ctx, w.Estimate(request), once)
	return answer, err
}

// judge normalises metadata and holds the rules and the photographer's wishes against it.
func (w *work) judge(m tagroll.Metadata) {
	var guide tagroll.Guide
	if w.Rules != nil {
		guide = w.Rules.Guide()
		m = w.Rules.Normalize(m)
	}
	if w.Words != nil {
		m = w.Words.Settle(guide, w.result.Facts, m)
	}
	if w.Rules != nil {
		w.result.Findings = w.Rules.Check(w.photo.Name, m)
	}
	if w.Words != nil {
		w.result.Findings = w.Words.Judge(w.photo, tagroll.Prepared{Facts: w.result.Facts, Image: w.image}, m, w.result.Findings)
	}
	w.result.Metadata = &m
}

// validate decides whether the photo is done or needs a person's eye.
func (w *work) validate(context.Context) error {
	if w.result.Metadata != nil && !tagroll.HasErrors(w.result.Findings) {
		w.result.Raw = ""
		if w.ReviewDrafts && w.result.Describer.Model == "" && !w.result.Describer.Remote && w.result.Facts.Title == "" {
			w.result.Status = tagroll.StatusNeedsReview
			return &tagroll.Error{Code: tagroll.CodeDraft, Message: "a draft: no model has looked at the photo, so check the words"}
		}
		w.result.Status = tagroll.StatusSuccessful
		return nil
	}
	w.result.Status = tagroll.StatusNeedsReview
	if w.result.Metadata == nil {
		if w.partial.Title != "" || len(w.partial.Keywords) > 0 {
			w.judge(w.partial) // what could be read is worth a person's look
		}
		return &tagroll.Error{Code: tagroll.CodeMalformedAnswer, Message: "the model's answer cannot be used (" + w.malformed + "): try again, or use another model"}
	}
	return tagroll.ReviewError(w.result.Findings)
}
