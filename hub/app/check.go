package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"time"

	"traybell/hub/config"
	"traybell/hub/directory"
)

// checkTime is how long check waits for one server, and listens to a PBX for a call that shows that
// it may hear of calls.
const (
	checkTime   = 20 * time.Second
	checkListen = 3 * time.Second
)

// Check compiles the configuration and, unless offline, tries every server that it names. It tells
// out what it found and returns an error where something must be mended.
func Check(ctx context.Context, cfg *config.Config, out io.Writer, offline bool) error {
	p, err := compile(cfg)
	if err != nil {
		return err
	}
	doubts := 0
	say := func(format string, args ...any) {
		if strings.HasPrefix(format, "  !") {
			doubts++
		}
		_, _ = fmt.Fprintf(out, format+"\n", args...)
	}
	say("hub.yml: %s, %s, %s, %s: read without problems", count(len(cfg.PBX), "PBX", "PBXs"),
		count(len(cfg.Agents), "agent", "agents"),
		count(len(cfg.Tracking), "tracked number", "tracked numbers"), count(len(cfg.Directories), "directory",
			"directories"))
	if offline {
		return nil
	}
	log := slog.New(slog.DiscardHandler) // what is to be told is told here
	bad := 0
	fail := func(format string, args ...any) { bad++; say("  ✗ "+format, args...) }

	if err := writable(cfg.DataDir); err != nil {
		fail("data_dir: %v", err)
	}
	checkPBXs(ctx, cfg, p.connections, say, fail)
	checkDirectories(ctx, newDirectory(p.feeds, p.numbers, log), directory.Copies{Folder: cfg.DataDir}, say, fail)

	say("help desk (%s):", cfg.HelpDesk.Type)
	if cfg.HelpDesk.Type == config.Builtin {
		say("  ✓ the hub's own list, at %s/tickets", pages(cfg, cfg.Listen))
	} else {
		checkHelpDesk(ctx, cfg, log, say, fail)
		if keys, _ := cfg.Queueless(); len(keys) > 0 {
			fail("Tickets cannot be made at %s: no queue is named. The warnings above say more.",
				strings.Join(keys, ", "))
		}
	}
	if bad > 0 {
		return fmt.Errorf("%d to mend", bad)
	}
	if doubts > 0 {
		say("All is well, but for what is marked with !")
		return nil
	}
	say("All is well.")
	return nil
}

// writable tries to make a file there, as the database will.
func writable(folder string) error {
	f, err := os.CreateTemp(folder, ".check-*")
	if err != nil {
		return fmt.Errorf("the hub cannot write there: %w; make the folder, and give it to the user that runs the hub",
			err)
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}
