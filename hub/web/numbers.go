package web

import (
	"context"
	"net/http"
	"slices"
	"time"
)

// Untracked returns the numbers that were called and have no tracking entry.
type Untracked interface {
	UntrackedNumbers(ctx context.Context) ([]UntrackedNumber, error)
}

// UntrackedNumber is a number without a tracking entry.
type UntrackedNumber struct {
	PBX    string
	Number string // empty: unknown
	Calls  int
	First  time.Time
	Last   time.Time
	Shown  bool   // its calls are shown, by "*" or because tracking is empty
	YAML   string // the line that tracks it; empty if it cannot be tracked
	Alone  bool   // tracking is empty: an entry for this number would hide all other calls
}

// numbersPage is what numbers.html shows.
type numbersPage struct {
	Title   string
	Search  string
	Numbers []UntrackedNumber
	YAML    []string // each line once
}

func (s *Server) numbers(w http.ResponseWriter, r *http.Request) {
	list, err := s.o.Untracked.UntrackedNumbers(r.Context())
	if err != nil {
		s.fail(w, r, err)
		return
	}
	page := numbersPage{Title: "Untracked numbers", Numbers: list, YAML: Entries(list)}
	s.show(w, r, http.StatusOK, "numbers.html", page)
}

// Entries returns the lines of hub.yml that track the numbers, without duplicates. If tracking is
// empty, the last line keeps all other calls visible.
func Entries(list []UntrackedNumber) (lines []string) {
	for _, n := range list {
		if n.YAML != "" && !slices.Contains(lines, n.YAML) {
			lines = append(lines, n.YAML)
		}
	}
	if len(lines) > 0 && list[0].Alone {
		lines = append(lines, `  - {number: "*"}   # all others; without this line no agent sees their calls`)
	}
	return lines
}
