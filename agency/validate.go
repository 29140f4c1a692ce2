package agency

import (
	"slices"
	"time"

	"github.com/tagroll/tagroll"
)

// validate checks what the JSON decoder cannot.
func (r *rules) validate() error {
	if !namePattern.MatchString(r.Name) {
		return configurationError(nil, "name %q: use lower-case letters, digits and single hyphens", r.Name)
	}
	if r.Label == "" {
		return configurationError(nil, "label is missing: it is the agency's name in messages")
	}
	if _, err := time.Parse(time.DateOnly, r.AsOf); err != nil {
		return configurationError(err, "as_of %q: give the date of the rules as 2006-01-02", r.AsOf)
	}
	for _, check := range []func() error{r.validateEvidence, r.validateLimits, r.validateSeverities, r.validateEditorial} {
		if err := check(); err != nil {
			return err
		}
	}
	if k := r.Keywords; k.Max > 0 && (k.Min > k.Max || k.Keep > k.Max) {
		return configurationError(nil, "keywords: min and keep must not be above max")
	}
	if err := r.Category.validate(); err != nil {
		return err
	}
	return r.CSV.validate(r.Category)
}

func (r *rules) validateEvidence() error {
	for section, e := range r.Evidence {
		switch {
		case !slices.Contains(Sections, section):
			return configurationError(nil, "evidence: there is no section %q", section)
		case e.Source == "":
			return configurationError(nil, "evidence.%s: the source is missing", section)
		case !slices.Contains(confidences, e.Confidence):
			return configurationError(nil, "evidence.%s: confidence %q: use one of %q", section, e.Confidence, confidences)
		}
		if _, err := time.Parse(time.DateOnly, e.AsOf); err != nil {
			return configurationError(err, "evidence.%s: as_of %q: give a date as 2006-01-02", section, e.AsOf)
		}
	}
	return nil
}

func (r *rules) validateLimits() error {
	limits := []struct {
		field string
		value int
	}{
		{"filename.warn_above", r.FileName.WarnAbove},
		{"title.min", r.Title.Min}, {"title.max", r.Title.Max}, {"title.warn_above", r.Title.WarnAbove},
		{"title.min_words", r.Title.MinWords}, {"title.max_words", r.Title.MaxWords},
		{"description.min", r.Description.Min}, {"description.max", r.Description.Max}, {"description.warn_above", r.Description.WarnAbove},
		{"keywords.min", r.Keywords.Min}, {"keywords.max", r.Keywords.Max}, {"keywords.warn_below", r.Keywords.WarnBelow},
		{"keywords.warn_above", r.Keywords.WarnAbove}, {"keywords.keep", r.Keywords.Keep}, {"keywords.leading", r.Keywords.Leading},
		{"keywords.ask_min", r.Keywords.AskMin}, {"keywords.ask_max", r.Keywords.AskMax},
		{"file.min_pixels", r.File.MinPixels}, {"file.max_pixels", r.File.MaxPixels}, {"file.min_side", r.File.MinSide}, {"file.max_bytes", int(r.File.MaxBytes)},
	}
	for _, limit := range limits {
		if limit.value < 0 {
			return configurationError(nil, "%s is %d: give a positive number, or zero for no limit", limit.field, limit.value)
		}
	}
	return nil
}

func (r *rules) validateSeverities() error {
	t := r.Text
	for _, s := range []tagroll.Severity{t.WebAddress, t.EmailAddress, t.PhoneNumber, t.PersonName, t.AllCapitals, t.Emoji,
		t.ControlCharacters, t.Accents, t.Date, t.SameStem, t.Repeated} {
		if !slices.Contains(severities, s) {
			return configurationError(nil, "text: severity %q: use error, warning or nothing", s)
		}
	}
	return nil
}

func (c *categoryRules) validate() error {
	if c == nil {
		return nil
	}
	if c.Min < 0 || c.Max < 1 || c.Min > c.Max {
		return configurationError(nil, "categories: min and max must be such that 0 <= min <= max and max >= 1")
	}
	known := tagroll.Categories()
	for _, category := range known {
		if len(c.Names[category]) == 0 {
			return configurationError(nil, "categories.names: %q has no name at the agency", category)
		}
	}
	for category := range c.Names {
		if !slices.Contains(known, category) {
			return configurationError(nil, "categories.names: %q is not one of tagroll's categories", category)
		}
	}
	return nil
}

func (c *csvRules) validate(categories *categoryRules) error {
	if c == nil {
		return nil
	}
	delimiter := []rune(c.Delimiter)
	if len(delimiter) != 1 || !slices.Contains([]rune{',', ';', '\t', '|'}, delimiter[0]) {
		return configurationError(nil, "csv.delimiter %q: use a comma, a semicolon, a tab or a bar", c.Delimiter)
	}
	if c.MaxRows < 0 || c.MaxBytes < 0 {
		return configurationError(nil, "csv.max_rows and csv.max_bytes: give positive numbers, or zero for no limit")
	}
	if len(c.Columns) == 0 {
		return configurationError(nil, "csv.columns is empty: name the file's columns")
	}
	if c.Required < 0 || c.Required > len(c.Columns) {
		return configurationError(nil, "csv.required is %d: give how many of the columns must be there", c.Required)
	}
	for i, col := range c.Columns {
		switch {
		case col.Name == "":
			return configurationError(nil, "csv.columns: column %d has no name", i+1)
		case !slices.Contains(sources, col.Source):
			return configurationError(nil, "csv.columns: %s: there is no source %q", col.Name, col.Source)
		case col.Number < 0 || col.Number > 0 && col.Source != sourceCategory:
			return configurationError(nil, "csv.columns: %s: number is for categories and counts from 1", col.Name)
		case col.Source == sourceCategory && categories == nil:
			return configurationError(nil, "csv.columns: %s: the rules have no categories", col.Name)
		case col.Value != "" && col.Source != sourceConstant:
			return configurationError(nil, "csv.columns: %s: value is for the source constant", col.Name)
		}
	}
	return nil
}
