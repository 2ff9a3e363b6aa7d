// Command measure measures what a benchmark inside one process cannot: the latency of calls through
// a complete hub with many desktops, and the idle resources of the programs. It prints tables.
// Figures of different machines are comparable only as ratios within a run.
//
//	measure latency [-desktops 100,10000] [-rate 50] [-concerned 3] [-for 20s] [-rounds 1] [-profile prefix]
//	measure pages [-desktops 1000] [-for 10s] [-rounds 5] [-browsers=false] and as above
//	measure webhooks, as above
//	measure back [-desktops 10000] [-passwords 300] [-profile prefix]
//	measure rest -hub bin/traybell-hub -desktop bin/traybell
//	measure press -hub bin/traybell-hub [-rounds 300]
//	measure soak -hub bin/traybell-hub -desktop bin/traybell [-popups 1000] [-rows 10]
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"time"
)

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr,
			"usage: measure latency|pages|webhooks|back|rest|press|soak (see the comment in main.go)")
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
		l := loadOf(flags, load{desktops: []int{100, 10_000}, span: 20 * time.Second, rounds: 1})
		_ = flags.Parse(os.Args[2:]) // exits on errors
		return latency(ctx, *l)
	case "pages", "webhooks":
		l := loadOf(flags, load{desktops: []int{1000}, span: 10 * time.Second, rounds: 5})
		browsers := flags.Bool("browsers", true, "with pages: also in Chromium")
		_ = flags.Parse(os.Args[2:])
		if os.Args[1] == "pages" {
			return pages(ctx, *l, *browsers)
		}
		return webhooks(ctx, *l)
	case "back":
		desktops := flags.Int("desktops", 10_000, "desktops connected")
		passwords := flags.Int("passwords", 300, "desktops whose password has the usual hash")
		profile := flags.String("profile", "", "beginning of the names of the second hub's profiles")
		_ = flags.Parse(os.Args[2:])
		return back(ctx, *desktops, *passwords, *profile)
	case "child-hub", "child-relay": // started by latency and back
		pbx := flags.String("pbx", "", "address of the PBX")
		desktops := flags.Int("desktops", 0, "number of agents")
		profile := flags.String("profile", "", "beginning of the names of profiles")
		config := flags.String("config", "", "hub.yml; empty: a new one for -pbx and -desktops")
		_ = flags.Parse(os.Args[2:])
		if os.Args[1] == "child-hub" && *config != "" {
			return childHub(ctx, *config, *profile)
		}
		if os.Args[1] == "child-hub" {
			return newChildHub(ctx, *pbx, *desktops, *profile)
		}
		return childRelay(ctx, *pbx)
	case "rest":
		hub := flags.String("hub", "bin/traybell-hub", "hub program")
		desktop := flags.String("desktop", "bin/traybell", "desktop program; needs a display")
		span := flags.Duration("for", 30*time.Second, "duration of each measurement")
		_ = flags.Parse(os.Args[2:])
		return rest(ctx, *hub, *desktop, *span)
	case "press":
		hub := flags.String("hub", "bin/traybell-hub", "hub program; needs the Asterisk of test/lab")
		rounds := flags.Int("rounds", 300, "presses of each kind")
		_ = flags.Parse(os.Args[2:])
		return press(ctx, *hub, *rounds)
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

// loadOf declares the flags of a load.
func loadOf(flags *flag.FlagSet, l load) *load {
	flags.Func("desktops", fmt.Sprintf("desktops connected, numbers separated by commas (default %v)", l.desktops),
		func(text string) (err error) {
			l.desktops, err = numbers(text)
			return err
		})
	flags.IntVar(&l.rate, "rate", 50, "calls per second")
	flags.IntVar(&l.concerned, "concerned", 3, "agents whose phones ring in each call")
	flags.DurationVar(&l.span, "for", l.span, "duration of each measurement")
	flags.IntVar(&l.rounds, "rounds", l.rounds, "rounds of alternating runs")
	flags.StringVar(&l.profile, "profile", "", "beginning of the names of the hub's profiles, .cpu and .allocs")
	return &l
}

// numbers parses numbers separated by commas.
func numbers(text string) (list []int, err error) {
	for part := range strings.SplitSeq(text, ",") {
		n, err := strconv.Atoi(part)
		if err != nil || n < 1 {
			return nil, fmt.Errorf("%q is not a number above 0", part)
		}
		list = append(list, n)
	}
	return list, nil
}
