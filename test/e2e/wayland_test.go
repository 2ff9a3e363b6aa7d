//go:build e2e

package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"traybell/desktop/model"
	"traybell/desktop/platform/xtest"
)

// compositor is a headless sway with XWayland. It refuses to run as root, so it runs as a separate
// user.
type compositor struct {
	t       *testing.T
	runtime string
	user    *syscall.Credential
	display string // of XWayland
	wayland string
}

// swayUser is created by run.sh.
const swayUser = "traybell-sway"

const swayConfig = `
output HEADLESS-1 resolution 1600x900 position 0 0
output HEADLESS-1 background #3a5a78 solid_color
xwayland enable
exec "echo $DISPLAY $WAYLAND_DISPLAY > %s/ready"
`

func startSway(t *testing.T) *compositor {
	t.Helper()
	who, err := user.Lookup(swayUser)
	if err != nil {
		t.Fatalf("%v: test/e2e/run.sh creates this user", err)
	}
	uid, _ := strconv.Atoi(who.Uid)
	gid, _ := strconv.Atoi(who.Gid)
	dir, err := os.MkdirTemp("", "traybell-sway-") // the test's folder is not accessible to other users
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	c := &compositor{t: t, runtime: dir, user: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}
	config := filepath.Join(dir, "config")
	for _, err := range []error{
		os.WriteFile(config, fmt.Appendf(nil, swayConfig, dir), 0o644), os.Chown(dir, uid, gid),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	out := newLines()
	sway := c.command("sway", "-c", config)
	sway.Env = append(sway.Env, "WLR_BACKENDS=headless", "WLR_RENDERER=pixman", "WLR_LIBINPUT_NO_DEVICES=1")
	sway.Stdout, sway.Stderr = out, out
	if err := sway.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = sway.Process.Kill()
		_ = sway.Wait()
	})
	xtest.Until(t, "sway and XWayland", func() bool {
		text, _ := os.ReadFile(filepath.Join(dir, "ready"))
		names := strings.Fields(string(text))
		if len(names) == 2 {
			c.display, c.wayland = names[0], names[1]
		}
		return len(names) == 2
	})
	return c
}

// bus is that user's session bus.
func (c *compositor) bus() string {
	c.t.Helper()
	daemon := c.command("dbus-daemon", "--session", "--nofork", "--print-address")
	out := newLines()
	daemon.Stdout = out
	if err := daemon.Start(); err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(func() { _ = daemon.Process.Kill(); _ = daemon.Wait() })
	for {
		text, more := out.wait()
		if address, whole := strings.CutSuffix(text, "\n"); whole {
			return address
		}
		<-more
	}
}

// program copies a program to where that user can start it, and returns its path.
func (c *compositor) program(path string) string {
	c.t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		c.t.Fatal(err)
	}
	to := filepath.Join(c.runtime, filepath.Base(path))
	if err := os.WriteFile(to, raw, 0o755); err != nil {
		c.t.Fatal(err)
	}
	return to
}

// command runs a program as the session's user.
func (c *compositor) command(name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(c.t.Context(), name, args...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: c.user}
	cmd.Env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + c.runtime, "XDG_RUNTIME_DIR=" + c.runtime,
		"WAYLAND_DISPLAY=" + c.wayland, "DISPLAY=" + c.display,
	}
	cmd.Dir = c.runtime
	return cmd
}

// screen returns the compositor's screenshot.
func (c *compositor) screen() image.Image {
	c.t.Helper()
	raw, err := c.command("grim", "-").Output()
	if err != nil {
		c.t.Fatalf("grim: %v", err)
	}
	img, err := png.Decode(strings.NewReader(string(raw)))
	if err != nil {
		c.t.Fatal(err)
	}
	return img
}

func (c *compositor) keep(name string) {
	c.t.Helper()
	dir := os.Getenv("TRAYBELL_SCREENSHOTS")
	if dir == "" {
		return
	}
	f, err := os.Create(filepath.Join(dir, name+".png"))
	if err == nil {
		err = png.Encode(f, c.screen())
		_ = f.Close()
	}
	if err != nil {
		c.t.Fatal(err)
	}
}

// notificationID finds the notification with that title in the output of makoctl.
func notificationID(t *testing.T, list, title string) string {
	t.Helper()
	var all struct {
		Data [][]struct {
			ID      struct{ Data int }    `json:"id"`
			Summary struct{ Data string } `json:"summary"`
		} `json:"data"`
	}
	if err := json.Unmarshal([]byte(list), &all); err != nil {
		t.Fatal(err)
	}
	for _, group := range all.Data {
		for _, n := range group {
			if strings.HasPrefix(n.Summary.Data, title) {
				return strconv.Itoa(n.ID.Data)
			}
		}
	}
	t.Fatalf("no %q in %s", title, list)
	return ""
}

