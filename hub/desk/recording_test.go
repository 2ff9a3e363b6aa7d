package desk

import (
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"traybell/hub/ami/wire"
	"traybell/hub/calls"
	"traybell/hub/cdr"
	"traybell/hub/staff"
	"traybell/shared/protocol"
)

// plays feeds a recording of hub/calls to the desk, and returns the record of its last call.
func (o *office) plays(f *fakeRecords, name string) (r cdr.Record) {
	o.t.Helper()
	text, err := os.ReadFile("../calls/testdata/traces/" + name + ".txt")
	if err != nil {
		o.t.Fatal(err)
	}
	tracker, began, id := calls.NewTracker("main", nil), time.Now(), ""
	for block := range strings.SplitSeq(strings.ReplaceAll(string(text), "\r\n", "\n"), "\n\n") {
		lines := strings.Split(strings.Trim(block, "\n"), "\n")
		seconds, err := strconv.ParseFloat(strings.TrimPrefix(lines[0], "@"), 64)
		if err != nil {
			continue
		}
		var fields []wire.Field
		for _, line := range lines[1:] {
			key, value, _ := strings.Cut(line, ": ")
			fields = append(fields, wire.Field{Key: key, Value: value})
		}
		at := began.Add(time.Duration(seconds * float64(time.Second)))
		for _, c := range tracker.Apply(wire.NewMessage(fields...), at) {
			o.change(c.Call)
			id = c.Call.ID
		}
	}
	return f.of(o.t, id)
}

// team are the agents of the recordings. Anna has a second phone, 99101.
var team = []staff.Agent{
	{Login: "anna", Name: "Anna Petrova", Extensions: []string{"101", "99101"}},
	boris, clara,
	{Login: "dora", Name: "Dora Weiss", Extensions: []string{"110"}},
}

// The agents that the records of recorded calls name, and those who see them in Calls.
func TestRecordsOfRecordings(t *testing.T) {
	for name, want := range map[string]string{
		// Only the phones of agents rang, and a mobile answered or did not.
		"field-rg_confirm_cellno":  "incoming 79161234567 missed 101 anna by  → ; anna boris",
		"field-rg_confirm_cell":    "incoming 79161234567 answered   by  → ; anna boris",
		"field-fm_cell":            "incoming 79161234567 answered   by  → ; dora",
		"field-forward302_mobile":  "incoming 79161234567 answered   by  → ; anna",
		"field-cf_mobile":          "incoming 79161234567 answered   by  → ; ",
		"field-rg_confirm_agent":   "incoming 79161234567 answered 101 anna by 101 → ; anna boris",
		"field-q_answer":           "incoming 79161234567 answered 102 boris by 102 → ; anna boris",
		"field-q_announce":         "incoming 79161234567 answered 101 anna by 101 → ; anna boris",
		"field-twin":               "incoming 79161234567 answered 99101 anna by 99101 → ; anna",
		"field-c2c_n":              "outgoing 89167778899 answered 101 anna by  → ; anna",
		"field-c2c_twin":           "outgoing 89167778899 answered 99101 anna by  → ; anna",
		"field-c2c_optimized":      "outgoing 89167778899 answered 101 anna by  → ; anna",
		"field-c2c_direct":         "outgoing 89167778899 answered 101 anna by  → ; anna",
		"field-c2c_customer_first": "outgoing 89167778899 answered 101 anna by 101 → ; anna",
		// Both sides of internal calls are named.
		"field-int_plain":     "internal 101 answered 101 anna by 103 → 103 clara; anna clara",
		"field-int_twin":      "internal 103 answered 103 clara by 99101 → 99101 anna; anna clara",
		"field-int_fm_mobile": "internal 101 answered 101 anna by  → 110; anna dora",
		"field-int_cf_mobile": "internal 101 answered 101 anna by  → 103; anna",
		"field-c2c_colleague": "internal 101 answered 101 anna by 103 → 103 clara; anna clara",
	} {
		t.Run(name, func(t *testing.T) {
			f := &fakeRecords{rows: map[string]cdr.Record{}}
			openWith(t, nil, func(s *setup) {
				s.Rules.Records, s.Rules.CDR = f, cdr.Rules{Grace: 2 * time.Minute}
				s.Agents = team
			}, func(o *office) {
				r := o.plays(f, name)
				state := "answered"
				if r.Answered.IsZero() {
					state = "missed"
				}
				got := strings.Join([]string{
					string(r.Direction), r.Number, state, r.Extension, r.Agent, "by", r.AnsweredBy, "→",
					strings.TrimSpace(r.Callee() + " " + r.CalleeAgent),
				}, " ") + "; " + strings.Join(strings.Fields(r.Told), " ")
				if got != want {
					t.Errorf("got  %s\nwant %s", got, want)
				}
			})
		})
	}
}

// The next card does not name an agent whose phone only rang as the one who talked.
func TestPreviousCallAnsweredOutside(t *testing.T) {
	f := &fakeRecords{rows: map[string]cdr.Record{}}
	openWith(t, nil, func(s *setup) {
		s.Rules.Records, s.Rules.CDR = f, cdr.Rules{Grace: 2 * time.Minute}
		s.Agents = team
	}, func(o *office) {
		o.plays(f, "field-fm_cell")
		next := from("main:9.9", "79161234567", leg("101", protocol.Ringing))
		next.Started = time.Now().Add(time.Hour)
		o.change(next)
		c, _ := o.last(next.ID)
		if c.Previous == nil || c.Previous.Missed || c.Previous.Agent != "" {
			t.Errorf("the previous call: %+v", c.Previous)
		}
	})
}

// Caller and callee have an internal call in their list, with the names of both.
func TestHistoryOfInternalCalls(t *testing.T) {
	f := &fakeRecords{rows: map[string]cdr.Record{}}
	openWith(t, nil, func(s *setup) {
		s.Rules.Records, s.Rules.CDR = f, cdr.Rules{Grace: 2 * time.Minute}
		s.Agents = team
	}, func(o *office) {
		o.plays(f, "field-int_plain")
		for _, a := range []staff.Agent{team[0], clara} {
			page := o.history(a, protocol.ListHistory{})
			want := []protocol.Leg{
				{Extension: "101", Agent: "Anna Petrova", Login: "anna", State: protocol.Ended, Calling: true},
				{Extension: "103", Agent: "Clara Lind", Login: "clara", State: protocol.Ended},
			}
			if len(page.Calls) != 1 || !slices.Equal(page.Calls[0].Legs, want) {
				t.Errorf("%s sees %+v", a.Login, page.Calls)
			}
		}
	})
}
