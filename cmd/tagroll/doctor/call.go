package doctor

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/describe/openai"
	"github.com/tagroll/tagroll/internal/hosts"
)

// Size of the tiny image, in pixels.
const width, height = 256, 192

// tinyImage is a picture of a low sun above a green field.
func tinyImage() tagroll.Image {
	m := image.NewRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			c := color.RGBA{uint8(90 + y/2), uint8(150 + y/3), 230, 255}
			dx, dy := x-width/2, y-height*5/8
			switch {
			case y > height*2/3:
				c = color.RGBA{60, uint8(90 + (x*7+y*13)%50), 40, 255}
			case dx*dx+dy*dy < 26*26:
				c = color.RGBA{255, 220, 120, 255}
			}
			m.Set(x, y, c)
		}
	}
	var out bytes.Buffer
	if err := jpeg.Encode(&out, m, nil); err != nil {
		panic(err) // a picture of this size and a buffer
	}
	return tagroll.Image{JPEG: out.Bytes(), Width: width, Height: height}
}

// call describes the tiny image, as a photo would be.
func (e *examination) call(ctx context.Context) {
	info := e.Describer.Info()
	expected := e.Describer.Estimate(tagroll.Request{Image: tagroll.Image{Width: width, Height: height}, Guide: e.Guide})
	price := "its price is not known"
	if expected.CostUSD > 0 {
		price = fmt.Sprintf("about $%.5f", expected.CostUSD)
	}
	if e.NoCall {
		e.say("call", OK, fmt.Sprintf("no image was described: a call would take %d tokens, %s", expected.InputTokens+expected.OutputTokens, price), "")
		return
	}
	e.say("call", OK, fmt.Sprintf("asking %s to describe a tiny image: %d tokens, %s", info.Model, expected.InputTokens+expected.OutputTokens, price), "")
	ctx, cancel := context.WithTimeout(ctx, callPatience)
	defer cancel()
	img := tinyImage()
	if e.ByURL && !e.delivery(ctx, img) {
		return
	}
	publication, ok := e.publish(ctx, img) // anew, so that a look at it is the provider's
	if !ok {
		return
	}
	defer publication.Revoke() // a file in a temporary folder, which the next start sweeps
	began := time.Now()
	answer, err := e.describe(ctx, tagroll.Request{
		Photo: tagroll.Photo{ID: "doctor", Name: "sunset.jpg"}, Facts: tagroll.Facts{Format: tagroll.FormatJPEG, Width: width, Height: height},
		Image: img, URL: publication.URL, Guide: e.Guide,
	})
	switch {
	case err != nil:
		wayOut := e.wayOutOf(tagroll.CodeOf(err))
		if errors.Is(err, openai.ErrProxy) {
			wayOut = "" // the message says what to do
		}
		e.say("call", Failure, tagroll.AsError(err).Message, wayOut)
		return
	case e.ByURL && publication.Fetched != nil && !publication.Fetched():
		e.say("delivery", Failure, "the provider answered without having fetched the image, so it has not seen it", e.wayOutOf(tagroll.CodeImageFetchFailed))
		return
	}
	e.say("call", OK, fmt.Sprintf("%s can see and answers as asked: %q (%.1f s, %s)",
		info.Model, answer.Metadata.Title, time.Since(began).Seconds(), taken(answer.Usage)), "")
	e.limits(answer.RateLimit)
}

// publish gives the image its URL.
func (e *examination) publish(ctx context.Context, img tagroll.Image) (tagroll.Publication, bool) {
	publication, err := e.Publisher.Publish(ctx, img)
	if err != nil {
		e.say("delivery", Failure, tagroll.AsError(err).Message, "use --deliver inline, or another --temp-dir")
	}
	return publication, err == nil
}

// describe makes the call, and as a run does, once more for each parameter that the server refuses.
func (e *examination) describe(ctx context.Context, r tagroll.Request) (answer tagroll.Answer, err error) {
	const most = 4
	for range most {
		answer, err = e.Describer.Describe(ctx, r)
		if tagroll.CodeOf(err) != tagroll.CodeUnsupportedParameter {
			return answer, err
		}
		e.say("call", Warning, tagroll.AsError(err).Message, "nothing has to be done: tagroll run finds it out by itself")
	}
	return answer, err
}

