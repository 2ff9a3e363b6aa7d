package app_test

import (
	"encoding/csv"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"traybell/hub/ami/amitest"
	"traybell/shared/protocol"

	"github.com/google/go-cmp/cmp"
)

// export returns what `traybell-hub cdr export` prints of the last hour, each line by column name.
func (s *story) export() (calls []map[string]string) {
	s.t.Helper()
	out := s.must("cdr", "export", "--from", time.Now().Add(-time.Hour).Format("2006-01-02T15:04"))
	table, err := csv.NewReader(strings.NewReader(out)).ReadAll()
	if err != nil || len(table) == 0 {
		s.t.Fatalf("%v in\n%s", err, out)
	}
	for _, line := range table[1:] {
		call := map[string]string{}
		for i, name := range table[0] {
			call[name] = line[i]
		}
		calls = append(calls, call)
	}
	return calls
}

func TestEveryCallIsInTheCDRAndCanBeExported(t *testing.T) {
	s := tell(t)
	s.yaml += "cdr: {grace: 1s}\n"
	s.start()
	s.working()
	anna := s.signIn("101")
	ended := func(c protocol.Call) bool { return c.State == protocol.Ended }

	call := s.pbx.Incoming(amitest.Incoming{Number: "84951234567", Name: "=cmd|' /C calc'!A0", DID: "74950000001"})
	call.Ring("101", "102")
	anna.sees("the ring", func(protocol.Call) bool { return true })
	call.Answer("101")
	c := anna.sees("the answer", func(c protocol.Call) bool {
		return c.State == protocol.Answered && c.Caller.Status == protocol.Known
	})
	made := anna.ticket(c.ID)
	call.Hangup()
	anna.sees("the end", ended)

	missed := s.pbx.Incoming(amitest.Incoming{DID: "74950000009"})
	missed.Ring("101")
	missed.GiveUp()
	anna.sees("the end of the missed one", func(c protocol.Call) bool { return c.Missed })

	s.pbx.Outgoing("102", "89165550000", true).Hangup() // not one of Anna's

	var calls []map[string]string
	for calls = s.export(); len(calls) < 3 || slices.ContainsFunc(calls, func(c map[string]string) bool {
		return c["state"] != "final"
	}); calls = s.export() {
		pause(t.Context(), 20*time.Millisecond)
		if t.Context().Err() != nil {
			t.Fatalf("not final: %v", calls)
		}
	}
	for _, c := range calls {
		if _, err := time.Parse(time.RFC3339, c["started"]); err != nil || c["ended"] == "" ||
			!strings.HasPrefix(c["call"],
				"main:") {
			t.Errorf("times or ids: %v, %v", c, err)
		}
		maps.DeleteFunc(c, func(name, _ string) bool {
			return slices.Contains([]string{
				"started", "answered", "ended", "call", "cause", "ring_seconds", "talk_seconds",
			}, name)
		})
	}
	want := []map[string]string{
		{
			"direction": "incoming", "number": "84951234567", "name": "'=cmd|' /C calc'!A0", "did": "74950000001",
			"line": "Support", "extension": "101", "agent": "anna", "customer": "ivanov",
			"customer_name": "Ivan Ivanov", "ticket": made.Number, "pbx": "main", "state": "final", "missed": "false",
			"end_unseen": "false", "callee": "", "callee_agent": "", "blocked": "", "answer_unseen": "false",
		},
		{
			"direction": "incoming", "number": "", "name": "", "did": "74950000009", "line": "", "extension": "101",
			"agent": "anna", "customer": "", "customer_name": "", "ticket": "", "pbx": "main",
			"state": "final", "missed": "true", "end_unseen": "false",
			"callee": "", "callee_agent": "", "blocked": "", "answer_unseen": "false",
		},
		{
			"direction": "outgoing", "number": "89165550000", "name": "", "did": "", "line": "", "extension": "102",
			"agent": "boris", "customer": "", "customer_name": "", "ticket": "", "pbx": "main",
			"state": "final", "missed": "false", "end_unseen": "false",
			"callee": "", "callee_agent": "", "blocked": "", "answer_unseen": "false",
		},
	}
	if diff := cmp.Diff(want, calls); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}

	if err := s.hub.Stop(); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(s.dir, "pim_cdr_*.log"))
	if err != nil || len(files) != 1 {
		t.Fatalf("the files are %v, %v", files, err)
	}
	text, err := os.ReadFile(files[0])
	if err != nil || strings.Count(string(text), "\n") != 3 || strings.Count(string(text), "|") != 3*13 ||
		!strings.Contains(string(text), "|ivanov|"+made.Number+"\n") {
		t.Errorf("the file: %v\n%s", err, text)
	}
	for i, want := range []string{"101|74950000001|84951234567", "|74950000009|", "|89165550000|102"} {
		fields := strings.Split(strings.Split(string(text), "\n")[i], "|")
		if got := strings.Join(fields[6:9], "|"); fields[0] != "main" || got != want {
			t.Errorf("AnsweredExtension|Exten|CID of line %d: %s, want %s", i+1, got, want)
		}
	}
}

// TestCDRFormatHoldsAtOnce reloads hub.yml while the file has a line of traybell 1's format.
func TestCDRFormatHoldsAtOnce(t *testing.T) {
	s := tell(t)
	s.yaml += "cdr: {grace: 0s}\n"
	path := filepath.Join(s.dir, time.Now().Format("pim_cdr_200601.log"))
	earlier := "2026-11-22 12:00:00||2026-11-22 12:00:09|incoming||||||8|0|||\n"
	if err := os.WriteFile(path, []byte(earlier), 0o600); err != nil {
		t.Fatal(err)
	}
	s.start()
	s.working()
	// call calls number from 102 and returns the new line of the file.
	call := func(number string) string {
		t.Helper()
		before, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		c := s.pbx.Outgoing("102", number, len(number) > 3)
		if len(number) == 3 {
			c.Ring(number)
			c.Answer(number)
		}
		c.Hangup()
		for late := time.Now().Add(patience); ; {
			text, err := os.ReadFile(path)
			if err != nil || time.Now().After(late) {
				t.Fatalf("no new line: %v", err)
			}
			if line, ok := strings.CutPrefix(string(text), string(before)); ok && strings.HasSuffix(line, "\n") {
				return line
			}
			pause(t.Context(), 20*time.Millisecond)
		}
	}
	if line := call("89165550000"); !strings.Contains(line, "|outgoing|89165550000|") {
		t.Errorf("format auto: %q", line)
	}
	s.reloaded(func() { s.replaced("cdr: {grace: 0s}", "cdr: {grace: 0s, format: opc}") })
	if line := call("89165550000"); !strings.HasPrefix(line, "main|") {
		t.Errorf("format opc: %q", line)
	}
	if line := call("101"); !strings.Contains(line, "|101|101|102|") {
		t.Errorf("an internal call from 102 to 101: %q", line)
	}
}
