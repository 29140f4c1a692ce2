package describe

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/tagroll/tagroll"
)

// SchemaName is the name under which a provider is given Schema.
const SchemaName = "stock_metadata"

// schema is a JSON schema, as far as it is needed here.
type schema struct {
	Type        string `json:"type"`
	Description string `json:"description,omitempty"`
	// Properties is a struct because the order counts: models write the fields in
	// the order of the schema, and keywords are better after the title.
	Properties           any      `json:"properties,omitempty"`
	Items                *schema  `json:"items,omitempty"`
	MinItems             int      `json:"minItems,omitempty"`
	MaxItems             int      `json:"maxItems,omitempty"`
	Enum                 []string `json:"enum,omitempty"`
	Required             []string `json:"required,omitempty"`
	AdditionalProperties *bool    `json:"additionalProperties,omitempty"`
}

// Schema returns the JSON schema of the answer that the guide asks for. It is within what OpenAI's
// strict mode allows (https://platform.openai.com/docs/guides/structured-outputs): every
// property is required and no other is allowed. Some servers ignore minItems and
// maxItems, so the number of keywords must be checked again. The number that the schema
// allows is what agencies accept; the instructions ask for less, but an answer just outside of
// them is still worth more than none.
func Schema(g tagroll.Guide) json.RawMessage { return newSchema(g, true) }

// PlainSchema returns Schema without what some servers refuse: bounds on the number of keywords,
// and the rule that no other property is allowed.
func PlainSchema(g tagroll.Guide) json.RawMessage { return newSchema(g, false) }

func newSchema(g tagroll.Guide, bounds bool) json.RawMessage {
	type properties struct {
		Title       *schema `json:"title,omitempty"`
		Description *schema `json:"description,omitempty"`
		Keywords    *schema `json:"keywords,omitempty"`
		Category    *schema `json:"category,omitempty"`

		Recognizable *schema `json:"recognizable,omitempty"`
	}
	g = orGeneral(g)
	wanted := fieldNames(g)
	var p properties
	if slices.Contains(wanted, "title") {
		p.Title = &schema{Type: "string", Description: titleHint(g.Title)}
	}
	if slices.Contains(wanted, "keywords") {
		p.Keywords = &schema{
			Type:        "array",
			Description: strings.TrimSpace(keywordRange(g) + " keywords, the most relevant first"),
			Items:       &schema{Type: "string"},
		}
	}
	if slices.Contains(wanted, "description") {
		p.Description = &schema{Type: "string", Description: "One or two sentences that say more than the title" + atMost(", of at most %d characters", g.Description.Ask)}
	}
	if slices.Contains(wanted, "category") {
		p.Category = &schema{Type: "string", Description: "The category of the main subject"}
		for _, c := range g.Categories {
			p.Category.Enum = append(p.Category.Enum, string(c.Name))
		}
	}
	if slices.Contains(wanted, recognizable) {
		p.Recognizable = &schema{
			Type: "array", Description: recognizableHint,
			Items: &schema{Type: "string", Enum: []string{tagroll.RecognizablePeople, tagroll.RecognizableProperty}},
		}
	}
	root := schema{Type: "object", Properties: &p, Required: wanted}
	if bounds {
		if p.Keywords != nil {
			p.Keywords.MinItems, p.Keywords.MaxItems = g.Keywords.Min, g.Keywords.Max
		}
		root.AdditionalProperties = new(bool)
	}
	data, err := json.Marshal(root)
	if err != nil {
		panic("describe: the schema is not JSON: " + err.Error()) // no input: cannot happen
	}
	return data
}

func titleHint(t tagroll.TitleGuide) string {
	without := ", without full stop"
	if t.NoCommas {
		without = ", without commas and full stop"
	}
	return "One factual phrase" + atMost(" of at most %d characters", t.Ask) + without
}

// atMost sets a limit into a phrase; without a limit there is none.
func atMost(phrase string, limit int) string {
	if limit == 0 {
		return ""
	}
	return fmt.Sprintf(phrase, limit)
}
