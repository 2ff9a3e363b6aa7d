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
	"traybell/hub/compile"
	"traybell/shared/phone"
	"traybell/shared/printable"
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
	parts, err := compile.Hub(cfg)
	if err != nil {
		return err
	}
	if parts.Numbers.Typed(n.Number).Kind == phone.Withheld {
		return fmt.Errorf("%q is not a number", n.Number)
	}
	s, err := app.OpenDatabase(ctx, cfg)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()

	var text strings.Builder
	for i, key := range parts.Numbers.Keys(n.Number) {
		categories, err := s.Categories(ctx, key)
		if err != nil {
			return err
		}
		blocks, err := s.Blocks(ctx, key)
		if err != nil {
			return err
		}
		none := len(categories)+len(blocks) == 0
		if none && i > 0 { // another reading
			continue
		}
		printable.Fprintf(&text, "%s\n", key)
		if none {
			text.WriteString("No notes, never blocked.\n")
		}
		for _, c := range categories {
			printable.Fprintf(&text, "%s  %-9s %s%s\n", local(c.Changed), c.Color, c.Author, because(c.Comment))
		}
		for _, b := range blocks {
			writeBlock(&text, b)
		}
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
	printable.Fprintf(text, "%s  %-9s %s (%s)%s%s\n", local(b.At), action, b.Name, b.Agent, because(b.Reason), result)
	for _, e := range b.Entries {
		state := "done"
		if !e.Done {
			state = "not done"
		}
		if e.Error != "" {
			state += ": " + e.Error
		}
		printable.Fprintf(text, "    %s  %-18s %s\n", e.PBX, e.Form, state)
	}
}

func because(text string) string {
	if text == "" {
		return ""
	}
	return ": " + strings.ReplaceAll(text, "\n", " ")
}

func local(t time.Time) string { return t.Local().Format("2006-01-02 15:04:05") }
