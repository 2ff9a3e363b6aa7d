package wire_test

import (
	"errors"
	"strings"
	"testing"

	"traybell/hub/ami/wire"
)

func TestActionOnTheWire(t *testing.T) {
	action := wire.NewAction("DBPut").With("Family", "blacklist").With("Key", "+7916").With("Val", "Спам: да")
	b, err := action.AppendTo(nil, "7")
	if err != nil {
		t.Fatal(err)
	}
	want := "Action: DBPut\r\nActionID: 7\r\nFamily: blacklist\r\nKey: +7916\r\nVal: Спам: да\r\n\r\n"
	if string(b) != want {
		t.Errorf("got %q, want %q", b, want)
	}
}

func TestWithDoesNotChangeTheAction(t *testing.T) {
	base := wire.NewAction("DBPut").With("Family", "blacklist")
	one, two := base.With("Key", "1"), base.With("Key", "2")
	if len(base.Fields) != 1 || one.Fields[1].Value != "1" || two.Fields[1].Value != "2" {
		t.Errorf("actions share fields: %v %v %v", base, one, two)
	}
}

func TestBadActionsAreRefused(t *testing.T) {
	many := wire.NewAction("Originate")
	for range 127 {
		many = many.With("Variable", "x=1")
	}
	for name, a := range map[string]wire.Action{
		"CRLF in a value":  wire.NewAction("DBPut").With("Val", "secret\r\nAction: Command"),
		"LF in a value":    wire.NewAction("DBPut").With("Val", "secret\nx"),
		"CR in a value":    wire.NewAction("DBPut").With("Val", "secret\rx"),
		"NUL in a value":   wire.NewAction("DBPut").With("Val", "secret\x00x"),
		"LF in a key":      wire.NewAction("DBPut").With("Val: x\nSecret", "1"),
		"a colon in a key": wire.NewAction("DBPut").With("Val: x", "1"),
		"an empty key":     wire.NewAction("DBPut").With("", "1"),
		"LF in the name":   wire.NewAction("Ping\nAction: Command"),
		"no name":          wire.NewAction(""),
		"a long line":      wire.NewAction("DBPut").With("Val", strings.Repeat("s", 1024-len("Val: \r\n")+1)),
		"129 headers":      many,
		"an ActionID":      wire.NewAction("Ping").With("actionid", "1"),
	} {
		b, err := a.AppendTo([]byte("kept"), "1")
		if !errors.Is(err, wire.ErrAction) || string(b) != "kept" {
			t.Errorf("%s: got %q, %v", name, b, err)
			continue
		}
		if len(a.Fields) == 1 && strings.HasPrefix(a.Fields[0].Key, "Val") && !strings.Contains(err.Error(), `"Val`) {
			t.Errorf("%s: the error does not name the field: %v", name, err)
		}
		if strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: the error shows the value: %v", name, err)
		}
	}
	fits := wire.NewAction("DBPut").With("Val", strings.Repeat("s", 1024-len("Val: \r\n")))
	if _, err := fits.AppendTo(nil, "1"); err != nil {
		t.Errorf("the longest line that fits is refused: %v", err)
	}
	many.Fields = many.Fields[:126]
	if _, err := many.AppendTo(nil, "1"); err != nil {
		t.Errorf("128 headers are refused: %v", err)
	}
}
