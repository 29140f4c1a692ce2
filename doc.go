// Package tagroll holds the nouns and the contracts of tagroll, which turns a
// batch of photos into stock-ready metadata: title, keywords and category.
//
// It does nothing by itself. A program puts the parts together:
//
//   - package intake finds photos and reads what their files say,
//   - package compress makes the small JPEG that a model sees,
//   - package publish gives that JPEG a URL,
//   - packages describe/openai and describe/offline are the [Describer] kinds,
//   - package agency holds the agencies' rules, package export writes the files,
//   - package pipeline is the way of one photo through all of these, and
//   - package batch runs it for many photos at once.
//
// Start with batch.Run and pipeline.New; their examples are complete programs.
//
// Every failure is an [*Error] with a stable [Code]. Callers branch on the code,
// never on the text. Whether a failure is worth a retry, or dooms the whole
// batch, follows from the code alone ([Code.Recoverable], [Code.Fatal]): adapters
// classify, package batch decides.
//
// This package imports nothing but the standard library, and of that neither
// net/http nor os nor log.
package tagroll
