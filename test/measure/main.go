// Command measure measures what a benchmark inside one process cannot: the way of a call through a
// whole hub with many desktops connected, and what the programs need at rest. It prints tables;
// figures of different machines are comparable only as ratios within one run.
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
		fmt.Fprintln(os.Stderr, "measure latency|rest|soak, see the source's first lines")
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
		flags.IntVar(&l.rate, "rate", 50, "calls a second")
		flags.DurationVar(&l.span, "for", 20*time.Second, "how long to measure each")
		flags.StringVar(&l.profile, "profile", "", "a file for the hub's CPU profile")
		_ = flags.Parse(os.Args[2:]) // exits by itself
		return latency(ctx, l)
	case "child-hub", "child-relay": // what latency starts beside itself
		pbx := flags.String("pbx", "", "the PBX's address")
		desktops := flags.Int("desktops", 0, "agents")
		profile := flags.String("profile", "", "a file for the CPU profile")
		_ = flags.Parse(os.Args[2:])
		if os.Args[1] == "child-hub" {
			return childHub(ctx, *pbx, *desktops, *profile)
		}
		return childRelay(ctx, *pbx)
	case "rest":
		hub := flags.String("hub", "bin/traybell-hub", "the hub's program")
		desktop := flags.String("desktop", "bin/traybell", "the desktop's program; needs a display")
		span := flags.Duration("for", 30*time.Second, "how long to watch each")
		_ = flags.Parse(os.Args[2:])
		return rest(ctx, *hub, *desktop, *span)
	case "soak":
		hub := flags.String("hub", "bin/traybell-hub", "the hub's program")
		desktop := flags.String("desktop", "bin/traybell", "the desktop's program; needs a display of its own")
		popups := flags.Int("popups", 1000, "how many")
		rows := flags.Int("rows", 10, "of the table, behind the first")
		_ = flags.Parse(os.Args[2:])
		return soak(ctx, *hub, *desktop, *popups, max(1, *rows))
	default:
		return fmt.Errorf("measure knows no %q", os.Args[1])
	}
}
