package handout

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"traybell/shared/release"

	"github.com/google/go-cmp/cmp"
)

// folder is a signed release in a folder.
func folder(t *testing.T, files map[string]string) (dir string, f *Folder, log *bytes.Buffer) {
	t.Helper()
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	dir = t.TempDir()
	var sums strings.Builder
	for name, content := range files {
		digest := sha256.Sum256([]byte(content))
		sums.WriteString(hex.EncodeToString(digest[:]) + "  " + name + "\n")
		write(t, dir, name, content)
	}
	write(t, dir, release.Sums, sums.String())
	write(t, dir, release.Signature, string(ed25519.Sign(private, []byte(sums.String()))))
	log = &bytes.Buffer{}
	f = New(func() string { return dir }, []ed25519.PublicKey{public}, slog.New(slog.NewTextHandler(log, nil)))
	return dir, f, log
}

func write(t *testing.T, dir, name, content string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func aliases(t *testing.T, f *Folder) (list []string) {
	t.Helper()
	files, err := f.Files()
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		list = append(list, file.Alias())
	}
	return list
}

func TestOnlyFilesOfTheReleaseAreHandedOut(t *testing.T) {
	dir, f, log := folder(t, map[string]string{
		"traybell_1.3.0_windows_amd64.exe": "new", "traybell_1.2.0_arm64.deb": "old", "notes.txt": "x",
	})
	write(t, dir, "traybell_9.9.9_amd64.deb", "not signed")
	if d := cmp.Diff([]string{"windows.exe", "linux-arm64.deb"}, aliases(t, f)); d != "" {
		t.Error(d)
	}
	if w, l, m := f.Newest("windows"), f.Newest("linux"), f.Newest("darwin"); w+" "+l+" "+m != "v1.3.0 v1.2.0 " {
		t.Errorf("%s, %s, %s", w, l, m)
	}
	file, _, err := f.Open("traybell_1.3.0_windows_amd64.exe")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	if got, err := io.ReadAll(file); err != nil || string(got) != "new" {
		t.Errorf("%q, %v", got, err)
	}
	for _, name := range []string{"traybell_9.9.9_amd64.deb", "notes.txt", "../" + filepath.Base(dir), "", "."} {
		if _, _, err := f.Open(name); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%q: %v", name, err)
		}
	}
	for _, name := range []string{release.Sums, release.Signature} {
		file, _, err := f.Open(name)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		_ = file.Close()
	}
	if n := strings.Count(log.String(), "desktops to hand out"); n != 1 {
		t.Errorf("read %d times:\n%s", n, log)
	}
}

func TestCutCopyIsNotHandedOut(t *testing.T) {
	dir, f, log := folder(t, map[string]string{
		"traybell_1.3.0_windows_amd64.exe": "a whole program", "traybell_1.3.0_amd64.deb": "x",
	})
	write(t, dir, "traybell_1.3.0_windows_amd64.exe", "a wh")
	if d := cmp.Diff([]string{"linux.deb"}, aliases(t, f)); d != "" {
		t.Error(d)
	}
	if !strings.Contains(log.String(), "copy it again") {
		t.Error(log)
	}
	write(t, dir, "traybell_1.3.0_windows_amd64.exe", "a whole program")
	if got := aliases(t, f); len(got) != 2 {
		t.Errorf("after the copy is whole: %v", got)
	}
}

