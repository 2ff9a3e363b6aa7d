package app_test

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"traybell/shared/protocol"

	"github.com/google/go-cmp/cmp"
)

// office is a hub.yml for the PBX of the recordings: 99101 is the second phone of 101, user 1105 is
// at device 105.
const office = `agents:
  - {login: ann, name: Ann, extensions: ["101", "99101"], password: "%[1]s", rights: [ticket]}
  - {login: bob, name: Bob, extensions: ["102"], password: "%[1]s", rights: [ticket]}
  - {login: cid, name: Cid, extensions: ["103"], password: "%[1]s", rights: [ticket]}
  - {login: dan, name: Dan, extensions: ["110"], password: "%[1]s", rights: [ticket]}
  - {login: eve, name: Eve, extensions: ["1105"], password: "%[1]s", rights: [ticket]}
%[2]sdirectories: [{name: customers, type: csv, path: customers.csv}]
cdr: {grace: 100ms}
`

const officeLines = `tracking:
  - {number: "74950000001", name: Main}
  - {number: "_749500001XX", name: Direct}
  - {number: "_749500004XX", name: Queue}
  - {number: "_74950000[68]XX", name: Group}
  - {number: "101", name: Gateway}
`

var officePhones = []string{"101", "102", "103", "110", "1105"}

// recorded is what the hub says about a call at its end.
type recorded struct {
	Call    string // direction, number and who it is: "incoming 79161234567 Ivan Customer"
	Parties string // "101 calling, 102 rang, 103 answered"
	Shown   string // phones of the agents who have a card
	Missed  string // of those, who missed it: on the card and in the list
	Record  string // agent, callee and result
	Last    string // "last call" on the next card with the same number: who talked
}

const (
	ivan = "incoming 79161234567 Ivan Customer"
	out  = "outgoing 89167778899 unknown"
)

