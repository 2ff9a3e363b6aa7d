package compile

import (
	"traybell/hub/config"
	"traybell/hub/dialplan"
	"traybell/shared/phone"
)

// DialRules converts the key dial.
func DialRules(d config.Dial) dialplan.Rules {
	r := dialplan.Rules{
		Context: d.Context, Phone: d.Phone, AutoAnswer: d.AutoAnswer, Ring: d.Ring, Form: phone.Form(d.Form),
		Prefix: d.Prefix, Emergency: d.Emergency,
	}
	for _, allowed := range d.Allow {
		r.Allow = append(r.Allow, dialplan.Allowed{Numbers: allowed.Numbers, Teams: allowed.Teams})
	}
	for _, l := range d.Lines {
		r.Lines = append(r.Lines, dialplan.Line{
			Name: l.Name, CallerID: l.CallerID, Prefix: l.Prefix, Form: phone.Form(l.Form), Teams: l.Teams,
		})
	}
	return r
}
