//go:build e2e

package e2e

import (
	"context"
	"crypto/ed25519"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"traybell/desktop/platform/xtest"
	"traybell/hub/signin"
	"traybell/shared/release"
	"traybell/test/tray"
)

// made is the release of this run: built once, from a tag of a clone, by a key of its own.
var made struct {
	once   sync.Once
	folder string // with the clone, the key and dist
	public ed25519.PublicKey
	err    error
}

const releaseVersion = "1.4.0"

// released returns the folder with the files of a release for this computer.
func released(ctx context.Context, t *testing.T) string {
	t.Helper()
	made.once.Do(func() {
		if made.folder, made.err = os.MkdirTemp("", "traybell-release-"); made.err != nil {
			return
		}
		var private ed25519.PrivateKey
		if made.public, private, made.err = ed25519.GenerateKey(nil); made.err != nil {
			return
		}
		der, err := x509.MarshalPKCS8PrivateKey(private)
		if err == nil {
			text := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
			err = os.WriteFile(filepath.Join(made.folder, "key.pem"), text, 0o600)
		}
		if made.err = err; err == nil {
			made.err = errors.Join(tagged(ctx, filepath.Join(made.folder, "clone")),
				buildRelease(ctx, "clone", "dist", "hub,desktop", "deb,rpm,file,image,sbom"))
		}
	})
	if made.err != nil {
		t.Fatal(made.err)
	}
	return filepath.Join(made.folder, "dist")
}

func TestMain(m *testing.M) {
	code := m.Run()
	if made.folder != "" {
		_ = os.RemoveAll(made.folder)
	}
	os.Exit(code)
}

// tagged clones the source tree and tags it as a maintainer does, after the section of CHANGELOG.md.
func tagged(ctx context.Context, clone string) error {
	return command(ctx, ".", "sh", "-c", `git clone -q ../.. "$0" && cd "$0" &&
		sed -i "s/^## Unreleased/## `+releaseVersion+`/" CHANGELOG.md &&
		git -c user.name=t -c user.email=t@example.com -c commit.gpgsign=false \
			-c core.hooksPath=/dev/null commit -qam "Release" --date 2026-01-02T03:04:05Z &&
		git tag v`+releaseVersion, clone)
}

func buildRelease(ctx context.Context, clone, dist, programs, formats string) error {
	return command(ctx, filepath.Join(made.folder, clone), "go", "run", "./packaging/release", "-arch", runtime.GOARCH,
		"-key", filepath.Join(made.folder, "key.pem"), "-to", filepath.Join(made.folder, dist),
		"-programs", programs, "-formats", formats)
}

func command(ctx context.Context, dir, program string, args ...string) error {
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GIT_COMMITTER_DATE=2026-01-02T03:04:05Z")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", cmd, err, out)
	}
	return nil
}

// one is the only file that fits a pattern.
func one(t *testing.T, folder, pattern string) string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(folder, pattern))
	if err != nil || len(found) != 1 {
		t.Fatalf("%s: %v, %v", pattern, found, err)
	}
	return found[0]
}

// TestReleaseFromATag builds a release from a tag; a clone in another folder gives the same bytes.
func TestReleaseFromATag(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 15*time.Minute)
	defer cancel()
	dist := released(ctx, t)
	changes, err := os.ReadFile(filepath.Join(dist, "CHANGES.md"))
	if err != nil || !strings.HasPrefix(string(changes), "### ") {
		t.Errorf("the changes are %.100q, %v", changes, err)
	}
	sums, err := os.ReadFile(filepath.Join(dist, release.Sums))
	if err != nil {
		t.Fatal(err)
	}
	signature, err := os.ReadFile(filepath.Join(dist, release.Signature))
	if err != nil {
		t.Fatal(err)
	}
	desktops, err := release.Verify([]ed25519.PublicKey{made.public}, sums, signature)
	if err != nil || len(desktops) != 3 || release.Newest(desktops) != "v"+releaseVersion {
		t.Errorf("desktops %+v, %v", desktops, err)
	}
	if err := errors.Join(tagged(ctx, filepath.Join(made.folder, "another", "clone")),
		buildRelease(ctx, "another/clone", "again", "hub", "deb,rpm,image,sbom")); err != nil {
		t.Fatal(err)
	}
	again, err := os.ReadFile(filepath.Join(made.folder, "again", release.Sums))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(again)) {
		if !strings.Contains(string(sums), line) {
			t.Errorf("another build gives other bytes: %s", line)
		}
	}
	if n := strings.Count(string(again), "\n"); n != 5 {
		t.Errorf("the second build has %d files:\n%s", n, again)
	}
}

