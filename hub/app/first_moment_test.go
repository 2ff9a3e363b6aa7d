package app_test

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"traybell/hub/ami/amitest"
	"traybell/shared/protocol"
	"traybell/test/terminal"
)

// A hub that is killed when the first popup of a call is on its way, before the call is in the
// database, has the call after its restart.
func TestKillAtTheFirstPopupLosesNoCall(t *testing.T) {
	const kills = 8
	s := tell(t)
	s.yaml += "cdr: {grace: 150ms, retention: 0s}\n"
	if err := os.WriteFile(filepath.Join(s.dir, "hub.yml"), []byte(s.yaml), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithTimeout(t.Context(), 2*time.Minute)
	defer stop()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(s.dir, "traybell.db")+"?_pragma=busy_timeout(5000)")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close() //nolint:errcheck // only read
	const rows = `SELECT call_id, count(*) FROM call_record GROUP BY 1`
	early := 0
	var came []string
	for n := range kills {
		hub := s.startProcess()
		anna, _, err := terminal.SignIn(ctx, hub.addr, "101", "secret")
		if err != nil {
			t.Fatalf("%v\n%s", err, &hub.errors)
		}
		if _, err := s.pbx.WaitAction(ctx, "Status", n+1); err != nil {
			t.Fatal(err)
		}
		call := s.pbx.Incoming(amitest.Incoming{Number: fmt.Sprintf("7916123%04d", n), DID: "84950000001"})
		id := "main:" + call.Linkedid()
		call.Ring("101")
		for {
			m, err := anna.Await(ctx, protocol.CallEvent)
			var c protocol.Call
			if err == nil {
				err = m.Decode(&c)
			}
			if err != nil {
				t.Fatal(err)
			}
			if c.ID == id {
				break
			}
		}
		_ = hub.end(os.Kill)
		_ = anna.CloseNow()
		came = append(came, id)
		if count(t, db, rows)[id] == 0 {
			early++
		}
		if n%2 == 0 {
			call.Hangup() // before the next hub sees it
		}
	}
	hub := s.startProcess()
	if _, err := s.pbx.WaitAction(ctx, "Status", kills+1); err != nil {
		t.Fatal(err)
	}
	pause(ctx, time.Second)
	if err := hub.end(os.Interrupt); err != nil {
		t.Errorf("%v\n%s", err, &hub.errors)
	}
	got := count(t, db, rows)
	for _, id := range came {
		if got[id] != 1 {
			t.Errorf("%s has %d rows", id, got[id])
		}
	}
	if early == 0 {
		t.Errorf("no kill came before the database had the call")
	}
	t.Logf("%d of %d kills came before the database had the call", early, kills)
}
