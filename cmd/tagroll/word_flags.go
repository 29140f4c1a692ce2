package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/agency"
	"github.com/tagroll/tagroll/describe"
	"github.com/tagroll/tagroll/settings"
	"github.com/tagroll/tagroll/wording"
)

const groupWords = "What the words say; see tagroll help words"

// wordFlags are the photographer's wishes. What is usually set once and for all is hidden from the
// first help page: the page "words" lists it, and tagroll.toml is its home.
type wordFlags struct {
	context, contextFile, vocabulary, language string
	require, ban, only, existing               []string
	title                                      tagroll.TitleBrief
	keywordsMin, keywordsMax, similar          int
	singleWords, requireLast                   bool

	set *settings.Set
}

func (s *wordFlags) add(set *settings.Set) {
	s.set = set
	set.Add(settings.Setting{
		Name: "context", Group: groupWords, Arg: "TEXT", In: settings.AnyFile, Value: settings.Text(&s.context, ""),
		Help: `what the shoot is: "harvest in the Douro valley, Quinta do Seixo". Its names are
			trusted. A folder's tagroll.toml can say it for the photos in it`,
	}, settings.Setting{
		Name: "context-file", Group: groupWords, Arg: "FILE", In: settings.NoFile, Value: settings.Text(&s.contextFile, ""),
		Help: "the same, from a text file",
	}, settings.Setting{
		Name: "keywords", Group: groupWords, Arg: "MIN-MAX", In: settings.AnyFile, Value: settings.Func("", s.setKeywords),
		Default: "what the agencies recommend",
		Help:    "how many keywords: 25-40, or 30 for at most 30",
	}, settings.Setting{
		Name: "require", Group: groupWords, Arg: "WORDS", In: settings.AnyFile, OfFolder: settings.NoPath, Value: settings.List(&s.require),
		Help: "keywords that every photo gets; @FILE reads them from a file, a line each",
	}, settings.Setting{
		Name: "ban", Group: groupWords, Arg: "WORDS", In: settings.AnyFile, OfFolder: settings.NoPath, Value: settings.List(&s.ban),
		Help: "words that stand nowhere; @FILE reads them from a file",
	}, settings.Setting{
		Name: "language", Group: groupWords, Arg: "CODE", In: settings.AnyFile, Value: settings.Func("", s.setLanguage),
		Default: "en",
		Help:    "what language the words are in, such as de, or by its English name",
	}, settings.Setting{
		Name: "existing", Group: groupWords, Arg: "HOW", In: settings.AnyFile, Value: settings.List(&s.existing, "use"),
		Help: `what becomes of words that the file has: use (told to the model), keep, merge (kept,
			keywords added), replace, or skip photos that have all; title=keep,keywords=merge`,
	}, settings.Setting{
		Name: "only", Group: groupWords, Arg: "FIELDS", In: settings.NoFile, Value: settings.List(&s.only),
		Choices: wording.Fields(),
		Help:    "write only these: {choices}",
	})
	set.Add(settings.Setting{
		Name: "require-last", Hidden: true, In: settings.AnyFile, Value: settings.Switch(&s.requireLast),
		Help: "required keywords come last, not first",
	}, settings.Setting{
		Name: "vocabulary", Hidden: true, Arg: "FILE", Value: settings.Text(&s.vocabulary, ""),
		Help: "the only keywords that are allowed, a line each",
	}, settings.Setting{
		Name: "single-words", Hidden: true, In: settings.AnyFile, Value: settings.Switch(&s.singleWords),
		Help: "keywords are single words",
	}, settings.Setting{
		Name: "title-max", Hidden: true, Arg: "N", In: settings.AnyFile, Value: settings.Number(&s.title.Max, 0, 1),
		Help: "the longest title in characters",
	}, settings.Setting{
		Name: "title-prefix", Hidden: true, Arg: "TEXT", In: settings.AnyFile, Value: settings.Text(&s.title.Prefix, ""),
		Help: "what every title begins with",
	}, settings.Setting{
		Name: "title-suffix", Hidden: true, Arg: "TEXT", In: settings.AnyFile, Value: settings.Text(&s.title.Suffix, ""),
		Help: "what every title ends with",
	}, settings.Setting{
		Name: "title-no-commas", Hidden: true, In: settings.AnyFile, Value: settings.Switch(&s.title.NoCommas),
		Help: "titles have no commas, also for agencies that take them",
	}, settings.Setting{
		Name: "similar", Hidden: true, Arg: "N", In: settings.AnyFile, Value: settings.Number(&s.similar, 0, 1), Default: "all",
		Help: "of photos that look alike only the N sharpest are described",
		Want: "give a number of photos, 1 or more",
	}, settings.Setting{
		Name: "title-case", Hidden: true, Arg: "CASE", In: settings.AnyFile, Value: settings.Text(&s.title.Case, ""),
		Choices: []string{"", "sentence", "title"},
		Help:    "sentence or title: whether words of a title have capitals",
	})
}

