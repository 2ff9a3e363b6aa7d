package shell

import (
	"time"

	"traybell/desktop/model"
	"traybell/desktop/settings"
	"traybell/shared/protocol"
)

// testCall begins the id of a call that nobody made.
const testCall = "test:"

// testFor is how long test popups stay that would wait for the end of a call.
const testFor = 15 * time.Second

// testKind shows a card of one kind with the delays that the settings window has now. It belongs to
// Fyne's goroutine.
func (s *shell) testKind(kind string, delays protocol.Popups) {
	s.post(func() {
		s.popups.SetDelays(delays)
		s.test(kind)
	})
}

// testPopup shows a card of each kind, so that an agent can see where they come and how long they
// stay, and try the links. No hub is asked.
func (s *shell) testPopup() { s.test(settings.KeyIncoming, settings.KeyAnswer, settings.KeyWarning) }

func (s *shell) test(kinds ...string) {
	now := time.Now()
	number := "+74951234567"
	call := protocol.Call{
		ID: testCall + "incoming", Direction: protocol.Incoming, State: protocol.Ringing, Number: number,
		Display: "+7 495 123-45-67", E164: number,
		DID: "74950000001", Line: protocol.Line{Name: s.texts.Say("notice.test")}, Started: now,
		Caller: protocol.Caller{
			Status: protocol.Known,
			Customers: []protocol.Customer{
				{
					Login: "ada", Name: "Ada Lovelace", Company: "Analytical Engines",
					Location: "12 St James's Square, London",
				},
			},
			Category: protocol.Category{Color: protocol.Green},
		},
	}
	talk := call
	talk.ID, talk.State, talk.Answered = testCall+"answer", protocol.Answered, now
	force := s.inForce()
	call.Links = force.Links(call, &call.Caller.Customers[0])
	talk.Links = call.Links
	for _, kind := range kinds {
		switch kind {
		case settings.KeyIncoming:
			s.drop(call.ID)
			s.notices = append(s.notices, model.Card{
				ID: call.ID, Kind: model.Incoming, Call: call, Mine: protocol.Ringing, Since: now,
			})
		case settings.KeyAnswer:
			s.drop(talk.ID)
			s.notices = append(s.notices, model.Card{
				ID: talk.ID, Kind: model.Answer, Call: talk, Mine: protocol.Answered, Since: now,
			})
		case settings.KeyWarning:
			s.notice("test", "notice.test", s.texts.Say("notice.test_why"))
		}
	}
	s.refresh()
	time.AfterFunc(testFor, func() {
		s.post(func() {
			for i := range s.notices {
				if n := &s.notices[i]; n.ID == testCall+"answer" && n.Since.Equal(now) {
					n.Done = true
				}
			}
			s.refresh()
		})
	})
}

// pressTest answers OK on a test popup: there is no call, so there is no ticket.
func (s *shell) pressTest(id string) {
	for i := range s.notices {
		if s.notices[i].ID == id {
			s.notices[i].Press = model.Press{State: model.Failed, Reason: s.texts.Say("notice.test_ok")}
		}
	}
	s.refresh()
}
