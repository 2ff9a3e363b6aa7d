package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"traybell/hub/blocking"
	"traybell/hub/config"
	"traybell/shared/phone"
)

// Notes tells out what agents have noted about a number: its categories, and who blocked and
// unblocked it, where and in which forms; newest first, with local times. It may be called while a
// hub works on the same database.
func Notes(ctx context.Context, cfg *config.Config, raw string, out io.Writer) (err error) {
	p, err := compile(cfg)
	if err != nil {
		return err
	}
	number := p.numbers.Typed(raw)
	if number.Kind == phone.Withheld {
		return fmt.Errorf("%q is no number", raw)
	}
	s, err := openKept(ctx, cfg)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()

	categories, err := s.Categories(ctx, number.Key())
	if err != nil {
		return err
	}
	blocks, err := s.Blocks(ctx, number.Key())
	if err != nil {
		return err
	}
	var say strings.Builder
	fmt.Fprintf(&say, "%s\n", number.Key())
	if len(categories)+len(blocks) == 0 {
		say.WriteString("Nothing was ever noted about it, and nobody blocked it.\n")
	}
	for _, c := range categories {
		fmt.Fprintf(&say, "%s  %-9s %s%s\n", local(c.Changed), c.Color, c.Author, because(c.Comment))
	}
	for _, b := range blocks {
		fmt.Fprintf(&say, "%s  %-9s %s (%s)%s%s\n", local(b.At), did(b), b.Name, b.Agent, because(b.Reason),
			map[blocking.State]string{
				blocking.Pending: "; not everywhere yet", blocking.Failed: "; nothing was changed",
			}[b.State])
		for _, e := range b.Entries {
			state := "done"
			if !e.Done {
				state = "not done"
			}
			if e.Error != "" {
				state += ": " + e.Error
			}
			fmt.Fprintf(&say, "    %s  %-18s %s\n", e.PBX, e.Form, state)
		}
	}
	_, err = io.WriteString(out, say.String())
	return err
}

func local(t time.Time) string { return t.Local().Format("2006-01-02 15:04:05") }

func did(b blocking.Block) string {
	if b.Blocked {
		return "blocked"
	}
	return "unblocked"
}

func because(text string) string {
	if text == "" {
		return ""
	}
	return ": " + strings.ReplaceAll(text, "\n", " ")
}
