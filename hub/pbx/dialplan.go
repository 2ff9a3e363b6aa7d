package pbx

import (
	"context"
	"fmt"
	"slices"

	"traybell/hub/ami"
	"traybell/hub/ami/wire"
)

// Extension is an extension of the PBX's dialplan that hub.yml needs.
type Extension struct {
	Context, Exten string
	Need           string // what for, such as "recorded announcements"
	Remedy         string // how it gets there: a sentence without a full stop
}

// CopyDialplan is the Remedy for what is in the folder packaging/asterisk.
const CopyDialplan = "Copy /usr/share/traybell-hub/asterisk to /etc/asterisk/traybell on the PBX, and include " +
	"traybell/plain.conf in extensions.conf, or traybell/freepbx.conf in extensions_custom.conf on FreePBX"

// setting names the extension among the rights.
func (e Extension) setting() string { return "dialplan show " + e.Exten + "@" + e.Context }

// RightDialplan is the setting without which the hub cannot see what is in the dialplan.
const RightDialplan = "write = call or reporting"

// installed says for each extension whether the dialplan has it.
func installed(ctx context.Context, s *ami.Session, wanted []Extension, may func(action string) bool) []Right {
	var found []Right
	for _, e := range wanted {
		r := Right{
			Need:    fmt.Sprintf("%s in the dialplan, %s,%s", e.Need, e.Context, e.Exten),
			Setting: e.setting(),
		}
		exists := "0"
		var err error
		if may("Getvar") {
			var reply wire.Message
			reply, err = s.Do(ctx, wire.NewAction("Getvar").
				With("Variable", "DIALPLAN_EXISTS("+e.Context+","+e.Exten+",1)"))
			exists = reply.Get("Value")
		}
		switch {
		case !may("Getvar"):
			r.Verdict = Unknown
			r.Text = fmt.Sprintf("%s: unknown. To look, the manager user needs %q in manager.conf", r.Need,
				RightDialplan)
		case err != nil:
			r.Verdict, r.Text = Unknown, fmt.Sprintf("%s: unknown, the PBX does not say: %v", r.Need, err)
		case exists == "1":
			r.Verdict, r.Text = Granted, r.Need+": there"
		default:
			r.Verdict, r.Text = Missing, fmt.Sprintf("%s: not there. %s", r.Need, e.Remedy)
		}
		found = append(found, r)
	}
	return found
}

// Dialplan says whether the dialplan had an extension when the hub looked last; the zero Right: it has
// not looked.
func (c Capabilities) Dialplan(e Extension) Right {
	for _, r := range c.Rights {
		if r.Setting == e.setting() {
			return r
		}
	}
	return Right{}
}

// lacks reports whether an extension of the dialplan is missing.
func (c Capabilities) lacks(wanted []Extension) bool {
	return slices.ContainsFunc(wanted, func(e Extension) bool { return c.Dialplan(e).Verdict == Missing })
}
