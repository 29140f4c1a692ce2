package describe

import (
	"encoding/json"

	"github.com/tagroll/tagroll"
)

// SchemaName is the name under which a provider is given Schema.
const SchemaName = "stock_metadata"

// The number of keywords that the schema allows. The instructions ask for fewer;
// an answer just outside of them is still worth more than none.
const (
	minKeywords = 5
	maxKeywords = 49
)

// schema is a JSON schema, as far as it is needed here.
type schema struct {
	Type        string `json:"type"`
	Description string `json:"description,omitempty"`
	// Properties is a struct because the order counts: models write the fields in
	// the order of the schema, and keywords are better after the title.
	Properties           any                `json:"properties,omitempty"`
	Items                *schema            `json:"items,omitempty"`
	MinItems             int                `json:"minItems,omitempty"`
	MaxItems             int                `json:"maxItems,omitempty"`
	Enum                 []tagroll.Category `json:"enum,omitempty"`
	Required             []string           `json:"required,omitempty"`
	AdditionalProperties *bool              `json:"additionalProperties,omitempty"`
}

// Schema returns the JSON schema of the answer. It is within what OpenAI's strict
// mode allows (https://platform.openai.com/docs/guides/structured-outputs): every
// property is required and no other is allowed. Some servers ignore minItems and
// maxItems, so the number of keywords must be checked again.
func Schema() json.RawMessage {
	type properties struct {
		Title    schema `json:"title"`
		Keywords schema `json:"keywords"`
		Category schema `json:"category"`
	}
	data, err := json.Marshal(schema{
		Type: "object",
		Properties: properties{
			Title: schema{
				Type:        "string",
				Description: "One factual phrase of at most 70 characters, without commas and full stop",
			},
			Keywords: schema{
				Type:        "array",
				Description: "25 to 40 keywords, the most relevant first",
				Items:       &schema{Type: "string"},
				MinItems:    minKeywords,
				MaxItems:    maxKeywords,
			},
			Category: schema{
				Type:        "string",
				Description: "The category of the main subject",
				Enum:        tagroll.Categories(),
			},
		},
		Required:             []string{"title", "keywords", "category"},
		AdditionalProperties: new(bool),
	})
	if err != nil {
		panic("describe: the schema is not JSON: " + err.Error()) // no input: cannot happen
	}
	return data
}
