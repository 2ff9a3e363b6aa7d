package amitest_test

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"traybell/hub/ami"
	"traybell/hub/ami/amitest"
	"traybell/hub/ami/wire"

	gocmp "github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// listen logs in a client that gets all events. It runs in a synctest bubble.
func listen(t *testing.T, p *amitest.PBX) *ami.Session {
	t.Helper()
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	s, err := ami.Connect(t.Context(), ami.Config{
		Address: "pbx", Username: amitest.Username, Password: amitest.Secret, Classes: []string{"user"}, Dial: p.Pipe,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close(errors.New("the test is over")) })
	return s
}

// received takes the events so far.
func received(s *ami.Session) []wire.Message {
	synctest.Wait()
	var all []wire.Message
	for {
		select {
		case m := <-s.Events():
			all = append(all, m)
		default:
			return all
		}
	}
}

// recording reads a recorded call.
func recording(t *testing.T, name string) []wire.Message {
	t.Helper()
	text, err := os.ReadFile("testdata/" + name + ".txt")
	if err != nil {
		t.Fatal(err)
	}
	var stream bytes.Buffer
	for line := range strings.Lines(string(text)) {
		if !strings.HasPrefix(line, "@") {
			stream.WriteString(line)
		}
	}
	rd := wire.NewReader(&stream)
	var all []wire.Message
	for {
		m, err := rd.Next()
		if err != nil {
			return all
		}
		all = append(all, m)
	}
}

// plot lists what happens in a call, the same for two runs of the same call: channels are named T,
// A, B, … by age, and what Asterisk sends in any order is sorted.
func plot(messages []wire.Message) []string {
	names := map[string]string{}
	role := func(id string) string {
		return cmp.Or(names[id], "-")
	}
	var lines []string
	var sortable []int // the run within which a line may move, 0 for none
	run := 0
	for _, m := range messages {
		if m.Event() == "Newchannel" {
			names[m.Get("Uniqueid")] = string("TABCDEFGH"[len(names)])
		}
	}
	for _, m := range messages {
		line := []string{m.Event()}
		for _, prefix := range []string{
			"", "Dest", "OrigTransferer", "SecondTransferer", //nolint:misspell // as in Asterisk
			"Transferer", "Transferee", "TransferTarget", //nolint:misspell // as in Asterisk
		} {
			if id, ok := m.Lookup(prefix + "Uniqueid"); ok {
				state := m.Get(prefix + "ChannelStateDesc")
				if m.Event() == "DialState" && prefix == "Dest" {
					state = "" // Down or Ringing: it and Newstate come in either order
				}
				line = append(line, fmt.Sprintf("%s%s(%s %s→%s, %s of %s)", prefix, role(id), state,
					m.Get(prefix+"CallerIDNum"), m.Get(prefix+"ConnectedLineNum"), m.Get(prefix+
						"Exten"), role(m.Get(prefix+"Linkedid"))))
			}
		}
		if id, ok := m.Lookup("SwapUniqueid"); ok {
			line = append(line, "instead of "+role(id))
		}
		for _, key := range []string{
			"DialStatus", "Result", "DestType", "Queue", "Position", "Count", "Interface", "MemberName", "Extension",
		} {
			if v, ok := m.Lookup(key); ok {
				line = append(line, key+"="+v)
			}
		}
		kind := 0
		switch e := m.Event(); {
		case e == "Hangup":
			line = append(line, "Cause="+m.Get("Cause"))
			kind = 1
		case e == "BridgeEnter":
			kind = 1
		case e == "DialState", e == "Newstate" && m.Get("ChannelStateDesc") == "Ringing":
			kind = 2
		case e == "NewConnectedLine" && m.Get("ChannelStateDesc") == "Ringing":
			kind = 2
		case e == "BridgeLeave":
			kind = 3
		case e == "DialEnd" && m.Get("DialStatus") == "CANCEL":
			kind = 4
		}
		if kind == 0 || len(sortable) == 0 || sortable[len(sortable)-1]%10 != kind {
			run++
		}
		lines = append(lines, strings.Join(line, " "))
		sortable = append(sortable, run*10+kind)
	}
	for from := 0; from < len(lines); {
		to := from + 1
		for to < len(lines) && sortable[to] == sortable[from] {
			to++
		}
		slices.Sort(lines[from:to])
		from = to
	}
	return lines
}

// wanted keeps the events that the recordings have.
func wanted(messages []wire.Message) []wire.Message {
	return slices.DeleteFunc(messages, func(m wire.Message) bool {
		switch m.Event() {
		case "BridgeCreate", "BridgeDestroy", "HangupRequest", "SoftHangupRequest", "FullyBooted":
			return true
		}
		return false
	})
}

func TestSimulatedCallsMatchRecordings(t *testing.T) {
	in := func(line string, name string, ivr bool) amitest.Incoming {
		return amitest.Incoming{Number: "79161234567", Name: name, DID: "7495000000" + line, IVR: ivr}
	}
	tests := map[string]func(p *amitest.PBX){
		"direct": func(p *amitest.PBX) {
			c := p.Incoming(in("1", "Иван Петров", true))
			c.Ring("101")
			c.Answer("101")
			c.Hangup()
		},
		"ringgroup": func(p *amitest.PBX) {
			c := p.Incoming(in("2", "", false))
			c.Ring("101", "102", "103")
			c.Answer("102")
			c.HangupByAgent()
		},
		"caller_abandon": func(p *amitest.PBX) {
			c := p.Incoming(in("1", "Иван Петров", true))
			c.Ring("101")
			c.Hangup()
		},
		"direct_busy": func(p *amitest.PBX) {
			c := p.Incoming(in("1", "Иван Петров", true))
			c.Busy("101")
		},
		"direct_noanswer": func(p *amitest.PBX) {
			c := p.Incoming(in("7", "", false))
			c.Ring("101")
			c.NoAnswer()
			c.Ring("102")
			c.GiveUp()
		},
		"queue_direct": func(p *amitest.PBX) {
			c := p.Incoming(in("3", "", false))
			c.Join("q1")
			c.Ring("101", "102")
			c.NoAnswer()
			c.Ring("101", "102")
			c.Answer("102")
			c.HangupByAgent()
		},
		"queue_abandon": func(p *amitest.PBX) {
			c := p.Incoming(in("3", "", false))
			c.Join("q1")
			c.Ring("101", "102")
			c.GiveUp()
		},
		"blind": func(p *amitest.PBX) {
			c := p.Incoming(in("1", "Иван Петров", true))
			c.Ring("101")
			c.Answer("101")
			c.BlindTransfer("102")
			c.Answer("102")
			c.Hangup()
		},
		"attended": func(p *amitest.PBX) {
			c := p.Incoming(in("1", "Иван Петров", true))
			c.Ring("101")
			c.Answer("101")
			c.AttendedTransfer("102")
			c.Hangup()
		},
		"internal": func(p *amitest.PBX) {
			c := p.Outgoing("101", "102", false)
			c.Answer("102")
			c.Hangup()
		},
		"outbound": func(p *amitest.PBX) {
			c := p.Outgoing("101", "979161234567", true)
			c.Answer("979161234567")
			c.Hangup()
		},
	}
	for name, play := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := amitest.NewUnplugged(amitest.Options{})
				s := listen(t, p)
				play(p)
				if diff := gocmp.Diff(plot(wanted(recording(t, name))), plot(wanted(received(s)))); diff != "" {
					t.Errorf("the simulated call differs (-Asterisk +simulated):\n%s", diff)
				}
				if live := p.LiveChannels(); len(live) != 0 {
					t.Errorf("still live: %v", live)
				}
			})
		})
	}
}
