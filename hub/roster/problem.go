package roster

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Problem is an error in a CSV file. Line and Column count from 1; 0: unknown.
type Problem struct {
	File         string
	Line, Column int
	Text         string
}

func (p Problem) String() string {
	switch {
	case p.Line == 0:
		return p.File + ": " + p.Text
	case p.Column == 0:
		return fmt.Sprintf("%s:%d: %s", p.File, p.Line, p.Text)
	}
	return fmt.Sprintf("%s:%d:%d: %s", p.File, p.Line, p.Column, p.Text)
}

// maxListed is the maximum of problems in an error text.
const maxListed = 100

// Problems are all problems of a file.
type Problems []Problem //nolint:errname // administrators call them problems

func (p Problems) Error() string {
	sorted := slices.SortedStableFunc(slices.Values(p), func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	lines := make([]string, 0, len(sorted))
	for i, one := range sorted {
		if i == maxListed {
			lines = append(lines, fmt.Sprintf("… and %d more", len(sorted)-i))
			break
		}
		lines = append(lines, one.String())
	}
	return strings.Join(lines, "\n")
}
