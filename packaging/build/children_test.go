//go:build linux

package build

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// command is the variable with what the test's program, started again as a command, has to run.
const command = "TRAYBELL_BUILD_TEST"

func TestMain(m *testing.M) {
	script := os.Getenv(command)
	if script == "" {
		os.Exit(m.Run())
	}
	Main("command", func(ctx context.Context) error {
		own, cancel := context.WithCancel(context.Background())
		child := Child(own, "sh", "-c", script)
		child.Stdout = os.Stdout
		if err := child.Start(); err != nil {
			cancel()
			return err
		}
		defer func() { cancel(); _ = child.Wait() }()
		if os.Getenv("FAIL") != "" {
			return errors.New("failed")
		}
		<-ctx.Done()
		return nil
	})
}

// TestNoProgramIsLeftRunning ends commands in every way and looks for what they have started.
func TestNoProgramIsLeftRunning(t *testing.T) {
	const (
		plain    = "echo ready; exec sleep MARK"
		deaf     = "trap '' INT HUP; echo ready; sleep MARK; sleep MARK"
		shells   = "sh -c 'sleep MARK & sleep MARK' & echo ready; sleep MARK"
		detached = "setsid sleep MARK & (setsid sh -c 'sleep MARK; sleep MARK' &) ; echo ready; sleep MARK"
	)
	kill := func(s syscall.Signal) func(cmd *exec.Cmd) {
		return func(cmd *exec.Cmd) { _ = cmd.Process.Signal(s) }
	}
	for name, c := range map[string]struct {
		script string
		end    func(cmd *exec.Cmd)
		env    string
	}{
		"Ctrl-C":                      {shells, kill(syscall.SIGINT), ""},
		"SIGTERM":                     {deaf, kill(syscall.SIGTERM), ""},
		"SIGHUP":                      {detached, kill(syscall.SIGHUP), ""},
		"SIGTERM, detached":           {detached, kill(syscall.SIGTERM), ""},
		"killed":                      {plain, kill(syscall.SIGKILL), ""},
		"end by an error":             {detached, func(*exec.Cmd) {}, "FAIL=1"},
		"the end of the parent":       {detached, nil, ""},
		"the end of the killed shell": {plain, nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if name == "SIGHUP" && signal.Ignored(syscall.SIGHUP) {
				t.Skip("SIGHUP is ignored, as under nohup")
			}
			mark := fmt.Sprintf("%d.%d", 90000+os.Getpid(), time.Now().UnixNano())
			cmd := exec.Command(os.Args[0])
			if c.end == nil {
				// As `go run`, the shell waits for the command, which does not get its signals.
				cmd = exec.Command("sh", "-c", os.Args[0]+"; true")
				c.end = kill(syscall.SIGKILL)
			}
			cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
			cmd.Env = append(os.Environ(), command+"="+strings.ReplaceAll(c.script, "MARK", mark), c.env)
			out, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			if c.env == "" {
				if line, err := bufio.NewReader(out).ReadString('\n'); line != "ready\n" {
					t.Fatalf("the command said %q, %v", line, err)
				}
				for late := time.Now().Add(10 * time.Second); len(running(t, mark)) == 0 && time.Now().Before(late); {
					time.Sleep(10 * time.Millisecond)
				}
			}
			c.end(cmd)
			_ = cmd.Wait()
			var left []string
			for late := time.Now().Add(10 * time.Second); time.Now().Before(late); time.Sleep(20 * time.Millisecond) {
				if left = running(t, mark); len(left) == 0 {
					return
				}
			}
			t.Errorf("left running: %q", left)
		})
	}
}

// running returns the command lines of the processes with a mark in them.
func running(t *testing.T, mark string) (lines []string) {
	t.Helper()
	files, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		line, err := os.ReadFile(f)
		own := filepath.Base(filepath.Dir(f)) == strconv.Itoa(os.Getpid())
		if err == nil && strings.Contains(string(line), mark) && !own {
			lines = append(lines, strings.ReplaceAll(string(line), "\x00", " "))
		}
	}
	return lines
}
