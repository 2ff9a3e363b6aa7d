// Package handout has the desktops that the hub hands out: a release in a folder. Files are handed
// out only while they are what the signed SHA256SUMS says.
//
// A Folder owns what was last read of its folder. Run reads it once a minute; any goroutine may call
// the other methods.
package handout

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"traybell/shared/bounded"
	"traybell/shared/release"
)

// File is a desktop that can be downloaded.
type File struct {
	release.File

	Size int64
}

// Alias is a name that stays the same in all releases, such as windows.msi or linux-arm64.deb.
func (f File) Alias() string {
	name := f.System
	if f.Arch == "arm64" {
		name += "-" + f.Arch
	}
	if suffix := map[release.Form]string{
		release.Program: "", release.Setup: ".setup.exe", release.MSI: ".msi", release.Deb: ".deb",
		release.RPM: ".rpm", release.App: ".zip",
	}[f.Form]; suffix != "" {
		return name + suffix
	}
	if f.System == "windows" {
		return name + ".exe"
	}
	return name
}

// Folder hands out the release in a folder. It reads the folder again when a file there changes, and
// after an error.
type Folder struct {
	path func() string
	keys []ed25519.PublicKey
	log  *slog.Logger

	mu     sync.Mutex      // held while the folder is read
	seen   stamps          // of the last read
	whole  map[string]File // files that were as they were signed at the last read
	files  []File
	err    error
	failed string                 // all errors of the last read, as they were logged
	again  time.Time              // of the next read after errors
	known  atomic.Pointer[[]File] // files, for those who must not wait
}

// stamps are size and time of each file of a folder, so that a change can be noticed.
type stamps struct {
	path  string
	files map[string]string
}

func (s stamps) equal(o stamps) bool { return s.path == o.path && maps.Equal(s.files, o.files) }

const (
	rereadAfter = time.Minute
	retryAfter  = 10 * time.Second
)

// New returns the release in the folder of path, which may change; "" is no folder.
func New(path func() string, keys []ed25519.PublicKey, log *slog.Logger) *Folder {
	f := &Folder{path: path, keys: keys, log: log}
	f.known.Store(new([]File))
	return f
}

