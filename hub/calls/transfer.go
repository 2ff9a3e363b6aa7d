package calls

import (
	"time"

	"traybell/hub/ami/wire"
)

// leaves notes why a channel will hang up; ch may be nil.
func (ch *channel) leaves(reason string) {
	if ch != nil {
		ch.reason = reason
	}
}

// attended is a transfer with consultation. From a phone the consultation is a separate call; with
// the DTMF code or AMI's Atxfer it is part of the same call. While the target still rings (DestType
// App, DestApp Dial), the caller takes the consultation's place in Dial.
func (t *Tracker) attended(m wire.Message) {
	if m.Get("Result") != transferWorked {
		return
	}
	first, second := m.Get("OrigTransfererUniqueid"), m.Get("SecondTransfererUniqueid")
	t.channels[first].leaves(reasonTransferred)
	t.channels[second].leaves(reasonTransferred)
	var found *live
	for _, id := range []string{first, second, m.Get("TransfereeUniqueid"), m.Get("TransferTargetUniqueid")} {
		if ch := t.channels[id]; ch != nil {
			if found != nil {
				t.join(found, ch.call)
			}
			found = ch.call
		}
	}
}

// pickup ends the leg that rang: it gets no DialEnd.
func (t *Tracker) pickup(m wire.Message, at time.Time) {
	picker, target := t.channels[m.Get("Uniqueid")], t.channels[m.Get("TargetUniqueid")]
	if target != nil {
		t.dirty.add(target.call)
		target.call.close(target, reasonPickedUp)
	}
	if picker != nil && target != nil {
		t.join(target.call, picker.call)
		t.answer(picker, at)
	}
}

func (t *Tracker) park(id string, parked bool) {
	if ch := t.channels[id]; ch != nil && ch.parked != parked {
		ch.parked = parked
		t.dirty.add(ch.call)
	}
}
