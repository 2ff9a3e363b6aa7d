//go:build e2e

package e2e

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"traybell/desktop/platform/xtest"
	"traybell/hub/ami/amitest"
)

const wineHub = `
listen: %s
data_dir: .
region: RU
pbx: [{id: main, address: "%s", username: %s, password: %s}]
agents: [{login: anna, name: Anna Petrova, extensions: ["101"], password: "%s", teams: [support], rights: [ticket]}]
tracking:
  - number: "74950000001"
    name: Support
    comment: "“Acme support, good morning.” Ask for the contract number."
    ticket: support
ticket_templates:
  support: {queue: Support, priority: 3 normal, state: new, title: "{{.Line.Name}}: {{.Caller.Name}}"}
directories: [{name: customers, type: csv, path: customers.csv}]
help_desk: {type: builtin}
desktop:
  language: en
  popups:
    incoming: {enabled: true, appear: 0, show: 0, disappear: 0}
    answer: {enabled: true, appear: 0, show: 0, disappear: 0}
  links: {cid: "https://desk.example.com/find?number=<PIM_CID_E164>"}
`

// wine is the Windows program as shipped, under Wine, on a display with a window manager.
type wine struct {
	*road
	prefix string
	env    []string
}

// TestWindowsProgramUnderWine builds traybell.exe, signs in to a real hub, places a call and
// presses OK. It checks the screen, the hub, the focus and the folders of the program. It cannot
// test where Windows differs from Wine.
func TestWindowsProgramUnderWine(t *testing.T) {
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	out := run(t, nil, "bash", filepath.Join(root, "packaging", "windows", "build.sh"), "0.0.1-wine")
	t.Logf("%s(%.0f s, at most 4 minutes with an empty build cache)", out, time.Since(began).Seconds())
	w := newWine(t, root)

	t.Run("what differs per system", w.native)

	exe := filepath.Join(root, "bin", "traybell.exe")
	pbx, address, fingerprint := w.hub()
	args := []string{"--hub", address, "--extension", "101", "--trust", fingerprint}
	begun := time.Now()
	w.wine(append([]string{"TRAYBELL_PASSWORD=" + password}, w.env...), exe, args...)
	w.said("signed in")
	t.Logf("from the start to the hub: %.1f s", time.Since(begun).Seconds())

	w.tray()
	before := w.focus()
	call := pbx.Incoming(amitest.Incoming{Number: "84951234567", DID: "74950000001"})
	call.Ring("101")
	w.said("popup shown")
	w.settle()
	if at := w.card(); at.Empty() {
		w.picture("wine", true)
		t.Fatal("the hub was notified of a popup, but the screen shows none")
	} else {
		t.Logf("the card is at %v", at)
	}
	w.keep("wine.png")
	w.memory("with one popup")
	call.Answer("101")
	w.said("state=answered")
	w.settle()
	asking := w.screen()
	w.pressOK()
	number := w.ticket()
	w.settle()
	if bytes.Equal(asking.Pix, w.screen().Pix) {
		t.Errorf("ticket %s was created, but the card has not changed", number)
	}
	w.keep("wine-ticket.png")
	if after := w.focus(); after != before {
		t.Errorf("the focus went from window %s to %s", before, after)
	}
	w.typed()
	call.Hangup()
	w.said("state=ended")

	t.Run("a second start passes on its number", func(t *testing.T) { w.later(t, exe) })
	t.Run("files on the disk", w.disk)
}

func newWine(t *testing.T, root string) *wine {
	t.Helper()
	dir := t.TempDir()
	w := &wine{
		road:   &road{t: t, ctx: t.Context(), theme: "light", log: newLines(), desktop: newLines()},
		prefix: filepath.Join(dir, "prefix"),
	}
	w.display = xtest.Start(t, "1280x800x24")
	w.display.Openbox()
	w.display.Run("xsetroot", "-solid", "#3a5a78")
	w.env = []string{"WINEPREFIX=" + w.prefix, "WINEDEBUG=-all", "WINEDLLOVERRIDES=mscoree,mshtml=", "LANG=en_US.UTF-8"}
	w.once("wineboot", "-i")
	t.Cleanup(func() { w.once("wineserver", "-k", "-w") })
	random := filepath.Join(w.prefix, "drive_c", "windows", "system32", "bcryptprimitives.dll")
	if _, err := os.Stat(random); errors.Is(err, os.ErrNotExist) { // Wine has it since 8.13, and Go needs it at start
		w.once("x86_64-w64-mingw32-gcc", "-shared", "-O2", "-s", "-o", random,
			filepath.Join(root, "test", "lab", "wine", "bcryptprimitives.c"), "-ladvapi32")
	}
	w.display.Spawn("xterm", "-T", "terminal", "-geometry", "80x24+40+40", "-e", "cat > "+filepath.Join(dir, "typed"))
	xtest.Until(t, "the terminal has the focus", func() bool { return w.titled() == "terminal" })
	t.Setenv("TRAYBELL_TYPED", filepath.Join(dir, "typed"))
	return w
}

