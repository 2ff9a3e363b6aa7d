package caller

import (
	"strings"

	"traybell/hub/calls"
	"traybell/hub/endpoint"
	"traybell/hub/staff"
	"traybell/shared/phone"
	"traybell/shared/protocol"
)

// Company has the phones of the company, as hub.yml names them.
type Company struct {
	Staff     *staff.Staff
	Endpoints map[string]*endpoint.Rules // by PBX
}

// Extension reports whether a number is an extension: an agent's, or that of another phone of a
// PBX.
func (c Company) Extension(number string) bool {
	if len(c.Staff.At(number)) > 0 {
		return true
	}
	for _, endpoints := range c.Endpoints {
		if endpoints.Extension(number) {
			return true
		}
	}
	return false
}

// Impostor reports whether a caller outside presents an extension of the company.
func (c Company) Impostor(direction protocol.Direction, number phone.Number) bool {
	return direction == protocol.Incoming && c.Extension(number.Local)
}

// Pretends reports whether a caller outside presents the name of an agent, or an extension as the
// name.
func (c Company) Pretends(direction protocol.Direction, name string, numbers *phone.Reader) bool {
	return direction == protocol.Incoming &&
		(c.Staff.Named(name) || c.Extension(numbers.Plain().Read(name).Local))
}

// Extension returns the extension that placed a call; empty if it is unknown or outside.
func Extension(c calls.Call) string {
	for _, leg := range c.Legs {
		if leg.Calling {
			return leg.Extension
		}
	}
	return ""
}

// Colleagues returns the agents whose phone placed an internal call: those at its endpoint, or else
// those with the number that it presents, if it is related: 101 of the browser's phone 99101. Any
// other number proves nothing: a gateway may be set up like a phone. at returns the agents at an
// extension.
func Colleagues(at func(extension string) []staff.Agent, endpoint, number string) (list []protocol.Customer) {
	agents := at(endpoint)
	if len(agents) == 0 && (strings.HasSuffix(endpoint, number) || strings.HasSuffix(number, endpoint)) {
		agents = at(number)
	}
	for _, a := range agents {
		list = append(list, protocol.Customer{Login: a.Login, Name: a.Name, Phone: number})
	}
	return list
}
