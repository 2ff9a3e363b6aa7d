package app_test

import (
	"fmt"
	"strings"
	"testing"

	"traybell/hub/ami/amitest"
	"traybell/shared/protocol"
)

// Stopping during lookups and recording logs no errors.
func TestStopDuringCallsLogsNoErrors(t *testing.T) {
	s := tell(t)
	for range 3 {
		s.start()
		s.working()
		anna := s.signIn("101")
		for n := range 200 {
			s.pbx.Incoming(amitest.Incoming{Number: fmt.Sprintf("7916%07d", n), DID: "74950000001"}).Ring("101")
		}
		anna.await(protocol.CallEvent)
		if err := s.hub.Stop(); err != nil {
			t.Error(err)
		}
		if log := s.log.String(); strings.Contains(log, "database is closed") || strings.Contains(log, "level=ERROR") {
			t.Fatalf("%s", log)
		}
		if err := s.pbx.Restart(); err != nil {
			t.Fatal(err)
		}
	}
}
