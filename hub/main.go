// Command traybell-hub stands between Asterisk and the agents' desktops: it reads the PBX, tells
// the desktops who calls, and makes their tickets.
package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"

	"traybell/hub/app"
	"traybell/hub/config"
	"traybell/hub/demo"

	"github.com/alecthomas/kong"
	"github.com/coreos/go-systemd/v22/daemon"
)

// version is set by the linker.
var version = "dev"

type commands struct {
	Ask     kong.VersionFlag `name:"version" help:"Print the version."`
	Serve   serve            `cmd:"" help:"Run the hub."`
	Check   check            `cmd:"" help:"Check hub.yml, then try the PBX, the directories and the help desk, and say what is missing."`
	Demo    demoCmd          `cmd:"" help:"Run a hub that is set up by itself, on a simulated PBX that places a call every few seconds."`
	CDR     cdr              `cmd:"" name:"cdr" help:"The record of every call."`
	Number  number           `cmd:"" help:"Read a number as the hub does, and say each step."`
	Numbers numbers          `cmd:"" help:"List the numbers that were called and that tracking does not name, with the lines to enter."`
	Why     why              `cmd:"" help:"Say why a call made a popup at an agent, or did not."`
	Tail    tail             `cmd:"" help:"Follow the calls live, step by step, until it is ended."`
	Join    joinLink         `cmd:"" name:"join-link" help:"Print the link that sets up an agent's desktop: the hub, its certificate, the extension, and no password."`
	Notes   notes            `cmd:"" help:"Say what agents have noted about a number, and who blocked it."`
	Schema  schema           `cmd:"" help:"Print the JSON Schema of hub.yml, for editors."`
	Agents  people           `cmd:"" help:"The agents of hub.yml."`
	Passwd  passwd           `cmd:"" help:"Turn a password into the hash that hub.yml keeps."`
	Version show             `cmd:"" help:"Print the version."`
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var cmd commands
	k := kong.Must(&cmd, kong.Name("traybell-hub"),
		kong.Description("Tells help desk agents who calls, and makes their tickets."),
		kong.Vars{"temp": os.TempDir(), "version": "traybell-hub " +
			version}, kong.BindTo(ctx, (*context.Context)(nil)))
	words := os.Args[1:]
	if len(words) == 0 {
		words = []string{"--help"} // whoever names nothing wants to know what there is
	}
	chosen, err := k.Parse(words)
	k.FatalIfErrorf(err)
	if err := chosen.Run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		stop()
		os.Exit(1) //nolint:gocritic // stop has run
	}
}

type serve struct {
	Config  string `help:"The configuration." default:"/etc/traybell/hub.yml" type:"path" short:"c"`
	Verbose bool   `help:"Log what is usually not needed." short:"v"`
}

func (s serve) Run(ctx context.Context) error {
	cfg, err := app.Load(s.Config)
	if err != nil {
		return err
	}
	log, err := app.NewLog(cfg, os.Stderr, s.Verbose, time.Now)
	if err != nil {
		return err
	}
	defer log.Close() //nolint:errcheck // every line was written as it came
	for _, w := range cfg.Warnings() {
		w.Excerpt = ""
		log.Warn("hub.yml", "warning", w)
	}
	again := make(chan os.Signal, 1)
	signal.Notify(again, syscall.SIGHUP)
	defer signal.Stop(again)
	return app.Serve(ctx, app.Options{
		Config: cfg, Version: version, Log: log.Logger, File: s.Config, Again: again, Relog: log.Follow,
		// where nothing listens there is nobody to tell
		Notify: func(text string) { _, _ = daemon.SdNotify(false, text) },
	})
}

type check struct {
	Config  string `help:"The configuration." default:"/etc/traybell/hub.yml" type:"path" short:"c"`
	Offline bool   `help:"Only read the file; try no server."`
}

func (c check) Run(ctx context.Context) error {
	cfg, err := app.Load(c.Config)
	if err != nil {
		return err
	}
	for _, w := range cfg.Warnings() {
		fmt.Println("warning:", w)
	}
	return app.Check(ctx, cfg, os.Stdout, c.Offline)
}

type demoCmd struct {
	Dir    string        `help:"Where the demo keeps its files." default:"${temp}/traybell-demo" type:"path"`
	Listen string        `help:"The hub's address." default:"127.0.0.1:11010"`
	Every  time.Duration `help:"The mean time between two calls." default:"5s"`
}

func (d demoCmd) Run(ctx context.Context) error {
	return demo.Run(ctx, demo.Options{
		Dir: d.Dir, Listen: d.Listen, Version: version, Every: d.Every, Out: os.Stdout,
		Log: slog.New(slog.NewTextHandler(os.Stderr, nil)),
	})
}

type schema struct{}

func (schema) Run() error {
	_, err := os.Stdout.Write(config.Schema())
	return err
}

type show struct{}

func (show) Run() error {
	_, err := fmt.Println("traybell-hub", version)
	return err
}
