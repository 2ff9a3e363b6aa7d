//go:build unix

package updates

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"traybell/shared/release"
)

// hub is one that hands out a version; tests make it a hostile one.
type hub struct {
	files map[string][]byte
	cut   int // bytes of a program after which the connection ends, once for each request

	mu     sync.Mutex
	ranges []string
	busy   int // requests to answer with 503
}

func (h *hub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name := strings.TrimPrefix(r.URL.Path, "/get/")
	content, ok := h.files[name]
	if !ok {
		http.NotFound(w, r)
		return
	}
	h.mu.Lock()
	if strings.Contains(name, "linux") {
		h.ranges = append(h.ranges, r.Header.Get("Range"))
		if h.busy > 0 {
			h.busy--
			h.mu.Unlock()
			http.Error(w, "busy", http.StatusServiceUnavailable)
			return
		}
	}
	h.mu.Unlock()
	if h.cut > 0 && strings.Contains(name, "linux") {
		var from int
		if _, err := fmt.Sscanf(r.Header.Get("Range"), "bytes=%d-", &from); err == nil {
			w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", from, len(content)-1, len(content)))
			w.Header().Set("Content-Length", strconv.Itoa(len(content)-from))
			w.WriteHeader(http.StatusPartialContent)
		} else {
			w.Header().Set("Content-Length", strconv.Itoa(len(content)))
		}
		_, _ = w.Write(content[from:min(from+h.cut, len(content))])
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}
	http.ServeContent(w, r, "", time.Time{}, strings.NewReader(string(content)))
}

// program is one that prints its version.
func program(version string) []byte {
	return []byte("#!/bin/sh\necho traybell " + version + "\n# " + strings.Repeat("x", 5000) + "\n")
}

func name(version string) string {
	return "traybell_" + strings.TrimPrefix(version, "v") + "_" + runtime.GOOS + "_" + runtime.GOARCH
}

// place is a hub with v1.3.0, and an Updater for a program of version v1.2.0.
func place(t *testing.T) (*hub, Updater, ed25519.PrivateKey) {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("releases have a program file for Linux and Windows")
	}
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	was := pause
	pause = time.Millisecond
	t.Cleanup(func() { pause = was })
	h := &hub{files: map[string][]byte{}}
	h.release(private, "v1.3.0", program("v1.3.0"))
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	at, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	u := Updater{
		Client: server.Client(), Hub: at, Keys: []ed25519.PublicKey{public}, Version: "v1.2.0",
		Program: filepath.Join(folder, "traybell"), Folder: filepath.Join(folder, "cache"),
	}
	if err := os.WriteFile(u.Program, program("v1.2.0"), 0o700); err != nil {
		t.Fatal(err)
	}
	return h, u, private
}

func (h *hub) release(key ed25519.PrivateKey, version string, content []byte) {
	digest := sha256.Sum256(content)
	sums := []byte(hex.EncodeToString(digest[:]) + "  " + name(version) + "\n")
	h.files[name(version)] = content
	h.files[release.Sums], h.files[release.Signature] = sums, ed25519.Sign(key, sums)
}

// has checks which version a program is, and that nothing is left next to it.
func (u Updater) has(t *testing.T, version string) {
	t.Helper()
	got, err := os.ReadFile(u.Program)
	if err != nil || !strings.Contains(string(got), "echo traybell "+version+"\n") {
		t.Errorf("the program is not %s: %.40q, %v", version, got, err)
	}
	if info, err := os.Stat(u.Program); err != nil || info.Mode().Perm()&0o100 == 0 {
		t.Errorf("the program cannot be run: %v, %v", info.Mode(), err)
	}
	list, err := filepath.Glob(filepath.Join(filepath.Dir(u.Program), "traybell-*"))
	if err != nil || len(list) > 0 {
		t.Errorf("left: %v, %v", list, err)
	}
}

func (u Updater) parts(t *testing.T) (parts []string) {
	t.Helper()
	parts, err := filepath.Glob(filepath.Join(u.Folder, "*"))
	if err != nil {
		t.Fatal(err)
	}
	return parts
}

func TestNewerVersionReplacesTheProgram(t *testing.T) {
	_, u, _ := place(t)
	if err := u.Install(t.Context()); err != nil {
		t.Fatal(err)
	}
	u.has(t, "v1.3.0")
	if left := u.parts(t); len(left) > 0 {
		t.Errorf("downloads are left: %v", left)
	}
}