// taken says what the call took.
func taken(u tagroll.Usage) string {
	switch {
	case u.InputTokens+u.OutputTokens == 0:
		return "the server does not say how many tokens it took, so costs can only be estimated"
	case u.CostUSD == 0:
		return fmt.Sprintf("%d tokens in, %d out", u.InputTokens, u.OutputTokens)
	}
	return fmt.Sprintf("%d tokens in, %d out, $%.5f", u.InputTokens, u.OutputTokens, u.CostUSD)
}

// wayOutOf says what to do about a call that failed; empty where the failure's own words do.
func (e *examination) wayOutOf(code tagroll.Code) string {
	switch code {
	case tagroll.CodeConfiguration:
		return ""
	case tagroll.CodeModelLoading:
		return "wait until the model is loaded; tagroll run waits by itself, see --warm-up"
	case tagroll.CodeQuotaExhausted:
		return "add credit to the account, or raise its limit"
	case tagroll.CodeRateLimited:
		return "wait and try again; tagroll run waits by itself"
	case tagroll.CodeInvalidAPIKey:
		if e.Key == "" {
			return "set OPENAI_API_KEY, or give --api-key-file or --api-key-command"
		}
		return "make a new key, or look whether it belongs to this server"
	case tagroll.CodeForbidden:
		return "look whether the key may use this model, and whether the provider serves your country"
	case tagroll.CodeModelNotFound:
		return "look whether --base-url is the address of the API, and name a model of this server with --model"
	case tagroll.CodeNetwork, tagroll.CodeTimeout, tagroll.CodeProviderError:
		return "try again; if it stays so, look at the provider's status page or the server's log"
	case tagroll.CodeImageFetchFailed, tagroll.CodeImageRejected:
		if e.ByURL {
			return "use --deliver inline, or let the provider reach --public-url"
		}
		return "choose a model that can see with --model"
	case tagroll.CodeMalformedAnswer, tagroll.CodeEmptyAnswer, tagroll.CodeAnswerTruncated, tagroll.CodeInvalidAnswer:
		return "choose a larger model: this one does not answer in the form that is asked for"
	}
	return "choose another model with --model, or another server with --base-url"
}

// delivery fetches the image as the provider would. Only the provider can show that it reaches the
// address from outside; the call that follows does.
func (e *examination) delivery(ctx context.Context, img tagroll.Image) bool {
	publication, ok := e.publish(ctx, img)
	if !ok {
		return false
	}
	defer publication.Revoke() // as above
	address := publication.URL
	u, err := url.Parse(address)
	if err != nil {
		e.say("delivery", Failure, "the public address makes no sense", "look at --public-url")
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err == nil {
		var response *http.Response
		if response, err = http.DefaultClient.Do(request); err == nil {
			response.Body.Close()
			if response.StatusCode != http.StatusOK || !strings.HasPrefix(response.Header.Get("Content-Type"), "image/") {
				err = fmt.Errorf("status %d, %s", response.StatusCode, response.Header.Get("Content-Type"))
			}
		}
	}
	if err != nil {
		e.say("delivery", Failure, fmt.Sprintf("an image cannot be fetched at %s (%v)", u.Host, cause(err)), "let --public-url lead to --temp-listen of this machine, or use --deliver inline")
		return false
	}
	if hosts.IsNear(u.Hostname()) {
		e.say("delivery", Warning, u.Host+" can be reached from this machine and its network only", "give a --public-url that the provider can reach, unless the server is on this machine")
		return true
	}
	e.say("delivery", OK, "an image can be fetched at "+u.Host, "")
	return true
}

// limits tells what the provider allows.
func (e *examination) limits(r tagroll.RateLimit) {
	if len(r.Allowances) == 0 {
		e.say("limits", OK, "the server does not say how much it allows", "")
		return
	}
	var parts []string
	empty := false
	for _, a := range r.Allowances {
		per := "a while"
		switch a.Per {
		case time.Minute:
			per = "a minute"
		case 24 * time.Hour:
			per = "a day"
		case 0:
		default:
			per = a.Per.String()
		}
		parts = append(parts, fmt.Sprintf("%d %s %s (%d left)", a.Limit, strings.ReplaceAll(string(a.Unit), "_", " "), per, a.Remaining))
		empty = empty || a.Remaining == 0
	}
	state, wayOut := OK, ""
	if empty {
		state, wayOut = Warning, "photos will wait until the limit comes back"
	}
	e.say("limits", state, "the provider allows "+strings.Join(parts, ", "), wayOut)
}
