package desk

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"traybell/shared/protocol"
)

// is reports a PBX's state to the desk.
func (o *office) is(id string, state protocol.PBXState, reason string) {
	o.t.Helper()
	if err := o.PBX(o.ctx, protocol.PBX{ID: id, State: state, Reason: reason}); err != nil {
		o.t.Fatal(err)
	}
	synctest.Wait()
}

// warned returns the warnings about PBXs since the last call of it.
func (o *office) warned() string {
	o.t.Helper()
	synctest.Wait()
	o.mu.Lock()
	defer o.mu.Unlock()
	var told []string
	for _, s := range o.sent {
		if s.m.Type != protocol.Warning {
			continue
		}
		var p protocol.PBX
		if err := s.m.Decode(&p); err != nil {
			o.t.Fatal(err)
		}
		told = append(told, fmt.Sprintf("%s %s → %s", s.m.Name, p.ID, strings.Join(s.to, " ")))
	}
	o.sent = nil
	return strings.Join(told, ", ")
}

func TestOutageIsReportedOnce(t *testing.T) {
	open(t, nil, func(o *office) {
		want := func(when, want string) {
			t.Helper()
			if got := o.warned(); got != want {
				t.Errorf("%s: %q, want %q", when, got, want)
			}
		}
		o.is("main", protocol.PBXConnecting, "")
		o.is("branch", protocol.PBXConnecting, "")
		o.is("main", protocol.PBXWorking, "")
		o.is("branch", protocol.PBXWorking, "")
		time.Sleep(time.Minute)
		want("at the start", "")

		for range 3 { // a loose cable
			o.is("main", protocol.PBXConnecting, "connection reset")
			time.Sleep(3 * time.Second)
			o.is("main", protocol.PBXWorking, "")
			time.Sleep(3 * time.Second)
		}
		want("after short interruptions", "")

		o.is("main", protocol.PBXConnecting, "connection reset")
		time.Sleep(4 * time.Second)
		want("during the first seconds", "")
		for i := range 100 {
			time.Sleep(time.Second)
			o.is("main", protocol.PBXConnecting, fmt.Sprint("connection refused, attempt ", i))
		}
		o.is("main", protocol.PBXStopped, "the PBX refuses to log in")
		want("during the outage", "pbx.down main → anna boris clara")

		if err := o.Join(o.ctx, boris, func(protocol.OpenedSession) {}); err != nil {
			t.Fatal(err)
		}
		want("at a sign-in during the outage", "pbx.down main → boris")

		o.is("main", protocol.PBXWorking, "")
		want("when it is back", "pbx.back main → anna boris clara")
		if err := o.Join(o.ctx, boris, func(protocol.OpenedSession) {}); err != nil {
			t.Fatal(err)
		}
		want("at a sign-in after it", "")
	})
}

func TestDisabledPBXIsNoOutage(t *testing.T) {
	open(t, nil, func(o *office) {
		o.is("main", protocol.PBXConnecting, "connection refused")
		time.Sleep(time.Minute)
		if got := o.warned(); got != "pbx.down main → anna boris clara" {
			t.Errorf("%q", got)
		}
		o.is("main", protocol.PBXStopped, "")
		time.Sleep(time.Minute)
		if got := o.warned(); got != "" {
			t.Errorf("%q", got)
		}
		o.is("main", protocol.PBXWorking, "") // enabled again
		if got := o.warned(); got != "" {
			t.Errorf("%q", got)
		}
	})
}