func TestHostileHubGetsNothingRun(t *testing.T) {
	// A program that shows that it ran.
	evil := func(t *testing.T) (content []byte, ran func() bool) {
		t.Helper()
		mark := filepath.Join(t.TempDir(), "ran")
		return []byte("#!/bin/sh\ntouch " + mark + "\necho traybell v1.3.0\n"), func() bool {
			_, err := os.Stat(mark)
			return err == nil
		}
	}
	_, stranger, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		attack func(h *hub, key ed25519.PrivateKey, evil []byte)
		want   error
	}{
		"signed by another key": {func(h *hub, _ ed25519.PrivateKey, evil []byte) {
			h.release(stranger, "v1.3.0", evil)
		}, release.ErrUnsigned},
		"no signature": {func(h *hub, key ed25519.PrivateKey, evil []byte) {
			h.release(key, "v1.3.0", evil)
			h.files[release.Signature] = nil
		}, release.ErrUnsigned},
		"another checksum than the signed one": {func(h *hub, _ ed25519.PrivateKey, evil []byte) {
			digest := sha256.Sum256(evil)
			h.files[release.Sums] = []byte(hex.EncodeToString(digest[:]) + "  " + name("v1.3.0") + "\n")
			h.files[name("v1.3.0")] = evil
		}, release.ErrUnsigned},
		"another program than the signed one": {func(h *hub, _ ed25519.PrivateKey, evil []byte) {
			h.files[name("v1.3.0")] = evil
		}, ErrChanged},
		"an old release": {func(h *hub, key ed25519.PrivateKey, evil []byte) {
			h.release(key, "v1.1.0", evil)
		}, ErrNotNewer},
		"the same release": {func(h *hub, key ed25519.PrivateKey, evil []byte) {
			h.release(key, "v1.2.0", evil)
		}, ErrNotNewer},
		"a release for other computers": {func(h *hub, key ed25519.PrivateKey, _ []byte) {
			sums := []byte(strings.Repeat("0", 64) + "  traybell_1.3.0_windows_amd64.exe\n")
			h.files[release.Sums], h.files[release.Signature] = sums, ed25519.Sign(key, sums)
		}, ErrNoFile},
		"a redirection": {func(h *hub, _ ed25519.PrivateKey, _ []byte) {
			delete(h.files, release.Sums)
		}, &statusError{release.Sums, http.StatusNotFound}},
	} {
		t.Run(name, func(t *testing.T) {
			h, u, key := place(t)
			content, ran := evil(t)
			c.attack(h, key, content)
			err := u.Install(t.Context())
			if !errors.Is(err, c.want) && err.Error() != c.want.Error() {
				t.Errorf("%v, want %v", err, c.want)
			}
			u.has(t, "v1.2.0")
			if ran() {
				t.Error("its program ran")
			}
			if left := u.parts(t); len(left) > 0 {
				t.Errorf("downloads are left: %v", left)
			}
		})
	}
}

func TestNoKeyNoUpdate(t *testing.T) {
	_, u, _ := place(t)
	u.Keys = nil
	if err := u.Install(t.Context()); !errors.Is(err, release.ErrNoKey) {
		t.Error(err)
	}
	u.has(t, "v1.2.0")
}

func TestCutDownloadGoesOnWhereItWasCut(t *testing.T) {
	h, u, _ := place(t)
	h.cut, h.busy = 2000, 1
	if err := u.Install(t.Context()); err != nil {
		t.Fatal(err)
	}
	u.has(t, "v1.3.0")
	if got, want := strings.Join(h.ranges, " "), "  bytes=2000- bytes=4000-"; got != want {
		t.Errorf("ranges %q, want %q", got, want)
	}
}

func TestDownloadThatIsAlwaysCutGoesOnAtTheNextPress(t *testing.T) {
	h, u, _ := place(t)
	h.cut = 800
	if err := u.Install(t.Context()); err == nil {
		t.Fatal("installed")
	}
	u.has(t, "v1.2.0")
	if left := u.parts(t); len(left) != 1 {
		t.Errorf("downloads: %v", left)
	}
	if err := u.Install(t.Context()); err != nil {
		t.Fatal(err)
	}
	u.has(t, "v1.3.0")
	if h.ranges[5] != "bytes=4000-" {
		t.Errorf("ranges %q", h.ranges)
	}
}