// Some errors end without a change in the folder: a network drive was away, no descriptor was free.
// Here the files are links to a drive.
func TestFolderIsReadAgainAfterAnError(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("links need a privilege")
	}
	synctest.Test(t, func(t *testing.T) {
		dir, f, log := folder(t, map[string]string{"traybell_1.3.0_amd64.deb": "x", "traybell_1.3.0_arm64.deb": "y"})
		const there = "mnt/drive" // the modification time of mnt stays
		move := func(from, to string) {
			t.Helper()
			if err := os.Rename(filepath.Join(dir, from), filepath.Join(dir, to)); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.MkdirAll(filepath.Join(dir, there), 0o700); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{release.Sums, "traybell_1.3.0_amd64.deb"} {
			move(name, filepath.Join(there, name+".away"))
			if err := os.Symlink(filepath.Join(there, name), filepath.Join(dir, name)); err != nil {
				t.Fatal(err)
			}
		}
		back := func(name string) { t.Helper(); move(filepath.Join(there, name+".away"), filepath.Join(there, name)) }
		for range 3 {
			if _, err := f.Files(); !errors.Is(err, fs.ErrNotExist) {
				t.Fatal(err)
			}
			time.Sleep(retryAfter)
		}
		back(release.Sums)
		if d := cmp.Diff([]string{"linux-arm64.deb"}, aliases(t, f)); d != "" {
			t.Error(d)
		}
		back("traybell_1.3.0_amd64.deb")
		time.Sleep(retryAfter)
		if got := aliases(t, f); len(got) != 2 || f.Newest("linux") != "v1.3.0" {
			t.Error(got)
		}
		if n := strings.Count(log.String(), "cannot hand out"); n != 2 {
			t.Errorf("%d errors are logged, want one for each that is another:\n%s", n, log)
		}
		f.path = func() string { return filepath.Join(dir, "traybell_1.3.0_arm64.deb") }
		if _, err := f.Files(); err == nil || !strings.Contains(log.String(), "read the folder of desktops") {
			t.Errorf("a folder that cannot be read: %v\n%s", err, log)
		}
		f.path = func() string { return dir }
		if got := aliases(t, f); len(got) != 2 {
			t.Error(got)
		}
	})
}

func TestLinkOutOfTheFolderIsNotFollowed(t *testing.T) {
	dir, f, _ := folder(t, map[string]string{"traybell_1.3.0_amd64.deb": "x"})
	outside := filepath.Join(t.TempDir(), "x")
	write(t, filepath.Dir(outside), "x", "x")
	path := filepath.Join(dir, "traybell_1.3.0_amd64.deb")
	if err := errors.Join(os.Remove(path), os.Symlink(outside, path)); err != nil {
		t.Skip(err)
	}
	if got := aliases(t, f); len(got) != 0 {
		t.Error(got)
	}
}

func TestFolderThatIsNoTrustedRelease(t *testing.T) {
	dir, f, log := folder(t, map[string]string{"traybell_1.3.0_amd64.deb": "x"})
	write(t, dir, release.Signature, strings.Repeat("x", 64))
	if files, err := f.Files(); !errors.Is(err, release.ErrUnsigned) || files != nil || f.Newest("linux") != "" {
		t.Errorf("%v, %v", files, err)
	}
	if _, _, err := f.Open(release.Sums); err == nil {
		t.Error("handed out")
	}
	if !strings.Contains(log.String(), "cannot hand out desktops") {
		t.Error(log)
	}
	if err := os.Remove(filepath.Join(dir, release.Signature)); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Files(); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	if err := os.Remove(filepath.Join(dir, release.Sums)); err != nil {
		t.Fatal(err)
	}
	if files, err := f.Files(); err != nil || files != nil {
		t.Errorf("a folder without a release: %v, %v", files, err)
	}
	f.path = func() string { return filepath.Join(dir, "gone") }
	if files, err := f.Files(); err != nil || files != nil {
		t.Errorf("no folder: %v, %v", files, err)
	}
}

func TestPackageIsUpgradedWhileTheHubRuns(t *testing.T) {
	_, f, _ := folder(t, map[string]string{"traybell_1.3.0_amd64.deb": "x"})
	if got := aliases(t, f); len(got) != 1 {
		t.Fatal(got)
	}
	newer, g, _ := folder(t, map[string]string{"traybell_1.4.0_amd64.deb": "y"})
	f.keys = append(f.keys, g.keys...)
	f.path = func() string { return newer }
	if got := aliases(t, f); len(got) != 1 || f.Newest("linux") != "v1.4.0" {
		t.Errorf("%v, %s", got, f.Newest("linux"))
	}
}