// TestPopupOnWayland shows a call on a Wayland compositor: through XWayland, a card in its corner
// above a full-screen Wayland window that keeps the focus. Without XWayland, in the same session, a
// notification (mako) whose button creates the ticket.
func TestPopupOnWayland(t *testing.T) {
	w := newWorkplace(t)
	s := startSway(t)
	bus, traybell := s.bus(), s.program(w.program("traybell"))
	// desktop starts Anna's desktop in the session.
	desktop := func(t *testing.T, env ...string) *lines {
		before := len(w.hub.String())
		cmd := s.command(traybell, w.arguments(s.runtime)...)
		cmd.Env = append(cmd.Env, append(env, "TRAYBELL_PASSWORD="+password, "DBUS_SESSION_BUS_ADDRESS="+bus)...)
		out := newLines()
		cmd.Stdout, cmd.Stderr = out, out
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
		w.at = out
		w.saidSince(before, w.hub, "signed in")
		return out
	}
	t.Run("a card through XWayland", func(t *testing.T) {
		w.t, s.t = t, t
		terminal := s.command("foot", "--fullscreen", "--override", "colors.background=203040", "sh", "-c",
			"cat > "+filepath.Join(s.runtime, "typed"))
		if err := terminal.Start(); err != nil {
			t.Fatal(err)
		}
		defer func() { _ = terminal.Process.Kill(); _ = terminal.Wait() }()
		dark := color.NRGBAModel.Convert(color.NRGBA{0x20, 0x30, 0x40, 0xff})
		at := func(x, y int) color.Color { return color.NRGBAModel.Convert(s.screen().At(x, y)) }
		xtest.Until(t, "the full-screen terminal", func() bool { return at(1580, 880) == dark })
		desktop(t, "FYNE_THEME=light")
		c := w.call()
		white := color.NRGBAModel.Convert(color.White)
		// Its left edge and the middle of its upper edge; outside, the terminal.
		xtest.Until(t, "the card in the lower right corner", func() bool {
			img := s.screen()
			px := func(x, y int) color.Color { return color.NRGBAModel.Convert(img.At(x, y)) }
			return px(1600-12-392+4, 900-12-60) == white && px(1600-12-4, 900-12-60) == white &&
				px(1600-6, 900-60) == dark && px(1600-12-400, 900-60) == dark
		})
		if got := at(1600-12-392, 900-12-1); got != dark {
			t.Errorf("outside the card's round corner is %v instead of the terminal", got)
		}
		s.keep("wayland-card")
		wtype := s.command("wtype", "-s", "500", "-d", "20", "typed", "-k", "Return", "-s", "200")
		if out, err := wtype.CombinedOutput(); err != nil {
			t.Fatalf("wtype: %v: %s", err, out)
		}
		xtest.Until(t, "the terminal below gets the typed text", func() bool {
			text, _ := os.ReadFile(filepath.Join(s.runtime, "typed"))
			return strings.HasSuffix(string(text), "typed\n")
		})
		c.GiveUp()
		w.said(w.hub, "state=ended")
	})
	t.Run("a notification without it", func(t *testing.T) {
		w.t, s.t = t, t
		mako := s.command("mako")
		mako.Env = append(mako.Env, "DBUS_SESSION_BUS_ADDRESS="+bus)
		out := newLines()
		mako.Stdout, mako.Stderr = out, out
		if err := mako.Start(); err != nil {
			t.Fatal(err)
		}
		defer func() { _ = mako.Process.Kill(); _ = mako.Wait() }()
		control := func(args ...string) string {
			cmd := s.command("makoctl", args...)
			cmd.Env = append(cmd.Env, "DBUS_SESSION_BUS_ADDRESS="+bus)
			text, _ := cmd.CombinedOutput()
			return string(text)
		}
		w.said(desktop(t, "DISPLAY="),
			`no X display: popups are notifications.*notifications="?mako`)
		c := w.call()
		xtest.Until(t, "the notification", func() bool { return strings.Contains(control("list"), "Incoming call") })
		xtest.Until(t, "who it is", func() bool {
			return strings.Contains(control("list"), "Ivan <b>Ivanov</b> & Söhne <img src=x>") ||
				strings.Contains(control("list"),
					"Ivan &lt;b&gt;")
		})
		s.keep("wayland-notification")
		control("invoke", "-n", notificationID(t, control("list"), "Incoming call"), "ok")
		number := w.ticket()
		xtest.Until(t, "the ticket's number", func() bool { return strings.Contains(control("list"), number) })
		c.GiveUp()
		ctx, cancel := context.WithTimeout(t.Context(), model.AfterTicket+20*time.Second)
		defer cancel()
		until(ctx, t, "its end", func() bool { return !strings.Contains(control("list"), number) })
	})
}