func TestRestOfAnotherVersionIsRemoved(t *testing.T) {
	h, u, key := place(t)
	h.cut = 800
	if err := u.Install(t.Context()); err == nil {
		t.Fatal("installed")
	}
	h.cut = 0
	h.release(key, "v1.4.0", program("v1.4.0"))
	if err := u.Install(t.Context()); err != nil {
		t.Fatal(err)
	}
	u.has(t, "v1.4.0")
	if left := u.parts(t); len(left) > 0 {
		t.Errorf("downloads are left: %v", left)
	}
}

func TestFullDiskKeepsTheProgramAndLeavesNothing(t *testing.T) {
	_, u, _ := place(t)
	if err := os.Mkdir(u.Folder, 0o700); err != nil {
		t.Fatal(err)
	}
	digest := sha256.Sum256(program("v1.3.0"))
	if err := os.Symlink("/dev/full", filepath.Join(u.Folder, hex.EncodeToString(digest[:])+partly)); err != nil {
		t.Fatal(err)
	}
	if err := u.Install(t.Context()); !DiskFull(err) {
		t.Error(err)
	}
	u.has(t, "v1.2.0")
	if left := u.parts(t); len(left) > 0 {
		t.Errorf("downloads are left: %v", left)
	}
}

func TestProgramThatDoesNotRunHereReplacesNothing(t *testing.T) {
	h, u, key := place(t)
	for _, content := range []string{
		"\x7fELF of another processor", "#!/bin/sh\nexit 1\n", "#!/bin/sh\necho traybell v9\n",
	} {
		h.release(key, "v1.3.0", []byte(content))
		if err := u.Install(t.Context()); !errors.Is(err, ErrDoesntRun) {
			t.Errorf("%q: %v", content, err)
		}
		u.has(t, "v1.2.0")
	}
}

func TestOwnProgramsAreInTheHome(t *testing.T) {
	home := t.TempDir()
	t.Setenv("HOME", home)
	for program, want := range map[string]bool{
		filepath.Join(home, ".local", "bin", "traybell"): true,
		"/usr/bin/traybell":     false,
		home + "2/bin/traybell": false,
	} {
		if Own(program) != want {
			t.Errorf("%s: %v", program, !want)
		}
	}
}

// A setup has the program end, and outlives it. One that refuses leaves the program running.
func TestSetupOutlivesTheProgram(t *testing.T) {
	setup := func(t *testing.T, lines string) (u Updater, path string) {
		t.Helper()
		u = Updater{Folder: t.TempDir()}
		path = filepath.Join(u.Folder, "download")
		if err := os.WriteFile(path, []byte("#!/bin/sh\ncd "+u.Folder+"\n"+lines), 0o700); err != nil {
			t.Fatal(err)
		}
		return u, path
	}
	t.Run("refused", func(t *testing.T) {
		u, path := setup(t, "echo \"$*\" >flags\nexit 3\n")
		if err := u.setUp(t.Context(), path); !errors.Is(err, ErrSetup) {
			t.Error(err)
		}
		if flags, err := os.ReadFile(filepath.Join(u.Folder, "flags")); string(flags) != "/S /CURRENTUSER /START\n" {
			t.Errorf("%q, %v", flags, err)
		}
	})
	t.Run("replaces a program that still runs", func(t *testing.T) {
		u, path := setup(t, "exit 0\n")
		if err := u.setUp(t.Context(), path); err != nil {
			t.Error(err)
		}
	})
	t.Run("ends the program", func(t *testing.T) {
		u, path := setup(t, "mkfifo go\ntouch runs\nread line <go\ntouch done\n")
		has := func(name string) func() bool {
			return func() bool {
				_, err := os.Stat(filepath.Join(u.Folder, name))
				return err == nil
			}
		}
		ctx, quit := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- u.setUp(ctx, path) }()
		until(t, has("runs"))
		quit() // as it asks the program to
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		if err := os.WriteFile(filepath.Join(u.Folder, "go"), []byte("go\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		until(t, has("done"))
	})
}

func until(t *testing.T, is func() bool) {
	t.Helper()
	for late := time.Now().Add(time.Minute); !is(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(late) {
			t.Fatal("it does not happen")
		}
	}
}
