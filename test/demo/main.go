// Command demo runs the main job on this machine with nothing to set up: the hub with a simulated
// PBX (traybell-hub demo) and a desktop that is signed in to it. Where there is no display it makes
// a virtual one and leaves a screenshot of it. It is what `task demo` calls after it has built both
// programs.
package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"

	"golang.org/x/term"
)

func main() {
	span := flag.Duration("for", 0, "how long to run; 0: until Ctrl-C, or one minute where nobody is there to press it")
	hub := flag.String("hub", "bin/traybell-hub", "the hub's program")
	desktop := flag.String("desktop", "bin/traybell", "the desktop's program")
	picture := flag.String("screenshot", "bin/demo.png", "where the virtual display's picture goes")
	listen := flag.String("listen", "127.0.0.1:11010", "the hub's address")
	flag.Parse()
	if err := runFor(*span, *hub, *desktop, *picture, *listen); err != nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1)
	}
}

// runFor runs the demo until a signal comes or the time is over.
func runFor(span time.Duration, hub, desktop, picture, listen string) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if span == 0 && !terminal() {
		span = time.Minute
	}
	if span > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, span)
		defer cancel()
	}
	return run(ctx, hub, desktop, picture, listen)
}

// terminal tells whether somebody is there to press Ctrl-C.
func terminal() bool { return term.IsTerminal(int(os.Stdin.Fd())) && os.Getenv("CI") == "" }

func run(ctx context.Context, hub, desktop, picture, listen string) error {
	dir, err := os.MkdirTemp("", "traybell-demo-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)

	facts, hubDone, err := startHub(ctx, hub, filepath.Join(dir, "hub"), listen)
	if err != nil {
		return err
	}
	env := append(os.Environ(), "TRAYBELL_PASSWORD="+facts["password"])
	if os.Getenv("LANG") == "" {
		env = append(env, "LANG=en_US.UTF-8") // Fyne complains of none
	}
	display := os.Getenv("DISPLAY")
	virtual := runtime.GOOS == "linux" && display == "" && os.Getenv("WAYLAND_DISPLAY") == ""
	if virtual {
		fmt.Println("There is no display here, so the desktop runs in a virtual one (Xvfb).")
		if display, err = startDisplay(ctx); err != nil {
			return err
		}
		env = append(env, "DISPLAY="+display)
	}
	args := []string{
		"--config", filepath.Join(dir, "desktop"), "--hub", facts["hub"], "--extension", facts["extension"],
		"--trust", facts["fingerprint"],
	}
	desktopDone, err := start(ctx, env, filepath.Join(dir, "desktop.log"), desktop, args...)
	if err != nil {
		return err
	}
	fmt.Printf("\nCalls come in every few seconds; each pops up at the bottom right of the screen. OK makes its "+
		"ticket.\n  The ticket list:  %s\n",
		facts["tickets"])
	fmt.Printf("  A second desktop: TRAYBELL_PASSWORD=%s %s --config DIR --hub %s --extension %s\n",
		facts["password"], desktop, facts["hub"], facts["extension"])
	if virtual {
		if err := leavePicture(ctx, display, picture); err != nil && ctx.Err() == nil {
			return fmt.Errorf("%w\n%s", err, tail(filepath.Join(dir, "desktop.log")))
		}
		fmt.Printf("  The screenshot:   %s\n", picture)
	}
	if deadline, ends := ctx.Deadline(); ends {
		fmt.Printf("  It ends by itself in %s; --for 1h, or a terminal, keeps it running.\n",
			time.Until(deadline).Round(time.Second))
	} else {
		fmt.Println("  Ctrl-C ends it.")
	}
	select {
	case <-ctx.Done():
		return nil
	case err := <-hubDone:
		return fmt.Errorf("the hub ended: %w", err)
	case err := <-desktopDone:
		if err == nil {
			return nil // Exit in the tray's menu
		}
		return fmt.Errorf("the desktop ended: %w\n%s", err, tail(filepath.Join(dir, "desktop.log")))
	}
}

// startHub starts the hub and returns the facts it prints when it is ready ("hub: 127.0.0.1:11010",
// one a line, until an empty one).
func startHub(ctx context.Context,
	program, dir, listen string,
) (facts map[string]string, done <-chan error, err error) {
	cmd := command(ctx, program, "demo", "--dir", dir, "--listen", listen)
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, nil, err
	}
	var log strings.Builder
	cmd.Stderr = &log
	if err := cmd.Start(); err != nil {
		return nil, nil, fmt.Errorf("the hub: %w", err)
	}
	facts = map[string]string{}
	lines := bufio.NewScanner(out)
	for lines.Scan() && lines.Text() != "" {
		key, value, _ := strings.Cut(lines.Text(), ": ")
		facts[key] = value
	}
	if facts["hub"] == "" {
		_ = cmd.Wait()
		return nil, nil, fmt.Errorf("the hub did not start:\n%s", log.String())
	}
	ended := make(chan error, 1)
	go func() {
		_, _ = io.Copy(io.Discard, out)
		err := cmd.Wait()
		if err == nil {
			err = errors.New("it stopped by itself")
		}
		ended <- err
	}()
	return facts, ended, nil
}

// start starts a program with its output in a file.
func start(ctx context.Context, env []string, log, program string, args ...string) (<-chan error, error) {
	out, err := os.Create(log)
	if err != nil {
		return nil, err
	}
	cmd := command(ctx, program, args...)
	cmd.Env, cmd.Stdout, cmd.Stderr = env, out, out
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("%s: %w", program, err)
	}
	ended := make(chan error, 1)
	go func() {
		ended <- cmd.Wait()
		_ = out.Close()
	}()
	return ended, nil
}

// command ends its program softly when ctx does.
func command(ctx context.Context, program string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, program, args...)
	if runtime.GOOS != "windows" {
		cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
		cmd.WaitDelay = 5 * time.Second
	}
	return cmd
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
