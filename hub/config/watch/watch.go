// Package watch detects changes of hub.yml and of the files that it names.
package watch

import (
	"cmp"
	"context"
	"crypto/sha256"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"traybell/shared/bounded"

	"github.com/fsnotify/fsnotify"
)

// MaxFile limits the size of each file, in bytes.
const MaxFile = 4 << 20

// Files detects changes in the content of hub.yml and the files that it names.
//
// It watches folders, including the targets of links: editors replace files, and mounted volumes
// switch a link (Kubernetes' ..data). It also polls the files, because network drives send no
// events. Zero durations mean the defaults.
type Files struct {
	Settle time.Duration // how long the files must stay unchanged; default 300 ms
	Doubt  time.Duration // Settle if hub.yml has no final line break, so may be incomplete; default 3 s
	Poll   time.Duration // how often to read the files without events; default 10 s
	Log    *slog.Logger  // required
}

// Reader loads the files. It returns the files to watch from now on, hub.yml first, as far as known
// after an error, and a function that applies the result. Run does not call it if a file has
// changed in the meantime, but reads again.
type Reader func() (files []string, then func())

// Run watches until ctx ends. files and sum are those of the current configuration. A value from
// now, such as SIGHUP, reads the files at once, changed or not. read and apply run on the goroutine
// of Run.
func (w Files) Run(ctx context.Context, files []string, sum string, now <-chan os.Signal, read Reader) {
	w.Settle, w.Doubt = cmp.Or(w.Settle, 300*time.Millisecond), cmp.Or(w.Doubt, 3*time.Second)
	w.Poll = cmp.Or(w.Poll, 10*time.Second)
	r := &watching{Files: w, paths: files, taken: sum, folders: map[string]bool{}}
	notify, err := fsnotify.NewWatcher()
	if err != nil {
		w.Log.Warn("no file events from the system, polling hub.yml", "every", w.Poll, "error", err)
	} else {
		defer notify.Close() //nolint:errcheck // no data to lose
		r.notify, r.events, r.failed = notify, notify.Events, notify.Errors
	}
	r.run(ctx, now, read)
}

// watching is the state of Run.
type watching struct {
	Files
	notify  *fsnotify.Watcher // nil: polling only
	events  <-chan fsnotify.Event
	failed  <-chan error
	paths   []string
	names   map[string]bool // of files to watch in folders
	folders map[string]bool // watched
	taken   string          // Sum when the files were read last
}

func (w *watching) run(ctx context.Context, now <-chan os.Signal, read Reader) {
	w.follow()
	poll := time.NewTicker(w.Poll)
	defer poll.Stop()
	for {
		at := false
		select {
		case <-ctx.Done():
			return
		case <-now:
			at = true
		case e := <-w.events:
			if !w.concerns(e.Name) {
				continue
			}
		case <-w.failed: //nolint:errcheck // events were lost: compare the files
		case <-poll.C:
			w.follow()
		}
		sum := Sum(w.paths)
		if !at {
			if sum == w.taken {
				continue
			}
			var asked, ok bool
			if sum, asked, ok = w.settled(ctx, sum, now); !ok {
				return
			}
			if sum == w.taken && !asked {
				continue // changed back
			}
		}
		for {
			files, then := read()
			if again := Sum(w.paths); again != sum && ctx.Err() == nil {
				var ok bool
				if sum, _, ok = w.settled(ctx, again, now); !ok {
					return
				}
				continue
			}
			w.paths = files
			w.taken = Sum(files)
			w.follow()
			then()
			break
		}
	}
}

// settled waits until the files stay unchanged or a reload is requested, and returns their Sum; ok
// is false if ctx ends.
func (w *watching) settled(ctx context.Context, sum string, now <-chan os.Signal) (at string, asked, ok bool) {
	for {
		wait := w.Settle
		if !ended(w.paths[0]) {
			wait = max(wait, w.Doubt)
		}
		timer := time.NewTimer(wait)
		quiet := true
		for waiting := true; waiting; {
			select {
			case <-ctx.Done():
				timer.Stop()
				return "", false, false
			case <-now:
				timer.Stop()
				return Sum(w.paths), true, true
			case e := <-w.events:
				if w.concerns(e.Name) {
					quiet = false
				}
			case <-w.failed: //nolint:errcheck // as above
				quiet = false
			case <-timer.C:
				waiting = false
			}
		}
		again := Sum(w.paths)
		if again == sum && (quiet || w.notify == nil) {
			return sum, false, true
		}
		sum = again
	}
}

// follow watches the folders of the files and of link targets. Polling covers folders that cannot
// be watched.
func (w *watching) follow() {
	w.names = map[string]bool{}
	folders := map[string]bool{}
	for _, file := range w.paths {
		w.names[filepath.Base(file)] = true
		folders[filepath.Dir(file)] = true
		if real, err := filepath.EvalSymlinks(file); err == nil {
			w.names[filepath.Base(real)] = true
			folders[filepath.Dir(real)] = true
		}
	}
	if w.notify == nil {
		return
	}
	for folder := range w.folders {
		if !folders[folder] {
			_ = w.notify.Remove(folder)
		}
	}
	for _, folder := range slices.Sorted(maps.Keys(folders)) {
		// add it again: the folder may have been replaced
		if err := w.notify.Add(folder); err != nil && !w.folders[folder] {
			w.Log.Debug("cannot watch folder", "folder", folder, "error", err)
		}
	}
	w.folders = folders
}

// concerns reports whether a change may affect one of the files, or the links of mounted volumes,
// such as ..data.
func (w *watching) concerns(path string) bool {
	name := filepath.Base(path)
	return w.names[name] || strings.HasPrefix(name, "..")
}

// Sum is a checksum of files, including which of them do not exist.
func Sum(files []string) string {
	h := sha256.New()
	for _, file := range files {
		text, err := bounded.ReadFile(file, MaxFile)
		_, _ = fmt.Fprintf(h, "%q %v %d\n", file, err, len(text)) // a hash returns no errors
		_, _ = h.Write(text)
	}
	return string(h.Sum(nil))
}

// ended reports whether a file ends with a line break.
func ended(file string) bool {
	text, err := bounded.ReadFile(file, MaxFile)
	return err == nil && len(text) > 0 && text[len(text)-1] == '\n'
}
