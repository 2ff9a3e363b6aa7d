//go:build linux

package shell

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"traybell/desktop/crash"
	"traybell/desktop/platform/xtest"
)

// childOptions makes the test binary run the program with these options, as the program needs the
// first goroutine.
const childOptions = "TRAYBELL_TEST_OPTIONS"

// pictures is the variable with the folder for screenshots of tests; empty: none.
const pictures = "TRAYBELL_TEST_PICTURES"

func TestMain(m *testing.M) {
	if crash.IsWatcher() {
		if err := crash.BeWatcher(); err != nil {
			fmt.Fprintln(os.Stderr, "BeWatcher:", err)
			os.Exit(4)
		}
		os.Exit(0)
	}
	if text := os.Getenv(childOptions); text != "" {
		var opts Options
		if err := json.Unmarshal([]byte(text), &opts); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(2)
		}
		ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
		err := Run(ctx, opts)
		stop()
		if err != nil {
			fmt.Fprintln(os.Stderr, "Run:", err)
			os.Exit(3)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

const patience = time.Minute

// Commands that start the program in different sessions.
var (
	noBus   []string
	withBus = []string{"dbus-run-session", "--"}
)

// program is the desktop in another process, on a separate screen.
type program struct {
	t       *testing.T
	opts    Options
	display string
	cmd     *exec.Cmd
	output  output
	ended   chan error
}

// output collects the output of a process.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// child is the program's process, not started yet, without the environment of this session. More is
// NAME=VALUE.
func child(t *testing.T, opts Options, session []string, more ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(opts)
	if err != nil {
		t.Fatal(err)
	}
	line := append(append([]string{}, session...), self)
	cmd := exec.Command(line[0], line[1:]...)
	home := t.TempDir()
	cmd.Env = append([]string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + home, "XDG_RUNTIME_DIR=" + home, "XDG_CONFIG_HOME=" + home,
		"XDG_CACHE_HOME=" + home, "LANG=en_US.UTF-8",
		"DBUS_SESSION_BUS_ADDRESS=unix:path=" + filepath.Join(home, "none"), childOptions + "=" + string(text),
	}, more...)
	return cmd
}

// run starts the program and stops it at the end of the test.
func run(t *testing.T, display string, opts Options, session []string, more ...string) *program {
	t.Helper()
	p := &program{
		t: t, opts: opts, display: display,
		cmd: child(t, opts, session, append([]string{"DISPLAY=" + display}, more...)...), ended: make(chan error, 1),
	}
	p.cmd.Stdout, p.cmd.Stderr = &p.output, &p.output
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { p.ended <- p.cmd.Wait() }()
	t.Cleanup(func() {
		if t.Failed() {
			p.picture("failed")
			t.Log(p.output.String())
		}
		_ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL)
	})
	return p
}

// second is another start of the same program, not started yet.
func (p *program) second(open ...string) *exec.Cmd {
	self, err := os.Executable()
	if err != nil {
		p.t.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Env = p.cmd.Env
	if len(open) > 0 {
		opts := p.opts
		opts.Open = open[0]
		text, err := json.Marshal(opts)
		if err != nil {
			p.t.Fatal(err)
		}
		cmd.Env = append(slices.Clip(cmd.Env), childOptions+"="+string(text))
	}
	return cmd
}

// end ends it as at the end of a session.
func (p *program) end() {
	p.t.Helper()
	if err := syscall.Kill(-p.cmd.Process.Pid, syscall.SIGTERM); err != nil {
		p.t.Fatal(err)
	}
	select {
	case <-p.ended: //nolint:errcheck // the exit code does not matter
	case <-time.After(10 * time.Second):
		// The runtime prints what each goroutine waits for. The log of a failed test has it.
		_ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGQUIT)
		time.Sleep(time.Second)
		p.t.Fatal("it does not end")
	}
}

