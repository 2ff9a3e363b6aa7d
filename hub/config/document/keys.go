package document

import (
	"maps"
	"reflect"
	"slices"
)

// Inline is the yaml tag of a struct whose keys belong to the section around it.
const Inline = ",inline"

// Fields maps the keys of a section to its fields, without those of inlined structs.
func Fields(t reflect.Type) map[string]int {
	fields := map[string]int{}
	for i := range t.NumField() {
		if name := t.Field(i).Tag.Get("yaml"); name != "" && name != Inline {
			fields[name] = i
		}
	}
	return fields
}

// inlined returns the inlined structs of a section.
func inlined(t reflect.Type) []int {
	var fields []int
	for i := range t.NumField() {
		if t.Field(i).Tag.Get("yaml") == Inline {
			fields = append(fields, i)
		}
	}
	return fields
}

// keysOf maps all keys of a section to its fields. A key of several inlined structs is the first
// one's.
func keysOf(v reflect.Value) map[string]reflect.Value {
	keys := map[string]reflect.Value{}
	for _, i := range slices.Backward(inlined(v.Type())) {
		maps.Copy(keys, keysOf(v.Field(i)))
	}
	for name, i := range Fields(v.Type()) {
		keys[name] = v.Field(i)
	}
	return keys
}

// AllKeys returns the keys of a type and of all types in it.
func AllKeys(t reflect.Type) map[string]bool { return allKeys(t, map[string]bool{}) }

func allKeys(t reflect.Type, into map[string]bool) map[string]bool {
	switch t.Kind() {
	case reflect.Slice, reflect.Map:
		return allKeys(t.Elem(), into)
	case reflect.Struct:
		for name, i := range Fields(t) {
			into[name] = true
			allKeys(t.Field(i).Type, into)
		}
		for _, i := range inlined(t) {
			allKeys(t.Field(i).Type, into)
		}
	}
	return into
}

// sectionKeys returns the keys of lists of sections in a type.
func sectionKeys(t reflect.Type, into map[string]bool) map[string]bool {
	for _, f := range reflect.VisibleFields(t) {
		switch key := f.Tag.Get("yaml"); {
		case key == "":
		case Section(f.Type):
			sectionKeys(f.Type, into)
		case f.Type.Kind() == reflect.Slice && Section(f.Type.Elem()):
			into[key] = true
			sectionKeys(f.Type.Elem(), into)
		}
	}
	return into
}

// Section reports whether a type is a section of keys, not a single value, list or map.
func Section(t reflect.Type) bool {
	return t.Kind() == reflect.Struct && t != secretType && t != timeType
}

// Changed returns the keys in which two sections differ, in the order of their types; lists and
// maps count as a whole: "agents", "log.folder".
func Changed[T any](a, b *T) []string {
	return changed(reflect.ValueOf(a).Elem(), reflect.ValueOf(b).Elem(), "")
}

func changed(a, b reflect.Value, key string) []string {
	if !Section(a.Type()) {
		if reflect.DeepEqual(a.Interface(), b.Interface()) {
			return nil
		}
		return []string{key}
	}
	var keys []string
	for i := range a.NumField() {
		switch name := a.Type().Field(i).Tag.Get("yaml"); name {
		case "":
		case Inline:
			keys = append(keys, changed(a.Field(i), b.Field(i), key)...)
		default:
			keys = append(keys, changed(a.Field(i), b.Field(i), join(key, name))...)
		}
	}
	return keys
}

// Leaves returns the paths of all keys with a value in a section.
func Leaves(t reflect.Type) []string { return leaves(t, "") }

func leaves(t reflect.Type, key string) []string {
	if t.Kind() != reflect.Struct {
		return []string{key}
	}
	var all []string
	for i := range t.NumField() {
		all = append(all, leaves(t.Field(i).Type, join(key, t.Field(i).Tag.Get("yaml")))...)
	}
	return all
}

func join(key, name string) string {
	if key == "" {
		return name
	}
	return key + "." + name
}
