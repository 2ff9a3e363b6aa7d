package config

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

	"github.com/fsnotify/fsnotify"
)

// Watch looks after hub.yml and the files that it names. What counts is what is in them: who
// touches a file without changing it is not heard.
//
// The folders are watched rather than the files, with those that links lead to: editors put a new
// file in the old one's place, and mounted volumes turn a link around (Kubernetes' ..data). Where
// no change is told, as on network drives, the files are read every now and then. A zero duration
// stands for the one named.
type Watch struct {
	Settle time.Duration // how long the files must have been the same before they are taken: 300 ms
	Doubt  time.Duration // the same where hub.yml does not end with a line break, since it may be half written: 3 s
	Poll   time.Duration // how often the files are read where nothing is told: 10 s
	Log    *slog.Logger  // needed
}

// Reader loads the files and says what is to be done with the outcome; the Watch does not do it
// where a file has changed meanwhile, but reads again. files are those to be watched from now on,
// hub.yml the first; of a bad hub.yml as far as they could be found out.
type Reader func() (files []string, then func())

// Run watches until ctx ends. files are those that the configuration in force was read from, sum
// what was in them then (see Sum). Whatever comes through now, such as SIGHUP, has the files read
// at once, changed or not. read and then run on the goroutine that called Run.
func (w Watch) Run(ctx context.Context, files []string, sum string, now <-chan os.Signal, read Reader) {
	w.Settle, w.Doubt, w.Poll = cmp.Or(w.Settle, 300*time.Millisecond), cmp.Or(w.Doubt, 3*time.Second), cmp.Or(w.Poll,
		10*time.Second)
	r := &watching{Watch: w, files: files, taken: sum, folders: map[string]bool{}}
	notify, err := fsnotify.NewWatcher()
	if err != nil {
		w.Log.Warn("changes of hub.yml are not told by this computer; the hub looks for them itself", "every", w.Poll,
			"error", err)
	} else {
		defer notify.Close() //nolint:errcheck // nothing is lost with it
		r.notify, r.events, r.failed = notify, notify.Events, notify.Errors
	}
	r.run(ctx, now, read)
}

// watching is the state of Run.
type watching struct {
	Watch
	notify  *fsnotify.Watcher // nil: the system tells nothing
	events  <-chan fsnotify.Event
	failed  <-chan error
	files   []string
	names   map[string]bool // of what a change in a folder is looked at for
	folders map[string]bool // that are watched
	taken   string          // what was in the files when they were read last, good or bad
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
		case <-w.failed: //nolint:errcheck // events were lost: it is looked at what there is
		case <-poll.C:
			w.follow()
		}
		sum := Sum(w.files)
		if !at {
			if sum == w.taken {
				continue
			}
			var asked, ok bool
			if sum, asked, ok = w.settled(ctx, sum, now); !ok {
				return
			}
			if sum == w.taken && !asked {
				continue // it was changed back
			}
		}
		for {
			files, then := read()
			if again := Sum(w.files); again != sum && ctx.Err() == nil {
				var ok bool
				if sum, _, ok = w.settled(ctx, again, now); !ok {
					return
				}
				continue
			}
			w.files = files
			w.taken = Sum(files)
			w.follow()
			then()
			break
		}
	}
}

// settled waits until the files have stayed the same for a while, or somebody asks for them as they
// are, and returns what is in them then; ok is false where ctx ends.
func (w *watching) settled(ctx context.Context, sum string, now <-chan os.Signal) (at string, asked, ok bool) {
	for {
		wait := w.Settle
		if !ended(w.files[0]) {
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
				return Sum(w.files), true, true
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
		again := Sum(w.files)
		if again == sum && (quiet || w.notify == nil) {
			return sum, false, true
		}
		sum = again
	}
}

// follow watches the folders of the files, and of what links lead to. A folder that cannot be
// watched is left to the poll.
func (w *watching) follow() {
	w.names = map[string]bool{}
	folders := map[string]bool{}
	for _, file := range w.files {
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
		// Also where it is watched already: it may be another one of the same name.
		if err := w.notify.Add(folder); err != nil && !w.folders[folder] {
			w.Log.Debug("a folder of the configuration is not watched", "folder", folder, "error", err)
		}
	}
	w.folders = folders
}

// concerns tells whether a change in a folder may be one of the files: of the same name, or of what
// mounted volumes turn around, ..data and the like.
func (w *watching) concerns(path string) bool {
	name := filepath.Base(path)
	return w.names[name] || strings.HasPrefix(name, "..")
}

// Sum stands for what is in files, and for which of them are not there.
func Sum(files []string) string {
	h := sha256.New()
	for _, file := range files {
		text, err := readAtMost(file, maxFile)
		_, _ = fmt.Fprintf(h, "%q %v %d\n", file, err, len(text)) // a hash takes everything
		_, _ = h.Write(text)
	}
	return string(h.Sum(nil))
}

// ended tells whether a file's last line is whole.
func ended(file string) bool {
	text, err := readAtMost(file, maxFile)
	return err == nil && len(text) > 0 && text[len(text)-1] == '\n'
}