// tool runs a program on the same screen. One that lists all windows fails with BadWindow if a
// window closes meanwhile, and is retried.
func (p *program) tool(line ...string) (string, error) {
	// a failed test still takes its picture
	ctx, cancel := context.WithTimeout(context.WithoutCancel(p.t.Context()), patience)
	defer cancel()
	for {
		cmd := exec.CommandContext(ctx, line[0], line[1:]...)
		cmd.Env = append(os.Environ(), "DISPLAY="+p.display)
		out, err := cmd.CombinedOutput()
		gone := strings.Contains(string(out), "BadWindow") || strings.Contains(string(out), "BadDrawable")
		if err == nil || ctx.Err() != nil || !gone {
			return strings.TrimSpace(string(out)), err
		}
	}
}

// window waits until a window with this title is on the screen, has the focus and is painted.
func (p *program) window(title string) {
	p.t.Helper()
	id, err := p.tool("xdotool", "search", "--sync", "--onlyvisible", "--name", title, "windowfocus", "--sync",
		"getwindowfocus")
	if err != nil {
		p.t.Fatalf("no window %s: %v %s", title, err, id)
	}
	p.until("the window's picture", func() bool {
		colours, err := p.tool("import", "-window", id, "-format", "%k", "info:")
		n, _ := strconv.Atoi(colours)
		return err == nil && n > 8
	})
}

// windows returns the titles of the windows in the window manager's list.
func (p *program) windows() string {
	p.t.Helper()
	out, err := p.tool("sh", "-c",
		`for w in $(xprop -root -notype _NET_CLIENT_LIST | sed 's/.*#//; s/,/ /g'); do
			xprop -id $w -notype _NET_WM_NAME
		done`)
	if err != nil {
		p.t.Fatal(err, out)
	}
	return out
}

// until waits for a condition.
func (p *program) until(what string, done func() bool) {
	p.t.Helper()
	late := time.After(patience)
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for !done() {
		select {
		case <-tick.C:
		case <-late:
			p.t.Fatal("timed out: " + what)
		}
	}
}

// keys presses keys by their X names.
func (p *program) keys(names ...string) {
	p.t.Helper()
	if out, err := p.tool(append([]string{"xdotool", "key", "--delay", "60"}, names...)...); err != nil {
		p.t.Fatalf("keys %v: %v %s", names, err, out)
	}
}

// tab moves the focus by that many fields.
func (p *program) tab(fields int) {
	p.t.Helper()
	p.keys(slices.Repeat([]string{"Tab"}, fields)...)
}

// write replaces the text of the focused field.
func (p *program) write(text string) {
	p.t.Helper()
	p.keys("ctrl+a")
	if out, err := p.tool("xdotool", "type", "--delay", "40", text); err != nil {
		p.t.Fatalf("typing: %v %s", err, out)
	}
}

// picture saves a screenshot if there is a folder for them.
func (p *program) picture(name string) {
	dir := os.Getenv(pictures)
	if dir == "" {
		return
	}
	file := filepath.Join(dir, strings.ReplaceAll(p.t.Name(), "/", "_")+"_"+name+".png")
	if out, err := p.tool("import", "-window", "root", file); err != nil {
		p.t.Logf("no picture: %v %s", err, out)
	}
}

// screenOf starts a separate X server with additional arguments and a window manager, and returns
// its DISPLAY.
func screenOf(t *testing.T, more ...string) string {
	t.Helper()
	for _, program := range []string{"Xvfb", "openbox", "xdotool", "xprop", "import", "dbus-run-session"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skip("no virtual desktop to test on: " + err.Error())
		}
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	xvfb := exec.Command("Xvfb",
		append([]string{"-displayfd", "3", "-screen", "0", "1280x900x24", "-nolisten", "tcp", "-noreset"}, more...)...)
	xvfb.ExtraFiles = []*os.File{w}
	start(t, xvfb)
	_ = w.Close()
	number, err := bufio.NewReader(r).ReadString('\n')
	if err != nil {
		t.Fatalf("Xvfb told no display: %v", err)
	}
	display := ":" + strings.TrimSpace(number)
	wm := exec.Command("openbox")
	wm.Env = append(os.Environ(), "DISPLAY="+display)
	start(t, wm)
	// Openbox loses windows that are mapped before it has listed those that exist.
	xtest.Until(t, "the window manager", func() bool {
		out, err := exec.Command("xprop", "-display", display, "-root", "_NET_CLIENT_LIST").Output()
		return err == nil && strings.Contains(string(out), "WINDOW")
	})
	return display
}

func start(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
}
