package agency

import (
	"slices"
	"strconv"
	"strings"

	"github.com/tagroll/tagroll"
)

// CheckFile returns what the agency's rules have against what a photo's file shows by itself:
// format, size in pixels and bytes, colours. What is not known of the file is not judged. Of a RAW
// file only the format counts: the JPEG that is made of it has another size and other colours.
func (a *Agency) CheckFile(f tagroll.Facts) []tagroll.Finding {
	if f.Format == tagroll.FormatRAW {
		f = tagroll.Facts{Format: f.Format}
	}
	r := &report{agency: a.rules.Name}
	rules := a.rules.File
	if len(rules.Formats) > 0 && f.Format != "" && !slices.Contains(rules.Formats, f.Format) {
		names := make([]string, len(rules.Formats))
		for i, format := range rules.Formats {
			names[i] = formatName(format)
		}
		r.add(fieldFile, tagroll.SeverityError, "file-format", "the file is a %s and %s takes %s: export it as such",
			formatName(f.Format), a.rules.Label, strings.Join(names, " or "))
	}
	if pixels := f.Width * f.Height; pixels > 0 {
		switch {
		case pixels < rules.MinPixels:
			r.add(fieldFile, tagroll.SeverityError, "file-too-few-pixels", "the photo has %d x %d pixels, which is %s megapixels, and %s wants %s: send a larger one, not one scaled up",
				f.Width, f.Height, millions(pixels), a.rules.Label, millions(rules.MinPixels))
		case rules.MaxPixels > 0 && pixels > rules.MaxPixels:
			r.add(fieldFile, tagroll.SeverityError, "file-too-many-pixels", "the photo has %d x %d pixels, which is %s megapixels, and %s takes %s: scale it down",
				f.Width, f.Height, millions(pixels), a.rules.Label, millions(rules.MaxPixels))
		}
		if side := min(f.Width, f.Height); side < rules.MinSide {
			r.add(fieldFile, tagroll.SeverityError, "file-side-too-short", "the shorter side has %d pixels and %s wants %d: send a larger one", side, a.rules.Label, rules.MinSide)
		}
	}
	if rules.MaxBytes > 0 && f.Bytes > rules.MaxBytes {
		r.add(fieldFile, tagroll.SeverityError, "file-too-large", "the file has %s MB and %s takes %s: save it with a little more compression",
			millions(int(f.Bytes)), a.rules.Label, millions(int(rules.MaxBytes)))
	}
	a.checkColors(r, f.ColorSpace)
	return r.findings
}

// CheckPhoto returns what the agency's rules have against a photo's name and the words in its file.
// Where a row of a table has the photo's words, hasRow is true: those of the file count then only
// if the agency reads the file itself. A file without any word is not judged by the rules on words;
// an agency that reads the file itself gets none from it, which is one error. Categories are not
// judged: a file has none of an agency's.
func (a *Agency) CheckPhoto(fileName string, f tagroll.Facts, hasRow bool) []tagroll.Finding {
	m := tagroll.Metadata{Title: f.Title, Description: f.Caption, Keywords: f.Keywords}
	silent := m.Title == "" && m.Description == "" && len(m.Keywords) == 0
	switch {
	case silent:
		findings := slices.DeleteFunc(a.Check(fileName, m), func(f tagroll.Finding) bool { return f.Field != fieldFileName })
		if a.Embedded() {
			findings = append(findings, tagroll.Finding{Agency: a.rules.Name, Field: fieldKeywords, Severity: tagroll.SeverityError, Rule: "words-missing",
				Message: "the photo holds no title and no keywords, and " + a.rules.Label + " reads them there: tagroll embed writes them"})
		}
		return findings
	case hasRow && !a.Embedded():
		return nil
	}
	words := a.Fit(m)
	words.Keywords = m.Keywords // all of them: too many is a finding
	return slices.DeleteFunc(a.Check(fileName, words), func(f tagroll.Finding) bool { return f.Field == fieldCategory })
}

// checkColors judges a colour space. Another one than that which the agency wants is converted
// there, which changes colours; inks are refused.
func (a *Agency) checkColors(r *report, space string) {
	wanted := a.rules.File.ColorSpaces
	if space == "" || len(wanted) == 0 || slices.Contains(wanted, space) {
		return
	}
	switch {
	case space == "CMYK":
		r.add(fieldFile, tagroll.SeverityError, "file-colors", "the file holds inks (CMYK) and %s wants %s: convert it", a.rules.Label, strings.Join(wanted, " or "))
	case slices.Contains(wanted, "RGB") && space != "grey":
	default:
		r.add(fieldFile, tagroll.SeverityWarning, "file-colors", "the colours are in %s and %s wants %s: convert it, or they may change", space, a.rules.Label, strings.Join(wanted, " or "))
	}
}

func formatName(f tagroll.Format) string {
	if f == tagroll.FormatWebP {
		return "WebP"
	}
	return strings.ToUpper(string(f))
}

// millions is a number in millions with one decimal, if it has one that counts.
func millions(n int) string {
	text := strconv.FormatFloat(float64(n)/1e6, 'f', 1, 64)
	return strings.TrimSuffix(text, ".0")
}
