package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"traybell/hub/app"
	"traybell/hub/blocking"
	"traybell/shared/phone"
)

type notes struct {
	Number string `arg:"" help:"A number in any form."`
	configFlag
}

// Run prints the categories of a number, and who blocked and unblocked it, where and in which
// forms; newest first, in local time.
func (n notes) Run(ctx context.Context, to streams) (err error) {
	cfg, err := n.load()
	if err != nil {
		return err
	}
	parts, err := app.Compile(cfg)
	if err != nil {
		return err
	}
	number := parts.Numbers.Typed(n.Number)
	if number.Kind == phone.Withheld {
		return fmt.Errorf("%q is not a number", n.Number)
	}
	s, err := app.OpenDatabase(ctx, cfg)
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
	var text strings.Builder
	fmt.Fprintf(&text, "%s\n", number.Key())
	if len(categories)+len(blocks) == 0 {
		text.WriteString("No notes, never blocked.\n")
	}
	for _, c := range categories {
		fmt.Fprintf(&text, "%s  %-9s %s%s\n", local(c.Changed), c.Color, c.Author, because(c.Comment))
	}
	for _, b := range blocks {
		writeBlock(&text, b)
	}
	_, err = io.WriteString(to.out, text.String())
	return err
}

func writeBlock(text *strings.Builder, b blocking.Block) {
	action := "unblocked"
	if b.Blocked {
		action = "blocked"
	}
	result := ""
	switch b.State {
	case blocking.Pending:
		result = "; not yet on every PBX"
	case blocking.Failed:
		result = "; failed"
	}
	fmt.Fprintf(text, "%s  %-9s %s (%s)%s%s\n", local(b.At), action, b.Name, b.Agent, because(b.Reason), result)
	for _, e := range b.Entries {
		state := "done"
		if !e.Done {
			state = "not done"
		}
		if e.Error != "" {
			state += ": " + e.Error
		}
		fmt.Fprintf(text, "    %s  %-18s %s\n", e.PBX, e.Form, state)
	}
}

func because(text string) string {
	if text == "" {
		return ""
	}
	return ": " + strings.ReplaceAll(text, "\n", " ")
}

func local(t time.Time) string { return t.Local().Format("2006-01-02 15:04:05") }
