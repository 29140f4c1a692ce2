// Package describe is what all describers that ask a model have in common: the
// instructions, the JSON schema of the answer, the reading of answers, and the
// words with which a bad answer is sent back.
//
// In flows a [tagroll.Request], out flow the texts of the messages
// ([Instructions], [Question], [RepairMessages]); in flows the text that a model
// answered, out flows a [tagroll.Metadata] ([Parse]). The package makes no call and
// knows no provider: that is the work of packages such as describe/openai. It
// does not judge either: whether a title is too long for an agency is a
// question for package agency.
//
// [FileNameWords], [Season] and [OneLine] read what a photo's file says, for describers
// of every kind.
//
// # What leaves the machine
//
// Beside the small JPEG, a model is told place names, the camera's date, title,
// caption and keywords that are already in the file, the words of the file name, and those
// of the photo's own folder if they say something. GPS coordinates, folders further up,
// camera and lens are not sent.
package describe
