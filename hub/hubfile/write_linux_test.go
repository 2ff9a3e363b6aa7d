package hubfile

import (
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"traybell/hub/config"
	"traybell/hub/fail"
)

// fill lets no file become longer than some bytes, as a full disk does.
func fill(t *testing.T, most uint64) {
	t.Helper()
	var was syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &was); err != nil {
		t.Fatal(err)
	}
	signal.Ignore(syscall.SIGXFSZ)
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: most, Max: was.Max}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = syscall.Setrlimit(syscall.RLIMIT_FSIZE, &was)
		signal.Reset(syscall.SIGXFSZ)
	})
}

// fullDisk marks the process with a limit.
const fullDisk = "TRAYBELL_FULL_DISK"

// On a full disk hub.yml is unchanged. What to add by hand is shown, with the new hash only.
func TestAFullDisk(t *testing.T) {
	if os.Getenv(fullDisk) == "" { // the limit is the process's, also for what go test writes
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run", "^"+t.Name()+"$", "-test.v")
		cmd.Env = append(os.Environ(), fullDisk+"=1")
		if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "--- PASS: "+t.Name()) {
			t.Errorf("%v\n%s", err, out)
		}
		return
	}
	d := open(t, office)
	c := d.plan(Edit{List: Agents, Action: Add, Values: Values{"login": "vera", "extensions": []string{"9"}}})
	for _, most := range []uint64{16, uint64(len(office))} { // the backup, then the new file
		fill(t, most)
		o, err := d.Confirm(t.Context(), c.ID, "admin", c.Fingerprint)
		d.fails(err, fail.Conflict, "could not be written, and is unchanged")
		if l := o.Draft.Lines; !strings.HasPrefix(l, "  - login: vera\n") ||
			!strings.Contains(l, "password: \"$argon2id$") || o.Draft.Password == "" ||
			!strings.Contains(o.Draft.Locked, "file too large") {
			t.Errorf("%+v", o.Draft)
		}
		left, _ := filepath.Glob(filepath.Join(filepath.Dir(d.File), "*hub.yml*")) // the pattern is valid
		if len(left) != 1 || d.text() != office {
			t.Errorf("%v\n%s", left, d.text())
		}
	}
	fill(t, 1<<20)
	if _, err := d.Confirm(t.Context(), c.ID, "admin", c.Fingerprint); err != nil {
		t.Errorf("when there is room again: %v", err)
	}
}

// A folder of another owner, such as a mounted one.
func TestAFolderThatCannotBeWritten(t *testing.T) {
	if os.Geteuid() == 0 {
		asNobody(t)
		return
	}
	d := open(t, office)
	folder := filepath.Dir(d.File)
	if err := os.Chmod(folder, 0o500); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Chmod(folder, 0o700) })
	content, err := d.Content(Agents)
	if err != nil || !strings.Contains(content.Locked, "permission denied") {
		t.Errorf("%q, %v", content.Locked, err)
	}
	c := d.plan(Edit{List: Agents, Action: Set, Entry: "boris", Values: Values{"name": "Boris"}})
	if !strings.Contains(c.Locked, "permission denied") || !strings.Contains(c.Lines, "password: ***") ||
		!strings.Contains(c.Lines, "name: Boris") || c.Password != "" {
		t.Errorf("%+v", c)
	}
	_, err = d.Confirm(t.Context(), c.ID, "admin", c.Fingerprint)
	d.fails(err, fail.Conflict, "could not be written")
}

// A file of another owner in a folder of the hub's user, who could not keep the owner.
func TestAFileOfAnotherOwner(t *testing.T) {
	if os.Geteuid() == 0 {
		asNobody(t)
		return
	}
	info, err := os.Stat("/etc/passwd")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := temporary(filepath.Join(t.TempDir(), "hub.yml"), info, nil); err == nil ||
		!strings.Contains(err.Error(), "owner") {
		t.Error(err)
	}
}

// killedFolder is where a process changes hub.yml until it is killed.
const killedFolder = "TRAYBELL_KILLED_FOLDER"

// Whenever the hub is killed, hub.yml is the old one or the new one, and the next start uses it.
func TestKilledWhileItWrites(t *testing.T) {
	if folder := os.Getenv(killedFolder); folder != "" {
		d := &desk{T: t, now: time.Now()}
		d.Editor = &Editor{
			File: filepath.Join(folder, "hub.yml"), Reloads: d, Now: time.Now,
			Check: func(path string, text []byte) (*config.Config, error) { return config.Parse(path, text) },
		}
		for i := 0; ; i++ {
			d.does(Edit{List: Agents, Action: Set, Entry: "boris", Values: Values{"name": fmt.Sprint("Boris ", i)}})
			if i == 0 {
				fmt.Println("begun")
			}
		}
	}
	d := open(t, office)
	for i := range 20 {
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run", "^"+t.Name()+"$")
		cmd.Env = append(os.Environ(), killedFolder+"="+filepath.Dir(d.File))
		out, err := cmd.StdoutPipe()
		if err == nil {
			err = cmd.Start()
		}
		if err == nil {
			_, err = out.Read(make([]byte, 1)) // it has written once
		}
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(i) * time.Millisecond) // at another moment each time
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		name := regexp.MustCompile(`name: "?Boris \d+"?`)
		if text := d.text(); !name.MatchString(text) || len(name.ReplaceAllString(text, "")) != len(office)+2 {
			t.Fatalf("after %d ms:\n%s", i, text)
		}
		if _, err := config.Load(d.File); err != nil {
			t.Fatal(err)
		}
	}
	left := filepath.Join(filepath.Dir(d.File), ".hub.yml.1234567")
	editor := filepath.Join(filepath.Dir(d.File), ".hub.yml.swp")
	for _, name := range []string{left, editor} {
		old := time.Now().Add(-2 * abandoned)
		if err := os.WriteFile(name, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(name, old, old); err != nil {
			t.Fatal(err)
		}
	}
	d.does(Edit{List: Agents, Action: Set, Entry: "boris", Values: Values{"name": "Boris"}})
	if _, err := os.Stat(left); !os.IsNotExist(err) {
		t.Errorf("%s stays: %v", left, err)
	}
	if _, err := os.Stat(editor); err != nil {
		t.Error(err)
	}
}

// asNobody runs a test as another user: root may write everywhere.
func asNobody(t *testing.T) {
	t.Helper()
	folder, err := os.MkdirTemp("/tmp", "hubfile")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	program, err := os.ReadFile(os.Args[0])
	path := filepath.Join(folder, "test")
	if err == nil {
		err = os.WriteFile(path, program, 0o755)
	}
	if err == nil {
		err = os.Chmod(folder, 0o777)
	}
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), path, "-test.run", "^"+t.Name()+"$", "-test.v")
	cmd.Dir, cmd.Env = folder, []string{"TMPDIR=" + folder}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "--- PASS: "+t.Name()) {
		t.Errorf("%v\n%s", err, out)
	}
}
