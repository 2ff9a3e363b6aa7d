//go:build linux

package system

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"
	"github.com/zalando/go-keyring"
)

// The test runs itself on a separate session bus: once with an unlocked gnome-keyring, once
// without a keyring.
const keyringStory = "TRAYBELL_TEST_KEYRING"

func TestKeyring(t *testing.T) {
	switch os.Getenv(keyringStory) {
	case "unlocked":
		testKeep(t)
		return
	case "absent":
		if _, err := (Keyring{Service: "traybell-test"}).Password(t.Context(), "101@hub:11010"); err == nil ||
			errors.Is(err, ErrNoPassword) {
			t.Fatalf("without a Secret Service: %v, want another error", err)
		}
		return
	}
	for _, program := range []string{"dbus-run-session", "gnome-keyring-daemon"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skip("no keyring: " + err.Error())
		}
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for story, before := range map[string]string{
		"unlocked": "printf secret | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1; ",
		"absent":   "",
	} {
		t.Run(story, func(t *testing.T) {
			home := t.TempDir()
			cmd := exec.CommandContext(t.Context(), "dbus-run-session", "--config-file="+bareBus(t, home), "--", "sh",
				"-c", before+`exec "$0" -test.run '^TestKeyring$' -test.v`, self)
			cmd.Env = append(os.Environ(), keyringStory+"="+story, "HOME="+home, "XDG_DATA_HOME="+home+"/data",
				"XDG_RUNTIME_DIR="+home, "DISPLAY=", "WAYLAND_DISPLAY=")
			out, err := cmd.CombinedOutput()
			if err != nil || !strings.Contains(string(out), "--- PASS: TestKeyring") {
				t.Fatalf("%v\n%s", err, out)
			}
		})
	}
}

// bareBus writes the configuration of a session bus without service activation.
func bareBus(t *testing.T, dir string) string {
	t.Helper()
	path := dir + "/bus.conf"
	text := `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
"http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>session</type><listen>unix:tmpdir=` + dir + `</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/>
<allow own="*"/></policy></busconfig>`
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// awaitName waits until a name on the session bus has an owner: gnome-keyring goes into the
// background before it owns its name.
func awaitName(ctx context.Context, t *testing.T, name string) {
	t.Helper()
	bus, err := dbus.ConnectSessionBus()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = bus.Close() }()
	changes := make(chan *dbus.Signal, 16)
	bus.Signal(changes)
	if err := bus.AddMatchSignal(dbus.WithMatchInterface("org.freedesktop.DBus"),
		dbus.WithMatchMember("NameOwnerChanged"), dbus.WithMatchArg(0, name)); err != nil {
		t.Fatal(err)
	}
	for {
		var owned bool
		if err := bus.BusObject().Call("org.freedesktop.DBus.NameHasOwner", 0, name).Store(&owned); err != nil {
			t.Fatal(err)
		}
		if owned {
			return
		}
		select {
		case <-changes: // this name, or that of our own connection
		case <-ctx.Done():
			t.Fatalf("%s has no owner", name)
		}
	}
}

func testKeep(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	awaitName(ctx, t, "org.freedesktop.secrets")
	k, account := Keyring{Service: "traybell-test"}, "101@hub:11010"
	if _, err := k.Password(ctx, account); !errors.Is(err, ErrNoPassword) {
		t.Fatalf("before Keep: %v, want ErrNoPassword", err)
	}
	for _, password := range []string{"geheim", "Пароль & ü \"x\""} {
		if err := k.Keep(ctx, account, password); err != nil {
			t.Fatal(err)
		}
		if got, err := k.Password(ctx, account); err != nil || got != password {
			t.Fatalf("kept %q, got %q, %v", password, got, err)
		}
	}
	if _, err := k.Password(ctx, "102@hub:11010"); !errors.Is(err, ErrNoPassword) {
		t.Fatalf("another account: %v, want ErrNoPassword", err)
	}
	if err := keyring.Delete(k.Service, account); err != nil {
		t.Fatal(err)
	}
	if _, err := k.Password(ctx, account); !errors.Is(err, ErrNoPassword) {
		t.Fatalf("after Delete: %v, want ErrNoPassword", err)
	}
}

func TestKeyringObeysContext(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	enough := errors.New("the agent went away")
	cancel(enough)
	forever := make(chan struct{})
	defer close(forever)
	_, err := waited(ctx, func() (string, error) { <-forever; return "late", nil })
	if !errors.Is(err, enough) {
		t.Fatalf("%v, want %v", err, enough)
	}
}
