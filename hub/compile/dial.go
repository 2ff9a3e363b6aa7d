package compile

import (
	"fmt"

	"traybell/hub/config"
	"traybell/hub/config/document"
	"traybell/hub/dialplan"
	"traybell/shared/phone"
)

// checkDial warns of numbers that may be dialled, but are written in a form that never matches.
func checkDial(cfg *config.Config) {
	read, err := Reader(cfg)
	if err != nil {
		return
	}
	for i, allowed := range cfg.Dial.Allow {
		for j, number := range allowed.Numbers {
			if meant := dialplan.International(read, number); meant != "" {
				cfg.WarnIn(fmt.Sprintf("dial.allow[%d].numbers[%d]", i, j), 0, fmt.Sprintf(
					"%s allows no valid number: they are compared in international form; write %s",
					document.Quote(number), meant))
			}
		}
	}
}

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
