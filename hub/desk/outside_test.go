package desk

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"traybell/hub/calls"
	"traybell/hub/cdr"
	"traybell/hub/endpoint"
	"traybell/shared/protocol"
)

// A caller from a trunk is never a colleague, whatever number and name he presents.
func TestCallerOutsideIsNoColleague(t *testing.T) {
	for name, test := range map[string]struct {
		number, name string
		shown        string // the name
	}{
		"an agent's extension":          {"102", "Boss", "Boss"},
		"another extension in hub.yml":  {"205", "", ""},
		"with his name":                 {"102", "Boris Ivanov", ""},
		"with his name only":            {"84957654321", "Boris Ivanov", ""},
		"in other notation":             {"84957654321", " IVANOV,  boris (102)", ""},
		"in other letters":              {"84957654321", "Воris Iv\u200bаnov", ""},
		"with accents":                  {"84957654321", "Bóris Ｉvanov", ""},
		"with a blank that is a letter": {"84957654321", "Boris\u3164Ivanov", ""},
		"in Greek letters":              {"84957654321", "Bοris Ιvanοv", ""},
		"with a digit":                  {"84957654321", "B0ris 1vanov", ""},
		"in one word":                   {"84957654321", "BorisIvanov", ""},
		"his extension as the name":     {"84957654321", "102", ""},
		"in other digits":               {"84957654321", "１０\u200b２", ""},
		"a namesake":                    {"84957654321", "Boris Petrov", "Boris Petrov"},
	} {
		t.Run(name, func(t *testing.T) {
			records := &fakeRecords{rows: map[string]cdr.Record{}}
			openWith(t, nil, func(s *setup) {
				s.Rules.Records = records
				s.Rules.Endpoints = map[string]*endpoint.Rules{"main": endpoint.NewRules(nil, []string{"2xx"}, nil)}
			}, func(o *office) {
				o.found[""] = []protocol.Customer{{Login: "boss", Name: "Boss"}} // the directory has employees
				call := rings(test.number, leg("101", protocol.Ringing))
				call.Name = test.name
				o.change(call)
				got := o.card()
				if got.Caller.Status != protocol.Unknown || len(got.Caller.Customers) > 0 || got.Name != test.shown ||
					got.Number != test.number {
					t.Errorf("the agent sees %q %q, %+v", got.Number, got.Name, got.Caller)
				}
				time.Sleep(time.Minute)
				synctest.Wait()
				if r := records.rows["main:1.1"]; r.Customer+r.CustomerName != "" || r.Name != test.shown {
					t.Errorf("the record has %+v", r)
				}
			})
		})
	}
}

// Short numbers outside are looked up among customers.
func TestShortNumbersOfCustomers(t *testing.T) {
	for _, direction := range []protocol.Direction{protocol.Incoming, protocol.Outgoing} {
		open(t, nil, func(o *office) {
			o.found[""] = []protocol.Customer{{Login: "town", Name: "Town hall"}}
			call := rings("23456", leg("101", protocol.Ringing))
			call.Direction = direction
			o.change(call)
			if got := o.card().Caller; got.Status != protocol.Known || got.Customers[0].Login != "town" {
				t.Errorf("%s: %+v", direction, got)
			}
		})
	}
}

// A colleague is recognized by the phone that calls, also if it presents the company's number.
func TestColleague(t *testing.T) {
	calling := func(extension string) calls.Leg {
		l := leg(extension, protocol.Ringing)
		l.Calling = true
		return l
	}
	for name, test := range map[string]struct {
		number, extension, want string
	}{
		"his number":           {"102", "102", "Boris Ivanov"},
		"the company's number": {"74950000001", "102", "Boris Ivanov"},
		"another's number":     {"101", "102", "Boris Ivanov"},
		"a device of his":      {"102", "99102", "Boris Ivanov"},
		"no agent":             {"205", "205", ""},
		"a device of a user":   {"102", "02", "Boris Ivanov"},
		"another PBX":          {"102", "branch", ""},
		"a gateway":            {"102", "801", ""},
	} {
		open(t, nil, func(o *office) {
			call := rings(test.number, calling(test.extension), leg("101", protocol.Ringing))
			call.Direction = protocol.Internal
			o.change(call)
			got := o.card().Caller
			names := ""
			for _, c := range got.Customers {
				names += c.Name
			}
			if got.Status != protocol.OwnPhone || names != test.want {
				t.Errorf("%s: %+v", name, got)
			}
		})
	}
}

// The PBX corrects a wrong first guess within the call, with the same number.
func TestCorrectedSide(t *testing.T) {
	open(t, nil, func(o *office) {
		call := rings("102", leg("101", protocol.Ringing))
		call.Direction = protocol.Internal
		o.change(call)
		if got := o.card().Caller; got.Status != protocol.OwnPhone || len(got.Customers) != 1 {
			t.Errorf("guess: %+v", got)
		}
		call.Direction = protocol.Incoming
		o.change(call)
		if got := o.card().Caller; got.Status != protocol.Unknown || len(got.Customers) > 0 {
			t.Errorf("corrected: %+v", got)
		}
	})
}

func TestTraceOfImpostor(t *testing.T) {
	followed(t, nil, func(*setup) {}, func(o *office, f *fakeTraces) {
		call := rings("102", leg("101", protocol.Ringing))
		call.Name = "Boris Ivanov"
		rules := endpoint.NewRules([]string{"701"}, nil, nil)
		for _, name := range []string{"SIP/701-00000001", "SIP/101-00000002"} {
			of, _ := endpoint.Of(name)
			call.Channels = append(call.Channels, calls.Channel{
				Name: name, Verdict: rules.Judge(endpoint.Facts{Name: of}),
			})
		}
		o.change(call)
		o.change(call)
		_, story := f.story(t, call.ID)
		wantStory(t, story,
			"SIP/101 is taken for a phone of the company: no evidence; two to six digits look like an extension.",
			"SIP/701 is a trunk: hub.yml, trunks: 701.",
			"presents the extension 102: shown as unknown", `presents a colleague's name, "Boris Ivanov"`)
		if strings.Count(story, "SIP/701") != 1 {
			t.Errorf("traced twice:\n%s", story)
		}
	})
}

// A number is presented by callers outside, also by the last one in the records.
func TestPresentedFromOutside(t *testing.T) {
	records := &fakeRecords{rows: map[string]cdr.Record{
		"main:0.1": {
			CallID: "main:0.1", PBX: "main", State: cdr.Final, Direction: protocol.Incoming, Number: "23456",
			CID: "23456", Started: time.Unix(1, 0),
		},
		"main:0.2": {
			CallID: "main:0.2", PBX: "main", State: cdr.Final, Direction: protocol.Outgoing, Number: "112",
			CID: "101", Started: time.Unix(2, 0),
		},
	}}
	openWith(t, nil, func(s *setup) { s.Rules.Records = records }, func(o *office) {
		inside := rings("205", leg("101", protocol.Ringing))
		inside.Direction = protocol.Internal
		o.change(inside)
		outside := rings("54321", leg("101", protocol.Ringing))
		outside.ID = "main:1.2"
		o.change(outside)
		for number, want := range map[string]int{"23456": 1, "112": 0, "205": 0, "54321": 1} {
			if forms, err := o.Presented(o.ctx, number); err != nil || len(forms["main"]) != want {
				t.Errorf("%s: %v, %v", number, forms, err)
			}
		}
	})
}
