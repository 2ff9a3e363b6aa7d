package config

import (
	"fmt"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
)

// Check finds what only others can find wrong in a configuration, such as a template that does not
// compile. It is asked also where there are other problems, so that all are told at once: values
// may be missing, or nonsense.
type Check func(*Config) Problems

// hear takes in what others find, unless the key was refused already.
func (d *decoder) hear(c *Config, others []Check) {
	for _, check := range others {
		for _, p := range check(c) {
			if d.isBad(p.Key) || d.full() {
				continue
			}
			d.bad[p.Key] = true
			d.problems = append(d.problems, p)
		}
	}
}

// full tells that enough problems are told already, and counts those beyond.
func (d *decoder) full() bool {
	if len(d.problems) < maxProblems {
		return false
	}
	d.untold++
	return true
}

// sumUp says how many problems are not told one by one.
func (d *decoder) sumUp() {
	d.problems.sort()
	if d.untold > 0 {
		d.problems = append(d.problems, Problem{
			File: d.src.file, Line: len(d.src.lines) + 1,
			Text: fmt.Sprintf("and %d problems more; mend these first", d.untold),
		})
	}
}

// filesOf are the secrets' and certificates' files that a section names.
func filesOf(v reflect.Value, folder string) []string {
	var files []string
	switch v.Kind() {
	case reflect.Slice:
		for i := range v.Len() {
			files = append(files, filesOf(v.Index(i), folder)...)
		}
	case reflect.Struct:
		for name, i := range fieldsOf(v.Type()) {
			field := v.Field(i)
			if field.Kind() != reflect.String {
				files = append(files, filesOf(field, folder)...)
				continue
			}
			if path := field.String(); path != "" && (strings.HasSuffix(name, "_file") || slices.Contains([]string{
				"ca", "cert", "key",
			}, name)) {
				files = append(files, filepath.Clean(inFolder(folder, path)))
			}
		}
	}
	return files
}