var officeCalls = map[string][]recorded{
	"field-anon": {
		{"incoming withheld", "101 answered", "101", "", "ann answered", ""},
		{"incoming withheld", "101 answered", "101", "", "ann answered", ""},
		{"incoming withheld", "101 answered", "101", "", "ann answered", ""},
		{"incoming withheld", "101 answered", "101", "", "ann answered", ""},
		{"incoming withheld", "101 answered", "101", "", "ann answered", ""},
		{"incoming withheld", "101 answered", "101", "", "ann answered", ""},
		{"incoming withheld", "101 answered", "101", "", "ann answered", ""},
		{"incoming 0 unknown", "101 answered", "101", "", "ann answered", ""},
	},
	"field-c2c_colleague": {
		{"internal 101 Ann", "101 calling, 103 answered, 99101 calling", "101 103", "", "ann to 103/cid answered", ""},
	},
	"field-c2c_customer_first": {
		{out, "101 answered, 99101 rang", "101", "", "ann answered", ""},
	},
	"field-c2c_direct": {
		{out, "101 calling", "101", "", "ann answered", ""},
	},
	"field-c2c_n": {
		{out, "101 calling, 99101 calling", "101", "", "ann answered", ""},
	},
	"field-c2c_optimized": {
		{out, "101 calling, 99101 calling", "101", "", "ann answered", ""},
	},
	"field-c2c_rejected": {
		{out, "101 calling, 99101 calling", "101", "", "ann not answered", ""},
	},
	"field-c2c_twin": {
		{out, "101 calling, 99101 calling", "101", "", "ann answered", ""},
	},
	"field-c2c_unreached": {
		{out, "101 calling, 99101 calling", "101", "", "ann not answered", ""},
	},
	"field-cf_mobile": {
		{"incoming 79161234567", "", "", "", "answered", "answered "},
	},
	"field-cp1251": {
		{"incoming 79031112233 unknown \"Виталий Калинин\"", "101 answered", "101", "", "ann answered", ""},
	},
	"field-device_user": {
		{ivan, "1105 answered", "1105", "", "eve answered", "answered Eve"},
	},
	"field-dial_g": {
		{ivan, "101 answered", "101", "", "ann answered", "answered Ann"},
	},
	"field-early": {
		{ivan, "101 rang", "101", "101", "ann missed", "missed"},
	},
	"field-features": {
		{"internal 101 Ann", "101 calling", "101", "", "ann to *97/ not answered", ""},
	},
	"field-five-digits": {
		{"incoming 23456 unknown", "101 rang", "101", "101", "ann missed", ""},
	},
	"field-fm_cell": {
		{ivan, "110 rang", "110", "", "answered", "answered "},
	},
	"field-fm_two_cells": {
		{ivan, "110 rang", "110", "110", "dan missed", "missed"},
	},
	"field-followme": {
		{ivan, "110 answered", "110", "", "dan answered", "answered Dan"},
	},
	"field-forward302_mobile": {
		{ivan, "101 rang", "101", "", "answered", "answered "},
	},
	"field-gateway701": {
		{ivan, "101 answered", "101", "", "ann answered", "answered Ann"},
	},
	"field-int_cf_mobile": {
		{"internal 101 Ann", "101 calling", "101", "", "ann to 103/ answered", ""},
	},
	"field-int_fm_mobile": {
		{"internal 101 Ann", "101 calling, 110 rang", "101 110", "", "ann to 110/ answered", ""},
	},
	"field-int_plain": {
		{"internal 101 Ann", "101 calling, 103 answered", "101 103", "", "ann to 103/cid answered", ""},
	},
	"field-int_twin": {
		{"internal 103 Cid", "101 rang, 103 calling, 99101 answered", "101 103", "", "cid to 99101/ann answered", ""},
	},
	"field-numname": {
		{"incoming 79031112236 unknown", "101 answered", "101", "", "ann answered", ""},
	},
	"field-out": {
		{out, "101 calling", "101", "", "ann answered", ""},
	},
	"field-out_no": {
		{out, "101 calling", "101", "", "ann not answered", ""},
	},
	"field-q_announce": {
		{ivan, "101 answered, 102 rang", "101 102", "", "ann answered", "answered Ann"},
	},
	"field-q_announce_no": {
		{ivan, "101 rang, 102 rang", "101 102", "101 102", "ann missed", "missed"},
	},
	"field-q_answer": {
		{ivan, "101 rang, 102 answered, 99101 rang", "101 102", "", "bob answered", "answered Bob"},
	},
	"field-q_confirm": {
		{ivan, "101 answered, 102 rang", "101 102", "", "ann answered", "answered Ann"},
	},
	"field-q_confirm_no": {
		{ivan, "101 rang, 102 rang", "101 102", "101 102", "bob missed", "missed"},
	},
	"field-rg_confirm_agent": {
		{ivan, "101 answered, 102 rang", "101 102", "", "ann answered", "answered Ann"},
	},
	"field-rg_confirm_cell": {
		{ivan, "101 rang, 102 rang", "101 102", "", "answered", "answered "},
	},
	"field-rg_confirm_cellno": {
		{ivan, "101 rang, 102 rang", "101 102", "101 102", "ann missed", "missed"},
	},
	"field-rg_confirm_declined": {
		{ivan, "101 rang, 102 rang", "101 102", "101 102", "ann missed", "missed"},
	},
	"field-screening": {
		{ivan, "101 answered", "101", "", "ann answered", "answered Ann"},
	},
	"field-screening_refused": {
		{ivan, "101 rang", "101", "101", "ann missed", "missed"},
	},
	"field-sixdigits": {
		{ivan, "101 answered, 99101 rang", "101", "", "ann answered", "answered Ann"},
	},
	"field-spoof": {
		{"incoming 103 unknown \"Boss\"", "101 rang", "101", "101", "ann missed", ""},
	},
	"field-spy": {
		{ivan, "101 answered, 99101 rang", "101", "", "ann answered", "answered Ann"},
		{"internal 103 Cid", "103 calling", "103", "", "cid to 555/ not answered", ""},
	},
	"field-twin": {
		{ivan, "101 rang, 99101 answered", "101", "", "ann answered", "answered Ann"},
	},
	"office-atx_mobile": {
		{ivan, "101 answered", "101", "", "ann answered", "answered Ann"},
	},
	"office-blind_mobile": {
		{ivan, "101 answered", "101", "", "ann answered", "answered Ann"},
	},
	"office-busy": {
		{ivan, "101 rang", "101", "101", "ann missed", "missed"},
	},
	"office-call_waiting": {
		{ivan, "101 answered", "101", "", "ann answered", "answered Ann"},
		{"incoming 79169999999 unknown", "101 rang", "101", "101", "ann missed", ""},
	},
	"office-caller_112": {
		{"incoming 112 unknown", "101 answered", "101", "", "ann answered", ""},
	},
	"office-caller_letters": {
		{"incoming alice unknown", "101 answered", "101", "", "ann answered", ""},
	},
	"office-caller_own": {
		{"incoming 101 unknown", "101 answered", "101", "", "ann answered", ""},
	},
	"office-conference": {
		{"incoming 79161234567", "", "", "", "answered", "answered "},
		{"internal 101 Ann", "101 calling", "101", "", "ann to 900/ answered", ""},
	},
	"office-forward_colleague": {
		{ivan, "102 answered", "102", "", "bob answered", "answered Bob"},
	},
	"office-in_anonymous": {
		{ivan, "101 answered", "101", "", "ann answered", "answered Ann"},
	},
	"office-in_dahdi_fxo": {
		{"incoming 79161234567", "", "", "", "ann answered", "answered Ann"},
	},
	"office-in_dahdi_pri": {
		{ivan, "101 answered", "101", "", "ann answered", "answered Ann"},
	},
	"office-in_iax700": {
		{ivan, "101 answered", "101", "", "ann answered", "answered Ann"},
	},
	"office-int_group": {
		{"internal 101 Ann", "101 calling, 102 answered, 103 rang", "101 102 103", "", "ann to 102/bob answered", ""},
	},
	"office-int_missed": {
		{"internal 101 Ann", "101 calling, 102 rang", "101 102", "102", "ann to 102/bob missed", ""},
	},
	"office-int_voicemail": {
		{"internal 101 Ann", "101 calling, 102 rang", "101 102", "102", "ann to 102/bob missed", ""},
	},
	"office-intercom": {
		{"internal 101 Ann", "101 calling, 102 answered", "101 102", "", "ann to 102/bob answered", ""},
	},
	"office-ivr_only": {
		{"incoming 79161234567", "", "", "", "missed", "missed"},
	},
	"office-ivr_queue": {
		{"incoming 79161234567", "", "", "", "bob answered", "answered Bob"},
	},
	"office-out_blind": {
		{out, "101 calling, 102 answered", "101 102", "", "ann answered", ""},
	},
	"office-out_dahdi_fxo": {
		{out, "101 calling", "101", "", "ann answered", ""},
	},
	"office-out_dahdi_pri": {
		{out, "101 calling", "101", "", "ann answered", ""},
	},
	"office-out_dongle": {
		{out, "101 calling", "101", "", "ann answered", ""},
	},
	"office-out_sip701": {
		{out, "101 calling", "101", "", "ann answered", ""},
	},
	"office-out_trunk1000": {
		{out, "101 calling", "101", "", "ann answered", ""},
	},
	"office-paging": {
		{
			"internal 101 Ann", "101 calling, 102 answered, 103 answered", "101 102 103", "",
			"ann to 102/bob answered", "",
		},
	},
	"office-queue_again": {
		{ivan, "101 rang, 102 answered", "101 102", "", "bob answered", "answered Bob"},
	},
	"office-queue_mobile": {
		{ivan, "101 rang", "101", "", "answered", "answered "},
	},
	"office-trunk1000": {
		{ivan, "101 answered", "101", "", "ann answered", "answered Ann"},
	},
	"office-two_queues": {
		{ivan, "101 rang, 102 rang", "101 102", "101 102", "ann missed", "missed"},
	},
	"office-voicemail": {
		{ivan, "101 rang", "101", "101", "ann missed", "missed"},
	},
}