// tray waits for the icon. Without a panel Wine opens a window for it, which takes the focus; the
// terminal gets it back.
func (w *wine) tray() {
	w.t.Helper()
	id := w.display.Run("xdotool", "search", "--sync", "--onlyvisible", "--name", "Wine System Tray")
	w.display.Run("xdotool", "windowmove", "--sync", id, "40", "740")
	xtest.Until(w.t, "an icon in the tray", func() bool {
		colours, err := exec.CommandContext(w.ctx, "import", "-window", id, "-format", "%k", "info:").Output()
		n, _ := strconv.Atoi(strings.TrimSpace(string(colours)))
		return err == nil && n > 8
	})
	w.display.Run("xdotool", "search", "--onlyvisible", "--name", "^terminal$", "windowfocus", "--sync")
	w.settle()
}

// hub starts a simulated PBX and a real hub.
func (w *wine) hub() (pbx *amitest.PBX, address, fingerprint string) {
	w.t.Helper()
	pbx, err := amitest.New(amitest.Options{})
	w.must(err)
	w.t.Cleanup(func() { w.must(pbx.Close()) })
	bin := os.Getenv("TRAYBELL_BIN")
	if bin == "" {
		bin = filepath.Join("..", "..", "bin")
	}
	program, dir := absolute(w.t, filepath.Join(bin, "traybell-hub")), w.t.TempDir()
	address = freeAddress(w.t)
	hash := strings.TrimSpace(run(w.t, strings.NewReader(password+"\n"), program, "passwd"))
	yaml := fmt.Sprintf(wineHub, address, pbx.Addr(), amitest.Username, amitest.Secret, hash)
	w.must(os.WriteFile(filepath.Join(dir, "hub.yml"), []byte(yaml), 0o600))
	w.must(os.WriteFile(filepath.Join(dir, "customers.csv"), []byte(customersCSV), 0o600))
	start(w.t, w.log, nil, program, "serve", "--config", filepath.Join(dir, "hub.yml"))
	w.said("state=working")
	found := regexp.MustCompile(`certificate=([0-9A-F:]+)`).FindStringSubmatch(w.log.String())
	if found == nil {
		w.t.Fatal("the hub prints no fingerprint:\n" + w.log.String())
	}
	return pbx, address, found[1]
}

// wine starts a Windows program that runs until the test ends.
func (w *wine) wine(env []string, exe string, args ...string) {
	w.t.Helper()
	cmd := exec.Command("wine", append([]string{exe}, args...)...)
	cmd.Env = append(os.Environ(), env...)
	cmd.Stdout, cmd.Stderr = w.desktop, w.desktop
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	w.must(cmd.Start())
	w.t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
}

// once runs a program in the prefix and returns its output.
func (w *wine) once(program string, args ...string) string {
	w.t.Helper()
	// Also runs at the end of the test.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(w.t.Context()), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Env = append(os.Environ(), w.env...)
	cmd.WaitDelay = 5 * time.Second // wineboot leaves programs behind that keep its output open
	out, err := cmd.CombinedOutput()
	if err != nil && !errors.Is(err, exec.ErrWaitDelay) && program != "wineserver" {
		w.t.Fatalf("%s %v: %v\n%s", program, args, err, out)
	}
	return string(out)
}

// native runs the tests of packages as Windows programs: the popup's window, Credential Manager,
// autostart and links in the registry, single instance.
func (w *wine) native(t *testing.T) {
	w.tests(t, "platform", "TestPopupOnWindows", "TestHotkeyOnWindows")
	w.tests(t, "platform/frame", "TestFrameOnWindows", "TestClipboardOnWindows")
	w.tests(t, "system", "TestKeyring", "TestSystemSettings", "TestSecondStartIsPassedOn")
}

