// Package offline is the built-in describer: it needs no network, no account and
// no model, and it recognises no subjects.
//
// In flow a photo's facts, its small JPEG and its file name, out flow a title,
// keywords and a category that say only what is known: the words that are already in the
// file, the words of the file name, what the camera noted, and what can be
// measured in the picture (colours, light, contrast, format, copy space, focus).
// The same input has the same answer on every platform: what is measured is
// measured with whole numbers.
//
// # What it does not say
//
//   - What the photo shows, unless its file or its name says so. A photo of which
//     nothing is known gets a title such as "Dark vertical composition in blue tones". A
//     file name of a single word counts only if the word is a known subject: most
//     others are folders and clients ("meier-012.jpg").
//   - A season, unless the position tells the hemisphere. A month is never
//     named: it says less of the picture than of the calendar.
//   - Camera makers and models, which agencies refuse as trademarks.
//   - A category by guesswork. It follows from words in the file and the file name; without
//     them from large areas of greenery, or of sky and greenery; and otherwise it is
//     "Graphic Resources", the category of pictures that are sold for their looks.
//
// Words from the file and the file name are taken over as they are, keywords in small
// letters. Whether they name a brand or a person is a question for package agency, like
// every other rule; the answer is made to fit those of Adobe Stock (helpx.adobe.com,
// "csv-requirements-content", 2026).
package offline
