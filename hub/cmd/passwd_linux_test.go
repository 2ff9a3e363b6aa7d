package cmd

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/alexedwards/argon2id"
	"golang.org/x/sys/unix"
)

// screen is a pseudo terminal.
type screen struct {
	t       *testing.T
	ours    *os.File // the controlling side
	theirs  *os.File // the side of the program
	mu      sync.Mutex
	changed *sync.Cond
	shown   bytes.Buffer
	closed  bool
}

func newScreen(t *testing.T) *screen {
	t.Helper()
	ours, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	s := &screen{t: t, ours: ours}
	s.changed = sync.NewCond(&s.mu)
	if err := unix.IoctlSetPointerInt(int(ours.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(int(ours.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	if s.theirs, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|syscall.O_NOCTTY, 0); err != nil {
		t.Fatal(err)
	}
	go func() {
		buffer := make([]byte, 4096)
		for {
			n, err := s.ours.Read(buffer)
			s.mu.Lock()
			s.shown.Write(buffer[:n])
			s.closed = err != nil
			s.changed.Broadcast()
			s.mu.Unlock()
			if err != nil {
				return
			}
		}
	}()
	t.Cleanup(func() { s.ours.Close() })
	return s
}

// await waits for text on the screen.
func (s *screen) await(text string) {
	s.t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	for !strings.Contains(s.shown.String(), text) {
		if s.closed {
			s.t.Fatalf("no %q on the screen:\n%s", text, s.shown.String())
		}
		s.changed.Wait()
	}
}

// hidden waits until the terminal does not echo.
func (s *screen) hidden() {
	s.t.Helper()
	for {
		mode, err := unix.IoctlGetTermios(int(s.theirs.Fd()), unix.TCGETS)
		if err != nil {
			s.t.Fatal(err)
		}
		if mode.Lflag&unix.ECHO == 0 {
			return
		}
		if _, err := unix.Poll(nil, 5); err != nil && err != unix.EINTR { //nolint:errorlint // a number
			s.t.Fatal(err)
		}
	}
}

// At a terminal passwd asks twice without echo, prints the hash on standard output and the next
// step on standard error.
func TestPasswordAtTerminal(t *testing.T) {
	for name, c := range map[string]struct {
		second, want string
		onScreen     bool
	}{
		"to a file":     {"long and secret", "password_file:", false},
		"to the screen": {"long and secret", "password: \"…\"", true},
		"mistyped":      {"long and secretive", "not the same", false},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScreen(t)
			cmd := exec.CommandContext(t.Context(), os.Args[0], "passwd")
			cmd.Env = append(os.Environ(), asProgram+"=1")
			cmd.Stdin, cmd.Stderr = s.theirs, s.theirs
			var hash bytes.Buffer
			cmd.Stdout = &hash
			if c.onScreen {
				cmd.Stdout = s.theirs
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			s.await("Password: ")
			s.hidden()
			if _, err := io.WriteString(s.ours, "long and secret\n"); err != nil {
				t.Fatal(err)
			}
			s.await("Repeat: ")
			s.hidden()
			if _, err := io.WriteString(s.ours, c.second+"\n"); err != nil {
				t.Fatal(err)
			}
			err := cmd.Wait()
			s.await(c.want)
			s.mu.Lock()
			shown := s.shown.String()
			s.mu.Unlock()
			if strings.Contains(shown, "secret") {
				t.Errorf("the screen shows the password:\n%s", shown)
			}
			if c.second != "long and secret" {
				if err == nil || hash.Len() > 0 {
					t.Errorf("%v: %s", err, hash.String())
				}
				return
			}
			if c.onScreen {
				if err != nil || !strings.Contains(shown, "$argon2id$") {
					t.Errorf("%v: %s", err, shown)
				}
				return
			}
			fits, wrong := argon2id.ComparePasswordAndHash("long and secret", strings.TrimSpace(hash.String()))
			if err != nil || wrong != nil || !fits {
				t.Errorf("%v, %v: %s", err, wrong, hash.String())
			}
		})
	}
}
