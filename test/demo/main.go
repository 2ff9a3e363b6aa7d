// Command demo runs traybell without setup: the hub with a simulated PBX (traybell-hub demo) and a
// desktop that is signed in to it. Without a display it starts a virtual one and takes a
// screenshot. `task demo` builds both programs and runs it.
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
	span := flag.Duration("for", 0, "how long to run; 0: until Ctrl-C, or one minute without a terminal")
	hub := flag.String("hub", "bin/traybell-hub", "path of traybell-hub")
	desktop := flag.String("desktop", "bin/traybell", "path of traybell")
	picture := flag.String("screenshot", "bin/demo.png", "file for the screenshot of the virtual display")
	listen := flag.String("listen", "127.0.0.1:11010", "the hub's address")
	flag.Parse()
	if err := runFor(*span, *hub, *desktop, *picture, *listen); err != nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1)
	}
}

// runFor runs the demo until a signal or the end of span.
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

// terminal reports whether a user can press Ctrl-C.
func terminal() bool { return term.IsTerminal(int(os.Stdin.Fd())) && os.Getenv("CI") == "" }

func run(ctx context.Context, hub, desktop, picture, listen string) error {
	dir, err := os.MkdirTemp("", "traybell-demo-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)

	hubInfo, hubDone, err := startHub(ctx, hub, filepath.Join(dir, "hub"), listen)
	if err != nil {
		return err
	}
	env := append(os.Environ(), "TRAYBELL_PASSWORD="+hubInfo["password"])
	if os.Getenv("LANG") == "" {
		env = append(env, "LANG=en_US.UTF-8") // Fyne warns without one
	}
	display := os.Getenv("DISPLAY")
	virtual := runtime.GOOS == "linux" && display == "" && os.Getenv("WAYLAND_DISPLAY") == ""
	if virtual {
		fmt.Println("No display found. The desktop runs in a virtual one (Xvfb).")
		if display, err = startDisplay(ctx); err != nil {
			return err
		}
		env = append(env, "DISPLAY="+display)
	}
	args := []string{
		"--config", filepath.Join(dir, "desktop"), "--hub", hubInfo["hub"], "--extension", hubInfo["extension"],
		"--trust", hubInfo["fingerprint"],
	}
	desktopDone, err := start(ctx, env, filepath.Join(dir, "desktop.log"), desktop, args...)
	if err != nil {
		return err
	}
	fmt.Printf("\nEvery few seconds a call pops up at the bottom right of the screen. OK creates its ticket.\n"+
		"  Tickets:          %s\n", hubInfo["tickets"])
	fmt.Printf("  Second desktop:   TRAYBELL_PASSWORD=%s %s --config DIR --hub %s --extension %s\n",
		hubInfo["password"], desktop, hubInfo["hub"], hubInfo["extension"])
	if virtual {
		if err := takeScreenshot(ctx, display, picture); err != nil && ctx.Err() == nil {
			return fmt.Errorf("%w\n%s", err, tail(filepath.Join(dir, "desktop.log")))
		}
		fmt.Printf("  Screenshot:       %s\n", picture)
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
	case err := <-hubDone:
		return fmt.Errorf("hub ended: %w", err)
	case err := <-desktopDone:
		if err == nil {
			return nil // Exit in the tray menu
		}
		return fmt.Errorf("desktop ended: %w\n%s", err, tail(filepath.Join(dir, "desktop.log")))
	}
}

// startHub starts the hub and returns the "key: value" lines that it prints when it is ready.
func startHub(ctx context.Context,
	program, dir, listen string,
) (hubInfo map[string]string, done <-chan error, err error) {
	cmd := command(ctx, program, "demo", "--dir", dir, "--listen", listen)
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, nil, err
	}
	var log strings.Builder
	cmd.Stderr = &log
	if err := cmd.Start(); err != nil {
		return nil, nil, fmt.Errorf("start hub: %w", err)
	}
	hubInfo = map[string]string{}
	lines := bufio.NewScanner(out)
	for lines.Scan() && lines.Text() != "" {
		key, value, _ := strings.Cut(lines.Text(), ": ")
		hubInfo[key] = value
	}
	if hubInfo["hub"] == "" {
		_ = cmd.Wait()
		return nil, nil, fmt.Errorf("hub did not start:\n%s", log.String())
	}
	ended := make(chan error, 1)
	go func() {
		_, _ = io.Copy(io.Discard, out)
		err := cmd.Wait()
		if err == nil {
			err = errors.New("exit without an error")
		}
		ended <- err
	}()
	return hubInfo, ended, nil
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

// command interrupts its program when ctx ends, and kills it 5 s later.
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
