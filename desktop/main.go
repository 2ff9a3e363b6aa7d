// Command traybell shows who is calling, from the tray of an agent's desktop.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"traybell/desktop/crash"
	"traybell/desktop/settings"
	"traybell/desktop/shell"
	"traybell/desktop/shell/integration"
	"traybell/desktop/system"
	"traybell/shared/printable"

	"early.traybell/locale"
	"github.com/alecthomas/kong"
)

// version is set when the program is built.
var version = "dev"

func main() {
	locale.Restore()
	if crash.IsWatcher() {
		if err := crash.BeWatcher(); err != nil {
			fmt.Fprintln(os.Stderr, "traybell: crash watcher:", err)
			os.Exit(1)
		}
		return
	}
	system.Console()
	var flags struct {
		Config     string           `help:"Folder of the settings." placeholder:"DIR"`
		Hub        string           `help:"The hub's host and port, in place of the settings." placeholder:"HOST:PORT"`
		Extension  string           `help:"The agent's extension, in place of the settings. Its password is TRAYBELL_PASSWORD from the environment, or else from the keyring."`
		Trust      string           `help:"Trust the hub's certificate with this SHA-256 fingerprint, without asking." placeholder:"FINGERPRINT"`
		Plain      bool             `help:"Connect without TLS, to a hub on this computer."`
		Open       string           `help:"Open a window: settings, links, calls, dial, colleagues, about, or test for test popups." enum:",settings,links,calls,dial,colleagues,about,test" default:"" placeholder:"WINDOW"`
		Verbose    bool             `help:"Log more."`
		Register   bool             `help:"Register as the program for tel:, callto: and traybell: links of this user, and exit."`
		Unregister bool             `help:"Undo --register, and exit."`
		Quit       bool             `help:"End the running program, and exit."`
		Version    kong.VersionFlag `help:"Print the version."`
		URL        string           `arg:"" optional:"" help:"A tel:, callto: or traybell: link to open."`
	}
	k := kong.Parse(&flags, kong.Name("traybell"),
		kong.Description("Shows who is calling, and makes the ticket. Runs in the tray; a second start opens the "+
			"window of calls."),
		kong.Writers(printable.NewWriter(os.Stdout), printable.NewWriter(os.Stderr)),
		kong.Vars{"version": "traybell " + version})
	opts := shell.Options{
		Folder: flags.Config, Extension: flags.Extension, Trust: flags.Trust, Plain: flags.Plain, Open: flags.Open,
		URL:      flags.URL,
		Password: os.Getenv("TRAYBELL_PASSWORD"), Verbose: flags.Verbose, Version: version, Watch: true,
	}
	if flags.Hub != "" {
		host, port, wrong := settings.CheckServer(flags.Hub)
		if wrong != nil {
			k.Fatalf("--hub %q: want HOST or HOST:PORT", flags.Hub)
		}
		opts.Server, opts.Port = host, port
	}
	if flags.Trust != "" {
		trust, wrong := settings.CheckFingerprint(flags.Trust)
		if wrong != nil {
			k.Fatalf("--trust %q: want a SHA-256 fingerprint, 64 hexadecimal digits with or without colons, as the "+
				"hub prints it when it starts",
				flags.Trust)
		}
		opts.Trust = trust
	}
	if flags.Register || flags.Unregister {
		k.FatalIfErrorf(integration.Program{Folder: flags.Config}.SetLinks(flags.Register && !flags.Unregister))
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if flags.Quit {
		k.FatalIfErrorf(quit(ctx, flags.Config))
		return
	}
	switch err := shell.Run(ctx, opts); {
	case errors.Is(err, system.ErrRunning):
		printable.Fprintf(os.Stderr, "%s\n", err)
	case err != nil:
		k.FatalIfErrorf(err)
	}
}

// quitTime is how long a program may take to end.
const quitTime = 10 * time.Second

// quit ends the program that runs with a folder of settings; empty: the user's own.
func quit(ctx context.Context, folder string) error {
	if folder == "" {
		var err error
		if folder, err = settings.Folder(); err != nil {
			return err
		}
	}
	ctx, cancel := context.WithTimeout(ctx, quitTime)
	defer cancel()
	return system.Quit(ctx, folder)
}
