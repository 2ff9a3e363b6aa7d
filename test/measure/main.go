// Command measure measures what a benchmark inside one process cannot: the latency of calls through
// a complete hub with many desktops, and the idle resources of the programs. It prints tables.
// Figures of different machines are comparable only as ratios within a run.
//
//	measure latency [-desktops 1000] [-rate 50] [-for 20s] [-profile cpu.out]
//	measure rest -hub bin/traybell-hub -desktop bin/traybell
//	measure soak -hub bin/traybell-hub -desktop bin/traybell [-popups 1000] [-rows 10]
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"time"
)

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: measure latency|rest|soak (see the comment in main.go)")
		os.Exit(2)
	}
	if err := measure(); err != nil {
		fmt.Fprintln(os.Stderr, "measure:", err)
		os.Exit(1)
	}
}

func measure() error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	flags := flag.NewFlagSet(os.Args[1], flag.ExitOnError)
	switch os.Args[1] {
	case "latency":
		l := load{}
		flags.IntVar(&l.desktops, "desktops", 1000, "desktops connected")
		flags.IntVar(&l.rate, "rate", 50, "calls per second")
		flags.DurationVar(&l.span, "for", 20*time.Second, "duration of each measurement")
		flags.StringVar(&l.profile, "profile", "", "file for the hub's CPU profile")
		_ = flags.Parse(os.Args[2:]) // exits on errors
		return latency(ctx, l)
	case "child-hub", "child-relay": // started by latency
		pbx := flags.String("pbx", "", "address of the PBX")
		desktops := flags.Int("desktops", 0, "number of agents")
		profile := flags.String("profile", "", "file for the CPU profile")
		_ = flags.Parse(os.Args[2:])
		if os.Args[1] == "child-hub" {
			return childHub(ctx, *pbx, *desktops, *profile)
		}
		return childRelay(ctx, *pbx)
	case "rest":
		hub := flags.String("hub", "bin/traybell-hub", "hub program")
		desktop := flags.String("desktop", "bin/traybell", "desktop program; needs a display")
		span := flags.Duration("for", 30*time.Second, "duration of each measurement")
		_ = flags.Parse(os.Args[2:])
		return rest(ctx, *hub, *desktop, *span)
	case "soak":
		hub := flags.String("hub", "bin/traybell-hub", "hub program")
		desktop := flags.String("desktop", "bin/traybell", "desktop program; needs a separate display")
		popups := flags.Int("popups", 1000, "number of popups")
		rows := flags.Int("rows", 10, "rows of the table after the first")
		_ = flags.Parse(os.Args[2:])
		return soak(ctx, *hub, *desktop, *popups, max(1, *rows))
	default:
		return fmt.Errorf("unknown command %q", os.Args[1])
	}
}