func (s *story) office(lines string) {
	s.t.Helper()
	_, rest, _ := strings.Cut(s.yaml, `password: "$argon`)
	hash, _, _ := strings.Cut(rest, `"`)
	head, _, _ := strings.Cut(s.yaml, "agents:")
	s.yaml = head + fmt.Sprintf(office, "$argon"+hash, lines)
	text := customers + "cust;Ivan Customer;c@acme.example;ACME;79161234567;\n"
	if err := os.WriteFile(s.dir+"/customers.csv", []byte(text), 0o600); err != nil {
		s.t.Fatal(err)
	}
	s.pbx.Set("AMPUSER", "1105/device", "105")
	s.pbx.Set("DEVICE", "105/user", "1105")
}

// recording returns the events of a recording.
func recording(t *testing.T, name string) [][]byte {
	t.Helper()
	text, err := os.ReadFile("../calls/testdata/traces/" + name + ".txt")
	if err != nil {
		t.Fatal(err)
	}
	return bytes.SplitAfter(text, []byte("\n\n"))
}

func (s *story) play(messages [][]byte) {
	s.t.Helper()
	if err := s.pbx.Play(s.t.Context(), bytes.NewReader(bytes.Join(messages, nil)), 0); err != nil {
		s.t.Fatal(err)
	}
}

