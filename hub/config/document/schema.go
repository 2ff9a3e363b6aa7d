package document

import (
	"encoding/json"
	"path"
	"reflect"

	"github.com/invopop/jsonschema"
)

// Schema returns the JSON Schema (draft 2020-12) of a file, generated from its struct. It does not
// check keys that depend on each other.
func Schema(title string, file any) []byte {
	r := jsonschema.Reflector{
		FieldNameTag:               "yaml",
		Anonymous:                  true,
		ExpandedStruct:             true,
		RequiredFromJSONSchemaTags: true,
		Namer: func(t reflect.Type) string { // types of other packages may have the same name
			if t.PkgPath() == "" || t.PkgPath() == reflect.TypeOf(file).Elem().PkgPath() {
				return t.Name()
			}
			return path.Base(t.PkgPath()) + "." + t.Name()
		},
		Mapper: func(t reflect.Type) *jsonschema.Schema {
			switch t {
			case timeType:
				return &jsonschema.Schema{Type: "string"}
			case durationType:
				const pattern = `^([0-9]+d)?([0-9]+(\.[0-9]+)?(ns|us|µs|ms|s|m|h))*$`
				return &jsonschema.Schema{Type: "string", Pattern: pattern}
			}
			return nil
		},
	}
	s := r.Reflect(file)
	s.Title = title
	text, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return nil // cannot happen: the input is our own types
	}
	return append(text, '\n')
}
