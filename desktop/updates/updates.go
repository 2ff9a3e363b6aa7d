// Package updates replaces this program with a newer version that the hub hands out.
//
// The hub is not trusted with it: SHA256SUMS must be signed by a key that was compiled in, the
// version, which the signed name has, must be higher than this one, and the checksum must fit
// before anything runs. An Updater owns its folder of downloads. Its methods block; call them on a
// goroutine that may wait, one at a time.
package updates

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"runtime"

	"traybell/shared/bounded"
	"traybell/shared/release"
)

// Updater replaces a program.
type Updater struct {
	Client  *http.Client
	Hub     *url.URL
	Keys    []ed25519.PublicKey // of releases
	Version string              // of this program
	Program string              // path of this program
	Folder  string              // for downloads; created if it is not there
}

// Problems that the agent can understand. All others are errors of the system or the network.
var (
	ErrNotNewer  = errors.New("the hub has no version that is newer than this one")
	ErrNoFile    = errors.New("the hub has no program for this computer")
	ErrChanged   = errors.New("the file is not the one of the release: its SHA-256 differs")
	ErrDoesntRun = errors.New("the new version does not run on this computer")
	ErrSetup     = errors.New("the setup program of the new version refused or failed")
)

// Own reports whether a program belongs to one user, who may replace it: it is in the user's home.
func Own(program string) bool {
	home, err := os.UserHomeDir()
	if err != nil {
		return false
	}
	if whole, err := filepath.EvalSymlinks(home); err == nil {
		home = whole
	}
	inside, err := filepath.Rel(home, program)
	return err == nil && filepath.IsLocal(inside)
}

// Install downloads the newest version, verifies it and puts it in place of this program. Then the
// caller starts the program again. A setup (see Installed) ends the program before, and starts it
// itself: so ctx has to end with the program.
func (u Updater) Install(ctx context.Context) error {
	file, err := u.choose(ctx)
	if err != nil {
		return err
	}
	path, err := u.fetch(ctx, file)
	if err != nil {
		return err
	}
	if file.Form == release.Setup {
		return u.setUp(ctx, path)
	}
	if err := u.replace(ctx, path, file); err != nil {
		return err
	}
	_ = os.Remove(path)
	return nil
}

// choose reads the signed list of files.
func (u Updater) choose(ctx context.Context) (release.File, error) {
	sums, err := u.read(ctx, release.Sums, release.MaxSums)
	if err != nil {
		return release.File{}, err
	}
	signature, err := u.read(ctx, release.Signature, ed25519.SignatureSize)
	if err != nil {
		return release.File{}, err
	}
	files, err := release.Verify(u.Keys, sums, signature)
	if err != nil {
		return release.File{}, err
	}
	form := release.Program
	if Installed(u.Program) {
		form = release.Setup
	}
	file, ok := release.For(files, runtime.GOOS, runtime.GOARCH, form)
	switch {
	case !ok:
		return release.File{}, ErrNoFile
	case !release.Newer(file.Version, u.Version):
		return release.File{}, ErrNotNewer
	}
	return file, nil
}

// Installed reports whether a setup installed the program, whose uninstaller is next to it: then it
// also has to update what the system knows of the program.
func Installed(program string) bool {
	_, err := os.Stat(filepath.Join(filepath.Dir(program), "uninstall.exe"))
	return runtime.GOOS == "windows" && err == nil
}

func (u Updater) read(ctx context.Context, name string, most int64) ([]byte, error) {
	resp, err := u.get(ctx, name, 0)
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		return nil, &statusError{name, resp.StatusCode}
	}
	return bounded.ReadAll(resp.Body, most)
}

func (u Updater) get(ctx context.Context, name string, from int64) (*http.Response, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, u.Hub.JoinPath("get", name).String(), nil)
	if err != nil {
		return nil, err
	}
	if from > 0 {
		r.Header.Set("Range", fmt.Sprintf("bytes=%d-", from))
	}
	return u.Client.Do(r)
}

type statusError struct {
	name string
	code int
}

func (e *statusError) Error() string {
	return fmt.Sprintf("the hub answers %d %s for %s", e.code, http.StatusText(e.code), e.name)
}
