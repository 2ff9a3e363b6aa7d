package ami_test

import (
	"errors"
	"os"
	"strings"
	"testing"

	"traybell/hub/ami"
	"traybell/hub/ami/wire"
)

// TestRealAsterisk runs against the lab's Asterisk, whose address TRAYBELL_ASTERISK names. User
// otrs has the rights that the OPC manual asks for, user full more. It cleans up.
func TestRealAsterisk(t *testing.T) {
	address := os.Getenv("TRAYBELL_ASTERISK")
	if address == "" {
		t.Skip("no real Asterisk: set TRAYBELL_ASTERISK to the host:port of the lab's manager")
	}
	cfg := ami.Config{Address: address, Username: "otrs", Password: "SomePassword", Classes: []string{"system", "user"}}
	full := cfg
	full.Username, full.MD5 = "full", true
	s, other := connect(t, cfg), connect(t, full)
	ctx := ctxOf(t)
	do := func(s *ami.Session, a wire.Action) wire.Message {
		t.Helper()
		m, err := s.Do(ctx, a)
		if err != nil {
			t.Errorf("%s: %v", a.Name, err)
		}
		return m
	}
	t.Logf("manager %s", s.Version())

	if got := do(s, wire.NewAction("Ping")); got.Get("Ping") != "Pong" {
		t.Errorf("Ping: %v", got)
	}
	rows, err := s.List(ctx, wire.NewAction("Status"))
	if err != nil {
		t.Errorf("Status: %v", err)
	}
	for _, row := range rows {
		if row.Event() != "Status" || row.Get("Uniqueid") == "" {
			t.Errorf("a row of Status is %v", row)
		}
	}
	entry := func(name string) wire.Action {
		return wire.NewAction(name).With("Family", "traybell-test").With("Key", "+7916")
	}
	do(s, entry("DBPut").With("Val", "Спам: да, \xff"))
	if rows, err := s.List(ctx, entry("DBGet")); err != nil || len(rows) != 1 ||
		rows[0].Get("Val") != "Спам: да, \xff" {
		t.Errorf("DBGet: %v, %v", rows, err)
	}
	do(s, entry("DBDel"))
	var denied *ami.ResponseError
	if _, err := s.List(ctx, entry("DBGet")); !errors.As(err, &denied) || denied.Denied() {
		t.Errorf("DBGet of what was deleted: %v", err)
	}
	version := wire.NewAction("Command").With("Command", "core show version")
	if _, err := s.Do(ctx, version); !errors.As(err, &denied) || !denied.Denied() {
		t.Errorf("Command without the right to it: %v", err)
	}
	if got := do(other, version).Get("Output"); !strings.Contains(got, "Asterisk") {
		t.Errorf("Command: %q", got)
	}

	// A harmless event of class call: the state of a device that does not exist.
	state := func(value string) {
		do(other, wire.NewAction("Setvar").With("Variable", "DEVICE_STATE(Custom:traybell-test)").With("Value", value))
	}
	heard := func(s *ami.Session) {
		t.Helper()
		for {
			m := take(t, "the device's state", s.Events())
			if m.Event() == "DeviceStateChange" && m.Get("Device") == "Custom:traybell-test" {
				return
			}
		}
	}
	state("INUSE")
	state("NOT_INUSE") // Asterisk sends changes only, and remembers the state of an earlier run
	heard(s)
	heard(other)

	do(other, wire.NewAction("DBDel").With("Family", "CustomDevstate").With("Key", "traybell-test"))

	wrong := cfg
	wrong.Password = "wrong"
	for _, md5 := range []bool{false, true} {
		wrong.MD5 = md5
		err := refused(t, wrong)
		var login *ami.LoginError
		if !errors.As(err, &login) || login.Answer != "Authentication failed" {
			t.Errorf("a wrong password: %v", err)
		}
	}
}
