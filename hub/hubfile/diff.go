package hubfile

import (
	"fmt"
	"regexp"
	"strings"

	"traybell/hub/config"

	"github.com/aymanbagabas/go-udiff"
)

// around is how many lines a difference shows around a change.
const around = 3

// hash matches password hashes.
var hash = regexp.MustCompile(`\$argon2[^\s"']*`)

// difference is what a plan changes.
type difference struct {
	unified        string // secrets are stars
	added, removed int    // lines
	lines          string // the added ones, with the new hash, for a file that cannot be written
}

func (p *plan) difference(file string) (d difference, err error) {
	old, fresh := plain(p.was), plain(p.now)
	u, err := udiff.ToUnifiedDiff(file, file, old, udiff.Lines(old, fresh), around)
	if err != nil {
		return d, err
	}
	var b, lines strings.Builder
	for _, h := range u.Hunks {
		from := h.FromLine
		to := from + d.added - d.removed // h.ToLine is wrong after a hunk with several changes
		var body strings.Builder
		was, is := 0, 0
		for _, l := range h.Lines {
			switch l.Kind {
			case udiff.Delete:
				fmt.Fprintf(&body, "-%s\n", p.old.Masked(from+was))
				was++
				d.removed++
			case udiff.Insert:
				text := p.fresh.Masked(to + is)
				fmt.Fprintf(&body, "+%s\n", text)
				lines.WriteString(p.byHand(text, l.Content) + "\n")
				is++
				d.added++
			case udiff.Equal:
				fmt.Fprintf(&body, " %s\n", p.fresh.Masked(to+is))
				was++
				is++
			}
		}
		fmt.Fprintf(&b, "@@ -%s +%s @@\n%s", place(from, was), place(to, is), body.String())
	}
	d.unified, d.lines = b.String(), lines.String()
	return d, nil
}

// place is a range of lines in the head of a hunk.
func place(from, count int) string {
	if count == 0 {
		from--
	}
	return fmt.Sprintf("%d,%d", from, count)
}

// byHand is an added line with the new hash, but no other secret.
func (p *plan) byHand(masked, line string) string {
	if p.hash == "" || !strings.Contains(line, p.hash) {
		return masked
	}
	return hash.ReplaceAllStringFunc(strings.TrimRight(line, "\r\n"), func(found string) string {
		if found == p.hash {
			return found
		}
		return "***"
	})
}

// plain is a text as package config counts its lines.
func plain(text []byte) string {
	return strings.ReplaceAll(strings.TrimPrefix(string(text), "\ufeff"), "\r\n", "\n")
}

// counts of lines, for the audit: +2 -1.
func (d difference) counts() string { return fmt.Sprintf("+%d -%d lines", d.added, d.removed) }

// summary says what a plan changes, for the audit.
func (p *plan) summary() string {
	e := p.edit
	switch e.Action {
	case Move:
		return fmt.Sprintf("moved to position %d", p.position(len(entries(p.old, e.List)))+1)
	case Remove:
		return "removed"
	case Add:
		return "added"
	case Set:
	}
	var keys []string
	was, now := entryOf(p.old, e.List, e.Entry), entryOf(p.fresh, e.List, p.name)
	for _, key := range order(e.List) {
		if !same(was[key], now[key]) {
			keys = append(keys, key)
		}
	}
	changed := "changed " + strings.Join(keys, ", ")
	switch {
	case p.name == e.Entry:
		return changed
	case len(keys) == 0: // of a named section
		return "renamed from " + e.Entry
	}
	return "renamed from " + e.Entry + "; " + changed
}

func entryOf(cfg *config.Config, list List, name string) Values {
	for _, e := range entries(cfg, list) {
		if e.name == name {
			return e.values
		}
	}
	return nil
}
