// Package document reads a YAML file into structs: strictly, with all problems at once, each with
// its position, an excerpt and a remedy, and without the file's secrets in any text. The structs
// describe the keys by tags:
//
//   - yaml: the key; ",inline" for a struct whose keys belong to the section around it.
//   - jsonschema_description: one sentence for the schema and the reference.
//   - run: on the *_file of a Secret, the command that prints the secret.
package document

import (
	"fmt"
	"path/filepath"
	"reflect"
	"strings"
)

// Document is a file that was decoded. Its methods for problems take keys such as pbx[0].address.
// After Finish it does not change, and any goroutine may call Problem and Scrub.
type Document struct {
	src      *source
	folder   string
	problems Problems
	warnings Problems
	bad      map[string]bool // keys with problems: further problems would only be consequences
	unlisted int             // number of problems beyond maxProblems
}

// Read decodes a text into a struct, which has the defaults, and reads the files of its secrets.
// Relative paths start at folder; file is the name for problems. The problem is of a file that
// cannot be decoded at all.
func Read(file, folder string, text []byte, into any) (*Document, *Problem) {
	v := reflect.ValueOf(into).Elem()
	tree, src, problem := parse(file, text, v.Type())
	if problem != nil {
		return nil, problem
	}
	d := &Document{src: src, folder: folder, bad: map[string]bool{}}
	d.value(tree, v, "")
	if d.Usable() {
		d.files(v, "")
	}
	return d, nil
}

// Usable reports whether the file has keys, so that its values are worth a check.
func (d *Document) Usable() bool { return !d.bad[""] }

// Complain reports a problem with a key, unless the key or a section around it has one already.
func (d *Document) Complain(key, format string, values ...any) {
	if d.Bad(key) {
		return
	}
	d.bad[key] = true
	if d.full() {
		return
	}
	d.problems = append(d.problems, d.src.problem(key, fmt.Sprintf(format, values...)))
}

// Warn reports something that works but should be fixed.
func (d *Document) Warn(key, format string, values ...any) {
	d.warnings = append(d.warnings, d.src.problem(key, fmt.Sprintf(format, values...)))
}

// WarnIn is Warn at a character of the key's value, from 0.
func (d *Document) WarnIn(key string, at int, text string) {
	d.warnings = append(d.warnings, d.src.problemIn(key, at, text))
}

// Bad reports whether a key or a section around it has a problem.
func (d *Document) Bad(key string) bool {
	for ; key != ""; key = parent(key) {
		if d.bad[key] {
			return true
		}
	}
	return false
}

// BadWithin reports whether a key, or one of the section that it names, has a problem.
func (d *Document) BadWithin(key string) bool {
	for bad := range d.bad {
		if rest, within := strings.CutPrefix(bad, key); within && (rest == "" || rest[0] == '.' || rest[0] == '[') {
			return true
		}
	}
	return d.Bad(key)
}

// Add adds a problem from Problem, unless its key has one already.
func (d *Document) Add(p Problem) {
	if d.Bad(p.Key) || d.full() {
		return
	}
	d.bad[p.Key] = true
	d.problems = append(d.problems, p)
}

// Line returns the line of a key; 0 if the file does not have it.
func (d *Document) Line(key string) int { return d.src.places[key].line }

// Absolute returns a path of the file as an absolute one; empty if it is empty.
func (d *Document) Absolute(path string) string { return inFolder(d.folder, path) }

// Problem locates a problem of a key. If the file does not contain the key, the position is that of
// the nearest section.
func (d *Document) Problem(key, text string) Problem {
	p := d.src.problem(key, text)
	d.src.excerpt(&p)
	return p
}

// ProblemIn is Problem at a character of the key's value, from 0.
func (d *Document) ProblemIn(key string, at int, text string) Problem {
	p := d.src.problemIn(key, at, text)
	d.src.excerpt(&p)
	return p
}

// Masked returns a line of the file, from 1, with its secrets as stars.
func (d *Document) Masked(line int) string {
	if line < 1 || line > len(d.src.lines) {
		return ""
	}
	text, _ := d.src.masked(line, 1)
	return string(text)
}

// Scrub replaces all secrets of the file in a text, such as a log line, by stars.
func (d *Document) Scrub(text string) string { return d.src.scrub(text) }

// Finish returns the problems and warnings in the order of the file.
func (d *Document) Finish() (problems, warnings Problems) {
	d.problems.sort()
	if d.unlisted > 0 {
		d.problems = append(d.problems, Problem{
			File: d.src.file, Line: len(d.src.lines) + 1,
			Text: fmt.Sprintf("and %d more problems; fix these first", d.unlisted),
		})
	}
	for i := range d.problems {
		d.problems[i].Text = d.src.scrubText(d.problems[i].Text)
		d.src.excerpt(&d.problems[i])
	}
	for i := range d.warnings {
		d.src.excerpt(&d.warnings[i])
	}
	d.warnings.sort()
	return d.problems, d.warnings
}

// full reports whether the list of problems is full, and counts the one that does not fit.
func (d *Document) full() bool {
	if len(d.problems) < maxProblems {
		return false
	}
	d.unlisted++
	return true
}

func inFolder(folder, path string) string {
	if path == "" || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(folder, path)
}