// Run reads the folder now and then, until ctx ends.
func (f *Folder) Run(ctx context.Context) {
	tick := time.NewTicker(rereadAfter)
	defer tick.Stop()
	for {
		_, _ = f.Files() // logs its error
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// Files returns the desktops, the newest first, as they are in the folder now. Without a folder
// there are none.
func (f *Folder) Files() ([]File, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	defer func() {
		files := f.files
		f.known.Store(&files)
	}()
	path := f.path()
	seen, err := look(path)
	switch {
	case path == "" || errors.Is(err, fs.ErrNotExist):
		f.seen, f.whole, f.files, f.err, f.failed = stamps{}, nil, nil, nil, ""
		return nil, nil
	case err == nil && f.seen.equal(seen) && (f.failed == "" || time.Now().Before(f.again)):
		return slices.Clone(f.files), f.err
	}
	was, problems := f.files, []error(nil)
	f.files, f.err = nil, err
	if err == nil {
		f.files, problems, f.err = f.read(seen)
	}
	f.seen, f.again = seen, time.Now().Add(retryAfter)
	f.report(path, errors.Join(append(problems, f.err)...))
	if f.err == nil && !slices.Equal(was, f.files) {
		f.log.Info("desktops to hand out", "folder", path, "files", len(f.files), "newest", newest(f.files, ""))
	}
	return slices.Clone(f.files), f.err
}

// report logs the errors of a read, unless they are those of the last one.
func (f *Folder) report(path string, err error) {
	now := ""
	if err != nil {
		now = err.Error()
		if now != f.failed {
			f.log.Error("cannot hand out desktops", "folder", path, "error", err)
		}
	}
	f.failed = now
}

// Newest returns the highest version for a system, by Go's name; empty if there is none. It reads
// no files.
func (f *Folder) Newest(system string) string { return newest(*f.known.Load(), system) }

func newest(files []File, system string) string {
	var of []release.File
	for _, f := range files {
		if system == "" || f.System == system {
			of = append(of, f.File)
		}
	}
	return release.Newest(of)
}

func look(path string) (stamps, error) {
	s := stamps{path: path, files: map[string]string{}}
	if path == "" {
		return s, nil
	}
	list, err := os.ReadDir(path)
	if err != nil {
		return s, fmt.Errorf("read the folder of desktops: %w", err)
	}
	for _, e := range list {
		if info, err := e.Info(); err == nil {
			s.files[e.Name()] = fmt.Sprint(info.Size(), info.ModTime().UnixNano())
		}
	}
	return s, nil
}

// read returns the files of the release, and the problems of single files. Those that were whole at
// the last read, and did not change, are not read again.
func (f *Folder) read(now stamps) (files []File, problems []error, err error) {
	whole := map[string]File{}
	defer func() { f.whole = whole }()
	root, err := os.OpenRoot(now.path)
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = root.Close() }()
	if _, there := now.files[release.Sums]; !there {
		return nil, nil, nil // nothing is in the folder yet
	}
	sums, err := readAll(root, release.Sums, release.MaxSums)
	if err != nil {
		return nil, nil, err
	}
	signature, err := readAll(root, release.Signature, ed25519.SignatureSize)
	if err != nil {
		return nil, nil, err
	}
	signed, err := release.Verify(f.keys, sums, signature)
	if err != nil {
		return nil, nil, err
	}
	for _, s := range signed {
		if _, there := now.files[s.Name]; !there {
			continue // of this release, only some were copied
		}
		file, same := f.whole[s.Name]
		same = same && file.File == s && f.seen.path == now.path && f.seen.files[s.Name] == now.files[s.Name]
		if !same {
			size, err := check(root, s)
			if err != nil {
				problems = append(problems, fmt.Errorf("%s: %w", s.Name, err))
				continue
			}
			file = File{s, size}
		}
		whole[s.Name] = file
		files = append(files, file)
	}
	slices.SortStableFunc(files, func(a, b File) int {
		switch {
		case release.Newer(a.Version, b.Version):
			return -1
		case release.Newer(b.Version, a.Version):
			return 1
		}
		return 0
	})
	return files, problems, nil
}

func readAll(root *os.Root, name string, most int64) ([]byte, error) {
	file, err := root.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	return bounded.ReadAll(file, most)
}

// check returns the size of a file if its content is the signed one.
func check(root *os.Root, of release.File) (size int64, err error) {
	file, err := root.Open(of.Name)
	if err != nil {
		return 0, err
	}
	defer func() { _ = file.Close() }()
	h := sha256.New()
	if size, err = io.Copy(h, file); err != nil {
		return 0, err
	}
	if got := hex.EncodeToString(h.Sum(nil)); got != of.SHA256 {
		return 0, fmt.Errorf("its SHA-256 is %s, not %s as in %s; copy it again", got, of.SHA256, release.Sums)
	}
	return size, nil
}

// Open opens a file of the release: a desktop by its name, SHA256SUMS or its signature. The error
// is fs.ErrNotExist for all others.
func (f *Folder) Open(name string) (*os.File, time.Time, error) {
	files, err := f.Files()
	if err != nil {
		return nil, time.Time{}, err
	}
	if len(files) == 0 || name != release.Sums && name != release.Signature &&
		!slices.ContainsFunc(files, func(d File) bool { return d.Name == name }) {
		return nil, time.Time{}, fs.ErrNotExist
	}
	file, err := os.OpenInRoot(f.path(), name)
	if err != nil {
		return nil, time.Time{}, err
	}
	info, err := file.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fs.ErrNotExist
	}
	if err != nil {
		_ = file.Close()
		return nil, time.Time{}, err
	}
	return file, info.ModTime(), nil
}
