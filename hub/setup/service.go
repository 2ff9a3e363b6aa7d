package setup

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"
)

// Unit is the systemd unit of the packages, which reads UnitFile.
const (
	Unit     = "traybell-hub"
	UnitFile = "/etc/traybell/hub.yml"
)

const startTime = time.Minute

// HasService reports whether systemd runs the hub with a hub.yml.
func HasService(ctx context.Context, path string) bool {
	if _, err := os.Stat("/run/systemd/system"); err != nil || path != UnitFile {
		return false
	}
	return exec.CommandContext(ctx, "systemctl", "cat", Unit).Run() == nil
}

// Running reports whether systemd runs the hub now.
func Running(ctx context.Context) bool {
	return exec.CommandContext(ctx, "systemctl", "is-active", "--quiet", Unit).Run() == nil
}

// Start has systemd start the hub, now and with the computer, and waits until it is ready.
func Start(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startTime)
	defer cancel()
	out, err := exec.CommandContext(ctx, "systemctl", "enable", "--now", Unit).CombinedOutput()
	if err == nil {
		return nil
	}
	log, _ := exec.CommandContext(context.WithoutCancel(ctx), "journalctl", "--no-pager", "--lines=15", "--output=cat",
		"--unit="+Unit).Output() // the log is an addition
	return errors.Join(fmt.Errorf("start the service: %w: %s", err, strings.TrimSpace(string(out))),
		errors.New(strings.TrimSpace(string(log))))
}
