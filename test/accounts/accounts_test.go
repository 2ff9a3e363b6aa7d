package accounts

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// The files are of Asterisk 22 in the lab, which was killed during the last call.
func TestCallsOfRealFiles(t *testing.T) {
	calls := load(t, "", "")
	var got []string
	for _, c := range calls {
		got = append(got, line(c))
		if doubts := c.Doubts(); doubts != nil {
			t.Errorf("%s: %v", c.ID, doubts)
		}
	}
	want := []string{
		"1795905812.21 incoming 79160000007 by 313, talked 3.2s, rang 313 314; CDR: 313",
		"1795905815.80 incoming 79160000021 unanswered, rang 341; CDR: unanswered",
		"1795905819.156 incoming 79160000037 by 315, talked 2.9s, rang 315 316; queue_log: 315",
		"1795905820.188 outgoing 341 by , talked 1.6s, rang; CDR: ",
		"1795905823.228 incoming 79160000051 unanswered, rang 303 304; queue_log: unanswered",
		"1795905825.276+1795905827.313 incoming 79160000061 by 321, talked 4.2s, rang 321 322; CDR: 321",
		"1795905829.351 incoming 79160000077 by 325, talked 1.7s, killed, rang 325",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// What contradicts itself is found.
func TestDoubts(t *testing.T) {
	for _, c := range []struct{ was, is, doubt string }{
		{`"PJSIP/313-00000010"`, `"PJSIP/399-00000010"`, "by \"399\""},
		{"|315|CONNECT|", "|316|CONNECT|", "by \"316\""},
		{"|CONNECT|", "|RINGNOANSWER|", "answered false"},
		{`"1795905822.7`, `"1795905829.7`, "talked 8.5"},
	} {
		var doubts []string
		for _, call := range load(t, c.was, c.is) {
			doubts = append(doubts, call.Doubts()...)
		}
		if !strings.Contains(strings.Join(doubts, "\n"), c.doubt) {
			t.Errorf("%s → %s: %q", c.was, c.is, doubts)
		}
	}
}

// load reads the files with a text replaced.
func load(t *testing.T, was, is string) []*Call {
	t.Helper()
	events := read(t, "events.csv", "", "", ReadCEL)
	kill := Span{From: time.Unix(1795905832, 0), To: time.Unix(1795905834, 0)}
	return Calls(events, read(t, "calls.csv", was, is, ReadCDR), read(t, "queue_log", was, is, ReadQueueLog),
		[]Span{kill})
}

func read[T any](t *testing.T, name, was, is string, parse func(io.Reader) ([]T, error)) []T {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	if was != "" {
		text = []byte(strings.ReplaceAll(string(text), was, is))
	}
	list, err := parse(strings.NewReader(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func line(c *Call) string {
	var b strings.Builder
	direction := "incoming"
	switch {
	case c.Outgoing():
		direction = "outgoing"
	case c.Internal():
		direction = "internal"
	}
	fmt.Fprintf(&b, "%s %s %s", strings.Join(c.Linkedids, "+"), direction, c.Number)
	if c.Answered.IsZero() {
		b.WriteString(" unanswered")
	} else {
		fmt.Fprintf(&b, " by %s, talked %.1fs", c.By, c.Talked().Seconds())
	}
	if c.Killed {
		b.WriteString(", killed")
	}
	b.WriteString(", rang")
	for extension := 301; extension <= 348; extension++ {
		if _, ok := c.Rang[fmt.Sprint(extension)]; ok {
			fmt.Fprintf(&b, " %d", extension)
		}
	}
	for _, w := range []struct {
		name string
		Witness
	}{{"CDR", c.CDR()}, {"queue_log", c.QueueLog()}} {
		switch {
		case w.Says && w.Answered:
			fmt.Fprintf(&b, "; %s: %s", w.name, w.By)
		case w.Says:
			fmt.Fprintf(&b, "; %s: unanswered", w.name)
		}
	}
	return b.String()
}

// A line that Asterisk had not finished when it was killed is left out.
func TestUnfinishedLine(t *testing.T) {
	legs := read(t, "calls.csv", "", "", ReadCDR)
	text, err := os.ReadFile(filepath.Join("testdata", "calls.csv"))
	if err != nil {
		t.Fatal(err)
	}
	cut, err := ReadCDR(strings.NewReader(string(text[:len(text)-9])))
	if err != nil || len(cut) != len(legs)-1 {
		t.Errorf("%d legs of %d, %v", len(cut), len(legs), err)
	}
}
