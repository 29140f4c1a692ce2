package openai_test

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"fmt"
	"image"
	"image/jpeg"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/tagroll/tagroll"
	"github.com/tagroll/tagroll/agency"
	"github.com/tagroll/tagroll/describe/describetest"
	"github.com/tagroll/tagroll/describe/openai"
	"github.com/tagroll/tagroll/openaitest"
)

// What docs/costs.md counts for a photo beside its image, in tokens.
const (
	pagePrompt  = 2000 // the instructions with a guide, and the schema
	pageCached  = 1920
	pageFacts   = 40
	pageAnswer  = 160
	pageAspect  = 3.0 / 2
	pageDetail  = "high"
	pageCommand = "go test ./describe/openai -run TestCostsPage -update"
)

// pageUsage is what the page counts for a photo whose longer side is sent with so many pixels.
func pageUsage(m openai.Model, side int, tier string) (usage tagroll.Usage, image int) {
	image = m.Image.Tokens(side, int(math.Round(float64(side)/pageAspect)), pageDetail)
	usage = tagroll.Usage{InputTokens: pagePrompt + pageFacts + image, OutputTokens: pageAnswer, Tier: tier}
	if m.CachedInput > 0 {
		usage.CachedTokens = pageCached
	}
	return usage, image
}

// TestCostsPage holds docs/costs.md against the table of models.
func TestCostsPage(t *testing.T) {
	table := openai.Models()
	sides := []int{512, 768, 1024}
	var names []string
	for _, name := range slices.Sorted(maps.Keys(table.Models)) {
		m := table.Models[name]
		if base, ok := table.Models[m.Like]; ok && m.Image == nil {
			m.Image = base.Image
			table.Models[name] = m
		}
		if m.Price != nil && m.Image != nil && (m.Shutdown == "" || m.Shutdown > table.AsOf) {
			names = append(names, name)
		}
	}
	cost := func(name string, side int, tier string) float64 {
		m := table.Models[name]
		usage, _ := pageUsage(m, side, tier)
		return 1000 * m.Cost(usage)
	}
	slices.SortFunc(names, func(a, b string) int {
		return cmp.Or(cmp.Compare(cost(a, 1024, ""), cost(b, 1024, "")), cmp.Compare(a, b))
	})
	var page bytes.Buffer
	fmt.Fprintf(&page, `# What a thousand photos cost

In US dollars, by prices of %s (describe/openai/models.json has them with their sources). This page is made by

    %s

A photo of 3:2 is counted with %d tokens of instructions and schema, of which the provider has %d in its cache after the
first photos, %d tokens of facts from its file, the tokens of its image at --detail %s, and an answer of %d tokens, which is that of about 36 keywords. No photo is asked about twice.
`+"`tagroll run --dry-run`"+` says what your photos will cost, and the summary what they did cost.

| model | image tokens at 512, 768, 1024 px | 512 px | 768 px | 1024 px | flex, 512 px | flex, 768 px | flex, 1024 px | ends |
|---|---|---|---|---|---|---|---|---|
`, table.AsOf, pageCommand, pagePrompt, pageCached, pageFacts, pageDetail, pageAnswer)
	for _, name := range names {
		m := table.Models[name]
		fmt.Fprintf(&page, "| %s |", name)
		for i, side := range sides {
			_, tokens := pageUsage(m, side, "")
			fmt.Fprintf(&page, "%s %d", []string{"", ",", ","}[i], tokens)
		}
		for _, tier := range []string{"", openai.TierFlex} {
			for _, side := range sides {
				if tier == openai.TierFlex && m.Flex == 0 {
					fmt.Fprint(&page, " | –")
					continue
				}
				fmt.Fprintf(&page, " | %.2f", cost(name, side, tier))
			}
		}
		fmt.Fprintf(&page, " | %s |\n", m.Shutdown)
	}
	luna := table.Models[openai.DefaultModel]
	usage, tokens := pageUsage(luna, 1024, openai.TierFlex)
	fmt.Fprintf(&page, `
## Worked example

%s with --tier flex, 1024 px: %d tokens of image and %d others are new, at $%.2f a million; %d are cached, at $%.2f; the answer's %d cost $%.2f a million.
(%d x %.2f + %d x %.2f + %d x %.2f) / 1,000,000 is $%.6f, half of that with flex: **$%.3f for a thousand photos**.

## The cheapest size that carries enough

--max-edge 768 costs %.0f%% less than 1024 with the default model, 512 costs %.0f%% less. What stock photos are searched by (subject, setting, light, mood) survives at 768; small things
and small lettering do not survive at 512. Recommended: 1024 if a dime for a thousand photos is no matter, 768 with --tier flex if it is. --detail low sends 512 px of detail whatever
is sent, and saves no upload: prefer --max-edge. How many tokens an image takes was counted by OpenAI's published rule; the table's models agree with it, and the stand-in server
counts them by code of its own.
`, openai.DefaultModel, tokens, usage.InputTokens-tokens-pageCached, luna.Input, pageCached, luna.CachedInput, pageAnswer, luna.Output,
		usage.InputTokens-pageCached, luna.Input, pageCached, luna.CachedInput, pageAnswer, luna.Output,
		cost(openai.DefaultModel, 1024, "")/1000, cost(openai.DefaultModel, 1024, openai.TierFlex),
		100*(1-cost(openai.DefaultModel, 768, "")/cost(openai.DefaultModel, 1024, "")),
		100*(1-cost(openai.DefaultModel, 512, "")/cost(openai.DefaultModel, 1024, "")))
	golden(t, "../../../docs/costs.md", page.Bytes())
	if dime := cost(openai.DefaultModel, 1024, openai.TierFlex); dime > 0.10 {
		t.Errorf("a thousand photos cost $%.3f with flex, more than a dime", dime)
	}
}

