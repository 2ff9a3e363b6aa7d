package hidden

import (
	"context"
	"log/slog"
	"strings"
	"testing"

	"traybell/hub/caller"
	"traybell/hub/calls"
	"traybell/hub/desk"
	"traybell/hub/staff"
	"traybell/hub/tracking"
	"traybell/shared/phone"
	"traybell/shared/protocol"
)

type noRecords struct{}

func (noRecords) Callers(context.Context, func(did, number, rule string)) error { return nil }
func (noRecords) TokenKey(context.Context) ([]byte, error)                      { return make([]byte, 32), nil }

// What is too short to be hidden takes no place of a number, and a full book keeps what it has.
func TestFullBook(t *testing.T) {
	numbers, err := phone.NewReader("RU", nil)
	if err != nil {
		t.Fatal(err)
	}
	lines, err := tracking.New([]tracking.Line{{Number: "*", HideNumber: true}}, numbers)
	if err != nil {
		t.Fatal(err)
	}
	rules := &desk.Rules{Company: caller.Company{Staff: staff.New(nil)}, Lines: lines, Numbers: numbers}
	var log strings.Builder
	b, err := New(t.Context(), noRecords{}, func() *desk.Rules { return rules },
		slog.New(slog.NewTextHandler(&log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	b.most = 2
	for _, number := range []string{"1234", "1234", "x", "+74951234567", "+74951234567", "+74951234568", "123"} {
		b.Call(calls.Call{Direction: protocol.Incoming, DID: "100", Number: number})
	}
	if log.Len() > 0 {
		t.Errorf("the book is full already: %s", log.String())
	}
	for _, number := range []string{"+74951234569", "+74951234570", "+74951234568"} {
		b.Call(calls.Call{Direction: protocol.Incoming, DID: "100", Number: number})
	}
	if got := b.Text("84951234567, 84951234568, 84951234569"); got != protocol.HiddenNumber+", "+protocol.HiddenNumber+
		", 84951234569" {
		t.Errorf("in a full book: %s", got)
	}
	if n := strings.Count(log.String(), "too many hidden numbers"); n != 1 {
		t.Errorf("logged %d times", n)
	}
}
