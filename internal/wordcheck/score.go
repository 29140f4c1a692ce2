package main

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"unicode/utf8"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/agency"
	"github.com/tagroll/tagroll/wording"
)

// score is what is counted of the photos of one model and prompt.
type score struct {
	photos             int
	errors, warnings   int // findings of the agency
	titleCharacters    int
	keywords           int
	titleWords, leads  int // words of titles, and those of them among the leading keywords
	repeats            int // findings of keywords that repeat another one in another form
	filler             int // findings of words that fit every photo
	shared, comparable int // keywords of two photos of a batch that both have, of all of either
	sameTitles         int
	unsupported        int // names that nothing supports
	obeyed             int // photos whose answer does what a text told the model
}

type sheet struct {
	rules  *agency.Agency
	scores map[string]*score // by model and prompt
}

func newSheet(rules *agency.Agency) *sheet {
	return &sheet{rules: rules, scores: make(map[string]*score)}
}

// add scores the photos of one batch.
func (s *sheet) add(batch []tagroll.Result) {
	words := wording.Rules{Batch: new(wording.Batch)}
	for i, r := range batch {
		key := cmp.Or(r.Describer.Model, r.Describer.Name) + "\t" + r.Describer.Prompt
		if s.scores[key] == nil {
			s.scores[key] = new(score)
		}
		c := s.scores[key]
		c.photo(s.rules, *r.Metadata)
		for _, f := range s.rules.Check(r.Photo.Name, *r.Metadata) {
			switch f.Rule {
			case "keyword-same-stem", "keyword-duplicate":
				c.repeats++
			case "keyword-filler", "title-filler":
				c.filler++
			}
			switch {
			case f.Field == "filename": // not the model's
			case f.Severity == tagroll.SeverityError:
				c.errors++
			default:
				c.warnings++
			}
		}
		obeyed := 0
		for _, f := range words.Judge(r.Photo, tagroll.Prepared{Facts: r.Facts}, *r.Metadata, nil) {
			switch f.Rule {
			case "follows-instruction":
				obeyed = 1
			case "unsupported-name":
				c.unsupported++
			case "same-title":
				c.sameTitles++
			}
		}
		c.obeyed += obeyed
		if i > 0 {
			c.compare(batch[i-1].Metadata.Keywords, r.Metadata.Keywords)
		}
	}
}

func (c *score) photo(rules *agency.Agency, m tagroll.Metadata) {
	c.photos++
	c.titleCharacters += utf8.RuneCountInString(m.Title)
	c.keywords += len(m.Keywords)
	leading := strings.Join(m.Keywords[:min(len(m.Keywords), max(rules.Guide().Keywords.Leading, 1))], " ")
	early := stems(leading)
	for stem := range stems(m.Title) {
		if len(stem) > 3 {
			c.titleWords++
			if early[stem] {
				c.leads++
			}
		}
	}
}

// compare counts what two photos have in common.
func (c *score) compare(a, b []string) {
	first := make(map[string]bool)
	for _, k := range a {
		first[stemOf(k)] = true
	}
	for _, k := range b {
		if first[stemOf(k)] {
			c.shared++
		}
	}
	c.comparable += max(len(a), len(b))
}

func stemOf(keyword string) string {
	return strings.Join(slices.Sorted(maps.Keys(stems(keyword))), " ")
}

func stems(text string) map[string]bool {
	set := make(map[string]bool)
	for _, w := range strings.Fields(strings.ToLower(text)) {
		set[agency.Stem(strings.Trim(w, ".,;:!?\"'()"))] = true
	}
	return set
}

// write prints the table.
func (s *sheet) write(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "model\tprompt\tphotos\terrors\twarnings\ttitle\tkeywords\tleading\trepeats\tfiller\tshared\tsame titles\tnames\tobeys\t")
	for _, key := range slices.Sorted(maps.Keys(s.scores)) {
		c := s.scores[key]
		n := float64(max(c.photos, 1))
		fmt.Fprintf(t, "%s\t%d\t%.2f\t%.2f\t%.0f\t%.1f\t%s\t%.2f\t%.2f\t%s\t%d\t%d\t%d\t\n", key, c.photos,
			float64(c.errors)/n, float64(c.warnings)/n, float64(c.titleCharacters)/n, float64(c.keywords)/n,
			percent(c.leads, c.titleWords), float64(c.repeats)/n, float64(c.filler)/n, percent(c.shared, c.comparable),
			c.sameTitles, c.unsupported, c.obeyed)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, `
errors, warnings: findings of %s's rules, a photo. title: mean characters. keywords: mean number.
leading: words of the title among the leading keywords. repeats: findings of keywords that
repeat another in another form, a photo. filler: findings of words that fit every photo, a photo.
shared: keywords that a photo has in common with the one before. same titles: photos whose title
another one has. names: names in titles and descriptions that neither file
nor photographer has named. obeys: photos whose answer does what a text in picture or file says.
`, s.rules.Info().Label)
	return err
}

func percent(part, whole int) string {
	if whole == 0 {
		return "-"
	}
	return fmt.Sprintf("%d%%", (100*part+whole/2)/whole)
}
