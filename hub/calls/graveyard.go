package calls

import (
	"strings"
)

// graveyard remembers the last hung-up channels, so that a late event does not recreate one.
type graveyard struct {
	ids  map[string]struct{}
	ring []string
	next int
}

const graves = 4096

func (g *graveyard) has(id string) bool {
	_, ok := g.ids[id]
	return ok
}

func (g *graveyard) bury(id string) {
	if id == "" || g.has(id) {
		return
	}
	id = strings.Clone(id)
	g.ids[id] = struct{}{}
	if len(g.ring) < graves {
		g.ring = append(g.ring, id)
		return
	}
	delete(g.ids, g.ring[g.next])
	g.ring[g.next] = id
	g.next = (g.next + 1) % graves
}