func parties(c protocol.Call) string {
	var all []string
	for _, leg := range c.Legs {
		did := " rang"
		switch {
		case leg.Calling:
			did = " calling"
		case !leg.Answered.IsZero():
			did = " answered"
		}
		all = append(all, leg.Extension+did)
	}
	slices.Sort(all)
	return strings.Join(all, ", ")
}

func title(c protocol.Call) string {
	who := []string{string(c.Caller.Status)}
	if c.Name != "" {
		who = append(who, fmt.Sprintf("%q", c.Name))
	}
	if len(c.Caller.Customers) > 0 {
		who = []string{c.Caller.Customers[0].Name}
	}
	return strings.Join(slices.DeleteFunc(append([]string{string(c.Direction), c.Number}, who...), func(s string) bool {
		return s == ""
	}), " ")
}

// recordOf describes a line of `cdr export`.
func recordOf(line map[string]string) string {
	out := []string{line["agent"]}
	if line["callee"] != "" {
		out = append(out, "to", line["callee"]+"/"+line["callee_agent"])
	}
	switch {
	case line["missed"] == "true":
		out = append(out, "missed")
	case line["answered"] != "":
		out = append(out, "answered")
	default:
		out = append(out, "not answered")
	}
	return strings.TrimSpace(strings.Join(out, " "))
}

// watch reads the hub's messages until every call has ended and been looked up and the records are
// final, and returns the calls in the order in which they began.
func (s *story) watch(desks map[string]*testTerminal) []recorded {
	s.t.Helper()
	calls, shown, missed := map[string]protocol.Call{}, map[string][]string{}, map[string][]string{}
	var lines []map[string]string
	settled := false
	for late := time.Now().Add(patience); ; {
		lines = s.export()
		final := !slices.ContainsFunc(lines, func(l map[string]string) bool { return l["state"] != "final" })
		for _, phone := range officePhones {
			for c := range desks[phone].pending() {
				if calls[c.ID] = c; !slices.Contains(shown[c.ID], phone) {
					shown[c.ID] = append(shown[c.ID], phone)
				}
				if c.State == protocol.Ended && c.Missed && !slices.Contains(missed[c.ID], phone) {
					missed[c.ID] = append(missed[c.ID], phone)
				}
			}
		}
		for _, l := range lines {
			c, ok := calls[l["call"]]
			final = final && (!ok || c.State == protocol.Ended && c.Caller.Status != protocol.Looking)
		}
		if final && len(lines) > 0 {
			if settled {
				break
			}
			settled = true // the last messages may still be on their way
		}
		if time.Now().After(late) {
			s.t.Fatalf("not final: %v %v", lines, calls)
		}
		pause(s.t.Context(), 20*time.Millisecond)
	}
	slices.SortFunc(lines, func(a, b map[string]string) int { return strings.Compare(a["call"], b["call"]) })
	var all []recorded
	for _, l := range lines {
		c, id := calls[l["call"]], l["call"]
		if c.ID == "" { // no agent sees it
			c.Direction, c.Number = protocol.Direction(l["direction"]), l["number"]
		}
		for _, phone := range officePhones {
			if slices.Contains(missed[id], phone) != slices.Contains(desks[phone].missed(), id) {
				s.t.Errorf("%s: missed on the card of %s: %v, in the list: %v", id, phone, missed[id],
					desks[phone].missed())
			}
		}
		all = append(all, recorded{
			Call: title(c), Parties: parties(c), Shown: sorted(shown[id]), Missed: sorted(missed[id]),
			Record: recordOf(l),
		})
	}
	return all
}

func sorted(phones []string) string {
	return strings.Join(slices.Sorted(slices.Values(phones)), " ")
}

