package watch

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"traybell/shared/bounded"
)

// folder creates a folder with private files.
func folder(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// watched is a Files of a folder.
type watched struct {
	t    *testing.T
	dir  string
	seen chan string // content of hub.yml at each read
	now  chan os.Signal
}

func watch(t *testing.T, dir string, w Files) *watched {
	t.Helper()
	x := &watched{t: t, dir: dir, seen: make(chan string, 100), now: make(chan os.Signal, 1)}
	files := []string{filepath.Join(dir, "hub.yml"), filepath.Join(dir, "pbx.secret")}
	w.Log = slog.New(slog.DiscardHandler)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		w.Run(ctx, files, Sum(files), x.now, func() ([]string, func()) {
			text, _ := bounded.ReadFile(files[0], MaxFile)
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
	quick := Files{Settle: 20 * time.Millisecond, Doubt: 20 * time.Millisecond, Poll: time.Hour}
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
	x := watch(t, filepath.Join(above, "current"), Files{
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
	x := watch(t, dir, Files{Settle: 20 * time.Millisecond, Doubt: 2 * time.Second, Poll: time.Hour})
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
