package telemetry

import "github.com/tagroll/tagroll"

// codeOK is the label of a success. codeOther is the label of a code that is not in the list.
const (
	codeOK    = "ok"
	codeOther = "other"
)

// known lists the codes that become labels. Results from a journal or another node could hold any
// text, and the values of labels must be bounded. A test compares the list with package tagroll.
var known = func() map[tagroll.Code]bool {
	codes := make(map[tagroll.Code]bool)
	for _, c := range []tagroll.Code{
		tagroll.CodeEmptyBatch, tagroll.CodeNotFound, tagroll.CodeUnreadable, tagroll.CodeEmptyFile, tagroll.CodeUnsupportedFormat,
		tagroll.CodeCorruptImage, tagroll.CodeFileTooLarge, tagroll.CodeTooManyPixels, tagroll.CodeDuplicatePhoto,

		tagroll.CodeTimeout, tagroll.CodeNetwork, tagroll.CodeProviderError, tagroll.CodeRateLimited, tagroll.CodeUnsupportedParameter,
		tagroll.CodeQuotaExhausted, tagroll.CodeInvalidAPIKey, tagroll.CodeForbidden, tagroll.CodeModelNotFound, tagroll.CodeModelCannotSee, tagroll.CodeModelLoading,
		tagroll.CodeBadRequest,
		tagroll.CodeImageRejected, tagroll.CodeContentPolicy, tagroll.CodeImageFetchFailed, tagroll.CodeRefused,
		tagroll.CodeAnswerTruncated, tagroll.CodeContentFiltered, tagroll.CodeEmptyAnswer, tagroll.CodeMalformedAnswer,
		tagroll.CodeInvalidAnswer, tagroll.CodeDraft,

		tagroll.CodeCancelled, tagroll.CodeCallLimit, tagroll.CodeBudgetReached, tagroll.CodePublishFailed, tagroll.CodeJournalFailed, tagroll.CodeJournalLocked,
		tagroll.CodeWriteFailed, tagroll.CodeDiskFull, tagroll.CodeCannotEmbed, tagroll.CodePhotoChanged,
		tagroll.CodeConfiguration, tagroll.CodeInternal,
	} {
		codes[c] = true
	}
	return codes
}()

// codeLabel is the label of an error, or of none.
func codeLabel(err error) string {
	if err == nil {
		return codeOK
	}
	if c := tagroll.CodeOf(err); known[c] {
		return string(c)
	}
	return codeOther
}