// TestDesktopInstallsANewerVersion: an agent's own desktop learns at its sign-in that the hub has a
// newer version, and installs it by a press in the menu of the tray.
func TestDesktopInstallsANewerVersion(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 15*time.Minute)
	defer cancel()
	dist := released(ctx, t)
	home := t.TempDir()
	program := filepath.Join(home, ".local", "bin", "traybell")
	tags, err := os.ReadFile("../../packaging/build/tags.txt")
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("CGO_ENABLED", "0")
	err = command(ctx, "../..", "go", "build", "-trimpath",
		"-tags", strings.TrimSpace(string(tags))+",nethttpomithttp2", "-ldflags",
		"-s -w -X main.version=v1.3.0 -X traybell/shared/release.trusted="+hex.EncodeToString(made.public),
		"-o", program, "./desktop")
	if err != nil {
		t.Fatal(err)
	}
	unpacked := t.TempDir()
	run(t, nil, "dpkg-deb", "-x", one(t, dist, "traybell-hub_*.deb"), unpacked)
	hubDir, address := t.TempDir(), freeAddress(t)
	hash, err := signin.Hash(password)
	if err != nil {
		t.Fatal(err)
	}
	config := fmt.Sprintf("listen: %s\ndata_dir: .\n"+
		"pbx: [{id: main, address: \"127.0.0.1:1\", username: t, password: t}]\n"+
		"agents: [{login: anna, name: Anna, extensions: [\"101\"], password: %q}]\n"+
		"downloads: {folder: %q}\ndesktop: {updates: install, locked: [updates]}\n", address, hash, dist)
	if err := os.WriteFile(filepath.Join(hubDir, "hub.yml"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	hub := newLines()
	start(t, hub, nil, filepath.Join(unpacked, "usr/bin/traybell-hub"), "serve", "--config",
		filepath.Join(hubDir, "hub.yml"))
	w := &workplace{t: t, hub: hub}
	fingerprint := strings.TrimPrefix(w.said(hub, `certificate=[0-9A-F:]+`), "certificate=")
	w.said(hub, `desktops to hand out.* newest=v1\.4\.0`)

	xtest.Start(t, "1280x800x24")
	bus, icons, err := tray.Watch(ctx)
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("HOME", home)
	for name, below := range map[string]string{
		"XDG_CONFIG_HOME": ".config", "XDG_DATA_HOME": ".local/share", "XDG_CACHE_HOME": ".cache",
		"XDG_RUNTIME_DIR": "",
	} {
		t.Setenv(name, filepath.Join(home, below))
	}
	for name, value := range map[string]string{
		"DBUS_SESSION_BUS_ADDRESS": bus, "LANG": "en_US.UTF-8", "TRAYBELL_PASSWORD": password,
	} {
		t.Setenv(name, value)
	}
	desktop := newLines()
	w.at = desktop
	start(t, desktop, nil, program, "--hub", address, "--extension", "101", "--trust", fingerprint,
		"traybell://join?server=elsewhere")
	t.Cleanup(func() { endAll(t, program) })
	menu := func(item tray.Item, want func(titles []string) bool) {
		t.Helper()
		var titles []string
		for late := time.Now().Add(time.Minute); ; time.Sleep(100 * time.Millisecond) {
			var err error
			if titles, err = item.Menu(); err == nil && want(titles) {
				return
			}
			if time.Now().After(late) {
				t.Fatalf("the menu is %q, %v\n%s", titles, err, tail(desktop.String()))
			}
		}
	}
	icon := func() tray.Item {
		t.Helper()
		select {
		case name := <-icons:
			item, err := tray.Open(ctx, bus, name)
			if err != nil {
				t.Fatal(err)
			}
			return item
		case <-time.After(time.Minute):
			t.Fatalf("no icon in the tray\n%s", tail(desktop.String()))
			return tray.Item{}
		}
	}
	first := icon()
	menu(first, func(titles []string) bool { return titles[0] == "Install version 1.4.0" })
	before := len(hub.String())
	if err := first.Press("Install version 1.4.0"); err != nil {
		t.Fatal(err)
	}
	w.saidSince(before, hub, `signed in.* version=v1\.4\.0`)
	menu(icon(), func(titles []string) bool { return titles[0] == "Calls" })
	if out := run(t, nil, program, "--version"); !strings.Contains(out, "v1.4.0") {
		t.Errorf("the program is %s", out)
	}
	if rest, _ := filepath.Glob(filepath.Join(home, ".cache", "traybell", "updates", "*")); len(rest) > 0 {
		t.Errorf("downloads are left: %v", rest)
	}
}

// endAll ends the processes of a program, which has started itself again.
func endAll(t *testing.T, program string) {
	t.Helper()
	for late := time.Now().Add(10 * time.Second); time.Now().Before(late); time.Sleep(100 * time.Millisecond) {
		running := 0
		links, _ := filepath.Glob("/proc/[0-9]*/exe")
		for _, link := range links {
			if of, err := os.Readlink(link); err == nil && strings.TrimSuffix(of, " (deleted)") == program {
				running++
				var pid int
				if _, err := fmt.Sscanf(link, "/proc/%d/exe", &pid); err == nil {
					_ = syscall.Kill(pid, syscall.SIGTERM)
				}
			}
		}
		if running == 0 {
			return
		}
	}
	t.Error("the desktop does not end")
}
