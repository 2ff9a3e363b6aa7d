package web

import (
	"context"
	"net/http"
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
	page := numbersPage{Title: "Numbers that are not tracked", Numbers: list}
	seen := map[string]bool{}
	for _, n := range list {
		if n.YAML != "" && !seen[n.YAML] {
			seen[n.YAML] = true
			page.YAML = append(page.YAML, n.YAML)
		}
	}
	s.show(w, r, http.StatusOK, "numbers.html", page)
}
