package lab

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// Machine is a Debian that systemd has booted, in namespaces without a network.
type Machine struct {
	Root string // its files, while it runs

	init string // the process id of its systemd
}

// StartMachine boots a fresh copy of the lab's machine, which ends with the test.
func StartMachine(t testing.TB) *Machine {
	t.Helper()
	if out, err := run(t.Context(), nil, "machine.sh", "install"); err != nil {
		t.Fatalf("install a machine: %v\n%s", err, out)
	}
	folder := t.TempDir()
	said := &strings.Builder{}
	boot := exec.Command(path("machine.sh"), "boot", folder)
	boot.Stdout, boot.Stderr = said, said
	if err := boot.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = boot.Wait()
	}()
	t.Cleanup(func() {
		_ = boot.Process.Signal(syscall.SIGKILL) // with --kill-child, and with it all its processes
		<-ended
	})
	m := &Machine{}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	for ; ; time.Sleep(100 * time.Millisecond) {
		select {
		case <-ended:
			t.Fatalf("the machine has ended:\n%s", said)
		case <-ctx.Done():
			t.Fatal("the machine does not boot")
		default:
		}
		child, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%[1]d/children", boot.Process.Pid))
		if m.init = strings.TrimSpace(string(child)); err != nil || m.init == "" {
			continue
		}
		m.Root = filepath.Join("/proc", m.init, "root")
		out, err := m.Run(ctx, "systemctl is-system-running --wait")
		if state := strings.TrimSpace(out); err == nil || state == "degraded" {
			return m
		}
	}
}

// Run runs a command of a shell and returns its output.
func (m *Machine) Run(ctx context.Context, command string) (string, error) {
	out, err := m.Command(ctx, command).CombinedOutput()
	return string(out), err
}

// Command is a command of a shell.
func (m *Machine) Command(ctx context.Context, command string) *exec.Cmd {
	return exec.CommandContext(ctx, "nsenter", "--target", m.init, "--pid", "--mount", "--net", "--uts", "--ipc",
		"--root", "--wd", "env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "DEBIAN_FRONTEND=noninteractive",
		"sh", "-c", command)
}

// Inward passes connections to an address of the machine on to one of this computer, until the test
// ends.
func (m *Machine) Inward(t testing.TB, address, to string) {
	t.Helper()
	relay(t, m.network, address, here, to)
}

// Outward passes connections to an address of this computer on to one of the machine, until the test
// ends.
func (m *Machine) Outward(t testing.TB, address, to string) {
	t.Helper()
	relay(t, here, address, m.network, to)
}

// network runs a function with the sockets of a computer.
type network func(open func() error) error

func here(open func() error) error { return open() }

// network is that of the machine.
func (m *Machine) network(open func() error) error {
	done := make(chan error)
	go func() {
		runtime.LockOSThread() // and never unlock it: the thread ends with the goroutine
		of, err := os.Open(filepath.Join("/proc", m.init, "ns", "net"))
		if err == nil {
			err = errors.Join(unix.Setns(int(of.Fd()), unix.CLONE_NEWNET), of.Close())
		}
		if err == nil {
			err = open()
		}
		done <- err
	}()
	return <-done
}

func relay(t testing.TB, in network, address string, out network, to string) {
	t.Helper()
	var l net.Listener
	err := in(func() (err error) {
		l, err = new(net.ListenConfig).Listen(t.Context(), "tcp", address)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	var work sync.WaitGroup
	t.Cleanup(func() { _ = l.Close(); work.Wait() })
	ctx := t.Context()
	work.Go(func() {
		for {
			from, err := l.Accept()
			if err != nil {
				return
			}
			work.Go(func() {
				defer from.Close()
				var target net.Conn
				if err := out(func() (err error) {
					target, err = new(net.Dialer).DialContext(ctx, "tcp", to)
					return err
				}); err != nil {
					return
				}
				defer target.Close()
				defer context.AfterFunc(ctx, func() { _, _ = from.Close(), target.Close() })()
				var both sync.WaitGroup
				both.Go(func() { _, _ = io.Copy(target, from); _ = target.Close() })
				_, _ = io.Copy(from, target)
				_ = from.Close()
				both.Wait()
			})
		}
	})
}
