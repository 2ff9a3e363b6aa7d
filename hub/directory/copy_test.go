package directory

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"traybell/shared/protocol"
)

// A hub that starts while the database is unavailable uses the copy and reports its age.
func TestCopyIsUsedAfterARestart(t *testing.T) {
	copies := Copies{t.TempDir()}
	synctest.Test(t, func(t *testing.T) {
		reader := russian(t)
		m := &memory{
			name: "база/otrs",
			rows: []protocol.Customer{
				{Login: "a", Phone: "+74951111111"}, {Name: "B", Phone: "+74952222222", City: "Москва", Office: "12"},
			},
		}
		run := func(during func(d *Directory)) {
			d := New(reader, quiet(), Feed{m, 5 * time.Minute})
			d.KeepCopies(copies)
			ctx, cancel := context.WithCancel(t.Context())
			done := make(chan struct{})
			go func() { d.Run(ctx); close(done) }()
			synctest.Wait()
			during(d)
			cancel()
			<-done
		}
		run(func(d *Directory) {
			if got := found(t, d, reader, "+74951111111"); got != "a@база/otrs" {
				t.Errorf("read: %q", got)
			}
			time.Sleep(6 * time.Minute) // unchanged: the copy gets the new time
			synctest.Wait()
			if s := d.Status()[0]; m.times() != 2 || s.LastError != "" || !copies.Age("база/otrs").Equal(s.Read) {
				t.Errorf("read twice: %+v, the copy is of %s", s, copies.Age("база/otrs"))
			}
		})
		time.Sleep(2 * time.Hour)
		m.set(errors.New("no route to host"), protocol.Customer{Login: "half", Phone: "+74951111111"})
		run(func(d *Directory) {
			customers, err := d.Find(t.Context(), reader.Read("+74952222222"))
			if err != nil || len(customers) != 1 || customers[0] != (protocol.Customer{
				Name: "B", Phone: "+74952222222", City: "Москва", Office: "12", Directory: "база/otrs",
			}) {
				t.Errorf("restored: %+v, %v", customers, err)
			}
			if s := d.Status()[0]; s.Rows != 2 || s.Numbers != 2 || s.Age(time.Now()) < 2*time.Hour ||
				!strings.Contains(s.LastError, "no route to host") {
				t.Errorf("restored: %+v", s)
			}
			m.set(nil, protocol.Customer{Login: "new", Phone: "+74951111111"})
			time.Sleep(retryEvery + time.Second)
			synctest.Wait()
			if got := found(t, d, reader, "+74951111111"); got != "new@база/otrs" {
				t.Errorf("back: %q", got)
			}
			if s := d.Status()[0]; s.LastError != "" || s.Age(time.Now()) > time.Minute {
				t.Errorf("back: %+v", s)
			}
		})
		// A restart reads at once, even if the copy is new.
		m.set(nil, protocol.Customer{Login: "newest", Phone: "+74951111111"})
		run(func(d *Directory) {
			if got := found(t, d, reader, "+74951111111"); got != "newest@база/otrs" {
				t.Errorf("started again: %q", got)
			}
		})
	})

	files, _ := filepath.Glob(filepath.Join(copies.Folder, "*"))
	if len(files) != 1 {
		t.Fatalf("files %v", files)
	}
	if info, err := os.Stat(files[0]); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v: others can read it", info.Mode(), err)
	}
	// The copy of a removed directory is deleted.
	New(russian(t), quiet(), Feed{Source: &memory{name: "other"}}).KeepCopies(copies)
	if files, _ := filepath.Glob(filepath.Join(copies.Folder, "*")); len(files) != 0 {
		t.Errorf("left: %v", files)
	}
}

func TestDamagedCopyIsNotUsed(t *testing.T) {
	reader := russian(t)
	copies := Copies{t.TempDir()}
	d := New(reader, quiet(), Feed{Source: &memory{name: "m", rows: many(3)}})
	d.KeepCopies(copies)
	if err := d.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	good, err := os.ReadFile(copies.path("m"))
	if err != nil {
		t.Fatal(err)
	}
	rows := func(text []byte) int {
		if err := os.WriteFile(copies.path("m"), text, 0o600); err != nil {
			t.Fatal(err)
		}
		d := New(reader, quiet(), Feed{Source: &memory{name: "m"}})
		d.KeepCopies(copies)
		d.restore(t.Context(), 0)
		return d.Status()[0].Rows
	}
	if n := rows(good); n != 3 {
		t.Fatalf("%d rows of a good one", n)
	}
	for cut := range good {
		if n := rows(good[:cut]); n != 0 {
			t.Fatalf("%d rows of the first %d bytes", n, cut)
		}
		bent := append([]byte(nil), good...)
		bent[cut] ^= 0x10
		if n := rows(bent); n != 0 {
			t.Fatalf("%d rows where byte %d is another", n, cut)
		}
	}
}
