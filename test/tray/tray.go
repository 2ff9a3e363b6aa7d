// Package tray is a tray without a panel, for programs that want to show an icon in one.
package tray

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os/exec"

	"github.com/godbus/dbus/v5"
)

// Host is a session bus of its own with somebody on it who takes tray icons, as panels do (org.kde.StatusNotifierWatcher). It returns the bus's address and ends with ctx.
func Host(ctx context.Context) (string, error) {
	cmd := exec.CommandContext(ctx, "dbus-daemon", "--session", "--nofork", "--print-address")
	out, err := cmd.StdoutPipe()
	if err != nil {
		return "", err
	}
	if err := cmd.Start(); err != nil {
		return "", fmt.Errorf("a session bus: %w", err)
	}
	go func() { <-ctx.Done(); _ = cmd.Wait() }()
	lines := bufio.NewScanner(out)
	if !lines.Scan() {
		return "", errors.New("the session bus did not start")
	}
	address := lines.Text()
	conn, err := dbus.Connect(address, dbus.WithContext(ctx))
	if err != nil {
		return "", err
	}
	if err := conn.Export(watcher{}, "/StatusNotifierWatcher", "org.kde.StatusNotifierWatcher"); err != nil {
		return "", err
	}
	reply, err := conn.RequestName("org.kde.StatusNotifierWatcher", dbus.NameFlagDoNotQueue)
	if err == nil && reply != dbus.RequestNameReplyPrimaryOwner {
		err = errors.New("the bus has a tray already")
	}
	return address, err
}

type watcher struct{}

// RegisterStatusNotifierItem takes an icon and looks no further.
func (watcher) RegisterStatusNotifierItem(string) *dbus.Error { return nil }
