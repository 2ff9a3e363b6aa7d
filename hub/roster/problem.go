package roster

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Problem is something in a CSV file that must be mended. Line and Column count from 1; 0: it has
// no place.
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

// mostTold is how many problems are told one by one.
const mostTold = 100

// Problems are all of a file.
type Problems []Problem //nolint:errname // the plural of what administrators read of

func (p Problems) Error() string {
	sorted := slices.SortedStableFunc(slices.Values(p), func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	lines := make([]string, 0, len(sorted))
	for i, one := range sorted {
		if i == mostTold {
			lines = append(lines, fmt.Sprintf("… and %d more", len(sorted)-i))
			break
		}
		lines = append(lines, one.String())
	}
	return strings.Join(lines, "\n")
}
