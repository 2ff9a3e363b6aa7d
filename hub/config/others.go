package config

import (
	"fmt"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
)

// Check finds problems that this package cannot, such as invalid templates. It also runs if there
// are other problems, so values may be missing or invalid.
type Check func(*Config) Problems

// include adds the problems of others for keys without problems.
func (d *decoder) include(c *Config, others []Check) {
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

// full reports whether the list of problems is full, and counts the one that does not fit.
func (d *decoder) full() bool {
	if len(d.problems) < maxProblems {
		return false
	}
	d.unlisted++
	return true
}

// finish sorts the problems and adds the number of those not listed.
func (d *decoder) finish() {
	d.problems.sort()
	if d.unlisted > 0 {
		d.problems = append(d.problems, Problem{
			File: d.src.file, Line: len(d.src.lines) + 1,
			Text: fmt.Sprintf("and %d more problems; fix these first", d.unlisted),
		})
	}
}

// filesOf returns the secret and certificate files in a section.
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
		for _, i := range inlined(v.Type()) {
			files = append(files, filesOf(v.Field(i), folder)...)
		}
	}
	return files
}
