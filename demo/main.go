// Command demo builds traybell and runs it without setup: the hub with a simulated PBX
// (traybell-hub demo) and a desktop that is signed in to it. Without a display it starts a virtual
// one and takes a screenshot.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"time"

	"traybell/packaging/build"
)

func main() {
	d := demo{}
	span := flag.Duration("for", 0, "how long to run; 0: until Ctrl-C, or one minute without a terminal")
	compile := flag.Bool("build", true, "build the programs first")
	flag.StringVar(&d.hub, "hub", build.Hub, "path of traybell-hub")
	flag.StringVar(&d.desktop, "desktop", build.Desktop, "path of traybell")
	flag.StringVar(&d.picture, "screenshot", "bin/demo.png", "file for the screenshot of the virtual display")
	flag.StringVar(&d.listen, "listen", "127.0.0.1:0", "the hub's address; port 0: a free port")
	version := flag.Bool("version", false, "print the version and exit")
	flag.Parse()
	build.Main("demo", func(ctx context.Context) error {
		if *version {
			fmt.Println("traybell", build.Version(ctx))
			return nil
		}
		if *compile {
			if err := prepare(ctx); err != nil {
				return err
			}
		}
		if *span == 0 && !terminal() {
			*span = time.Minute
		}
		if *span > 0 {
			var cancel context.CancelFunc
			ctx, cancel = context.WithTimeout(ctx, *span)
			defer cancel()
		}
		return d.run(ctx)
	})
}

// terminal reports whether a user can press Ctrl-C.
func terminal() bool {
	in, err := os.Stdin.Stat()
	if err != nil || in.Mode()&os.ModeCharDevice == 0 || os.Getenv("CI") != "" {
		return false
	}
	null, err := os.Stat(os.DevNull)
	return err != nil || !os.SameFile(in, null)
}

// prepare builds both programs and installs what the demo needs.
func prepare(ctx context.Context) error {
	if _, err := exec.LookPath("Xvfb"); err != nil && virtual() {
		if err := build.Install(ctx, "xvfb"); err != nil {
			return err
		}
	}
	return build.Programs(ctx)
}

type demo struct {
	hub, desktop    string // paths of the programs
	listen, picture string
}

func (d demo) run(ctx context.Context) error {
	dir, err := os.MkdirTemp("", "traybell-demo-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	environment := os.Environ()
	display := ""
	if virtual() {
		fmt.Println("No display found. The desktop runs in a virtual one (Xvfb).")
		x, name, err := startDisplay(ctx, dir)
		if err != nil {
			return err
		}
		defer x.end()
		display = name
		environment = append(environment, "DISPLAY="+display)
	}
	hub, account, err := startHub(ctx, d.hub, filepath.Join(dir, "hub"), d.listen)
	if err != nil {
		return err
	}
	defer hub.end()
	environment = append(environment, "TRAYBELL_PASSWORD="+account["password"])
	if os.Getenv("LANG") == "" {
		environment = append(environment, "LANG=en_US.UTF-8") // Fyne warns without one
	}
	log := filepath.Join(dir, "desktop.log")
	desktop, err := startDesktop(log, environment, d.desktop, "--config", filepath.Join(dir, "desktop"),
		"--hub", account["hub"], "--extension", account["extension"], "--trust", account["fingerprint"])
	if err != nil {
		return err
	}
	defer desktop.end() // first, as it would take the end of its display for a crash
	fmt.Printf("\nEvery few seconds a call pops up at the bottom right of the screen. OK creates its ticket.\n"+
		"  Pages:            https://%s/\n  Tickets:          %s\n", account["hub"], account["tickets"])
	fmt.Printf("  As an agent:      https://%s/sign-in, %s, %s\n"+
		"  Second desktop:   TRAYBELL_PASSWORD=%s %s --config DIR --hub %s --extension %s\n",
		account["hub"], account["extension"], account["password"],
		account["password"], d.desktop, account["hub"], account["extension"])
	if display != "" {
		if err := takeScreenshot(ctx, dir, d.picture); err != nil && ctx.Err() == nil {
			return fmt.Errorf("%w\n%s", err, tail(log))
		}
		fmt.Printf("  Screenshot:       %s\n", d.picture)
	}
	if deadline, ends := ctx.Deadline(); ends {
		fmt.Printf("  Ends in %s. To run longer, use --for 1h or a terminal.\n",
			time.Until(deadline).Round(time.Second))
	} else {
		fmt.Println("  Press Ctrl-C to end.")
	}
	select {
	case <-ctx.Done():
		return nil
	case <-hub.ended:
		return fmt.Errorf("hub ended: %w", hub.err)
	case <-desktop.ended:
		if desktop.err == nil {
			return nil // Exit in the tray menu
		}
		return fmt.Errorf("desktop ended: %w\n%s", desktop.err, tail(log))
	}
}

// virtual reports whether the desktop needs a virtual display.
func virtual() bool {
	return runtime.GOOS == "linux" && os.Getenv("DISPLAY") == "" && os.Getenv("WAYLAND_DISPLAY") == ""
}

func tail(file string) string {
	text, err := os.ReadFile(file)
	if err != nil {
		return ""
	}
	const most = 2000
	if len(text) > most {
		text = text[len(text)-most:]
	}
	return string(text)
}
