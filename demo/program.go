package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"

	"traybell/packaging/build"
)

// program is a program that runs until end. Ended one by one, the programs do not take each other's
// end for a failure.
type program struct {
	*exec.Cmd
	cancel context.CancelFunc
	ended  chan struct{}
	err    error // valid once ended is closed
}

func newProgram(name string, args ...string) *program {
	ctx, cancel := context.WithCancel(context.Background())
	return &program{Cmd: build.Child(ctx, name, args...), cancel: cancel, ended: make(chan struct{})}
}

func (p *program) start() error {
	if err := p.Start(); err != nil {
		p.cancel()
		return fmt.Errorf("start %s: %w", p.Path, err)
	}
	go func() {
		p.err = p.Wait()
		close(p.ended)
	}()
	return nil
}

// end ends the program and waits for its end.
func (p *program) end() {
	p.cancel()
	<-p.ended
}

// startHub starts the hub and returns the "key: value" lines that it prints when it is ready.
func startHub(ctx context.Context, name, dir, listen string) (*program, map[string]string, error) {
	hub := newProgram(name, "demo", "--dir", dir, "--listen", listen)
	out, err := hub.StdoutPipe()
	if err != nil {
		return nil, nil, err
	}
	var log strings.Builder
	hub.Stderr = &log
	if err := hub.start(); err != nil {
		return nil, nil, err
	}
	defer context.AfterFunc(ctx, hub.cancel)()
	account := map[string]string{}
	lines := bufio.NewScanner(out)
	for lines.Scan() && lines.Text() != "" {
		key, value, _ := strings.Cut(lines.Text(), ": ")
		account[key] = value
	}
	if account["hub"] == "" {
		hub.end()
		if ctx.Err() != nil {
			return nil, nil, ctx.Err()
		}
		return nil, nil, fmt.Errorf("hub did not start:\n%s", log.String())
	}
	go func() { _, _ = io.Copy(io.Discard, out) }()
	return hub, account, nil
}

// startDesktop starts the desktop with its output in a file.
func startDesktop(log string, environment []string, name string, args ...string) (*program, error) {
	out, err := os.Create(log)
	if err != nil {
		return nil, err
	}
	defer out.Close()
	desktop := newProgram(name, args...)
	desktop.Env, desktop.Stdout, desktop.Stderr = environment, out, out
	return desktop, desktop.start()
}

// startDisplay starts a virtual X server and returns its name. It keeps its picture in dir.
func startDisplay(ctx context.Context, dir string) (x *program, display string, err error) {
	x = newProgram("Xvfb", "-displayfd", "3", "-screen", "0", "1280x800x24", "-wr", "-fbdir", dir, "-nolisten", "tcp")
	r, w, err := os.Pipe()
	if err != nil {
		return nil, "", err
	}
	defer r.Close()
	x.ExtraFiles = []*os.File{w}
	err = x.start()
	_ = w.Close()
	if err != nil {
		return nil, "", err
	}
	defer context.AfterFunc(ctx, x.cancel)()
	number := bufio.NewScanner(r)
	if !number.Scan() {
		x.end()
		return nil, "", errors.New("virtual display (Xvfb) did not start")
	}
	return x, ":" + number.Text(), nil
}
