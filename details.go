package tagroll

// Details are what agencies ask of a photo beside its words. They come from the user: by flags, a
// table, or the page. Nothing of them is ever made up.
type Details struct {
	// ModelReleases and PropertyReleases are names of releases, as the agency knows them.
	ModelReleases    []string `json:"model_releases,omitempty"`
	PropertyReleases []string `json:"property_releases,omitempty"`
	// Editorial is for news and reports only, Mature not for everybody's eyes.
	Editorial bool `json:"editorial,omitempty"`
	Mature    bool `json:"mature,omitempty"`
	// Copyright names the owner of the rights.
	Copyright string `json:"copyright,omitempty"`
	// Place counts before the place in the photo's file.
	Place Place `json:"place,omitzero"`
	// Columns are texts for an agency's columns, by the column's name in lower case. They count
	// before everything else.
	Columns map[string]string `json:"columns,omitempty"`
}

// IsZero reports whether there is nothing to say.
func (d Details) IsZero() bool {
	return len(d.ModelReleases) == 0 && len(d.PropertyReleases) == 0 && !d.Editorial && !d.Mature && d.Copyright == "" &&
		d.Place == (Place{}) && len(d.Columns) == 0
}

// Over returns d with what it leaves open taken from below.
func (d Details) Over(below Details) Details {
	if len(d.ModelReleases) == 0 {
		d.ModelReleases = below.ModelReleases
	}
	if len(d.PropertyReleases) == 0 {
		d.PropertyReleases = below.PropertyReleases
	}
	d.Editorial = d.Editorial || below.Editorial
	d.Mature = d.Mature || below.Mature
	if d.Copyright == "" {
		d.Copyright = below.Copyright
	}
	d.Place = d.Place.over(below.Place)
	if len(below.Columns) > 0 {
		columns := make(map[string]string, len(below.Columns)+len(d.Columns))
		for name, text := range below.Columns {
			columns[name] = text
		}
		for name, text := range d.Columns {
			columns[name] = text
		}
		d.Columns = columns
	}
	return d
}

// over is the more precise place: a place that names anything is not mixed with another.
func (p Place) over(below Place) Place {
	if p == (Place{}) {
		return below
	}
	return p
}
