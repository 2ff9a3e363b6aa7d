package cdrline

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"traybell/hub/cdr"
	"traybell/shared/protocol"

	"github.com/google/go-cmp/cmp"
)

var (
	moscow = time.FixedZone("MSK", 3*3600)
	noon   = time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC) // 12:00 in Moscow
)

func aRecord(n int) cdr.Record {
	return cdr.Record{
		CallID: fmt.Sprintf("main:1795319561.%d", n), PBX: "main", State: cdr.Final,
		Direction: protocol.Incoming, Number: fmt.Sprintf("8495123%04d", n), Name: "Ivan", DID: "74950000001",
		Extension: "101", Agent: "anna", Started: noon, Answered: noon.Add(7 * time.Second),
		Ended: noon.Add(67*time.Second + 900*time.Millisecond), Rang: 7 * time.Second, Cause: 16,
		Customer: "ivanov", Ticket: "2026112210000431", Told: "anna\n",
	}
}

func TestOPCLine(t *testing.T) {
	incoming := aRecord(7)
	missed := cdr.Record{
		CallID: "branch-2:1795319561.8", PBX: "branch-2", Direction: protocol.Incoming, DID: "74950000001",
		Extension: "101", Started: noon.Add(900 * time.Millisecond), Ended: noon.Add(9 * time.Second),
		Rang: 8 * time.Second, Missed: true,
	}
	outgoing := aRecord(9)
	outgoing.Direction, outgoing.DID, outgoing.Customer, outgoing.Ticket = protocol.Outgoing, "", "", ""
	internal := aRecord(10)
	internal.Direction, internal.Number, internal.DID, internal.Extension = protocol.Internal, "102", "", "102"
	internal.Exten, internal.CID, internal.AnsweredBy = "103", "102", "104"
	rewritten := aRecord(11)
	rewritten.Exten, rewritten.CID, rewritten.AnsweredBy = "s", "0084951230011", "103"
	strange := aRecord(7)
	strange.Customer = "a|b\\c\r\nd\x00e\u2028f"
	for _, c := range []struct {
		name   string
		record cdr.Record
		want   string
	}{
		{
			"incoming, begun by an earlier version", incoming,
			"main|1795319561.7|1795338000|1795338007|1795338067|2026-11-22 12:00:00|101|74950000001|" +
				"84951230007|7|60|16|ivanov|2026112210000431\n",
		},
		{"missed, number withheld", missed, "branch-2|1795319561.8|1795338000||1795338009|2026-11-22 12:00:00||" +
			"74950000001||9|0|||\n"},
		{
			"outgoing, begun by an earlier version", outgoing,
			"main|1795319561.9|1795338000|1795338007|1795338067|2026-11-22 12:00:00||84951230009|101|7|60|16||\n",
		},
		{"special characters", strange, "main|1795319561.7|1795338000|1795338007|1795338067|2026-11-22 12:00:00|101|" +
			`74950000001|84951230007|7|60|16|a\pb\\c\r\nd e f|2026112210000431` + "\n"},
		{"internal", internal, "main|1795319561.10|1795338000|1795338007|1795338067|2026-11-22 12:00:00|104|103|102|" +
			"7|60|16|ivanov|2026112210000431\n"},
		{"as the PBX has it", rewritten, "main|1795319561.11|1795338000|1795338007|1795338067|2026-11-22 12:00:00|" +
			"103|s|0084951230011|7|60|16|ivanov|2026112210000431\n"},
	} {
		if diff := cmp.Diff(c.want, OPC(&c.record, moscow)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

func TestTraybell1Line(t *testing.T) {
	r := aRecord(7)
	r.Name = "a|b\\c\r\nd\x00e\u2028f"
	want := `2026-11-22 12:00:00|2026-11-22 12:00:07|2026-11-22 12:01:07|incoming|84951230007|a\pb\\c\r\nd e f|` +
		"74950000001|101|anna|7|60|16|ivanov|2026112210000431\n"
	if diff := cmp.Diff(want, Traybell1(&r, moscow)); diff != "" {
		t.Error(diff)
	}
	missed := cdr.Record{
		Direction: protocol.Incoming, Started: noon, Ended: noon.Add(9 * time.Second), Rang: 8 * time.Second,
		Missed: true,
	}
	want = "2026-11-22 12:00:00||2026-11-22 12:00:09|incoming||||||8|0|||\n"
	if got := Traybell1(&missed, moscow); got != want {
		t.Errorf("a missed call: %q", got)
	}
}

func FuzzLine(f *testing.F) {
	f.Add("Ivan", "ivanov")
	f.Add("|\\\n\r\x85\u2029", "\xff|")
	f.Fuzz(func(t *testing.T, name, customer string) {
		r := aRecord(1)
		r.Number, r.Name, r.Customer = name, name, customer
		for _, format := range []Format{OPC, Traybell1} {
			line := format(&r, moscow)
			if strings.Count(line, "|") != 13 || strings.Count(line, "\n") != 1 || !strings.HasSuffix(line, "\n") ||
				strings.ContainsAny(line, "\r\x00") {
				t.Errorf("the line is %q", line)
			}
		}
		earlier, opc := []byte(Traybell1(&r, moscow)), []byte(OPC(&r, moscow))
		if !IsTraybell1(earlier) || IsTraybell1(opc) {
			t.Errorf("the format of %q or %q is not recognized", earlier, opc)
		}
	})
}

func TestFormatIsReadFromTheLastLineOfTheHub(t *testing.T) {
	r := aRecord(1)
	earlier, opc := Traybell1(&r, moscow), OPC(&r, moscow)
	for text, want := range map[string]bool{
		"":                                    false,
		"somebody":                            false,
		"\n\n":                                false,
		earlier:                               true,
		earlier + "somebody\n":                true,
		earlier + "|||||||||||||\n":           true,
		earlier[30:] + earlier + "no newline": true,
		opc:                                   false,
		opc + "somebody\n":                    false,
		earlier + opc:                         false,
		opc + earlier:                         true,
	} {
		if got := IsTraybell1([]byte(text)); got != want {
			t.Errorf("%q: traybell 1's format is %v, want %v", text, got, want)
		}
	}
}
