//go:build e2e

package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"traybell/desktop/platform/xtest"
	"traybell/hub/ami/amitest"
	"traybell/test/tray"

	"github.com/godbus/dbus/v5"
)

// tellsWithin is how soon the tray must show that the hub is unreachable.
const tellsWithin = 5 * time.Second

// TestNetworkOutage puts a desktop into a network namespace behind a virtual cable. With the cable
// cut, the tray shows it; a call is missed meanwhile. With the cable back, the desktop reconnects
// and shows the missed call. Then the computer sleeps and wakes up; then its address changes, as
// from cable to Wi-Fi.
func TestNetworkOutage(t *testing.T) {
	w := newWire(t, "tbwire", "10.213.7")
	bin := os.Getenv("TRAYBELL_BIN")
	if bin == "" {
		bin = filepath.Join("..", "..", "bin")
	}
	hub, desktop := absolute(t, filepath.Join(bin, "traybell-hub")), absolute(t, filepath.Join(bin, "traybell"))
	pbx, err := amitest.New(amitest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = pbx.Close() })

	dir := t.TempDir()
	hash := strings.TrimSpace(run(t, strings.NewReader(password+"\n"), hub, "passwd"))
	yaml := fmt.Sprintf(`
listen: %s:11010
data_dir: .
pbx: [{id: main, address: "%s", username: %s, password: "%s"}]
agents: [{login: anna, name: Anna Petrova, extensions: ["101"], password: "%s", rights: [ticket]}]
desktop: {language: en}
`, w.near, pbx.Addr(), amitest.Username, amitest.Secret, hash)
	if err := os.WriteFile(filepath.Join(dir, "hub.yml"), []byte(yaml), 0o600); err != nil {
		t.Fatal(err)
	}
	said := newLines()
	start(t, said, nil, hub, "serve", "--config", filepath.Join(dir, "hub.yml"))
	xtest.Until(t, "the hub follows its PBX", func() bool { return strings.Contains(said.String(), "state=working") })
	fingerprint := regexp.MustCompile(`certificate=([0-9A-F:]+)`).FindStringSubmatch(said.String())
	if fingerprint == nil {
		t.Fatal("the hub prints no fingerprint:\n" + said.String())
	}

	xtest.Start(t, "1024x768x24").Openbox()
	bus, err := tray.Host(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	saw := newLines()
	start(t, saw, []string{"TRAYBELL_PASSWORD=" + password, "DBUS_SESSION_BUS_ADDRESS=" + bus}, "ip", "netns", "exec",
		w.name, desktop,
		"--config", filepath.Join(dir, "desktop"), "--hub", w.near+
			":11010", "--extension", "101", "--trust", fingerprint[1])
	icon := findIcon(t, bus)
	connected := func() bool { return strings.Contains(icon.says(), "connected") }
	xtest.Until(t, "the tray says connected", connected)

	for range 2 {
		w.pull()
		cut := time.Now()
		xtest.Until(t, "the tray shows that the hub is unreachable", func() bool { return !connected() })
		took := time.Since(cut)
		t.Logf("the tray shows the cut after %s: %s", took.Round(10*time.Millisecond), icon.says())
		if took > tellsWithin {
			t.Errorf("the tray shows it only after %s", took)
		}
		call := pbx.Incoming(amitest.Incoming{Number: "84951234567", DID: "84950000001"})
		call.Ring("101")
		call.GiveUp()

		w.plug()
		back := time.Now()
		xtest.Until(t, "the tray says connected again", connected)
		t.Logf("connected again after %s", time.Since(back).Round(10*time.Millisecond))
	}
	xtest.Until(t, "the tray counts the missed calls", func() bool { return strings.Contains(icon.says(), "2 missed") })

	w.sleep(11*time.Second, func() {
		call := pbx.Incoming(amitest.Incoming{Number: "84957654321", DID: "84950000001"})
		call.Ring("101")
		call.GiveUp()
	})
	xtest.Until(t, "the desktop notices that it slept", func() bool {
		return strings.Contains(saw.String(), "slept=true")
	})
	xtest.Until(t, "the tray says connected after the sleep", connected)
	xtest.Until(t, "the tray counts what was missed in the sleep", func() bool {
		return strings.Contains(icon.says(), "3 missed")
	})

	w.readdress("10.213.7.3")
	xtest.Until(t, "the desktop notices its new address", func() bool {
		return strings.Contains(saw.String(), "addresses_changed=true")
	})
	xtest.Until(t, "the tray says connected with another address", connected)
	call := pbx.Incoming(amitest.Incoming{Number: "84951234567", DID: "84950000001"})
	call.Ring("101")
	xtest.Until(t, "the next call pops up", func() bool { return strings.Contains(icon.says(), "is ringing") })
	call.GiveUp()
}