// The real prompt for the default agency is what the page counts, within ten percent, and stays
// within a dime.
func TestThousandPhotosForADime(t *testing.T) {
	d := newDescriber(t, "http://localhost:1/v1", func(c *openai.Config) {
		c.Tier = openai.TierFlex
	})
	usage := d.EstimateCached(sized(1024, 683))
	if cost := 1000 * usage.CostUSD; cost > 0.10 || cost < 0.05 {
		t.Errorf("a thousand photos are estimated at $%.3f", cost)
	}
	page, _ := pageUsage(openai.Models().Models[openai.DefaultModel], 1024, "")
	if off := math.Abs(float64(usage.InputTokens)/float64(page.InputTokens) - 1); off > 0.10 {
		t.Errorf("the prompt has %d tokens, the page counts %d", usage.InputTokens, page.InputTokens)
	}
}

// standIn describes photos by the stand-in server, and returns what it has billed by its own count.
func standIn(t *testing.T, d *openai.Describer, requests []tagroll.Request) (billed tagroll.Usage) {
	t.Helper()
	for _, r := range requests {
		r.URL = dataURL(r.Image.JPEG)
		answer, err := d.Describe(t.Context(), r)
		if err != nil {
			t.Fatal(err)
		}
		billed = billed.Add(answer.Usage)
	}
	return billed
}

// shoot is so many requests for photos of these sizes in turn, of which the photographer and the
// files say something.
func shoot(t *testing.T, photos int, brief tagroll.Brief, sizes ...[2]int) (requests []tagroll.Request) {
	t.Helper()
	pictures := make(map[[2]int][]byte)
	for n := range photos {
		size := sizes[n%len(sizes)]
		if pictures[size] == nil {
			pictures[size] = flat(t, size[0], size[1])
		}
		r := describetest.Request(n)
		r.Guide, r.Brief = adobe, brief
		r.Facts.Place = tagroll.Place{City: fmt.Sprintf("City %d", n), Country: "Portugal"}
		r.Image = tagroll.Image{JPEG: pictures[size], Width: size[0], Height: size[1]}
		requests = append(requests, r)
	}
	return requests
}

