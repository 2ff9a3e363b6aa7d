package staff

import (
	"reflect"
	"testing"

	"traybell/shared/protocol"
)

var (
	anna = Agent{
		Login: "anna", Name: "Anna Petrova", Extensions: []string{"101", "200"},
		Rights: []protocol.Right{protocol.RightTicket},
	}
	boris = Agent{Login: "boris", Name: "Boris", Extensions: []string{"200"}}
)

func TestStaff(t *testing.T) {
	s := New([]Agent{boris, anna})
	if got := s.Agents(); !reflect.DeepEqual(got, []Agent{boris, anna}) {
		t.Errorf("agents: %+v", got)
	}
	if got := s.Logins(); !reflect.DeepEqual(got, []string{"boris", "anna"}) {
		t.Errorf("logins: %q", got)
	}
	for extension, want := range map[string][]Agent{"101": {anna}, "200": {boris, anna}, "999": nil, "": nil} {
		if got := s.At(extension); !reflect.DeepEqual(got, want) {
			t.Errorf("at %q: %+v", extension, got)
		}
	}
	if a, ok := s.Agent("anna"); !ok || !reflect.DeepEqual(a, anna) {
		t.Errorf("anna: %+v, %v", a, ok)
	}
	if a, ok := s.Agent("vera"); ok || !reflect.DeepEqual(a, Agent{}) {
		t.Errorf("an unknown login: %+v, %v", a, ok)
	}
	if s.Name("anna") != "Anna Petrova" || s.Name("vera") != "vera" {
		t.Errorf("names: %q, %q", s.Name("anna"), s.Name("vera"))
	}
}

func TestNoAgents(t *testing.T) {
	s := New(nil)
	if len(s.Agents()) != 0 || len(s.Logins()) != 0 || s.At("101") != nil {
		t.Error("a staff without agents has some")
	}
}

func TestMay(t *testing.T) {
	if !anna.May(protocol.RightTicket) || anna.May(protocol.RightBlock) || boris.May(protocol.RightTicket) {
		t.Error("an agent has exactly the rights of hub.yml")
	}
}

func TestSharing(t *testing.T) {
	vera := Agent{Login: "vera", Extensions: []string{"200"}}
	s := New([]Agent{boris, anna, vera})
	for name, test := range map[string]struct {
		extension, took string
		phones          map[string][]string
		want            []Agent
	}{
		"one agent":         {"101", "vera", map[string][]string{"vera": {"200"}}, []Agent{anna}},
		"none":              {"999", "", nil, nil},
		"who took the call": {"200", "vera", map[string][]string{"anna": {"200"}}, []Agent{vera}},
		"signed in with it": {"200", "", map[string][]string{"anna": {"200"}, "boris": {"300"}}, []Agent{anna}},
		"signed in with another": {
			"200", "", map[string][]string{"anna": {"101"}, "vera": {"300"}}, []Agent{anna, vera},
		},
		"not signed in": {"200", "", nil, []Agent{boris, anna, vera}},
	} {
		phones := func(login string) []string { return test.phones[login] }
		if got := s.Sharing(test.extension, test.took, phones); !reflect.DeepEqual(got, test.want) {
			t.Errorf("%s: %+v", name, got)
		}
	}
}
