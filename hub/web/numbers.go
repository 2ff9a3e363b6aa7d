package web

import (
	"context"
	"net/http"
	"slices"
	"time"
)

// Untracked are the numbers that were called and that hub.yml's tracking does not name.
type Untracked interface {
	UntrackedNumbers(ctx context.Context) ([]UntrackedNumber, error)
}

// UntrackedNumber is one of them.
type UntrackedNumber struct {
	PBX    string
	Number string // empty: the PBX told none
	Calls  int
	First  time.Time
	Last   time.Time
	Shown  bool   // its calls are shown all the same, by "*" or because nothing is tracked
	YAML   string // the line that tracks it; empty where it cannot be tracked
	Alone  bool   // nothing is tracked: an entry of its own would hide all other calls
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
	page := numbersPage{Title: "Numbers that are not tracked", Numbers: list, YAML: Entries(list)}
	s.show(w, r, http.StatusOK, "numbers.html", page)
}

// Entries are the lines of hub.yml that track the numbers, each once. Where nothing is tracked so
// far, the last one keeps all other calls in sight.
func Entries(list []UntrackedNumber) (lines []string) {
	for _, n := range list {
		if n.YAML != "" && !slices.Contains(lines, n.YAML) {
			lines = append(lines, n.YAML)
		}
	}
	if len(lines) > 0 && list[0].Alone {
		lines = append(lines, `  - {number: "*"}   # all others; without this line their calls are shown to nobody`)
	}
	return lines
}