func flat(t *testing.T, width, height int) []byte {
	t.Helper()
	m := image.NewGray(image.Rect(0, 0, width, height))
	for i := range m.Pix {
		m.Pix[i] = uint8(i % 7)
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func dataURL(jpeg []byte) string {
	return "data:image/jpeg;base64," + base64.StdEncoding.EncodeToString(jpeg)
}

// What is said before is what the stand-in bills by its own count, within ten percent, for every
// model of the table that it has: for all photos of a batch before the first call, and for the rest
// of it after some answers.
func TestEstimateIsWhatIsBilled(t *testing.T) {
	t.Parallel()
	briefs := map[string]tagroll.Brief{
		"nothing":      {},
		"a context":    {Context: strings.Repeat("The harvest festival of the fishermen's chapel, with the whole village in costume. ", 20)},
		"a vocabulary": {Keywords: tagroll.KeywordBrief{Vocabulary: vocabulary(400)}},
	}
	check := func(t *testing.T, name, tier string, requests []tagroll.Request) {
		t.Helper()
		server, err := openaitest.New(openaitest.Config{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { server.Close() })
		d := newDescriber(t, "http://openai.test/v1", model(name), func(c *openai.Config) {
			c.Tier, c.Transport = tier, openaitest.NewTransport(server)
		})
		estimate := func() float64 {
			sum := d.Estimate(requests[0]).CostUSD
			for _, r := range requests[1:] {
				sum += d.EstimateCached(r).CostUSD
			}
			return sum
		}
		before := estimate()
		billed := standIn(t, d, requests)
		after := estimate()
		for when, said := range map[string]float64{"before the first call": before, "after some answers": after} {
			if off := said/billed.CostUSD - 1; math.Abs(off) > 0.10 {
				t.Errorf("%s: $%.5f was estimated, $%.5f billed (%+.1f%%); %+v", when, said, billed.CostUSD, 100*off, billed)
			}
		}
		if billed.CachedTokens < 1024*(len(requests)-1) {
			t.Errorf("%d tokens came from the cache: the prompts begin differently", billed.CachedTokens)
		}
	}
	table := openai.Models().Models
	for _, name := range slices.Sorted(maps.Keys(table)) {
		m := table[name]
		if m.Price == nil || m.Image == nil && m.Like == "" {
			continue
		}
		for _, batch := range []struct{ photos, edge int }{{1, 1024}, {10, 1024}, {1, 768}, {3, 512}} {
			t.Run(fmt.Sprintf("%s, %d at %d", name, batch.photos, batch.edge), func(t *testing.T) {
				check(t, name, openai.TierStandard, shoot(t, batch.photos, tagroll.Brief{}, [2]int{batch.edge, batch.edge * 2 / 3}))
			})
		}
		if m.Flex > 0 {
			t.Run(name+", flex", func(t *testing.T) {
				check(t, name, openai.TierFlex, shoot(t, 3, tagroll.Brief{}, [2]int{1024, 683}))
			})
		}
	}
	for _, name := range agency.Names() {
		t.Run("for "+name, func(t *testing.T) {
			a, err := agency.Lookup(name)
			if err != nil {
				t.Fatal(err)
			}
			requests := shoot(t, 3, tagroll.Brief{}, [2]int{512, 341})
			for i := range requests {
				requests[i].Guide = agency.Set{a}.Guide()
			}
			check(t, openai.DefaultModel, openai.TierStandard, requests)
		})
	}
	for what, brief := range briefs {
		t.Run("mixed sizes and "+what, func(t *testing.T) {
			check(t, openai.DefaultModel, openai.TierFlex, shoot(t, 30, brief, [2]int{1024, 683}, [2]int{683, 1024}, [2]int{1024, 256}, [2]int{800, 800}, [2]int{300, 200}))
		})
	}
}

// vocabulary is a list of so many keywords.
func vocabulary(n int) []string {
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprintf("%s %s", []string{"mountain", "harbour", "festival", "autumn", "traditional"}[i%5], []string{"village", "morning", "food", "people"}[i%4])
	}
	return list
}
