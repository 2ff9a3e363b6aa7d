package people

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"traybell/hub/signin"

	"github.com/google/go-cmp/cmp"
)

// source is a directory in memory.
type source struct {
	people    []Person
	passwords map[string]string // by id
	away      error
	takes     time.Duration // an answer about a password

	mu    sync.Mutex
	tried int
}

func (s *source) Read(_ context.Context, add func(Person), report func(string)) error {
	if s.away != nil {
		return s.away
	}
	report("something is odd")
	for _, p := range s.people {
		add(p)
	}
	return nil
}

func (s *source) Try(_ context.Context, id, password string) error {
	s.mu.Lock()
	s.tried++
	s.mu.Unlock()
	time.Sleep(s.takes)
	switch {
	case s.away != nil:
		return s.away
	case s.passwords[id] != password:
		return fmt.Errorf("%w: data 52e", ErrWrong)
	}
	return nil
}

var (
	olga  = Person{Login: "olga", Name: "Olga", Extensions: []string{"101"}, ID: "cn=Olga", Stamp: "1"}
	piotr = Person{Login: "piotr", Name: "Piotr", Roles: []string{"view"}, ID: "cn=Piotr"}
)

func office() *source {
	return &source{
		people:    []Person{piotr, olga},
		passwords: map[string]string{"cn=Olga": "olga's", "cn=Piotr": "piotr's"},
	}
}

func open(t *testing.T, s *source, file string) *Directory {
	t.Helper()
	return Open(Options{
		Source: s, Every: time.Minute, Keep: 24 * time.Hour, File: file, Log: slog.New(slog.DiscardHandler),
	})
}

func (d *Directory) reads(t *testing.T, changed bool) {
	t.Helper()
	if got, err := d.Read(t.Context()); err != nil || got != changed {
		t.Errorf("changed: %v, want %v; %v", got, changed, err)
	}
}

func (d *Directory) says(t *testing.T, p Person, password string, fits bool, want error) {
	t.Helper()
	got, err := d.Verify(t.Context(), p.Credential(), password)
	if got != fits || !errors.Is(err, want) {
		t.Errorf("%s with %q: %v, %v; want %v, %v", p.Login, password, got, err, fits, want)
	}
}

func TestPeopleAreReadAndChange(t *testing.T) {
	s := office()
	d := open(t, s, "")
	d.reads(t, true)
	d.reads(t, false)
	if diff := cmp.Diff([]Person{olga, piotr}, d.People()); diff != "" {
		t.Error(diff)
	}
	if st := d.Status(); st.People != 2 || st.Read.IsZero() || len(st.Problems) != 1 {
		t.Errorf("%+v", st)
	}
	again := olga
	again.Login = "OLGA"
	s.people = append(s.people, again)
	d.reads(t, false)
	if p := d.Status().Problems; len(p) != 2 || !strings.Contains(p[1], `the login "OLGA", too`) {
		t.Errorf("problems: %q", p)
	}
	s.people = s.people[1:]
	d.reads(t, true)
	s.away = errors.New("connect: refused")
	if _, err := d.Read(t.Context()); err == nil || len(d.People()) != 1 || d.Status().Error == "" {
		t.Errorf("during an outage: %v, %d people", err, len(d.People()))
	}
	// an account without rights sees nothing, and this is no reason to sign everybody out
	s.away, s.people = nil, nil
	if _, err := d.Read(t.Context()); err == nil || len(d.People()) != 1 {
		t.Errorf("no people are left: %v, %d people", err, len(d.People()))
	}
}

func TestTooManyPeople(t *testing.T) {
	s := office()
	for i := range MostPeople {
		s.people = append(s.people, Person{Login: fmt.Sprint("p", i), ID: fmt.Sprint(i)})
	}
	d := open(t, s, "")
	if _, err := d.Read(t.Context()); err == nil || len(d.People()) > 0 {
		t.Errorf("%v, %d people", err, len(d.People()))
	}
}

func TestKeptHashDuringAnOutage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := office()
		d := open(t, s, "")
		d.reads(t, true)
		d.says(t, olga, "olga's", true, nil)
		d.says(t, olga, "", false, nil)
		s.away = errors.New("connect: refused")
		d.says(t, olga, "olga's", true, nil)
		d.says(t, olga, "wrong", false, nil)
		d.says(t, piotr, "piotr's", false, signin.ErrAway) // never signed in before
		tried := s.tried
		d.says(t, olga, "olga's", true, nil)
		if s.tried != tried {
			t.Error("asked again at once, so that each sign-in waits for a server that is away")
		}
		time.Sleep(awayFor)
		d.says(t, olga, "olga's", true, nil)
		if s.tried != tried+1 {
			t.Error("not asked again")
		}
		time.Sleep(24 * time.Hour)
		d.says(t, olga, "olga's", false, signin.ErrAway) // too old
		s.away = nil
		time.Sleep(awayFor)
		d.says(t, piotr, "piotr's", true, nil)
	})
}

