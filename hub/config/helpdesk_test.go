package config

import (
	"reflect"
	"testing"

	"traybell/hub/config/document"
)

// No two kinds have the same key, and every secret can be in a file.
func TestHelpDeskKeys(t *testing.T) {
	of := map[string]reflect.Type{}
	sections := []any{&HelpDeskServer{}}
	for _, k := range helpDeskKinds {
		if k.settings != nil {
			sections = append(sections, k.settings(&HelpDesk{}))
		}
	}
	for _, s := range sections {
		section := reflect.TypeOf(s).Elem()
		fields := document.Fields(section)
		for name, i := range fields {
			if other, has := of[name]; has {
				t.Errorf("%s is in %v and %v: move it to HelpDeskServer", name, other, section)
			}
			of[name] = section
			_, has := fields[name+"_file"]
			if section.Field(i).Type == reflect.TypeFor[document.Secret]() && !has {
				t.Errorf("%s has no %s_file", name, name)
			}
		}
	}
	server := document.Fields(reflect.TypeFor[HelpDeskServer]())
	for _, k := range helpDeskKinds {
		for _, key := range k.uses {
			if _, has := server[key]; !has {
				t.Errorf("%v uses %s, which is not in HelpDeskServer", k.types, key)
			}
		}
	}
}