// tests runs the tests of a package of the desktop, and expects some of them.
func (w *wine) tests(t *testing.T, pkg string, expected ...string) {
	exe := filepath.Join(t.TempDir(), path.Base(pkg)+".test.exe")
	ctx, cancel := context.WithTimeout(t.Context(), 12*time.Minute)
	defer cancel()
	build := exec.CommandContext(ctx, "go", "test", "-c", "-o", exe, "traybell/desktop/"+pkg)
	build.Env = append(os.Environ(), "GOOS=windows", "GOARCH=amd64", "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	out := w.once("wine", exe, "-test.v", "-test.timeout", "90s")
	for _, line := range strings.Split(out, "\n") {
		if strings.HasPrefix(strings.TrimSpace(line), "---") {
			t.Log(strings.TrimSpace(line))
		}
	}
	for _, name := range expected {
		if !strings.Contains(out, "--- PASS: "+name+" ") {
			t.Errorf("%s did not pass:\n%s", name, out)
		}
	}
}

// card returns the largest white area in the lower right quarter, where only a card is white; empty
// if there is none.
func (w *wine) card() image.Rectangle {
	w.t.Helper()
	picture, found := w.screen(), image.Rectangle{}
	for y := 400; y < 800; y++ {
		for x := 640; x < 1280; x++ {
			if picture.NRGBAAt(x, y) == (color.NRGBA{0xff, 0xff, 0xff, 0xff}) {
				found = found.Union(image.Rect(x, y, x+1, y+1))
			}
		}
	}
	if found.Dx() < 300 || found.Dy() < 100 {
		return image.Rectangle{}
	}
	return found
}

// keep saves a screenshot of the whole screen.
func (w *wine) keep(name string) {
	w.t.Helper()
	if dir := os.Getenv("TRAYBELL_SCREENSHOTS"); dir != "" {
		w.must(os.MkdirAll(dir, 0o755))
		w.display.Run("import", "-window", "root", filepath.Join(dir, name))
	}
}

// memory logs the memory of the program's processes with Wine's libraries: all, and the
// proportional share.
func (w *wine) memory(when string) {
	w.t.Helper()
	all, err := filepath.Glob("/proc/[0-9]*/cmdline")
	w.must(err)
	for _, path := range all {
		line, err := os.ReadFile(path)
		program, _, _ := strings.Cut(string(line), "\x00")
		if err != nil || !strings.HasSuffix(program, "traybell.exe") {
			continue
		}
		rollup, _ := os.ReadFile(filepath.Join(filepath.Dir(path), "smaps_rollup"))
		if m := regexp.MustCompile(`(?s)Rss:\s+(\d+) kB.*?Pss:\s+(\d+) kB`).FindSubmatch(rollup); m != nil {
			all, _ := strconv.Atoi(string(m[1]))
			share, _ := strconv.Atoi(string(m[2]))
			w.t.Logf("memory %s: %d MB, its share %d MB", when, all/1024, share/1024)
		}
	}
}

// titled returns the title of the focused window.
func (w *wine) titled() string {
	out, err := exec.Command("xdotool", "getwindowfocus", "getwindowname").Output()
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(out))
}

// window waits until a window has the focus and is painted.
func (w *wine) window(title string) {
	w.t.Helper()
	xtest.Until(w.t, "the window "+title, func() bool { return strings.HasPrefix(w.titled(), title) })
	// A field's cursor blinks, so the screen never settles.
	xtest.Until(w.t, "its picture", func() bool {
		colours, err := exec.CommandContext(w.ctx, "sh", "-c",
			`import -window "$(xdotool getwindowfocus)" -format %k info:`).Output()
		n, _ := strconv.Atoi(strings.TrimSpace(string(colours)))
		return err == nil && n > 64
	})
}

// later starts the program again, as Windows does for a tel: address.
func (w *wine) later(t *testing.T, exe string) {
	w.on(t)
	w.settle()
	w.once("wine", exe, "--", "tel:+7%20(495)%20123-45-67")
	w.window("Call a number")
	w.keep("wine-number.png")
	w.memory("with a window")
	w.display.Run("xdotool", "key", "Escape")
	xtest.Until(t, "Escape closes it", func() bool { return !strings.HasPrefix(w.titled(), "Call a number") })
	if said := w.once("wine", exe, "--version"); !strings.Contains(said, "traybell 0.0.1-wine") {
		t.Errorf("--version says %q", said)
	}
	w.once("wine", exe, "--register")
	command := `traybell.exe -- "%1"` // what Windows starts; Wine 8 only reads the entries for all users
	if said := w.once("wine", "reg", "query", `HKCU\Software\Classes\tel\shell\open\command`); !strings.Contains(said,
		command) {
		t.Errorf("registered for tel: is\n%s", said)
	}
	w.once("wine", exe, "--unregister")
	if said := w.once("wine", "reg", "query", `HKCU\Software\Classes`, "/s"); strings.Contains(said, command) {
		t.Errorf("still registered is\n%s", said)
	}
	w.once("wine", exe, "--open", "settings")
	w.window("Settings")
	w.keep("wine-settings.png")
}

// disk checks the folders of Windows programs.
func (w *wine) disk(t *testing.T) {
	for _, want := range []string{`AppData/Roaming/traybell/settings.json`, `AppData/Local/traybell/traybell.log`} {
		found, err := filepath.Glob(filepath.Join(w.prefix, "drive_c", "users", "*", want))
		if err != nil || len(found) != 1 {
			t.Errorf("%s: %v, %v", want, found, err)
			continue
		}
		text, err := os.ReadFile(found[0])
		if err != nil || strings.Contains(string(text), password) {
			t.Errorf("%s: %v, or the password is in it", want, err)
		}
		if strings.HasSuffix(want, ".log") {
			t.Logf("its log holds %d bytes", len(text))
		}
	}
}
