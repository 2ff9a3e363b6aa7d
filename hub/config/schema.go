package config

import (
	"encoding/json"
	"reflect"

	"github.com/invopop/jsonschema"
)

// Schema is hub.yml's JSON Schema (draft 2020-12), for editors. It is made from the types; what
// needs more than one key to judge is left to Load.
func Schema() []byte {
	r := jsonschema.Reflector{
		FieldNameTag:               "yaml",
		Anonymous:                  true,
		ExpandedStruct:             true,
		RequiredFromJSONSchemaTags: true,
		Mapper: func(t reflect.Type) *jsonschema.Schema {
			if t == durationType {
				return &jsonschema.Schema{Type: "string", Pattern: `^([0-9]+d)?([0-9]+(\.[0-9]+)?(ns|us|µs|ms|s|m|h))*$`}
			}
			return nil
		},
	}
	s := r.Reflect(&Config{})
	s.Title = "hub.yml of traybell-hub"
	text, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		// Reflection over our own types made it: there is no input that could fail.
		return nil
	}
	return append(text, '\n')
}
