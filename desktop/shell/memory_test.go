//go:build linux

package shell

import (
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"traybell/desktop/settings"
)

// TestMemoryOfClosedWindows opens the windows of the menu and closes them, several times: their memory
// is given back. No library is loaded for them.
func TestMemoryOfClosedWindows(t *testing.T) {
	display, folder := screenOf(t), t.TempDir()
	own := settings.Own{Server: "hub.invalid", Extension: "101", Desktop: "me", ToldNoTray: true}
	if err := settings.In(folder).Save(own); err != nil {
		t.Fatal(err)
	}
	p := run(t, display, Options{Folder: folder, Password: "geheim", Open: "about"}, noBus)
	p.window("^About") // from now on, other starts find this one
	closes := func() {
		p.keys("Tab", "Tab", "Escape")
		p.until("the closed window", func() bool { return p.windows() == "" })
	}
	closes() // a start that finds it open could open it again after it was closed
	round := func(windows ...string) int {
		for _, w := range windows {
			if _, err := p.second(w).CombinedOutput(); err == nil {
				t.Fatal("the program does not run")
			}
			p.window("^" + strings.ToUpper(w[:1]) + w[1:])
			closes()
		}
		time.Sleep(8 * time.Second) // memory is freed soon after the last window
		return p.share()
	}
	first := round("about", "settings", "calls") // reads the fonts
	last := round("about", "settings", "calls", "about", "settings", "calls")
	t.Logf("memory: %d KB after the first windows, %d KB after six more", first, last)
	if last > first*5/4 || last > mostClosed {
		t.Errorf("memory grew from %d to %d KB", first, last)
	}
	maps, err := os.ReadFile(fmt.Sprintf("/proc/%d/maps", p.cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	if found := regexp.MustCompile(`\S*lib(GL|EGL|gallium|LLVM|X11)\S*`).Find(maps); found != nil {
		t.Errorf("%s is loaded", found)
	}
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
}

// share is the program's proportional share of memory, in KB.
func (p *program) share() int {
	p.t.Helper()
	rollup, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", p.cmd.Process.Pid))
	if err != nil {
		p.t.Fatal(err)
	}
	m := regexp.MustCompile(`\nPss:\s+(\d+) kB`).FindSubmatch(rollup)
	if m == nil {
		p.t.Fatalf("no share in %s", rollup)
	}
	kb, err := strconv.Atoi(string(m[1]))
	if err != nil {
		p.t.Fatal(err)
	}
	return kb
}
