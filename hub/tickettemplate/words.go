package tickettemplate

import (
	"reflect"
	"slices"
	"strings"
	"text/template"

	"traybell/hub/templatefault"
)

// Fields returns the names that templates can use: .Caller.Name, .Call.DID, .Data.contract and so
// on. data are the fields of call_data.
func Fields(data ...string) []string {
	names := slices.DeleteFunc(
		templatefault.Fields(reflect.TypeFor[Data]()),
		func(n string) bool { return n == ".Data" },
	)
	for _, name := range data {
		names = append(names, ".Data."+name)
	}
	return names
}

var faults = templatefault.Kind{Example: "{{.Caller.Name}}"}

// try executes a template with all fields set and with none, to check both branches of an {{if}}.
func try(t *template.Template, data []string) error {
	full, none := sampleData(), Data{Data: map[string]string{}}
	full.Data = map[string]string{}
	for _, name := range data {
		full.Data[name], none.Data[name] = "x", ""
	}
	for _, sample := range []Data{full, none} {
		if err := t.Execute(&strings.Builder{}, sample); err != nil {
			return err
		}
	}
	return nil
}

// sampleData returns a Data with a text in every field.
func sampleData() Data {
	var data Data
	fill(reflect.ValueOf(&data).Elem())
	return data
}

func fill(v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		v.SetString("x")
	case reflect.Struct:
		if v.Type().PkgPath() == "time" {
			return
		}
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				fill(v.Field(i))
			}
		}
	default:
	}
}