// brief makes the brief of the settings, which the agencies can meet. Editorial is declared with
// the agencies' settings.
func (s *wordFlags) brief(editorial bool, agencies agency.Set) (b tagroll.Brief, err error) {
	b = tagroll.Brief{
		Context: s.context, Title: s.title, Language: s.language, Only: s.only, Editorial: editorial,
		Keywords: tagroll.KeywordBrief{Min: s.keywordsMin, Max: s.keywordsMax, RequireLast: s.requireLast, SingleWords: s.singleWords},
	}
	var errs []error
	note := func(setting string, err error) {
		if err != nil {
			errs = append(errs, fmt.Errorf("--%s: %w", setting, err))
		}
	}
	lists := make(listReader)
	if s.contextFile != "" {
		text, err := readText(s.contextFile)
		note("context-file", err)
		b.Context = strings.TrimSpace(b.Context + "\n" + text)
	}
	b.Keywords.Require, err = lists.expand(s.require)
	note("require", err)
	b.Keywords.Ban, err = lists.expand(s.ban)
	note("ban", err)
	if s.vocabulary != "" {
		b.Keywords.Vocabulary, err = lists.file(s.vocabulary)
		if err == nil && len(b.Keywords.Vocabulary) == 0 {
			err = fmt.Errorf("%s has no words: write one keyword a line", s.vocabulary)
		}
		note("vocabulary", err)
	}
	if b.Existing, err = existing(s.existing); err != nil {
		errs = append(errs, err)
	}
	if err = wording.Check(&b); err == nil {
		err = wording.CheckFor(b, agencies)
	}
	if err != nil {
		errs = append(errs, s.named(err, lists))
	}
	return b, errors.Join(errs...)
}

// setKeywords reads "25-40" or "30".
func (s *wordFlags) setKeywords(text string) error {
	low, high, isRange := strings.Cut(text, "-")
	if !isRange {
		low, high = "0", text
	}
	least, lowErr := strconv.Atoi(strings.TrimSpace(low))
	most, highErr := strconv.Atoi(strings.TrimSpace(high))
	if lowErr != nil || highErr != nil || least < 0 || most < 1 || most < least || most > wording.MaxKeywords {
		return errors.New("give two numbers, such as 25-40, or one, such as 30 for at most 30")
	}
	s.keywordsMin, s.keywordsMax = least, most
	return nil
}

func (s *wordFlags) setLanguage(text string) error {
	language, ok := wording.Language(text)
	if !ok || strings.TrimSpace(text) == "" {
		return errors.New("give a code such as de, fr or pt, or an English name such as German")
	}
	s.language = language
	return nil
}

// existing reads policies: one for all fields, or field=policy.
func existing(texts []string) (map[string]tagroll.Existing, error) {
	chosen := make(map[string]tagroll.Existing)
	for _, text := range texts {
		field, policy, one := strings.Cut(text, "=")
		fields := []string{field}
		if !one {
			fields, policy = []string{wording.Title, wording.Description, wording.Keywords}, text
		}
		if !slices.Contains(wording.Policies(), tagroll.Existing(policy)) || one && !slices.Contains(wording.Fields()[:3], field) {
			return nil, fmt.Errorf("--existing %q: write use, keep, merge, replace or skip, for all fields or for one, such as title=keep", text)
		}
		for _, field := range fields {
			chosen[field] = tagroll.Existing(policy)
		}
	}
	return chosen, nil
}

// folderContexts reads what the settings files of folders below the named ones say of their photos.
// The nearest file above a photo counts. Files of named folders and above are read with the other
// settings. A file that is not right is an error; notice is told what of a file does not count.
func folderContexts(photos []tagroll.Photo, named []string, all []*settings.Set, notice func(string)) error {
	known := make(map[string]string)
	roots := make(map[string]bool)
	for _, path := range named {
		if dir, err := folderOf(path); err == nil {
			roots[dir] = true
		}
	}
	var find func(dir string) (string, error)
	find = func(dir string) (string, error) {
		if text, ok := known[dir]; ok || roots[dir] || dir == filepath.Dir(dir) {
			return text, nil
		}
		text, err := folderContext(dir, all, notice)
		if err == nil && text == "" {
			text, err = find(filepath.Dir(dir))
		}
		known[dir] = text
		return text, err
	}
	for i := range photos {
		dir, err := filepath.Abs(filepath.Dir(photos[i].Path))
		if err != nil || !belowAny(dir, roots) {
			continue
		}
		if photos[i].Context, err = find(dir); err != nil {
			return err
		}
	}
	return nil
}

// folderContext reads the context of one folder's settings file.
func folderContext(dir string, all []*settings.Set, notice func(string)) (string, error) {
	f, err := settings.ReadFile(filepath.Join(dir, settings.FileName), true)
	if f == nil || err != nil {
		return "", err
	}
	if err := f.Check(all); err != nil {
		return "", err
	}
	others := slices.DeleteFunc(f.Keys("run"), func(key string) bool { return key == "context" })
	if len(others) > 0 {
		notice(fmt.Sprintf("%s: %s count only if this folder itself is named: for a folder within, only context does", f.Path, strings.Join(others, ", ")))
	}
	return f.Text("run", "context")
}

// unsaid says what of a brief is too long for the model to be told. Lists hold all the same.
func unsaid(b tagroll.Brief) (notices []string) {
	if n := utf8.RuneCountInString(b.Context); n > describe.MaxContext {
		notices = append(notices, fmt.Sprintf("the context has %d characters, and the model is told the first %d: shorten it", n, describe.MaxContext))
	}
	for _, list := range []struct {
		name  string
		words []string
	}{{"required keywords", b.Keywords.Require}, {"banned words", b.Keywords.Ban}, {"vocabulary", b.Keywords.Vocabulary}} {
		if n := len(list.words); n > describe.MaxList {
			notices = append(notices, fmt.Sprintf("the model is told the first %d of %d entries (%s); all of them hold in the result", describe.MaxList, n, list.name))
		}
	}
	return notices
}

func belowAny(dir string, roots map[string]bool) bool {
	for root := range roots {
		if strings.HasPrefix(dir, root+string(filepath.Separator)) {
			return true
		}
	}
	return false
}
