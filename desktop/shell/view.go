package shell

import (
	"cmp"
	"net"
	"slices"
	"strconv"
	"strings"

	"traybell/assets/icons"
	"traybell/desktop/model"
	"traybell/desktop/ui"
	"traybell/shared/protocol"
)

// view derives the content of tray and windows from the state.
type view struct {
	*state
}

func (v view) tray() ui.State {
	return ui.State{
		Picture: v.picture(), Tooltip: v.tooltip(), Quiet: v.preferences.Own().Quiet, Missed: v.missed.Count(),
	}
}

func (v view) picture() icons.State {
	talking, ringing := v.terminal.InCall()
	switch {
	case !v.session.Working():
		return icons.NoConnection
	case ringing:
		return icons.Ringing
	case talking:
		return icons.Talking
	case v.terminal.DownPBX() != "":
		return icons.Warning
	}
	return icons.Connected
}

// tooltip is the state in a sentence.
func (v view) tooltip() string {
	if v.session.Undecided() || !v.session.Working() {
		return v.session.Why()
	}
	talking, ringing := v.terminal.InCall()
	switch {
	case ringing:
		return v.texts.Count("state.ringing", v.ringing())
	case talking:
		return v.texts.Say("state.talking")
	}
	if pbx := v.terminal.DownPBX(); pbx != "" {
		return v.texts.SayWith("state.pbx_down", map[string]any{"PBX": pbx})
	}
	name := cmp.Or(v.terminal.Agent().Name, v.merged().Extension)
	return v.texts.SayWith("state.connected", map[string]any{"Name": name})
}

// ringing counts the calls that ring at this agent.
func (v view) ringing() int {
	n := 0
	for _, c := range v.terminal.Cards() {
		if c.Mine == protocol.Ringing {
			n++
		}
	}
	return max(n, 1)
}

func (v view) about(version, log string) ui.About {
	in := v.merged()
	a := ui.About{
		Version: version, Hub: v.terminal.Hub(), Connection: v.tooltip(), PBXs: v.terminal.PBXs(),
		Certificate: ui.Fingerprint(in.Pin), Popups: v.popups.Method(), Settings: v.preferences.Path(), Log: log,
	}
	if v.session.Working() && !v.session.Undecided() {
		a.Connection = v.texts.SayWith("about.connected", map[string]any{
			"Server": net.JoinHostPort(in.Server, strconv.Itoa(in.Port)), "Extension": in.Extension,
		})
	}
	if agent := v.terminal.Agent(); agent.Login != "" {
		a.Agent = agent.Name + " (" + agent.Login + ")"
	}
	return a
}

// calls returns the current calls, unless a search is active, and the earlier ones.
func (v view) calls() ui.CallList {
	page := v.earlier.Page()
	list := ui.CallList{
		Live: map[string]bool{}, Told: map[string]string{}, Elsewhere: map[string]string{}, Missed: v.missed.Count(),
		More: page.More, Loading: page.Loading, Failure: page.Failure, Look: v.popups.Look(),
	}
	for _, c := range v.terminal.Cards() {
		if c.Call.ID == "" || c.Kind == model.Warn {
			continue
		}
		list.Live[c.Call.ID] = v.terminal.May(protocol.RightTicket)
		if result := v.result(c.Press); result != "" {
			list.Told[c.Call.ID] = result
		}
		if page.All {
			list.Calls = append(list.Calls, c.Call)
		}
	}
	for _, c := range page.Calls {
		if !slices.ContainsFunc(list.Calls, func(now protocol.Call) bool { return now.ID == c.ID }) {
			list.Calls = append(list.Calls, c)
		}
	}
	slices.SortStableFunc(list.Calls, func(a, b protocol.Call) int { return b.Started.Compare(a.Started) })
	in := v.merged()
	for i := range list.Calls {
		c := &list.Calls[i]
		if who := v.terminal.Elsewhere(*c); who != "" {
			list.Elsewhere[c.ID] = who
		}
		c.Links = in.Links(*c, only(c.Caller.Customers))
	}
	return list
}

// result is the result of a press that has no ticket yet.
func (v view) result(p model.Press) string {
	switch p.State {
	case model.Pressed:
		return v.texts.Say("card.making")
	case model.Queued:
		return v.texts.Say("card.queued")
	case model.Failed:
		return v.texts.Say("card.failed") + " " + p.Reason
	}
	return ""
}

func (v view) caller(call protocol.Call) ui.Caller {
	in := ui.Caller{
		Number: cmp.Or(call.Display, call.Number), Category: call.Caller.Category, Look: v.popups.Look(),
		Blocked: call.Caller.Blocked,
		MayNote: v.terminal.May(protocol.RightCategory), MayBlock: v.terminal.May(protocol.RightBlock),
	}
	if c := only(call.Caller.Customers); c != nil {
		in.Who = cmp.Or(c.Name, c.Login)
		if c.Company != "" {
			in.Who += " — " + c.Company
		}
	}
	for _, p := range v.terminal.PBXs() {
		in.PBXs = append(in.PBXs, p.ID)
	}
	return in
}

// withoutDisplay is the text of About without a display.
func (v view) withoutDisplay(version, log string) string {
	a := v.about(version, log)
	return strings.Join([]string{
		v.texts.SayWith("notice.no_display_why", map[string]any{"File": a.Settings}),
		v.texts.Say("about.connection") + ": " + a.Connection,
		v.texts.Say("about.version") + ": " + cmp.Or(a.Version, v.texts.Say("about.none")),
		v.texts.Say("about.popups") + ": " + a.Popups,
		v.texts.Say("about.log") + ": " + a.Log,
	}, "\n")
}
