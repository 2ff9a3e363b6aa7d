package shell

import (
	"cmp"
	"net"
	"slices"
	"strconv"
	"strings"

	"traybell/assets/icons"
	"traybell/desktop/model"
	"traybell/desktop/shell/queues"
	"traybell/desktop/ui"
	"traybell/desktop/ui/wording"
	"traybell/shared/protocol"
)

// view derives the content of tray and windows from the state.
type view struct {
	*state
}

func (v view) tray() ui.State {
	return ui.State{
		Picture: v.picture(), Tooltip: v.tooltip(), Quiet: v.preferences.Own().Quiet, Missed: v.missed.Count(),
		Newer: v.updating.Menu(), Queues: queues.Items(v.texts, v.terminal.Queues.List()), Duty: v.duty.Menu(),
		Announcement: v.announced.Menu(), Mobile: v.mobile.Item(),
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
		return v.texts.Count("state.ringing", max(model.Ringing(v.terminal.Cards()), 1))
	case talking:
		return v.texts.Say("state.talking")
	}
	if pbx := v.terminal.DownPBX(); pbx != "" {
		return v.texts.SayWith("state.pbx_down", map[string]any{"PBX": pbx})
	}
	name := cmp.Or(v.terminal.Agent().Name, v.merged().Extension)
	return v.texts.SayWith("state.connected", map[string]any{"Name": name})
}

func (v view) about(version, log string) ui.About {
	in := v.merged()
	a := ui.About{
		Version: version, Hub: v.terminal.Hub(), Connection: v.tooltip(), PBXs: v.terminal.PBXs(),
		Certificate: wording.Fingerprint(in.Pin), Popups: v.popups.Method(), Settings: v.preferences.Path(), Log: log,
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
	mayTicket := v.terminal.May(protocol.RightTicket)
	list := ui.CallList{
		Live: map[string]bool{}, Told: map[string]string{}, Elsewhere: map[string]string{}, Why: v.diagnosis.Why,
		Noted: map[string]ui.Noted{}, Missed: v.missed.Count(), Login: v.terminal.Agent().Login,
		MayDial: v.dialling.May(), MayShow: v.terminal.May(protocol.RightNumbers), More: page.More,
		Loading: page.Loading, Failure: page.Failure, Look: v.popups.Look(),
	}
	for _, c := range v.terminal.Calls() {
		list.Live[c.ID] = mayTicket
		if page.All {
			list.Calls = append(list.Calls, c)
		}
	}
	for _, c := range page.Calls {
		if !slices.ContainsFunc(list.Calls, func(now protocol.Call) bool { return now.ID == c.ID }) {
			list.Calls = append(list.Calls, c)
		}
	}
	slices.SortFunc(list.Calls, func(a, b protocol.Call) int {
		return cmp.Or(b.Started.Compare(a.Started), strings.Compare(b.ID, a.ID))
	})
	in := v.merged()
	for i := range list.Calls {
		c := &list.Calls[i]
		switch who, elsewhere := v.terminal.Elsewhere(*c); {
		case elsewhere && who == "":
			list.Elsewhere[c.ID] = v.texts.Say("calls.outside")
		case elsewhere:
			list.Elsewhere[c.ID] = v.texts.SayWith("calls.elsewhere", map[string]any{"Who": who})
		}
		*c = v.terminal.Seen(*c)
		c.Links = in.Links(*c, model.Only(c.Caller.Customers))
		press := v.terminal.Pressed(c.ID)
		if press.State == model.Made && c.Ticket == nil {
			c.Ticket = &press.Ticket
		}
		if told := cmp.Or(v.result(press), v.earlier.Refused(c.ID)); told != "" {
			list.Told[c.ID] = told
		}
		if v.terminal.Notes.Longest() > 0 && mayTicket {
			list.Live[c.ID] = true
			list.Noted[c.ID] = v.noted(*c)
		}
	}
	return list
}

// noted is the note for the ticket of a call.
func (v view) noted(c protocol.Call) ui.Noted {
	n := ui.Noted{Note: v.terminal.Notes.Of(c.ID), Ticket: v.terminal.Pressed(c.ID).State}
	if c.Ticket != nil {
		n.Ticket = model.Made
	}
	return n
}

func (v view) note(call string) (in ui.NoteContent, ok bool) {
	c, ok := v.call(call)
	if !ok || v.terminal.Notes.Longest() == 0 {
		return ui.NoteContent{}, false
	}
	n := v.noted(c)
	in = ui.NoteContent{Who: wording.Number(v.texts, c.Display, c.Number, v.texts.Say("calls.withheld")), Note: n.Note}
	in.Ticket = n.Ticket
	if one := model.Only(c.Caller.Customers); one != nil {
		in.Who = cmp.Or(one.Name, one.Login)
	}
	return in, true
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
		Number: wording.Number(v.texts, call.Display, call.Number), Category: call.Caller.Category,
		Look:    v.popups.Look(),
		Blocked: call.Caller.Blocked,
		MayNote: v.terminal.May(protocol.RightCategory), MayBlock: v.terminal.May(protocol.RightBlock),
	}
	if c := model.Only(call.Caller.Customers); c != nil {
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
