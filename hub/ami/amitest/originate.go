package amitest

import (
	"cmp"
	"fmt"
	"strings"
)

// originate calls a phone through a Local channel, as Originate does with Local/101@from-internal
// and an application. It rings until the connection or the PBX ends.
func (r request) originate() {
	p, m := r.pbx, r.message
	if m.Get("Exten") != "" || strings.HasPrefix(m.Get("Channel"), "PJSIP/") {
		steering{r}.ring()
		return
	}
	dialled, ok := strings.CutPrefix(m.Get("Channel"), "Local/")
	extension, context, found := strings.Cut(dialled, "@")
	if !ok || !found || m.Get("Application") == "" {
		r.refuse("Channel must be Local/<extension>@<context>, with an Application")
		return
	}
	r.reply("Success", "Message", "Originate successfully queued")
	to := p.channel(extension, extension)
	linked := cmp.Or(m.Get("ChannelId"), to.Uniqueid+"-local")
	half := func(n int, id string) *leg {
		return &leg{snapshot: snapshot{
			Name: fmt.Sprintf("Local/%s-%08x;%d", dialled, p.names, n), Uniqueid: id, Linkedid: linked,
			Context: context, Exten: extension, Priority: "1", CallerNum: m.Get("CallerID"),
		}}
	}
	first, second := half(1, linked), half(2, cmp.Or(m.Get("OtherChannelId"), linked+"-2"))
	second.State = stateRing
	to.Linkedid, to.CallerNum, to.Context, to.Exten = linked, extension, context, "s"
	p.emit(first.about("Newchannel"), second.about("Newchannel"))
	p.emit(with(Event{Name: "DialBegin", Class: "call", Fields: first.fields("Dest")}, "DialString", dialled))
	p.emit(to.about("Newchannel"))
	(&Call{p: p, from: second}).begin(to, extension)
	to.State = stateRinging
	p.emit(to.about("Newstate"))
}
