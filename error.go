package tagroll

import (
	"context"
	"errors"
	"strings"
	"time"
)

// Code says what went wrong. Codes are stable: scripts and clients may rely on them.
type Code string

// Codes of what was put in.
const (
	CodeEmptyBatch        Code = "empty_batch"        // no photo to work on
	CodeNotFound          Code = "not_found"          // no such file
	CodeUnreadable        Code = "unreadable"         // the file exists, reading it failed
	CodeEmptyFile         Code = "empty_file"         // zero bytes
	CodeUnsupportedFormat Code = "unsupported_format" // the content is no image that we read
	CodeCorruptImage      Code = "corrupt_image"      // an image that cannot be decoded whole
	CodeFileTooLarge      Code = "file_too_large"     // more bytes than allowed
	CodeTooManyPixels     Code = "too_many_pixels"    // more pixels than allowed
	CodeDuplicatePhoto    Code = "duplicate_photo"    // the same ID twice in one batch
)

// Codes of what a provider said, or failed to say.
const (
	CodeTimeout          Code = "timeout"            // the photo's deadline passed
	CodeNetwork          Code = "network"            // no connection, or it broke
	CodeProviderError    Code = "provider_error"     // 408, 409, 423, 425, 5xx, off protocol
	CodeRateLimited      Code = "rate_limited"       // 429: come back later
	CodeQuotaExhausted   Code = "quota_exhausted"    // 429: no credit left
	CodeInvalidAPIKey    Code = "invalid_api_key"    // 401
	CodeForbidden        Code = "forbidden"          // 403
	CodeModelNotFound    Code = "model_not_found"    // 404, of the model or the whole address
	CodeModelCannotSee   Code = "model_cannot_see"   // the model or server takes no images
	CodeModelLoading     Code = "model_loading"      // 503: the server still loads the model
	CodeBadRequest       Code = "bad_request"        // any other 4xx
	CodeImageRejected    Code = "image_rejected"     // the provider could not read the image
	CodeContentPolicy    Code = "content_policy"     // the provider will not look at the image
	CodeImageFetchFailed Code = "image_fetch_failed" // the provider could not fetch the URL
	CodeRefused          Code = "refused"            // the model declined in words
	CodeAnswerTruncated  Code = "answer_truncated"   // the model's answer was cut off
	CodeContentFiltered  Code = "content_filtered"   // the answer was withheld by a filter
	CodeEmptyAnswer      Code = "empty_answer"       // the answer has no content
	CodeMalformedAnswer  Code = "malformed_answer"   // the answer is not the JSON asked for
	CodeDraft            Code = "draft"              // no model has looked at the photo
	CodeInvalidAnswer    Code = "invalid_answer"     // the answer breaks the agencies' rules

	CodeUnsupportedParameter Code = "unsupported_parameter" // a refused parameter, now left out
)

// Codes of our own side.
const (
	CodeCancelled     Code = "cancelled"      // the batch was stopped before the photo was done
	CodeCallLimit     Code = "call_limit"     // the photo used up its calls
	CodeBudgetReached Code = "budget_reached" // the next call could exceed the budget
	CodePublishFailed Code = "publish_failed" // the image could not be given a URL
	CodeJournalFailed Code = "journal_failed" // the journal could not be read or written
	CodeJournalLocked Code = "journal_locked" // another run uses the journal
	CodeWriteFailed   Code = "write_failed"   // an output could not be written
	CodeDiskFull      Code = "disk_full"      // no space left
	CodeCannotEmbed   Code = "cannot_embed"   // metadata cannot be written into the file safely
	CodePhotoChanged  Code = "photo_changed"  // not the file that was described
	CodeConfiguration Code = "configuration"  // a setting does not make sense
	CodeInternal      Code = "internal"       // a defect of tagroll
)

// Recoverable reports whether the same call may well succeed if it is made again.
func (c Code) Recoverable() bool {
	switch c {
	case CodeNetwork, CodeProviderError, CodeRateLimited, CodeUnsupportedParameter, CodeModelLoading,
		CodeEmptyAnswer, CodeAnswerTruncated: // local models often answer the second time
		return true
	}
	return false
}

// Fatal reports whether every other photo of the batch would fail in the same way,
// so that the batch stops at once.
func (c Code) Fatal() bool {
	switch c {
	case CodeQuotaExhausted, CodeInvalidAPIKey, CodeModelNotFound, CodeModelCannotSee, CodeBudgetReached,
		CodeJournalFailed, CodeDiskFull, CodeConfiguration:
		return true
	}
	return false
}

// Stage is the step of a photo's way at which something happened.
type Stage string

// The stages, in the order of a photo's way.
const (
	StageIntake   Stage = "intake"
	StageCompress Stage = "compress"
	StagePublish  Stage = "publish"
	StageDescribe Stage = "describe"
	StageValidate Stage = "validate"
	StageCleanUp  Stage = "clean_up"
	StageExport   Stage = "export"
)

// Error is a failure of one photo, or of a batch as a whole.
type Error struct {
	Code Code `json:"code"`
	// Message says what happened and what to do, for the photo's user. It holds no
	// key, no image content and no temporary URL.
	Message string `json:"message"`
	// Photo is the label of the photo that failed; empty for a batch as a whole.
	Photo string `json:"photo,omitempty"`
	Stage Stage  `json:"stage,omitempty"`
	// RetryAfter is how long the provider asked to wait; zero if it did not say.
	RetryAfter time.Duration `json:"-"`
	// Err is the cause, for logs; it may be nil.
	Err error `json:"-"`
}

// Error returns "photo: message".
func (e *Error) Error() string {
	var b strings.Builder
	if e.Photo != "" {
		b.WriteString(e.Photo)
		b.WriteString(": ")
	}
	if e.Message != "" {
		b.WriteString(e.Message)
	} else {
		b.WriteString(string(e.Code))
	}
	return b.String()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// CodeOf returns the code of the first *Error in err's chain. For other errors it
// is CodeCancelled for a cancelled context, CodeTimeout for a passed deadline, and
// CodeInternal for the rest. It is empty for nil.
func CodeOf(err error) Code {
	if err == nil {
		return ""
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return CodeTimeout
	case errors.Is(err, context.Canceled):
		return CodeCancelled
	}
	return CodeInternal
}

// AsError returns the first *Error in err's chain, or a new one that wraps err with
// the code of CodeOf. It is nil for nil.
func AsError(err error) *Error {
	if err == nil {
		return nil
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	return &Error{Code: CodeOf(err), Message: err.Error(), Err: err}
}
