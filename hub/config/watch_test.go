package config

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// watched is a Watch of a folder.
type watched struct {
	t    *testing.T
	dir  string
	seen chan string // content of hub.yml at each read
	now  chan os.Signal
}

func watch(t *testing.T, dir string, w Watch) *watched {
	t.Helper()
	x := &watched{t: t, dir: dir, seen: make(chan string, 100), now: make(chan os.Signal, 1)}
	files := []string{filepath.Join(dir, "hub.yml"), filepath.Join(dir, "pbx.secret")}
	w.Log = slog.New(slog.DiscardHandler)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		w.Run(ctx, files, Sum(files), x.now, func() ([]string, func()) {
			text, _ := readAtMost(files[0], maxFile)
			return files, func() { x.seen <- string(text) }
		})
	}()
	t.Cleanup(func() { cancel(); <-done })
	return x
}

func (x *watched) write(name, text string) {
	x.t.Helper()
	if err := os.WriteFile(filepath.Join(x.dir, name), []byte(text), 0o600); err != nil {
		x.t.Fatal(err)
	}
}

func (x *watched) takes(want string) {
	x.t.Helper()
	select {
	case got := <-x.seen:
		if got != want {
			x.t.Errorf("it takes %q, want %q", got, want)
		}
	case <-time.After(20 * time.Second):
		x.t.Fatalf("it never takes %q", want)
	}
}

func TestChangesAreSeenHoweverTheyAreMade(t *testing.T) {
	quick := Watch{Settle: 20 * time.Millisecond, Doubt: 20 * time.Millisecond, Poll: time.Hour}
	for name, change := range map[string]func(x *watched){
		"written over": func(x *watched) { x.write("hub.yml", "two\n") },
		"replaced": func(x *watched) {
			x.write("hub.yml~", "two\n")
			if err := os.Rename(filepath.Join(x.dir, "hub.yml~"), filepath.Join(x.dir, "hub.yml")); err != nil {
				x.t.Fatal(err)
			}
		},
		"moved away and created again": func(x *watched) {
			if err := os.Rename(filepath.Join(x.dir, "hub.yml"), filepath.Join(x.dir, "hub.yml.bak")); err != nil {
				x.t.Fatal(err)
			}
			x.write("hub.yml", "two\n")
		},
		"removed and linked": func(x *watched) {
			x.write("hub-2.yml", "two\n")
			_ = os.Remove(filepath.Join(x.dir, "hub.yml"))
			if err := os.Symlink("hub-2.yml", filepath.Join(x.dir, "hub.yml")); err != nil {
				x.t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := folder(t, map[string]string{"hub.yml": "one\n", "pbx.secret": "a\n"})
			x := watch(t, dir, quick)
			x.now <- os.Interrupt // wait until it watches
			x.takes("one\n")
			change(x)
			x.takes("two\n")
			x.write("pbx.secret", "b\n")
			x.takes("two\n")
			x.write("customers.csv", "c\n") // not watched
			x.write("pbx.secret", "b\n")    // unchanged
			x.now <- os.Interrupt
			x.takes("two\n")
			if len(x.seen) > 0 {
				t.Errorf("it takes %q for nothing", <-x.seen)
			}
		})
	}
}

// Network drives and links in parent folders send no events.
func TestChangesWithoutEventsAreFound(t *testing.T) {
	above := t.TempDir()
	for _, version := range []string{"one", "two"} {
		if err := os.Mkdir(filepath.Join(above, version), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(above, version, "hub.yml"), []byte(version+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	link := func(to string) {
		if err := os.Symlink(to, filepath.Join(above, "next")); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(filepath.Join(above, "next"), filepath.Join(above, "current")); err != nil {
			t.Fatal(err)
		}
	}
	link("one")
	x := watch(t, filepath.Join(above, "current"), Watch{
		Settle: 20 * time.Millisecond, Doubt: 20 * time.Millisecond, Poll: 50 * time.Millisecond,
	})
	x.now <- os.Interrupt
	x.takes("one\n")
	link("two")
	x.takes("two\n")
	x.write("hub.yml", "three\n") // in the new folder
	x.takes("three\n")
}

// A file without a final line break gets more time.
func TestHalfWrittenFileIsRetried(t *testing.T) {
	dir := folder(t, map[string]string{"hub.yml": "one\n", "pbx.secret": "a\n"})
	x := watch(t, dir, Watch{Settle: 20 * time.Millisecond, Doubt: 2 * time.Second, Poll: time.Hour})
	x.now <- os.Interrupt
	x.takes("one\n")
	whole := strings.Repeat("line\n", 1000)
	half := time.Now()
	x.write("hub.yml", whole[:2003])
	select {
	case got := <-x.seen:
		if time.Since(half) < 2*time.Second {
			t.Errorf("half a file was taken: %d bytes", len(got))
		}
	case <-time.After(300 * time.Millisecond):
	}
	x.write("hub.yml", whole)
	x.takes(whole)
	// then it is read as it is
	x.write("hub.yml", "no end")
	x.takes("no end")
}

func TestSettingsThatNeedARestart(t *testing.T) {
	running, next := Default(), Default()
	next.Listen, next.TLS = "127.0.0.1:1", TLS{Mode: TLSFiles, Cert: "a", Key: "b"}
	next.Log.Format, next.Log.Folder = LogJSON, "/var/log"
	next.Agents = []Agent{{Login: "anna", Password: NewSecret("a")}}
	now, waiting := next.After(running)
	if got := strings.Join(waiting, " "); got != "listen tls.mode log.format" {
		t.Errorf("these wait: %s", got)
	}
	if now.Listen != running.Listen || now.TLS != running.TLS || now.Log.Format != LogText ||
		now.Log.Folder != "/var/log" || len(now.Agents) != 1 || next.Listen != "127.0.0.1:1" {
		t.Errorf("%+v", now)
	}
	if got := strings.Join(Changed(running, now), " "); got != "log.folder agents" {
		t.Errorf("these changed: %s", got)
	}
	again := *next
	again.Agents = []Agent{{Login: "anna", Password: NewSecret("b")}}
	if got := strings.Join(Changed(next, &again), " "); got != "agents" {
		t.Errorf("a password: %s", got)
	}
	if got := Changed(next, next); got != nil {
		t.Errorf("nothing: %s", got)
	}
}