// pending returns the calls that have come and have not been read.
func (x *testTerminal) pending() func(func(protocol.Call) bool) {
	return func(yield func(protocol.Call) bool) {
		for _, c := range x.opened.Calls {
			if !yield(c) {
				return
			}
		}
		x.opened.Calls = nil
		for {
			select {
			case m, ok := <-x.messages:
				var c protocol.Call
				if !ok || m.Name == protocol.CallEvent && (m.Decode(&c) != nil || !yield(c)) {
					return
				}
			default:
				return
			}
		}
	}
}

// missed returns the ids of the missed calls in the agent's list.
func (x *testTerminal) missed() (ids []string) {
	x.t.Helper()
	x.do(protocol.HistoryList, protocol.ListHistory{Missed: true})
	var h protocol.History
	if err := x.await(protocol.HistoryAnswer).Decode(&h); err != nil {
		x.t.Fatal(err)
	}
	for _, c := range h.Calls {
		ids = append(ids, c.ID)
		open := c.Direction == protocol.Incoming && c.Number != "" && c.CalledBack == nil
		if open != (c.FollowUp != nil && c.FollowUp.State == protocol.FollowUpOpen) {
			x.t.Errorf("%s %s from %q: follow-up %+v", c.ID, c.Direction, c.Number, c.FollowUp)
		}
	}
	return ids
}

func (s *story) desks() map[string]*testTerminal {
	desks := map[string]*testTerminal{}
	for _, phone := range officePhones {
		desks[phone] = s.signIn(phone)
	}
	return desks
}

// last calls 103 from a number and returns the card's "last call".
func (s *story) last(desk *testTerminal, number string) string {
	s.t.Helper()
	text := bytes.Join(recording(s.t, "field-early"), nil)
	text = []byte(strings.NewReplacer("PJSIP/101", "PJSIP/103", "79161234567", number, "1700000000", "2000000000").
		Replace(string(text)))
	s.play([][]byte{text})
	c := desk.sees("the last call", func(c protocol.Call) bool {
		return strings.Contains(c.ID, ":2000000000") && c.Previous != nil
	})
	if c.Previous.Missed {
		return "missed"
	}
	return "answered " + c.Previous.Agent
}

// Recordings of PBXs in FreePBX's shape, through the whole hub: what agents see at the end, what
// they missed, what is recorded, and the last call on the next card.
func TestRecordingsOfAnOffice(t *testing.T) {
	for name, want := range officeCalls {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := tell(t)
			s.office(officeLines)
			s.start()
			s.working()
			desks := s.desks()
			s.play(recording(t, name))
			got := s.watch(desks)
			for i := range got {
				if number := strings.Fields(got[i].Call)[1]; strings.HasPrefix(number, "79161") {
					got[i].Last = s.last(desks["103"], number)
					break
				}
			}
			if d := cmp.Diff(want, got); d != "" {
				t.Errorf("(-want +got)\n%s", d)
			}
			if listed := s.numbers(); strings.Contains(listed, "extensions: [") {
				t.Errorf("unknown endpoints:\n%s", listed)
			}
		})
	}
}

// The hub starts while a call is in progress.
func TestStartInTheMiddleOfRecordings(t *testing.T) {
	for _, name := range []string{
		"field-c2c_n", "field-c2c_direct", "field-c2c_optimized", "field-c2c_colleague", "field-c2c_customer_first",
		"field-c2c_twin", "field-out", "field-sixdigits", "field-int_plain", "field-q_answer",
		"field-rg_confirm_agent", "field-rg_confirm_cell", "field-twin", "field-device_user", "field-gateway701",
		"field-spoof", "office-out_sip701", "office-out_trunk1000", "office-paging", "office-out_dongle",
	} {
		messages := recording(t, name)
		for _, percent := range []int{20, 45, 60} {
			t.Run(fmt.Sprintf("%s/%d", name, percent), func(t *testing.T) {
				t.Parallel()
				s := tell(t)
				s.office(officeLines)
				cut := len(messages) * percent / 100
				s.play(messages[:cut])
				s.start()
				s.working()
				desks := s.desks()
				s.play(messages[cut:])
				want, got := slices.Clone(officeCalls[name]), s.watch(desks)
				for _, calls := range [][]recorded{want, got} {
					for i := range calls {
						calls[i].Parties, calls[i].Last = "", "" // phones that no longer ring are unknown
					}
				}
				if d := cmp.Diff(want, got); d != "" {
					t.Errorf("(-want +got)\n%s", d)
				}
			})
		}
	}
}
