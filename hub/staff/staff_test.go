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
