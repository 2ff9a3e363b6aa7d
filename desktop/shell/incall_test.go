//go:build linux

package shell

import (
	"testing"
	"time"

	"traybell/desktop/settings"
	"traybell/shared/protocol"
)

// The buttons of a card open the window that asks where a call is to go, which stays until the hub has
// done it, and the keypad.
func TestTransferAndKeypadOfACard(t *testing.T) {
	for _, look := range []struct{ language, theme, transfer, keypad string }{
		{"en", "light", "^Transfer", "^Keypad"}, {"ru", "dark", "^Перевод", "^Тональный"},
	} {
		t.Run(look.language, func(t *testing.T) {
			p, d := at(t, settings.Own{Language: look.language}, look.theme, protocol.RightControl)
			call := d.ring()
			d.read(protocol.CallShown)
			call.State, call.Legs[0].State, call.Answered = protocol.Answered, protocol.Answered, time.Now()
			call.Can = []protocol.Control{
				protocol.ControlTransfer, protocol.ControlConsult, protocol.ControlConference, protocol.ControlDTMF,
			}
			d.write(protocol.Event, protocol.CallEvent, "", call)
			d.read(protocol.CallShown)
			p.pressAt("buttons", 33, buttonsAt)
			p.window(look.transfer)
			m := d.read(protocol.ColleaguesList)
			p.changes(func() {
				d.write(protocol.Notification, protocol.ColleaguesChanged, m.ID, protocol.Colleagues{
					Version: 1, Colleagues: []protocol.Colleague{
						{
							Login: "vera", Name: "Vera Kuznetsova", State: protocol.AgentTalking, Since: time.Now(),
							Extensions: []string{"103"}, Teams: []string{"support"}, Online: true,
						},
						{
							Login: "boris", Name: "Boris Ivanov", State: protocol.AgentWaiting, Since: time.Now(),
							Extensions: []string{"102"}, Teams: []string{"support", "sales"}, Online: true,
						},
						{
							Login: "ivan", Name: "Ivan Orlov", State: protocol.AgentOff, Phone: protocol.PhoneFree,
							Extensions: []string{"104"},
						},
					},
				})
			})
			p.picture("colleagues")
			p.write("boris")
			p.keys("Return")
			m = d.read(protocol.CallTransfer)
			var to protocol.TransferCall
			if err := m.Decode(&to); err != nil ||
				to != (protocol.TransferCall{Call: call.ID, To: "boris", Kind: protocol.TransferConsult}) {
				t.Errorf("call.transfer: %+v, %v", to, err)
			}
			p.changes(func() {
				d.write(protocol.Error, protocol.CallTransfer, m.ID, protocol.Failure{
					Code: protocol.NotFound, Problem: protocol.DialNobody,
					Text:  "There is no colleague boris with a phone.",
					About: "boris",
				})
			})
			p.picture("refused")
			p.keys("Return")
			m = d.read(protocol.CallTransfer)
			d.write(protocol.Notification, protocol.Accepted, m.ID, struct{}{})
			p.until("the window's end", func() bool { return p.windows() == "" })
			p.pressAt("again", 77, buttonsAt)
			p.window(look.keypad)
			p.write("4*")
			for _, digit := range "4*" {
				m := d.read(protocol.CallDTMF)
				var sent protocol.SendDigits
				if err := m.Decode(&sent); err != nil || sent.Digits != string(digit) {
					t.Errorf("call.dtmf: %+v, %v", sent, err)
				}
				d.write(protocol.Notification, protocol.Accepted, m.ID, struct{}{})
			}
			p.settled()
			p.picture("keypad")
			call.State, call.Ended, call.Can = protocol.Ended, time.Now(), nil
			d.write(protocol.Event, protocol.CallEvent, "", call)
			p.until("the keypad's end", func() bool { return p.windows() == "" })
			p.end()
			close(d.done)
		})
	}
}

// buttonsAt is the middle of the row of buttons on the card of the caller who rings.
const buttonsAt = 176