// wire is a network namespace and the pair of interfaces that joins it to this one.
type wire struct {
	t         *testing.T
	name      string // of the namespace, and prefix of the interfaces
	near, far string // addresses on both ends
}

func newWire(t *testing.T, name, network string) *wire {
	t.Helper()
	w := &wire{t: t, name: name, near: network + ".1", far: network + ".2"}
	_ = exec.Command("ip", "netns", "del", name).Run() // left over by a killed run
	_ = exec.Command("ip", "link", "del", name+"0").Run()
	w.ip("netns", "add", name)
	t.Cleanup(func() {
		w.ip("link", "del", name+"0")
		w.ip("netns", "del", name)
	})
	w.ip("link", "add", name+"0", "type", "veth", "peer", "name", name+"1", "netns", name)
	w.ip("address", "add", w.near+"/24", "dev", name+"0")
	w.ip("link", "set", name+"0", "up")
	w.ip("-n", name, "link", "set", "lo", "up")
	w.ip("-n", name, "address", "add", w.far+"/24", "dev", name+"1")
	w.ip("-n", name, "link", "set", name+"1", "up")
	return w
}

func (w *wire) ip(args ...string) {
	w.t.Helper()
	if out, err := exec.Command("ip", args...).CombinedOutput(); err != nil {
		w.t.Fatalf("ip %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

// pull cuts the cable at the hub's end: the desktop keeps its addresses, packets are lost.
func (w *wire) pull() { w.ip("link", "set", w.name+"0", "down") }

func (w *wire) plug() { w.ip("link", "set", w.name+"0", "up") }

// sleep stops every program in the namespace with the cable cut, as a sleeping computer does, and
// calls meanwhile.
func (w *wire) sleep(long time.Duration, meanwhile func()) {
	w.t.Helper()
	out, err := exec.Command("ip", "netns", "pids", w.name).Output()
	if err != nil {
		w.t.Fatal(err)
	}
	all := strings.Fields(string(out))
	w.signal("-STOP", all)
	w.pull()
	meanwhile()
	<-time.After(long)
	w.plug()
	w.signal("-CONT", all)
}

func (w *wire) signal(name string, pids []string) {
	w.t.Helper()
	if out, err := exec.Command("kill", append([]string{name}, pids...)...).CombinedOutput(); err != nil {
		w.t.Fatalf("kill %s: %v\n%s", name, err, out)
	}
}

// readdress replaces the address of the desktop's computer.
func (w *wire) readdress(address string) {
	w.ip("-n", w.name, "address", "del", w.far+"/24", "dev", w.name+"1")
	w.ip("-n", w.name, "address", "add", address+"/24", "dev", w.name+"1")
	w.far = address
}

// icon is the desktop's tray icon over D-Bus, as a panel reads it (org.kde.StatusNotifierItem).
type icon struct{ item dbus.BusObject }

func findIcon(t *testing.T, bus string) icon {
	t.Helper()
	conn, err := dbus.Connect(bus)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	var found string
	xtest.Until(t, "the tray icon is on the bus", func() bool {
		var names []string
		if err := conn.BusObject().Call("org.freedesktop.DBus.ListNames", 0).Store(&names); err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			if strings.HasPrefix(name, "org.kde.StatusNotifierItem-") {
				found = name
			}
		}
		return found != ""
	})
	return icon{conn.Object(found, "/StatusNotifierItem")}
}

// says returns the icon's tooltip; empty if there is no icon.
func (i icon) says() string {
	value, err := i.item.GetProperty("org.kde.StatusNotifierItem.ToolTip")
	if err != nil {
		return ""
	}
	var tip struct {
		Icon   string
		Pixels []struct {
			Width, Height int32
			Data          []byte
		}
		Title, Text string
	}
	if err := value.Store(&tip); err != nil {
		return ""
	}
	return tip.Title + " " + tip.Text
}