func TestWhatEndsAKeptHash(t *testing.T) {
	for name, change := range map[string]func(s *source, d *Directory){
		"the directory refuses the password": func(s *source, d *Directory) {
			s.passwords["cn=Olga"] = "new"
			d.says(t, olga, "olga's", false, nil)
		},
		"the password has another age": func(s *source, d *Directory) {
			s.people = []Person{olga, piotr}
			s.people[0].Stamp = "2"
			d.reads(t, true)
			s.people[0].Stamp = "1"
			d.reads(t, true)
		},
		"the person is gone": func(s *source, d *Directory) {
			s.people = []Person{piotr}
			d.reads(t, true)
			s.people = []Person{piotr, olga}
			d.reads(t, true)
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := office()
			d := open(t, s, "")
			d.reads(t, true)
			d.says(t, olga, "olga's", true, nil)
			change(s, d)
			s.away = errors.New("connect: refused")
			d.says(t, olga, "olga's", false, signin.ErrAway)
		})
	}
	// what strangers do does not end it
	s := office()
	d := open(t, s, "")
	d.reads(t, true)
	d.says(t, olga, "olga's", true, nil)
	d.says(t, olga, "guess", false, nil)
	s.away = errors.New("connect: refused")
	d.says(t, olga, "olga's", true, nil)
}

// Directories lock an account after some wrong passwords.
func TestWrongPasswordsDoNotReachTheDirectoryWithoutEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := office()
		d := open(t, s, "")
		d.reads(t, true)
		var many *signin.TooManyError
		for range 100 {
			if _, err := d.Verify(t.Context(), olga.Credential(), "guess"); err != nil && !errors.As(err, &many) {
				t.Fatal(err)
			}
		}
		if s.tried != wrongPasswords.Burst || many == nil || many.Wait > wrongPasswords.Every {
			t.Errorf("tried %d times, %v", s.tried, many)
		}
		if _, err := d.Verify(t.Context(), olga.Credential(), "olga's"); !errors.As(err, &many) {
			t.Errorf("without a kept hash: %v", err)
		}
		d.says(t, piotr, "piotr's", true, nil)
		time.Sleep(wrongPasswords.Every)
		d.says(t, olga, "olga's", true, nil)
		for range 100 {
			_, _ = d.Verify(t.Context(), olga.Credential(), "guess")
		}
		d.says(t, olga, "olga's", true, nil) // by the kept hash
	})
}

// Somebody who tries many passwords at once has no more of them.
func TestWrongPasswordsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := office()
		d := open(t, s, "")
		d.reads(t, true)
		s.takes = time.Second
		var all sync.WaitGroup
		for range 16 {
			all.Go(func() { _, _ = d.Verify(t.Context(), olga.Credential(), "guess") })
		}
		all.Wait()
		if s.tried != wrongPasswords.Burst {
			t.Errorf("tried %d times", s.tried)
		}
		// The right one may come from all desktops of a person at once.
		for range 16 {
			all.Go(func() { d.says(t, piotr, "piotr's", true, nil) })
		}
		all.Wait()
	})
}

func TestNextProcess(t *testing.T) {
	file := filepath.Join(t.TempDir(), "people.copy")
	s := office()
	d := open(t, s, file)
	d.reads(t, true)
	d.says(t, olga, "olga's", true, nil)
	if info, err := os.Stat(file); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Fatalf("%v, %v", info, err)
	}
	if text, _ := os.ReadFile(file); strings.Contains(string(text), "olga's") {
		t.Error("the password is in the file")
	}
	s.away = errors.New("connect: refused")
	d = open(t, s, file)
	if diff := cmp.Diff([]Person{olga, piotr}, d.People()); diff != "" {
		t.Error(diff)
	}
	d.says(t, olga, "olga's", true, nil)
	d.says(t, olga, "wrong", false, nil)
	d.says(t, Person{Login: "olga", ID: "cn=Other"}, "olga's", false, nil)
	for _, broken := range []string{"", "{", `{"version": 2}`, "[]"} {
		if err := os.WriteFile(file, []byte(broken), 0o600); err != nil {
			t.Fatal(err)
		}
		if d := open(t, s, file); len(d.People()) != 0 {
			t.Errorf("%q: %v", broken, d.People())
		}
	}
}
